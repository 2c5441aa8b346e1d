package otlp

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// EncodeTraces answers an ExportTraceServiceRequest that holds the spans as they came in, protobuf or JSON. Spans that
// share resource and scope by pointer are grouped.
func EncodeTraces(raws []*trace.Raw, json bool) ([]byte, error) {
	td := ptrace.NewTraces()
	type home struct{ resource, scope *trace.Origin }
	resources := map[*trace.Origin]ptrace.ResourceSpans{}
	scopes := map[home]ptrace.ScopeSpans{}
	for _, raw := range raws {
		at := home{raw.Resource, raw.Scope}
		ss, ok := scopes[at]
		if !ok {
			rs, ok := resources[raw.Resource]
			if !ok {
				rs = td.ResourceSpans().AppendEmpty()
				if raw.Resource != nil {
					rs.SetSchemaUrl(raw.Resource.SchemaURL)
					putAttrs(rs.Resource().Attributes(), raw.Resource.Attributes)
				}
				resources[raw.Resource] = rs
			}
			ss = rs.ScopeSpans().AppendEmpty()
			if raw.Scope != nil {
				ss.SetSchemaUrl(raw.Scope.SchemaURL)
				ss.Scope().SetName(raw.Scope.Name)
				ss.Scope().SetVersion(raw.Scope.Version)
				putAttrs(ss.Scope().Attributes(), raw.Scope.Attributes)
			}
			scopes[at] = ss
		}
		putSpan(ss.Spans().AppendEmpty(), raw)
	}
	if json {
		return (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	}
	return (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
}

func putSpan(s ptrace.Span, raw *trace.Raw) {
	s.SetTraceID(pcommon.TraceID(raw.Trace))
	s.SetSpanID(pcommon.SpanID(raw.ID))
	s.SetParentSpanID(pcommon.SpanID(raw.Parent))
	s.TraceState().FromRaw(raw.TraceState)
	s.SetName(raw.Name)
	for i, kind := range spanKinds {
		if kind == raw.OTelKind {
			s.SetKind(ptrace.SpanKind(i))
		}
	}
	s.SetStartTimestamp(pcommon.Timestamp(raw.Start))
	s.SetEndTimestamp(pcommon.Timestamp(raw.End))
	switch raw.StatusCode {
	case trace.StatusOK:
		s.Status().SetCode(ptrace.StatusCodeOk)
	case trace.StatusError:
		s.Status().SetCode(ptrace.StatusCodeError)
	}
	s.Status().SetMessage(raw.StatusText)
	s.SetDroppedAttributesCount(raw.Dropped.Attributes)
	s.SetDroppedEventsCount(raw.Dropped.Events)
	s.SetDroppedLinksCount(raw.Dropped.Links)
	putAttrs(s.Attributes(), raw.Attributes)
	for _, e := range raw.Events {
		if e.FromLog {
			continue // it came as a log record and is exported as one
		}
		to := s.Events().AppendEmpty()
		to.SetName(e.Name)
		to.SetTimestamp(pcommon.Timestamp(e.Time))
		putAttrs(to.Attributes(), e.Attributes)
	}
	for _, l := range raw.Links {
		to := s.Links().AppendEmpty()
		to.SetTraceID(pcommon.TraceID(l.Trace))
		to.SetSpanID(pcommon.SpanID(l.Span))
		to.TraceState().FromRaw(l.TraceState)
		putAttrs(to.Attributes(), l.Attributes)
	}
}

func putAttrs(to pcommon.Map, from attr.Attrs) {
	to.EnsureCapacity(len(from))
	for _, kv := range from {
		put(to.PutEmpty(kv.Key), kv.Value)
	}
}

func put(to pcommon.Value, v attr.Value) {
	switch v.Kind() {
	case attr.String:
		to.SetStr(v.Str())
	case attr.Bool:
		to.SetBool(v.Bool())
	case attr.Int:
		to.SetInt(v.Int())
	case attr.Float:
		to.SetDouble(v.Float())
	case attr.Bytes:
		to.SetEmptyBytes().FromRaw(v.Bytes())
	case attr.List:
		list := to.SetEmptySlice()
		for _, e := range v.List() {
			put(list.AppendEmpty(), e)
		}
	case attr.Map:
		putAttrs(to.SetEmptyMap(), v.Map())
	}
}
