package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// tool fills the tool call of a tool span. Emitters without keys for it put name, arguments and result where every span
// has its name, input and output.
func (m *mapping) tool() {
	if m.out.Kind != trace.ToolCall {
		return
	}
	t := &trace.Tool{Name: m.text(fToolName), CallID: m.text(fToolCallID)}
	if t.Name == "" {
		t.Name = m.text(fEntity)
	}
	if t.Name == "" {
		t.Name = strings.TrimPrefix(m.raw.Name, "execute_tool ")
	}
	t.Arguments = unquoted(m.value(fToolArguments))
	if m.inIsArguments() {
		t.Arguments = unquoted(m.value(fInValue))
	}
	if args := t.Arguments.Map(); len(args) == 1 && args[0].Key == "args" && m.source(fInValue) == "traceloop.entity.input" {
		if l := args[0].Value.List(); len(l) == 1 { // Traceloop's list of what the function was called with
			t.Arguments = unquoted(l[0])
		}
	}
	result := unquoted(m.value(fToolResult))
	if m.outIsResult() {
		result = unquoted(m.value(fOutValue))
	}
	t.Result = resultValue(result)
	if msg := toolMessage(result); msg != nil {
		t.Result = resultValue(pick(msg, "content"))
		t.CallID = pick(msg, "tool_call_id").Text()
		if name := pick(msg, "name").Text(); name != "" && !m.has(fToolName) { // better than a class's name
			t.Name = name
		}
	}
	t.Digest = trace.CallDigest(t.Name, t.Arguments)
	m.out.Tool = t
}

// toolMessage answers the fields of the LangChain message that a tool's result is wrapped in, nil for any other result.
func toolMessage(v attr.Value) attr.Attrs {
	if inner := pick(v.Map(), "output"); inner.Kind() == attr.Map && len(v.Map()) == 1 {
		v = inner
	}
	kwargs := pick(v.Map(), "kwargs").Map()
	if pick(v.Map(), "lc").IsNull() || pick(kwargs, "tool_call_id").IsNull() || pick(kwargs, "content").IsNull() {
		return nil
	}
	return kwargs
}

func (m *mapping) toolsOffered() []trace.ToolOffer {
	if v := m.at[fTools]; v != nil {
		if t := offers(nil, *v, 0); len(t) > 0 {
			return t
		}
	}
	if m.hasFlat(fFlatTools) {
		return offers(nil, m.tree(fFlatTools), 0)
	}
	if m.hasFlat(fFlatFunctions) {
		return offers(nil, m.tree(fFlatFunctions), 0)
	}
	return offers(nil, m.inTools, 0)
}

// offers appends the tools of a definition in any dialect: a list of them, one, or an envelope around a list.
func offers(out []trace.ToolOffer, v attr.Value, depth int) []trace.ToolOffer {
	if depth > 4 {
		return out
	}
	v = structured(v)
	if l := v.List(); l != nil {
		if out == nil {
			out = make([]trace.ToolOffer, 0, len(l))
		}
		for _, e := range l {
			out = offers(out, e, depth+1)
		}
		return out
	}
	m := v.Map()
	if m == nil {
		return out
	}
	enveloped := false
	for _, key := range [...]string{"function_tools", "output_tools", "builtin_tools", "functionDeclarations", "function_declarations"} {
		if l := pick(m, key); l.Kind() == attr.List {
			out, enveloped = offers(out, l, depth+1), true
		}
	}
	if enveloped {
		return out
	}
	for _, key := range [...]string{"tool", "json_schema", "function", "toolSpec"} {
		inner := pick(m, key)
		if key == "json_schema" {
			inner = structured(inner)
		}
		if inner.Kind() == attr.Map {
			return offers(out, inner, depth+1)
		}
	}
	t := trace.ToolOffer{Name: pick(m, "name", "type").Text(), Description: pick(m, "description").Text()}
	t.Schema = structured(pick(m, "parameters", "input_schema", "inputSchema", "parameters_json_schema"))
	if inner := pick(t.Schema.Map(), "json"); inner.Kind() == attr.Map { // Bedrock
		t.Schema = inner
	}
	if t.Name == "" {
		return out
	}
	return append(out, t)
}
