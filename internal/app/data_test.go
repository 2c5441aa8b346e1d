package app

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"steward/api"
	"steward/internal/surface/httpapi"
)

// workshop is a Steward on real engines, spoken to through its routes.
type workshop struct {
	t      *testing.T
	app    *App
	server *httptest.Server
	key    string
}

func newWorkshop(t *testing.T) *workshop {
	a, kit, key := opened(t)
	w := &workshop{t: t, app: a, key: key}
	w.serve(kit)
	t.Cleanup(func() { w.server.Close() })
	return w
}

// serve begins to serve the routes in place of what was served before.
func (w *workshop) serve(kit *httpapi.Kit) {
	if w.server != nil {
		w.server.Close()
	}
	w.server = httptest.NewServer(kit)
}

// again stops the program and starts it on the same data folder.
func (w *workshop) again() {
	w.t.Helper()
	w.server.Close()
	w.app.stop()
	a := &App{config: w.app.config, version: "test", logger: w.app.logger, clock: w.app.clock, doors: &doors{}}
	w.t.Cleanup(a.stop)
	if err := a.open(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.app = a
	w.serve(a.routes(a.address()))
}

// address is where a Steward without listeners pretends to listen.
func (*App) address() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7171} }

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answer is a response that was read to its end.
type answer struct {
	Code int
	Body *bytes.Buffer
}

// do asks; it may be called beside the test, so a failure does not end it.
func (w *workshop) do(method, path, kind string, body []byte) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, bytes.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return answer{Body: &bytes.Buffer{}}
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	got, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Error(err)
		return answer{Body: &bytes.Buffer{}}
	}
	out := answer{got.StatusCode, &bytes.Buffer{}}
	if _, err := out.Body.ReadFrom(got.Body); err != nil {
		w.t.Error(err)
	}
	if err := got.Body.Close(); err != nil {
		w.t.Error(err)
	}
	return out
}

// call asks with a JSON body and reads a JSON answer; any status but want ends the test.
func call[T any](w *workshop, want int, method, path string, in any) (out T) {
	w.t.Helper()
	var body []byte
	if in != nil {
		body = encoded(w.t, in)
	}
	rec := w.do(method, path, "application/json", body)
	if rec.Code != want {
		w.t.Fatalf("%s %s answers %d, not %d: %s", method, path, rec.Code, want, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		w.t.Fatalf("%s %s: %v in %s", method, path, err, rec.Body)
	}
	return out
}

func (w *workshop) sendSpans(td ptrace.Traces) {
	w.t.Helper()
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		w.t.Error(err)
	}
	if rec := w.do(http.MethodPost, "/otlp/v1/traces", "application/x-protobuf", body); rec.Code != http.StatusOK {
		w.t.Errorf("spans: %d %s", rec.Code, rec.Body)
	}
}

func (w *workshop) sendLogs(ld plog.Logs) {
	w.t.Helper()
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	if err != nil {
		w.t.Error(err)
	}
	if rec := w.do(http.MethodPost, "/otlp/v1/logs", "application/x-protobuf", body); rec.Code != http.StatusOK {
		w.t.Errorf("logs: %d %s", rec.Code, rec.Body)
	}
}

// until asks again until done says so; the test ends after a minute.
func until[T any](w *workshop, path string, done func(T) bool) T {
	w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		out := call[T](w, http.StatusOK, http.MethodGet, path, nil)
		if done(out) {
			return out
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s is still %+v after a minute", path, out)
		}
	}
}

func (w *workshop) deleted(target api.DeletionTarget) api.Deletion {
	w.t.Helper()
	d := call[api.Deletion](w, http.StatusAccepted, http.MethodPost, "/api/v1/deletions", api.NewDeletion{DeletionTarget: target, Reason: "they asked"})
	d = until(w, "/api/v1/deletions/"+d.ID, func(d api.Deletion) bool { return d.Final() })
	if d.State != "done" {
		w.t.Fatalf("the deletion ended as %+v", d)
	}
	return d
}

