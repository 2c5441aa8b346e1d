package httpapi

import (
	"net/http"
	"strings"
	"time"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/look"
)

// NumberRoutes answers the routes for facets, aggregates, SQL and the filter language.
func NumberRoutes(l *look.Look) []Route {
	h := looks{look: l}
	const tag = "questions"
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/facets", Action: access.TraceRead, Handle: h.facets,
			Doc: Doc{Tag: tag, Summary: "Commonest values of fields", Out: api.Facets{}, Query: append(ranged(),
				Param{Name: "fields", Meaning: "filter fields with texts, words or booleans, with commas; the bare names score, attributes and resource answer the names that occur"},
				Param{Name: "prefix", Meaning: "only values that begin so"},
				Param{Name: "level", Meaning: "count spans or traces", Enum: []string{"span", "trace"}},
				Param{Name: "limit", Meaning: "values a field, 1 to 1000, by default 20"})}},
		{Method: http.MethodGet, Pattern: "/api/v1/aggregate", Action: access.TraceRead, Handle: h.aggregate,
			Doc: Doc{Tag: tag, Summary: "Numbers over time, by any field", Out: api.Aggregate{}, Query: append(ranged(),
				Param{Name: "metrics", Meaning: "with commas: spans, traces, sessions, users, errors, problems, failing_sessions and failing_traces (with an error or problem among the spans counted), unpriced, cost, reported_cost, tokens, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, duration_avg, duration_max, any percentile of duration or ttft such as duration_p95 or ttft_p99.9, score_avg.NAME"},
				Param{Name: "by", Meaning: "filter fields with texts, words or booleans, with commas; those of the trace level group a span by its whole trace"},
				Param{Name: "interval", Meaning: "for example 1h; absent gives one row a group"},
				Param{Name: "limit", Meaning: "groups, the largest by the first metric; 1 to 10000, by default 1000"})}},
		{Method: http.MethodPost, Pattern: "/api/v1/query", Action: access.TraceRead, Handle: h.sql,
			Doc: Doc{Tag: tag, Summary: "One read-only SELECT over the documented views", In: api.Query{}, Out: api.QueryAnswer{}}},
		{Method: http.MethodGet, Pattern: "/api/v1/query/views", Action: access.TraceRead, Handle: h.views,
			Doc: Doc{Tag: tag, Summary: "The views that SQL may read", Out: api.Views{}}},
		{Method: http.MethodGet, Pattern: "/api/v1/filter/fields", Action: access.TraceRead, Handle: h.fields,
			Doc: Doc{Tag: tag, Summary: "The fields of the filter language", Out: api.FilterFields{}}},
		{Method: http.MethodGet, Pattern: "/api/v1/filter/complete", Action: access.TraceRead, Handle: h.complete,
			Doc: Doc{Tag: tag, Summary: "Complete a filter at a cursor", Out: api.Completion{}, Query: []Param{
				{Name: "text", Meaning: "the filter as typed so far"}, {Name: "cursor", Meaning: "rune index from 0; by default the end"},
				{Name: "from", Meaning: "RFC 3339"}, {Name: "to", Meaning: "RFC 3339"}}}},
	}
}

func (h looks) facets(w http.ResponseWriter, r *http.Request) error {
	q := look.FacetQuestion{Project: CallerOf(r.Context()).Project, Filter: r.URL.Query().Get("filter"), Fields: words(r, "fields"),
		Prefix: r.URL.Query().Get("prefix")}
	var err error
	if q.From, q.To, err = span(r); err != nil {
		return err
	}
	if q.Limit, err = number(r, "limit", 20, 1, 1000); err != nil {
		return err
	}
	switch level := r.URL.Query().Get("level"); level {
	case "", "span":
	case "trace":
		q.ByTrace = true
	default:
		return errs.Invalid("level is %q; allowed are span and trace", level)
	}
	got, err := h.look.Facets(r.Context(), q)
	if err != nil {
		return err
	}
	out := api.Facets{Facets: make([]api.Facet, len(got))}
	for i, f := range got {
		out.Facets[i] = api.Facet{Field: f.Field, Others: f.Others, Values: make([]api.FacetValue, len(f.Values))}
		for k, v := range f.Values {
			out.Facets[i].Values[k] = api.FacetValue{Value: v.Value, Count: v.Count}
		}
	}
	return JSON(w, http.StatusOK, out)
}

