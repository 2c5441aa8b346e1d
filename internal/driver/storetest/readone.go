package storetest

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

func readOne(t *testing.T, w *world, r Reader) {
	ctx := context.Background()
	all := w.summaries(one)
	var ids []trace.ID
	for _, s := range all {
		ids = append(ids, s.Trace)
	}
	got, err := r.Summaries(ctx, one, append(ids, trace.ID{1}))
	if err != nil || len(got) != len(all) {
		t.Fatalf("%d summaries, want %d: %v", len(got), len(all), err)
	}
	for _, g := range got {
		i := slices.IndexFunc(all, func(s *summary) bool { return s.Trace == g.Trace })
		sameSummary(t, "summary", g, all[i].Summary)
	}
	for i, sum := range all {
		if i%10 > 0 {
			continue
		}
		spans, err := r.Trace(ctx, one, sum.Trace, true)
		if err != nil || int64(len(spans)) != sum.Spans {
			t.Fatalf("trace %s: %d spans, want %d: %v", sum.Trace, len(spans), sum.Spans, err)
		}
		for j, s := range spans {
			if j > 0 && spans[j-1].Start > s.Start {
				t.Fatal("spans are not in order of start")
			}
			want := w.find(s.Key())
			many, err := r.SpansOf(ctx, []trace.Key{{Project: two, Trace: s.Raw.Trace, Span: trace.SpanID{1}}, s.Key()})
			if err != nil || len(many) != 1 || !reflect.DeepEqual(many[0], s) {
				t.Fatalf("among others it is %+v, in its trace %+v: %v", many, s, err)
			}
			single, err := r.Span(ctx, s.Key())
			if err != nil || !reflect.DeepEqual(single, s) {
				t.Fatalf("span alone is %+v, in its trace %+v: %v", single, s, err)
			}
			if !reflect.DeepEqual(s.Attributes, want.Attributes) || !reflect.DeepEqual(s.Input, want.Input) || !s.Cost.Amount.Equal(want.Cost.Amount) {
				t.Fatalf("span came back as %+v, want %+v", s, want)
			}
		}
		light, err := r.Trace(ctx, one, sum.Trace, false)
		if err != nil || len(light) != len(spans) || light[0].Input != nil || light[0].Attributes != nil || light[0].Name != spans[0].Name {
			t.Fatalf("without content: %+v %v", light, err)
		}
		for j := range light {
			want := w.find(light[j].Key())
			for _, got := range []*trace.Span{&light[j], &spans[j]} {
				if !slices.Equal(got.Problems, want.Problems) || want.Tool != nil && got.Tool.Digest != want.Tool.Digest {
					t.Fatalf("%+v of %+v came back as %+v of %+v", want.Problems, want.Tool, got.Problems, got.Tool)
				}
			}
		}
	}
	_, err = r.Trace(ctx, one, trace.ID{1}, false)
	wantCode(t, err, errs.CodeNotFound)
	_, err = r.Span(ctx, trace.Key{Project: one, Trace: all[0].Trace, Span: trace.SpanID{9}})
	wantCode(t, err, errs.CodeNotFound)
}

func (w *world) find(k trace.Key) *trace.Span {
	i := slices.IndexFunc(w.spans, func(s trace.Span) bool { return s.Key() == k })
	return &w.spans[i]
}

// sessionsOf sums up sessions over the spans that keep answers true for.
func (w *world) sessionsOf(p project.ID, in trace.Range) map[string]trace.SessionSummary {
	by := map[string][]*trace.Span{}
	for _, s := range w.of(p, in) {
		if s.Session != "" {
			by[s.Session] = append(by[s.Session], s)
		}
	}
	out := map[string]trace.SessionSummary{}
	for name, spans := range by {
		ids := map[trace.ID]bool{}
		sum := trace.SessionSummary{Project: p, Session: name}
		for _, s := range spans {
			ids[s.Trace] = true
			sum.Unfinished = sum.Unfinished || s.End == 0
			if s.Parent.IsZero() && s.StatusCode == trace.StatusError {
				sum.Failed++
			}
		}
		sum.Traces, sum.Totals = int64(len(ids)), add(spans)
		out[name] = sum
	}
	return out
}

