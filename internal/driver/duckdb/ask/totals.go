package ask

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/driver/duckdb/row"
)

// sums adds up a group of spans, alias s; totalsRow reads it. Roll-ups repeat what their children say, so no sum takes
// them; of texts it answers what the earliest span that has one says.
func sums() string {
	return `min(s.start_ns) AS start_ns,
 max(greatest(s.end_ns, s.start_ns)) AS last_ns,
 bool_or(s.end_ns = 0) AS unfinished,
 count(*) AS spans,
 count_if(s.status = 'error') AS errors,
 count_if(` + ails("s.") + `) AS problems,
 count_if(s.status = 'error' AND s.parent_id IS NULL) AS failed,
 coalesce(sum(s.input_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS input_tokens,
 coalesce(sum(s.output_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS output_tokens,
 coalesce(sum(s.cache_read_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS cache_read_tokens,
 coalesce(sum(s.cache_write_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS cache_write_tokens,
 coalesce(sum(s.reasoning_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS reasoning_tokens,
 coalesce(sum(s.input_audio_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS input_audio_tokens,
 coalesce(sum(s.output_audio_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS output_audio_tokens,
 ` + oneSum("s.cost", "s.currency", priced("s.")) + ` AS cost,
 ` + oneCurrency("s.currency", priced("s.")) + ` AS currency,
 CASE WHEN ` + mixed("s.currency", priced("s.")) + ` THEN 'mixed'
      WHEN bool_or(s.cost_state = 'unpriced') THEN 'unpriced'
      WHEN bool_or(s.cost_state = 'estimated') THEN 'estimated'
      WHEN bool_or(s.cost_state = 'priced') THEN 'priced' ELSE '' END AS cost_state,
 ` + oneSum("s.reported_cost", "s.reported_currency", reported("s.")) + ` AS reported_cost,
 ` + oneCurrency("s.reported_currency", reported("s.")) + ` AS reported_currency,
 ` + mixed("s.reported_currency", reported("s.")) + ` AS reported_mixed,
 list_sort(list(DISTINCT s.model) FILTER (s.model <> '')) AS models,
 list_sort(list_distinct(flatten(list(s.tags)))) AS tags,
 ` + first("user_id") + first("environment") + first("release") + first("service") + first("session") +
		` coalesce(arg_min(struct_pack(name := s.agent, version := s.agent_version), (s.start_ns, s.span_id)) FILTER (s.agent <> ''), {'name': '', 'version': ''}) AS agent,
 coalesce(arg_min(s.input_preview, (s.start_ns, s.span_id)) FILTER (s.input_preview <> ''), '') AS first_input,
 coalesce(arg_max(s.output_preview, (greatest(s.end_ns, s.start_ns), s.start_ns, s.span_id)) FILTER (s.output_preview <> ''), '') AS last_output`
}

func first(col string) string {
	return fmt.Sprintf(" coalesce(arg_min(s.%[1]s, (s.start_ns, s.span_id)) FILTER (s.%[1]s <> ''), '') AS %[1]s,\n", col)
}

// totalColumns are the span columns that sums reads, beside the ids.
const totalColumns = `trace_id, span_id, parent_id, name, kind, start_ns, end_ns, status, status_message, input_tokens,
 output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, rollup, cost,
 currency, cost_state, reported_cost, reported_currency, model, tags, user_id, environment, release, service, session, agent,
 agent_version, input_preview, output_preview, problems`

// overlapping answers the parts that overlap the range.
func overlapping(parts []Part, r trace.Range) (out []Part) {
	for _, p := range parts {
		if p.From < r.To && p.To > r.From {
			out = append(out, p)
		}
	}
	return out
}

// union reads columns from all parts, of which there is one or more, where the condition on s holds.
func union(q *query, parts []Part, columns cond, join string, where cond) {
	for i, p := range parts {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		q.add("SELECT "+columns.sql+" FROM "+p.Table+" s"+join+" WHERE ", columns.args...)
		q.cond(where)
	}
}

