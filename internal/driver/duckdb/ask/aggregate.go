package ask

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/driver/duckdb/row"
)

const (
	aggregateGroups = 1000
	maxBuckets      = 100_000
)

// metric is how SQL answers one, over the columns of columns. currency is set for money: NULL where sql is, and 'mixed'
// where the amounts are in several, which have no sum.
type metric struct {
	sql      string
	currency string
	columns  string // beside trace_id
}

func metrics() map[string]metric {
	sum := func(expr, columns string) metric {
		return metric{sql: "coalesce(sum(" + expr + ") FILTER (NOT rollup), 0)", columns: columns + ", rollup"}
	}
	money := func(amount, currency, counts, columns string) metric {
		return metric{oneSum(amount, currency, counts), "CASE WHEN " + mixed(currency, counts) + " THEN 'mixed' ELSE " + oneCurrency(currency, counts) + " END", columns}
	}
	return map[string]metric{
		"spans":              {sql: "count(*)"},
		"traces":             {sql: "count(DISTINCT trace_id)"},
		"sessions":           {sql: "count(DISTINCT session) FILTER (session <> '')", columns: "session"},
		"users":              {sql: "count(DISTINCT user_id) FILTER (user_id <> '')", columns: "user_id"},
		"failing_sessions":   {sql: "count(DISTINCT session) FILTER (session <> '' AND " + ails("") + ")", columns: "session, status, problems"},
		"failing_traces":     {sql: "count(DISTINCT trace_id) FILTER (" + ails("") + ")", columns: "status, problems"},
		"errors":             {sql: "count_if(status = 'error')", columns: "status"},
		"problems":           {sql: "count_if(" + ails("") + ")", columns: "status, problems"},
		"unpriced":           {sql: "count_if(cost_state = 'unpriced')", columns: "cost_state"},
		"cost":               money("cost", "currency", priced(""), "cost, currency, cost_state, rollup"),
		"reported_cost":      money("reported_cost", "reported_currency", reported(""), "reported_cost, reported_currency, rollup"),
		"tokens":             sum("input_tokens + output_tokens", "input_tokens, output_tokens"),
		"input_tokens":       sum("input_tokens", "input_tokens"),
		"output_tokens":      sum("output_tokens", "output_tokens"),
		"cache_read_tokens":  sum("cache_read_tokens", "cache_read_tokens"),
		"cache_write_tokens": sum("cache_write_tokens", "cache_write_tokens"),
		"reasoning_tokens":   sum("reasoning_tokens", "reasoning_tokens"),
		"duration_avg":       {sql: "avg(duration_ns)", columns: "duration_ns"},
		"duration_max":       {sql: "max(duration_ns)", columns: "duration_ns"},
	}
}

// metricOf answers a metric by name: one of metrics, or any percentile such as duration_p95 or ttft_p99.9.
func metricOf(known map[string]metric, name string) (metric, bool) {
	if m, ok := known[name]; ok {
		return m, true
	}
	col, percent, _ := strings.Cut(name, "_p")
	p, err := strconv.ParseFloat(percent, 64)
	if err != nil || !(p >= 0 && p <= 100) || col != "duration" && col != "ttft" {
		return metric{}, false
	}
	col += "_ns"
	return metric{sql: fmt.Sprintf("quantile_cont(%s, %.9f)", col, p/100), columns: col}, true
}

// Aggregate answers numbers over time. Durations are nanoseconds. Quantiles are exact (linear between neighbours),
// counts of traces, sessions and users are exact across days, money is exact. A span counts once for each of its tags
// where tag is a group. score_avg.NAME is the mean of the numeric scores of that name (boolean ones count 1 and 0)
// whose target, a span, its trace or its session, has a matching span in the interval and group, each score once.
func (r *Reader) Aggregate(ctx context.Context, q trace.AggregateQuery) (out []trace.AggregateRow, err error) {
	defer errs.Op(&err, "ask.Aggregate")
	a, err := planAggregate(r, q)
	if err != nil {
		return nil, err
	}
	scores, _, totals, _ := needs(q.Filter)
	opens := q.Range
	if totals || a.totals {
		opens = trace.Range{From: opens.From - around, To: opens.To + around}
	}
	err = r.src.Spans(ctx, opens, func(c *sql.Conn, parts []Part) error {
		asked := overlapping(parts, q.Range)
		if len(asked) == 0 {
			return nil
		}
		return r.withScores(ctx, scores || len(a.scores) > 0, func(table string) error {
			f, err := compile(q.Filter, q.Project, table)
			if err != nil {
				return err
			}
			f.totals, f.roots = f.totals || a.totals, f.roots || a.roots
			out, err = a.run(ctx, c, f, asked, parts, table)
			return err
		})
	})
	return out, err
}

