package storetest

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Reader is the reading half of a telemetry engine.
type Reader interface {
	trace.Reader
	score.Reader
}

// Holding makes an engine that holds the spans and scores and nothing else.
type Holding func(t *testing.T, spans []trace.Span, scores []score.Score) Reader

// Reads proves trace.Reader's and score.Reader's lists and look-ups against an oracle in memory.
func Reads(t *testing.T, open Holding) {
	w := newWorld(7, 900)
	r := open(t, w.spans, w.scores)
	for _, c := range []struct {
		name string
		test func(*testing.T, *world, Reader)
	}{
		{"every filter means what filter.Match says", readFilters},
		{"traces newest first, page by page", readTraces},
		{"traces and spans in other orders", readSorted},
		{"sessions, page by page", readSessions},
		{"a trace, a span, summaries", readOne},
		{"a session whole", readSession},
		{"scan gives every span once, in order", readScan},
		{"scores", readScores},
		{"bad questions are refused", readBad},
		{"text search says how far it looked", readSearched},
		{"projects share nothing", readProjects},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, w, r) })
	}
}

// quote writes a value as a filter's phrase, with wildcards escaped by the language's own printer.
func quote(s string) string {
	return filter.Cmp{Field: filter.Ref{Name: "name"}, Op: filter.OpEqual, Value: filter.Value{Type: filter.TypeText, Pattern: filter.Pattern{Parts: []string{s}}}}.String()[len("name:"):]
}

// comparison is one random comparison of the filter language.
func (w *world) comparison() string {
	op := func() string { return pick(w, []string{"<", "<=", ">", ">=", ":"}) }
	s := pick(w, w.spans)
	word := pick(w, vocabulary)
	wild := quote(string([]rune(word)[:1])) + "*"
	if strings.HasPrefix(wild, `"`) {
		wild = pick(w, []string{"al*", "*a", "*ga*ra*", "g*y"})
	}
	value := pick(w, []string{quote(word), quote(word), wild, "*"})
	choices := []string{
		"name:" + value, "name!=" + quote(word), "kind:" + string(s.Kind), "status:" + string(s.StatusCode), "service:" + value,
		"env:production", "env:*", "session:" + quote("s'3"), "session:s*", "user:ann", "NOT user:*", "agent:" + value, "agent.version:1", "tag:" + value, "tag:*",
		"model:gpt-4o", "model:gpt*mini", "model.used:*", "provider:openai", "tool:" + value, "tool.call_id:call_*",
		"trace:" + s.Trace.String(), "trace:" + s.Trace.String()[:2] + "*", "span:" + s.ID.String(), "span:*" + s.ID.String()[14:],
		"parent:" + s.Parent.String(), "parent:*", "parent:" + s.ID.String()[:3] + "*",
		"duration" + op() + "2s", "duration:*", "ttft" + op() + "300ms", "end:*", "start" + op() + "2026-11-20T12:00:00Z", "start:2026-11-20", "end" + op() + "2026-11-20",
		"tokens" + op() + "10k", "input_tokens" + op() + strconv.FormatInt(s.Usage.Input, 10), "output_tokens:50..99", "cache_read_tokens:0", "reasoning_tokens:*",
		"cost" + op() + "0.5", "cost:" + s.Cost.Amount.String(), "cost:*", "reported_cost>0.5", "cost.state:unpriced", "usage.source:reported",
		"derived:true", "content:true", "content:false", "rollup:false", "error:true", "root:true", "root:false", "mark:time_assumed", "mark:*", "emitter:test",
		"problem:tool_error", "problem:(cut OR filtered)", "problem:*", "NOT problem:*", "trace.problems:0", "trace.problems" + op() + "2",
		`"answer"`, `"QUESTION Été"`, "input:été", "output:alpha", "input:*", "text:argument", quote("It's"), `"50%"`, "nothing_like_this",
		"score.helpful" + op() + "0.5", "score.helpful:true", "score.helpful:*", "score.helpful:" + value, "score." + quote("o'dd") + ">=0.25",
		"trace.duration" + op() + "20m", "trace.cost" + op() + "1", "trace.cost:*", "trace.tokens>20k", "trace.spans" + op() + "4", "trace.errors:0", "trace.name:" + value, "trace.status:error",
		"trace.outcome:error", "trace.outcome:(problem OR unfinished)", "NOT trace.outcome:ok",
	}
	for _, family := range []string{"attributes.", "resource."} {
		k := family + quote(pick(w, keys))
		choices = append(choices, k+":*", k+":"+value, k+op()+"1", k+">"+quote("b"), k+":1.5", k+op()+"9007199254740993", k+":true")
	}
	return pick(w, choices)
}

