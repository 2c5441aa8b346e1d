package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/base/clock"
	"steward/internal/surface/cli"
)

// steward runs a command of the command line against the workshop's server.
func (w *workshop) steward(args ...string) string {
	w.t.Helper()
	var out, errs bytes.Buffer
	env := map[string]string{"STEWARD_SERVER": w.server.URL, "STEWARD_KEY": w.key}
	status := cli.Run(w.t.Context(), cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Clock: clock.System{}, Location: time.UTC,
		Getenv: func(k string) string { return env[k] }}, args)
	if status != 0 {
		w.t.Fatalf("steward %s: %d\n%s%s", strings.Join(args, " "), status, out.String(), errs.String())
	}
	return out.String()
}

// TestPaidServices prices what is billed by the piece or by the call, from the span to the command line.
func TestPaidServices(t *testing.T) {
	w := newWorkshop(t)
	start := time.Now().Add(-time.Hour)
	id := pcommon.TraceID{8, 8}
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	add := func(n byte, name string, keys ...string) ptrace.Span {
		s := spans.AppendEmpty()
		s.SetTraceID(id)
		s.SetSpanID(pcommon.SpanID{n})
		s.SetName(name)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(n) * time.Second)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(n)*time.Second + time.Millisecond)))
		put(s, keys...)
		return s
	}
	answer := `{"output":[{"type":"web_search_call","action":{"type":"search"}},{"type":"web_search_call","action":{"type":"search"}},{"type":"message","content":[{"type":"output_text","text":"found"}]}]}`
	chat := add(1, "responses", "openinference.span.kind", "LLM", "llm.provider", "openai", "llm.model_name", "gpt-4o", "output.value", answer, "output.mime_type", "application/json")
	chat.Attributes().PutInt("llm.token_count.prompt", 1000)
	chat.Attributes().PutInt("llm.token_count.completion", 100)
	add(2, "execute_tool web_lookup", "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "web_lookup")
	add(3, "execute_tool calculator", "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "calculator")
	add(4, "query policies", "gen_ai.operation.name", "retrieval")
	add(5, "embed", "gen_ai.operation.name", "embeddings", "gen_ai.provider.name", "acme", "gen_ai.request.model", "embed-1")
	add(6, "rerank", "gen_ai.operation.name", "rerank", "gen_ai.provider.name", "cohere", "gen_ai.request.model", "rerank-v3.5").Attributes().PutInt("gen_ai.usage.search_units", 3)
	failed := add(7, "execute_tool web_lookup", "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "web_lookup")
	failed.Status().SetCode(ptrace.StatusCodeError)
	w.sendSpans(td)

	costs := func() map[string]string {
		t.Helper()
		got := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+id.String(), nil)
		out := map[string]string{"all": got.Cost.Amount[:6] + " " + got.Cost.State}
		for _, s := range got.Items {
			out[s.SpanID[:2]] = "-"
			if s.Cost != nil {
				out[s.SpanID[:2]] = s.Cost.Amount[:6] + " " + s.Cost.State
			}
		}
		return out
	}
	want := map[string]string{
		"01": "0.0235 priced", // 1000×2.50 + 100×10 per million, and two searches of a cent
		"02": "-", "03": "-", "04": "-", "05": "0.0000 unpriced", "06": "0.0060 priced", "07": "-", "all": "0.0295 unpriced"}
	if got := costs(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("by the catalogue\n got %v\nwant %v", got, want)
	}

	w.steward("price", "add", `{"kind":"price","calls":"tool","name":"web_*","currency":"USD","rates":{"request":"0.008"},"valid_from":"2020-01-01"}`)
	w.steward("price", "add", `{"kind":"price","calls":"retrieval","name":"query policies","currency":"USD","rates":{"request":"0.0004"},"valid_from":"2020-01-01"}`)
	w.steward("price", "add", `{"kind":"price","calls":"rerank","currency":"USD","services":{"rerank":"0.001"},"valid_from":"2020-01-01"}`)
	out := w.steward("price", "add", `{"kind":"price","calls":"embedding","provider":"acme","currency":"USD","rates":{"request":"0.001"},"valid_from":"2020-01-01"}`, "--reprice")
	if !strings.Contains(out, "reprice") || !strings.Contains(out, "done") || !strings.Contains(out, `"changed":4`) {
		t.Fatalf("reprice: %s", out)
	}
	want = map[string]string{"01": "0.0235 priced", "02": "0.0080 priced", "03": "-", "04": "0.0004 priced", "05": "0.0010 priced",
		"06": "0.0030 priced", "07": "-", "all": "0.0359 priced"}
	if got := costs(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("by the project's entries\n got %v\nwant %v", got, want)
	}
	// a service without a price of its own, while the narrow columns of a list know no pieces
	w.steward("price", "add", `{"kind":"price","provider":"openai","model":"gpt-4o","currency":"USD","rates":{"input":"2.5","output":"10"},"valid_from":"2020-01-01"}`, "--reprice")
	if got := costs(); got["01"] != "0.0035 estimated" {
		t.Fatalf("searches without a price: %v", got)
	}

	show := w.steward("trace", "show", id.String(), pcommon.SpanID{1}.String())
	for _, line := range []string{"2 web_search", "~$0.0035", "+ web_search (no price)"} {
		if !strings.Contains(show, line) {
			t.Errorf("trace show lacks %q:\n%s", line, show)
		}
	}
	list := w.steward("price", "ls")
	if strings.Count(list, "\n") != 6 || !strings.Contains(list, "tool web_*") {
		t.Errorf("price ls:\n%s", list)
	}
	if got := w.steward("price", "show", "--calls", "tool", "--name", "web_lookup"); !strings.Contains(got, "priced") || !strings.Contains(got, "web_*") {
		t.Errorf("price show of a tool:\n%s", got)
	}
	if got := w.steward("price", "show", "--calls", "tool", "--name", "calculator"); !strings.Contains(got, "none") {
		t.Errorf("price show of a tool without a price:\n%s", got)
	}
	var entry struct {
		ID string `json:"id"`
	}
	entries := call[api.List[api.PriceEntry]](w, http.StatusOK, http.MethodGet, "/api/v1/prices/entries", nil)
	if err := json.Unmarshal(entries.Items[4].Entry, &entry); err != nil {
		t.Fatal(err)
	}
	w.steward("price", "rm", entry.ID, "--reprice")
	if got := costs(); got["01"] != "0.0235 priced" {
		t.Fatalf("the catalogue's price did not come back: %v", got)
	}
}