func (h looks) aggregate(w http.ResponseWriter, r *http.Request) error {
	q := look.AggregateQuestion{Project: CallerOf(r.Context()).Project, Filter: r.URL.Query().Get("filter"),
		Metrics: words(r, "metrics"), By: words(r, "by")}
	var err error
	if q.From, q.To, err = span(r); err != nil {
		return err
	}
	if q.Limit, err = number(r, "limit", 1000, 1, 10_000); err != nil {
		return err
	}
	text := r.URL.Query().Get("interval")
	if text != "" {
		if q.Interval, err = time.ParseDuration(text); err != nil {
			return errs.Invalid("interval is %q; write it as 5m, 1h or 24h", text)
		}
	}
	rows, err := h.look.Aggregate(r.Context(), q)
	if err != nil {
		return err
	}
	out := api.Aggregate{Interval: text, Rows: make([]api.AggregateRow, len(rows))}
	for i := range rows {
		out.Rows[i] = wireAggregate(&rows[i], q.Interval > 0)
	}
	return JSON(w, http.StatusOK, out)
}

func wireAggregate(row *trace.AggregateRow, timed bool) api.AggregateRow {
	out := api.AggregateRow{By: row.By, Values: make(map[string]any, len(row.Numbers)+len(row.Money))}
	if out.By == nil {
		out.By = map[string]string{}
	}
	if timed {
		t := Time(row.Time)
		out.Time = &t
	}
	for name, v := range row.Numbers {
		if strings.HasPrefix(name, "duration_") || strings.HasPrefix(name, "ttft_") {
			v /= 1e6
		}
		out.Values[name] = v
	}
	for name, m := range row.Money {
		if out.Currencies == nil {
			out.Currencies = map[string]string{}
		}
		if m.Mixed {
			out.Currencies[name] = "mixed"
			continue
		}
		out.Currencies[name], out.Values[name] = m.Currency, m.Amount.StringFixed(usage.Scale)
	}
	return out
}

func (h looks) sql(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.Query](r)
	if err != nil {
		return err
	}
	var from, to time.Time
	if in.From != nil {
		from = *in.From
	}
	if in.To != nil {
		to = *in.To
	}
	rows, err := h.look.SQL(r.Context(), CallerOf(r.Context()).Project, in.SQL, from, to, in.Limit)
	if err != nil {
		return err
	}
	out := api.QueryAnswer{Columns: wireColumns(rows.Columns), Rows: list(rows.Rows), Truncated: rows.Truncated}
	for _, row := range out.Rows {
		for i := range row {
			if n, ok := row[i].(int64); ok && (n > exact || n < -exact) {
				row[i] = big(n)
			}
		}
	}
	return JSON(w, http.StatusOK, out)
}

func wireColumns(in []trace.Column) []api.Column {
	out := make([]api.Column, len(in))
	for i, c := range in {
		out[i] = api.Column{Name: c.Name, Type: c.Type, Meaning: c.Meaning}
	}
	return out
}

func (h looks) views(w http.ResponseWriter, _ *http.Request) error {
	var out api.Views
	for _, v := range h.look.Views() {
		out.Items = append(out.Items, api.View{Name: v.Name, Meaning: v.Meaning, Columns: wireColumns(v.Columns)})
	}
	return JSON(w, http.StatusOK, out)
}

func (h looks) fields(w http.ResponseWriter, _ *http.Request) error {
	var out api.FilterFields
	for _, f := range filter.Fields() {
		out.Items = append(out.Items, api.FilterField{Name: f.Title(), Aliases: list(f.Aliases), Type: string(f.Type), Level: string(f.Level),
			Values: f.Values, Operators: f.Operators(), Description: f.Description, Example: f.Example})
	}
	return JSON(w, http.StatusOK, out)
}

func (h looks) complete(w http.ResponseWriter, r *http.Request) error {
	from, to, err := span(r)
	if err != nil {
		return err
	}
	text := r.URL.Query().Get("text")
	cursor, err := number(r, "cursor", len([]rune(text)), 0, filter.MaxText)
	if err != nil {
		return err
	}
	c, err := h.look.Complete(r.Context(), CallerOf(r.Context()).Project, text, cursor, from, to)
	if err != nil {
		return err
	}
	out := api.Completion{From: c.Start, To: c.End, Expected: string(c.Expect), Candidates: make([]api.Candidate, len(c.Candidates))}
	for i, k := range c.Candidates {
		out.Candidates[i] = api.Candidate{Text: k.Text, Detail: k.Detail}
		if n, ok := c.Counts[k.Text]; ok && k.Detail == "" {
			out.Candidates[i].Detail = count(n, "span")
		}
	}
	return JSON(w, http.StatusOK, out)
}
