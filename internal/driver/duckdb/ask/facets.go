package ask

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
)

const (
	facetLimit = 20
	maxFacets  = 50
)

// Facets answers the commonest values of fields, with exact counts. Plain fields are counted together in one pass
// over the spans; lists (tag, mark) and the names of scores and attributes take one each. The bare names score,
// attributes and resource answer the names that occur. Absent values are not counted.
func (r *Reader) Facets(ctx context.Context, q trace.FacetQuery) (out []trace.Facet, err error) {
	defer errs.Op(&err, "ask.Facets")
	if q.Limit < 0 || q.Limit > 1000 {
		return nil, errs.Invalid("limit is %d; allowed are 1 to 1000", q.Limit)
	}
	if q.Limit == 0 {
		q.Limit = facetLimit
	}
	if len(q.Fields) > maxFacets {
		return nil, errs.Invalid("%d fields are asked for; at most %d are allowed", len(q.Fields), maxFacets)
	}
	f := &faceter{r: r, q: q, at: map[string]int{}}
	for _, name := range q.Fields {
		if err := f.plan(name); err != nil {
			return nil, err
		}
	}
	if len(f.out) == 0 {
		return nil, nil
	}
	return f.out, f.run(ctx)
}

type faceter struct {
	r     *Reader
	q     trace.FacetQuery
	out   []trace.Facet
	at    map[string]int
	plain []int // places in out of the fields that one pass counts
	exprs []cond
	lists []int // places in out of the others
	rows  []cond
}

// plan sorts a field into the pass that counts it.
func (f *faceter) plan(name string) error {
	if _, twice := f.at[name]; twice {
		return nil
	}
	i := len(f.out)
	f.at[name] = i
	f.out = append(f.out, trace.Facet{Field: name})
	if fam, ok := filter.Lookup(name); ok && fam.Key != "" {
		f.lists = append(f.lists, i)
		if fam.Type == filter.TypeAttribute {
			f.rows = append(f.rows, cond{sql: "unnest(json_keys(nullif(s." + fam.Name + ", '')))"})
		} else {
			f.rows = append(f.rows, cond{})
		}
		return nil
	}
	if key, ok := strings.CutPrefix(name, "score."); ok && key != "" {
		f.lists, f.rows = append(f.lists, i), append(f.rows, cond{args: []any{key}})
		return nil
	}
	c, list, err := groupable(name)
	if err != nil {
		return err
	}
	if list {
		f.lists, f.rows = append(f.lists, i), append(f.rows, cond{"unnest(" + c.sql + ")", c.args})
		return nil
	}
	f.plain, f.exprs = append(f.plain, i), append(f.exprs, c)
	return nil
}

