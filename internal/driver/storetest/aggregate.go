package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Aggregates proves facets and numbers over time against an oracle in memory.
func Aggregates(t *testing.T, open Holding) {
	w := newWorld(11, 900)
	r := open(t, w.spans, w.scores)
	t.Run("facets count exactly", func(t *testing.T) { facets(t, w, r) })
	t.Run("facets of names and scores", func(t *testing.T) { facetNames(t, w, r) })
	t.Run("numbers over time", func(t *testing.T) { aggregates(t, w, r) })
	t.Run("quantiles are exact", func(t *testing.T) { quantiles(t, w, r) })
	t.Run("means of scores", func(t *testing.T) { scoreMeans(t, w, r) })
	t.Run("largest groups only", func(t *testing.T) { groups(t, w, r) })
	t.Run("bad questions are refused", func(t *testing.T) { badAggregates(t, r) })
}

// valuesOf answers a facet field's values on a span.
func valuesOf(s *trace.Span, field string) []string {
	if key, ok := strings.CutPrefix(field, "attributes."); ok {
		if v, ok := s.Attributes.Get(key); ok {
			return []string{v.Text()}
		}
		return nil
	}
	rec := s.Record(nil)
	if b, ok := rec.Bool(field); ok {
		return []string{fmt.Sprint(b)}
	}
	return rec.Texts(field)
}

func facets(t *testing.T, w *world, r Reader) {
	fields := []string{"kind", "status", "model", "user", "env", "tag", "mark", "problem", "root", "tool", "attributes.it's"}
	for i := range 16 {
		var e filter.Expr
		if i > 3 {
			e = w.filter(t)
		}
		q := trace.FacetQuery{Project: one, Range: w.ranges()[i%3], Filter: e, Fields: fields, Limit: 1 + i, ByTrace: i%2 == 1}
		if i%4 == 3 {
			q.Prefix = "a"
		}
		got, err := r.Facets(context.Background(), q)
		if err != nil || len(got) != len(fields) {
			t.Fatalf("%v: %d facets: %v", e, len(got), err)
		}
		matching := w.match(one, q.Range, e)
		for j, f := range got {
			if f.Field != fields[j] {
				t.Fatalf("facet %d is %s, want %s", j, f.Field, fields[j])
			}
			want := map[string]map[string]bool{}
			for _, s := range matching {
				for _, v := range valuesOf(s, f.Field) {
					if v == "" || !strings.HasPrefix(v, q.Prefix) {
						continue
					}
					if want[v] == nil {
						want[v] = map[string]bool{}
					}
					if q.ByTrace {
						want[v][s.Trace.String()] = true
					} else {
						want[v][s.ID.String()] = true
					}
				}
			}
			others, last := int64(0), int64(math.MaxInt64)
			for _, ids := range want {
				others += int64(len(ids))
			}
			for _, v := range f.Values {
				if int64(len(want[v.Value])) != v.Count || v.Count > last {
					t.Fatalf("%v, %s=%q: counted %d, want %d", e, f.Field, v.Value, v.Count, len(want[v.Value]))
				}
				others -= v.Count
				last = v.Count
			}
			if len(f.Values) != min(q.Limit, len(want)) || f.Others != others {
				t.Fatalf("%v, %s: %d values and %d others, want %d and %d", e, f.Field, len(f.Values), f.Others, min(q.Limit, len(want)), others)
			}
		}
	}
}

func facetNames(t *testing.T, w *world, r Reader) {
	got, err := r.Facets(context.Background(), trace.FacetQuery{Project: one, Range: ever(), Fields: []string{"attributes", "score", "score.helpful", "trace.status"}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]map[string]int64, 4)
	for i := range want {
		want[i] = map[string]int64{}
	}
	status := map[trace.ID]string{}
	for _, s := range w.summaries(one) {
		status[s.Trace] = string(s.Status)
	}
	for _, s := range w.of(one, ever()) {
		for _, kv := range s.Attributes {
			want[0][kv.Key]++
		}
		names := w.scoresOn(s)
		for name := range names {
			want[1][name]++
		}
		values := map[string]bool{}
		for _, c := range names["helpful"] {
			switch {
			case c.Boolean != nil:
				values[fmt.Sprint(*c.Boolean)] = true
			case c.Label != "":
				values[c.Label] = true
			case c.Number != nil:
				values[fmt.Sprint(decimal.NewFromFloat(*c.Number))] = true
			}
		}
		for v := range values {
			want[2][v]++
		}
		want[3][status[s.Trace]]++
	}
	for i, f := range got {
		for _, v := range f.Values {
			key := strings.TrimSuffix(v.Value, ".0")
			if want[i][key] != v.Count {
				t.Errorf("%s %q: counted %d, want %d", f.Field, v.Value, v.Count, want[i][key])
			}
		}
		if len(f.Values) != len(want[i]) {
			t.Errorf("%s: %d values, want %d", f.Field, len(f.Values), len(want[i]))
		}
	}
}

