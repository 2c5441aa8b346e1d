package ask

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Sessions lists sessions with a matching span in the range. A session may go on for months, so its totals in a list
// are those of its spans within the range's days; Session answers it whole.
func (r *Reader) Sessions(ctx context.Context, q trace.Query) (out page.Page[trace.SessionSummary], s trace.Searched, err error) {
	defer errs.Op(&err, "ask.Sessions")
	limit, err := page.Limit(q.Limit)
	if err != nil {
		return out, s, err
	}
	if q.Sort, err = sortOf(q.Sort); err != nil {
		return out, s, err
	}
	if q.Sort != newestFirst {
		out, err = r.rankedSessions(ctx, q, limit)
		return out, trace.Searched{From: q.Range.From, To: q.Range.To, Complete: true}, err
	}
	_, text, totals, _ := needs(q.Filter)
	w := &walker[trace.SessionSummary]{r: r, span: q.Range, sort: q.Sort, limit: limit, text: text, wide: totals}
	w.find = func(ctx context.Context, o opened, s step, after place, n int) ([]found, error) {
		return r.findSessions(ctx, q, o, s, after, n)
	}
	if text {
		w.partly = func(ctx context.Context, o opened, s step) (int64, error) { return r.partly(ctx, q, o, s) }
	}
	w.describe = func(ctx context.Context, keys []string) (map[string]group[trace.SessionSummary], error) {
		out := map[string]group[trace.SessionSummary]{}
		if len(keys) == 0 {
			return out, nil
		}
		err := r.src.Spans(ctx, q.Range, func(c *sql.Conn, parts []Part) error {
			all, err := sessionTotals(ctx, c, parts, q.Project, keys)
			for _, s := range all {
				out[s.Session] = group[trace.SessionSummary]{place: place{s.Start, s.Session}, item: s}
			}
			return err
		})
		return out, err
	}
	out.Items, out.Next, s, err = w.run(ctx, q.Cursor)
	return out, s, err
}

func (r *Reader) findSessions(ctx context.Context, q trace.Query, o opened, s step, after place, n int) (out []found, err error) {
	err = r.matching(ctx, q, o, s, func(_ cond, matched *query) error {
		f := &query{}
		f.add("SELECT s.session, min(s.start_ns) AS first FROM " + o.part.Table + " s WHERE s.session <> '' AND ")
		f.cond(within(q.Project, s))
		if matched != nil {
			f.add(" AND s.session IN (SELECT s.session "+matched.String()+")", matched.args...)
		}
		f.add(" GROUP BY s.session")
		if !after.isNewest() {
			f.add(" HAVING first < ? OR first = ? AND s.session < ?", after.Start, after.Start, after.Key)
		}
		f.add(" ORDER BY first DESC, s.session DESC LIMIT " + strconv.Itoa(n))
		return f.each(ctx, o.c, func(rows *sql.Rows) error {
			var k found
			err := rows.Scan(&k.key, &k.first)
			out = append(out, k)
			return err
		})
	})
	return out, err
}

// sessionTotals adds up the sessions' spans that stand in the parts.
func sessionTotals(ctx context.Context, c *sql.Conn, parts []Part, p project.ID, keys []string) (out []trace.SessionSummary, err error) {
	if len(parts) == 0 {
		return nil, nil
	}
	in := cond{sql: "s.session IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(keys)), ", ") + ")"}
	for _, k := range keys {
		in.args = append(in.args, k)
	}
	q := &query{}
	q.add("WITH s AS MATERIALIZED (")
	late(q, parts, totalColumns, cond{"s.project = ?", []any{string(p)}}.and(in))
	q.add(") SELECT s.session, count(DISTINCT s.trace_id), " + sums() + " FROM s GROUP BY s.session")
	err = q.each(ctx, c, func(rows *sql.Rows) error {
		s := trace.SessionSummary{Project: p}
		var t totalsRow
		if err := rows.Scan(append([]any{&s.Session, &s.Traces}, t.dest()...)...); err != nil {
			return err
		}
		s.Totals, s.Failed, s.Unfinished = t.totals(), t.failed, t.unfinished
		out = append(out, s)
		return nil
	})
	return out, err
}

