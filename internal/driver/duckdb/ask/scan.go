package ask

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

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
			var hi *cut
			if i+1 < len(cuts) {
				hi = &cuts[i+1]
			}
			spans, err := r.slice(ctx, q, in.Hi, lo, hi)
			if err != nil {
				return err
			}
			for batch := range slices.Chunk(spans, 2*r.opt.ScanBatch) { // more may have been stored since the cut
				if err := fn(batch); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// cut is a place in the order of a scan: start, then trace, then span. Any number of spans may start at once.
type cut struct {
	start int64
	trace trace.ID
	span  trace.SpanID
}

// place answers the condition that a span stands where compare (>= or <) says, seen from the cut.
func (k cut) place(compare string) cond {
	return cond{fmt.Sprintf("(s.start_ns %s ? OR s.start_ns = ? AND (s.trace_id, s.span_id) %s (%s, %d::UBIGINT))",
		compare[:1], compare, row.TraceLiteral(k.trace), row.SpanID(k.span)), []any{k.start, k.start}}
}

// cuts answers the places that part the matching spans of a stretch of a day into batches, each the first of one.
func (r *Reader) cuts(ctx context.Context, q trace.Query, in step) (out []cut, err error) {
	err = r.inStep(ctx, q, in, func(c *sql.Conn, o opened, tail *query) error {
		s := &query{}
		s.add("SELECT s.start_ns, s.trace_id, s.span_id, row_number() OVER (ORDER BY s.start_ns, s.trace_id, s.span_id) AS n "+tail.String(), tail.args...)
		s.add(fmt.Sprintf(" QUALIFY (n - 1) %% %d = 0 ORDER BY n", r.opt.ScanBatch))
		return s.each(ctx, c, func(rows *sql.Rows) error {
			var k cut
			var id duckdb.UUID
			var span uint64
			var n int64
			err := rows.Scan(&k.start, &id, &span, &n)
			k.trace, k.span = trace.ID(id), row.SpanIDOf(span)
			out = append(out, k)
			return err
		})
	})
	return out, err
}

// slice answers the matching spans from lo to below hi, or to below end where there is no hi, whole and in order.
func (r *Reader) slice(ctx context.Context, q trace.Query, end int64, lo cut, hi *cut) (out []trace.Span, err error) {
	where := lo.place(">=")
	if hi != nil {
		end = hi.start + 1
		where = where.and(hi.place("<"))
	}
	err = r.inStep(ctx, q, step{lo.start, end}, func(c *sql.Conn, o opened, tail *query) error {
		var ids []int64
		s := &query{}
		s.add("SELECT s.rowid "+tail.String()+" AND ", tail.args...)
		s.cond(where)
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
	slices.SortFunc(out, func(a, b trace.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), bytes.Compare(a.Trace[:], b.Trace[:]), bytes.Compare(a.ID[:], b.ID[:]))
	})
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
