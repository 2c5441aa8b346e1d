package app

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/jobs"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/payload"
	"steward/internal/work/pricing"
	"steward/internal/work/rework"
)

// touchy prices panic on model calls, as a program with a fault does.
type touchy struct{ *pricing.Pricing }

func (p touchy) Price(s *trace.Span) usage.Cost {
	if s.Kind == trace.LLM {
		panic("index out of range")
	}
	return p.Pricing.Price(s)
}

// nowhere is a queue whose tasks the test runs itself.
type nowhere struct{}

func (nowhere) Enqueue(context.Context, jobs.Task) error { return nil }

// TestReworkOfASpanThatPanics: it keeps its revision and is counted, and the others are derived anew.
func TestReworkOfASpanThatPanics(t *testing.T) {
	w, p := talk(t)
	_, before := w.span(p, 2)
	other, err := w.app.engine.Span(t.Context(), p.key(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	other.Canonical, other.Rev = trace.Canonical{Kind: trace.Other}, 1
	other.Marks = append(other.Marks, trace.MarkMapperFailed)
	if _, err := w.app.engine.Revise(t.Context(), []trace.Span{other}); err != nil {
		t.Fatal(err)
	}
	r := rework.New(rework.Options{Store: w.app.control, Engine: w.app.engine, Ingest: w.app.ingest, Pricing: touchy{w.app.pricing},
		Payload: payload.New(w.app.blobs), Queue: nowhere{}, Clock: w.app.clock})
	for kind, changed := range map[string]float64{rework.Remap: 1, rework.Reprice: 0} {
		j, err := r.Ask(t.Context(), rework.Request{Kind: kind, Project: "default", By: access.Steward(), Reason: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Handlers()[0].Run(t.Context(), jobs.Call{Key: "default/" + j.ID, Try: 1}); err != nil {
			t.Fatal(err)
		}
		done := call[api.Job](w, http.StatusOK, http.MethodGet, "/api/v1/jobs/"+j.ID, nil)
		var got map[string]any
		if err := json.Unmarshal(done.Result, &got); err != nil || done.State != "done" {
			t.Fatalf("%s: %+v, %v", kind, done, err)
		}
		if got["seen"] != 2.0 || got["failed"] != 1.0 || kind == rework.Remap && got["changed"] != changed {
			t.Errorf("%s: %v", kind, got)
		}
	}
	if _, after := w.span(p, 2); after.Kind != "llm" || after.Cost == nil || after.Cost.Amount != before.Cost.Amount {
		t.Errorf("the span that panics was changed: %+v", after)
	}
	again, err := w.app.engine.Span(t.Context(), p.key(t, 1))
	if err != nil || again.Kind != trace.AgentRun || len(again.Marks) != 0 {
		t.Errorf("the span that the mapper can read now is %+v, %v", again, err)
	}
}
