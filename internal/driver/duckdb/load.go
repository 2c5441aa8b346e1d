package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/metric"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// placed is a record with the intake position it came at.
type placed[T any] struct {
	rec *T
	pos uint64
}

// batch is what a Load brings, by day.
type batch struct {
	spans  map[int64][]placed[trace.Span]
	logs   map[int64][]placed[logs.Record]
	points map[int64][]placed[metric.Point]
	scores []placed[score.Score]
}

func split(entries []telemetry.Entry) batch {
	b := batch{map[int64][]placed[trace.Span]{}, map[int64][]placed[logs.Record]{}, map[int64][]placed[metric.Point]{}, nil}
	for i := range entries {
		en := &entries[i]
		sortDays(b.spans, en.Spans, en.Position, func(s *trace.Span) int64 { return s.Start })
		sortDays(b.logs, en.Logs, en.Position, func(r *logs.Record) int64 { return r.Time })
		sortDays(b.points, en.Points, en.Position, func(p *metric.Point) int64 { return p.Time })
		for j := range en.Scores {
			b.scores = append(b.scores, placed[score.Score]{&en.Scores[j], en.Position})
		}
	}
	return b
}

func sortDays[T any](days map[int64][]placed[T], recs []T, pos uint64, at func(*T) int64) {
	for i := range recs {
		d := dayOf(at(&recs[i]))
		days[d] = append(days[d], placed[T]{&recs[i], pos})
	}
}

func inOrder[T any](days map[int64][]T) []int64 {
	out := make([]int64, 0, len(days))
	for d := range days {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// Load implements telemetry.Loader. Each partition is one transaction, which also moves the partition's watermark; a
// crash between two of them is made good by loading the same entries again.
func (e *Engine) Load(ctx context.Context, entries []telemetry.Entry) (_ telemetry.Receipt, err error) {
	defer errs.Op(&err, "duckdb.Load")
	e.write.Lock()
	defer e.write.Unlock()
	t := newTally()
	err = e.load(ctx, split(entries), t)
	return t.receipt(), err
}

// Check implements telemetry.Loader: every transaction of a Load, rolled back.
func (e *Engine) Check(ctx context.Context, entries []telemetry.Entry) (err error) {
	defer errs.Op(&err, "duckdb.Check")
	e.write.Lock()
	defer e.write.Unlock()
	e.dry = true
	defer func() { e.dry = false }()
	return e.load(ctx, split(entries), newTally())
}

func (e *Engine) load(ctx context.Context, b batch, t *tally) error {
	for _, day := range inOrder(b.spans) {
		if err := e.loadSpans(ctx, day, b.spans[day], t); err != nil {
			return err
		}
	}
	for _, day := range inOrder(b.logs) {
		add := func(r *logs.Record) { t.of(r.Project).Logs++ }
		if err := loadPlain(ctx, e, partKey{telemetry.Logs, day}, b.logs[day], row.LogFields(), add); err != nil {
			return err
		}
	}
	for _, day := range inOrder(b.points) {
		add := func(p *metric.Point) { t.of(p.Project).Points++ }
		if err := loadPlain(ctx, e, partKey{telemetry.Points, day}, b.points[day], row.PointFields(), add); err != nil {
			return err
		}
	}
	if len(b.scores) > 0 {
		return e.loadScores(ctx, b.scores, t)
	}
	return nil
}

// tally counts what becomes of records. It is filled only for partitions that committed.
type tally struct {
	projects  map[project.ID]*telemetry.Counts
	conflicts []trace.Key
	stored    []*trace.Span
}

func newTally() *tally { return &tally{projects: map[project.ID]*telemetry.Counts{}} }

func (t *tally) of(p project.ID) *telemetry.Counts {
	c := t.projects[p]
	if c == nil {
		c = &telemetry.Counts{}
		t.projects[p] = c
	}
	return c
}

const maxConflicts = 100

func (t *tally) receipt() telemetry.Receipt {
	r := telemetry.Receipt{Projects: map[project.ID]telemetry.Counts{}, Conflicts: t.conflicts, Stored: t.stored}
	for id, c := range t.projects {
		r.Projects[id] = *c
	}
	return r
}

// change is what a transaction does to a partition, besides its rows.
type change struct {
	applied uint64 // the watermark afterwards, unless it is higher already
	rows    int64  // how many rows more, or fewer
	wrote   bool   // always set, so that a change is never zero
}

// onPart runs fn in a transaction on p's file through the write connection and commits it together with the change
// that fn answers; the zero change says that it did nothing. On a full disk the file is attached anew, because the
// engine refuses it until then, and the answer is errs.Unavailable. The caller holds e.write.
func (e *Engine) onPart(ctx context.Context, p *part, fn func() (change, error)) error {
	ok, err := e.acquire(ctx, p)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.CodeInternal, "partition %s is gone", p.path)
	}
	err = e.transact(ctx, p, fn)
	e.release(p)
	if isInvalidated(err) || isDiskFull(err) {
		p.pin.Lock()
		derr := e.detach(p)
		p.pin.Unlock()
		return errors.Join(diskError(err, "write %s", p.path), derr)
	}
	return err
}