type aggregate struct {
	q       trace.AggregateQuery
	metrics []string // of the first query
	scores  []string // names of score_avg.NAME
	columns string
	by      cond // ", expr AS b0, expr AS b1"
	totals  bool // a group reads the trace's totals
	roots   bool // and among them name or status
}

func planAggregate(r *Reader, q trace.AggregateQuery) (a *aggregate, err error) {
	a = &aggregate{q: q}
	if len(q.Metrics) == 0 {
		return nil, errs.Invalid("no metric is asked for; name one or more, for example cost")
	}
	if q.Interval < 0 {
		return nil, errs.Invalid("interval is negative")
	}
	if q.Limit < 0 {
		return nil, errs.Invalid("limit is %d; it must be 1 or more", q.Limit)
	}
	if q.Interval > 0 && float64(q.Range.To)-float64(q.Range.From) > float64(q.Interval)*maxBuckets {
		return nil, errs.Invalid("the range has more than %d intervals; ask for longer intervals or a shorter range", maxBuckets)
	}
	known := metrics()
	have := map[string]bool{}
	for _, name := range q.Metrics {
		if key, ok := strings.CutPrefix(name, "score_avg."); ok && key != "" {
			a.scores = append(a.scores, key)
			continue
		}
		m, ok := metricOf(known, name)
		if !ok {
			return nil, errs.Invalid("metric %q is not known", name)
		}
		a.metrics = append(a.metrics, name)
		for _, col := range strings.Split(m.columns, ", ") {
			if col != "" && !have[col] {
				have[col] = true
				a.columns += ", s." + col
			}
		}
	}
	for i, name := range q.By {
		a.totals = a.totals || strings.HasPrefix(name, "trace.")
		a.roots = a.roots || name == "trace.name" || name == "trace.status"
		c, list, err := groupable(name)
		if err != nil {
			return nil, err
		}
		if list {
			c.sql = "unnest(CASE WHEN len(" + c.sql + ") = 0 THEN [''] ELSE list_distinct(" + c.sql + ") END)"
		}
		a.by.sql += fmt.Sprintf(", %s AS b%d", c.sql, i)
		a.by.args = append(a.by.args, c.args...)
	}
	return a, nil
}

func (a *aggregate) bucket() cond {
	if a.q.Interval == 0 {
		return cond{"CAST(? AS BIGINT)", []any{a.q.Range.From}}
	}
	// Floor division, also before 1970.
	return cond{"(s.start_ns - ((s.start_ns % ? + ?) % ?))", []any{a.q.Interval, a.q.Interval, a.q.Interval}}
}

// keys answers "b0, b1" with the prefix, after a comma.
func (a *aggregate) keys(prefix string) string {
	var out string
	for i := range a.q.By {
		out += fmt.Sprintf(", %sb%d", prefix, i)
	}
	return out
}

func (a *aggregate) run(ctx context.Context, c *sql.Conn, f compiled, asked, parts []Part, table string) ([]trace.AggregateRow, error) {
	out := &rowsByKey{at: map[string]int{}, by: a.q.By}
	if err := a.numbers(ctx, c, f, asked, parts, out); err != nil {
		return nil, err
	}
	for _, name := range a.scores {
		if err := a.scoreMeans(ctx, c, f, asked, parts, table, name, out); err != nil {
			return nil, err
		}
	}
	return out.rows, nil
}

// matched writes the rows to aggregate: bucket t, groups b0.., and columns.
func (a *aggregate) matched(q *query, f compiled, asked, parts []Part, columns string) {
	t := a.bucket()
	in := within(a.q.Project, step{a.q.Range.From, a.q.Range.To})
	columns = t.sql + " AS t" + a.by.sql + ", s.trace_id" + columns
	matchingRows(q, a.q.Project, asked, parts, f, in, cond{columns, append(append([]any(nil), t.args...), a.by.args...)})
}

func (a *aggregate) numbers(ctx context.Context, c *sql.Conn, f compiled, asked, parts []Part, out *rowsByKey) error {
	known := metrics()
	m := &query{}
	a.matched(m, f, asked, parts, a.columns)
	keys := a.keys("")
	q := &query{}
	q.add("WITH g AS MATERIALIZED (SELECT t" + keys)
	names := a.metrics
	if len(names) == 0 {
		names = []string{"spans"} // only scores are asked for: the groups are still those with most spans
	}
	for i, name := range names {
		m, _ := metricOf(known, name) // planned
		q.add(fmt.Sprintf(", %s AS m%d", m.sql, i))
	}
	var in []string // the metrics that have a currency
	for i, name := range names {
		if c := known[name].currency; c != "" {
			q.add(fmt.Sprintf(", %s AS c%d", c, i))
			in = append(in, name)
		}
	}
	q.add(" FROM ("+m.String()+") GROUP BY t"+keys+")", m.args...)
	if len(a.q.By) > 0 {
		limit := a.q.Limit
		if limit == 0 {
			limit = aggregateGroups
		}
		group := strings.TrimPrefix(keys, ", ")
		q.add(fmt.Sprintf(", top AS (SELECT %s FROM g GROUP BY %s ORDER BY sum(m0) DESC NULLS LAST, %s LIMIT %d) SELECT g.* FROM g SEMI JOIN top USING (%s) ORDER BY ALL", group, group, group, limit, group))
	} else {
		q.add(" SELECT * FROM g ORDER BY t")
	}
	return q.each(ctx, c, func(rows *sql.Rows) error {
		r, values, err := a.scan(rows, len(names)+len(in))
		if err != nil {
			return err
		}
		for i, name := range a.metrics {
			r.set(name, values[i])
		}
		for i, name := range in {
			r.currency(name, values[len(names)+i])
		}
		out.add(r)
		return nil
	})
}

