package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// content fills input, output and finish reason. The sources stand in one order; the first that yields a message wins.
func (m *mapping) content() {
	m.out.Input = m.input()
	if sys := m.at[fSystem]; sys != nil {
		m.out.Input = withSystem(*sys, m.out.Input)
	} else if m.hasFlat(fFlatIn) {
		m.out.Input = m.requestSystem(m.out.Input)
	}
	m.out.Output = m.output()
	m.out.FinishReason = m.finishReason()
}

// requestSystem puts first the system prompt that OpenInference leaves in the request, where Anthropic's API has it apart
// from the messages.
func (m *mapping) requestSystem(body []trace.Message) []trace.Message {
	for i := range body {
		if body[i].Role == "system" {
			return body
		}
	}
	for _, f := range [...]field{fParameters, fInValue} {
		if s := m.text(f); !strings.Contains(s, `"system"`) && !strings.Contains(s, `"instructions"`) {
			continue
		}
		if sys := pick(structured(m.value(f)).Map(), "system", "instructions"); sys.Kind() == attr.String || sys.Kind() == attr.List {
			return withSystem(sys, body)
		}
	}
	return body
}

func (m *mapping) input() []trace.Message {
	if v := m.at[fInMessages]; v != nil {
		if msgs := readMessages(*v, "user"); len(msgs) > 0 {
			return msgs
		}
	}
	if msgs := m.flatMessages(fFlatIn, "user"); msgs != nil {
		return msgs
	}
	if msgs := m.flatMessages(fFlatPrompt, "user"); msgs != nil {
		return msgs
	}
	if v := m.at[fVercelMessages]; v != nil {
		if msgs := readMessages(*v, "user"); len(msgs) > 0 {
			return msgs
		}
	}
	if in, _ := m.transcript(); in != nil {
		return in
	}
	if m.inEvents != nil {
		return m.inEvents
	}
	if m.hasFlat(fFlatPrompts) {
		return completionTexts(m.tree(fFlatPrompts), "prompt", "user")
	}
	if parts := m.embedTexts(); parts != nil {
		return []trace.Message{{Role: "user", Parts: parts}}
	}
	if s := m.text(fQuery); s != "" {
		return []trace.Message{{Role: "user", Parts: []trace.Part{textPart(s)}}}
	}
	if !m.has(fInValue) || m.inIsArguments() {
		return nil
	}
	return m.anyValue(fInValue, fInMIME, "user")
}

func (m *mapping) output() []trace.Message {
	if v := m.at[fOutMessages]; v != nil {
		if msgs := readMessages(*v, "assistant"); len(msgs) > 0 {
			return msgs
		}
	}
	if msgs := m.flatMessages(fFlatOut, "assistant"); msgs != nil {
		return msgs
	}
	if msgs := m.flatMessages(fFlatCompletion, "assistant"); msgs != nil {
		return msgs
	}
	if parts := m.vercelParts(); parts != nil {
		return []trace.Message{{Role: "assistant", Parts: parts, FinishReason: m.statedFinish()}}
	}
	if _, out := m.transcript(); out != nil {
		return out
	}
	if m.outEvents != nil {
		return m.outEvents
	}
	if m.hasFlat(fFlatChoices) {
		return completionTexts(m.tree(fFlatChoices), "completion", "assistant")
	}
	if !m.has(fOutValue) || m.outIsResult() || m.out.Documents != nil && m.fromOutValue() {
		return nil
	}
	if m.out.Kind == trace.Embedding && looksJSON(m.text(fOutValue)) { // vectors stay in the raw attributes
		return nil
	}
	return m.anyValue(fOutValue, fOutMIME, "assistant")
}

// inIsArguments says that a tool's generic input is its arguments, because the emitter has no key for these.
func (m *mapping) inIsArguments() bool { return m.out.Kind == trace.ToolCall && !m.has(fToolArguments) }

func (m *mapping) outIsResult() bool { return m.out.Kind == trace.ToolCall && !m.has(fToolResult) }

// flatMessages reads a flattened family of messages. Traceloop writes a list of parts as JSON text.
func (m *mapping) flatMessages(f field, fallback string) []trace.Message {
	if !m.hasFlat(f) {
		return nil
	}
	list := m.tree(f).List()
	out := make([]trace.Message, 0, len(list))
	for _, v := range list {
		if v.Kind() != attr.Map {
			out = append(out, trace.Message{Role: fallback, Parts: appendContent(nil, v)})
			continue
		}
		if f == fFlatPrompt || f == fFlatCompletion {
			v = contentParsed(v)
		}
		out = append(out, message(v, fallback))
	}
	return out
}

// contentParsed answers a message whose content, where it is JSON text of parts, is those parts.
func contentParsed(v attr.Value) attr.Value {
	m := v.Map()
	for i := range m {
		if m[i].Key != "content" || !looksJSON(m[i].Value.Str()) {
			continue
		}
		p := structured(m[i].Value)
		for _, e := range p.List() {
			if e.Map().Str("type") == "" {
				return v
			}
		}
		if len(p.List()) > 0 {
			c := append(attr.Attrs(nil), m...)
			c[i].Value = p
			return attr.MapOf(c)
		}
	}
	return v
}

// completionTexts reads OpenInference's plain completions: {"prompt": {"text": ...}}.
func completionTexts(list attr.Value, wrapper, role string) []trace.Message {
	var out []trace.Message
	for _, v := range list.List() {
		if s := scalar(pick(v.Map(), wrapper).Map(), "text"); s != "" {
			out = append(out, trace.Message{Role: role, Parts: []trace.Part{textPart(s)}})
		}
	}
	return out
}

