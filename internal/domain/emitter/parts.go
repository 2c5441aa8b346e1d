package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// looksJSON says whether a string may hold a JSON object or list.
func looksJSON(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t', '\r', '\n':
		case '{', '[':
			return true
		default:
			return false
		}
	}
	return false
}

// structured answers the object or list that a string holds as JSON, and every other value as it is. Emitters put
// structures into strings because SDKs only knew scalars and flat lists for long.
func structured(v attr.Value) attr.Value {
	if s := v.Str(); looksJSON(s) {
		if p, ok := attr.ParseJSON(s); ok {
			return p
		}
	}
	return v
}

// unquoted is structured, and also takes a JSON string out of its quotes.
func unquoted(v attr.Value) attr.Value {
	if s := v.Str(); len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		if p, ok := attr.ParseJSON(s); ok {
			return p
		}
	}
	return structured(v)
}

// pick answers the first of keys that m holds with a value other than null.
func pick(m attr.Attrs, keys ...string) attr.Value {
	for _, k := range keys {
		if v, ok := m.Get(k); ok && !v.IsNull() {
			return v
		}
	}
	return attr.Value{}
}

func textPart(s string) trace.Part { return trace.Part{Type: trace.PartText, Text: s} }

func dataPart(v attr.Value) trace.Part { return trace.Part{Type: trace.PartData, Value: v} }

// appendContent appends what a message's content holds: text, one part, or a list of parts. Empty text is nothing.
func appendContent(parts []trace.Part, v attr.Value) []trace.Part {
	switch v.Kind() {
	case attr.Null:
		return parts
	case attr.String:
		if v.Str() == "" {
			return parts
		}
		return append(parts, textPart(v.Str()))
	case attr.List:
		if parts == nil {
			parts = make([]trace.Part, 0, len(v.List()))
		}
		for _, e := range v.List() {
			parts = appendContent(parts, e)
		}
		return parts
	case attr.Map:
		return append(parts, part(v))
	}
	return append(parts, textPart(v.Text()))
}

// part reads one part in the shapes of OpenTelemetry, OpenAI (chat and responses), Anthropic, Gemini, Bedrock, the AI SDK,
// pydantic-ai and OpenInference. A part of an unknown kind is kept whole.
func part(v attr.Value) trace.Part {
	m := v.Map()
	if inner := pick(m, "message_content"); inner.Kind() == attr.Map { // OpenInference's wrapper
		if c := pick(m, "tool_call"); c.Kind() == attr.Map && inner.Map().Str("type") == "tool_use" { // the call stands beside it
			return callPart(c.Map())
		}
		v, m = inner, inner.Map()
	}
	p, ok := trace.Part{}, false
	if typ := m.Str("type"); typ != "" {
		p, ok = typedPart(typ, m)
	} else {
		p, ok = untypedPart(m)
	}
	if !ok {
		return dataPart(v)
	}
	return p
}

func typedPart(typ string, m attr.Attrs) (trace.Part, bool) {
	switch typ {
	case "text", "input_text", "output_text", "summary_text":
		t := pick(m, "text", "content")
		return textPart(t.Text()), t.Kind() == attr.String
	case "reasoning", "thinking", "redacted_thinking", "reasoning_content":
		return reasoningPart(m)
	case "tool_call", "tool-call", "tool_use", "function_call", "function", "server_tool_use", "builtin-tool-call", "mcp_call", "server_tool_call":
		return callPart(m), true
	case "tool_call_response", "tool-result", "tool_result", "function_call_output", "server_tool_call_response",
		"web_search_tool_result":
		return resultPart(m), true
	}
	return mediaPart(typ, m)
}

