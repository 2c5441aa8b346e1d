package ask

import (
	"context"
	"database/sql"
	"slices"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
)

// scanBatch is how many spans Scan aims to hold at a time; spans that start in the same nanosecond stay together.
const scanBatch = 500

// Scan gives whole spans in order of start. Nothing is pinned while fn runs, so that fn may write to the engine; a
// span that is stored behind the scan's place while it runs is not seen.
func (r *Reader) Scan(ctx context.Context, q trace.Query, fn func([]trace.Span) error) (err error) {
	defer errs.Op(&err, "ask.Scan")
	days, err := r.src.Days(ctx, q.Range)
	if err != nil {
		return err
	}
	slices.Reverse(days)
	for _, d := range days {
		in := step{max(d.From, q.Range.From), min(d.To, q.Range.To)}
		cuts, err := r.cuts(ctx, q, in)
		if err != nil {
			return err
		}
		for i, lo := range cuts {
			hi := in.Hi
			if i+1 < len(cuts) {
				hi = cuts[i+1]
			}
			spans, err := r.slice(ctx, q, step{lo, hi})
			if err != nil {
				return err
			}
			for batch := range slices.Chunk(spans, 2*scanBatch) {
				if err := fn(batch); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// cuts answers starts that part the matching spans of a stretch of a day into batches.
func (r *Reader) cuts(ctx context.Context, q trace.Query, in step) (out []int64, err error) {
	n := 0
	last := int64(0)
	err = r.inStep(ctx, q, in, func(c *sql.Conn, o opened, tail *query) error {
		s := &query{}
		s.add("SELECT s.start_ns "+tail.String()+" ORDER BY s.start_ns", tail.args...)
		return s.each(ctx, c, func(rows *sql.Rows) error {
			var at int64
			if err := rows.Scan(&at); err != nil {
				return err
			}
			if n == 0 || n >= scanBatch && at != last {
				out, n = append(out, at), 0
			}
			n++
			last = at
			return nil
		})
	})
	return out, err
}

// slice answers the matching spans of a stretch of a day, whole, in order of start.
func (r *Reader) slice(ctx context.Context, q trace.Query, in step) (out []trace.Span, err error) {
	err = r.inStep(ctx, q, in, func(c *sql.Conn, o opened, tail *query) error {
		var ids []int64
		s := &query{}
		s.add("SELECT s.rowid "+tail.String(), tail.args...)
		return together(ctx, c, func() error {
			err := s.each(ctx, c, func(rows *sql.Rows) error {
				var id int64
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			})
			if err != nil {
				return err
			}
			return fetch(ctx, c, o.part, ids, true, func(_ int64, s trace.Span) { out = append(out, s) })
		})
	})
	slices.SortFunc(out, byStart)
	return out, err
}

// inStep opens the partition of a step and hands over the tail of a query for the filter's spans in it.
func (r *Reader) inStep(ctx context.Context, q trace.Query, in step, fn func(*sql.Conn, opened, *query) error) error {
	_, _, totals, _ := needs(q.Filter)
	opens := trace.Range{From: in.Lo, To: in.Hi}
	if totals {
		opens = trace.Range{From: in.Lo - around, To: in.Hi + around}
	}
	return r.src.Spans(ctx, opens, func(c *sql.Conn, parts []Part) error {
		asked := overlapping(parts, trace.Range{From: in.Lo, To: in.Hi})
		if len(asked) == 0 {
			return nil
		}
		o := opened{c, asked[0], parts}
		return r.matching(ctx, q, o, in, func(_ cond, tail *query) error {
			if tail == nil {
				tail = &query{}
				tail.add("FROM " + o.part.Table + " s WHERE ")
				tail.cond(within(q.Project, in))
			}
			return fn(c, o, tail)
		})
	})
}
