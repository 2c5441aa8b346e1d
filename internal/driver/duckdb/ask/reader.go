// Package ask answers every question of trace.Reader and score.Reader from DuckDB partitions: lists, totals, facets,
// numbers over time, text search, SQL and Parquet. A Source opens the partitions; ask knows nothing of files, loading
// or deletion.
//
// Start reading at Reader; compile.go turns a filter into SQL, walk.go is how lists go back through time, sandbox.go
// is what keeps users' SQL inside its views.
package ask

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Options are the Reader's limits; the zero value means the defaults.
type Options struct {
	// Search is how long a text search looks before it answers with what it found. Default 2 s.
	Search time.Duration
	// SQLTime bounds one SQL query, and as long again its waiting for others. Default 30 s.
	SQLTime time.Duration
	// SQLRows bounds an SQL answer where the question names no smaller number. Default 100,000.
	SQLRows int
	// Heavy is how many SQL questions and Parquet exports run at once; others wait. Default 2.
	Heavy int
	// ScanBatch is how many whole spans Scan aims to hold at a time. Default 500.
	ScanBatch int
	// Clock measures Search. Default the system's.
	Clock clock.Clock
}

// Reader answers questions. It is safe for concurrent use.
type Reader struct {
	src   Source
	opt   Options
	funcs map[string]bool
	heavy chan struct{} // holds one for each SQL question and export under way
}

var (
	_ trace.Reader = (*Reader)(nil)
	_ score.Reader = (*Reader)(nil)
)

// New answers a Reader of what src opens.
func New(src Source, o Options) *Reader {
	if o.Search <= 0 {
		o.Search = 2 * time.Second
	}
	if o.SQLTime <= 0 {
		o.SQLTime = 30 * time.Second
	}
	if o.SQLRows <= 0 {
		o.SQLRows = 100_000
	}
	if o.Heavy <= 0 {
		o.Heavy = 2
	}
	if o.ScanBatch <= 0 {
		o.ScanBatch = 500
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	return &Reader{src: src, opt: o, funcs: allowedFunctions(), heavy: make(chan struct{}, o.Heavy)}
}

// enter waits for its turn among the heavy questions; done ends it. When ctx ends first the answer is errs.Overloaded.
func (r *Reader) enter(ctx context.Context) (done func(), err error) {
	select {
	case r.heavy <- struct{}{}:
		return func() { <-r.heavy }, nil
	case <-ctx.Done():
		return nil, errs.Overloaded(time.Second, "%d SQL questions and exports are running and this one waited too long for its turn; try again", r.opt.Heavy)
	}
}

// query is SQL text and its arguments, in order.
type query struct {
	strings.Builder
	args []any
}

// add appends text and the arguments that its question marks stand for. Invalid UTF-8, which the engine takes neither
// here nor in its tables, becomes U+FFFD as it does when it is stored.
func (q *query) add(text string, args ...any) {
	q.WriteString(text)
	for _, a := range args {
		if s, ok := a.(string); ok {
			a = strings.ToValidUTF8(s, "\ufffd")
		}
		q.args = append(q.args, a)
	}
}

func (q *query) cond(c cond) { q.add(c.sql, c.args...) }

// each runs the query and calls scan for every row.
func (q *query) each(ctx context.Context, c *sql.Conn, scan func(*sql.Rows) error) (err error) {
	rows, err := c.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return engineError(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return engineError(ctx, rows.Err())
}

// engineError tells a cancelled question from a broken engine.
func engineError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return errs.Wrap(errs.CodeUnavailable, errors.Join(ctx.Err(), err), "the query took too long; narrow the time range or the filter")
	}
	return err
}

// together runs fn in one read transaction, so that all its queries see the same rows.
func together(ctx context.Context, c *sql.Conn, fn func() error) (err error) {
	if _, err = c.ExecContext(ctx, "BEGIN TRANSACTION READ ONLY"); err != nil {
		return engineError(ctx, err)
	}
	defer func() {
		// The transaction must end even when the question was cancelled, or the connection would stay in it.
		_, end := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, end)
	}()
	return fn()
}