func (f *faceter) run(ctx context.Context) error {
	needScores, _, totals, roots := needs(f.q.Filter)
	for _, i := range f.lists {
		needScores = needScores || strings.HasPrefix(f.out[i].Field, "score")
	}
	for _, i := range f.plain {
		totals = totals || strings.HasPrefix(f.out[i].Field, "trace.")
		roots = roots || strings.HasPrefix(f.out[i].Field, "trace.")
	}
	opens := f.q.Range
	if totals {
		opens = trace.Range{From: opens.From - around, To: opens.To + around}
	}
	return f.r.src.Spans(ctx, opens, func(c *sql.Conn, parts []Part) error {
		asked := overlapping(parts, f.q.Range)
		if len(asked) == 0 {
			return nil
		}
		return f.r.withScores(ctx, needScores, func(table string) error {
			k, err := compile(f.q.Filter, f.q.Project, table)
			if err != nil {
				return err
			}
			k.totals, k.roots = totals, roots
			from := func(q *query, columns cond) {
				in := within(f.q.Project, step{f.q.Range.From, f.q.Range.To})
				sub := &query{}
				matchingRows(sub, f.q.Project, asked, parts, k, in, columns)
				q.add(sub.String(), sub.args...)
			}
			if err := f.countPlain(ctx, c, from); err != nil {
				return err
			}
			for n, i := range f.lists {
				rows := f.rows[n]
				if strings.HasPrefix(f.out[i].Field, "score") {
					err = f.countScores(ctx, c, from, table, i, rows.args)
				} else {
					err = f.countList(ctx, c, from, i, rows)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (f *faceter) count() string {
	if f.q.ByTrace {
		return "count(DISTINCT trace_id)"
	}
	return "count(*)"
}

// countPlain counts all plain fields with one scan, one grouping set a field.
func (f *faceter) countPlain(ctx context.Context, c *sql.Conn, from func(*query, cond)) error {
	if len(f.plain) == 0 {
		return nil
	}
	cols := cond{sql: "s.trace_id"}
	var sets, values []string
	for n, e := range f.exprs {
		cols.sql += fmt.Sprintf(", %s AS v%d", e.sql, n)
		cols.args = append(cols.args, e.args...)
		sets = append(sets, fmt.Sprintf("(v%d)", n))
		values = append(values, fmt.Sprintf("WHEN GROUPING(v%d) = 0 THEN v%d", n, n))
	}
	var which []string
	for n := range f.exprs {
		which = append(which, fmt.Sprintf("WHEN GROUPING(v%d) = 0 THEN %d", n, n))
	}
	q := &query{}
	q.add("SELECT CASE " + strings.Join(which, " ") + " END AS field, CASE " + strings.Join(values, " ") + " END AS value, " + f.count() + " AS n FROM (")
	from(q, cols)
	q.add(") GROUP BY GROUPING SETS (" + strings.Join(sets, ", ") + ")")
	return f.top(ctx, c, q, f.plain)
}

func (f *faceter) countList(ctx context.Context, c *sql.Conn, from func(*query, cond), i int, rows cond) error {
	q := &query{}
	q.add("SELECT 0 AS field, v AS value, " + f.count() + " AS n FROM (")
	from(q, cond{"s.trace_id, " + rows.sql + " AS v", rows.args})
	q.add(") GROUP BY v")
	return f.top(ctx, c, q, []int{i})
}

// countScores counts spans, or traces, by the names of their scores, or by the values of the scores of one name.
func (f *faceter) countScores(ctx context.Context, c *sql.Conn, from func(*query, cond), table string, i int, name []any) error {
	value, where := "c.name", cond{"c.project = ?", []any{string(f.q.Project)}}
	if len(name) > 0 {
		value = "CASE WHEN c.boolean IS NOT NULL THEN c.boolean::VARCHAR WHEN c.value IS NOT NULL THEN c.value::VARCHAR ELSE c.label END"
		where = where.and(cond{"c.name = ?", name})
	}
	q := &query{}
	q.add("WITH m AS MATERIALIZED (")
	from(q, cond{sql: "s.trace_id, s.span_id, s.session"})
	q.add("), c AS (SELECT c.trace_id, c.span_id, c.session, "+value+" AS v FROM "+table+" c WHERE "+where.sql+")", where.args...)
	q.add(" SELECT 0 AS field, v AS value, " + f.count() + ` AS n FROM (
 SELECT DISTINCT trace_id, span_id, v FROM (
  SELECT m.trace_id, m.span_id, c.v FROM m JOIN c ON c.trace_id = m.trace_id AND c.span_id = m.span_id UNION ALL
  SELECT m.trace_id, m.span_id, c.v FROM m JOIN c ON c.trace_id = m.trace_id AND c.span_id IS NULL UNION ALL
  SELECT m.trace_id, m.span_id, c.v FROM m JOIN c ON c.trace_id IS NULL AND c.session = m.session AND m.session <> '')) GROUP BY v`)
	return f.top(ctx, c, q, []int{i})
}

// top reads the largest groups of each field of q (columns field, value, n); places says where in out a field stands.
func (f *faceter) top(ctx context.Context, c *sql.Conn, q *query, places []int) error {
	w := &query{}
	w.add("WITH g AS ("+q.String()+"), k AS (SELECT field, value, n FROM g WHERE value <> ''", q.args...)
	if f.q.Prefix != "" {
		w.add(" AND starts_with(value, ?)", f.q.Prefix)
	}
	w.add("), o AS (SELECT *, row_number() OVER (PARTITION BY field ORDER BY n DESC, value) AS place FROM k)")
	w.add(" SELECT field, value, n, FALSE FROM o WHERE place <= ? UNION ALL SELECT field, '', sum(n)::BIGINT, TRUE FROM o WHERE place > ? GROUP BY field", f.q.Limit, f.q.Limit)
	w.add(" ORDER BY 1, 3 DESC, 2")
	return w.each(ctx, c, func(rows *sql.Rows) error {
		var field int
		var v trace.FacetValue
		var others bool
		if err := rows.Scan(&field, &v.Value, &v.Count, &others); err != nil {
			return err
		}
		facet := &f.out[places[field]]
		if others {
			facet.Others = v.Count
		} else {
			facet.Values = append(facet.Values, v)
		}
		return nil
	})
}
