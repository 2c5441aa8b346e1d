package transcript

import (
	"strconv"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// speech is one entry of a multi-agent history.
type speech struct {
	agent string // "" for a person
	part  string // what stands in brackets after the agent's name: "thought", "-> WebSurfer"
	tool  bool   // a terminal that ran what the entry before asked for
	turn  turn
}

// history makes a trace of a multi-agent run in the form of the Who&When data set: a root of kind workflow and below it
// one agent span for each turn of an agent (its input is what was said since that agent's last turn) and one tool span
// for each answer of a terminal. What people annotated becomes scores: correct on the trace, mistake on the turn
// that they blame.
func (m *maker) history(fields attr.Attrs) error {
	var speeches []speech
	for i, v := range pick(fields, "history").List() {
		s, ok := readSpeech(v.Map())
		if !ok {
			return errs.Invalid("history entry %d has no role and content (its keys are %s)", i, keysOf(v.Map()))
		}
		speeches = append(speeches, s)
	}
	t := talk{maker: m, resource: m.resource(), fields: fields, assumed: true}
	for i := range speeches {
		t.turns = append(t.turns, speeches[i].turn)
	}
	question := pick(fields, "question").Text()
	t.session = stem(m.file) + "-" + m.short()
	if m.place.record > 0 {
		t.session = stem(m.file) + "-" + strconv.FormatInt(m.place.record+1, 10) + "-" + m.short()
	}
	t.title = first(shorten(strings.Join(strings.Fields(question), " "), 120), t.session)
	for _, kv := range fields {
		if kv.Key != "history" && kv.Key != "question" {
			t.extra("record."+kv.Key, kv.Value)
		}
	}
	t.clock()
	if m.out.span(t.workflow(question)) {
		t.hearings(speeches, pick(fields, "system_prompt").Map())
	}
	t.verdicts(speeches)
	return nil
}

// readSpeech reads who speaks from name or role: "Orchestrator (-> WebSurfer)" is Orchestrator, "human" a person.
func readSpeech(m attr.Attrs) (speech, bool) {
	if !isMessage(attr.MapOf(m)) {
		return speech{}, false
	}
	s := speech{agent: first(pick(m, "name").Text(), pick(m, "role").Text())}
	if head, rest, ok := strings.Cut(s.agent, " ("); ok {
		s.agent, s.part = head, strings.TrimSuffix(rest, ")")
	}
	role := "assistant"
	switch strings.ToLower(strings.ReplaceAll(s.agent, "_", "")) {
	case "human", "user":
		s.agent, role = "", "user"
	case "computerterminal", "terminal", "executor":
		s.tool = true
	}
	s.turn = turn{source: m, role: role, name: s.agent}
	s.turn.finish(s.turn.content(nil, pick(m, "content")))
	return s, true
}

// workflow is the root: the question, and the last thing that was said.
func (t *talk) workflow(question string) *trace.Raw {
	var a list
	a.text("gen_ai.operation.name", "invoke_workflow")
	a.text("gen_ai.workflow.name", t.title)
	if question != "" {
		asked := turn{role: "user"}
		asked.finish([]attr.Value{textPart(question)})
		a.text("gen_ai.input.messages", "["+asked.encoded+"]")
	}
	if n := len(t.turns); n > 0 {
		a.text("gen_ai.output.messages", encode(t.turns[n-1:]))
	}
	a.Attrs = append(a.Attrs, t.own...)
	raw := &trace.Raw{
		Trace: t.trace(), ID: t.rootID(), Name: t.title, OTelKind: "internal", Start: t.begin(), End: t.end(),
		StatusCode: trace.StatusUnset, Resource: t.resource, Scope: scope,
	}
	a.text("gen_ai.conversation.id", t.session)
	raw.Attributes = t.stamp(append(a.Attrs, t.common...), t.assumed)
	return raw
}

// hearings makes the spans of the turns.
func (t *talk) hearings(speeches []speech, prompts attr.Attrs) {
	heard := map[string]int{} // up to where each agent has heard
	for i, s := range speeches {
		var a list
		a.value("step", attr.Int64(int64(i)))
		a.text("speaker", first(pick(s.turn.source, "name").Text(), pick(s.turn.source, "role").Text()))
		name := ""
		switch {
		case s.agent == "":
			continue // a person: the turns after it have it as input
		case s.tool:
			name = "execute_tool " + s.agent
			a.text("gen_ai.operation.name", "execute_tool")
			a.text("gen_ai.tool.name", s.agent)
			if i > 0 {
				a.text("gen_ai.tool.call.arguments", speeches[i-1].turn.text())
			}
			a.text("gen_ai.tool.call.result", s.turn.text())
		default:
			name = "invoke_agent " + s.agent
			if s.part != "" {
				name += " (" + s.part + ")"
			}
			a.text("gen_ai.operation.name", "invoke_agent")
			a.text("gen_ai.agent.name", s.agent)
			a.text("gen_ai.system_instructions", pick(prompts, s.agent).Text())
			if from := heard[s.agent]; from < i {
				a.text("gen_ai.input.messages", encode(t.turns[from:i]))
			}
			a.text("gen_ai.output.messages", "["+s.turn.encoded+"]")
			heard[s.agent] = i + 1
		}
		if !t.out.span(t.raw(t.turnID(i), name, "internal", i, a)) {
			return
		}
	}
}

func (t *talk) turnID(i int) trace.SpanID { return t.place.span("turn", i, 0) }

// verdicts are what people said about the run.
func (t *talk) verdicts(speeches []speech) {
	if v := pick(t.fields, "is_correct", "is_corrected"); v.Kind() == attr.Bool {
		b := v.Bool()
		t.judge(0, score.Score{Name: "correct", Boolean: &b, Source: score.Code, SourceName: "who-and-when",
			Explanation: "expected answer: " + pick(t.fields, "ground_truth").Text()}, trace.SpanID{})
	}
	agent := pick(t.fields, "mistake_agent").Text()
	if agent == "" {
		return
	}
	at := trace.SpanID{}
	step, ok := pick(t.fields, "mistake_step").Number()
	if i := int(step); ok && i >= 0 && i < len(speeches) && speeches[i].agent != "" {
		at = t.turnID(i)
	}
	t.judge(0, score.Score{Name: "mistake", Label: agent, Source: score.Human, SourceName: "who-and-when",
		Explanation: pick(t.fields, "mistake_reason").Text()}, at)
}