// days widens a range to whole days, over which a list's sessions are summed up.
func days(r trace.Range) trace.Range {
	return trace.Range{From: r.From / day * day, To: (r.To + day - 1) / day * day}
}

func readSessions(t *testing.T, w *world, r Reader) {
	for i := range 24 {
		var e filter.Expr
		if i > 6 {
			e = w.filter(t)
		}
		in := w.ranges()[i%3]
		sort := []string{"", "-start", "start", "-cost", "tokens", "-duration"}[i%6]
		totals := w.sessionsOf(one, days(in))
		hit := map[string]bool{}
		for _, s := range w.match(one, in, e) {
			hit[s.Session] = true
		}
		var want []trace.SessionSummary
		for name, s := range totals {
			if hit[name] {
				want = append(want, s)
			}
		}
		slices.SortFunc(want, func(a, b trace.SessionSummary) int { return compareSessions(sort, a, b) })
		got := pages(t, trace.Query{Project: one, Range: in, Filter: e, Sort: sort, Limit: 1 + i%3}, func(q trace.Query) (page.Page[trace.SessionSummary], error) {
			p, _, err := r.Sessions(context.Background(), q)
			return p, err
		})
		if len(got) != len(want) {
			t.Fatalf("%v by %q in %v: %d sessions, want %d", e, sort, in, len(got), len(want))
		}
		for j := range got {
			sameSession(t, got[j], want[j])
		}
	}
}

func compareSessions(sort string, a, b trace.SessionSummary) int {
	sign := 1
	if sort == "" || sort[0] == '-' {
		sign = -1
	}
	by := cmp.Compare(a.Start, b.Start)
	switch strings.TrimPrefix(sort, "-") {
	case "cost":
		by = a.Cost.Amount.Cmp(b.Cost.Amount)
	case "tokens":
		by = cmp.Compare(a.Tokens.Total(), b.Tokens.Total())
	case "duration":
		by = cmp.Compare(a.End-a.Start, b.End-b.Start)
	}
	return sign * cmp.Or(by, strings.Compare(a.Session, b.Session))
}

func sameSession(t *testing.T, got, want trace.SessionSummary) {
	t.Helper()
	got.Totals, want.Totals = sameMoney(got.Totals), sameMoney(want.Totals)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("session\n got %+v\nwant %+v", got, want)
	}
}

func readSession(t *testing.T, w *world, r Reader) {
	ctx := context.Background()
	for name, want := range w.sessionsOf(one, ever()) {
		got, traces, err := r.Session(ctx, one, name)
		if err != nil {
			t.Fatal(err)
		}
		sameSession(t, got, want)
		if int64(len(traces)) != want.Traces {
			t.Fatalf("session %s: %d traces, want %d", name, len(traces), want.Traces)
		}
		all := w.summaries(one)
		for i, s := range traces {
			if i > 0 && traces[i-1].Start > s.Start {
				t.Fatal("traces are not oldest first")
			}
			j := slices.IndexFunc(all, func(o *summary) bool { return o.Trace == s.Trace })
			sameSummary(t, "trace of a session", s, all[j].Summary)
		}
	}
	_, _, err := r.Session(ctx, one, "never seen")
	wantCode(t, err, errs.CodeNotFound)
	_, _, err = r.Session(ctx, one, "")
	wantCode(t, err, errs.CodeNotFound)
}

func readScan(t *testing.T, w *world, r Reader) {
	for i := range 12 {
		var e filter.Expr
		if i > 2 {
			e = w.filter(t)
		}
		in := w.ranges()[i%3]
		want := w.match(one, in, e)
		seen := map[trace.SpanID]bool{}
		last := int64(0)
		err := r.Scan(context.Background(), trace.Query{Project: one, Range: in, Filter: e}, func(batch []trace.Span) error {
			for _, s := range batch {
				if s.Start < last || seen[s.ID] {
					t.Fatalf("span %s is out of order or repeated", s.ID)
				}
				last, seen[s.ID] = s.Start, true
				if !reflect.DeepEqual(s.Attributes, w.find(s.Key()).Attributes) {
					t.Fatal("a scanned span is not whole")
				}
			}
			return nil
		})
		if err != nil || len(seen) != len(want) {
			t.Fatalf("%v: %d spans, want %d: %v", e, len(seen), len(want), err)
		}
	}
	stop := errs.Invalid("stop")
	if err := r.Scan(context.Background(), trace.Query{Project: one, Range: ever()}, func([]trace.Span) error { return stop }); errs.CodeOf(err) != errs.CodeInvalid {
		t.Fatalf("fn's error came back as %v", err)
	}
}

