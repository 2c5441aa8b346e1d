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

// spoken is what a message's own keys hold, found in one pass.
type spoken struct {
	role, name, finish string
	typ                string
	content            *attr.Value
	contentRank        int
	calls, call, extra *attr.Value
	callName, callArgs *attr.Value
	reasoning, refusal string
	toolID             string
	inner, id          *attr.Value
}

// read files the keys of a message in any dialect. Where two keys could be the content, parts wins over contents,
// content and text in this order.
func (b *spoken) read(m attr.Attrs) {
	for i := range m {
		v := &m[i].Value
		if v.IsNull() {
			continue
		}
		rank := 0
		switch m[i].Key {
		case "role":
			b.role = v.Text()
		case "parts":
			rank = 4
		case "contents":
			rank = 3
		case "content":
			rank = 2
		case "text":
			rank = 1
		case "type":
			b.typ = v.Str()
		case "name":
			b.name = v.Text()
		case "finish_reason", "finishReason", "stop_reason":
			b.finish = v.Text()
		case "reasoning_content", "reasoning", "thinking":
			b.reasoning = v.Str()
		case "refusal":
			b.refusal = v.Str()
		case "tool_calls", "toolCalls":
			b.calls = v
		case "additional_kwargs":
			b.extra = v
		case "function_call":
			b.call = v
		case "function_call_name":
			b.callName = v
		case "function_call_arguments_json":
			b.callArgs = v
		case "tool_call_id", "toolCallId":
			b.toolID = v.Text()
		case "id":
			b.id = v
		case "message", "kwargs", "delta":
			b.inner = v
		}
		if rank > b.contentRank {
			b.content, b.contentRank = v, rank
		}
	}
}

// message reads one message. fallback is the role where it names none.
func message(v attr.Value, fallback string) trace.Message {
	var b spoken
	b.read(v.Map())
	lcName := ""
	for range 3 { // unwrap OpenInference's and OpenAI's message, OpenAI's delta, LangChain's kwargs
		if b.inner == nil || b.inner.Kind() != attr.Map || b.role != "" || b.contentRank == 2 {
			break
		}
		if b.id != nil && len(b.id.List()) > 0 {
			lcName = b.id.List()[len(b.id.List())-1].Text()
		}
		outer := b.finish
		inner := b.inner.Map()
		b = spoken{finish: outer}
		b.read(inner)
	}
	out := trace.Message{Role: fallback, Name: b.name, FinishReason: b.finish}
	switch {
	case b.role != "":
		out.Role = role(b.role)
	case langChainType(b.typ):
		out.Role = role(b.typ)
	case langChainType(lcName):
		out.Role = role(lcName)
	}
	out.Parts = b.parts(&out)
	return out
}

// parts collects the parts in the order reasoning, content, refusal, tool calls.
func (b *spoken) parts(out *trace.Message) []trace.Part {
	var parts []trace.Part
	if b.reasoning != "" {
		parts = append(parts, trace.Part{Type: trace.PartReasoning, Text: b.reasoning})
	}
	if out.Role == "tool" || b.toolID != "" && out.Role == "user" { // Anthropic's user brings a tool's result
		parts = b.toolContent(parts)
	} else if b.content != nil {
		parts = appendContent(parts, *b.content)
	}
	if b.refusal != "" {
		parts = append(parts, dataPart(attr.MapOf(attr.Attrs{
			{Key: "type", Value: attr.Str("refusal")}, {Key: "refusal", Value: attr.Str(b.refusal)}})))
	}
	var calls []attr.Value
	switch {
	case b.calls != nil:
		calls = structured(*b.calls).List()
	case b.extra != nil:
		calls = pick(b.extra.Map(), "tool_calls").List()
	}
	said := len(parts)
	for _, c := range calls {
		if p := toolCall(c); !repeats(parts[:said], p) {
			parts = append(parts, p)
		}
	}
	if b.call != nil && b.call.Kind() == attr.Map {
		parts = append(parts, callPart(b.call.Map()))
	}
	if b.callName != nil { // OpenInference's form of it
		p := trace.Part{Type: trace.PartToolCall, Name: b.callName.Text()}
		if b.callArgs != nil {
			p.Value = structured(*b.callArgs)
		}
		parts = append(parts, p)
	}
	return parts
}

// repeats says that the content already holds the call p, which OpenInference then lists a second time.
func repeats(said []trace.Part, p trace.Part) bool {
	for i := range said {
		if p.ID != "" && said[i].Type == trace.PartToolCall && said[i].ID == p.ID {
			return true
		}
	}
	return false
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
func (b *spoken) toolContent(parts []trace.Part) []trace.Part {
	p := trace.Part{Type: trace.PartToolResult, ID: b.toolID, Name: b.name}
	if p.ID == "" && b.id != nil {
		p.ID = b.id.Text()
	}
	if b.content == nil {
		return append(parts, p)
	}
	if len(b.content.List()) > 0 {
		own, onlyText := appendContent(nil, *b.content), true
		for i := range own {
			if own[i].Type == trace.PartToolResult {
				if parts == nil {
					return own
				}
				return append(parts, own...)
			}
			onlyText = onlyText && own[i].Type == trace.PartText
		}
		if len(own) == 1 && onlyText {
			p.Value = attr.Str(own[0].Text)
			return append(parts, p)
		}
	}
	p.Value = resultValue(*b.content)
	return append(parts, p)
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