// embedTexts answers what was embedded, one part a text. The vectors stay in the raw attributes.
func (m *mapping) embedTexts() []trace.Part {
	var parts []trace.Part
	if v := m.at[fInTexts]; v != nil {
		for _, e := range oneOrMany(structured(*v)) {
			parts = append(parts, textPart(unquoted(e).Text()))
		}
	}
	if parts == nil && m.hasFlat(fFlatEmbeddings) {
		for _, e := range m.tree(fFlatEmbeddings).List() {
			if s := scalar(pick(e.Map(), "embedding").Map(), "text"); s != "" {
				parts = append(parts, textPart(s))
			}
		}
	}
	if in := m.value(fInValue); parts == nil && m.out.Kind == trace.Embedding && looksJSON(in.Str()) { // a whole request
		for _, e := range oneOrMany(pick(structured(in).Map(), "input")) {
			if e.Kind() != attr.String {
				return nil
			}
			parts = append(parts, textPart(e.Str()))
		}
	}
	return parts
}

// vercelParts assembles the AI SDK's answer, which has a key for each kind of part.
func (m *mapping) vercelParts() []trace.Part {
	var parts []trace.Part
	if s := m.text(fOutReasoning); s != "" {
		parts = append(parts, trace.Part{Type: trace.PartReasoning, Text: s})
	}
	if s := m.text(fOutText); s != "" {
		parts = append(parts, textPart(s))
	}
	if v := m.at[fOutToolCalls]; v != nil {
		for _, c := range oneOrMany(structured(*v)) {
			parts = append(parts, toolCall(c))
		}
	}
	if v := m.at[fOutObject]; v != nil {
		parts = append(parts, dataPart(unquoted(*v)))
	}
	if v := m.at[fOutFiles]; v != nil {
		for _, f := range oneOrMany(structured(*v)) {
			f = structured(f)
			p, ok := mediaPart("file", f.Map())
			if !ok {
				p = dataPart(f)
			}
			parts = append(parts, p)
		}
	}
	return parts
}

// transcript reads pydantic-ai's whole-run attributes and splits them: the messages after the last one that is not the
// assistant's are the output.
func (m *mapping) transcript() (in, out []trace.Message) {
	if v := m.at[fAllMessages]; v != nil {
		msgs := readMessages(*v, "user")
		n := len(msgs)
		for n > 0 && msgs[n-1].Role == "assistant" {
			n--
		}
		return emptyAsNil(msgs[:n]), emptyAsNil(msgs[n:])
	}
	v := m.at[fEventList]
	if v == nil {
		return nil, nil
	}
	for _, e := range structured(*v).List() {
		e = structured(e)
		name := e.Map().Str("event.name")
		choice := name == "gen_ai.choice" || name == "" && pick(e.Map(), "message").Kind() == attr.Map // newer ones are unnamed
		switch {
		case choice:
			out = append(out, message(e, "assistant"))
		case strings.HasPrefix(name, "gen_ai."):
			in = append(in, message(e, eventRole(name)))
		case name == "" && isMessage(e):
			in = append(in, message(e, "user"))
		}
	}
	return in, out
}

func emptyAsNil(m []trace.Message) []trace.Message {
	if len(m) == 0 {
		return nil
	}
	return m
}

// anyValue reads an attribute that may hold anything: messages where it holds a request, an answer or a list of them,
// else one message with the text or the data.
func (m *mapping) anyValue(f, mime field, role string) []trace.Message {
	v := m.value(f)
	switch kind := m.text(mime); {
	case strings.HasPrefix(kind, "text/"):
	case strings.Contains(kind, "json"), writesJSON(m.source(f)):
		v = unquoted(v)
	default:
		v = structured(v)
	}
	switch v.Kind() {
	case attr.Map:
		if f == fInValue {
			m.inTools = pick(v.Map(), "tools")
		}
		if msgs := container(v.Map(), role, 0); len(msgs) > 0 {
			return msgs
		}
		if isMessage(v) {
			return []trace.Message{message(v, role)}
		}
		return []trace.Message{{Role: role, Parts: []trace.Part{dataPart(v)}}}
	case attr.List:
		if onlyMessages(v.List()) {
			return messageList(v.List(), role)
		}
		return []trace.Message{{Role: role, Parts: []trace.Part{dataPart(v)}}}
	}
	if s := v.Text(); s != "" {
		return []trace.Message{{Role: role, Parts: []trace.Part{textPart(s)}}}
	}
	return nil
}

// writesJSON says that a key's emitter serialises everything, so that a text stands in quotes.
func writesJSON(key string) bool {
	return strings.HasPrefix(key, "mlflow.") || strings.HasPrefix(key, "langfuse.") || strings.HasPrefix(key, "traceloop.") ||
		strings.HasPrefix(key, "ai.") || key == "final_result"
}

// statedFinish is the finish reason that the span states; of a list the first.
func (m *mapping) statedFinish() string {
	v := structured(m.value(fFinish))
	if l := v.List(); l != nil {
		if len(l) == 0 {
			return ""
		}
		v = l[0]
	}
	return v.Text()
}

func (m *mapping) finishReason() string {
	if s := m.statedFinish(); s != "" {
		return s
	}
	for i := range m.out.Output {
		if s := m.out.Output[i].FinishReason; s != "" {
			return s
		}
	}
	return ""
}
