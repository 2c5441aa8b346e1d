package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/api"
	"steward/internal/domain/dialect/otlp"
)

// store is a server with as much of it as an import needs: it decodes what comes and keeps spans by id.
type store struct {
	t        testing.TB
	imports  map[string]*api.Import
	spans    map[string]string // by id: their project and attributes
	bodies   []string
	scores   map[string]api.NewScore
	fail     int // refuse the export with this number, from 1
	exports  int
	revoked  []string
	conflict int
}

func newStore(t testing.TB) (*store, string) {
	s := &store{t: t, imports: map[string]*api.Import{}, spans: map[string]string{}, scores: map[string]api.NewScore{}}
	h := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(h.Close)
	return s, h.URL
}

func (s *store) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	project := r.Header.Get("Steward-Project")
	var answer any = struct{}{}
	switch r.Method + " " + r.URL.Path {
	case "GET /api/v1/me":
		answer = api.Me{Project: "default"}
	case "POST /api/v1/keys":
		answer = api.KeyMade{Key: api.Key{ID: "tmp"}, Text: "key-of-" + project}
	case "DELETE /api/v1/keys/tmp":
		s.revoked = append(s.revoked, "tmp")
	case "POST /api/v1/imports":
		in := decode[api.NewImport](s.t, body)
		if s.imports[in.Digest] == nil {
			s.imports[in.Digest] = &api.Import{ID: fmt.Sprintf("imp%d", len(s.imports)), Digest: in.Digest, Name: in.Name, State: "running",
				BaseTime: noon.Add(time.Duration(len(s.spans)) * time.Second)}
		}
		answer = s.imports[in.Digest]
	case "POST /otlp/v1/traces":
		if s.exports++; s.exports == s.fail {
			w.WriteHeader(http.StatusInternalServerError)
			answer = api.ErrorBody{Error: api.Error{Code: "internal", Message: "broken"}}
			break
		}
		if key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer key-of-"); key != r.Header.Get("Authorization") {
			project = key
		} else {
			project = "default"
		}
		s.bodies = append(s.bodies, string(body))
		s.keep(project, body)
		return
	case "POST /api/v1/scores":
		for _, one := range decode[api.NewScores](s.t, body).Items {
			s.scores[one.ID] = one
		}
	case "GET /api/v1/aggregate":
		answer = api.Aggregate{Rows: []api.AggregateRow{{Values: map[string]any{"spans": len(s.spans)}}}}
	default:
		id, ok := strings.CutPrefix(r.URL.Path, "/api/v1/imports/")
		if !ok || r.Method != "PATCH" {
			s.t.Errorf("%s %s was not expected", r.Method, r.URL)
		}
		p := decode[api.ImportProgress](s.t, body)
		for _, i := range s.imports {
			if i.ID == id {
				i.Done, i.Total, i.State = p.Done, p.Total, p.State
				answer = i
			}
		}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		s.t.Error(err)
	}
}

func decode[T any](t testing.TB, body []byte) (out T) {
	if err := json.Unmarshal(body, &out); err != nil {
		t.Error(err)
	}
	return out
}

func (s *store) keep(project string, body []byte) {
	got, err := otlp.DecodeTraces(body, otlp.Arrival{Received: noon.UnixNano()})
	if err != nil || len(got.Rejected) > 0 {
		s.t.Errorf("%v %v", err, got.Rejected)
	}
	for _, raw := range got.Raws {
		id := raw.Trace.String() + raw.ID.String()
		text := project + string(raw.Attributes.AppendJSON(nil))
		if had, ok := s.spans[id]; ok && had != text {
			s.conflict++
		}
		s.spans[id] = text
	}
}

