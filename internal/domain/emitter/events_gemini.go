package emitter

import (
	"steward/internal/domain/trace"
)

// readGemini reads the events of Gemini CLI. Its api_request has no duration and nothing to find its answer by; the
// answer's event says everything that counts, so the request stays a log record.
func readGemini(d *derivation, event string) bool {
	model := d.text("model")
	switch event {
	case "user_prompt":
		d.root = true
		d.isPrompt()
	case "api_response":
		d.isCall("generate_content", geminiProvider(d.text("auth_type")), model)
		d.copy("gen_ai.request.model", "model")
		d.copy("gen_ai.response.model", "model")
		d.copy("gen_ai.response.finish_reasons", "finish_reasons")
		d.sum("gen_ai.usage.input_tokens", "input_token_count", "tool_token_count")
		d.sum("gen_ai.usage.output_tokens", "output_token_count", "thoughts_token_count")
		d.copy("gen_ai.usage.cache_read.input_tokens", "cached_content_token_count")
		d.copy("gen_ai.usage.reasoning.output_tokens", "thoughts_token_count")
		d.copy("output.value", "response_text")
		d.took("duration_ms")
		d.raw.StatusCode = trace.StatusOK
	case "api_error":
		d.isCall("generate_content", geminiProvider(d.text("auth_type")), model)
		d.copy("gen_ai.request.model", "model")
		d.took("duration_ms")
		d.failed(d.text("error"))
		if d.raw.StatusText == "" {
			d.raw.StatusText = d.text("error.message")
		}
	case "tool_call":
		d.isTool(d.text("function_name"))
		d.copy("gen_ai.tool.call.arguments", "function_args")
		d.took("duration_ms")
		d.toolError("error", "error.message", "error_type")
		d.call = d.text("function_name") + "\x00" + d.text("function_args")
	default:
		return false
	}
	return true
}

func geminiProvider(auth string) string {
	if auth == "vertex-ai" {
		return "gcp.vertex_ai"
	}
	return "gcp.gemini"
}
