package ask

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// What a score row judges. A score with a span judges that span, one with only a trace every span of the trace, one
// with neither every span of its session; that is how score.NAME in a filter reads them.
const (
	ofSpan    = "c.span_id IS NOT NULL"
	ofWhole   = "(c.trace_id IS NOT NULL AND c.span_id IS NULL)"
	ofSession = "(c.trace_id IS NULL AND c.session <> '')"
)

// score compiles score.NAME: some score of that name, on the span, its trace or its session, satisfies the comparison.
func (k *compiler) score(e filter.Cmp) cond {
	is := cond{"c.project = ? AND c.name = ?", []any{string(k.project), e.Field.Key}}
	switch {
	case e.Op == filter.OpExists:
	case e.Value.Type == filter.TypeBoolean:
		is = is.and(cond{"c.boolean = ?", []any{e.Value.Bool}})
	case e.Value.Type == filter.TypeText:
		is = is.and(cond{sql: "c.label <> ''"}).and(matches("c.label", e.Value.Pattern))
	default:
		is = is.and(compareDouble("c.value", e))
	}
	var q query
	from := " FROM " + k.scores + " c WHERE "
	q.add("((s.trace_id, s.span_id) IN (SELECT (c.trace_id, c.span_id)"+from+ofSpan+" AND "+is.sql+")", is.args...)
	q.add(" OR s.trace_id IN (SELECT c.trace_id"+from+ofWhole+" AND "+is.sql+")", is.args...)
	q.add(" OR (s.session <> '' AND s.session IN (SELECT c.session"+from+ofSession+" AND "+is.sql+")))", is.args...)
	return cond{q.String(), q.args}
}

// withScores hands over the name of the scores table where it is wanted, else "".
func (r *Reader) withScores(ctx context.Context, want bool, fn func(table string) error) error {
	if !want {
		return fn("")
	}
	return r.src.Scores(ctx, func(_ *sql.Conn, table string) error { return fn(table) })
}

// Scores lists scores, newest first.
func (r *Reader) Scores(ctx context.Context, q score.Query) (out page.Page[score.Score], err error) {
	defer errs.Op(&err, "ask.Scores")
	limit, err := page.Limit(q.Limit)
	if err != nil {
		return out, err
	}
	where := cond{"c.project = ? AND c.time_ns >= ? AND c.time_ns < ?", []any{string(q.Project), q.From, q.To}}
	if q.Name != "" {
		where = where.and(cond{"c.name = ?", []any{q.Name}})
	}
	if !q.Trace.IsZero() {
		where = where.and(cond{sql: "c.trace_id = " + row.TraceLiteral(q.Trace)})
	}
	if q.Session != "" {
		where = where.and(cond{"c.session = ?", []any{q.Session}})
	}
	if q.Cursor != (page.Cursor{}) {
		at, err := strconv.ParseInt(q.Cursor.Value, 10, 64)
		if err != nil || q.Cursor.Sort != "-time" {
			return out, errs.Invalid("cursor is not one of this list; start again without cursor")
		}
		where = where.and(cond{"(c.time_ns, c.id) < (?, ?)", []any{at, q.Cursor.ID}})
	}
	err = r.src.Scores(ctx, func(c *sql.Conn, table string) error {
		items, err := readScores(ctx, c, table, where, "ORDER BY c.time_ns DESC, c.id DESC LIMIT "+strconv.Itoa(limit+1))
		out.Items = items
		return err
	})
	if len(out.Items) > limit {
		out.Items = out.Items[:limit]
		last := out.Items[limit-1]
		out.Next = page.Cursor{Sort: "-time", Value: strconv.FormatInt(last.Time, 10), ID: last.ID}
	}
	return out, err
}

// ScoresOf answers the scores of traces and of their spans.
func (r *Reader) ScoresOf(ctx context.Context, p project.ID, ids []trace.ID) (out map[trace.ID][]score.Score, err error) {
	defer errs.Op(&err, "ask.ScoresOf")
	out = map[trace.ID][]score.Score{}
	if len(ids) == 0 {
		return out, nil
	}
	where := cond{"c.project = ? AND c.trace_id IN (" + traceList(ids) + ")", []any{string(p)}}
	err = r.src.Scores(ctx, func(c *sql.Conn, table string) error {
		all, err := readScores(ctx, c, table, where, "ORDER BY c.time_ns, c.id")
		for _, s := range all {
			out[s.Trace] = append(out[s.Trace], s)
		}
		return err
	})
	return out, err
}

func readScores(ctx context.Context, c *sql.Conn, table string, where cond, tail string) (out []score.Score, err error) {
	q := &query{}
	q.add("SELECT "+row.ScoreSelect("c.")+" FROM "+table+" c WHERE "+where.sql+" "+tail, where.args...)
	err = q.each(ctx, c, func(rows *sql.Rows) error {
		s, err := row.ScanScore(rows.Scan)
		out = append(out, s)
		return err
	})
	return out, err
}

// traceList writes trace ids as literals, which cost less than as many arguments.
func traceList(ids []trace.ID) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(row.TraceLiteral(id))
	}
	return b.String()
}
