package emitter

import (
	"cmp"
	"slices"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// events reads what arrives as span events or as joined log records: the single event of the current convention, the
// message events before it, content events before those, and the marks of a stream's first token.
func (m *mapping) events() {
	evs := m.raw.Events
	if len(evs) == 0 {
		return
	}
	byTime := func(a, b trace.Event) int { return cmp.Compare(a.Time, b.Time) }
	if !slices.IsSortedFunc(evs, byTime) { // log records join in the order of their arrival
		evs = slices.Clone(evs)
		slices.SortStableFunc(evs, byTime)
	}
	for i := range evs {
		m.event(&evs[i])
	}
}

func (m *mapping) event(ev *trace.Event) {
	switch ev.Name {
	case "gen_ai.client.inference.operation.details":
		m.gather(ev.Attributes, fromEvent)
		m.gather(structured(ev.Body).Map(), fromEvent)
	case "gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message":
		m.inEvents = appendEvent(m.inEvents, ev)
	case "gen_ai.choice":
		m.outEvents = appendEvent(m.outEvents, ev)
	case "gen_ai.content.prompt":
		if v, ok := ev.Attributes.Get("gen_ai.prompt"); ok {
			m.inEvents = append(m.inEvents, readMessages(v, "user")...)
		}
	case "gen_ai.content.completion":
		if v, ok := ev.Attributes.Get("gen_ai.completion"); ok {
			m.outEvents = append(m.outEvents, readMessages(v, "assistant")...)
		}
	case "ai.stream.firstChunk", "First Token Stream Event", "gen_ai.content.completion.chunk", "llm.content.completion.chunk":
		if m.firstEvent == 0 {
			m.firstEvent = ev.Time
		}
	}
}

func eventRole(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, "gen_ai."), ".message")
}

// appendEvent appends the message of an event, whose content is the body, one attribute with all of it as JSON, or an
// attribute a field.
func appendEvent(list []trace.Message, ev *trace.Event) []trace.Message {
	fallback := "assistant"
	if ev.Name != "gen_ai.choice" {
		fallback = eventRole(ev.Name)
	}
	body := structured(ev.Body)
	if body.IsNull() {
		if v, ok := ev.Attributes.Get("gen_ai.event.content"); ok {
			body = structured(v)
		}
	}
	switch body.Kind() {
	case attr.Map:
	case attr.Null:
		body = fields(ev.Attributes)
	default:
		body = attr.MapOf(attr.Attrs{{Key: "content", Value: body}})
	}
	msg := message(body, fallback)
	if len(msg.Parts) == 0 && msg.FinishReason == "" {
		return list
	}
	return append(list, msg)
}

// fields answers an event's attributes with the JSON in them read.
func fields(attrs attr.Attrs) attr.Value {
	out := make(attr.Attrs, 0, len(attrs))
	for _, kv := range attrs {
		switch kv.Key {
		case "message", "tool_calls":
			kv.Value = structured(kv.Value)
		}
		out = append(out, kv)
	}
	return contentParsed(attr.MapOf(out))
}