func readScores(t *testing.T, w *world, r Reader) {
	ctx := context.Background()
	var want []score.Score
	for _, s := range w.scores {
		if s.Project == one {
			want = append(want, s)
		}
	}
	slices.SortFunc(want, func(a, b score.Score) int { return cmp.Or(cmp.Compare(b.Time, a.Time), strings.Compare(b.ID, a.ID)) })
	check := func(q score.Query, keep func(score.Score) bool) {
		t.Helper()
		q.Project, q.From, q.To, q.Limit = one, ever().From, ever().To, 7
		var got []score.Score
		for {
			p, err := r.Scores(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.Items...)
			if q.Cursor = p.Next; q.Cursor == (page.Cursor{}) {
				break
			}
		}
		expect := slices.DeleteFunc(slices.Clone(want), func(s score.Score) bool { return !keep(s) })
		if len(got) != len(expect) || len(got) > 0 && !reflect.DeepEqual(got, expect) {
			t.Fatalf("%+v: %d scores, want %d", q, len(got), len(expect))
		}
	}
	check(score.Query{}, func(score.Score) bool { return true })
	check(score.Query{Name: "o'dd"}, func(s score.Score) bool { return s.Name == "o'dd" })
	check(score.Query{Session: "s'3"}, func(s score.Score) bool { return s.Session == "s'3" })
	check(score.Query{Trace: want[0].Trace}, func(s score.Score) bool { return want[0].Trace.IsZero() || s.Trace == want[0].Trace })

	var ids []trace.ID
	n := 0
	for _, s := range want {
		if !s.Trace.IsZero() {
			ids = append(ids, s.Trace)
			n++
		}
	}
	of, err := r.ScoresOf(ctx, one, ids)
	if err != nil {
		t.Fatal(err)
	}
	for id, scores := range of {
		for _, s := range scores {
			n--
			if s.Trace != id {
				t.Fatal("a score stands with another trace")
			}
		}
	}
	if n != 0 {
		t.Fatalf("%d scores are missing", n)
	}
	if of, err := r.ScoresOf(ctx, one, nil); err != nil || len(of) != 0 {
		t.Fatal("no traces have no scores")
	}
}

func readSearched(t *testing.T, w *world, r Reader) {
	e, err := filter.Parse(`"answer"`)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{3, 1000} {
		q := trace.Query{Project: one, Range: ever(), Filter: e, Limit: limit}
		p, s, err := r.Traces(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if s.To != q.Range.To || s.From < q.Range.From {
			t.Fatalf("searched %+v of %+v", s, q.Range)
		}
		if p.Next == (page.Cursor{}) && (!s.Complete || s.From != q.Range.From) {
			t.Fatalf("the search ended without looking at everything: %+v", s)
		}
		for _, item := range p.Items {
			if m := w.find(trace.Key{Project: one, Trace: item.Trace, Span: item.Matched}); m.Start < s.From {
				t.Fatal("found before where the search says it looked")
			}
		}
	}
}

func readProjects(t *testing.T, w *world, r Reader) {
	ctx := context.Background()
	foreign := w.summaries(two)[0]
	_, err := r.Trace(ctx, one, foreign.Trace, false)
	wantCode(t, err, errs.CodeNotFound)
	if got, err := r.Summaries(ctx, one, []trace.ID{foreign.Trace}); err != nil || len(got) != 0 {
		t.Fatalf("%v %v", got, err)
	}
	for _, s := range w.match(two, ever(), nil)[:20] {
		_, err := r.Span(ctx, trace.Key{Project: one, Trace: s.Trace, Span: s.ID})
		wantCode(t, err, errs.CodeNotFound)
	}
	p, _, err := r.Traces(ctx, trace.Query{Project: "three", Range: ever()})
	if err != nil || len(p.Items) != 0 {
		t.Fatalf("%v %v", p, err)
	}
}
