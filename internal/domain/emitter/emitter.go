// Package emitter owns the one mapper from a span as its emitter sent it (trace.Raw) to what Steward understands of it
// (trace.Canonical). It knows the vocabularies of the emitters and nothing of transport, storage or prices.
//
// Keys are recognised by presence, never by scope name, with one precedence for all emitters: the table in rules.go,
// which docs/mapping.md shows. Start reading at Map, then rules.go; messages.go and parts.go read content.
package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// Version is the mapper's. It goes up whenever the same Raw would give another Canonical, so that stored spans can be
// told apart and mapped again.
const Version = 3

// mapping is the work on one span.
type mapping struct {
	raw    *trace.Raw
	out    trace.Canonical
	at     [firstFlat]*attr.Value // the best source found of each field
	rank   [firstFlat]uint8
	flat   [numFields - firstFlat][]leaf
	marks  []trace.Mark
	unread []string
	speaks uint8 // the best line of emitterMarks met

	inEvents, outEvents []trace.Message // from message events
	firstEvent          int64           // time of the earliest first-token event, 0 for none
	inTools             attr.Value      // tools found inside a whole request
}

// Map answers what raw means, and what was odd about it, in order of discovery and without repeats. It is pure: the
// same Raw gives the same Canonical. It never fails; what it does not understand stays in raw and is named in
// Mapper.Unmapped. The result shares memory with raw.
func Map(raw *trace.Raw) (trace.Canonical, []trace.Mark) {
	m := mapping{raw: raw, speaks: noMark}
	m.gather(raw.Attributes, 0)
	agent := m.codingAgent()
	m.events()
	m.out.Kind = m.counted(m.kind())
	m.origin()
	m.who()
	m.model()
	m.documents()
	m.content()
	m.tool()
	m.out.ToolsOffered = m.toolsOffered()
	m.usage()
	m.units()
	m.cost()
	m.firstToken()
	m.problems()
	if agent == "" {
		agent = m.emitter()
	}
	m.out.Mapper = trace.Mapper{Version: Version, Emitter: agent, Unmapped: m.unmapped()}
	return m.out, m.marks
}

func (m *mapping) mark(k trace.Mark) {
	for _, have := range m.marks {
		if have == k {
			return
		}
	}
	m.marks = append(m.marks, k)
}

// fromEvent is added to the rank of what a GenAI event carries: the span's own attributes win.
const fromEvent = 0x80

// gather files every attribute under its field. Null and empty values count as absent; of a repeated key the last
// counts. base is 0 for the span's own attributes.
func (m *mapping) gather(attrs attr.Attrs, base uint8) {
	for i := range attrs {
		kv := &attrs[i]
		r, ok := index[kv.Key]
		if !ok {
			m.gatherOther(kv, base)
			continue
		}
		if base == 0 {
			m.speaks = min(m.speaks, r.speaks)
		}
		if kv.Value.IsNull() || kv.Value.Kind() == attr.String && kv.Value.Str() == "" {
			continue
		}
		if r.number {
			if n, ok := kv.Value.Number(); !ok || n < 0 {
				m.mark(trace.MarkBadNumber)
				continue
			}
		}
		if rank := r.rank | base; m.at[r.field] == nil || rank <= m.rank[r.field] {
			m.at[r.field], m.rank[r.field] = outOfQuotes(kv), rank
		}
	}
}

// outOfQuotes answers the attribute's value. MLflow's SDKs write every value as JSON, so that a plain string has quotes.
func outOfQuotes(kv *attr.KV) *attr.Value {
	if s := kv.Value.Str(); len(s) > 1 && s[0] == '"' && strings.HasPrefix(kv.Key, "mlflow.") {
		if v, ok := attr.ParseJSON(s); ok {
			return &v
		}
	}
	return &kv.Value
}

