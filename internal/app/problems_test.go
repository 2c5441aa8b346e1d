package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
)

// claim sends a run that ends well although nearly everything in it went wrong.
func claim(t *testing.T) (*workshop, pcommon.TraceID) {
	w := newWorkshop(t)
	td, id, at := ptrace.NewTraces(), pcommon.TraceID{7, 7}, time.Now().Add(-time.Hour)
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	add := func(n, parent byte, name string, pairs ...string) ptrace.Span {
		s := spans.AppendEmpty()
		s.SetTraceID(id)
		s.SetSpanID(pcommon.SpanID{n})
		if parent != 0 {
			s.SetParentSpanID(pcommon.SpanID{parent})
		}
		s.SetName(name)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Duration(n) * time.Second)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Duration(n)*time.Second + 300*time.Millisecond)))
		put(s, append(pairs, "gen_ai.conversation.id", "c-1")...)
		return s
	}
	const offered = `[{"type":"function","name":"lookup","parameters":{"type":"object","properties":{"policy":{"type":"string"}},"required":["policy"]}}]`
	call := `[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"lookup","arguments":{"claim":3}}],"finish_reason":"tool_calls"}]`
	add(1, 0, "invoke_agent claims", "gen_ai.operation.name", "invoke_agent", "gen_ai.input.messages", said("user", "Pay claim 3"))
	add(2, 1, "chat", "gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-4o", "gen_ai.provider.name", "openai",
		"gen_ai.tool.definitions", offered, "gen_ai.input.messages", said("user", "Pay `claim` 3"), "gen_ai.output.messages", call)
	for n := byte(3); n < 6; n++ {
		add(n, 1, "execute_tool lookup", "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "lookup",
			"gen_ai.tool.call.arguments", `{"policy":"P-1"}`, "gen_ai.tool.call.result", "Error: no such policy")
	}
	add(6, 1, "search", "gen_ai.operation.name", "retrieval", "gen_ai.retrieval.documents", "[]")
	full := add(7, 1, "chat again", "gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-4o", "gen_ai.provider.name", "openai",
		"gen_ai.response.finish_reasons", `["length"]`)
	full.Attributes().PutInt("gen_ai.usage.input_tokens", 127_000)
	full.Attributes().PutInt("gen_ai.usage.output_tokens", 5)
	add(8, 1, "invoke_agent helper", "gen_ai.operation.name", "invoke_agent").Status().SetCode(ptrace.StatusCodeError)
	add(9, 8, "execute_tool pay", "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "pay").Status().SetCode(ptrace.StatusCodeError)
	w.sendSpans(td)
	return w, id
}

func codesOf(s api.Span) string {
	var out []string
	for _, p := range s.Problems {
		out = append(out, p.Code)
	}
	return strings.Join(out, " ")
}

func TestProblemsOfATrace(t *testing.T) {
	w, id := claim(t)
	got := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+id.String(), nil)
	want := []string{"", "bad_arguments", "tool_error repeated", "tool_error repeated", "tool_error repeated", "empty_retrieval", "cut context_full", "", ""}
	for i, s := range got.Items {
		if codesOf(s) != want[i] {
			t.Errorf("%s: %+v, want %s", s.Name, s.Problems, want[i])
		}
	}
	first, llm := got.Items[1], got.Items[6]
	if got.FirstProblem != first.SpanID || first.Problems[0].Detail != "lookup: missing property 'policy'" {
		t.Errorf("it begins at %s with %+v", got.FirstProblem, first.Problems)
	}
	if got.Outcome != "problem" || got.Errors != 2 || got.Totals.Problems != 8 {
		t.Errorf("outcome %s, %d errors, %d problems", got.Outcome, got.Errors, got.Totals.Problems)
	}
	if r := got.Items[4].Repeat; r == nil || r.N != 3 || r.Group != got.Items[2].SpanID || first.Repeat != nil {
		t.Errorf("repeated: %+v, %+v", r, first.Repeat)
	}
	if llm.Model.ContextWindow != 128_000 || llm.Problems[1].Detail != "127,000 of 128,000 tokens (99 %)" {
		t.Errorf("window %d, %+v", llm.Model.ContextWindow, llm.Problems)
	}
	if list := call[api.TraceList](w, http.StatusOK, http.MethodGet, "/api/v1/traces", nil); len(list.Items) != 1 || list.Items[0].Outcome != "problem" || list.Items[0].Totals.Problems != 8 {
		t.Errorf("list: %+v", list.Items)
	}
	s := call[api.SessionDetail](w, http.StatusOK, http.MethodGet, "/api/v1/sessions/c-1", nil)
	if s.Outcome != "problem" || s.Totals.Problems != 8 {
		t.Errorf("session: %+v", s.Session)
	}
}

