package transcript

import (
	"fmt"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// waiting is a tool call whose result has not been met yet.
type waiting struct {
	call
	message, index int
}

// steps makes the spans below the root, in the order of the messages.
func (t *talk) steps() {
	var open []waiting
	seen := []byte("[")
	fresh := 0 // the first turn that no model call has seen
	for i := range t.turns {
		turn := &t.turns[i]
		if turn.role == "assistant" {
			if !t.out.span(t.modelCall(i, seen, fresh)) {
				return
			}
			fresh = i
		}
		for n, c := range turn.calls {
			open = append(open, waiting{c, i, n})
		}
		for n, r := range turn.results {
			var w *waiting
			w, open = match(open, r)
			if !t.out.span(t.toolCall(w, i, n, &r)) {
				return
			}
		}
		if len(seen) > 1 {
			seen = append(seen, ',')
		}
		seen = append(seen, turn.encoded...)
	}
	for i := range open {
		if !t.out.span(t.toolCall(&open[i], min(open[i].message+1, len(t.turns)-1), open[i].index, nil)) {
			return
		}
	}
}

// match finds the call that a result answers: the oldest waiting call with its id, else the oldest waiting one. Ids
// alone would not do: recordings repeat them within one run.
func match(open []waiting, r result) (*waiting, []waiting) {
	if len(open) == 0 {
		return nil, open
	}
	at := 0
	for i := range open {
		if r.id != "" && open[i].id == r.id {
			at = i
			break
		}
	}
	w := open[at]
	return &w, append(open[:at:at], open[at+1:]...)
}

// modelCall is the llm span of an assistant turn. seen is the messages before it as JSON, without the closing bracket.
func (t *talk) modelCall(i int, seen []byte, fresh int) *trace.Raw {
	turn := &t.turns[i]
	model := first(pick(turn.source, "model").Text(), t.model)
	var a list
	a.text("gen_ai.operation.name", "chat")
	a.text("gen_ai.provider.name", t.provider)
	a.text("gen_ai.request.model", t.model)
	if model != t.model {
		a.text("gen_ai.response.model", model)
	}
	a.text("gen_ai.agent.name", first(turn.name, t.agent))
	a.json("gen_ai.tool.definitions", t.tools)
	if i > 0 {
		if t.repeated += len(seen); t.repeated <= maxRepeated {
			a.text("gen_ai.input.messages", string(seen)+"]")
		} else {
			a.text("gen_ai.input.messages", encode(t.turns[fresh:i]))
			a.text(InputAttr, "new")
		}
	}
	a.text("gen_ai.output.messages", "["+turn.encoded+"]")
	if s := pick(turn.source, "finish_reason").Text(); s != "" {
		a.value("gen_ai.response.finish_reasons", attr.ListOf(attr.Str(s)))
	}
	usage(&a, pick(turn.source, "usage").Map())
	name := "chat"
	if model != "" {
		name += " " + model
	}
	return t.raw(t.place.span("llm", i, 0), name, "client", i, a)
}

// toolCall is the tool span of a call with its result; either may be missing. Calls whose results stand in one message
// begin in their order. The id comes from the place of the call, else of the result.
func (t *talk) toolCall(w *waiting, message, n int, r *result) *trace.Raw {
	var a list
	a.text("gen_ai.operation.name", "execute_tool")
	name, id := "", trace.SpanID{}
	if w != nil {
		name, id = w.name, t.place.span("tool", w.message, w.index)
	} else {
		id = t.place.span("result", message, n)
	}
	if r != nil {
		name = first(name, r.name)
	}
	a.text("gen_ai.tool.name", name)
	if w != nil {
		a.text("gen_ai.tool.call.id", w.id)
		a.json("gen_ai.tool.call.arguments", w.arguments)
	} else {
		a.text("gen_ai.tool.call.id", r.id)
	}
	if r != nil {
		a.json("gen_ai.tool.call.result", r.value)
	}
	a.text("gen_ai.agent.name", t.agent)
	raw := t.raw(id, fmt.Sprintf("execute_tool %s", first(name, "unknown")), "internal", message, a)
	raw.Start = min(raw.Start+int64(n), raw.End)
	if r != nil && r.failed {
		raw.StatusCode = trace.StatusError
	}
	return raw
}

// usage reads OpenAI's token counts, and Anthropic's and our own words for them.
func usage(a *list, u attr.Attrs) {
	for _, k := range []struct {
		to   string
		from []string
	}{
		{"gen_ai.usage.input_tokens", []string{"input_tokens", "prompt_tokens"}},
		{"gen_ai.usage.output_tokens", []string{"output_tokens", "completion_tokens"}},
		{"gen_ai.usage.cache_read.input_tokens", []string{"cache_read_tokens"}},
		{"gen_ai.usage.cache_creation.input_tokens", []string{"cache_write_tokens"}},
		{"gen_ai.usage.reasoning.output_tokens", []string{"reasoning_tokens"}},
	} {
		if v := pick(u, k.from...); v.Kind() == attr.Int {
			a.value(k.to, v)
		}
	}
	if v := pick(pick(u, "prompt_tokens_details").Map(), "cached_tokens"); v.Kind() == attr.Int {
		a.value("gen_ai.usage.cache_read.input_tokens", v)
	}
	if v := pick(pick(u, "completion_tokens_details").Map(), "reasoning_tokens"); v.Kind() == attr.Int {
		a.value("gen_ai.usage.reasoning.output_tokens", v)
	}
}