// late reads columns of the rows that are found by narrow ones: DuckDB joins row ids back to the table, so that wide
// columns are read for these rows only. Otherwise it reads every column of every row before it looks at the ids.
func late(q *query, parts []Part, columns string, where cond) {
	for i, p := range parts {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		q.add("SELECT " + columns + " FROM " + p.Table + " WHERE rowid IN (SELECT s.rowid FROM " + p.Table + " s WHERE ")
		q.cond(where)
		q.add(")")
	}
}

// isOneOf says that the trace is one of the ids: a join for many, which costs less than comparing with each.
func isOneOf(ids []trace.ID) cond {
	if len(ids) == 1 {
		return cond{sql: "s.trace_id = " + row.TraceLiteral(ids[0])}
	}
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + row.TraceLiteral(id) + ")")
	}
	return cond{sql: "s.trace_id IN (VALUES " + b.String() + ")"}
}

// rank orders the spans of a trace by how well they serve as its root: one without parent, then an orphan, then any.
const rank = "(CASE WHEN s.parent_id IS NULL THEN 0 WHEN p.span_id IS NULL THEN 1 ELSE 2 END, s.start_ns, s.span_id)"

const isOrphan = "s.parent_id IS NOT NULL AND p.span_id IS NULL"

// summarise answers the summaries of the traces whose spans stand in the parts.
func summarise(ctx context.Context, c *sql.Conn, parts []Part, proj project.ID, where cond) ([]trace.Summary, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	q := &query{}
	q.add("WITH s AS MATERIALIZED (")
	late(q, parts, totalColumns, cond{"s.project = ?", []any{string(proj)}}.and(where))
	q.add(") SELECT s.trace_id, " + sums() + ",\n count_if(" + isOrphan + ") AS orphans, count_if(s.parent_id IS NULL) AS roots," +
		" arg_min(struct_pack(id := s.span_id, name := s.name, kind := s.kind, status := s.status, message := s.status_message), " + rank + ") AS root" +
		" FROM s LEFT JOIN s p ON p.trace_id = s.trace_id AND p.span_id = s.parent_id GROUP BY s.trace_id")
	var out []trace.Summary
	err := q.each(ctx, c, func(rows *sql.Rows) error {
		sum := trace.Summary{Project: proj}
		var id duckdb.UUID
		var t totalsRow
		var roots int64
		var root map[string]any
		dest := append([]any{&id}, t.dest()...)
		if err := rows.Scan(append(dest, &sum.Orphans, &roots, anyMap{&root})...); err != nil {
			return err
		}
		sum.Trace, sum.Totals = trace.ID(id), t.totals()
		sum.Session, sum.Unfinished = t.session, t.unfinished
		sum.Root = row.SpanIDOf(root["id"].(uint64))
		sum.Name, sum.Kind = root["name"].(string), trace.Kind(root["kind"].(string))
		sum.Status, sum.StatusText = trace.StatusCode(root["status"].(string)), root["message"].(string)
		if roots == 0 && sum.Errors > 0 {
			sum.Status = trace.StatusError
		}
		out = append(out, sum)
		return nil
	})
	return out, err
}

// totalsRow receives sums.
type totalsRow struct {
	trace.Totals
	unfinished, mixed        bool
	failed                   int64
	cost, reported           any
	currency, state, session string
	reportedCurrency         string
	models, tags, agent      any
}

func (t *totalsRow) dest() []any {
	k := &t.Totals
	return []any{&k.Start, &k.End, &t.unfinished, &k.Spans, &k.Errors, &k.Problems, &t.failed, &k.Tokens.Input, &k.Tokens.Output, &k.Tokens.CacheRead,
		&k.Tokens.CacheWrite, &k.Tokens.Reasoning, &k.Tokens.InputAudio, &k.Tokens.OutputAudio, &t.cost, &t.currency, &t.state,
		&t.reported, &t.reportedCurrency, &t.mixed, &t.models, &t.tags, &k.User, &k.Environment, &k.Release, &k.Service, &t.session, &t.agent,
		&k.FirstInput, &k.LastOutput}
}

