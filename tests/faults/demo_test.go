package faults

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"steward/api"
	"steward/tests/server"
)

// TestDemoGoesOn kills the server in the middle of filling the demo in, twice: it goes on where it was, as the same
// world, and what came twice was the same to the byte.
func TestDemoGoesOn(t *testing.T) {
	o := server.Options{Data: filepath.Join(t.TempDir(), "data"), Listen: server.FreeAddress(t), Env: []string{"STEWARD_DEMO=true"}}
	var last api.Demo
	for range 3 {
		s := server.Start(t, o)
		client := s.API()
		var now api.Demo
		s.Until("the demo goes on", func() bool {
			var err error
			now, err = client.Demo(t.Context())
			return err == nil && now.Filled > last.Filled+0.02
		})
		if last.Began != nil && !now.Began.Equal(*last.Began) {
			t.Fatalf("the demo began at %s, after a kill at %s", last.Began, now.Began)
		}
		last = now
		s.Kill()
	}
	s := server.Start(t, o)
	demo := s.API().With(s.Key, "demo")
	from := time.Now().AddDate(0, 0, -30)
	got, err := demo.Query(t.Context(), api.Query{SQL: "SELECT count(*) AS n, count(DISTINCT trace_id || span_id) AS once FROM spans", From: &from})
	if err != nil || len(got.Rows) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	n, once := got.Rows[0][0].(float64), got.Rows[0][1].(float64)
	if n != once || n < 5000 {
		t.Errorf("%v spans, %v of them different", n, once)
	}
	counts := ingested(t, s)
	if counts.Conflicts != 0 || counts.Duplicates > int64(n)/4 || len(counts.Rejected) > 0 {
		t.Errorf("the spans' counts are %+v", counts)
	}
	s.Stop()
}

// ingested answers what became of the demo's spans.
func ingested(t *testing.T, s *server.Server) api.IngestCounts {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/ingest", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Key)
	r.Header.Set("Steward-Project", "demo")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out api.Ingest
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	for _, signal := range out.Signals {
		if signal.Signal == "spans" {
			return signal.Total
		}
	}
	t.Fatalf("no spans are counted: %+v", out)
	return api.IngestCounts{}
}
