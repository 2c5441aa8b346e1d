package emitter

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/zeebo/xxh3"

	"steward/internal/base/attr"
	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// The attributes that mark a derived span in its raw form, so that mapping it again gives the same.
const (
	attrDerived    = "steward.derived"
	attrSuperseded = "steward.superseded"
)

// The coding agents that send events, as Mapper.Emitter names them.
const (
	ClaudeCode = "claude-code"
	Codex      = "codex"
	GeminiCLI  = "gemini-cli"
)

// agentEvents says how one agent's events are read.
type agentEvents struct {
	name    string
	prefix  string // of its event names
	session string // attribute that names the session
	prompt  string // attribute that names the prompt; "" where the agent has none
	// started says that an event of its own opens a session, so that a trace that holds a session has a root.
	started bool
	// internals says that the agent's own spans are no model calls: an event that names one hangs below it.
	internals bool
	read      func(d *derivation, event string) bool
}

// agents is never changed while the program runs.
var agents = [...]agentEvents{
	{name: ClaudeCode, prefix: "claude_code.", session: "session.id", prompt: "prompt.id", read: readClaude},
	{name: Codex, prefix: "codex.", session: "conversation.id", started: true, internals: true, read: readCodex},
	{name: GeminiCLI, prefix: "gemini_cli.", session: "session.id", prompt: "prompt_id", read: readGemini},
}

// IsCodingAgent says whether an emitter's name is that of a coding agent whose events Derive reads.
func IsCodingAgent(name string) bool {
	for i := range agents {
		if agents[i].name == name {
			return true
		}
	}
	return false
}

// Derive makes a span of an event by which a coding agent reports a prompt, a model call, a decision about a tool or a
// tool's result; docs/coding-agents.md says which. ok is false for every other record, and for one that names a span
// of its own, because then the agent sends spans. It is pure: the same record gives the same span, its ids included,
// so that an event sent twice is one span. hash is of the event's content. The result shares memory with r.
func Derive(r *logs.Record) (raw trace.Raw, hash uint64, ok bool) {
	a, event := eventOf(r)
	if a == nil {
		return raw, 0, false
	}
	named := !r.Trace.IsZero() && !r.Span.IsZero()
	if named && !a.internals {
		return raw, 0, false
	}
	d := derivation{agent: a, event: event, r: r, session: text(r, a.session)}
	if a.prompt != "" {
		d.prompt = text(r, a.prompt)
	}
	d.raw = trace.Raw{Project: r.Project, Start: r.Time, End: r.Time, OTelKind: "internal", StatusCode: trace.StatusUnset,
		Resource: r.Resource, Scope: r.Scope, Pin: r.Pin, Attributes: make(attr.Attrs, len(r.Attributes), len(r.Attributes)+12)}
	copy(d.raw.Attributes, r.Attributes)
	if !a.read(&d, event) {
		return raw, 0, false
	}
	d.set(attrDerived, attr.Boolean(true))
	d.set("gen_ai.agent.name", attr.Str(a.name))
	d.copy("gen_ai.agent.version", "app.version")
	if d.session != "" {
		d.set("gen_ai.conversation.id", attr.Str(d.session))
	}
	if text(r, "user.id") == "" {
		d.copy("enduser.id", "user.email", "user.account_id", "installation.id")
	}
	d.place(named)
	return d.raw, content(r, event), true
}

// HomeOf answers the trace to which an event of a coding agent belongs: the one that its prompt's or its session's
// derived spans are in. ok is false for an event that names a trace itself or has neither, and for every other record.
func HomeOf(r *logs.Record) (id trace.ID, ok bool) {
	a, event := eventOf(r)
	if a == nil || !r.Trace.IsZero() {
		return id, false
	}
	d := derivation{agent: a, event: event, r: r, session: text(r, a.session)}
	if a.prompt != "" {
		d.prompt = text(r, a.prompt)
	}
	if d.session == "" && d.prompt == "" {
		return id, false
	}
	home, _ := d.home()
	return traceID(home), true
}