func (m *mapping) gatherOther(kv *attr.KV, base uint8) {
	if base != 0 {
		return
	}
	if f := familyOf(kv.Key); f != nil {
		m.speaks = min(m.speaks, f.speaks)
		list := &m.flat[f.field-firstFlat]
		*list = append(*list, leaf{kv.Key[len(f.prefix):], &kv.Value})
		return
	}
	m.speaks = min(m.speaks, emitterMark(kv.Key))
	if m.unread == nil {
		m.unread = make([]string, 0, 8)
	}
	m.unread = append(m.unread, kv.Key)
}

// value answers the best source of a field, Null where there is none.
func (m *mapping) value(f field) attr.Value {
	if v := m.at[f]; v != nil {
		return *v
	}
	return attr.Value{}
}

// text answers the best source of a field as text.
func (m *mapping) text(f field) string {
	if v := m.at[f]; v != nil {
		return v.Text()
	}
	return ""
}

func (m *mapping) has(f field) bool { return m.at[f] != nil }

func (m *mapping) hasFlat(f field) bool { return len(m.flat[f-firstFlat]) > 0 }

// tree answers a flattened family as nested values, Null where the span has none of it.
func (m *mapping) tree(f field) attr.Value { return unflatten(m.flat[f-firstFlat]) }

// source answers the key that a field was taken from.
func (m *mapping) source(f field) string {
	if m.at[f] == nil {
		return ""
	}
	for i := range rules {
		if rules[i].field == f {
			return rules[i].keys[m.rank[f]&^fromEvent]
		}
	}
	return ""
}

// emitterMarks tell emitters apart where the fields do not: keys that only one of them writes.
var emitterMarks = [...]struct{ prefix, emitter string }{
	{"langfuse.observation.", "langfuse"},
	{"pydantic_ai.", "pydantic-ai"},
	{"model_request_parameters", "pydantic-ai"},
	{"gen_ai.aggregated_usage.", "pydantic-ai"},
	{"logfire.", "pydantic-ai"},
	{"mlflow.", "mlflow"},
	{"ai.operationId", "vercel"},
	{"ai.model.", "vercel"},
	{"ai.toolCall.", "vercel"},
	{"openinference.", "openinference"}, // before llm.request.*, some of which OpenInference writes too
	{"traceloop.", "traceloop"},
	{"llm.request.", "traceloop"},
	{"llm.usage.", "traceloop"},
	{"gen_ai.prompt.", "traceloop"},
	{"gen_ai.completion.", "traceloop"},
	{"llm.", "openinference"},
	{"retrieval.documents.", "openinference"},
	{"embedding.", "openinference"},
	{"reranker.", "openinference"},
	{"gen_ai.system_instructions", "otel"},
	{"gen_ai.system", "otel-1.36"},
	{"gen_ai.", "otel"},
	{"mcp.", "otel"},
}

// emitterMark answers the first line of emitterMarks that key meets, noMark for none.
func emitterMark(key string) uint8 {
	for n := range emitterMarks {
		p := emitterMarks[n].prefix
		if !strings.HasPrefix(key, p) {
			continue
		}
		// Only numbered prompts are Traceloop's; gen_ai.prompt.name is the current convention's.
		numbered := len(key) > len(p) && key[len(p)] >= '0' && key[len(p)] <= '9'
		if !numbered && (p == "gen_ai.prompt." || p == "gen_ai.completion.") {
			continue
		}
		return uint8(n)
	}
	return noMark
}

const noMark = 0xff

// emitter names whose vocabulary the span speaks, by the first line of emitterMarks that any of its keys meets. One
// exception: gen_ai.system beside what only the current form has is that form with its predecessor kept for old readers.
func (m *mapping) emitter() string {
	events := m.inEvents != nil || m.outEvents != nil
	if m.speaks == noMark {
		if events {
			return "otel-1.36"
		}
		return ""
	}
	name := emitterMarks[m.speaks].emitter
	current := m.source(fProvider) == "gen_ai.provider.name" || m.has(fInMessages) || m.has(fOutMessages)
	switch {
	case name == "otel-1.36" && current:
		return "otel"
	case name == "otel" && !current && events:
		return "otel-1.36"
	}
	return name
}
