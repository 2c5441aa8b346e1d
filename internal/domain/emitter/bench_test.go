package emitter_test

import (
	"strings"
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
)

func benchmarkMap(b *testing.B, attrs attr.Attrs) {
	raw := &trace.Raw{Name: "chat", Start: 1e18, Attributes: attrs, Resource: &trace.Origin{Attributes: attr.Attrs{
		{Key: "service.name", Value: attr.Str("shop")}, {Key: "deployment.environment.name", Value: attr.Str("production")}}}}
	var bytes int64
	for _, kv := range attrs {
		bytes += int64(len(kv.Key) + len(kv.Value.Text()))
	}
	b.SetBytes(bytes)
	b.ReportAllocs()
	for b.Loop() {
		emitter.Map(raw)
	}
}

var filler = strings.Repeat("The quick brown fox jumps over the lazy dog, and then some more words. ", 10)

func common() attr.Attrs {
	return attr.Attrs{
		{Key: "session.id", Value: attr.Str("s-1")}, {Key: "user.id", Value: attr.Str("u-1")},
		{Key: "server.address", Value: attr.Str("api.openai.com")}, {Key: "server.port", Value: attr.Int64(443)},
	}
}

// BenchmarkOTel is a span of 20 attributes with 1.5 KB of text in the current form: messages as JSON strings.
func BenchmarkOTel(b *testing.B) {
	benchmarkMap(b, append(common(), attr.Attrs{
		{Key: "gen_ai.operation.name", Value: attr.Str("chat")}, {Key: "gen_ai.provider.name", Value: attr.Str("openai")},
		{Key: "gen_ai.request.model", Value: attr.Str("gpt-4o")}, {Key: "gen_ai.response.model", Value: attr.Str("gpt-4o-2024-08-06")},
		{Key: "gen_ai.request.temperature", Value: attr.Float64(0.2)}, {Key: "gen_ai.request.max_tokens", Value: attr.Int64(500)},
		{Key: "gen_ai.request.top_p", Value: attr.Float64(1)}, {Key: "gen_ai.response.id", Value: attr.Str("chatcmpl-123")},
		{Key: "gen_ai.response.finish_reasons", Value: attr.ListOf(attr.Str("stop"))},
		{Key: "gen_ai.usage.input_tokens", Value: attr.Int64(400)}, {Key: "gen_ai.usage.output_tokens", Value: attr.Int64(100)},
		{Key: "gen_ai.usage.cache_read.input_tokens", Value: attr.Int64(200)}, {Key: "gen_ai.conversation.id", Value: attr.Str("c-1")},
		{Key: "gen_ai.system_instructions", Value: attr.Str(`[{"type":"text","content":"You are helpful."}]`)},
		{Key: "gen_ai.input.messages", Value: attr.Str(`[{"role":"user","parts":[{"type":"text","content":"` + filler + `"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"f","arguments":{"a":1}}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"1","response":"ok"}]}]`)},
		{Key: "gen_ai.output.messages", Value: attr.Str(`[{"role":"assistant","parts":[{"type":"text","content":"` + filler + `"}],"finish_reason":"stop"}]`)},
	}...))
}

// BenchmarkOpenInference is the same with flattened messages.
func BenchmarkOpenInference(b *testing.B) {
	benchmarkMap(b, append(common(), attr.Attrs{
		{Key: "openinference.span.kind", Value: attr.Str("LLM")}, {Key: "llm.model_name", Value: attr.Str("gpt-4o")},
		{Key: "llm.provider", Value: attr.Str("openai")}, {Key: "llm.system", Value: attr.Str("openai")},
		{Key: "llm.token_count.prompt", Value: attr.Int64(400)}, {Key: "llm.token_count.completion", Value: attr.Int64(100)},
		{Key: "llm.token_count.total", Value: attr.Int64(500)}, {Key: "llm.token_count.prompt_details.cache_read", Value: attr.Int64(10)},
		{Key: "llm.invocation_parameters", Value: attr.Str(`{"model":"gpt-4o","temperature":0.2}`)},
		{Key: "llm.input_messages.0.message.role", Value: attr.Str("system")}, {Key: "llm.input_messages.0.message.content", Value: attr.Str("You are helpful.")},
		{Key: "llm.input_messages.1.message.role", Value: attr.Str("user")}, {Key: "llm.input_messages.1.message.content", Value: attr.Str(filler)},
		{Key: "llm.output_messages.0.message.role", Value: attr.Str("assistant")}, {Key: "llm.output_messages.0.message.content", Value: attr.Str(filler)},
		{Key: "output.mime_type", Value: attr.Str("text/plain")},
	}...))
}

// BenchmarkHTTP is a span that is no GenAI at all.
func BenchmarkHTTP(b *testing.B) {
	benchmarkMap(b, append(common(), attr.Attrs{
		{Key: "http.request.method", Value: attr.Str("POST")}, {Key: "http.route", Value: attr.Str("/v1/chat")},
		{Key: "http.response.status_code", Value: attr.Int64(200)}, {Key: "url.full", Value: attr.Str("https://example.com/v1/chat")},
		{Key: "network.protocol.version", Value: attr.Str("1.1")}, {Key: "user_agent.original", Value: attr.Str("node")},
	}...))
}
