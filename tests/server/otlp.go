package server

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// SpanID names a span.
type SpanID struct {
	Trace [16]byte
	Span  [8]byte
}

func (id SpanID) String() string { return id.TraceHex() + "/" + id.SpanHex() }

// TraceHex answers the trace id as the API writes it.
func (id SpanID) TraceHex() string { return hex.EncodeToString(id.Trace[:]) }

// SpanHex answers the span id as the API writes it.
func (id SpanID) SpanHex() string { return hex.EncodeToString(id.Span[:]) }

// NewSpanID answers an id that nobody has.
func NewSpanID() (id SpanID) {
	_, _ = rand.Read(id.Trace[:]) // never fails
	_, _ = rand.Read(id.Span[:])
	return id
}

// Batch is an export of LLM spans that name no content; Logs answers the content, as events that join them.
type Batch struct {
	IDs   []SpanID
	Start time.Time
	Text  string // put into an attribute of every span, and into the events' messages
}

// NewBatch answers a batch of traces × spans ids.
func NewBatch(traces, spans int, text string) Batch {
	b := Batch{Start: time.Now().Add(-time.Second), Text: text}
	for range traces {
		trace := NewSpanID().Trace
		for range spans {
			id := NewSpanID()
			id.Trace = trace
			b.IDs = append(b.IDs, id)
		}
	}
	return b
}

// Traces answers the spans as an ExportTraceServiceRequest.
func (b Batch) Traces() []byte {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "faults")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for i, id := range b.IDs {
		s := spans.AppendEmpty()
		s.SetTraceID(id.Trace)
		s.SetSpanID(id.Span)
		if i > 0 && b.IDs[0].Trace == id.Trace {
			s.SetParentSpanID(b.IDs[0].Span)
		}
		s.SetName("chat gpt-4o")
		s.SetKind(ptrace.SpanKindClient)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(b.Start))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(b.Start.Add(time.Second)))
		s.Attributes().PutStr("gen_ai.operation.name", "chat")
		s.Attributes().PutStr("gen_ai.provider.name", "openai")
		s.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
		s.Attributes().PutInt("gen_ai.usage.input_tokens", 100)
		s.Attributes().PutInt("gen_ai.usage.output_tokens", 10)
		s.Attributes().PutStr("note", b.Text)
	}
	return must(ptraceotlp.NewExportRequestFromTraces(td).MarshalProto())
}

// Logs answers one event per span with its messages, and one evaluation that becomes a score.
func (b Batch) Logs() []byte {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "faults")
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	add := func(id SpanID, event string) pcommon.Map {
		r := records.AppendEmpty()
		r.SetTraceID(id.Trace)
		r.SetSpanID(id.Span)
		r.SetTimestamp(pcommon.NewTimestampFromTime(b.Start))
		r.SetEventName(event)
		return r.Attributes()
	}
	for _, id := range b.IDs {
		a := add(id, "gen_ai.client.inference.operation.details")
		a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"question of `+id.SpanHex()+`"}]}]`)
		a.PutStr("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"answer of `+id.SpanHex()+`"}],"finish_reason":"stop"}]`)
		e := add(id, "gen_ai.evaluation.result")
		e.PutStr("gen_ai.evaluation.name", "relevance")
		e.PutDouble("gen_ai.evaluation.score.value", 0.5)
	}
	return must(plogotlp.NewExportRequestFromLogs(ld).MarshalProto())
}

// Noise answers n bytes that do not compress away.
func Noise(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)[:n]
}

// Prose answers n bytes of plain text.
func Prose(n int) string {
	const line = "The refund policy allows a return within thirty days of delivery. "
	return strings.Repeat(line, n/len(line)+1)[:n]
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err) // marshalling what was just built cannot fail
	}
	return b
}
