package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// role answers one of system, user, assistant, tool where s is another word for it, else s in small letters.
func role(s string) string {
	switch s {
	case "system", "user", "assistant", "tool":
		return s
	}
	switch s = strings.ToLower(s); s {
	case "human", "humanmessage", "humanmessagechunk":
		return "user"
	case "ai", "model", "aimessage", "aimessagechunk", "chatbot":
		return "assistant"
	case "function", "toolmessage", "functionmessage":
		return "tool"
	case "systemmessage":
		return "system"
	}
	return s
}

// langChainType are the values of a LangChain message's type, which stands where others have a role.
func langChainType(s string) bool {
	switch s {
	case "human", "ai", "system", "tool", "function", "AIMessageChunk", "HumanMessage", "AIMessage", "SystemMessage", "ToolMessage":
		return true
	}
	return false
}

// isMessage says whether v has the shape of a message in any of the dialects.
func isMessage(v attr.Value) bool {
	m := v.Map()
	for i := range m {
		switch m[i].Key {
		case "role":
			return true
		case "message", "kwargs", "delta":
			if m[i].Value.Kind() == attr.Map && (isMessage(m[i].Value) || m[i].Key == "kwargs" && !pick(m[i].Value.Map(), "content").IsNull()) {
				return true
			}
		case "type":
			if langChainType(m[i].Value.Str()) && !pick(m, "content").IsNull() {
				return true
			}
		}
	}
	return false
}

// isItem says whether v is one of the responses API's items beside messages, or a part that stands alone in a list.
func isItem(v attr.Value) bool {
	switch v.Map().Str("type") {
	case "message", "function_call", "function_call_output", "reasoning", "text", "tool_use", "tool_result", "thinking",
		"output_text", "input_text", "tool_call", "tool_call_response", "tool-call", "tool-result", "image", "image_url":
		return true
	}
	return false
}

// message reads one message. fallback is the role where it names none.
func message(v attr.Value, fallback string) trace.Message {
	out := trace.Message{Role: fallback}
	m := v.Map()
	out.FinishReason = pick(m, "finish_reason", "finishReason", "stop_reason").Text()
	lcName := ""
	for range 3 { // unwrap OpenInference's and OpenAI's message, OpenAI's delta, LangChain's kwargs
		inner := pick(m, "message", "kwargs", "delta")
		if inner.Kind() != attr.Map || !pick(m, "role", "content").IsNull() {
			break
		}
		if id := pick(m, "id").List(); len(id) > 0 {
			lcName = id[len(id)-1].Text()
		}
		m = inner.Map()
		if out.FinishReason == "" {
			out.FinishReason = pick(m, "finish_reason", "stop_reason").Text()
		}
	}
	switch r := pick(m, "role").Text(); {
	case r != "":
		out.Role = role(r)
	case langChainType(m.Str("type")):
		out.Role = role(m.Str("type"))
	case langChainType(lcName):
		out.Role = role(lcName)
	}
	out.Name = pick(m, "name").Text()
	out.Parts = messageParts(m, &out)
	return out
}

// messageParts collects the parts in the order reasoning, content, tool calls.
func messageParts(m attr.Attrs, out *trace.Message) []trace.Part {
	var parts []trace.Part
	for i := range m {
		switch m[i].Key {
		case "reasoning_content", "reasoning", "thinking":
			if s := m[i].Value.Str(); s != "" {
				parts = append(parts, trace.Part{Type: trace.PartReasoning, Text: s})
			}
		}
	}
	content := pick(m, "parts", "contents", "content", "text")
	if out.Role == "tool" {
		parts = toolContent(parts, m, content, out)
	} else {
		parts = appendContent(parts, content)
	}
	if s := pick(m, "refusal").Str(); s != "" {
		parts = append(parts, dataPart(attr.MapOf(attr.Attrs{{Key: "type", Value: attr.Str("refusal")}, {Key: "refusal", Value: attr.Str(s)}})))
	}
	calls := structured(pick(m, "tool_calls", "toolCalls")).List()
	if calls == nil && len(pick(m, "additional_kwargs").Map()) > 0 {
		calls = pick(pick(m, "additional_kwargs").Map(), "tool_calls").List()
	}
	for _, c := range calls {
		parts = append(parts, toolCall(c))
	}
	if f := pick(m, "function_call"); f.Kind() == attr.Map {
		parts = append(parts, callPart(f.Map()))
	}
	if name := pick(m, "function_call_name"); !name.IsNull() { // OpenInference's form of it
		parts = append(parts, trace.Part{Type: trace.PartToolCall, Name: name.Text(),
			Value: structured(pick(m, "function_call_arguments_json"))})
	}
	return parts
}