func (t *totalsRow) totals() trace.Totals {
	k := t.Totals
	k.Cost.State, k.Cost.Currency = usage.CostState(t.state), t.currency
	k.Cost.Amount, _ = toDecimal(t.cost)
	if d, ok := toDecimal(t.reported); ok || t.mixed {
		k.Reported = &usage.Money{Amount: d, Currency: t.reportedCurrency, Mixed: t.mixed}
	}
	k.Models, k.Tags = toTexts(t.models), toTexts(t.tags)
	if a, ok := t.agent.(map[string]any); ok {
		k.Agent.Name, _ = a["name"].(string)
		k.Agent.Version, _ = a["version"].(string)
	}
	return k
}

// anyMap scans a STRUCT.
type anyMap struct{ to *map[string]any }

func (m anyMap) Scan(src any) error {
	v, ok := src.(map[string]any)
	if !ok {
		return fmt.Errorf("struct is a %T", src)
	}
	*m.to = v
	return nil
}

func toDecimal(v any) (decimal.Decimal, bool) {
	d, ok := v.(duckdb.Decimal)
	if !ok {
		return decimal.Zero, false
	}
	return row.Money(d), true
}

func toTexts(v any) []string {
	l, _ := v.([]any)
	var out []string
	for _, e := range l {
		if s, ok := e.(string); ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}

// outcome is trace.Summary's Outcome over the spans s of a trace. The root is the earliest span without a parent, which
// takes no join to find.
const outcome = `CASE WHEN coalesce(arg_min(s.status, (s.start_ns, s.span_id)) FILTER (s.parent_id IS NULL) = 'error', count_if(s.status = 'error') > 0) THEN 'error'
 WHEN bool_or(s.end_ns = 0) THEN 'unfinished' WHEN count_if(s.status = 'error' OR s.problems IS NOT NULL) > 0 THEN 'problem' ELSE 'ok' END`

// traceTotals is the relation that trace. fields read, alias t: the totals of the traces that only names, over parts.
// roots says whether name and status are wanted, which costs a join.
func traceTotals(q *query, parts []Part, proj project.ID, only cond, roots bool) {
	cols := "trace_id, span_id, parent_id, start_ns, end_ns, status, problems, name, input_tokens, output_tokens, rollup, cost, currency, cost_state"
	q.add("(WITH a AS (")
	union(q, parts, cond{sql: cols}, "", cond{"s.project = ?", []any{string(proj)}}.and(only))
	q.add(`) SELECT s.trace_id, min(s.start_ns) AS first_ns,
 max(s.end_ns) FILTER (s.end_ns > 0) - min(s.start_ns) AS duration,
 ` + oneSum("s.cost", "s.currency", priced("s.")) + ` AS cost,
 coalesce(sum(s.input_tokens + s.output_tokens) FILTER (NOT s.rollup), 0)::BIGINT AS tokens,
 count(*) AS spans, count_if(s.status = 'error') AS errors, count_if(` + ails("s.") + `) AS problems, ` + outcome + ` AS outcome`)
	if roots {
		q.add(", arg_min(s.name, " + rank + ") AS name, CASE WHEN count_if(s.parent_id IS NULL) = 0 AND count_if(s.status = 'error') > 0" +
			" THEN 'error' ELSE arg_min(s.status, " + rank + ") END AS status" +
			" FROM a s LEFT JOIN a p ON p.trace_id = s.trace_id AND p.span_id = s.parent_id")
	} else {
		q.add(" FROM a s")
	}
	q.add(" GROUP BY s.trace_id)")
}
