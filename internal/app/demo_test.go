package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/work/demo"
)

// thin is which part of the demo these tests send: one session in so many.
const thin = 8

// play starts the demo as serving does.
func (w *workshop) play() {
	w.app.demo.thin, w.app.config.Demo = thin, true
	w.app.serveDemo(w.t.Context(), w.server.URL)
}

// ofDemo asks about the project demo.
func ofDemo[T any](w *workshop, path string) (out T) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Steward-Project", "demo")
	got, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	if got.StatusCode != http.StatusOK {
		w.t.Fatalf("%s answers %d", path, got.StatusCode)
	}
	if err := json.NewDecoder(got.Body).Decode(&out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// planted says for each look of the tour which spans show it, by what was sent: s is the span, t its whole trace.
func planted(question string, look int, s *trace.Raw, t *sent) bool {
	get, failed := s.Attributes.Str, s.StatusCode == trace.StatusError
	resource := func(key string) string { return s.Resource.Attributes.Str(key) }
	second := resource("service.version") == "1.9.0" && resource("deployment.environment.name") == "production"
	tool, op := get("gen_ai.tool.name"), get("gen_ai.operation.name")
	switch question + string(rune('0'+look)) {
	case "denied0":
		return second && strings.Contains(get("gen_ai.tool.call.result"), "POLICY_NOT_FOUND")
	case "denied1":
		return second && tool == "compute_payout" && failed
	case "denied2":
		return op == "chat" && t.down["policy_number_exact"]
	case "outage0":
		return get("gen_ai.provider.name") == "anthropic" && failed
	case "outage1":
		return get("gen_ai.provider.name") == "openai" && get("gen_ai.prompt.name") == "claims-agent"
	case "outage2":
		return s.Parent.IsZero() && failed
	case "money0":
		return true
	case "money1":
		return tool == "get_repair_estimate" && len(t.spans) > 25
	case "money2":
		return strings.HasPrefix(get("gen_ai.response.model"), "claims-extract")
	case "complaints0":
		return s.Parent.IsZero() && t.down["thumbs"]
	case "complaints1":
		return s.Parent.IsZero() && t.down["thumbs"] && get("user.id") == "petra.lindqvist"
	case "terms0":
		return get("gen_ai.retrieval.documents") == "[]"
	case "terms1":
		tags, _ := s.Attributes.Get("tag.tags")
		return op == "retrieval" && tags.List()[1].Str() == "lang:de"
	}
	return false
}

// sent is a trace as the demo sends it.
type sent struct {
	spans []*trace.Raw
	down  map[string]bool // scores that are false, by name
}

// TestDemoStories has a thin demo sent to a real server over its public endpoints, follows every link of the tour and
// finds what was planted there: no trace more, none less.
func TestDemoStories(t *testing.T) {
	w := newWorkshop(t)
	if got := call[api.Demo](w, http.StatusOK, http.MethodGet, "/api/v1/demo", nil); got.State != "absent" || len(got.Questions) != 0 {
		t.Fatalf("before it starts the demo is %+v", got)
	}
	w.play()
	for _, part := range []float64{0.2, 0.4, 0.6, 0.8} { // a minute each, should the machine be busy
		until(w, "/api/v1/demo", func(d api.Demo) bool { return d.Filled > part })
	}
	state := until(w, "/api/v1/demo", func(d api.Demo) bool { return d.State == "live" })
	if len(state.Questions) != 5 || state.Filled != 1 || state.Began.After(time.Now()) {
		t.Fatalf("the demo is %+v", state)
	}
	world := demo.Thin(*state.Began, thin)
	all := map[trace.ID]*sent{}
	for hour := -demo.HistoryHours; hour < 0; hour++ {
		records := world.Hour(hour)
		for _, s := range records.Spans {
			if all[s.Trace] == nil {
				all[s.Trace] = &sent{down: map[string]bool{}}
			}
			all[s.Trace].spans = append(all[s.Trace].spans, s)
		}
		for _, s := range records.Scores {
			if s.Boolean != nil && !*s.Boolean && s.Source != score.Judge {
				all[s.Trace].down[s.Name] = true
			}
		}
	}
	for _, q := range state.Questions {
		for i, l := range q.Looks {
			to := l.To
			if safe := state.Began.Add(-time.Hour); to.After(safe) { // later ones may still get scores live
				to = safe
			}
			want := map[string]bool{}
			for id, x := range all {
				for _, s := range x.spans {
					if s.Start >= l.From.UnixNano() && s.Start < to.UnixNano() && planted(q.ID, i, s, x) {
						want[id.String()] = true
					}
				}
			}
			ask := url.Values{"from": {l.From.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}, "filter": {l.Filter}, "sort": {l.Sort}, "limit": {"1000"}}
			got := ofDemo[api.TraceList](w, "/api/v1/traces?"+ask.Encode())
			for _, x := range got.Items {
				if !want[x.TraceID] {
					t.Errorf("%s, %s: trace %s does not belong there", q.ID, l.Label, x.TraceID)
				}
				delete(want, x.TraceID)
			}
			t.Logf("%s, %s: %d traces", q.ID, l.Label, len(got.Items))
			rare := q.ID+string(rune('0'+i)) == "outage2" || q.ID+string(rune('0'+i)) == "money1" // a thin demo may have none
			if len(want) > 0 || len(got.Items) == 0 && !rare {
				t.Errorf("%s, %s: of %d traces %d are not found", q.ID, l.Label, len(want)+len(got.Items), len(want))
			}
			page, err := url.Parse(l.Path)
			if err != nil || page.Path != "/traces" || page.Query().Get("project") != "demo" || page.Query().Get("filter") != l.Filter ||
				page.Query().Get("from") != l.From.Format(time.RFC3339) || page.Query().Get("sort") != l.Sort {
				t.Errorf("%s leads to %s, %v", l.Label, l.Path, err)
			}
		}
	}

	// Problems that are there without a story of their own.
	for _, problem := range []string{"tool_error", "empty_retrieval", "bad_arguments", "context_full"} {
		from := world.Start().Format(time.RFC3339)
		if got := ofDemo[api.List[api.Span]](w, "/api/v1/spans?limit=1&from="+from+"&filter=problem:"+problem); len(got.Items) == 0 {
			t.Errorf("no span has the problem %s", problem)
		}
	}
	// It came with a key of its own, which Settings shows, and nothing came into the project default.
	keys := ofDemo[api.List[api.Key]](w, "/api/v1/keys")
	if len(keys.Items) != 1 || keys.Items[0].Name != "Demo traffic" || keys.Items[0].Scopes[0] != "ingest" || keys.Items[0].Revoked != nil {
		t.Errorf("the demo's keys are %+v", keys.Items)
	}
	if got := call[api.List[api.Trace]](w, http.StatusOK, http.MethodGet, "/api/v1/traces?from=2000-01-01T00:00:00Z", nil); len(got.Items) > 0 {
		t.Errorf("the project default holds %d traces", len(got.Items))
	}
	w.demoRemoved(*state.Began)
}

// demoRemoved removes the demo and looks for what it left in the data folder.
func (w *workshop) demoRemoved(began time.Time) {
	t := w.t
	t.Helper()
	words := []string{"Tarnwick", "petra.lindqvist", "Demo traffic"}
	if len(w.holding(words[0])) == 0 || len(w.holding(words[2])) == 0 {
		t.Fatal("what is looked for is in no file before, so its absence would prove nothing")
	}
	if blobs, err := os.ReadDir(filepath.Join(w.app.config.Data, blobDir)); err != nil || len(blobs) == 0 {
		t.Errorf("no payload of the demo is large: %v", err)
	}
	d := call[api.Deletion](w, http.StatusAccepted, http.MethodDelete, "/api/v1/projects/demo", nil)
	if got := call[api.ErrorBody](w, http.StatusNotFound, http.MethodDelete, "/api/v1/projects/demo", nil); got.Error.Code != "not_found" {
		t.Errorf("deleting again: %+v", got)
	}
	d = until(w, "/api/v1/deletions/"+d.ID, func(d api.Deletion) bool { return d.Final() })
	if d.State != "done" || d.Target.Project != "demo" || d.Removed.Spans < 5000 || d.Removed.Scores < 300 || d.Removed.Blobs < 1 || len(d.Partitions) < 28 {
		t.Errorf("the receipt is %+v", d)
	}
	gone := func() {
		t.Helper()
		// The record of changes keeps that there was a key, and its name.
		if found := w.holding(words[:2]...); len(found) > 0 {
			t.Fatalf("still there: %s", strings.Join(found, "\n"))
		}
		if got := call[api.Demo](w, http.StatusOK, http.MethodGet, "/api/v1/demo", nil); got.State != "absent" {
			t.Errorf("the demo is %s", got.State)
		}
	}
	gone()
	changes := call[api.List[api.Change]](w, http.StatusOK, http.MethodGet, "/api/v1/changes?kind=project&name=demo", nil)
	if len(changes.Items) != 1 || changes.Items[0].Action != "project.delete" {
		t.Errorf("the installation's changes are %+v", changes.Items)
	}

	// A start does not bring it back, a wish does.
	w.again()
	w.play()
	gone()
	back := call[api.Demo](w, http.StatusOK, http.MethodPost, "/api/v1/demo", nil)
	if back.State != "filling" || !back.Began.After(began) {
		t.Errorf("asked for, the demo is %+v", back)
	}
	until(w, "/api/v1/demo", func(d api.Demo) bool { return d.Filled > 0 })
}

// TestDemoKeepsApart leaves a project alone that somebody called demo.
func TestDemoKeepsApart(t *testing.T) {
	w := newWorkshop(t)
	call[api.Project](w, http.StatusCreated, http.MethodPost, "/api/v1/projects", api.NewProject{ID: "demo"})
	w.play()
	got := call[api.ErrorBody](w, http.StatusConflict, http.MethodPost, "/api/v1/demo", nil)
	if !strings.Contains(got.Error.Message, "not the demo's") {
		t.Errorf("%+v", got)
	}
	if keys := ofDemo[api.List[api.Key]](w, "/api/v1/keys"); len(keys.Items) > 0 {
		t.Errorf("keys were made: %+v", keys.Items)
	}
}

// TestDemoKeyRevoked ends the traffic; the next start has a new key and goes on.
func TestDemoKeyRevoked(t *testing.T) {
	w := newWorkshop(t)
	w.play()
	before := until(w, "/api/v1/demo", func(d api.Demo) bool { return d.Filled > 0 })
	key := ofDemo[api.List[api.Key]](w, "/api/v1/keys").Items[0]
	principal := access.Principal{ID: "operator", Kind: access.OperatorAccount, AllProjects: true, Actions: access.Everything(), Project: "default"}
	if err := w.app.identity.RevokeKey(t.Context(), principal, demo.Project, key.ID, "test"); err != nil {
		t.Fatal(err)
	}
	until(w, "/api/v1/demo", func(d api.Demo) bool { return d.State == "asleep" })
	w.again()
	w.play()
	after := until(w, "/api/v1/demo", func(d api.Demo) bool { return d.Filled > before.Filled })
	if !after.Began.Equal(*before.Began) {
		t.Errorf("the demo began at %s, and anew at %s", before.Began, after.Began)
	}
	if keys := ofDemo[api.List[api.Key]](w, "/api/v1/keys"); len(keys.Items) != 2 || keys.Items[0].Revoked != nil || keys.Items[1].Revoked == nil {
		t.Errorf("the demo's keys are %+v", keys.Items)
	}
}
