package score

import (
	"context"

	"steward/internal/base/page"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Query asks for a page of scores by time given, newest first. Empty fields do not filter.
type Query struct {
	Project  project.ID
	From, To int64 // half-open on Time
	Name     string
	Trace    trace.ID
	Session  string
	Limit    int
	Cursor   page.Cursor
}

// Reader answers questions about scores.
type Reader interface {
	Scores(ctx context.Context, q Query) (page.Page[Score], error)
	// ScoresOf answers all scores on the given traces and on their spans, by trace.
	ScoresOf(ctx context.Context, project project.ID, traces []trace.ID) (map[trace.ID][]Score, error)
}