// untypedPart reads shapes that name their kind by the key that they carry.
func untypedPart(m attr.Attrs) (trace.Part, bool) {
	for i := range m {
		inner := m[i].Value
		switch m[i].Key {
		case "text":
			if inner.Kind() != attr.String {
				return trace.Part{}, false
			}
			if t, _ := m.Get("thought"); t.Bool() {
				return trace.Part{Type: trace.PartReasoning, Text: inner.Str(), Value: pick(m, "thoughtSignature")}, true
			}
			return textPart(inner.Str()), true
		case "functionCall", "function_call", "toolUse", "tool_call":
			if inner.Kind() == attr.Map {
				return callPart(inner.Map()), true
			}
		case "functionResponse", "function_response", "toolResult":
			if inner.Kind() == attr.Map {
				return resultPart(inner.Map()), true
			}
		case "reasoningContent":
			if r := pick(inner.Map(), "reasoningText"); r.Kind() == attr.Map {
				return reasoningPart(r.Map())
			}
		case "inlineData", "inline_data":
			d := inner.Map()
			return bytesPart(pick(d, "mimeType", "mime_type").Str(), pick(d, "data"))
		case "fileData", "file_data":
			d := inner.Map()
			return uriPart(pick(d, "mimeType", "mime_type").Str(), pick(d, "fileUri", "file_uri").Str())
		case "image", "video", "document", "audio":
			return bedrockMedia(m[i].Key, inner.Map())
		}
	}
	return trace.Part{}, false
}

// reasoningPart keeps the signature, by which a provider accepts the reasoning back, in Value.
func reasoningPart(m attr.Attrs) (trace.Part, bool) {
	p := trace.Part{Type: trace.PartReasoning, Value: pick(m, "signature", "thoughtSignature", "encrypted_content", "data")}
	t := pick(m, "content", "text", "thinking", "reasoning")
	if s := pick(m, "summary"); t.IsNull() && s.Kind() == attr.List {
		var b []string
		for _, e := range s.List() {
			if s := scalar(e.Map(), "text"); s != "" {
				b = append(b, s)
			}
		}
		t = attr.Str(strings.Join(b, "\n"))
	}
	if t.Kind() != attr.String && t.Kind() != attr.Null || t.IsNull() && p.Value.IsNull() {
		return trace.Part{}, false
	}
	p.Text = t.Str()
	return p, true
}

func callPart(m attr.Attrs) trace.Part {
	p := trace.Part{Type: trace.PartToolCall, ID: pick(m, "id", "call_id", "toolCallId", "toolUseId", "tool_call_id").Text()}
	if c := pick(m, "call_id"); !c.IsNull() { // the responses API has both, and answers name this one
		p.ID = c.Text()
	}
	if f := pick(m, "function"); f.Kind() == attr.Map {
		m = f.Map()
	}
	p.Name = pick(m, "name", "toolName", "tool_name").Text()
	p.Value = structured(pick(m, "arguments", "args", "input", "server_tool_call"))
	return p
}

func resultPart(m attr.Attrs) trace.Part {
	return trace.Part{
		Type:  trace.PartToolResult,
		ID:    pick(m, "id", "tool_call_id", "tool_use_id", "call_id", "toolCallId", "toolUseId").Text(),
		Name:  pick(m, "name", "toolName", "tool_name").Text(),
		Value: resultValue(pick(m, "result", "response", "content", "output", "server_tool_call_response")),
	}
}

// resultValue takes a result out of its envelopes: JSON in a string, the AI SDK's {type, value}, one text part alone.
func resultValue(v attr.Value) attr.Value {
	v = structured(v)
	if v.Kind() == attr.Map {
		typ := v.Map().Str("type")
		if inner, ok := v.Map().Get("value"); ok && (typ == "text" || typ == "json" || typ == "error-text" || typ == "error-json") {
			return inner
		}
	}
	if l := v.List(); len(l) == 1 && l[0].Kind() == attr.Map && len(l[0].Map()) == 2 && l[0].Map().Str("type") == "text" {
		if t := pick(l[0].Map(), "text"); t.Kind() == attr.String {
			return t
		}
	}
	return v
}
