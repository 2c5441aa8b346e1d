package ask

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// newestFirst is the order of lists when none is asked for; it alone stops early.
const newestFirst = "-start"

func sortOf(asked string) (string, error) {
	if asked == "" {
		return newestFirst, nil
	}
	switch strings.TrimPrefix(asked, "-") {
	case "start", "duration", "cost", "tokens":
		return asked, nil
	}
	return "", errs.Invalid("sort %q is not known; use start, duration, cost or tokens, with - before it for descending", asked)
}

// Traces lists traces with a matching span in the range.
func (r *Reader) Traces(ctx context.Context, q trace.Query) (out page.Page[trace.Summary], s trace.Searched, err error) {
	defer errs.Op(&err, "ask.Traces")
	limit, err := page.Limit(q.Limit)
	if err != nil {
		return out, s, err
	}
	if q.Sort, err = sortOf(q.Sort); err != nil {
		return out, s, err
	}
	if q.Sort == newestFirst {
		out.Items, out.Next, s, err = r.newestTraces(ctx, q, limit)
		return out, s, err
	}
	out, err = r.rankedTraces(ctx, q, limit)
	if err == nil && q.Filter != nil {
		err = r.markMatched(ctx, q, out.Items)
	}
	return out, trace.Searched{From: q.Range.From, To: q.Range.To, Complete: true}, err
}

func (r *Reader) newestTraces(ctx context.Context, q trace.Query, limit int) ([]trace.Summary, page.Cursor, trace.Searched, error) {
	_, text, totals, _ := needs(q.Filter)
	w := &walker[trace.Summary]{r: r, span: q.Range, sort: q.Sort, limit: limit, text: text, wide: totals}
	w.find = func(ctx context.Context, o opened, s step, after place, n int) (out []found, err error) {
		err = r.matching(ctx, q, o, s, func(where cond, matched *query) error {
			f := &query{}
			f.add("WITH g AS (SELECT s.trace_id, min(s.start_ns) AS first FROM "+o.part.Table+" s WHERE s.project = ? AND s.start_ns >= ? AND s.start_ns < ?",
				string(q.Project), s.Lo, s.Hi)
			span := "0::UBIGINT"
			if matched != nil {
				m := &query{}
				m.add("WITH m AS MATERIALIZED (SELECT s.trace_id, arg_min(s.span_id, (s.start_ns, s.span_id)) AS span_id "+matched.String()+" GROUP BY s.trace_id), ", matched.args...)
				m.add(strings.TrimPrefix(f.String(), "WITH ")+" AND s.trace_id IN (SELECT trace_id FROM m)", f.args...)
				f, span = m, "m.span_id"
			}
			f.add(" GROUP BY s.trace_id) SELECT g.trace_id, g.first, " + span + " FROM g")
			if matched != nil {
				f.add(" JOIN m ON m.trace_id = g.trace_id")
			}
			if !after.isNewest() {
				id, err := traceBound(after.Key)
				if err != nil {
					return err
				}
				f.add(" WHERE g.first < ? OR g.first = ? AND g.trace_id < "+id, after.Start, after.Start)
			}
			f.add(" ORDER BY g.first DESC, g.trace_id DESC LIMIT " + strconv.Itoa(n))
			return f.each(ctx, o.c, func(rows *sql.Rows) error {
				var id duckdb.UUID
				var first int64
				var span uint64
				err := rows.Scan(&id, &first, &span)
				out = append(out, found{first, trace.ID(id).String(), row.SpanIDOf(span).String()})
				return err
			})
		})
		return out, err
	}
	w.noted = func(sum *trace.Summary, note string) {
		if id, err := trace.ParseSpanID(note); err == nil {
			sum.Matched = id
		}
	}
	if text {
		w.partly = func(ctx context.Context, o opened, s step) (int64, error) { return r.partly(ctx, q, o, s) }
	}
	w.describe = func(ctx context.Context, keys []string) (map[string]group[trace.Summary], error) {
		ids, err := parseIDs(keys)
		if err != nil {
			return nil, err
		}
		all, err := r.summaries(ctx, q.Project, ids)
		out := make(map[string]group[trace.Summary], len(all))
		for _, sum := range all {
			key := sum.Trace.String()
			out[key] = group[trace.Summary]{place: place{sum.Start, key}, item: sum}
		}
		return out, err
	}
	return w.run(ctx, q.Cursor)
}

