package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// readClaude reads Claude Code's events, as its monitoring guide describes them.
func readClaude(d *derivation, event string) bool {
	model := d.text("model")
	switch event {
	case "user_prompt":
		d.root = true
		d.isPrompt()
	case "api_request":
		d.call = d.text("request_id")
		d.isCall("chat", claudeProvider(model), model)
		d.copy("gen_ai.request.model", "model")
		d.copy("gen_ai.response.model", "model")
		d.copy("gen_ai.response.id", "request_id")
		d.sum("gen_ai.usage.input_tokens", "input_tokens", "cache_read_tokens", "cache_creation_tokens")
		d.copy("gen_ai.usage.output_tokens", "output_tokens")
		d.copy("gen_ai.usage.cache_read.input_tokens", "cache_read_tokens")
		d.copy("gen_ai.usage.cache_creation.input_tokens", "cache_creation_tokens")
		d.copy("gen_ai.usage.cost", "cost_usd")
		d.took("duration_ms")
		d.raw.StatusCode = trace.StatusOK
	case "api_error":
		d.call = d.text("request_id")
		d.isCall("chat", claudeProvider(model), model)
		d.copy("gen_ai.request.model", "model")
		d.took("duration_ms")
		d.failed(d.text("error"))
	case "tool_result":
		d.call = d.text("tool_use_id")
		d.isTool(d.text("tool_name"))
		d.copy("gen_ai.tool.call.id", "tool_use_id")
		d.copy("gen_ai.tool.call.arguments", "tool_input", "tool_parameters")
		d.took("duration_ms")
		d.toolError("error", "error_type")
	case "tool_decision":
		d.call = d.text("tool_use_id")
		d.isOther(d.text("tool_name"))
	default:
		return false
	}
	return true
}

// toolError adds the message to a tool's failure.
func (d *derivation) toolError(keys ...string) {
	if d.raw.StatusCode != trace.StatusError {
		return
	}
	for _, key := range keys {
		if s := d.text(key); s != "" {
			d.raw.StatusText = s
			return
		}
	}
}

// claudeProvider goes by the forms of the model's name that Bedrock and Vertex AI have.
func claudeProvider(model string) string {
	switch {
	case strings.Contains(model, "anthropic."):
		return "aws.bedrock"
	case strings.Contains(model, "@"):
		return "gcp.vertex_ai"
	}
	return "anthropic"
}

// claudeSpan reads the spans that Claude Code sends when its tracing is on: their attributes have names of their own,
// and their input tokens exclude the cache.
func (m *mapping) claudeSpan() {
	switch m.raw.Name {
	case "claude_code.interaction":
		m.fill(fOperation, attr.Str("invoke_agent"))
		if v, ok := m.raw.Attributes.Get("user_prompt"); ok && v.Str() != "<REDACTED>" {
			m.fill(fInValue, v)
			m.fill(fInMIME, attr.Str("text/plain"))
		}
	case "claude_code.llm_request":
		m.fill(fOperation, attr.Str("chat"))
		m.fillFrom(fModelUsed, "model")
		m.fillFrom(fOutTokens, "output_tokens")
		m.fillFrom(fCacheRead, "cache_read_tokens")
		m.fillFrom(fCacheWrite, "cache_creation_tokens")
		m.fillNumber(fChunkMillis, "ttft_ms")
		m.fillInput()
	case "claude_code.tool":
		m.fill(fOperation, attr.Str("execute_tool"))
		m.fillFrom(fToolName, "tool_name")
	}
	m.forget("user_prompt", "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens",
		"ttft_ms", "tool_name")
}

// fillInput adds the cache to the input.
func (m *mapping) fillInput() {
	v, ok := m.raw.Attributes.Get("input_tokens")
	if !ok || m.has(fInTokens) {
		return
	}
	n, known := m.whole(v)
	if !known {
		return
	}
	read, _ := m.count(fCacheRead)
	write, _ := m.count(fCacheWrite)
	m.fill(fInTokens, attr.Int64(n+read+write))
}
