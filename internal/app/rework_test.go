package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/base/id"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/emitter"
	"steward/internal/domain/jobs"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// whole answers a span on the wire.
func (w *workshop) span(p *person, n byte) (raw string, s api.Span) {
	w.t.Helper()
	rec := w.do(http.MethodGet, fmt.Sprintf("/api/v1/traces/%s/spans/%s", p.trace, pcommon.SpanID{n, p.trace[0]}), "", nil)
	if rec.Code != http.StatusOK {
		w.t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &s); err != nil {
		w.t.Fatal(err)
	}
	return rec.Body.String(), s
}

func talk(t *testing.T) (*workshop, *person) {
	w, p := newWorkshop(t), newPerson()
	td := ptrace.NewTraces()
	p.chat(td, time.Now().Add(-time.Minute), marker("shared-"))
	w.sendSpans(td)
	return w, p
}

func TestReprice(t *testing.T) {
	w, p := talk(t)
	_, before := w.span(p, 2)
	if before.Cost == nil || before.Cost.State != "priced" || !strings.HasPrefix(before.Cost.Price, "builtin/") {
		t.Fatalf("cost before: %+v", before.Cost)
	}
	now := call[api.Price](w, http.StatusOK, http.MethodGet, "/api/v1/prices?provider=openai&model=gpt-4o", nil)
	if now.State != "priced" || now.Catalogue == nil || now.Catalogue.Rates["input"] == "" || len(now.Entries) != 0 {
		t.Fatalf("price before: %+v", now)
	}
	entry := json.RawMessage(`{"kind":"price","provider":"openai","model":"gpt-4o","valid_from":"2020-01-01","currency":"USD","rates":{"input":"1000","output":"10000"}}`)
	made := call[api.PriceChange](w, http.StatusCreated, http.MethodPost, "/api/v1/prices/entries", entry)
	if made.Job != nil || made.Reprice.From == nil || made.Reprice.From.Year() != 2020 || made.Reprice.To != nil {
		t.Fatalf("offer: %+v", made)
	}
	after := call[api.Price](w, http.StatusOK, http.MethodGet, "/api/v1/prices?model=gpt-4o", nil)
	if len(after.Entries) != 1 || after.Book == now.Book || !strings.HasPrefix(after.Price, "entry/") {
		t.Fatalf("price after: %+v", after)
	}
	if _, still := w.span(p, 2); still.Cost.Amount != before.Cost.Amount {
		t.Fatal("a stored cost changed before it was derived again")
	}
	result := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/reprice", made.Reprice))
	if result["seen"] != 2.0 || result["changed"] != 1.0 || result["price_book"] != after.Book {
		t.Fatalf("result: %v", result)
	}
	text, got := w.span(p, 2)
	if got.Cost.Amount != "2.000000000000" || got.Cost.Price != after.Price {
		t.Fatalf("cost after: %+v", got.Cost)
	}
	for _, word := range []string{p.prompt, p.answer, p.large} {
		if !strings.Contains(text, word) {
			t.Fatalf("the revision lost %.40s", word)
		}
	}
	stored, err := w.app.engine.Span(t.Context(), p.key(t, 2))
	if err != nil || stored.Cost.Book != after.Book || stored.Rev != 1 {
		t.Fatalf("%v; book %s, revision %d", err, stored.Cost.Book, stored.Rev)
	}
	if again := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/reprice", api.NewReprice{})); again["changed"] != 0.0 {
		t.Fatalf("again: %v", again)
	}
	if other := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/reprice", api.NewReprice{Filter: "model:none"})); other["seen"] != 0.0 {
		t.Fatalf("filtered: %v", other)
	}

	list := call[api.List[api.PriceEntry]](w, http.StatusOK, http.MethodGet, "/api/v1/prices/entries", nil)
	var held struct {
		ID string `json:"id"`
	}
	if len(list.Items) != 1 || json.Unmarshal(list.Items[0].Entry, &held) != nil || held.ID == "" {
		t.Fatalf("entries: %+v", list)
	}
	gone := call[api.PriceChange](w, http.StatusOK, http.MethodDelete, "/api/v1/prices/entries/"+held.ID+"?reprice=true", nil)
	if gone.Job == nil {
		t.Fatal("no job was begun")
	}
	w.job(*gone.Job)
	if _, back := w.span(p, 2); back.Cost.Amount != before.Cost.Amount || back.Cost.Price != before.Cost.Price {
		t.Fatalf("the catalogue's price did not come back: %+v", back.Cost)
	}
	jobs := call[api.List[api.Job]](w, http.StatusOK, http.MethodGet, "/api/v1/jobs?limit=2", nil)
	if len(jobs.Items) != 2 || jobs.Items[0].ID != gone.Job.ID || jobs.NextCursor == nil {
		t.Fatalf("jobs: %+v", jobs)
	}
	for name, body := range map[string]string{"unknown key": `{"kind":"price","valid_from":"2020-01-01","currency":"USD","rates":{"input":"1"},"x":1}`,
		"number": `{"kind":"price","valid_from":"2020-01-01","currency":"USD","rates":{"input":1}}`, "own id": `{"id":"a","kind":"discount","valid_from":"2020-01-01","percent":"5"}`} {
		if rec := w.do(http.MethodPost, "/api/v1/prices/entries", "application/json", []byte(body)); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

func (p *person) key(t *testing.T, n byte) trace.Key {
	t.Helper()
	tid, err := trace.ParseID(p.trace.String())
	if err != nil {
		t.Fatal(err)
	}
	return trace.Key{Project: "default", Trace: tid, Span: trace.SpanID{n, p.trace[0]}}
}

// TestRemap spoils what an earlier mapper might have left and has it made again from the raw span.
func TestRemap(t *testing.T) {
	w, p := talk(t)
	want, _ := w.span(p, 2)
	if got := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/remap", api.NewRemap{})); got["seen"] != 2.0 || got["changed"] != 0.0 {
		t.Fatalf("the same mapper changed something: %v", got)
	}
	s, err := w.app.engine.Span(t.Context(), p.key(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	s.Canonical = trace.Canonical{Kind: trace.Other, Cost: usage.Cost{State: usage.Unpriced}, Mapper: trace.Mapper{Version: emitter.Version - 1, Emitter: "none"}}
	s.Rev++
	if n, err := w.app.engine.Revise(t.Context(), []trace.Span{s}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, spoilt := w.span(p, 2); spoilt.Kind != "other" {
		t.Fatalf("the span was not spoilt: %+v", spoilt)
	}
	result := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/remap", api.NewRemap{}))
	if result["changed"] != 1.0 || result["mapper_version"] != float64(emitter.Version) {
		t.Fatalf("%v", result)
	}
	want = strings.Replace(want, `"rev":0}`, `"rev":2}`, 1)
	if got, _ := w.span(p, 2); got != want {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("after remap, from byte %d\n%.300s\nbefore\n%.300s", at, got[max(0, at-100):], want[max(0, at-100):])
	}
	if got := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/remap", api.NewRemap{})); got["changed"] != 0.0 {
		t.Errorf("again: %v", got)
	}
	if d := w.deleted(api.DeletionTarget{User: p.user}); d.Removed.Spans != 2 {
		t.Errorf("after revisions a deletion removed %+v", d.Removed)
	}
	if found := w.holding(p.words()...); len(found) > 0 {
		t.Errorf("a remap left behind: %v", found)
	}
}

// TestReworkGoesOnAfterACrash leaves a job as a killed process would, after its first page.
func TestReworkGoesOnAfterACrash(t *testing.T) {
	w := newWorkshop(t)
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	const all, page1 = 2500, page.MaxLimit
	start := time.Now().Add(-time.Hour)
	for i := range all {
		s := spans.AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1, byte(i >> 8), byte(i)})
		s.SetSpanID(pcommon.SpanID{1})
		s.SetName("chat")
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(i/3) * time.Millisecond)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Second)))
		put(s, "gen_ai.operation.name", "chat", "gen_ai.provider.name", "openai", "gen_ai.request.model", "gpt-4o")
		s.Attributes().PutInt("gen_ai.usage.input_tokens", 1000)
	}
	w.sendSpans(td)
	if err := w.app.ingest.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	entry := json.RawMessage(`{"kind":"price","provider":"openai","model":"gpt-4o","valid_from":"2020-01-01","currency":"USD","rates":{"input":"1000"}}`)
	call[api.PriceChange](w, http.StatusCreated, http.MethodPost, "/api/v1/prices/entries", entry)
	if err := w.app.labour.runner.Stop(); err != nil {
		t.Fatal(err)
	}
	r := trace.Range{To: time.Now().Add(time.Hour).UnixNano()}
	first, _, err := w.app.engine.Spans(t.Context(), trace.Query{Project: "default", Range: r, Sort: "-start", Limit: page1})
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := json.Marshal(map[string]any{"cursor": first.Next, "seen": page1, "changed": page1})
	if err != nil {
		t.Fatal(err)
	}
	j := control.Job{ID: id.New(), Project: "default", Kind: "reprice", Params: json.RawMessage(fmt.Sprintf(`{"from":0,"to":%d}`, r.To)),
		State: control.Queued, By: access.Steward(), Created: time.Now().UnixNano()}
	if err := w.app.control.Change(t.Context(), j.By, "test", func(tx control.Tx) error { return tx.CreateJob(j) }); err != nil {
		t.Fatal(err)
	}
	j.State, j.Checkpoint, j.Done, j.Total = control.Running, cursor, page1, all
	if err := w.app.control.SaveJob(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	w.again()
	if got := w.job(api.Job{ID: j.ID}); got["seen"] != float64(all) || got["changed"] != float64(all) {
		t.Fatalf("%v", got)
	}
	rows, err := w.app.engine.Aggregate(t.Context(), trace.AggregateQuery{Project: "default", Range: r, Metrics: []string{"spans", "cost"}})
	if err != nil || len(rows) != 1 || rows[0].Numbers["spans"] != all {
		t.Fatalf("%v, %+v", err, rows)
	}
	// the checkpoint said that the first page was done, so its spans still cost what they did
	mixed := rows[0].Money["cost"].Amount
	if j = w.ask("reprice"); w.job(api.Job{ID: j.ID})["changed"] != float64(page1) {
		t.Fatalf("the first page was not left out; the sum was %s", mixed)
	}
}