func aggregates(t *testing.T, w *world, r Reader) {
	metrics := []string{"spans", "traces", "sessions", "users", "errors", "problems", "failing_sessions", "failing_traces", "unpriced", "cost", "reported_cost", "tokens", "input_tokens",
		"output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "duration_avg", "duration_max"}
	for i := range 24 {
		var e filter.Expr
		if i > 5 {
			e = w.filter(t)
		}
		q := trace.AggregateQuery{Project: one, Range: w.ranges()[i%3], Filter: e, Metrics: metrics, Interval: []int64{0, hour, 7 * hour, day}[i%4]}
		q.By = [][]string{nil, {"model"}, {"kind", "env"}, {"tag"}, {"attributes.odd\"key"}, {"problem"}, {"trace.outcome"}, {"trace.name", "kind"}}[i%8]
		got, err := r.Aggregate(context.Background(), q)
		if err != nil {
			t.Fatalf("%v: %v", e, err)
		}
		totals := map[trace.ID]*summary{}
		for _, s := range w.summaries(one) {
			totals[s.Trace] = s
		}
		want := map[string][]*trace.Span{}
		for _, s := range w.match(one, q.Range, e) {
			for _, k := range groupKeys(q, s, totals[s.Trace]) {
				want[k] = append(want[k], s)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%v by %v: %d rows, want %d", e, q.By, len(got), len(want))
		}
		for _, row := range got {
			k := fmt.Sprint(row.Time)
			for _, b := range q.By {
				k += "|" + row.By[b]
			}
			sameNumbers(t, fmt.Sprintf("%v by %v at %s", e, q.By, k), row, want[k])
		}
	}
}

// groupKeys answers the rows in which a span counts. total is its trace's, for groups of the trace level.
func groupKeys(q trace.AggregateQuery, s *trace.Span, total *summary) []string {
	at := q.Range.From
	if q.Interval > 0 {
		at = s.Start / q.Interval * q.Interval
	}
	out := []string{fmt.Sprint(at)}
	for _, b := range q.By {
		values := valuesOf(s, b)
		if strings.HasPrefix(b, "trace.") {
			values = whole{s.Record(nil), total}.Texts(b)
		}
		if len(values) == 0 {
			values = []string{""}
		}
		var next []string
		for _, k := range out {
			for _, v := range values {
				next = append(next, k+"|"+v)
			}
		}
		out = next
	}
	return out
}

func sameNumbers(t *testing.T, what string, row trace.AggregateRow, spans []*trace.Span) {
	t.Helper()
	n := map[string]float64{}
	sets := map[string]map[string]bool{"traces": {}, "sessions": {}, "users": {}, "failing_sessions": {}, "failing_traces": {}}
	var cost, reported purse
	ended, sum := 0.0, 0.0
	for _, s := range spans {
		n["spans"]++
		sets["traces"][s.Trace.String()] = true
		sets["sessions"][s.Session] = true
		sets["users"][s.User] = true
		if s.StatusCode == trace.StatusError {
			n["errors"]++
		}
		if s.Ails() {
			n["problems"]++
			sets["failing_sessions"][s.Session] = true
			sets["failing_traces"][s.Trace.String()] = true
		}
		if s.Cost.State == usage.Unpriced {
			n["unpriced"]++
		}
		if s.End != 0 {
			ended++
			sum += float64(s.Duration())
			n["duration_max"] = max(n["duration_max"], float64(s.Duration()))
		}
		cost.cost(s)
		reported.reported(s)
		if s.Usage.Rollup {
			continue
		}
		u := s.Usage
		n["tokens"] += float64(u.Total())
		n["input_tokens"] += float64(u.Input)
		n["output_tokens"] += float64(u.Output)
		n["cache_read_tokens"] += float64(u.CacheRead)
		n["cache_write_tokens"] += float64(u.CacheWrite)
		n["reasoning_tokens"] += float64(u.Reasoning)
	}
	for name, set := range sets {
		delete(set, "")
		n[name] = float64(len(set))
	}
	if ended > 0 {
		n["duration_avg"] = sum / ended
	}
	for _, name := range []string{"spans", "traces", "sessions", "users", "errors", "problems", "failing_sessions", "failing_traces", "unpriced", "tokens", "input_tokens", "output_tokens",
		"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "duration_avg", "duration_max"} {
		if math.Abs(row.Numbers[name]-n[name]) > 1e-6*n[name] {
			t.Fatalf("%s: %s is %v, want %v", what, name, row.Numbers[name], n[name])
		}
	}
	if _, has := row.Numbers["duration_avg"]; has != (ended > 0) {
		t.Fatalf("%s: no data must be a missing key", what)
	}
	got, has := row.Money["cost"]
	if has != cost.some || !cost.is(got) {
		t.Fatalf("%s: cost is %+v, want %+v", what, got, cost.sum)
	}
	if got, has = row.Money["reported_cost"]; has != reported.some || !reported.is(got) {
		t.Fatalf("%s: reported cost is %+v, want %+v", what, got, reported.sum)
	}
}

func quantiles(t *testing.T, w *world, r Reader) {
	got, err := r.Aggregate(context.Background(), trace.AggregateQuery{Project: one, Range: ever(), By: []string{"kind"},
		Metrics: []string{"duration_p50", "duration_p90", "duration_p95", "duration_p99", "ttft_p50", "ttft_p95", "duration_p12.5"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range got {
		var durations, ttfts []float64
		for _, s := range w.of(one, ever()) {
			if string(s.Kind) != row.By["kind"] {
				continue
			}
			if s.End != 0 {
				durations = append(durations, float64(s.Duration()))
			}
			if s.FirstToken != 0 {
				ttfts = append(ttfts, float64(s.FirstToken))
			}
		}
		for name, v := range map[string]float64{"duration_p50": quantile(durations, 0.5), "duration_p90": quantile(durations, 0.9),
			"duration_p95": quantile(durations, 0.95), "duration_p99": quantile(durations, 0.99), "ttft_p50": quantile(ttfts, 0.5), "ttft_p95": quantile(ttfts, 0.95),
			"duration_p12.5": quantile(durations, 0.125)} {
			if g, ok := row.Numbers[name]; ok == math.IsNaN(v) || ok && math.Abs(g-v) > 1 {
				t.Fatalf("%s of %s is %v, want %v", name, row.By["kind"], g, v)
			}
		}
	}
}

// quantile interpolates linearly between neighbours; NaN where there is nothing.
func quantile(v []float64, p float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	at := p * float64(len(v)-1)
	i := int(at)
	if i+1 >= len(v) {
		return v[i]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}

func scoreMeans(t *testing.T, w *world, r Reader) {
	for i := range 6 {
		var e filter.Expr
		if i > 1 {
			e = w.filter(t)
		}
		q := trace.AggregateQuery{Project: one, Range: ever(), Filter: e, Metrics: []string{"score_avg.helpful", "score_avg.o'dd"}, By: [][]string{nil, {"kind"}}[i%2], Interval: day}
		got, err := r.Aggregate(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"helpful", "o'dd"} {
			hit := map[string]map[string]float64{}
			for _, s := range w.match(one, ever(), e) {
				for _, c := range w.scores {
					on := c.Project == one && c.Name == name && (c.Value != nil || c.Boolean != nil) &&
						(c.Trace == s.Trace && (c.Span == s.ID || c.Span.IsZero()) || c.Trace.IsZero() && c.Session == s.Session)
					if !on {
						continue
					}
					v := 0.0
					if c.Value != nil {
						v = *c.Value
					} else if *c.Boolean {
						v = 1
					}
					k := groupKeys(q, s, nil)[0]
					if hit[k] == nil {
						hit[k] = map[string]float64{}
					}
					hit[k][c.ID] = v
				}
			}
			for _, row := range got {
				k := fmt.Sprint(row.Time)
				for _, b := range q.By {
					k += "|" + row.By[b]
				}
				mean, ok := row.Numbers["score_avg."+name]
				if ok != (len(hit[k]) > 0) {
					t.Fatalf("%v at %s: there is a mean: %v", e, k, ok)
				}
				sum := 0.0
				for _, v := range hit[k] {
					sum += v
				}
				if ok && math.Abs(mean-sum/float64(len(hit[k]))) > 1e-9 {
					t.Fatalf("%v at %s: mean %v, want %v", e, k, mean, sum/float64(len(hit[k])))
				}
			}
		}
	}
}

func groups(t *testing.T, w *world, r Reader) {
	sums := map[string]int{}
	for _, s := range w.of(one, ever()) {
		sums[s.Name]++
	}
	names := make([]string, 0, len(sums))
	for n := range sums {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(sums[b]-sums[a], strings.Compare(a, b)) })
	got, err := r.Aggregate(context.Background(), trace.AggregateQuery{Project: one, Range: ever(), By: []string{"name"}, Metrics: []string{"spans"}, Interval: day, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range got {
		if !slices.Contains(names[:3], row.By["name"]) {
			t.Fatalf("%q is not among the largest, %q", row.By["name"], names[:3])
		}
	}
}

func badAggregates(t *testing.T, r Reader) {
	ctx := context.Background()
	for _, q := range []trace.AggregateQuery{
		{}, {Metrics: []string{"nonsense"}}, {Metrics: []string{"spans"}, By: []string{"nonsense"}}, {Metrics: []string{"spans"}, By: []string{"cost"}},
		{Metrics: []string{"spans"}, By: []string{"trace.cost"}}, {Metrics: []string{"spans"}, Interval: 1}, {Metrics: []string{"spans"}, Interval: -1},
		{Metrics: []string{"score_avg."}}, {Metrics: []string{"spans"}, Limit: -1}, {Metrics: []string{"spans"}, By: []string{"text"}},
	} {
		q.Project, q.Range = one, ever()
		_, err := r.Aggregate(ctx, q)
		wantCode(t, err, errs.CodeInvalid)
	}
	for _, fields := range [][]string{{"cost"}, {"nonsense"}, {"text"}, {"attributes."}, make([]string, 100)} {
		_, err := r.Facets(ctx, trace.FacetQuery{Project: one, Range: ever(), Fields: fields})
		wantCode(t, err, errs.CodeInvalid)
	}
}
