package transcript

import (
	"steward/internal/base/attr"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/trace"
)

// Attributes that every imported span carries.
const (
	// ImportAttr holds the import's id, so that a filter finds exactly what came in.
	ImportAttr = "steward.import"
	// InputAttr is "new" on model calls whose input holds only what was said since the call before, because the
	// conversation is too long to repeat all of it in every call.
	InputAttr = "steward.import.input"
)

// scope is the instrumentation scope of spans that are made here. Its version goes up whenever the same record would
// make other spans.
var scope = &trace.Origin{Name: "steward.import", Version: "1"}

// maker turns one record into spans and scores.
type maker struct {
	place
	options  *Options
	out      *batcher
	file     string
	position int64 // of the record within the import
	of       int64
}

func (m *maker) record(r record) error {
	v := r.value
	s, err := recognise(v, m.options.Format)
	if err != nil {
		return err
	}
	switch s {
	case conversationShape:
		err = m.conversation(v)
	case historyShape:
		err = m.history(v.Map())
	case otlpShape:
		err = m.otlp(v.Map(), r.text)
	default:
		err = m.single(v.Map())
	}
	if err == nil && m.out.stopped {
		return errStopped
	}
	return err
}

func (m *maker) assumed() int64 { return assumedStart(m.options.BaseTime, m.position, m.of) }

func (m *maker) resource() *trace.Origin {
	service := m.options.Service
	if service == "" {
		service = stem(m.file)
	}
	return &trace.Origin{Attributes: attr.Attrs{{Key: "service.name", Value: attr.Str(service)}}}
}

// stamp marks a span as part of the import.
func (m *maker) stamp(a attr.Attrs, assumed bool) attr.Attrs {
	a = a.Set(ImportAttr, attr.Str(m.options.Import))
	if assumed {
		a = a.Set(otlp.TimeAssumed, attr.Boolean(true))
	}
	return a
}

// list collects attributes; empty texts are left out.
type list struct{ attr.Attrs }

func (l *list) text(key, s string) {
	if s != "" {
		l.Attrs = append(l.Attrs, attr.KV{Key: key, Value: attr.Str(s)})
	}
}

func (l *list) value(key string, v attr.Value) {
	if !v.IsNull() {
		l.Attrs = append(l.Attrs, attr.KV{Key: key, Value: v})
	}
}

// json sets structured content as JSON text, the form that the GenAI conventions give it on spans.
func (l *list) json(key string, v attr.Value) {
	switch v.Kind() {
	case attr.Null:
	case attr.String:
		l.value(key, v)
	default:
		l.text(key, string(v.AppendJSON(nil)))
	}
}
