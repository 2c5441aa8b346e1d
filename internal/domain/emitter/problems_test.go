package emitter_test

import (
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
)

func TestStatedProblems(t *testing.T) {
	type kv = map[string]string
	message := func(status string) string {
		return `{"output":{"lc":1,"kwargs":{"content":"no such order","status":"` + status + `","tool_call_id":"c1","name":"find"}}}`
	}
	cases := []struct {
		name  string
		attrs kv
		want  trace.ProblemCode
		says  string
	}{
		{"MCP's error type", kv{"gen_ai.operation.name": "execute_tool", "error.type": "tool_error"}, trace.ToolError, "error.type is tool_error"},
		{"an error type elsewhere", kv{"gen_ai.operation.name": "chat", "error.type": "timeout"}, "", ""},
		{"LangChain's message", kv{"openinference.span.kind": "TOOL", "output.value": message("error")}, trace.ToolError, "no such order"},
		{"LangChain's message, well", kv{"openinference.span.kind": "TOOL", "output.value": message("success")}, "", ""},
		{"the AI SDK's envelope", kv{"ai.operationId": "ai.toolCall", "ai.toolCall.result": `{"type":"error-text","value":"boom"}`}, trace.ToolError, "boom"},
		{"the AI SDK's envelope, well", kv{"ai.operationId": "ai.toolCall", "ai.toolCall.result": `{"type":"text","value":"boom"}`}, "", ""},

		{"OTel's documents", kv{"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": "[]"}, trace.EmptyRetrieval, "no documents found"},
		{"a document", kv{"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": `[{"id":"a"}]`}, "", ""},
		{"no attribute", kv{"gen_ai.operation.name": "retrieval"}, "", ""},
		{"an output that is no list", kv{"openinference.span.kind": "RETRIEVER", "output.value": "nothing"}, "", ""},
		{"OpenInference's output", kv{"openinference.span.kind": "RETRIEVER", "output.value": `{"documents": []}`}, trace.EmptyRetrieval, "no documents found"},
		{"Langfuse's output", kv{"langfuse.observation.type": "retriever", "langfuse.observation.output": "[]"}, trace.EmptyRetrieval, "no documents found"},
		{"a count", kv{"gen_ai.operation.name": "search_memory", "gen_ai.memory.record.count": "0"}, trace.EmptyRetrieval, "no documents found"},
		{"a count of some", kv{"gen_ai.operation.name": "search_memory", "gen_ai.memory.record.count": "3"}, "", ""},
		{"an embedding", kv{"gen_ai.operation.name": "embeddings", "output.value": "[]"}, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw := trace.Raw{Start: 1, End: 2, StatusCode: trace.StatusOK}
			for k, v := range c.attrs {
				raw.Attributes = append(raw.Attributes, attr.KV{Key: k, Value: attr.Str(v)})
			}
			got, _ := emitter.Map(&raw)
			if c.want == "" && len(got.Problems) > 0 || c.want != "" && (len(got.Problems) != 1 || got.Problems[0] != trace.Problem{Code: c.want, Detail: c.says}) {
				t.Errorf("got %+v", got.Problems)
			}
			raw.StatusCode = trace.StatusError
			if got, _ := emitter.Map(&raw); len(got.Problems) > 0 {
				t.Errorf("a span that ended in error also has %+v", got.Problems)
			}
		})
	}
	unfinished := trace.Raw{Start: 1, Attributes: attr.Attrs{{Key: "gen_ai.operation.name", Value: attr.Str("retrieval")}, {Key: "gen_ai.retrieval.documents", Value: attr.ListOf()}}}
	if got, _ := emitter.Map(&unfinished); len(got.Problems) > 0 {
		t.Errorf("a retrieval under way has %+v", got.Problems)
	}
}

func TestCallDigest(t *testing.T) {
	digest := func(args string) uint64 {
		raw := trace.Raw{Attributes: attr.Attrs{{Key: "gen_ai.operation.name", Value: attr.Str("execute_tool")}, {Key: "gen_ai.tool.name", Value: attr.Str("find")}}}
		if args != "" {
			raw.Attributes = append(raw.Attributes, attr.KV{Key: "gen_ai.tool.call.arguments", Value: attr.Str(args)})
		}
		got, _ := emitter.Map(&raw)
		return got.Tool.Digest
	}
	if digest(`{"a":1,"b":{"c":2,"d":3}}`) != digest(`{"b": {"d":3, "c":2}, "a":1}`) {
		t.Error("the order of keys makes another call")
	}
	if digest(`{"a":1}`) == digest(`{"a":2}`) || digest(`{"a":1}`) == digest(`{"a":"1"}`) || digest(`{}`) == 0 {
		t.Error("other arguments make the same call")
	}
	if digest("") != 0 {
		t.Error("a call whose arguments are unknown has a digest")
	}
}