// scoreMeans adds score_avg.NAME to the rows that are there.
func (a *aggregate) scoreMeans(ctx context.Context, c *sql.Conn, f compiled, asked, parts []Part, table, name string, out *rowsByKey) error {
	m := &query{}
	a.matched(m, f, asked, parts, ", s.span_id, s.session")
	q := &query{}
	q.add("WITH m AS MATERIALIZED ("+m.String()+")", m.args...)
	q.add(`, c AS (SELECT c.id, c.trace_id, c.span_id, c.session, coalesce(c.value, c.boolean::INTEGER::DOUBLE) AS v FROM `+table+
		` c WHERE c.project = ? AND c.name = ? AND (c.value IS NOT NULL OR c.boolean IS NOT NULL))`, string(a.q.Project), name)
	keys, mk := a.keys(""), "m.t"+a.keys("m.")
	q.add(" SELECT t" + keys + ", avg(v) FROM (SELECT DISTINCT t" + keys + ", id, v FROM (" +
		" SELECT " + mk + ", c.id, c.v FROM m JOIN c ON c.trace_id = m.trace_id AND c.span_id = m.span_id UNION ALL" +
		" SELECT " + mk + ", c.id, c.v FROM m JOIN c ON c.trace_id = m.trace_id AND c.span_id IS NULL UNION ALL" +
		" SELECT " + mk + ", c.id, c.v FROM m JOIN c ON c.trace_id IS NULL AND c.session = m.session AND m.session <> ''))" +
		" GROUP BY t" + keys)
	return q.each(ctx, c, func(rows *sql.Rows) error {
		r, values, err := a.scan(rows, 1)
		if err != nil {
			return err
		}
		if i, ok := out.at[r.key(a.q.By)]; ok {
			out.rows[i].Numbers["score_avg."+name], _ = values[0].(float64)
		}
		return nil
	})
}

type aggregateRow struct{ trace.AggregateRow }

func (a *aggregate) scan(rows *sql.Rows, n int) (r aggregateRow, values []any, err error) {
	by := make([]string, len(a.q.By))
	values = make([]any, n)
	dest := []any{&r.Time}
	for i := range by {
		dest = append(dest, &by[i])
	}
	for i := range values {
		dest = append(dest, &values[i])
	}
	err = rows.Scan(dest...)
	r.Numbers, r.Money = map[string]float64{}, map[string]usage.Money{}
	if len(by) > 0 {
		r.By = map[string]string{}
		for i, name := range a.q.By {
			r.By[name] = by[i]
		}
	}
	return r, values, err
}

func (r *aggregateRow) set(name string, v any) {
	switch v := v.(type) {
	case nil:
	case int64:
		r.Numbers[name] = float64(v)
	case float64:
		if !math.IsNaN(v) {
			r.Numbers[name] = v
		}
	case duckdb.Decimal:
		r.Money[name] = usage.Money{Amount: row.Money(v)}
	default: // a HUGEINT sum
		if d, err := decimal.NewFromString(fmt.Sprint(v)); err == nil {
			r.Numbers[name] = d.InexactFloat64()
		}
	}
}

// currency says what an amount is in, or that there is none because it is in several.
func (r *aggregateRow) currency(name string, v any) {
	m, has := r.Money[name]
	switch c, _ := v.(string); {
	case c == "mixed":
		r.Money[name] = usage.Money{Mixed: true}
	case has:
		m.Currency = c
		r.Money[name] = m
	}
}

func (r *aggregateRow) key(by []string) string {
	k := fmt.Sprint(r.Time)
	for _, name := range by {
		k += "\x00" + r.By[name]
	}
	return k
}

type rowsByKey struct {
	rows []trace.AggregateRow
	at   map[string]int
	by   []string
}

func (o *rowsByKey) add(r aggregateRow) {
	o.at[r.key(o.by)] = len(o.rows)
	o.rows = append(o.rows, r.AggregateRow)
}
