package api

import "time"

// SignIn is what someone signs in with: a key or the token of a sign-in link, not both.
type SignIn struct {
	Key   string `json:"key,omitempty"`
	Token string `json:"token,omitempty"`
}

// Actor is who acts. Kind is user, service, operator or, in changes, system.
type Actor struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Me says who asks, what they may do, and what the server is.
type Me struct {
	Principal  Actor     `json:"principal"`
	Project    string    `json:"project"`  // that the request is about
	Projects   []string  `json:"projects"` // in which the caller may act
	Role       string    `json:"role"`     // viewer, developer, admin, operator; "" for a key without one
	Actions    []string  `json:"actions"`
	CSRF       string    `json:"csrf"` // to send as Steward-CSRF; "" when signed in by a key
	Version    string    `json:"version"`
	ServerTime time.Time `json:"server_time"`
}

// NewKey asks for a key.
type NewKey struct {
	Name        string     `json:"name"`
	Scopes      []string   `json:"scopes"` // of ingest, gateway, read, operate, admin
	Environment string     `json:"environment,omitempty"`
	Release     string     `json:"release,omitempty"`
	Expires     *time.Time `json:"expires,omitempty"` // null for never
}

// Key is a key without its text. Environment and Release are what it pins on records, "" for nothing.
type Key struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Prefix      string     `json:"prefix"`
	Scopes      []string   `json:"scopes"`
	Environment string     `json:"environment"`
	Release     string     `json:"release"`
	Created     time.Time  `json:"created"`
	LastUsed    *time.Time `json:"last_used"` // up to half a minute late
	Expires     *time.Time `json:"expires"`
	Revoked     *time.Time `json:"revoked"`
	Owner       Actor      `json:"owner"` // who acts when it is used
	Maker       Actor      `json:"maker"` // who made it
}

// KeyMade is a new key with its text, which is shown this once.
type KeyMade struct {
	Key
	Text string `json:"key"`
}

// BrowserSession is a signed-in browser.
type BrowserSession struct {
	ID       string    `json:"id"`
	Who      Actor     `json:"who"`
	Role     string    `json:"role"`
	Project  string    `json:"project"`
	Created  time.Time `json:"created"`
	LastSeen time.Time `json:"last_seen"` // up to half a minute late
	Expires  time.Time `json:"expires"`
	Address  string    `json:"address"` // where it was begun
	Agent    string    `json:"agent"`
	Current  bool      `json:"current"` // the one that asks
}

// NewLoginLink asks for a sign-in link.
type NewLoginLink struct {
	Role string `json:"role"` // viewer, developer, admin, operator
	Name string `json:"name,omitempty"`
}

// LoginLink lets one person sign in once.
type LoginLink struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}
