package storetest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/metric"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Telemetry proves a telemetry engine: what it takes in, what it forgets, and what it answers. open gives an empty
// engine; the suite closes it.
func Telemetry(t *testing.T, open func(t *testing.T) telemetry.Engine) {
	t.Run("load", func(t *testing.T) { Load(t, open) })
	t.Run("erase", func(t *testing.T) { Erase(t, open) })
	t.Run("read", func(t *testing.T) {
		Reads(t, func(t *testing.T, spans []trace.Span, scores []score.Score) Reader {
			e := opened(t, open)
			load(t, e, telemetry.Entry{Position: 1, Spans: spans, Scores: scores})
			return e
		})
	})
}

func opened(t *testing.T, open func(t *testing.T) telemetry.Engine) telemetry.Engine {
	t.Helper()
	e := open(t)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func load(t testing.TB, e telemetry.Loader, entries ...telemetry.Entry) telemetry.Receipt {
	t.Helper()
	r, err := e.Load(context.Background(), entries)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Load proves telemetry.Loader.
func Load(t *testing.T, open func(t *testing.T) telemetry.Engine) {
	for _, c := range []struct {
		name string
		test func(*testing.T, telemetry.Engine)
	}{
		{"what goes in comes out", loadRoundTrip},
		{"the first content of an identity wins", loadRepeats},
		{"entries seen before are skipped", loadAgain},
		{"a check keeps nothing", check},
		{"days far apart and before 1970", loadDays},
		{"a score replaces the one of its id", loadScores},
		{"logs and points once", loadPlain},
		{"newer revisions replace", revise},
		{"a checkpoint changes nothing", checkpoint},
		{"reads beside loads", loadConcurrently},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, opened(t, open)) })
	}
}

// Calls answers n model calls from number from on, a millisecond apart.
func Calls(from, n uint64, start time.Time) []trace.Span {
	out := make([]trace.Span, n)
	for i := range out {
		k := from + uint64(i)
		out[i] = LLMSpan(k, start.UnixNano()+int64(k)*int64(time.Millisecond), 1500)
	}
	return out
}

