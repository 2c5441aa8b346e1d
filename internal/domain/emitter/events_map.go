package emitter

import (
	"slices"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// codingAgent reads what is particular to spans derived from a coding agent's events, and to the spans that such
// agents send themselves. It runs after gather and answers the agent, "" for everybody else.
func (m *mapping) codingAgent() string {
	if v, ok := m.raw.Attributes.Get(attrDerived); ok && v.Bool() {
		m.out.Derived = true
		if m.source(fPromptName) == "prompt.id" { // it names one prompt of a person, not a template
			m.at[fPromptName] = nil
		}
		m.forget(attrDerived, attrSuperseded)
		m.forget(eventKeys[:]...)
		return m.raw.Attributes.Str("gen_ai.agent.name")
	}
	if strings.HasPrefix(m.raw.Name, "claude_code.") {
		m.claudeSpan()
		return ClaudeCode
	}
	if m.raw.Scope != nil && m.raw.Scope.Name == GeminiCLI {
		return GeminiCLI
	}
	return ""
}

// counted changes the kind of a superseded span: its call is counted with the span that the agent sent.
func (m *mapping) counted(k trace.Kind) trace.Kind {
	if m.out.Derived && k != trace.AgentRun && IsSuperseded(m.raw) {
		return trace.Other
	}
	return k
}

// fill gives a field a value where the span has none for it.
func (m *mapping) fill(f field, v attr.Value) {
	if m.at[f] == nil && !v.IsNull() {
		m.at[f] = &v
	}
}

func (m *mapping) fillFrom(f field, key string) {
	v, _ := m.raw.Attributes.Get(key)
	m.fill(f, v)
}

// fillNumber is fillFrom for what must be a finite number of at least zero.
func (m *mapping) fillNumber(f field, key string) {
	v, ok := m.raw.Attributes.Get(key)
	if !ok {
		return
	}
	if n, ok := v.Number(); !ok || n < 0 {
		m.mark(trace.MarkBadNumber)
		return
	}
	m.fill(f, v)
}

// forget takes keys that were read after all from the list of those that were not.
func (m *mapping) forget(keys ...string) {
	m.unread = slices.DeleteFunc(m.unread, func(k string) bool { return slices.Contains(keys, k) })
}

// eventKeys are the attributes that the derivation of spans reads, beside those of the rules.
var eventKeys = [...]string{
	"app.version", "arguments", "auth_type", "cache_creation_tokens", "cache_read_tokens", "cached_content_token_count",
	"cached_token_count", "call_id", "conversation.id", "cost_usd", "duration_ms", "endpoint", "error", "error.message",
	"error_type", "event.kind", "event.name", "event.sequence", "event.timestamp", "finish_reasons", "function_args",
	"function_name", "gen_ai.response.id", "http.response.status_code", "input_token_count", "input_tokens",
	"installation.id", "model", "output_token_count", "output_tokens", "prompt", "prompt_id", "reasoning_token_count",
	"request_id", "response_text", "success", "thoughts_token_count", "tool_input", "tool_name", "tool_parameters",
	"tool_token_count", "tool_use_id", "user.account_id", "user.email",
}