// Supersede marks a derived span as one whose call the agent's own spans report too: it stays readable, and its tokens
// and its cost are in no total any more.
func Supersede(raw *trace.Raw) {
	raw.Attributes = append(raw.Attributes[:len(raw.Attributes):len(raw.Attributes)],
		attr.KV{Key: attrSuperseded, Value: attr.Boolean(true)})
}

// IsSuperseded says whether Supersede has marked the span.
func IsSuperseded(raw *trace.Raw) bool {
	v, _ := raw.Attributes.Get(attrSuperseded)
	return v.Bool()
}

// eventOf recognises an agent's event and answers its name without the prefix. SDKs put the name in the record's event
// name, in an attribute or in the body, and some write something else in the places that they do not use.
func eventOf(r *logs.Record) (*agentEvents, string) {
	attribute := r.Attributes.Str("event.name")
	for _, name := range [...]string{r.EventName, attribute, r.Body.Str()} {
		for i := range agents {
			if short, ok := strings.CutPrefix(name, agents[i].prefix); ok {
				return &agents[i], short
			}
		}
	}
	if r.Scope != nil && strings.HasPrefix(r.Scope.Name, "com.anthropic.claude_code") {
		if attribute == "" {
			attribute = r.EventName
		}
		return &agents[0], attribute
	}
	return nil, ""
}

// derivation is the work on one event.
type derivation struct {
	agent           *agentEvents
	event           string
	r               *logs.Record
	raw             trace.Raw
	session, prompt string
	root            bool   // this span is its trace's root where the trace holds a prompt or a session
	call            string // the agent's own id of the call, "" where it has none
}

func text(r *logs.Record, key string) string {
	v, _ := r.Attributes.Get(key)
	return v.Text()
}

func (d *derivation) text(key string) string { return text(d.r, key) }

func (d *derivation) set(key string, v attr.Value) { d.raw.Attributes = d.raw.Attributes.Set(key, v) }

// copy sets key to the first of the event's attributes that is there and not empty.
func (d *derivation) copy(key string, from ...string) {
	for _, f := range from {
		if v, ok := d.r.Attributes.Get(f); ok && !v.IsNull() && (v.Kind() != attr.String || v.Str() != "") {
			d.set(key, v)
			return
		}
	}
}

// sum sets key to the sum of counts, if one of them is there. One that is no count goes through as it is, for the
// mapper to mark.
func (d *derivation) sum(key string, from ...string) {
	var n int64
	found := false
	for _, f := range from {
		v, ok := d.r.Attributes.Get(f)
		if !ok || v.IsNull() || v.Kind() == attr.String && v.Str() == "" {
			continue
		}
		c, ok := v.Number()
		if !ok || c < 0 || c > maxCount || c != math.Trunc(c) {
			d.set(key, v)
			return
		}
		n, found = n+int64(c), true
	}
	if found {
		d.set(key, attr.Int64(n))
	}
}

// maxTook bounds a believable duration, in milliseconds: a month.
const maxTook = 31 * 24 * 3600 * 1000

// took moves the start back by the duration that the event states: events are written when something has ended.
// Without one the span is a moment, and marked.
func (d *derivation) took(key string) {
	v, _ := d.r.Attributes.Get(key)
	ms, ok := v.Number()
	if !ok {
		d.raw.Marks = append(d.raw.Marks, trace.MarkTimeAssumed)
		return
	}
	if ms < 0 || ms > maxTook || int64(ms*1e6) >= d.raw.End {
		d.raw.Marks = append(d.raw.Marks, trace.MarkBadNumber)
		return
	}
	d.raw.Start = d.raw.End - int64(ms*1e6)
}

func (d *derivation) failed(message string) {
	d.raw.StatusCode, d.raw.StatusText = trace.StatusError, message
}