func spanOf(t *testing.T, e trace.Reader, k trace.Key) trace.Span {
	t.Helper()
	s, err := e.Span(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantSpan compares whole spans; amounts by value.
func wantSpan(t *testing.T, e trace.Reader, want trace.Span) {
	t.Helper()
	got := spanOf(t, e, want.Key())
	if !got.Cost.Amount.Equal(want.Cost.Amount) {
		t.Fatalf("cost %s, want %s", got.Cost.Amount, want.Cost.Amount)
	}
	got.Cost.Amount = want.Cost.Amount
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func loadRoundTrip(t *testing.T, e telemetry.Engine) {
	spans := Calls(0, 40, Day)
	spans[3].Events = []trace.Event{{Time: spans[3].Start + 5, Name: "exception", Attributes: attr.Attrs{{Key: "b", Value: attr.Blob([]byte{0, 255})}}}}
	spans[4].End = 0
	spans[5].Usage.Units = usage.Units{usage.WebSearch: 2, usage.Image: 1}
	spans[5].Cost = usage.Cost{State: usage.Unpriced, Currency: "EUR", Reason: "a rate is missing", Book: "2"}
	load(t, e, telemetry.Entry{Position: 1, Spans: spans})
	for _, s := range spans {
		wantSpan(t, e, s)
	}
}

func loadRepeats(t *testing.T, e telemetry.Engine) {
	first := Calls(0, 50, Day)
	other := Calls(0, 50, Day)
	other[7].Hash++
	other[7].Name = "another"
	stranger := Calls(0, 1, Day)
	stranger[0].Project = "other"
	twice := append(append(Calls(0, 50, Day), first[:5]...), other[7])
	r := load(t, e, telemetry.Entry{Position: 1, Spans: twice})
	if got := r.Projects[project.Default]; got.Spans != 50 || got.Duplicates != 5 || got.Conflicts != 1 {
		t.Errorf("within a batch: %+v", got)
	}
	if len(r.Stored) != 50 || r.Stored[7] != &twice[7] {
		t.Errorf("%d spans are named as stored, not the first 50", len(r.Stored))
	}
	r = load(t, e, telemetry.Entry{Position: 2, Spans: append(other, stranger...)}, telemetry.Entry{Position: 3, Spans: first[:2]})
	if got := r.Projects[project.Default]; got.Spans != 0 || got.Duplicates != 51 || got.Conflicts != 1 {
		t.Errorf("against what is stored: %+v", got)
	}
	if got := r.Projects["other"]; got.Spans != 1 || len(r.Conflicts) != 1 || r.Conflicts[0] != first[7].Key() {
		t.Errorf("another project's span %+v, conflicts %v", got, r.Conflicts)
	}
	wantSpan(t, e, first[7])
	all, err := e.Trace(context.Background(), project.Default, first[0].Trace, false)
	if err != nil || len(all) != 8 {
		t.Errorf("%d spans of 8: %v", len(all), err)
	}
}

func loadAgain(t *testing.T, e telemetry.Engine) {
	one := telemetry.Entry{Position: 4, Spans: Calls(0, 20, Day.Add(24*time.Hour-10*time.Millisecond))}
	two := telemetry.Entry{Position: 5, Spans: Calls(100, 20, Day)}
	load(t, e, one, two)
	r := load(t, e, one, two)
	if len(r.Projects) != 0 {
		t.Errorf("counted again: %+v", r.Projects)
	}
	r = load(t, e, one, two, telemetry.Entry{Position: 6, Spans: Calls(200, 1, Day)})
	if got := r.Projects[project.Default]; got != (telemetry.Counts{Spans: 1}) {
		t.Errorf("after the seen ones: %+v", got)
	}
	if n := countSpans(t, e); n != 41 {
		t.Errorf("%d spans, want 41", n)
	}
}

func check(t *testing.T, e telemetry.Engine) {
	one := telemetry.Entry{Position: 1, Spans: Calls(0, 20, Day), Logs: []logs.Record{Record(1, Day, trace.ID{})}, Points: []metric.Point{Point(1, Day)}}
	one.Scores = []score.Score{scoreOn(&one.Spans[0], "a", "quality", 0.1)}
	for range 2 {
		if err := e.Check(context.Background(), []telemetry.Entry{one}); err != nil {
			t.Fatal(err)
		}
		if n := countSpans(t, e) + int(rowsOf(t, e, telemetry.Logs)+rowsOf(t, e, telemetry.Points)+rowsOf(t, e, telemetry.Scores)); n != 0 {
			t.Fatalf("%d records are stored", n)
		}
	}
	if got := load(t, e, one).Projects[project.Default]; got.Spans != 20 || got.Logs != 1 || got.Points != 1 || got.Scores != 1 {
		t.Errorf("loaded after a check: %+v", got)
	}
	two := telemetry.Entry{Position: 2, Spans: Calls(0, 20, Day)}
	if err := e.Check(context.Background(), []telemetry.Entry{two}); err != nil {
		t.Fatal(err)
	}
	if got := load(t, e, two).Projects[project.Default]; got.Duplicates != 20 {
		t.Errorf("repeats after a check: %+v", got)
	}
}

var ever0 = trace.Range{From: -1 << 62, To: 1 << 62}

func countSpans(t *testing.T, e trace.Reader) (n int) {
	t.Helper()
	err := e.Scan(context.Background(), trace.Query{Project: project.Default, Range: ever0}, func(s []trace.Span) error {
		n += len(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func loadDays(t *testing.T, e telemetry.Engine) {
	var spans []trace.Span
	for i, at := range []time.Time{time.Unix(0, -1), time.Unix(0, 0), Day, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)} {
		spans = append(spans, LLMSpan(uint64(i), at.UnixNano(), 50))
	}
	load(t, e, telemetry.Entry{Position: 1, Spans: spans})
	for _, s := range spans {
		wantSpan(t, e, s)
	}
	parts, err := e.Parts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, p := range parts {
		if p.Kind == telemetry.Spans {
			days = append(days, p.Day)
		}
	}
	if !reflect.DeepEqual(days, []string{"1969-12-31", "1970-01-01", "2026-11-20", "2100-01-01"}) {
		t.Errorf("days %v", days)
	}
}

func scoreOn(s *trace.Span, id, name string, value float64) score.Score {
	return score.Score{ID: id, Project: s.Project, Trace: s.Trace, Span: s.ID, Name: name, Value: &value, Source: score.Code, Time: s.End, Day: s.Start}
}

func loadScores(t *testing.T, e telemetry.Engine) {
	ctx := context.Background()
	spans := Calls(0, 1, Day)
	a, b := scoreOn(&spans[0], "a", "quality", 0.1), scoreOn(&spans[0], "b", "quality", 0.2)
	a2, a3 := scoreOn(&spans[0], "a", "quality", 0.5), scoreOn(&spans[0], "a", "quality", 0.9)
	a3.Explanation = "better"
	r := load(t, e, telemetry.Entry{Position: 1, Spans: spans, Scores: []score.Score{a, b}})
	if r.Projects[project.Default].Scores != 2 {
		t.Errorf("%+v", r)
	}
	load(t, e, telemetry.Entry{Position: 2, Scores: []score.Score{a2}}, telemetry.Entry{Position: 3, Scores: []score.Score{a3}})
	load(t, e, telemetry.Entry{Position: 1, Scores: []score.Score{a}}) // replay
	got, err := e.ScoresOf(ctx, project.Default, []trace.ID{spans[0].Trace})
	if err != nil || len(got[spans[0].Trace]) != 2 {
		t.Fatalf("%v %v", got, err)
	}
	for _, s := range got[spans[0].Trace] {
		if want := map[string]score.Score{"a": a3, "b": b}[s.ID]; !reflect.DeepEqual(s, want) {
			t.Errorf("got %+v, want %+v", s, want)
		}
	}
}

// Record answers a log record; Point a metric point.
func Record(n int, at time.Time, id trace.ID) logs.Record {
	return logs.Record{Project: project.Default, Time: at.UnixNano() + int64(n), Trace: id, EventName: "event", Severity: 9,
		Body: attr.Str("body"), Attributes: attr.Attrs{{Key: "n", Value: attr.Int64(int64(n))}}, Resource: resource, Scope: scope, Service: "s"}
}

// Point answers a histogram point.
func Point(n int, at time.Time) metric.Point {
	low := 0.5
	return metric.Point{Project: project.Default, Name: "latency", Unit: "s", Type: metric.Histogram, Temporality: "delta", Start: at.UnixNano(), Time: at.UnixNano() + int64(n),
		Attributes: attr.Attrs{{Key: "model", Value: attr.Str("m")}}, Resource: resource, Value: 3.5, Count: 4, Min: &low, Bounds: []float64{1, 2}, Counts: []uint64{1, 2, 1},
		Exp: &metric.Exponential{Scale: 3, Positive: []uint64{1}}}
}

func rowsOf(t *testing.T, e telemetry.Engine, kind telemetry.Kind) (n int64) {
	t.Helper()
	parts, err := e.Parts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if p.Kind == kind {
			n += p.Rows
		}
	}
	return n
}

func loadPlain(t *testing.T, e telemetry.Engine) {
	var entries []telemetry.Entry
	for i := range 10 {
		at := Day.Add(time.Duration(i) * 5 * time.Hour)
		entries = append(entries, telemetry.Entry{Position: uint64(i + 1), Logs: []logs.Record{Record(i, at, trace.ID{}), Record(i, at, trace.ID{1})}, Points: []metric.Point{Point(i, at)}})
	}
	r := load(t, e, entries[:6]...)
	if got := r.Projects[project.Default]; got.Logs != 12 || got.Points != 6 {
		t.Errorf("%+v", got)
	}
	r = load(t, e, entries...)
	if got := r.Projects[project.Default]; got.Logs != 8 || got.Points != 4 {
		t.Errorf("after six were seen: %+v", got)
	}
	if l, p := rowsOf(t, e, telemetry.Logs), rowsOf(t, e, telemetry.Points); l != 20 || p != 10 {
		t.Errorf("%d records and %d points stored, want 20 and 10", l, p)
	}
}

func revise(t *testing.T, e telemetry.Engine) {
	ctx := context.Background()
	spans := Calls(0, 30, Day.Add(24*time.Hour-15*time.Millisecond))
	load(t, e, telemetry.Entry{Position: 1, Spans: spans})
	newer := Calls(0, 31, Day.Add(24*time.Hour-15*time.Millisecond)) // the last one is not stored
	for i := range newer {
		newer[i].Rev = 1
		newer[i].Name = "revised"
		newer[i].Session = "moved"
	}
	newer[5].Rev = 0
	twice := append(newer, newer[9])
	twice[len(twice)-1].Rev = 2
	n, err := e.Revise(ctx, twice)
	if err != nil || n != 29 {
		t.Fatalf("%d replaced, want 29: %v", n, err)
	}
	wantSpan(t, e, spans[5])
	wantSpan(t, e, newer[6])
	wantSpan(t, e, twice[len(twice)-1])
	if n, err := e.Revise(ctx, newer); n != 0 || err != nil {
		t.Errorf("the same again: %d %v", n, err)
	}
	if n := countSpans(t, e); n != 30 {
		t.Errorf("%d spans, want 30", n)
	}
	if _, err := e.Span(ctx, newer[30].Key()); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("a revision of nothing was stored: %v", err)
	}
	if _, traces, err := e.Session(ctx, project.Default, "moved"); err != nil || len(traces) == 0 {
		t.Errorf("the new session is not found: %v", err)
	}
	if r := load(t, e, telemetry.Entry{Position: 2, Spans: spans}); r.Projects[project.Default].Duplicates != 30 {
		t.Errorf("after revision: %+v", r)
	}
}

func checkpoint(t *testing.T, e telemetry.Engine) {
	ctx := context.Background()
	spans := Calls(0, 100, Day)
	for i := range 4 {
		load(t, e, telemetry.Entry{Position: uint64(i + 1), Spans: spans[i*25 : i*25+25], Logs: []logs.Record{Record(i, Day, trace.ID{})}})
		if err := e.Checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 30, 99} {
		wantSpan(t, e, spans[i])
	}
	if r := load(t, e, telemetry.Entry{Position: 4, Spans: spans}); len(r.Projects) != 0 {
		t.Errorf("%+v", r)
	}
}

func loadConcurrently(t *testing.T, e telemetry.Engine) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	load(t, e, telemetry.Entry{Position: 1, Spans: Calls(0, 8, Day)})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for last := 0; ctx.Err() == nil; {
				n := 0
				err := e.Scan(ctx, trace.Query{Project: project.Default, Range: ever0}, func(s []trace.Span) error {
					n += len(s)
					return nil
				})
				if errors.Is(err, context.Canceled) || ctx.Err() != nil {
					return
				}
				if err != nil || n < last {
					t.Errorf("saw %d spans after %d: %v", n, last, err)
					return
				}
				last = n
			}
		})
	}
	for i := range 30 {
		day := Day.Add(time.Duration(i%5) * 24 * time.Hour)
		load(t, e, telemetry.Entry{Position: uint64(i + 2), Spans: Calls(uint64(1000+8*i), 8, day)})
		wantSpan(t, e, Calls(uint64(1000+8*i), 8, day)[3])
		if i%10 == 5 {
			if err := e.Checkpoint(ctx); err != nil {
				t.Error(err)
			}
		}
	}
	cancel()
	wg.Wait()
}