// matching hands fn the condition of q's filter and the tail of a query, from FROM on, for the step's matching spans;
// the tail is nil where every span matches.
func (r *Reader) matching(ctx context.Context, q trace.Query, o opened, s step, fn func(where cond, tail *query) error) error {
	scores, _, _, _ := needs(q.Filter)
	return r.withScores(ctx, scores, func(table string) error {
		f, err := compile(q.Filter, q.Project, table)
		if err != nil {
			return err
		}
		if q.Filter == nil {
			return fn(f.cond, nil)
		}
		in := within(q.Project, s)
		tail := &query{}
		tail.add("FROM " + o.part.Table + " s")
		if f.totals {
			only := &query{}
			only.add("s.trace_id IN (SELECT s.trace_id FROM " + o.part.Table + " s WHERE ")
			only.cond(in.and(f.loose))
			only.add(")")
			tail.add(" JOIN ")
			traceTotals(tail, o.around, q.Project, cond{only.String(), only.args}, f.roots)
			tail.add(" t ON t.trace_id = s.trace_id")
		}
		tail.add(" WHERE ")
		tail.cond(in.and(f.cond))
		return fn(f.cond, tail)
	})
}

func within(p project.ID, s step) cond {
	return cond{"s.project = ? AND s.start_ns >= ? AND s.start_ns < ?", []any{string(p), s.Lo, s.Hi}}
}

// partly counts the spans of a step that the text search could not look at as a whole and did not find.
func (r *Reader) partly(ctx context.Context, q trace.Query, o opened, s step) (n int64, err error) {
	scores, _, _, _ := needs(q.Filter)
	err = r.withScores(ctx, scores, func(table string) error {
		f, err := compile(q.Filter, q.Project, table)
		if err != nil {
			return err
		}
		n, err = f.partly(ctx, q.Project, o, s)
		return err
	})
	return n, err
}

// partly is Reader.partly for who has the scores open already.
func (f compiled) partly(ctx context.Context, p project.ID, o opened, s step) (n int64, err error) {
	maybe, hit := f.noText, f.cond
	if f.totals {
		maybe, hit = f.loose, cond{sql: "FALSE"}
	}
	q := &query{}
	q.add("SELECT count(*) FROM " + o.part.Table + " s WHERE s.text_partly AND ")
	q.cond(within(p, s).and(maybe).and(cond{"NOT " + hit.sql, hit.args}))
	err = q.each(ctx, o.c, func(rows *sql.Rows) error { return rows.Scan(&n) })
	return n, err
}

// markMatched names, for each trace of a page, its first span in the range that matches.
func (r *Reader) markMatched(ctx context.Context, q trace.Query, sums []trace.Summary) error {
	if len(sums) == 0 {
		return nil
	}
	scores, _, _, _ := needs(q.Filter)
	ids := make([]trace.ID, len(sums))
	at := make(map[trace.ID]int, len(sums))
	for i := range sums {
		ids[i], at[sums[i].Trace] = sums[i].Trace, i
	}
	return r.src.SpansHolding(ctx, q.Project, ids, "", func(c *sql.Conn, parts []Part) error {
		return r.withScores(ctx, scores, func(table string) error {
			f, err := compile(q.Filter, q.Project, table)
			if err != nil {
				return err
			}
			of := isOneOf(ids)
			m := &query{}
			asked := overlapping(parts, q.Range)
			if len(asked) == 0 {
				return nil
			}
			for i, p := range asked {
				if i > 0 {
					m.add(" UNION ALL ")
				}
				m.add("SELECT s.trace_id, arg_min(s.span_id, (s.start_ns, s.span_id)) AS span_id, min(s.start_ns) AS earliest FROM " + p.Table + " s")
				if f.totals {
					m.add(" JOIN ")
					traceTotals(m, parts, q.Project, of, f.roots)
					m.add(" t ON t.trace_id = s.trace_id")
				}
				m.add(" WHERE ")
				m.cond(within(q.Project, step{q.Range.From, q.Range.To}).and(of).and(f.cond))
				m.add(" GROUP BY s.trace_id")
			}
			all := &query{}
			all.add("SELECT trace_id, arg_min(span_id, earliest) FROM ("+m.String()+") GROUP BY trace_id", m.args...)
			return all.each(ctx, c, func(rows *sql.Rows) error {
				var id duckdb.UUID
				var span uint64
				err := rows.Scan(&id, &span)
				if i, ok := at[trace.ID(id)]; ok {
					sums[i].Matched = row.SpanIDOf(span)
				}
				return err
			})
		})
	})
}

// Summaries answers the summaries of the traces that exist.
func (r *Reader) Summaries(ctx context.Context, p project.ID, ids []trace.ID) (out []trace.Summary, err error) {
	defer errs.Op(&err, "ask.Summaries")
	return r.summaries(ctx, p, ids)
}