// said sets the input to what a person wrote, unless the agent withheld it.
func (d *derivation) said(key string) {
	s := d.text(key)
	if s == "" || s == "<REDACTED>" || s == "[REDACTED]" {
		return
	}
	part := attr.MapOf(attr.Attrs{{Key: "type", Value: attr.Str("text")}, {Key: "content", Value: attr.Str(s)}})
	d.set("gen_ai.input.messages", attr.ListOf(attr.MapOf(attr.Attrs{
		{Key: "role", Value: attr.Str("user")}, {Key: "parts", Value: attr.ListOf(part)}})))
}

// isPrompt, isCall, isTool and isOther say what the span is.
func (d *derivation) isPrompt() {
	d.raw.Name = "invoke_agent " + d.agent.name
	d.set("gen_ai.operation.name", attr.Str("invoke_agent"))
	d.said("prompt")
}

func (d *derivation) isCall(operation, provider, model string) {
	d.raw.Name, d.raw.OTelKind = operation, "client"
	if model != "" {
		d.raw.Name += " " + model
	}
	d.set("gen_ai.operation.name", attr.Str(operation))
	d.set("gen_ai.provider.name", attr.Str(provider))
}

func (d *derivation) isTool(name string) {
	d.raw.Name = "execute_tool " + name
	d.set("gen_ai.operation.name", attr.Str("execute_tool"))
	d.set("gen_ai.tool.name", attr.Str(name))
	switch d.text("success") {
	case "true":
		d.raw.StatusCode = trace.StatusOK
	case "false":
		d.failed("")
	}
}

func (d *derivation) isOther(about string) {
	d.raw.Name = d.event
	if about != "" {
		d.raw.Name += " " + about
	}
}

// home answers what names the span's trace, and whether that trace has a root of a known id. A prompt that has an id is a
// trace; else the session is; an event with neither stands alone.
func (d *derivation) home() (parts []string, rooted bool) {
	parts = []string{"steward derived 1", string(d.r.Project), d.agent.name, d.session}
	switch {
	case d.prompt != "":
		return append(parts, "prompt", d.prompt), true
	case d.session != "":
		return append(parts, "session"), d.agent.started
	}
	return append(parts, d.own()...), false
}

// own answers what tells the event from others of its prompt or session.
func (d *derivation) own() []string {
	return []string{d.prompt, d.event, d.call, d.text("event.sequence"), d.moment()}
}

// place gives the span its ids. Below a span that the event names, it joins that span's trace.
func (d *derivation) place(named bool) {
	home, rooted := d.home()
	own := append(home[:len(home):len(home)], d.own()...)
	if named {
		d.raw.Trace, d.raw.Parent = d.r.Trace, d.r.Span
		d.raw.ID = spanID(append(own, d.r.Span.String()))
		return
	}
	d.raw.Trace = traceID(home)
	root := spanID(append(home[:len(home):len(home)], "root"))
	if rooted && d.root {
		d.raw.ID = root
		return
	}
	d.raw.ID = spanID(own)
	if rooted {
		d.raw.Parent = root
	}
}

// moment tells events apart that nothing else does. What the agent wrote is the same when an event is sent again; the
// record's time may be that of its arrival.
func (d *derivation) moment() string {
	if s := d.text("event.timestamp"); s != "" {
		return s
	}
	return string(binary.BigEndian.AppendUint64(nil, uint64(d.r.Time)))
}

func content(r *logs.Record, event string) uint64 {
	b := append([]byte(event), 0)
	b = r.Attributes.AppendJSON(b)
	return xxh3.Hash(r.Body.AppendJSON(b))
}

// digest hashes texts so that their borders count.
func digest(parts []string) *xxh3.Hasher {
	h := xxh3.New()
	var b []byte
	for _, p := range parts {
		b = append(binary.AppendUvarint(b[:0], uint64(len(p))), p...)
		_, _ = h.Write(b) // a hash's Write never fails
	}
	return h
}

func traceID(parts []string) trace.ID {
	id := trace.ID(digest(parts).Sum128().Bytes())
	if id.IsZero() {
		id[15] = 1
	}
	return id
}

func spanID(parts []string) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], digest(parts).Sum64())
	if id.IsZero() {
		id[7] = 1
	}
	return id
}
