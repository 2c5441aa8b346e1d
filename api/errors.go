// Package api holds the public wire types of Steward: what goes over HTTP, apart from domain and table types and
// converted by hand. It knows nothing of how anything works and imports nothing of the program. Times are RFC 3339 in
// UTC, money is a string. Start reading at the resource that you need; each has one file.
package api

// ErrorBody is the envelope of every error under /api.
type ErrorBody struct {
	Error Error `json:"error"`
}

// Error says what went wrong. Code is one of invalid, unauthenticated, forbidden, not_found, conflict, too_large,
// overloaded, unavailable, internal and stays stable; Message is for people and does not.
type Error struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

// List is the answer of every list. NextCursor is null on the last page.
type List[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}