func toolCall(v attr.Value) trace.Part {
	v = structured(v)
	if inner := pick(v.Map(), "tool_call"); inner.Kind() == attr.Map {
		v = inner
	}
	if v.Kind() != attr.Map {
		return dataPart(v)
	}
	return callPart(v.Map())
}

// toolContent reads the content of a tool's message: parts that are results as they are, anything else as the result.
func toolContent(parts []trace.Part, m attr.Attrs, content attr.Value, out *trace.Message) []trace.Part {
	if l := content.List(); len(l) > 0 {
		before := len(parts)
		parts = appendContent(parts, content)
		for _, p := range parts[before:] {
			if p.Type == trace.PartToolResult {
				return parts
			}
		}
		parts = parts[:before]
	}
	id := pick(m, "tool_call_id", "toolCallId", "id").Text()
	return append(parts, trace.Part{Type: trace.PartToolResult, ID: id, Name: out.Name, Value: resultValue(content)})
}

// messageList reads a list of messages, parts or plain texts. Parts without a message of their own join the message
// before them where its role was assumed too.
func messageList(list []attr.Value, fallback string) []trace.Message {
	out := make([]trace.Message, 0, len(list))
	assumed := false
	for _, v := range list {
		v = structured(v)
		if l := v.List(); len(l) > 0 { // LangChain nests one list per prompt of a batch
			out = append(out, messageList(l, fallback)...)
			assumed = false
			continue
		}
		if v.Kind() == attr.Map && (isMessage(v) || !isItem(v) && hasContent(v)) {
			out, assumed = append(out, message(v, fallback)), false
			continue
		}
		parts := appendContent(nil, v)
		if len(parts) == 0 {
			continue
		}
		r := fallback
		switch parts[0].Type {
		case trace.PartToolResult:
			r = "tool"
		case trace.PartToolCall, trace.PartReasoning:
			r = "assistant"
		}
		if n := len(out); assumed && out[n-1].Role == r {
			out[n-1].Parts = append(out[n-1].Parts, parts...)
			continue
		}
		out, assumed = append(out, trace.Message{Role: r, Parts: parts}), true
	}
	return out
}

// hasContent says whether a map without a role still speaks: {"content": ...} or {"parts": ...} and the like.
func hasContent(v attr.Value) bool {
	return !pick(v.Map(), "content", "parts", "tool_calls").IsNull()
}

// onlyMessages says whether every element of a list is a message, so that a list of anything else stays data.
func onlyMessages(list []attr.Value) bool {
	for _, v := range list {
		if l := v.List(); len(l) > 0 && onlyMessages(l) {
			continue
		}
		if !isMessage(v) && !isItem(v) {
			return false
		}
	}
	return len(list) > 0
}

// readMessages reads an attribute that is meant to hold messages: structured, JSON in a string, a list of JSON strings,
// one message, or failing all that one text.
func readMessages(v attr.Value, fallback string) []trace.Message {
	v = structured(v)
	switch v.Kind() {
	case attr.List:
		return messageList(v.List(), fallback)
	case attr.Map:
		if msgs := container(v.Map(), fallback, 0); msgs != nil {
			return msgs
		}
		return messageList([]attr.Value{v}, fallback)
	case attr.Null:
		return nil
	}
	return []trace.Message{{Role: fallback, Parts: []trace.Part{textPart(v.Text())}}}
}