func (e *Engine) transact(ctx context.Context, p *part, fn func() (change, error)) (err error) {
	if _, err := e.writer.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			_, rerr := e.writer.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			if rerr != nil && !isRolledBack(rerr) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	c, err := fn()
	if err != nil {
		return err
	}
	if c == (change{}) || e.dry {
		return nil
	}
	applied := max(p.applied, c.applied)
	q := fmt.Sprintf("UPDATE %s SET value = CASE key WHEN 'applied' THEN %d ELSE %d END WHERE key IN ('applied', 'generation')", p.meta(), applied, p.gen+1)
	if _, err := e.writer.ExecContext(ctx, q); err != nil {
		return err
	}
	// A cancelled commit would leave in doubt what was stored.
	if _, err := e.writer.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return err
	}
	done = true
	p.mu.Lock()
	p.applied, p.gen, p.rows, p.dirty = applied, p.gen+1, p.rows+c.rows, true
	p.mu.Unlock()
	return nil
}

// isRolledBack says whether there was no transaction left to roll back: a failed commit ends it by itself.
func isRolledBack(err error) bool {
	var e *duckdb.Error
	return errors.As(err, &e) && e.Type == duckdb.ErrorTypeTransaction
}

// appendTo runs fn with an appender on a table of the write connection.
func (e *Engine) appendTo(catalog, table string, fn func(a *duckdb.Appender) error) error {
	return e.writer.Raw(func(raw any) error {
		dc, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", raw)
		}
		a, err := duckdb.NewAppender(dc, catalog, "main", table)
		if err != nil {
			return err
		}
		if err := caught(func() error { return fn(a) }); err != nil {
			return errors.Join(err, a.Clear(), a.Close())
		}
		return a.Close()
	})
}

// caught answers a panic of fn as an error: a record that cannot be made a row is refused and takes nothing with it.
func caught(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a record cannot be made a row: panic: %v", p)
		}
	}()
	return fn()
}

// loadPlain appends records that need no look-up: whether they were seen is told by their position alone.
func loadPlain[T any](ctx context.Context, e *Engine, k partKey, recs []placed[T], fields []row.Field[T], add func(*T)) error {
	p, err := e.partFor(k)
	if err != nil {
		return err
	}
	var fresh []placed[T]
	err = e.onPart(ctx, p, func() (change, error) {
		fresh = unseen(p, recs)
		if len(fresh) == 0 {
			return change{}, nil
		}
		values := make([]driver.Value, len(fields))
		err := e.appendTo(p.alias, string(p.kind), func(a *duckdb.Appender) error {
			for _, r := range fresh {
				row.Fill(values, fields, r.rec)
				if err := a.AppendRow(values...); err != nil {
					return err
				}
			}
			return nil
		})
		return change{applied: fresh[len(fresh)-1].pos, rows: int64(len(fresh)), wrote: true}, err
	})
	if err != nil {
		return err
	}
	for _, r := range fresh {
		add(r.rec)
	}
	return nil
}

// unseen drops the records whose position the partition has already committed. Position 0 is none and never seen.
func unseen[T any](p *part, recs []placed[T]) []placed[T] {
	i := 0
	for i < len(recs) && recs[i].pos != 0 && recs[i].pos <= p.applied {
		i++
	}
	return recs[i:]
}

// partFor finds or founds a partition; founding touches no disk.
func (e *Engine) partFor(k partKey) (*part, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errClosed
	}
	p := e.parts[k]
	if p == nil {
		p = e.newPart(k)
		p.indexed = true
		e.parts[k] = p
	}
	return p, nil
}

var errClosed = errs.New(errs.CodeUnavailable, "the telemetry store is closed")

// candidates are keys to be looked up: a temporary table of the write connection.
const createCandidates = `CREATE TEMP TABLE candidates (n UINTEGER, project VARCHAR, trace_id UUID, span_id UBIGINT, id VARCHAR)`

func (e *Engine) fillCandidates(ctx context.Context, n int, at func(i int) []driver.Value) error {
	if _, err := e.writer.ExecContext(ctx, "DELETE FROM temp.main.candidates"); err != nil {
		return err
	}
	return e.appendTo("temp", "candidates", func(a *duckdb.Appender) error {
		for i := range n {
			if err := a.AppendRow(at(i)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanRows(rows *sql.Rows, err error, fn func(scan func(...any) error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