// job waits for the end of a job and answers its result.
func (w *workshop) job(j api.Job) map[string]any {
	w.t.Helper()
	j = until(w, "/api/v1/jobs/"+j.ID, func(j api.Job) bool { return j.Final() })
	if j.State != "done" {
		w.t.Fatalf("the job ended as %+v", j)
	}
	out := map[string]any{}
	if err := json.Unmarshal(j.Result, &out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// holding answers the files of the data folder that hold any of the words, with the word.
func (w *workshop) holding(words ...string) (found []string) {
	w.t.Helper()
	err := filepath.WalkDir(w.app.config.Data, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a write-ahead log that was folded in meanwhile
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, word := range words {
			if bytes.Contains(b, []byte(word)) {
				found = append(found, fmt.Sprintf("%s in %s", word, path))
			}
			if raw, err := hex.DecodeString(word); err == nil && bytes.Contains(b, raw) {
				found = append(found, fmt.Sprintf("%s, as bytes, in %s", word, path))
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// marker answers a word that stands nowhere else.
func marker(kind string) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return kind + hex.EncodeToString(b[:])
}

// person is somebody whose traffic can be found again.
type person struct {
	user, session, prompt, answer, large, given, judged, event, waiting string
	trace                                                               pcommon.TraceID
}

func newPerson() *person {
	p := &person{user: marker("user-"), session: marker("session-"), prompt: marker("prompt-"), answer: marker("answer-"), large: marker("large-"),
		given: marker("given-"), judged: marker("judged-"), event: marker("event-"), waiting: marker("waiting-")}
	_, _ = rand.Read(p.trace[:]) // never fails
	return p
}

func (p *person) words() []string {
	return []string{p.user, p.session, p.prompt, p.answer, p.large, p.given, p.judged, p.event, p.waiting}
}

// chat adds a trace of two spans: an agent that names the user, and its model call, which does not, with a payload that
// is moved to the blob store.
func (p *person) chat(td ptrace.Traces, at time.Time, shared string) {
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	root := spans.AppendEmpty()
	root.SetTraceID(p.trace)
	root.SetSpanID(pcommon.SpanID{1, p.trace[0]})
	root.SetName("invoke_agent helper")
	root.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	root.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Second)))
	put(root, "gen_ai.operation.name", "invoke_agent", "user.id", p.user, "gen_ai.conversation.id", p.session)
	llm := spans.AppendEmpty()
	llm.SetTraceID(p.trace)
	llm.SetSpanID(pcommon.SpanID{2, p.trace[0]})
	llm.SetParentSpanID(root.SpanID())
	llm.SetName("chat gpt-4o")
	llm.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	llm.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Second)))
	put(llm, "gen_ai.operation.name", "chat", "gen_ai.provider.name", "openai", "gen_ai.request.model", "gpt-4o", "gen_ai.response.model", "gpt-4o",
		"gen_ai.input.messages", said("user", p.prompt+" "+strings.Repeat(p.large+" ", 5000)),
		"gen_ai.output.messages", said("assistant", p.answer), "document", strings.Repeat(shared, 5000))
	llm.Attributes().PutInt("gen_ai.usage.input_tokens", 1000)
	llm.Attributes().PutInt("gen_ai.usage.output_tokens", 100)
}

func said(role, text string) string {
	return fmt.Sprintf(`[{"role":%q,"parts":[{"type":"text","content":%q}],"finish_reason":"stop"}]`, role, text)
}

func put(s ptrace.Span, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		s.Attributes().PutStr(pairs[i], pairs[i+1])
	}
}

// logs adds a log record on the trace, and one with content for a span that never comes, which therefore waits.
func (p *person) logs(ld plog.Logs, at time.Time) {
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, r := range []struct{ name, text string }{{"app.note", p.event}, {"gen_ai.user.message", p.waiting}} {
		rec := records.AppendEmpty()
		rec.SetEventName(r.name)
		rec.SetTimestamp(pcommon.NewTimestampFromTime(at))
		rec.SetTraceID(p.trace)
		rec.SetSpanID(pcommon.SpanID{9, 9})
		rec.Body().SetStr(r.text)
	}
}

// late adds a log record with content of the model call, as SDKs send it beside the span.
func (p *person) late(ld plog.Logs, at time.Time) {
	rec := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	rec.SetEventName("gen_ai.user.message")
	rec.SetTimestamp(pcommon.NewTimestampFromTime(at))
	rec.SetTraceID(p.trace)
	rec.SetSpanID(pcommon.SpanID{2, p.trace[0]})
	rec.Body().SetStr(p.event)
}

func (p *person) scores(w *workshop) {
	half := 0.5
	trace := p.trace.String()
	in := api.NewScores{Items: []api.NewScore{
		{Target: api.ScoreTarget{TraceID: trace}, Name: "quality", Value: &half, Source: api.ScoreSource{Kind: "judge", Name: "gpt"}, Explanation: p.judged},
		{Target: api.ScoreTarget{Session: p.session}, Name: "solved", Value: &half, Source: api.ScoreSource{Kind: "user", Name: p.user}, Explanation: p.given},
	}}
	call[api.ScoreIDs](w, http.StatusCreated, http.MethodPost, "/api/v1/scores", in)
}
