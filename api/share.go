package api

import "time"

// NewShare asks for a read-only link to one trace or session.
type NewShare struct {
	TraceID string     `json:"trace_id,omitempty"`
	Session string     `json:"session,omitempty"`
	Name    string     `json:"name,omitempty"` // what for
	Expires *time.Time `json:"expires"`        // by default in seven days, at most in ninety
}

// Share is a read-only link to one trace or session.
type Share struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	TraceID  string     `json:"trace_id"`
	Session  string     `json:"session"`
	Created  time.Time  `json:"created"`
	Expires  time.Time  `json:"expires"`
	Revoked  *time.Time `json:"revoked"`
	LastUsed *time.Time `json:"last_used"`
	Maker    Actor      `json:"maker"`
}

// ShareMade is a new share with its link, which is shown this once.
type ShareMade struct {
	Share
	URL string `json:"url"`
	Key string `json:"key"` // what the link proves itself with, after its '#'
}

// SharedView says what a share shows.
type SharedView struct {
	TraceID string    `json:"trace_id"`
	Session string    `json:"session"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
}
