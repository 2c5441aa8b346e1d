package api

import "time"

// NewProject asks for a project. An empty title is the id.
type NewProject struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
}

// Project is a tenant.
type Project struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Created time.Time `json:"created"`
}

// Retention is how many days each kind of record is kept; 0 is for ever.
type Retention struct {
	SpansDays   int `json:"spans_days"`
	LogsDays    int `json:"logs_days"`
	MetricsDays int `json:"metrics_days"`
	ScoresDays  int `json:"scores_days"`
	BlobsDays   int `json:"blobs_days"`
}

// Change says who changed what, when and why.
type Change struct {
	ID      string         `json:"id"`
	Time    time.Time      `json:"time"`
	Actor   Actor          `json:"actor"`
	Action  string         `json:"action"`
	Kind    string         `json:"kind"`
	Name    string         `json:"name"`
	Reason  string         `json:"reason"`
	Details map[string]any `json:"details"`
}
