package emitter

import (
	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// maxEnvelopes bounds how deep messages are looked for inside requests and answers.
const maxEnvelopes = 3

// container finds the messages inside a whole request or answer: OpenAI's (chat, completions, responses), Anthropic's,
// Gemini's, the AI SDK's prompt, LangChain's results and graph states. It answers nil where it finds none.
func container(m attr.Attrs, fallback string, depth int) []trace.Message {
	if depth > maxEnvelopes {
		return nil
	}
	if msgs := answer(m, depth); msgs != nil {
		return msgs
	}
	var body []trace.Message
	if l := structured(pick(m, "messages")).List(); onlyMessages(l) {
		body = messageList(l, "user")
	} else if l := pick(m, "contents").List(); len(l) > 0 && hasContent(l[0]) {
		body = messageList(l, "user")
	} else if p := pick(m, "prompt"); p.Kind() == attr.String || onlyMessages(p.List()) {
		body = readMessages(p, "user")
	} else if in := pick(m, "input"); onlyMessages(in.List()) || in.Kind() == attr.String && !pick(m, "model", "instructions").IsNull() {
		body = readMessages(in, "user")
	}
	if body != nil {
		sys := pick(m, "system", "systemInstruction", "system_instruction", "instructions")
		if sys.IsNull() {
			sys = pick(pick(m, "config").Map(), "systemInstruction", "system_instruction")
		}
		return withSystem(sys, body)
	}
	for _, key := range [...]string{"inputs", "input", "outputs", "kwargs", "body", "request"} {
		if inner := structured(pick(m, key)); inner.Kind() == attr.Map && (len(m) == 1 || key != "kwargs" || !pick(m, "lc").IsNull()) {
			if msgs := container(inner.Map(), fallback, depth+1); msgs != nil {
				return msgs
			}
		}
	}
	return nil
}

// answer finds the messages inside an answer.
func answer(m attr.Attrs, depth int) []trace.Message {
	if l := pick(m, "choices").List(); len(l) > 0 {
		return messageList(l, "assistant")
	}
	if l := pick(m, "candidates").List(); len(l) > 0 {
		out := make([]trace.Message, 0, len(l))
		for _, c := range l {
			msg := message(pick(c.Map(), "content"), "assistant")
			msg.FinishReason = pick(c.Map(), "finishReason", "finish_reason").Text()
			out = append(out, msg)
		}
		return out
	}
	if l := pick(m, "output").List(); onlyMessages(l) && !pick(m, "model", "status", "object").IsNull() {
		return messageList(l, "assistant")
	}
	if c := pick(m, "output").Map(); pick(c, "message").Kind() == attr.Map { // Bedrock
		return []trace.Message{message(pick(c, "message"), "assistant")}
	}
	if l := pick(m, "generations").List(); len(l) > 0 {
		return generations(l)
	}
	if c := pick(m, "content"); c.Kind() == attr.Map && pick(m, "role").IsNull() && hasContent(c) { // Google's agent kit
		return []trace.Message{message(c, "assistant")}
	}
	if s := pick(m, "combined_chunk_content"); s.Kind() == attr.String { // Logfire's record of a stream
		return []trace.Message{{Role: "assistant", Parts: appendContent(nil, s)}}
	}
	return nil
}

// generations reads LangChain's result: one list per prompt, each element a text with or without its message.
func generations(list []attr.Value) []trace.Message {
	var out []trace.Message
	for _, g := range list {
		if l := g.List(); l != nil {
			out = append(out, generations(l)...)
			continue
		}
		msg := message(g, "assistant")
		info := pick(g.Map(), "generation_info").Map()
		if msg.FinishReason == "" {
			msg.FinishReason = pick(info, "finish_reason", "stop_reason").Text()
		}
		out = append(out, msg)
	}
	return out
}

// withSystem puts system instructions first, unless the first message already is that.
func withSystem(sys attr.Value, body []trace.Message) []trace.Message {
	sys = structured(sys)
	if sys.IsNull() {
		return body
	}
	first := trace.Message{Role: "system"}
	if sys.Kind() == attr.Map && !pick(sys.Map(), "parts", "content").IsNull() && sys.Map().Str("type") == "" {
		var b spoken
		b.read(sys.Map())
		first.Parts = b.parts(&first)
	} else {
		for _, v := range oneOrMany(sys) {
			if isMessage(v) {
				first.Parts = append(first.Parts, message(v, "system").Parts...)
				continue
			}
			first.Parts = appendContent(first.Parts, v)
		}
	}
	if len(first.Parts) == 0 || len(body) > 0 && body[0].Role == "system" && sameText(body[0].Parts, first.Parts) {
		return body
	}
	return append([]trace.Message{first}, body...)
}

func oneOrMany(v attr.Value) []attr.Value {
	if v.Kind() == attr.List {
		return v.List()
	}
	return []attr.Value{v}
}

func sameText(a, b []trace.Part) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || a[i].Text != b[i].Text {
			return false
		}
	}
	return true
}
