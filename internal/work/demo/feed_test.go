package demo

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/base/clock"
	"steward/internal/domain/score"
)

// inbox takes what a feed sends, and fails from the n-th request on where n is not 0.
type inbox struct {
	spans    map[string]int // by id, how often they came
	scores   map[string]int
	arrivals []time.Time // end of the last span of each request
	requests int
	failAt   int
	after    func() // called after every request
}

func newInbox() *inbox { return &inbox{spans: map[string]int{}, scores: map[string]int{}} }

var errBroken = errors.New("broken")

func (b *inbox) Traces(_ context.Context, body []byte) error {
	if b.requests++; b.requests == b.failAt {
		return errBroken
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	if err != nil {
		return err
	}
	var last time.Time
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				b.spans[s.TraceID().String()+s.SpanID().String()]++
				if end := s.EndTimestamp().AsTime(); end.After(last) {
					last = end
				}
			}
		}
	}
	b.arrivals = append(b.arrivals, last)
	if b.after != nil {
		b.after()
	}
	return nil
}

func (b *inbox) Scores(_ context.Context, scores []score.Score) error {
	for _, s := range scores {
		b.scores[s.ID]++
	}
	return nil
}

// fed runs a feed until stop says so after a save or a settled hour, and answers how it ended.
func fed(t *testing.T, w *World, to *inbox, now clock.Clock, done *int64, stop func(settled int) bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	settled := 0
	f := &Feed{World: w, Sender: to, Done: *done, Clock: now, Every: time.Nanosecond,
		Settled: func(context.Context) error {
			if settled++; stop(settled) {
				cancel()
			}
			return nil
		},
		Save: func(_ context.Context, n int64) error {
			if n <= *done {
				t.Errorf("saved %d after %d", n, *done)
			}
			*done = n
			if stop(settled) {
				cancel()
			}
			return nil
		}}
	err := f.Run(ctx)
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatal("the feed did not come to where it should stop")
	}
	return err
}

// due answers the ids of the spans and scores of some hours that have happened at a time.
func due(w *World, from, to int, now time.Time) (spans, scores []string) {
	for hour := from; hour <= to; hour++ {
		records := w.Hour(hour)
		for _, s := range records.Spans {
			if s.End <= now.UnixNano() {
				spans = append(spans, s.Trace.String()+s.ID.String())
			}
		}
		for _, s := range records.Scores {
			if s.Time <= now.UnixNano() {
				scores = append(scores, s.ID)
			}
		}
	}
	return spans, scores
}

func (b *inbox) holds(t *testing.T, w *World, from, to int, now time.Time) {
	t.Helper()
	spans, scores := due(w, from, to, now)
	for _, id := range spans {
		if b.spans[id] == 0 {
			t.Fatalf("a span of %d did not come", len(spans))
		}
	}
	for _, id := range scores {
		if b.scores[id] == 0 {
			t.Fatalf("a score of %d did not come", len(scores))
		}
	}
	if len(b.spans) != len(spans) || len(b.scores) != len(scores) {
		t.Fatalf("%d spans and %d scores came, %d and %d have happened", len(b.spans), len(b.scores), len(spans), len(scores))
	}
}

func TestFeedSendsEverythingOnce(t *testing.T) {
	w, to, done := Thin(saturday, 40), newInbox(), int64(0)
	if err := fed(t, w, to, clock.NewFake(saturday), &done, func(int) bool { return done == behind }); err != nil {
		t.Fatal(err)
	}
	to.holds(t, w, -HistoryHours, 0, saturday)
	for id, n := range to.spans {
		if n > 1 {
			t.Fatalf("%s came %d times", id, n)
		}
	}
	if to.arrivals[0].Before(saturday.Add(-4*time.Hour)) || !slices.IsSortedFunc(to.arrivals[1:], func(a, b time.Time) int { return b.Truncate(24 * time.Hour).Compare(a.Truncate(24 * time.Hour)) }) {
		t.Errorf("the newest did not come first: %v", to.arrivals[:10])
	}
	if Filled(done) != 1 {
		t.Errorf("done is %d, which is %g of it", done, Filled(done))
	}
}

// TestFeedGoesOn cuts feeds short and goes on days later: nothing is missing in the end, and little came twice.
func TestFeedGoesOn(t *testing.T) {
	w, to, done, now := Thin(saturday, 20), newInbox(), int64(0), clock.NewFake(saturday)
	if err := fed(t, w, to, now, &done, func(settled int) bool { return settled == 1 }); err != nil {
		t.Fatal(err)
	}
	if done < 30 || done > behind/2 {
		t.Fatalf("one request filled in, saved %d", done)
	}
	before := len(to.spans)
	now.Advance(52 * time.Hour)
	to.failAt = to.requests + 3
	if err := fed(t, w, to, now, &done, func(int) bool { return done >= behind }); !errors.Is(err, errBroken) {
		t.Fatalf("the feed ended with %v", err)
	}
	to.failAt = 0
	if err := fed(t, w, to, now, &done, func(int) bool { return done >= behind }); err != nil {
		t.Fatal(err)
	}
	to.holds(t, w, -HistoryHours, 52, now.Now())
	if done != behind+52 {
		t.Errorf("done is %d", done)
	}
	again := 0
	for _, n := range to.spans {
		again += n - 1
	}
	if again > before {
		t.Errorf("%d spans came again, %d before the first stop", again, before)
	}
	// A day later only that day comes.
	now.Advance(24 * time.Hour)
	to.requests = 0
	if err := fed(t, w, to, now, &done, func(int) bool { return done == behind+76 }); err != nil {
		t.Fatal(err)
	}
	to.holds(t, w, -HistoryHours, 76, now.Now())
	if to.requests > 30 {
		t.Errorf("%d requests for a day", to.requests)
	}
}

// TestFeedSleeps lets a machine sleep: what happened meanwhile is filled in.
func TestFeedSleeps(t *testing.T) {
	w, to, now := Thin(saturday, 10), newInbox(), clock.NewFake(saturday)
	done := int64(behind)
	to.after = sync.OnceFunc(func() { now.Advance(30 * time.Hour) })
	if err := fed(t, w, to, now, &done, func(int) bool { return done == behind+30 }); err != nil {
		t.Fatal(err)
	}
	to.holds(t, w, -reach, 30, now.Now())
}

func TestFeedLeavesLongGapsOpen(t *testing.T) {
	w, to, now := Thin(saturday, 40), newInbox(), clock.NewFake(saturday.AddDate(0, 0, 90))
	done := int64(behind)
	if err := fed(t, w, to, now, &done, func(int) bool { return done > behind }); err != nil {
		t.Fatal(err)
	}
	current := w.HourOf(now.Now())
	to.holds(t, w, current-HistoryHours, current, now.Now())
}
