package app

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/domain/trace"
)

// TestDeletionBesideEverythingElse deletes somebody while others' records come in, log records are joined to spans, and
// jobs revise what is stored: nothing of the one may stay and nothing of the others may be lost.
func TestDeletionBesideEverythingElse(t *testing.T) {
	w, shared := newWorkshop(t), marker("shared-")
	victims := []*person{newPerson(), newPerson(), newPerson()}
	now := time.Now().Add(-time.Minute)
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	for _, p := range victims {
		p.chat(td, now, shared)
		p.logs(ld, now)
	}
	w.sendLogs(ld)
	w.sendSpans(td)
	const senders, requests = 3, 8
	others := make([][]*person, senders)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for n := range requests {
				p := newPerson()
				td, ld := ptrace.NewTraces(), plog.NewLogs()
				p.chat(td, now.Add(time.Duration(n)*time.Millisecond), shared)
				p.late(ld, now)
				w.sendSpans(td)
				w.sendLogs(ld)
				others[i] = append(others[i], p)
			}
		})
	}
	for i, p := range victims {
		j := call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/remap", api.NewRemap{})
		entry := map[string]any{"kind": "price", "provider": "openai", "model": "gpt-4o", "valid_from": "2020-01-01", "currency": "USD", "rates": map[string]string{"input": strconv.Itoa(1000 + i)}}
		call[api.PriceChange](w, http.StatusCreated, http.MethodPost, "/api/v1/prices/entries?reprice=true", entry)
		w.deleted([]api.DeletionTarget{{User: p.user}, {Session: p.session}, {Traces: []string{p.trace.String()}}}[i])
		w.job(j)
	}
	wg.Wait()
	w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/reprice", api.NewReprice{}))
	for _, list := range others {
		for _, p := range list {
			got, err := w.app.engine.Span(t.Context(), p.key(t, 2))
			if err != nil {
				t.Fatal(err)
			}
			joined := 0
			for _, e := range got.Events {
				if e.FromLog {
					joined++
				}
			}
			if joined != 1 || got.Cost.Price == "" || got.Cost.Price[:6] != "entry/" {
				t.Fatalf("%d log records joined to the span, cost %+v, revision %d", joined, got.Cost, got.Rev)
			}
		}
	}
	rows, err := w.app.engine.Aggregate(t.Context(), trace.AggregateQuery{Project: "default", Range: trace.Range{To: time.Now().Add(time.Hour).UnixNano()}, Metrics: []string{"spans"}})
	if err != nil || len(rows) != 1 || rows[0].Numbers["spans"] != 2*senders*requests {
		t.Fatalf("%v; %+v, not %d spans", err, rows, 2*senders*requests)
	}
	for _, p := range victims {
		if found := w.holding(p.words()...); len(found) > 0 {
			t.Errorf("still there: %v", found)
		}
	}
}
