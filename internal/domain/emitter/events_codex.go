package emitter

import (
	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// readCodex reads the events of Codex. The tokens of a model call come with the last event of its stream, which says
// nothing of its duration; the request's own event is an attempt below it.
func readCodex(d *derivation, event string) bool {
	if d.r.Resource != nil {
		if env := d.r.Resource.Attributes.Str("env"); env != "" {
			d.set("deployment.environment.name", attr.Str(env))
		}
	}
	switch event {
	case "conversation_starts":
		d.root = true
		d.isPrompt()
	case "user_prompt":
		d.isPrompt()
	case "sse_event":
		return d.codexStream()
	case "api_request", "websocket_request":
		d.call = d.text("attempt")
		d.isOther(d.text("endpoint"))
		d.took("duration_ms")
		if s := d.text("error.message"); s != "" {
			d.failed(s)
		} else if s := d.text("http.response.status_code"); len(s) == 3 && s[0] >= '4' {
			d.failed("HTTP status " + s)
		}
	case "tool_result":
		d.call = d.text("call_id") + "\x00" + d.text("tool_name") // a tool that could not start has no call id
		d.isTool(d.text("tool_name"))
		d.copy("gen_ai.tool.call.id", "call_id")
		d.copy("gen_ai.tool.call.arguments", "arguments")
		d.took("duration_ms")
	case "tool_decision":
		d.call = d.text("call_id")
		d.isOther(d.text("tool_name"))
	default:
		return false
	}
	return true
}

// codexStream takes the events that end a model call: the one with its tokens, and failures.
func (d *derivation) codexStream() bool {
	kind, failure := d.text("event.kind"), d.text("error.message")
	switch {
	case kind == "response.completed" && (d.text("input_token_count") != "" || failure != ""):
	case (kind == "response.failed" || kind == "") && failure != "":
	default:
		return false
	}
	d.call = kind
	model := d.text("model")
	d.isCall("chat", "openai", model)
	d.copy("gen_ai.request.model", "model")
	d.copy("gen_ai.usage.input_tokens", "input_token_count")
	d.copy("gen_ai.usage.output_tokens", "output_token_count")
	d.copy("gen_ai.usage.cache_read.input_tokens", "cached_token_count")
	d.copy("gen_ai.usage.reasoning.output_tokens", "reasoning_token_count")
	d.raw.Marks = append(d.raw.Marks, trace.MarkTimeAssumed)
	d.raw.StatusCode = trace.StatusOK
	if failure != "" {
		d.failed(failure)
	}
	return true
}
