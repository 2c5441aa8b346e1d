package app

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/base/clock"
)

func TestImports(t *testing.T) {
	w := newWorkshop(t)
	at := time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)
	w.app.clock = clock.NewFake(at)
	w.serve(w.app.routes(w.app.address()))
	file := api.NewImport{Digest: strings.Repeat("ab", 32), Format: "jsonl", Name: "chats.jsonl"}
	first := call[api.Import](w, http.StatusOK, http.MethodPost, "/api/v1/imports", file)
	if !first.BaseTime.Equal(at.Truncate(time.Second)) || first.State != "running" {
		t.Fatalf("%+v", first)
	}
	w.app.clock.(*clock.Fake).Advance(time.Hour)
	moved := call[api.Import](w, http.StatusOK, http.MethodPatch, "/api/v1/imports/"+first.ID, api.ImportProgress{Done: 5, Total: 9, State: "running"})
	if moved.Done != 5 || moved.Total != 9 {
		t.Fatalf("%+v", moved)
	}
	file.Name = "renamed.jsonl"
	again := call[api.Import](w, http.StatusOK, http.MethodPost, "/api/v1/imports", file)
	if again.ID != first.ID || !again.BaseTime.Equal(first.BaseTime) || again.Done != 5 || again.Name != "chats.jsonl" {
		t.Fatalf("the same file answers %+v", again)
	}
	back := call[api.Import](w, http.StatusOK, http.MethodPatch, "/api/v1/imports/"+first.ID, api.ImportProgress{Done: 3, Total: 9, State: "done"})
	if back.Done != 5 || back.State != "done" {
		t.Fatalf("done went back: %+v", back)
	}
	start := at.Add(-100 * time.Hour)
	other := call[api.Import](w, http.StatusOK, http.MethodPost, "/api/v1/imports", api.NewImport{Digest: strings.Repeat("cd", 32), Format: "jsonl", Start: &start})
	if !other.BaseTime.Equal(start) {
		t.Fatalf("%+v", other)
	}
	ancient := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, in := range map[string]api.NewImport{"digest": {Digest: "abc", Format: "jsonl"}, "format": {Digest: strings.Repeat("ef", 32)},
		"start": {Digest: strings.Repeat("ef", 32), Format: "jsonl", Start: &ancient}} {
		if rec := w.do(http.MethodPost, "/api/v1/imports", "application/json", encoded(t, in)); rec.Code != http.StatusBadRequest {
			t.Errorf("bad %s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if rec := w.do(http.MethodPatch, "/api/v1/imports/"+first.ID, "application/json", []byte(`{"done":1,"total":1,"state":"perhaps"}`)); rec.Code != http.StatusBadRequest {
		t.Errorf("bad state: %d %s", rec.Code, rec.Body)
	}
	if rec := w.do(http.MethodGet, "/api/v1/imports/none", "", nil); rec.Code != http.StatusNotFound {
		t.Errorf("unknown import: %d %s", rec.Code, rec.Body)
	}
}

func TestIngestCounts(t *testing.T) {
	w, p := newWorkshop(t), newPerson()
	td := ptrace.NewTraces()
	p.chat(td, time.Now(), marker("shared-"))
	w.sendSpans(td)
	w.sendSpans(td) // both are duplicates now
	bad := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty()
	bad.SetTraceID(p.trace)
	bad.SetSpanID(pcommon.SpanID{7})
	bad.SetName("from 1970")
	bad.SetStartTimestamp(1)
	w.sendSpans(td)
	p.scores(w)
	if err := w.app.ingest.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := call[api.Ingest](w, http.StatusOK, http.MethodGet, "/api/v1/ingest", nil)
	spans, scores := got.Signals[0], got.Signals[3]
	if spans.Signal != "spans" || spans.Today.Received != 7 || spans.Today.Stored != 2 || spans.Today.Duplicates != 4 || spans.Today.Conflicts != 0 ||
		len(spans.Today.Rejected) != 1 || spans.Total.Received != 7 || spans.Today.Unmapped != 1 {
		t.Errorf("spans: %+v", spans)
	}
	if scores.Signal != "scores" || scores.Today.Received != 2 || scores.Today.Stored != 2 {
		t.Errorf("scores: %+v", scores)
	}
	if got.Loader.Waiting != 0 || got.Loader.LogBound <= 0 || got.Loader.Failing != "" || got.DiskFree <= 0 {
		t.Errorf("loader: %+v, free %d", got.Loader, got.DiskFree)
	}
	if len(got.Storage) != 4 || got.Storage[0].Parts != 1 || got.Storage[0].Rows != 2 || got.Storage[0].Bytes == 0 {
		t.Errorf("storage: %+v", got.Storage)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	w := newWorkshop(t)
	find := func(name string) api.Check {
		t.Helper()
		for _, c := range call[api.Doctor](w, http.StatusOK, http.MethodGet, "/api/v1/doctor", nil).Checks {
			if !c.OK && c.Fix == "" || c.Message == "" {
				t.Errorf("%s says nothing of use: %+v", c.Name, c)
			}
			if c.Name == name {
				return c
			}
		}
		t.Fatalf("there is no check named %q", name)
		return api.Check{}
	}
	for _, name := range []string{"data folder", "secret.key", "operator.key", "control.db", "jobs.db", "clock", "loading", "intake log", "telemetry"} {
		if c := find(name); !c.OK {
			t.Errorf("%+v", c)
		}
	}
	data := w.app.config.Data
	for name, path := range map[string]string{"data folder": data, "secret.key": filepath.Join(data, "secret.key")} {
		if err := os.Chmod(path, 0o755); err != nil { //nolint:gosec // on purpose
			t.Fatal(err)
		}
		if c := find(name); c.OK || !strings.HasPrefix(c.Fix, "chmod") {
			t.Errorf("%s open to all: %+v", name, c)
		}
	}
	w.app.clock = clock.NewFake(time.Now().Add(-24 * time.Hour))
	if c := find("clock"); c.OK {
		t.Errorf("a clock set back a day: %+v", c)
	}
	if c := find("OTLP gRPC"); c.OK || !strings.Contains(c.Message, "4317") {
		t.Errorf("a port that is not ours: %+v", c)
	}
}
