package emitter_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// What providers bill by the piece, in the words of those who send it. The shapes follow the providers' and emitters'
// own documents.
func TestUnits(t *testing.T) {
	const chat = `"gen_ai.operation.name":"chat",`
	const tokens = `"gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":5,`
	documents := make([]string, 101)
	for i := range documents {
		documents[i] = fmt.Sprintf(`"reranker.input_documents.%d.document.content":"d"`, i)
	}
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
	cases := []struct {
		name       string
		attributes string
		want       usage.Units
	}{
		{"nothing", chat + tokens + `"x":1`, nil},
		{"Anthropic's count as a key", chat + tokens + `"gen_ai.usage.server_tool_use.web_search_requests":2`, usage.Units{"web_search": 2}},
		{"pydantic-ai with xAI", chat + tokens + `"gen_ai.usage.details.server_side_tools_web_search":3,"gen_ai.usage.details.server_side_tools_x_search":1`, usage.Units{"web_search": 3, "x_search": 1}},
		{"Cohere's search units", `"gen_ai.operation.name":"rerank","gen_ai.usage.search_units":4`, usage.Units{"rerank": 4}},
		{"our own key", chat + `"steward.usage.units":"{\"audio_second\":61,\"web_search\":0}","gen_ai.usage.web_search_requests":9`, usage.Units{"audio_second": 61}},
		{"our own key on a tool", `"gen_ai.operation.name":"execute_tool","steward.usage.units":"{\"page\":2}"`, usage.Units{"page": 2}},
		{"Langfuse, Gemini's three names for one", `"langfuse.observation.type":"generation","langfuse.observation.usage_details":"{\"input\":5,\"web_search_queries\":2,\"grounding_queries\":2}"`, usage.Units{"web_search": 2}},
		{"Langfuse, OpenAI's shape with Anthropic's object", `"langfuse.observation.type":"generation","langfuse.observation.usage_details":"{\"input_tokens\":5,\"server_tool_use\":{\"web_search_requests\":1}}"`, usage.Units{"web_search": 1}},
		{"AI SDK, Anthropic's metadata", `"ai.operationId":"ai.generateText.doGenerate","ai.response.providerMetadata":"{\"anthropic\":{\"usage\":{\"input_tokens\":7,\"server_tool_use\":{\"web_search_requests\":2}}}}"`, usage.Units{"web_search": 2}},
		{"AI SDK, Google's grounding", `"ai.operationId":"ai.generateText.doGenerate","ai.response.providerMetadata":"{\"google\":{\"groundingMetadata\":{\"webSearchQueries\":[\"a\",\"b\"]}}}"`, usage.Units{"web_search": 2}},
		{"OpenAI's answer whole", `"openinference.span.kind":"LLM","output.mime_type":"application/json","output.value":` + quoted(`{"object":"response","output":[{"type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}},{"type":"web_search_call","status":"completed","action":{"type":"open_page"}},{"type":"web_search_call","status":"failed"},{"type":"file_search_call"},{"type":"image_generation_call"},{"type":"message","content":[]}],"usage":{"input_tokens":1}}`), usage.Units{"web_search": 1, "file_search": 1, "image": 1}},
		{"xAI's answer whole", `"openinference.span.kind":"LLM","output.value":` + quoted(`{"output":[{"type":"web_search_call"}],"usage":{"server_side_tool_usage_details":{"web_search_calls":0,"x_search_calls":11,"mcp_calls":3}}}`), usage.Units{"x_search": 11}},
		{"Anthropic's answer whole", `"openinference.span.kind":"LLM","output.value":` + quoted(`{"content":[{"type":"server_tool_use","name":"web_search","input":{"query":"q"}},{"type":"web_search_tool_result","content":[{"type":"web_search_result","url":"u"}]}],"usage":{"server_tool_use":{"web_search_requests":1}}}`), usage.Units{"web_search": 1}},
		{"Anthropic's blocks without a count", `"openinference.span.kind":"LLM","output.value":` + quoted(`{"content":[{"type":"server_tool_use","name":"web_search"},{"type":"server_tool_use","name":"web_fetch"},{"type":"tool_use","name":"web_search"}]}`), usage.Units{"web_search": 1}},
		{"Gemini's answer whole", `"openinference.span.kind":"LLM","output.value":` + quoted(`{"candidates":[{"groundingMetadata":{"webSearchQueries":["a"]}},{"grounding_metadata":{"web_search_queries":["b","c"]}}]}`), usage.Units{"web_search": 3}},
		{"Cohere's answer whole", `"openinference.span.kind":"RERANKER","output.value":` + quoted(`{"results":[{"index":0}],"meta":{"billed_units":{"search_units":2}}}`), usage.Units{"rerank": 2}},
		{"OpenTelemetry's server tool calls", chat + tokens + `"gen_ai.output.messages":` + quoted(`[{"role":"assistant","parts":[{"type":"server_tool_call","name":"web_search","id":"s","server_tool_call":{"type":"web_search","query":"q"}},{"type":"server_tool_call","name":"run","server_tool_call":{"type":"code_interpreter"}},{"type":"tool_call","name":"web_search"}]}]`), usage.Units{"web_search": 1}},
		{"pydantic-ai's built-in tools", chat + tokens + `"gen_ai.output.messages":` + quoted(`[{"role":"assistant","parts":[{"type":"tool_call","name":"web_search","builtin":true},{"type":"tool_call_response","name":"web_search","builtin":true,"result":[{"type":"web_search_call"}]}]}]`), usage.Units{"web_search": 1}},
		{"a search in the history is not billed again", chat + tokens + `"gen_ai.input.messages":` + quoted(`[{"role":"assistant","parts":[{"type":"tool_call","name":"web_search","builtin":true}]}]`), nil},
		{"what a tool found is no call", `"gen_ai.operation.name":"execute_tool","output.value":` + quoted(`{"output":[{"type":"web_search_call"}]}`), nil},
		{"AI SDK, calls of a provider's tool that are not told apart", `"ai.operationId":"ai.generateText.doGenerate","ai.prompt.tools":["{\"type\":\"provider\",\"name\":\"find\",\"id\":\"openai.web_search\",\"args\":{}}"],"ai.response.toolCalls":` + quoted(`[{"toolCallId":"1","toolName":"find","input":"{}"},{"toolCallId":"2","toolName":"other","input":"{}"}]`), usage.Units{"web_search": 1}},
		{"a tool of one's own of that name", `"ai.operationId":"ai.generateText.doGenerate","ai.prompt.tools":["{\"type\":\"function\",\"name\":\"web_search\"}"],"ai.response.toolCalls":` + quoted(`[{"toolCallId":"1","toolName":"web_search","input":"{}"}]`), nil},
		{"OpenInference with the answer hidden, not told what was done", `"openinference.span.kind":"LLM","llm.output_messages.0.message.role":"assistant","llm.output_messages.0.message.tool_calls.0.tool_call.function.name":"web_search_call"`, usage.Units{"web_search": 1}},
		{"images that were asked for", `"gen_ai.operation.name":"image_generation","gen_ai.request.image_count":2`, usage.Units{"image": 2}},
		{"images among tokens", chat + tokens + `"gen_ai.request.image_count":2`, nil},
		{"images in the answer", chat + `"gen_ai.output.messages":` + quoted(`[{"role":"assistant","parts":[{"type":"blob","mime_type":"image/png","content":"AA=="},{"type":"uri","mime_type":"image/png","uri":"https://x/y.png"}]}]`), usage.Units{"image": 2}},
		{"a rerank of 101 documents", `"openinference.span.kind":"RERANKER",` + strings.Join(documents, ","), usage.Units{"rerank": 2}},
		{"a rerank of which only the order is known", `"gen_ai.operation.name":"rerank","gen_ai.request.model":"rerank-v3.5"`, usage.Units{"rerank": 1}},
		{"a rerank by tokens", `"gen_ai.operation.name":"rerank","gen_ai.usage.input_tokens":7`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw, err := readRaw([]byte(`{"name":"n","attributes":{` + c.attributes + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			got, marks := emitter.Map(raw)
			var assumed []trace.Mark
			if strings.Contains(c.name, "not told") {
				assumed = []trace.Mark{trace.MarkUnitsAssumed}
			}
			if !maps.Equal(got.Usage.Units, c.want) || !slices.Equal(marks, assumed) {
				t.Fatalf("%v, marks %v, want %v", got.Usage.Units, marks, c.want)
			}
			source := usage.Reported
			if strings.Contains(c.name, "a rerank of") {
				source = usage.Estimated
			}
			if c.want != nil && (got.Usage.Source != source || got.Usage.Rollup) {
				t.Errorf("%s is %s, rollup %v", got.Kind, got.Usage.Source, got.Usage.Rollup)
			}
		})
	}
}

func TestUnitsThatAreNone(t *testing.T) {
	for _, attributes := range []string{`"gen_ai.usage.web_search_requests":-1`, `"gen_ai.usage.search_units":"many"`, `"steward.usage.units":"{\"Web Search\":1}"`,
		`"steward.usage.units":"{\"web_search\":1.5}"`} {
		raw, err := readRaw([]byte(`{"name":"n","attributes":{"gen_ai.operation.name":"chat",` + attributes + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, marks := emitter.Map(raw); got.Usage.Units != nil || len(marks) != 1 || marks[0] != trace.MarkBadNumber {
			t.Errorf("%s: %v, %v", attributes, got.Usage.Units, marks)
		}
	}
	raw, err := readRaw([]byte(`{"name":"n","attributes":{"gen_ai.operation.name":"rerank"}}`))
	if err != nil {
		t.Fatal(err)
	}
	raw.StatusCode = trace.StatusError
	if got, _ := emitter.Map(raw); got.Usage.Units != nil {
		t.Errorf("a rerank that failed is taken to be billed: %v", got.Usage.Units)
	}
}

func TestReportedCurrency(t *testing.T) {
	for attributes, want := range map[string]string{
		`"gen_ai.usage.cost":0.5`:                                         "0.5 USD",
		`"gen_ai.cost.total_cost":0.5`:                                    "0.5 USD",
		`"gen_ai.usage.cost":"0.5","gen_ai.usage.cost_currency":"EUR"`:    "0.5 EUR",
		`"llm.cost.total":0.5,"llm.cost.currency":"usd"`:                  "0.5 USD",
		`"gen_ai.usage.cost":0.5,"gen_ai.usage.cost_currency":"credits"`:  "none",
		`"gen_ai.usage.cost_currency":"EUR","gen_ai.operation.name":"xy"`: "none",
	} {
		raw, err := readRaw([]byte(`{"name":"n","attributes":{` + attributes + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		if c, _ := emitter.Map(raw); c.ReportedCost != nil {
			got = c.ReportedCost.Amount.String() + " " + c.ReportedCost.Currency
		}
		if got != want {
			t.Errorf("%s: %s, want %s", attributes, got, want)
		}
	}
}
