package badinput

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"steward/api"
	"steward/tests/server"
)

// odd is a case about one span: how it is spoilt, and what is to become of it. It is sent in all three forms, each
// time with a good span beside it, which must be stored.
type odd struct {
	spoil func(s ptrace.Span)
	// bytes changes the request's own bytes, for what pdata cannot say; pb is false for JSON. old is the span's id.
	bytes    func(body []byte, id server.SpanID, pb bool) []byte
	rejected string                           // reason; "" is stored
	marks    []string                         // of the stored span, exactly
	check    func(t *testing.T, got api.Span) // of the stored span
	noJSON   string                           // JSON is refused as a whole, saying this
	trace    func(t *testing.T, got api.TraceDetail)
}

func (o odd) run(t *testing.T, w *wire) {
	for form, send := range map[string]func(string, []byte) reply{
		"protobuf": w.proto, "JSON": w.json, "gRPC": func(signal string, b []byte) reply { return w.grpc(signal, b) },
	} {
		t.Run(form, func(t *testing.T) {
			w := &wire{t, w.s, w.conn}
			bad, good := server.NewSpanID(), server.NewSpanID()
			body := o.request(t, bad, good, form == "JSON")
			got := send("traces", body)
			if form == "JSON" && o.noJSON != "" {
				if got.status != 400 || !strings.Contains(got.message, o.noJSON) {
					t.Errorf("answered %+v; JSON had to be refused, saying %q", got, o.noJSON)
				}
				return
			}
			if got.status != 200 {
				t.Fatalf("answered %+v", got)
			}
			if _, err := w.s.API().Span(t.Context(), good.TraceHex(), good.SpanHex()); err != nil {
				t.Errorf("the good span beside it: %v", err)
			}
			o.outcome(t, w.s, bad, got)
		})
	}
}

func (o odd) outcome(t *testing.T, s *server.Server, bad server.SpanID, got reply) {
	if o.rejected != "" {
		if got.rejected != 1 || !strings.Contains(got.message, o.rejected) {
			t.Errorf("answered %+v; one span had to be rejected as %s", got, o.rejected)
		}
		if span, err := s.API().Span(t.Context(), bad.TraceHex(), bad.SpanHex()); api.FailureCode(err) != "not_found" {
			t.Errorf("the rejected span is there: %+v, %v", span, err)
		}
		return
	}
	if got.rejected != 0 || got.message != "" {
		t.Errorf("answered %+v; nothing had to be rejected", got)
	}
	span, err := s.API().Span(t.Context(), bad.TraceHex(), bad.SpanHex())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(span.Marks, o.marks) && len(span.Marks)+len(o.marks) > 0 {
		t.Errorf("marked %q, want %q", span.Marks, o.marks)
	}
	if o.check != nil {
		o.check(t, span)
	}
	if o.trace != nil {
		detail, err := s.API().Trace(t.Context(), bad.TraceHex())
		if err != nil {
			t.Fatal(err)
		}
		o.trace(t, detail)
	}
}

func (o odd) request(t *testing.T, bad, good server.SpanID, asJSON bool) []byte {
	t.Helper()
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, id := range []server.SpanID{good, bad} {
		s := spans.AppendEmpty()
		s.SetTraceID(id.Trace)
		s.SetSpanID(id.Span)
		s.SetName("chat")
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-2 * time.Second)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-time.Second)))
		s.Attributes().PutStr("gen_ai.operation.name", "chat")
	}
	if o.spoil != nil {
		o.spoil(spans.At(1))
	}
	r := ptraceotlp.NewExportRequestFromTraces(td)
	marshal := r.MarshalProto
	if asJSON {
		marshal = r.MarshalJSON
	}
	body, err := marshal()
	if err != nil {
		t.Fatal(err)
	}
	if o.bytes != nil {
		body = o.bytes(body, bad, !asJSON)
	}
	return body
}

// attribute answers a raw attribute of a span on the wire.
func attribute(t *testing.T, s api.Span, key string) any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(s.Attributes, &all); err != nil {
		t.Fatalf("attributes %.200s: %v", s.Attributes, err)
	}
	return all[key]
}

func nested(v pcommon.Value, depth int) {
	for range depth {
		v = v.SetEmptySlice().AppendEmpty()
	}
	v.SetStr("bottom")
}

func has(key string, want any) func(*testing.T, api.Span) {
	return func(t *testing.T, s api.Span) {
		t.Helper()
		if got := attribute(t, s, key); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %.200v, want %.200v", key, got, want)
		}
	}
}
