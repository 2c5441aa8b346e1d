package transcript

import (
	"fmt"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// maxRepeated bounds what the inputs of one conversation's model calls take together, in bytes. Each call's input is all
// that the model saw, which grows with the square of the length; beyond the bound it is only what is new.
const maxRepeated = 64 << 20

// talk is a conversation on its way to spans: one trace with a root of kind agent, one llm span for each assistant turn,
// one tool span for each tool call with its result.
type talk struct {
	*maker
	fields   attr.Attrs // the record without its messages
	turns    []turn
	title    string
	session  string
	user     string
	agent    string
	model    string
	provider string
	tools    attr.Value
	common   attr.Attrs // on every span
	own      attr.Attrs // on the root
	start    int64
	times    []int64 // of each turn, and the end
	assumed  bool
	resource *trace.Origin
	repeated int
}

// conversation makes the spans and scores of a record with messages.
func (m *maker) conversation(v attr.Value) error {
	t := talk{maker: m, resource: m.resource()}
	messages := v.List()
	if v.Kind() == attr.Map {
		var key string
		key, messages = messagesOf(v.Map())
		t.fields = without(v.Map(), key)
	}
	for i, v := range messages {
		if !isMessage(v) {
			return errs.Invalid("message %d has no role and content (its keys are %s)", i, keysOf(v.Map()))
		}
		t.turns = append(t.turns, readTurn(v.Map()))
	}
	t.answer(v.Map())
	t.describe()
	t.clock()
	if m.out.span(t.root()) {
		t.steps()
	}
	for i, s := range t.scores() {
		t.judge(i, s, trace.SpanID{})
	}
	return nil
}

// answer adds the reply of a logged request, which stands beside the messages.
func (t *talk) answer(m attr.Attrs) {
	for _, body := range []attr.Attrs{m, pick(m, "response").Map()} {
		for _, choice := range pick(body, "choices").List() {
			if msg := pick(choice.Map(), "message"); isMessage(msg) {
				source := append(attr.Attrs(nil), msg.Map()...)
				source = append(source, without(choice.Map(), "message")...)
				source = append(source, attr.KV{Key: "usage", Value: pick(body, "usage")}, attr.KV{Key: "model", Value: pick(body, "model")})
				t.turns = append(t.turns, readTurn(source))
			}
		}
	}
}

// describe settles who, what and under which name.
func (t *talk) describe() {
	f, o := t.fields, t.options
	request := pick(f, "request", "body").Map()
	t.user = pick(f, "user", "user_id").Text()
	t.model = first(pick(f, "model").Text(), pick(request, "model").Text(), o.Model)
	t.provider = first(pick(f, "provider").Text(), o.Provider)
	t.agent = first(pick(f, "agent", "agent_name").Text(), o.Agent)
	t.tools = pick(f, "tools", "functions")
	if t.tools.IsNull() {
		t.tools = pick(request, "tools")
	}
	t.session = pick(f, "session", "session_id", "conversation_id", "thread_id", "chat_id", "id").Text()
	name := stem(t.file)
	task, trial := pick(f, "task_id"), pick(f, "trial")
	switch {
	case !task.IsNull():
		t.agent = first(t.agent, name)
		t.title = strings.TrimSpace(name + " task " + task.Text())
		id := name + "-task" + task.Text()
		if !trial.IsNull() {
			t.title += " trial " + trial.Text()
			id += "-trial" + trial.Text()
		}
		t.session = first(t.session, id+"-"+t.short())
		t.user = first(t.user, pick(pick(pick(f, "info").Map(), "task").Map(), "user_id").Text())
	default:
		t.session = first(t.session, fmt.Sprintf("%s-%d-%s", name, t.place.record+1, t.short()))
		t.title = first(pick(f, "name", "title").Text(), t.session)
	}
	t.extras()
}

// understood are the keys of a record that become something better than an attribute of their own name.
var understood = map[string]bool{
	"user": true, "user_id": true, "model": true, "provider": true, "agent": true, "agent_name": true, "tools": true,
	"functions": true, "session": true, "session_id": true, "conversation_id": true, "thread_id": true, "chat_id": true,
	"name": true, "title": true, "scores": true, "reward": true, "choices": true,
}

// maxCommon is how long a text may be to stand on every span of a conversation.
const maxCommon = 200

// extras keeps the rest of the record: short values on every span, where filters find them, the rest on the root.
func (t *talk) extras() {
	for _, kv := range t.fields {
		switch {
		case understood[kv.Key] || kv.Value.IsNull():
		case kv.Key == "metadata" && kv.Value.Kind() == attr.Map:
			for _, in := range kv.Value.Map() {
				t.extra("metadata."+in.Key, in.Value)
			}
		case kv.Key == "task_id" || kv.Key == "trial":
			t.extra(kv.Key, kv.Value)
		default:
			t.extra("record."+kv.Key, kv.Value)
		}
	}
}

func (t *talk) extra(key string, v attr.Value) {
	switch {
	case v.IsNull():
	case v.Kind() == attr.List || v.Kind() == attr.Map || v.Len() > maxCommon:
		t.own = append(t.own, attr.KV{Key: key, Value: v})
	default:
		t.common = append(t.common, attr.KV{Key: key, Value: v})
	}
}

// clock settles when each turn was: as the messages say where all of them do and none goes back, else assigned.
func (t *talk) clock() {
	t.times = make([]int64, len(t.turns)+1)
	given := len(t.turns) > 0
	for i := range t.turns {
		at := t.turns[i].time
		given = given && at != 0 && (i == 0 || at >= t.turns[i-1].time)
	}
	if given {
		for i := range t.turns {
			t.times[i] = t.turns[max(0, i-1)].time // a turn begins when the one before it was said
		}
		t.times[len(t.turns)] = t.turns[len(t.turns)-1].time
		return
	}
	t.assumed = true
	start, ok := timeOf(pick(t.fields, "start", "start_time", "started_at", "created_at", "created", "timestamp", "time"))
	if !ok {
		start = t.maker.assumed()
	}
	for i := range t.times {
		t.times[i] = start + int64(i)*turnStep
	}
}

func (t *talk) begin() int64 { return t.times[0] }
func (t *talk) end() int64   { return t.times[len(t.turns)] }

// raw makes a span of the conversation; message tells where in it.
func (t *talk) raw(id trace.SpanID, name, kind string, message int, a list) *trace.Raw {
	a.text("gen_ai.conversation.id", t.session)
	a.text("user.id", t.user)
	a.Attrs = append(a.Attrs, t.common...)
	return &trace.Raw{
		Trace: t.trace(), ID: id, Parent: t.rootID(), Name: name, OTelKind: kind,
		Start: t.times[message], End: t.times[message+1], StatusCode: trace.StatusUnset,
		Attributes: t.stamp(a.Attrs, t.assumed), Resource: t.resource, Scope: scope,
	}
}

func (t *talk) rootID() trace.SpanID { return t.place.span("root", 0, 0) }

// root is the run itself. Its input is all that the user said, its output the last answer. What follows the last answer is
// on no model call, so the root's input is where it is found.
func (t *talk) root() *trace.Raw {
	var a list
	a.text("gen_ai.operation.name", "invoke_agent")
	a.text("gen_ai.agent.name", t.agent)
	last := -1
	for i := range t.turns {
		if t.turns[i].role == "assistant" {
			last = i
		}
	}
	var said []turn
	for i, turn := range t.turns {
		if turn.results == nil && (turn.role == "user" || i > last) {
			said = append(said, turn)
		}
	}
	if len(said) > 0 {
		a.text("gen_ai.input.messages", encode(said))
	}
	if last >= 0 {
		a.text("gen_ai.output.messages", "["+t.turns[last].encoded+"]")
	}
	a.Attrs = append(a.Attrs, t.own...)
	raw := t.raw(t.rootID(), t.title, "internal", 0, a)
	raw.Parent, raw.End = trace.SpanID{}, t.end()
	return raw
}

func encode(turns []turn) string {
	parts := make([]string, len(turns))
	for i := range turns {
		parts[i] = turns[i].encoded
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (t *talk) judge(n int, s score.Score, span trace.SpanID) {
	s.ID = t.place.score(s.Name, n)
	s.Trace, s.Span, s.Day = t.trace(), span, t.begin()
	if s.Time == 0 {
		s.Time = t.end()
	}
	t.out.score(s)
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func without(m attr.Attrs, key string) attr.Attrs {
	out := make(attr.Attrs, 0, len(m))
	for _, kv := range m {
		if kv.Key != key || kv.Key == "request" || kv.Key == "body" {
			out = append(out, kv)
		}
	}
	return out
}