// Session answers a session whole, with its traces, oldest first. A trace belongs to the session when one of its
// spans names it; its summary is of all its spans.
func (r *Reader) Session(ctx context.Context, p project.ID, session string) (out trace.SessionSummary, traces []trace.Summary, err error) {
	defer errs.Op(&err, "ask.Session")
	missing := errs.NotFound("session %q is not stored in project %s", session, p)
	if session == "" {
		return out, nil, missing
	}
	var ids []trace.ID
	err = r.src.SpansHolding(ctx, p, nil, session, func(c *sql.Conn, parts []Part) error {
		all, err := sessionTotals(ctx, c, parts, p, []string{session})
		if err != nil || len(all) == 0 {
			return err
		}
		out = all[0]
		q := &query{}
		q.add("SELECT DISTINCT trace_id FROM (")
		union(q, parts, cond{sql: "s.trace_id"}, "", cond{"s.project = ? AND s.session = ?", []any{string(p), session}})
		q.add(")")
		ids, err = readIDs(ctx, c, q)
		return err
	})
	if err != nil {
		return out, nil, err
	}
	if out.Session == "" {
		return out, nil, missing
	}
	traces, err = r.summaries(ctx, p, ids)
	slices.SortFunc(traces, func(a, b trace.Summary) int {
		if a.Start != b.Start {
			if a.Start < b.Start {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a.Trace[:]), string(b.Trace[:]))
	})
	return out, traces, err
}

func (r *Reader) rankedSessions(ctx context.Context, q trace.Query, limit int) (out page.Page[trace.SessionSummary], err error) {
	key := map[string]string{
		"start":    "min(s.start_ns)",
		"duration": "max(greatest(s.end_ns, s.start_ns)) - min(s.start_ns)",
		"cost":     "coalesce(" + oneSum("s.cost", "s.currency", priced("s.")) + ", 0)",
		"tokens":   "coalesce(sum(s.input_tokens + s.output_tokens) FILTER (NOT s.rollup), 0)",
	}[strings.TrimPrefix(q.Sort, "-")]
	direction, compare := "ASC", ">"
	if q.Sort[0] == '-' {
		direction, compare = "DESC", "<"
	}
	bound := cond{sql: "TRUE"}
	if c := q.Cursor; c != (page.Cursor{}) {
		if c.Sort != q.Sort {
			return out, errs.Invalid("cursor belongs to another sort order; start again without cursor")
		}
		bound = cond{fmt.Sprintf("(key %[1]s TRY_CAST(? AS DECIMAL(38,12)) OR key = TRY_CAST(? AS DECIMAL(38,12)) AND session %[1]s ?)", compare),
			[]any{c.Value, c.Value, c.ID}}
	}
	var values []string
	var keys []string
	scores, _, _, _ := needs(q.Filter)
	err = r.src.Spans(ctx, trace.Range{From: q.Range.From - around, To: q.Range.To + around}, func(c *sql.Conn, parts []Part) error {
		asked := overlapping(parts, q.Range)
		if len(asked) == 0 {
			return nil
		}
		return r.withScores(ctx, scores, func(table string) error {
			f, err := compile(q.Filter, q.Project, table)
			if err != nil {
				return err
			}
			in := within(q.Project, step{q.Range.From, q.Range.To})
			w := &query{}
			w.add("WITH m AS (")
			matchingRows(w, q.Project, asked, parts, f, in, cond{sql: "s.session"})
			w.add("), g AS (SELECT s.session, CAST(" + key + " AS DECIMAL(38,12)) AS key FROM (")
			union(w, asked, cond{sql: "session, start_ns, end_ns, cost, currency, cost_state, rollup, input_tokens, output_tokens"}, "",
				cond{"s.project = ? AND s.session <> '' AND s.session IN (SELECT session FROM m)", []any{string(q.Project)}})
			w.add(") s GROUP BY s.session) SELECT session, CAST(key AS VARCHAR) FROM g WHERE ")
			w.cond(bound)
			w.add(fmt.Sprintf(" ORDER BY key %[1]s, session %[1]s LIMIT %[2]d", direction, limit+1))
			err = w.each(ctx, c, func(rows *sql.Rows) error {
				var k, v string
				err := rows.Scan(&k, &v)
				keys, values = append(keys, k), append(values, v)
				return err
			})
			if err != nil || len(keys) == 0 {
				return err
			}
			if len(keys) > limit {
				keys = keys[:limit]
				out.Next = page.Cursor{Sort: q.Sort, Value: values[limit-1], ID: keys[limit-1]}
			}
			out.Items, err = sessionTotals(ctx, c, asked, q.Project, keys)
			return err
		})
	})
	slices.SortFunc(out.Items, func(a, b trace.SessionSummary) int {
		return slices.Index(keys, a.Session) - slices.Index(keys, b.Session)
	})
	return out, err
}

// matchingRows writes a query for columns of all matching spans of the asked parts.
func matchingRows(q *query, p project.ID, asked, parts []Part, f compiled, in, columns cond) {
	join := ""
	if f.totals {
		t := &query{}
		t.add("s.trace_id IN (")
		union(t, asked, cond{sql: "s.trace_id"}, "", in.and(f.loose))
		t.add(")")
		q.add("WITH t AS MATERIALIZED ")
		traceTotals(q, parts, p, cond{t.String(), t.args}, f.roots)
		q.add(" ")
		join = " JOIN t ON t.trace_id = s.trace_id"
	}
	union(q, asked, columns, join, in.and(f.cond))
}