// filter is a random filter; it is one that Parse takes.
func (w *world) filter(t *testing.T) filter.Expr {
	t.Helper()
	for range 1000 {
		var b strings.Builder
		for i := range 1 + w.rnd.IntN(3) {
			if i > 0 {
				b.WriteString(pick(w, []string{" ", " AND ", " OR "}))
			}
			b.WriteString(pick(w, []string{"", "", "NOT "}))
			if w.rnd.IntN(4) == 0 {
				fmt.Fprintf(&b, "(%s OR NOT %s)", w.comparison(), w.comparison())
			} else {
				b.WriteString(w.comparison())
			}
		}
		if e, err := filter.Parse(b.String()); err == nil {
			return e
		}
	}
	t.Fatal("no random filter parses")
	return nil
}

func readFilters(t *testing.T, w *world, r Reader) {
	ctx := context.Background()
	tried := map[string]bool{}
	for i := range 320 {
		var e filter.Expr
		if i < 240 { // single comparisons show best what is wrong
			var err error
			text := w.comparison()
			if e, err = filter.Parse(text); err != nil {
				continue
			}
		} else {
			e = w.filter(t)
		}
		if tried[e.String()] {
			continue
		}
		tried[e.String()] = true
		want := map[trace.SpanID]bool{}
		for _, s := range w.match(one, ever(), e) {
			want[s.ID] = true
		}
		got := map[trace.SpanID]bool{}
		q := trace.Query{Project: one, Range: ever(), Filter: e, Limit: 1000}
		for _, s := range pages(t, q, func(q trace.Query) (page.Page[trace.Span], error) {
			p, _, err := r.Spans(ctx, q)
			return p, err
		}) {
			got[s.ID] = true
		}
		for _, s := range w.of(one, ever()) {
			if got[s.ID] != want[s.ID] {
				t.Errorf("%s: span %s found %v, want %v\n%+v", e, s.ID, got[s.ID], want[s.ID], s.Attributes)
				break
			}
		}
	}
	if len(tried) < 120 {
		t.Fatalf("only %d filters were tried", len(tried))
	}
}

// ranges are some of which the borders cut through days.
func (w *world) ranges() []trace.Range {
	return []trace.Range{ever(), {From: worldDay + 5*hour, To: worldDay + 2*day - 7*hour}, {From: worldDay + day, To: worldDay + 2*day}}
}

func readTraces(t *testing.T, w *world, r Reader) {
	for i := range 28 {
		var e filter.Expr
		if i > 3 {
			e = w.filter(t)
		}
		in := w.ranges()[i%3]
		matched := map[trace.ID]map[trace.SpanID]bool{}
		for _, s := range w.match(one, in, e) {
			if matched[s.Trace] == nil {
				matched[s.Trace] = map[trace.SpanID]bool{}
			}
			matched[s.Trace][s.ID] = true
		}
		want := slices.DeleteFunc(w.summaries(one), func(s *summary) bool { return matched[s.Trace] == nil })
		slices.SortFunc(want, func(a, b *summary) int {
			return cmp.Or(cmp.Compare(b.Start, a.Start), strings.Compare(string(b.Trace[:]), string(a.Trace[:])))
		})
		limit := []int{1, 17, 50, 1000}[i%4]
		if len(want) > 20 {
			limit = max(limit, 17)
		}
		got := pages(t, trace.Query{Project: one, Range: in, Filter: e, Limit: limit}, func(q trace.Query) (page.Page[trace.Summary], error) {
			p, _, err := r.Traces(context.Background(), q)
			return p, err
		})
		if len(got) != len(want) {
			t.Fatalf("%v in %v, limit %d: %d traces, want %d", e, in, limit, len(got), len(want))
		}
		for j := range got {
			if e != nil && !matched[want[j].Trace][got[j].Matched] {
				t.Fatalf("%v: span %s of trace %s is said to match", e, got[j].Matched, got[j].Trace)
			}
			got[j].Matched = trace.SpanID{}
			sameSummary(t, fmt.Sprintf("%v, trace %d", e, j), got[j], want[j].Summary)
		}
	}
}