// conversations writes a file with n conversations, large enough for several batches.
func conversations(t testing.TB, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"s%d","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":%q}],"scores":{"ok":%d}}`+"\n", i, strings.Repeat("word ", 60_000), i%2)
	}
	path := filepath.Join(t.TempDir(), "talks.jsonl")
	write(t, path, b.String())
	return path
}

func TestImport(t *testing.T) {
	s, url := newStore(t)
	env := map[string]string{"STEWARD_SERVER": url, "STEWARD_KEY": "k"}
	path := conversations(t, 30)
	got := run(t, env, "import", path)
	want := "30 records: 60 spans in 30 traces and 30 sessions\n30 scores ok, mean 0.500\n" + url +
		"/traces?filter=attributes.steward.import%3Aimp0&from=2026-05-04T11%3A59%3A30Z&to=2026-05-04T12%3A00%3A00Z\n"
	if got.status != 0 || got.out != want || len(s.spans) != 60 || len(s.scores) != 30 || len(s.bodies) < 3 {
		t.Fatalf("%+v, %d spans, %d scores, %d batches", got, len(s.spans), len(s.scores), len(s.bodies))
	}
	first := s.bodies
	s.bodies = nil
	got = run(t, env, "import", path)
	if got.status != 0 || got.out != want || !strings.Contains(got.errors, "imported before") || strings.Join(first, "") != strings.Join(s.bodies, "") || len(s.spans) != 60 || len(s.scores) != 30 {
		t.Errorf("the second import differs: %+v", got)
	}
}

// An import that broke goes on where it was, and a renamed file is still the same.
func TestImportGoesOn(t *testing.T) {
	s, url := newStore(t)
	env := map[string]string{"STEWARD_SERVER": url, "STEWARD_KEY": "k"}
	path := conversations(t, 30)
	s.fail = 4
	if got := run(t, env, "import", path); got.status != 1 || !strings.Contains(got.errors, "broken") {
		t.Fatalf("%+v", got)
	}
	for _, i := range s.imports {
		i.Done = 14 // as far as the server was told before it broke
	}
	renamed := filepath.Join(filepath.Dir(path), "renamed.jsonl")
	if err := os.Rename(path, renamed); err != nil {
		t.Fatal(err)
	}
	sent := s.exports
	got := run(t, env, "import", "-o", "json", renamed)
	if got.status != 0 || !strings.Contains(got.errors, "going on after record 14 of 30") || len(s.spans) != 60 || s.conflict != 0 {
		t.Errorf("%+v, %d spans, %d conflicts", got, len(s.spans), s.conflict)
	}
	if out := decode[map[string]any](t, []byte(got.out)); out["spans"] != 60.0 || out["readable"] != 60.0 || out["sessions"] != 30.0 {
		t.Errorf("%v", out)
	}
	if s.exports-sent >= 5 {
		t.Errorf("%d exports for the rest: what was acknowledged was sent again", s.exports-sent)
	}
}

// OTLP goes to the key's own project, so another one gets a key of its own for as long as the import takes.
func TestImportElsewhere(t *testing.T) {
	s, url := newStore(t)
	got := run(t, map[string]string{"STEWARD_SERVER": url, "STEWARD_KEY": "k"}, "import", "--project", "other", conversations(t, 2))
	if got.status != 0 || !strings.Contains(got.out, "project=other") || fmt.Sprint(s.revoked) != "[tmp]" {
		t.Errorf("%+v, revoked %v", got, s.revoked)
	}
	for _, text := range s.spans {
		if !strings.HasPrefix(text, "other{") {
			t.Errorf("a span came to %.20s", text)
		}
	}
}

// A folder is one import of all its files, packed or not; what is not JSON is passed over.
func TestImportFolder(t *testing.T) {
	s, url := newStore(t)
	folder := t.TempDir()
	line := `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}` + "\n"
	write(t, filepath.Join(folder, "README.md"), "words")
	write(t, filepath.Join(folder, "a.json"), line)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, line+" "+line); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "b.jsonl.gz"), packed.String())
	got := run(t, map[string]string{"STEWARD_SERVER": url, "STEWARD_KEY": "k"}, "import", folder)
	if got.status != 0 || !strings.HasPrefix(got.out, "3 records: 6 spans in 3 traces and 3 sessions\n") || len(s.imports) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestImportRefuses(t *testing.T) {
	s, url := newStore(t)
	path := filepath.Join(t.TempDir(), "bad.jsonl")
	write(t, path, `{"messages":[{"role":"user","content":"x"}]}`+"\n{\"what\":1}\n")
	got := run(t, map[string]string{"STEWARD_SERVER": url, "STEWARD_KEY": "k"}, "import", path)
	if got.status != 1 || !strings.Contains(got.errors, "bad.jsonl, line 2 (record 2): cannot tell what this record is") || s.exports != 0 {
		t.Errorf("%+v, %d exports", got, s.exports)
	}
}
