package ask

import (
	"context"
	"database/sql"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Part is one span partition. Table is its quoted, attached table, for example "spans_20261121".main.spans; it is
// valid on every connection of the instance, but only while the Source's call that gave it runs.
type Part struct {
	Day      string // YYYY-MM-DD
	Table    string
	From, To int64 // the day, half-open, in Unix nanoseconds
	Rows     int64 // how many rows it holds, roughly; it sizes the steps in which lists walk through the day
}

// Source opens what the Reader reads. Every partition handed to fn is attached and pinned until fn returns: whoever
// rewrites it waits. fn may call Scores inside Spans or SpansHolding, never the other way round, and nothing else
// may be nested.
type Source interface {
	// Days lists the partitions that overlap r, newest first, without attaching them: Table is empty.
	Days(ctx context.Context, r trace.Range) ([]Part, error)

	// Spans attaches the partitions that overlap r and hands them to fn, newest first, with a read connection.
	Spans(ctx context.Context, r trace.Range, fn func(c *sql.Conn, parts []Part) error) error

	// SpansHolding is Spans for the partitions, of any day, that may hold one of the traces or the session (if it
	// is not empty). It may hand over too many partitions, never too few. A Reader asks for a page of traces at
	// once, so the chance of a false hit should be 1 in 1,000 or better.
	SpansHolding(ctx context.Context, project project.ID, ids []trace.ID, session string,
		fn func(c *sql.Conn, parts []Part) error) error

	// Scores hands the scores table to fn, with a read connection.
	Scores(ctx context.Context, fn func(c *sql.Conn, table string) error) error
}