// pages reads a list to its end.
func pages[T any](t *testing.T, q trace.Query, read func(trace.Query) (page.Page[T], error)) (out []T) {
	t.Helper()
	for range 2000 {
		p, err := read(q)
		if err != nil {
			t.Fatalf("%v: %v", q.Filter, err)
		}
		if q.Limit > 0 && len(p.Items) > q.Limit {
			t.Fatalf("%d items, %d were asked for", len(p.Items), q.Limit)
		}
		out = append(out, p.Items...)
		if p.Next == (page.Cursor{}) {
			return out
		}
		wire := p.Next.Encode()
		if q.Cursor, err = page.Decode(wire, p.Next.Sort); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the list does not end")
	return nil
}

func sameSummary(t *testing.T, what string, got, want trace.Summary) {
	t.Helper()
	got.Totals, want.Totals = sameMoney(got.Totals), sameMoney(want.Totals)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

// sameMoney writes amounts in one form, because equal decimals differ in memory.
func sameMoney(t trace.Totals) trace.Totals {
	norm := func(d decimal.Decimal) decimal.Decimal { return decimal.RequireFromString(d.StringFixed(12)) }
	t.Cost.Amount = norm(t.Cost.Amount)
	if t.Reported != nil {
		m := *t.Reported
		m.Amount = norm(m.Amount)
		t.Reported = &m
	}
	return t
}

func readSorted(t *testing.T, w *world, r Reader) {
	ctx := context.Background()
	for i := range 32 {
		sort := []string{"start", "-duration", "duration", "-cost", "cost", "-tokens", "tokens", "-start"}[i%8]
		var e filter.Expr
		if i >= 8 {
			e = w.filter(t)
		}
		in := w.ranges()[i%3]
		spans := w.match(one, in, e)
		value := func(s *trace.Span) decimal.Decimal {
			switch strings.TrimPrefix(sort, "-") {
			case "duration":
				if s.End == 0 {
					return decimal.Zero
				}
				return decimal.NewFromInt(s.Duration())
			case "cost":
				return s.Cost.Amount
			case "tokens":
				return decimal.NewFromInt(s.Usage.Total())
			}
			return decimal.NewFromInt(s.Start)
		}
		sign := 1
		if sort[0] == '-' {
			sign = -1
		}
		slices.SortFunc(spans, func(a, b *trace.Span) int { return sign * cmp.Or(value(a).Cmp(value(b)), compareIDs(a, b)) })
		q := trace.Query{Project: one, Range: in, Filter: e, Sort: sort, Limit: 23}
		got := pages(t, q, func(q trace.Query) (page.Page[trace.Span], error) {
			p, _, err := r.Spans(ctx, q)
			return p, err
		})
		if len(got) != len(spans) {
			t.Fatalf("%s by %s: %d spans, want %d", e, sort, len(got), len(spans))
		}
		for j := range got {
			if got[j].Key() != spans[j].Key() {
				t.Fatalf("%s by %s: span %d is %s, want %s", e, sort, j, got[j].ID, spans[j].ID)
			}
		}
		if sort == "-start" {
			continue
		}
		readSortedTraces(t, w, r, q, spans, sign)
	}
}

func readSortedTraces(t *testing.T, w *world, r Reader, q trace.Query, spans []*trace.Span, sign int) {
	hit := map[trace.ID]bool{}
	for _, s := range spans {
		hit[s.Trace] = true
	}
	value := func(s *summary) decimal.Decimal {
		switch strings.TrimPrefix(q.Sort, "-") {
		case "duration":
			return decimal.NewFromInt(max(0, s.ended()-s.Start))
		case "cost":
			return s.Cost.Amount
		case "tokens":
			return decimal.NewFromInt(s.Tokens.Total())
		}
		return decimal.NewFromInt(s.Start)
	}
	want := slices.DeleteFunc(w.summaries(one), func(s *summary) bool { return !hit[s.Trace] })
	slices.SortFunc(want, func(a, b *summary) int {
		return sign * cmp.Or(value(a).Cmp(value(b)), strings.Compare(string(a.Trace[:]), string(b.Trace[:])))
	})
	got := pages(t, q, func(q trace.Query) (page.Page[trace.Summary], error) {
		p, _, err := r.Traces(context.Background(), q)
		return p, err
	})
	if len(got) != len(want) {
		t.Fatalf("%s by %s: %d traces, want %d", q.Filter, q.Sort, len(got), len(want))
	}
	for j := range got {
		if got[j].Trace != want[j].Trace {
			t.Fatalf("%s by %s: trace %d is %s, want %s", q.Filter, q.Sort, j, got[j].Trace, want[j].Trace)
		}
	}
}

func readBad(t *testing.T, _ *world, r Reader) {
	ctx := context.Background()
	for name, q := range map[string]trace.Query{
		"sort":    {Sort: "name"},
		"limit":   {Limit: 1001},
		"cursor":  {Cursor: page.Cursor{Sort: "-start", Value: "'); DROP TABLE", ID: "x"}},
		"another": {Sort: "cost", Cursor: page.Cursor{Sort: "-cost", Value: "1", ID: "x"}},
	} {
		q.Project, q.Range = one, ever()
		_, _, err := r.Traces(ctx, q)
		wantCode(t, err, errs.CodeInvalid)
		_, _, err = r.Spans(ctx, q)
		wantCode(t, err, errs.CodeInvalid)
		if _, _, err = r.Sessions(ctx, q); errs.CodeOf(err) != errs.CodeInvalid {
			t.Fatalf("%s: %v", name, err)
		}
	}
}
