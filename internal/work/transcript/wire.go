package transcript

import (
	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// wire adds to a span's attributes what its record says and the mapper does not find in them.
type wire struct {
	fields attr.Attrs
	known  *trace.Canonical // what the attributes alone mean
	list
}

// operations are the conventions' words for the kinds; the kinds without a word are stated in OpenInference's.
var operations = map[string]string{
	"llm": "chat", "embedding": "embeddings", "rerank": "rerank", "retrieval": "retrieval", "tool": "execute_tool",
	"agent": "invoke_agent", "workflow": "invoke_workflow", "evaluation": "evaluate", "task": "agent_step",
}

// kindKeys are the attributes by which emitters state a kind; where one is there, it is left to speak.
var kindKeys = []string{"gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind", "ai.operationId",
	"langfuse.observation.type", "mlflow.spanType", "llm.request.type", "mcp.method.name"}

func setOperation(a attr.Attrs, kind string) attr.Attrs {
	for _, key := range kindKeys {
		if has(a, key) {
			return a
		}
	}
	if kind == "guardrail" {
		return append(a, attr.KV{Key: "openinference.span.kind", Value: attr.Str("GUARDRAIL")})
	}
	if op := operations[kind]; op != "" {
		a = append(a, attr.KV{Key: "gen_ai.operation.name", Value: attr.Str(op)})
	}
	return a
}

func (w *wire) complete() {
	f, k := w.fields, w.known
	w.missing(k.Session, "gen_ai.conversation.id", pick(f, "session", "session_id", "conversation_id", "thread_id"))
	w.missing(k.User, "user.id", pick(f, "user", "user_id"))
	w.missing(k.FinishReason, "gen_ai.response.finish_reason", pick(f, "finish_reason"))
	if k.Level == "default" {
		if level := pick(f, "level").Text(); level != "default" {
			w.text("langfuse.observation.level", level)
		}
	}
	w.names("gen_ai.agent", k.Agent, pick(f, "agent"))
	prompt, asked := pick(f, "prompt"), pick(f, "input", "inputs")
	if prompt.Kind() == attr.Map {
		w.names("gen_ai.prompt", k.Prompt, prompt)
	} else if asked.IsNull() {
		asked = prompt
	}
	w.model(pick(f, "model"))
	if tags := pick(f, "tags"); len(k.Tags) == 0 && len(tags.List()) > 0 {
		w.value("tag.tags", tags)
	}
	if ms, ok := pick(f, "first_token_ms").Number(); ok && k.FirstToken == 0 {
		w.value("gen_ai.response.time_to_first_chunk", attr.Float64(ms/1e3))
	}
	if c := pick(f, "reported_cost").Map(); k.ReportedCost == nil && !pick(c, "amount").IsNull() {
		w.value("gen_ai.usage.cost", pick(c, "amount"))
		w.text("gen_ai.usage.cost_currency", pick(c, "currency").Text())
	}
	if k.Usage.Units == nil {
		w.json("steward.usage.units", pick(pick(f, "usage").Map(), "units"))
	}
	if k.Usage.Input == 0 && k.Usage.Output == 0 {
		usage(&w.list, pick(f, "usage").Map())
		usage(&w.list, f)
	}
	if k.Kind == trace.ToolCall {
		w.toolCall()
	} else {
		w.content("input", "gen_ai.input.messages", "input.value", "user", len(k.Input), asked)
		w.content("output", "gen_ai.output.messages", "output.value", "assistant", len(k.Output), pick(f, "output", "completion", "outputs", "response"))
	}
	if len(k.Documents) == 0 {
		w.json("gen_ai.retrieval.documents", pick(f, "documents"))
	}
	if len(k.ToolsOffered) == 0 {
		w.json("gen_ai.tool.definitions", pick(f, "tools_offered", "tools"))
	}
}

func (w *wire) missing(known, key string, v attr.Value) {
	if known == "" && !has(w.Attrs, key) {
		w.text(key, v.Text())
	}
}

// names takes {name, version} or a plain name.
func (w *wire) names(prefix string, known trace.Named, v attr.Value) {
	name, version := v.Str(), ""
	if m := v.Map(); m != nil {
		name, version = m.Str("name"), m.Str("version")
	}
	if known.Name == "" && name != "" {
		w.text(prefix+".name", name)
		w.text(prefix+".version", version)
	}
}

// model takes {provider, requested, used} or a plain name.
func (w *wire) model(v attr.Value) {
	k := w.known.Model
	m := attr.Attrs{{Key: "requested", Value: v}, {Key: "provider", Value: pick(w.fields, "provider")}}
	if v.Kind() == attr.Map {
		m = v.Map()
	}
	if k.Name() == "" {
		w.missing("", "gen_ai.request.model", pick(m, "requested"))
		w.missing("", "gen_ai.response.model", pick(m, "used"))
	}
	w.missing(k.Provider, "gen_ai.provider.name", pick(m, "provider"))
}

func (w *wire) toolCall() {
	t := pick(w.fields, "tool").Map()
	if t == nil {
		t = attr.Attrs{{Key: "name", Value: pick(w.fields, "tool", "tool_name")},
			{Key: "arguments", Value: pick(w.fields, "arguments", "input", "inputs")},
			{Key: "result", Value: pick(w.fields, "result", "output", "outputs")}}
	}
	var k trace.Tool
	if w.known.Tool != nil {
		k = *w.known.Tool
	}
	if !has(w.Attrs, "gen_ai.tool.name") && !has(w.Attrs, "tool.name") {
		w.text("gen_ai.tool.name", first(pick(t, "name").Text(), pick(w.fields, "name").Text()))
	}
	w.missing(k.CallID, "gen_ai.tool.call.id", pick(t, "call_id"))
	if k.Arguments.IsNull() {
		w.json("gen_ai.tool.call.arguments", pick(t, "arguments"))
	}
	if k.Result.IsNull() {
		w.json("gen_ai.tool.call.result", pick(t, "result"))
	}
}

// content puts messages under messages and anything else, which only a person can read, under value. A text that a model
// got or gave is a message of its role.
func (w *wire) content(what, messages, value, role string, known int, v attr.Value) {
	if known > 0 || v.IsNull() {
		return
	}
	if l := v.List(); len(l) > 0 && isMessage(l[0]) {
		turns := make([]turn, 0, len(l))
		for _, e := range l {
			turns = append(turns, readTurn(e.Map()))
		}
		w.text(messages, encode(turns))
		return
	}
	if v.Kind() == attr.String && w.known.Kind == trace.LLM {
		t := turn{role: role}
		t.finish([]attr.Value{textPart(v.Str())})
		w.text(messages, "["+t.encoded+"]")
		return
	}
	w.json(value, v)
}
