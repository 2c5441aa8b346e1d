package cli_test

import (
	"bytes"
	"context"
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
	"steward/internal/base/clock"
	"steward/internal/surface/cli"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// ran is a command line that ended.
type ran struct {
	status      int
	out, errors string
}

func run(t testing.TB, env map[string]string, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	status := cli.Run(t.Context(), cli.Env{Stdin: strings.NewReader("select 1"), Stdout: &out, Stderr: &errs, Version: "1.2.3",
		Clock: clock.NewFake(noon), Location: time.FixedZone("", 3600), Getenv: func(k string) string { return env[k] },
		Serve: func(_ context.Context, f cli.ServeFlags) error {
			fmt.Fprintf(&out, "serve %q %v", f.Config, f.Set)
			return nil
		}}, args)
	return ran{status, out.String(), errs.String()}
}

// against runs a command line against a server that answers the paths in answers, and keeps the requests it saw.
func against(t testing.TB, answers map[string]any, args ...string) (ran, []string) {
	t.Helper()
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		line := strings.TrimSpace(r.Method + " " + r.URL.RequestURI() + " " + string(body))
		seen = append(seen, line)
		if r.Header.Get("Authorization") != "Bearer k" {
			t.Errorf("%s came without the key", line)
		}
		answer, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = api.ErrorBody{Error: api.Error{Code: "not_found", Message: "there is no such thing"}}
		}
		if e, ok := answer.(api.ErrorBody); ok && e.Error.Code == "forbidden" {
			w.WriteHeader(http.StatusForbidden)
		}
		if text, ok := answer.(string); ok {
			_, _ = io.WriteString(w, text)
			return
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer s.Close()
	return run(t, map[string]string{"STEWARD_SERVER": s.URL, "STEWARD_KEY": "k"}, args...), seen
}

func TestServe(t *testing.T) {
	for args, want := range map[string]string{
		"":                        `serve "" map[]`,
		"serve":                   `serve "" map[]`,
		"serve --config f --demo": `serve "f" map[demo:true]`,
		"--listen 1.2.3.4:5 --data d --otlp-grpc= --log-level debug": `serve "" map[data:d listen:1.2.3.4:5 log.level:debug otlp.grpc:]`,
	} {
		if got := run(t, nil, strings.Fields(args)...); got.out != want || got.status != 0 {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]string{
		"nonsense":                        `unknown command "nonsense"`,
		"trace nonsense":                  `unknown command "nonsense"`,
		"trace ls --nonsense":             "unknown flag",
		"trace ls -o xml":                 `-o is "xml"; allowed are table, json, yaml`,
		"trace show":                      "takes a trace id",
		"trace show x -o html":            "allowed are table, json, yaml, md",
		"key create -o md":                "allowed are table, json, yaml\n",
		"trace ls --since soon":           `--from is "soon"`,
		"trace ls --since 1h --from 2h":   "give one of them",
		"trace ls -n 0":                   "at least 1",
		"key create":                      "--name and --scopes are needed",
		"import":                          "needs a file or a folder",
		"import /does/not/exist":          "no such file",
		"import --format x /":             `--format "x" is not known`,
		"data delete --reason x":          "give one of --trace, --session and --user",
		"data delete --user u --reason x": "give --yes",
		"sql":                             "takes one argument",
		"--server ftp://x trace ls":       "not an address",
	} {
		got := run(t, map[string]string{"STEWARD_KEY": "k"}, strings.Fields(args)...)
		if got.status != 2 || !strings.Contains(got.errors, want) || got.out != "" {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

func TestExitStatus(t *testing.T) {
	denied := map[string]any{"GET /api/v1/keys": api.ErrorBody{Error: api.Error{Code: "forbidden", Message: "this key may not read keys"}}}
	if got, _ := against(t, denied, "key", "ls"); got.status != 4 || !strings.Contains(got.errors, "may not read keys") {
		t.Errorf("%+v", got)
	}
	if got, _ := against(t, nil, "trace", "show", "abc"); got.status != 3 || !strings.Contains(got.errors, "no such thing") {
		t.Errorf("%+v", got)
	}
	if got := run(t, map[string]string{"STEWARD_SERVER": "https://example.org"}, "trace", "ls"); got.status != 4 || !strings.Contains(got.errors, "--key") {
		t.Errorf("%+v", got)
	}
	nobody := map[string]string{"STEWARD_SERVER": "http://127.0.0.1:1", "STEWARD_KEY": "k"}
	if got := run(t, nobody, "trace", "ls"); got.status != 1 || !strings.Contains(got.errors, "cannot reach Steward") {
		t.Errorf("%+v", got)
	}
}

// The key of the data folder is found by the commands on the same machine, with the address in the lock.
func TestLocalServer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer stw_local" || r.Header.Get("Steward-Project") != "p" {
			t.Errorf("headers %v", r.Header)
		}
		_, _ = io.WriteString(w, `{"items":[],"searched":{"complete":true}}`)
	}))
	defer s.Close()
	data := t.TempDir()
	write(t, filepath.Join(data, "operator.key"), "stw_local\n")
	write(t, filepath.Join(data, "steward.lock"), "pid 7, listening on "+strings.TrimPrefix(s.URL, "http://")+"\n")
	got := run(t, map[string]string{"STEWARD_DATA": data, "STEWARD_PROJECT": "p"}, "trace", "ls")
	if got.status != 0 || !strings.Contains(got.out, "no traces match") {
		t.Errorf("%+v", got)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sample() api.Trace {
	x := api.Trace{TraceID: "5b8efff798038103d269b633813fc60c", Name: "answer\x1b[31m a\nquestion", Kind: "agent", Status: api.Status{Code: "unset"}, Session: "s1"}
	x.Totals = api.Totals{Start: noon, DurationMS: 2345, Spans: 1234, Errors: 1, Problems: 3, Outcome: "problem", Tokens: api.Tokens{Input: 12345, Output: 67},
		Cost: &api.Cost{Amount: "0.012345000000", Currency: "USD", State: "priced"}}
	return x
}

func TestTraceList(t *testing.T) {
	cursor := "c2"
	answers := map[string]any{"GET /api/v1/traces": api.TraceList{Items: []api.Trace{sample()}, NextCursor: &cursor, Searched: api.Searched{Complete: true}}}
	got, seen := against(t, answers, "trace", "ls", "-n", "1", "--since", "7d", "model:gpt-4o", "status:error")
	want := "START                TRACE                             NAME                   DURATION  SPANS    TOKENS     COST  STATUS                     SESSION\n" +
		"2026-05-04 13:00:00  5b8efff798038103d269b633813fc60c  answer[31m a question      2.3s  1,234  12.3k/67  $0.0123  problem, 3 of 1,234 spans  s1\n"
	if got.out != want || !strings.Contains(got.errors, "more than these 1") {
		t.Errorf("%+v", got)
	}
	if len(seen) != 1 || seen[0] != "GET /api/v1/traces?filter=model%3Agpt-4o+status%3Aerror&from=2026-04-27T12%3A00%3A00Z&limit=1" {
		t.Errorf("asked %v", seen)
	}
	got, _ = against(t, answers, "trace", "ls", "-n", "1", "-o", "json")
	var list api.TraceList
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || list.Items[0].Spans != 1234 || *list.NextCursor != "c2" || !strings.Contains(got.out, "2026-05-04T12:00:00Z") {
		t.Errorf("%+v", got)
	}
	if got, _ = against(t, answers, "trace", "ls", "-n", "1", "-o", "yaml"); !strings.Contains(got.out, "trace_id: 5b8efff798038103d269b633813fc60c") {
		t.Errorf("%+v", got)
	}
}

func TestTraceTree(t *testing.T) {
	span := func(id, parent, name, kind string, ms float64) api.Span {
		return api.Span{SpanID: id, ParentID: parent, Name: name, Kind: kind, Start: noon.Add(time.Duration(ms) * time.Millisecond), DurationMS: &ms}
	}
	detail := api.TraceDetail{Trace: sample(), Count: 5, Items: []api.Span{
		span("01", "", "run", "agent", 100), span("03", "01", "tool", "tool", 30), span("02", "01", "chat", "llm", 20),
		span("04", "02", "inner", "other", 25), span("05", "06", "cycle a", "other", 1), span("06", "05", "cycle b", "other", 2), span("07", "ff", "orphan", "other", 3),
	}}
	detail.Items[2].Usage = &api.Usage{Tokens: api.Tokens{Input: 10, Output: 2}}
	detail.Items[2].Cost = &api.Cost{Amount: "0", State: "unpriced"}
	detail.Items[1].Status = api.Status{Code: "error", Message: "broken"}
	got, _ := against(t, map[string]any{"GET /api/v1/traces/5b": detail}, "trace", "show", "5b")
	var names []string
	for _, line := range strings.Split(got.out, "\n") {
		if i := strings.Index(line, "  "); i > 0 && strings.ContainsAny(line, "─") || strings.HasPrefix(line, "run") || strings.HasPrefix(line, "orphan") || strings.HasPrefix(line, "cycle") {
			names = append(names, strings.Join(strings.Fields(line), " "))
		}
	}
	want := []string{"orphan other 3ms - - - 07", "run agent 100ms - - - 01", "├─ chat llm 20ms 10/2 unpriced - 02", "│ └─ inner other 25ms - - - 04", "└─ tool tool 30ms - - error broken 03", "cycle a other 1ms - - - 05", "└─ cycle b other 2ms - - - 06"}
	if strings.Join(names, "\n") != strings.Join(want, "\n") {
		t.Errorf("tree:\n%s", got.out)
	}
}

func TestTraceProblems(t *testing.T) {
	span := func(id string, problems ...string) api.Span {
		s := api.Span{SpanID: id, Name: "call", Kind: "tool", Start: noon}
		for _, code := range problems {
			s.Problems = append(s.Problems, api.Problem{Code: code, Detail: "about " + code})
		}
		return s
	}
	detail := api.TraceDetail{Trace: sample(), FirstProblem: "02", Items: []api.Span{span("01"), span("02", "tool_error", "repeated"), span("03", "repeated"), span("04", "repeated")}}
	for i := range detail.Items[1:] {
		detail.Items[i+1].Repeat = &api.Repeat{Group: "02", N: 3}
	}
	got, _ := against(t, map[string]any{"GET /api/v1/traces/5b": detail}, "trace", "show", "5b")
	if !strings.Contains(got.out, "tool_error ◀  02\n") || !strings.HasSuffix(got.out, "\nPROBLEM     SPAN  DETAIL\ntool_error  02    about tool_error\nrepeated    02    about repeated\n") {
		t.Errorf("%s", got.out)
	}
	answers := map[string]any{"GET /api/v1/traces/5b/markdown": "# trace\n"}
	got, _ = against(t, answers, "trace", "show", "5b", "-o", "md")
	_, seen := against(t, answers, "trace", "show", "5b", "02", "-o", "md")
	if got.out != "# trace\n" || len(seen) != 1 || seen[0] != "GET /api/v1/traces/5b/markdown?span=02" {
		t.Errorf("%+v, asked %v", got, seen)
	}
}

func TestSpanPage(t *testing.T) {
	s := api.Span{SpanID: "02", Name: "chat", Kind: "llm", Input: []api.Message{{Role: "user", Parts: []api.Part{{Type: "text", Text: "two\nlines\x07"}}}},
		Output: []api.Message{{Role: "assistant", Parts: []api.Part{{Type: "tool_call", Name: "f", Value: json.RawMessage(`{"a":1}`)}}}}}
	got, _ := against(t, map[string]any{"GET /api/v1/traces/5b/spans/02": s}, "trace", "show", "5b", "02")
	if !strings.Contains(got.out, "── input: user\ntwo\nlines\n") || !strings.Contains(got.out, "── output: assistant\n→ f({\"a\":1})") {
		t.Errorf("%+v", got)
	}
}

func TestTailAndExport(t *testing.T) {
	answers := map[string]any{
		"GET /api/v1/tail":   "event: span\ndata: {\"name\":\"a\",\"kind\":\"llm\",\"start\":\"2026-05-04T12:00:00Z\"}\n\nevent: dropped\ndata: {\"count\":2}\n\n",
		"GET /api/v1/export": "line\nline\n",
	}
	got, _ := against(t, answers, "trace", "tail")
	if !strings.HasPrefix(got.out, "13:00:00  llm        a") || !strings.Contains(got.errors, "2 spans came too quickly") {
		t.Errorf("%+v", got)
	}
	path := filepath.Join(t.TempDir(), "out.jsonl")
	got, seen := against(t, answers, "trace", "export", "--out", path, "--from", "2026-05-01", "kind:llm")
	b, err := os.ReadFile(path)
	if err != nil || string(b) != "line\nline\n" || seen[0] != "GET /api/v1/export?filter=kind%3Allm&format=jsonl&from=2026-04-30T23%3A00%3A00Z" {
		t.Errorf("%+v %v %v", got, seen, err)
	}
}

func TestSmallCommands(t *testing.T) {
	answers := map[string]any{
		"POST /api/v1/keys":         api.KeyMade{Key: api.Key{ID: "id1", Scopes: []string{"ingest"}}, Text: "stw_secret"},
		"DELETE /api/v1/keys/id1":   "",
		"GET /api/v1/keys":          api.List[api.Key]{Items: []api.Key{{ID: "id1", Name: "n", Prefix: "stw_ab", Scopes: []string{"read"}, Created: noon}}},
		"GET /api/v1/projects":      api.List[api.Project]{Items: []api.Project{{ID: "default", Created: noon}}},
		"POST /api/v1/projects":     api.Project{ID: "p2"},
		"POST /api/v1/login-links":  api.LoginLink{URL: "http://x/signin?token=t", Expires: noon},
		"POST /api/v1/query":        api.QueryAnswer{Columns: []api.Column{{Name: "model", Type: "VARCHAR"}, {Name: "n", Type: "BIGINT"}}, Rows: [][]any{{"gpt-4o", 1164000}, {nil, 2}}, Truncated: true},
		"GET /api/v1/query/views":   api.Views{Items: []api.View{{Name: "spans", Meaning: "operations", Columns: []api.Column{{Name: "name", Type: "VARCHAR"}}}}},
		"POST /api/v1/remap":        api.Job{ID: "j1", Kind: "remap", State: "running"},
		"GET /api/v1/jobs/j1":       api.Job{ID: "j1", Kind: "remap", State: "done", Done: 7, Total: 7},
		"POST /api/v1/reprice":      api.Job{ID: "j2", Kind: "reprice", State: "failed", Error: "no room"},
		"POST /api/v1/deletions":    api.Deletion{ID: "d1", State: "queued"},
		"GET /api/v1/deletions/d1":  api.Deletion{ID: "d1", State: "done", Requested: noon, Removed: api.Removed{Spans: 3}, Partitions: []string{"2026-05-04"}, Backups: []string{"b1"}},
		"GET /api/v1/doctor":        api.Doctor{Checks: []api.Check{{Name: "disk", OK: false, Message: "full", Fix: "make room"}}},
		"POST /api/v1/shares":       api.ShareMade{URL: "http://x/shared#stw_s"},
		"GET /api/v1/shares":        api.List[api.Share]{Items: []api.Share{{ID: "sh1", Session: "s1", Expires: noon.Add(time.Hour)}}},
		"DELETE /api/v1/shares/sh1": struct{}{},
		"GET /api/v1/home": api.Home{Rows: []api.HomeRow{{Kind: "failing", Field: "agent", Value: "claims", Number: 25, Of: 159, Before: 3, OfPrior: 153, Unit: "sessions", Verdict: "worse",
			Link: api.HomeLink{Page: "sessions", Filter: "agent:claims"}}}},
		"GET /api/v1/sessions":     api.SessionList{Items: []api.Session{{Session: "s1", Traces: 2}}, Searched: api.Searched{Complete: true}},
		"GET /api/v1/sessions/s/1": api.SessionDetail{Session: api.Session{Session: "s/1"}, Items: []api.Trace{sample()}},
	}
	tests := map[string]struct {
		args   string
		status int
		says   string
		sent   string
	}{
		"key create":  {"key create --name n --scopes ingest,read --expires 1d", 0, "stw_secret\n", `POST /api/v1/keys {"name":"n","scopes":["ingest","read"],"expires":"2026-05-05T12:00:00Z"}`},
		"key revoke":  {"key revoke id1", 0, "revoked", "DELETE /api/v1/keys/id1"},
		"key ls":      {"key ls", 0, "stw_ab…  read    2026-05-04 13:00:00  -          active", "GET /api/v1/keys"},
		"projects":    {"project ls", 0, "default", "GET /api/v1/projects"},
		"new project": {"project create p2 --title T", 0, "--project p2", `POST /api/v1/projects {"id":"p2","title":"T"}`},
		"login link":  {"login-link --role viewer", 0, "http://x/signin?token=t\n", `POST /api/v1/login-links {"role":"viewer","name":"viewer"}`},
		"sql":         {"sql -", 0, "model         n\ngpt-4o  1164000\n              2\n", `POST /api/v1/query {"sql":"select 1"}`},
		"views":       {"sql --views", 0, "spans: operations", "GET /api/v1/query/views"},
		"remap":       {"remap kind:llm", 0, "remap j1 is done, 7 spans", `POST /api/v1/remap {"filter":"kind:llm"}`},
		"reprice":     {"reprice", 1, "failed, 0 spans: no room", "POST /api/v1/reprice {}"},
		"delete":      {"data delete --user ann --reason asked --yes", 0, "backups      b1", `POST /api/v1/deletions {"user":"ann","reason":"asked"}`},
		"share":       {"share create --session s1 --expires 12h", 0, "http://x/shared#stw_s\n", `POST /api/v1/shares {"session":"s1","expires":"2026-05-05T00:00:00Z"}`},
		"shares":      {"share ls", 0, "session s1", "GET /api/v1/shares"},
		"unshare":     {"share revoke sh1", 0, "revoked", "DELETE /api/v1/shares/sh1"},
		"home":        {"home --env production", 0, "failing  agent claims  25 of 159 sessions  3 of 153  worse    sessions  agent:claims", ""},
		"doctor":      {"doctor", 1, "BAD  disk         full\n                  → make room", "GET /api/v1/doctor"},
		"sessions":    {"session ls", 0, "s1", "GET /api/v1/sessions?limit=50"},
		"session":     {"session show s/1", 0, "session      s/1", "GET /api/v1/sessions/s%2F1"},
		"version":     {"version", 0, "steward 1.2.3", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, seen := against(t, answers, strings.Fields(tt.args)...)
			if got.status != tt.status || !strings.Contains(got.out, tt.says) || tt.sent != "" && (len(seen) == 0 || seen[0] != tt.sent) {
				t.Errorf("%+v\nasked %v", got, seen)
			}
		})
	}
}

func TestDoctorAlone(t *testing.T) {
	data := t.TempDir()
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	got := run(t, map[string]string{"STEWARD_SERVER": "http://127.0.0.1:1", "STEWARD_KEY": "k", "STEWARD_DATA": data}, "doctor")
	for _, want := range []string{"BAD  server", "does not answer", "open to other users", "chmod 700", "ok   lock", "disk", "clock", "port 1"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing in %s", want, got.out)
		}
	}
	if got.status != 1 {
		t.Errorf("status %d", got.status)
	}
}