// ask begins a job over everything.
func (w *workshop) ask(kind string) control.Job {
	w.t.Helper()
	got := call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/"+kind, api.NewReprice{})
	return control.Job{ID: got.ID}
}

func TestReworkThatCannotWorkFails(t *testing.T) {
	w := newWorkshop(t)
	for _, body := range []string{`{"filter":"model:"}`, `{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}`, `{"from":"1900-01-01T00:00:00Z"}`} {
		for _, path := range []string{"/api/v1/remap", "/api/v1/reprice"} {
			if rec := w.do(http.MethodPost, path, "application/json", []byte(body)); rec.Code != http.StatusBadRequest {
				t.Errorf("%s %s: %d %s", path, body, rec.Code, rec.Body)
			}
		}
	}
	j := control.Job{ID: id.New(), Project: "default", Kind: "remap", Params: json.RawMessage(`{"from":"x"}`), State: control.Queued, By: access.Steward()}
	if err := w.app.control.Change(t.Context(), j.By, "test", func(tx control.Tx) error { return tx.CreateJob(j) }); err != nil {
		t.Fatal(err)
	}
	if err := w.app.labour.runner.Enqueue(t.Context(), jobs.Task{Kind: "remap", Key: "default/" + j.ID}); err != nil {
		t.Fatal(err)
	}
	got := until(w, "/api/v1/jobs/"+j.ID, func(j api.Job) bool { return j.Final() })
	if got.State != "failed" || got.Error == "" {
		t.Errorf("%+v", got)
	}
}
