package app

import (
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
)

// TestTail watches spans come in over HTTP: those that match, once.
func TestTail(t *testing.T) {
	w, p := newWorkshop(t), newPerson()
	c, err := api.NewClient(api.ClientOptions{Server: w.server.URL, Key: w.key})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	seen, ended := make(chan api.Span, 10), make(chan error, 1)
	go func() {
		ended <- c.Tail(ctx, "kind:llm", func(s api.Span) error { seen <- s; return nil }, func(n int64) { t.Errorf("%d spans were missed", n) })
	}()
	td := ptrace.NewTraces()
	p.chat(td, time.Now().Add(-time.Minute), marker("shared-"))
	for n := 0; len(seen) == 0 && ctx.Err() == nil; n++ { // until the watch has begun
		for i := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().Len() {
			td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(i).SetTraceID([16]byte{1, byte(n >> 8), byte(n)})
		}
		w.sendSpans(td)
		if err := w.app.ingest.Settled(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.sendSpans(td) // again
	last := newPerson()
	td = ptrace.NewTraces()
	last.chat(td, time.Now().Add(-time.Minute), marker("shared-"))
	w.sendSpans(td)
	times := map[string]int{}
	for times[last.trace.String()] == 0 {
		select {
		case s := <-seen:
			if times[s.TraceID]++; s.Kind != "llm" || times[s.TraceID] > 1 {
				t.Errorf("a %s span of trace %s, for the %d. time", s.Kind, s.TraceID, times[s.TraceID])
			}
		case err := <-ended:
			t.Fatalf("the watch ended: %v", err)
		}
	}
	stop()
	<-ended
}