func TestAskingForProblems(t *testing.T) {
	w, _ := claim(t)
	ask := func(path, filter string) string { return path + "filter=" + url.QueryEscape(filter) }
	for filter, n := range map[string]int{"problem:tool_error": 3, "problem:(cut OR empty_retrieval)": 2, "problem:*": 6, "NOT problem:*": 3, "problem:filtered": 0,
		"problem:tool_error trace.problems>=8": 3, "trace.problems>8": 0} {
		if got := call[api.SpanList](w, http.StatusOK, http.MethodGet, ask("/api/v1/spans?", filter), nil); len(got.Items) != n {
			t.Errorf("%s finds %d spans, want %d", filter, len(got.Items), n)
		}
	}
	if e := call[api.ErrorBody](w, http.StatusBadRequest, http.MethodGet, ask("/api/v1/spans?", "problem:repeated"), nil); !strings.Contains(e.Error.Message, "tool_error") {
		t.Errorf("%+v", e) // only whole traces know it; the message names what may be asked
	}
	f := call[api.Facets](w, http.StatusOK, http.MethodGet, "/api/v1/facets?fields=problem", nil)
	if v := f.Facets[0].Values; len(v) != 5 || v[0] != (api.FacetValue{Value: "tool_error", Count: 3}) {
		t.Errorf("%+v", v)
	}
	a := call[api.Aggregate](w, http.StatusOK, http.MethodGet, "/api/v1/aggregate?metrics=spans,problems&by=problem", nil)
	if i := slices.IndexFunc(a.Rows, func(r api.AggregateRow) bool { return r.By["problem"] == "tool_error" }); i < 0 || fmt.Sprint(a.Rows[i].Values) != "map[problems:3 spans:3]" {
		t.Errorf("%+v", a.Rows)
	}
	q := call[api.QueryAnswer](w, http.StatusOK, http.MethodPost, "/api/v1/query", api.Query{SQL: "SELECT problem_details FROM spans WHERE list_contains(problems, 'cut')"})
	if b, _ := json.Marshal(q.Rows); string(b) != `[[["finish reason length after 5 output tokens","127,000 of 128,000 tokens (99 %)"]]]` {
		t.Errorf("%s", b)
	}
}

func TestMarkdown(t *testing.T) {
	w, id := claim(t)
	path := "/api/v1/traces/" + id.String() + "/markdown"
	got := w.do(http.MethodGet, path, "", nil).Body.String()
	for _, want := range []string{
		"# invoke_agent claims: problem\n",
		w.server.URL + "/traces/" + id.String() + "?project=default&span=0200000000000000",
		"2 errors, 8 problems", "- asked: Pay claim 3\n",
		"- invoke_agent claims (agent, 300ms)\n- **chat (llm, gpt-4o, 300ms",
		"**: bad_arguments: lookup: missing property 'policy' ← here it began\n",
		"In: user\n\n```\nPay `claim` 3\n```\n", "Out: assistant\n\n```\n→ lookup({\"claim\":3})\n```\n",
		"Tools offered: lookup\n", "Tools called: lookup\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	got = w.do(http.MethodGet, path+"?span=0900000000000000", "", nil).Body.String()
	if !strings.Contains(got, "- invoke_agent helper (agent, 300ms): error\n- **execute_tool pay (tool, 300ms)**: error\n") || strings.Contains(got, "here it began") {
		t.Errorf("the path to another span:\n%s", got)
	}
	for span, code := range map[string]int{"ffffffffffffffff": http.StatusNotFound, "x": http.StatusBadRequest} {
		if got := w.do(http.MethodGet, path+"?span="+span, "", nil); got.Code != code {
			t.Errorf("span %s answers %d", span, got.Code)
		}
	}
}

// TestRemapFindsProblems takes the problems from a span, as an earlier version would have stored it.
func TestRemapFindsProblems(t *testing.T) {
	w, id := claim(t)
	call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+id.String(), nil) // which waits until it is stored
	s, err := w.app.engine.Span(t.Context(), trace.Key{Project: "default", Trace: trace.ID(id), Span: trace.SpanID{3}})
	if err != nil {
		t.Fatal(err)
	}
	s.Problems, s.Tool.Digest, s.Mapper.Version = nil, 0, emitter.Version-1
	s.Rev++
	if n, err := w.app.engine.Revise(t.Context(), []trace.Span{s}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if result := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/remap", api.NewRemap{})); result["changed"] != 1.0 {
		t.Fatalf("%v", result)
	}
	if got := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+id.String(), nil); codesOf(got.Items[2]) != "tool_error repeated" {
		t.Errorf("%+v", got.Items[2].Problems)
	}
}
