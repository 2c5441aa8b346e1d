package transcript

import (
	"strconv"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// single makes a span of one JSON line: Steward's own export, which holds the attributes as they came, or a plain record
// with as little as a name, an input and an output. What the attributes say already is left alone; what only the
// record's other fields say is added in the GenAI conventions' words.
func (m *maker) single(f attr.Attrs) error {
	raw, assumed := m.skeleton(f)
	raw.Attributes = m.stamp(raw.Attributes, assumed)
	kind := pick(f, "kind", "type").Text()
	if kind == "" && has(f, "model") {
		kind = "llm"
	}
	raw.Attributes = setOperation(raw.Attributes, kind)
	known, _ := emitter.Map(raw)
	w := wire{fields: f, known: &known, list: list{raw.Attributes}}
	w.complete()
	raw.Attributes = w.Attrs
	if !m.out.span(raw) {
		return nil
	}
	m.scoresOf(raw, f)
	return nil
}

// skeleton reads what every span has: ids, name, times, status, origin, attributes, events and links.
func (m *maker) skeleton(f attr.Attrs) (raw *trace.Raw, assumed bool) {
	raw = &trace.Raw{Name: pick(f, "name", "span_name").Text(), OTelKind: otelKind(pick(f, "otel_kind").Str()), Scope: scope}
	if raw.Name == "" {
		raw.Name = first(pick(f, "kind", "type").Text(), "span")
	}
	raw.Trace = m.traceID(pick(f, "trace_id").Text())
	raw.ID = m.place.span("line", 0, 0)
	if s := pick(f, "span_id", "id").Text(); s != "" {
		raw.ID = m.spanID(raw.Trace, s)
	}
	if s := pick(f, "parent_id", "parent_span_id", "parent").Text(); s != "" {
		raw.Parent = m.spanID(raw.Trace, s)
	}
	raw.TraceState = pick(f, "trace_state").Str()
	assumed = m.when(raw, f)
	raw.StatusCode, raw.StatusText = status(f)
	if a := pick(f, "attributes").Map(); a != nil {
		raw.Attributes = append(attr.Attrs(nil), a...)
	}
	for _, kv := range pick(f, "metadata").Map() {
		raw.Attributes = append(raw.Attributes, attr.KV{Key: "metadata." + kv.Key, Value: kv.Value})
	}
	raw.Resource = m.origin(f)
	if s := pick(f, "scope").Map(); s != nil {
		raw.Scope = &trace.Origin{Name: s.Str("name"), Version: s.Str("version"), Attributes: pick(s, "attributes").Map()}
	}
	for _, e := range pick(f, "events").List() {
		raw.Events = append(raw.Events, event(e.Map(), raw.Start))
	}
	for _, l := range pick(f, "links").List() {
		if link, ok := link(l.Map()); ok {
			raw.Links = append(raw.Links, link)
		}
	}
	return raw, assumed
}

// traceID keeps a W3C id, and derives one from any other name or, without any, from the place in the file.
func (m *maker) traceID(s string) trace.ID {
	if s == "" {
		return m.trace()
	}
	if id, err := trace.ParseID(s); err == nil {
		return id
	}
	return m.named(s)
}

func (m *maker) spanID(in trace.ID, s string) trace.SpanID {
	if id, err := trace.ParseSpanID(s); err == nil {
		return id
	}
	return m.spanNamed(in, s)
}

// when settles start and end. A record that says "end": null has not ended; one that says nothing took no time.
func (m *maker) when(raw *trace.Raw, f attr.Attrs) (assumed bool) {
	var ok bool
	if raw.Start, ok = timeOf(pick(f, "start", "start_time", "started_at", "timestamp", "created_at", "created", "time")); !ok {
		raw.Start, assumed = m.assumed(), true
	}
	raw.End = raw.Start
	if end, ok := timeOf(pick(f, "end", "end_time", "ended_at", "completed_at")); ok {
		raw.End = max(end, raw.Start)
	} else if ms, ok := pick(f, "duration_ms", "latency_ms").Number(); ok && ms >= 0 && ms < 1e12 {
		raw.End = raw.Start + int64(ms*1e6)
	} else if has(f, "end") && has(f, "span_id") {
		raw.End = 0
	}
	return assumed
}

func status(f attr.Attrs) (trace.StatusCode, string) {
	v := pick(f, "status")
	code, text := v.Text(), ""
	if v.Kind() == attr.Map {
		code, text = v.Map().Str("code"), v.Map().Str("message")
	}
	if e := pick(f, "error"); !e.IsNull() && !(e.Kind() == attr.Bool && !e.Bool()) && e.Text() != "" {
		code = "error"
		if e.Kind() != attr.Bool {
			text = first(text, e.Text())
		}
	}
	switch code {
	case "ok", "OK", "success":
		return trace.StatusOK, text
	case "error", "ERROR", "failed", "failure":
		return trace.StatusError, text
	}
	return trace.StatusUnset, text
}

// origin is the resource of the export, or one made of the record's service, environment and release.
func (m *maker) origin(f attr.Attrs) *trace.Origin {
	o := &trace.Origin{Attributes: append(attr.Attrs(nil), pick(f, "resource").Map()...)}
	for _, k := range []struct{ key, from, alike string }{
		{"service.name", "service", ""}, {"deployment.environment.name", "environment", "deployment.environment"},
		{"service.version", "release", ""},
	} {
		s := pick(f, k.from).Text()
		if s == "" && k.from == "service" {
			s = first(m.options.Service, stem(m.file))
		}
		if s != "" && !has(o.Attributes, k.key) && (k.alike == "" || !has(o.Attributes, k.alike)) {
			o.Attributes = append(o.Attributes, attr.KV{Key: k.key, Value: attr.Str(s)})
		}
	}
	return o
}

// event reads one event of the export. What came as a log record becomes a plain event, its body an attribute.
func event(m attr.Attrs, start int64) trace.Event {
	e := trace.Event{Name: m.Str("name"), Attributes: pick(m, "attributes").Map(), Time: start}
	if at, ok := timeOf(pick(m, "time")); ok {
		e.Time = at
	}
	if body := pick(m, "body"); !body.IsNull() {
		e.Attributes = append(append(attr.Attrs(nil), e.Attributes...), attr.KV{Key: "body", Value: body})
	}
	return e
}

func link(m attr.Attrs) (trace.Link, bool) {
	id, err := trace.ParseID(m.Str("trace_id"))
	if err != nil {
		return trace.Link{}, false
	}
	span, err := trace.ParseSpanID(m.Str("span_id"))
	return trace.Link{Trace: id, Span: span, Attributes: pick(m, "attributes").Map()}, err == nil
}

func otelKind(s string) string {
	switch s {
	case "internal", "server", "client", "producer", "consumer":
		return s
	}
	return "unspecified"
}

// scoresOf sends the scores that stand on an exported span, under their own ids and targets where they have them.
func (m *maker) scoresOf(raw *trace.Raw, f attr.Attrs) {
	v := pick(f, "scores")
	ids := map[string]attr.Attrs{}
	for n, e := range v.List() {
		ids[strconv.Itoa(n)] = e.Map()
	}
	for n, s := range scoreList(v) {
		s.ID = m.place.score(s.Name, n)
		s.Trace, s.Span, s.Day = raw.Trace, raw.ID, raw.Start
		if s.Time == 0 {
			s.Time = max(raw.Start, raw.End)
		}
		if own := ids[strconv.Itoa(n)]; own != nil {
			retarget(&s, own)
		}
		m.out.score(s)
	}
}

func retarget(s *score.Score, own attr.Attrs) {
	s.ID = first(own.Str("id"), s.ID)
	target := pick(own, "target").Map()
	if target == nil {
		return
	}
	if id, err := trace.ParseID(target.Str("trace_id")); err == nil {
		s.Trace, s.Span = id, trace.SpanID{}
		if span, err := trace.ParseSpanID(target.Str("span_id")); err == nil {
			s.Span = span
		}
	} else if session := target.Str("session"); session != "" {
		s.Trace, s.Span, s.Session = trace.ID{}, trace.SpanID{}, session
	}
}