func (r *Reader) summaries(ctx context.Context, p project.ID, ids []trace.ID) (out []trace.Summary, err error) {
	for part := range slices.Chunk(ids, page.MaxLimit+1) {
		err := r.src.SpansHolding(ctx, p, part, "", func(c *sql.Conn, parts []Part) error {
			some, err := summarise(ctx, c, parts, p, isOneOf(part))
			out = append(out, some...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func parseIDs(keys []string) ([]trace.ID, error) {
	out := make([]trace.ID, len(keys))
	for i, k := range keys {
		id, err := trace.ParseID(k)
		if err != nil {
			return nil, errs.Invalid("cursor is not one of this list; start again without cursor")
		}
		out[i] = id
	}
	return out, nil
}

// traceBound answers the literal for a cursor's trace id; any other text is behind all.
func traceBound(key string) (string, error) {
	if key == last {
		return "'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", nil
	}
	ids, err := parseIDs([]string{key})
	if err != nil {
		return "", err
	}
	return row.TraceLiteral(ids[0]), nil
}

// rankedTraces sorts all matching traces of the range, which costs as much as the range is long.
func (r *Reader) rankedTraces(ctx context.Context, q trace.Query, limit int) (out page.Page[trace.Summary], err error) {
	key := map[string]string{"start": "t.first_ns", "duration": "coalesce(t.duration, 0)", "cost": "coalesce(t.cost, 0)", "tokens": "t.tokens"}
	by, direction, compare := key[strings.TrimPrefix(q.Sort, "-")], "ASC", ">"
	if q.Sort[0] == '-' {
		direction, compare = "DESC", "<"
	}
	var ids []trace.ID
	var values []string
	scores, _, _, _ := needs(q.Filter)
	err = r.src.Spans(ctx, trace.Range{From: q.Range.From - around, To: q.Range.To + around}, func(c *sql.Conn, parts []Part) error {
		return r.withScores(ctx, scores, func(table string) error {
			f, err := compile(q.Filter, q.Project, table)
			if err != nil {
				return err
			}
			in, asked := within(q.Project, step{q.Range.From, q.Range.To}), overlapping(parts, q.Range)
			if len(asked) == 0 {
				return nil
			}
			w := &query{}
			w.add("WITH t AS MATERIALIZED ")
			some := &query{}
			some.add("s.trace_id IN (")
			union(some, asked, cond{sql: "s.trace_id"}, "", in.and(f.loose))
			some.add(")")
			traceTotals(w, parts, q.Project, cond{some.String(), some.args}, f.roots)
			w.add(" SELECT t.trace_id, CAST(" + by + " AS VARCHAR) FROM t WHERE TRUE")
			if f.totals || f.text {
				w.add(" AND t.trace_id IN (")
				union(w, asked, cond{sql: "s.trace_id"}, " JOIN t ON t.trace_id = s.trace_id", in.and(f.cond))
				w.add(")")
			}
			if q.Cursor != (page.Cursor{}) {
				if q.Cursor.Sort != q.Sort {
					return errs.Invalid("cursor belongs to another sort order; start again without cursor")
				}
				id, err := traceBound(q.Cursor.ID)
				if err != nil {
					return err
				}
				w.add(fmt.Sprintf(" AND (%[1]s %[2]s TRY_CAST(? AS DECIMAL(38,12)) OR %[1]s = TRY_CAST(? AS DECIMAL(38,12)) AND t.trace_id %[2]s %[3]s)", by, compare, id), q.Cursor.Value, q.Cursor.Value)
			}
			w.add(fmt.Sprintf(" ORDER BY %s %s, t.trace_id %s LIMIT %d", by, direction, direction, limit+1))
			return w.each(ctx, c, func(rows *sql.Rows) error {
				var id duckdb.UUID
				var v string
				err := rows.Scan(&id, &v)
				ids, values = append(ids, trace.ID(id)), append(values, v)
				return err
			})
		})
	})
	if err != nil {
		return out, err
	}
	if len(ids) > limit {
		ids = ids[:limit]
		out.Next = page.Cursor{Sort: q.Sort, Value: values[limit-1], ID: ids[limit-1].String()}
	}
	sums, err := r.summaries(ctx, q.Project, ids)
	order := make(map[trace.ID]int, len(ids))
	for i, id := range ids {
		order[id] = i
	}
	slices.SortFunc(sums, func(a, b trace.Summary) int { return order[a.Trace] - order[b.Trace] })
	out.Items = sums
	return out, err
}

func readIDs(ctx context.Context, c *sql.Conn, q *query) (out []trace.ID, err error) {
	err = q.each(ctx, c, func(rows *sql.Rows) error {
		var id duckdb.UUID
		err := rows.Scan(&id)
		out = append(out, trace.ID(id))
		return err
	})
	return out, err
}
