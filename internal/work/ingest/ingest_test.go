package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// one answers an export of one LLM span.
func (f *flow) one(traceID, spanID byte, change func(ptrace.Span)) []byte {
	f.t.Helper()
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{traceID})
	s.SetSpanID(pcommon.SpanID{spanID})
	s.SetName("chat")
	s.SetStartTimestamp(otelTime(f.now))
	s.SetEndTimestamp(otelTime(f.now.Add(time.Second)))
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	s.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
	if change != nil {
		change(s)
	}
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func (f *flow) span(traceID, spanID byte) trace.Span {
	f.t.Helper()
	s, err := f.engine.Span(f.t.Context(), trace.Key{Project: "p", Trace: trace.ID{traceID}, Span: trace.SpanID{spanID}})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// carrier answers an export of one log record that carries a span's content.
func (f *flow) carrier(traceID, spanID byte, said string) []byte {
	f.t.Helper()
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetTraceID(pcommon.TraceID{traceID})
	r.SetSpanID(pcommon.SpanID{spanID})
	r.SetTimestamp(otelTime(f.now))
	r.SetEventName("gen_ai.user.message")
	r.Body().SetEmptyMap().PutStr("content", said)
	b, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func (f *flow) says(traceID, spanID byte, want string) {
	f.t.Helper()
	s := f.span(traceID, spanID)
	if got := s.Text(); !strings.Contains(got, want) {
		f.t.Errorf("span %d says %q, want %q in it", spanID, got, want)
	}
}

func TestLogBorneContentJoinsItsSpanInAnyOrder(t *testing.T) {
	f := newFlow(t)
	f.logs(f.carrier(1, 1, "before the span"))
	f.traces(f.one(1, 1, nil))
	f.says(1, 1, "before the span")

	f.traces(f.one(1, 2, nil))
	f.logs(f.carrier(1, 2, "after the span"))
	f.says(1, 2, "after the span")
	f.logs(f.carrier(1, 2, "after the span")) // sent again
	if s := f.span(1, 2); len(s.Events) != 1 {
		t.Errorf("a record sent twice is on the span %d times", len(s.Events))
	}

	// a waiting record holds its part of the log, so that a restart does not part it from its span
	f.logs(f.carrier(1, 3, "over a restart"))
	f.restart()
	f.traces(f.one(1, 3, nil))
	f.says(1, 3, "over a restart")
}

func TestWaitingEndsAfterPatience(t *testing.T) {
	f := newFlow(t)
	f.logs(f.carrier(1, 1, "too early"))
	f.clock.Advance(time.Duration(joinPatience) + time.Second)
	f.traces(f.one(1, 1, nil))
	if s := f.span(1, 1); s.Text() != "" {
		t.Errorf("span says %q", s.Text())
	}
}

func TestDuplicatesAndConflictsAreStoredOnce(t *testing.T) {
	f := newFlow(t)
	body := f.one(1, 1, nil)
	f.traces(body)
	f.traces(body)
	f.traces(f.one(1, 1, func(s ptrace.Span) { s.SetName("another") }))
	if s := f.span(1, 1); s.Name != "chat" {
		t.Errorf("the first accepted content must win, got %q", s.Name)
	}
	f.tally.mu.Lock()
	defer f.tally.mu.Unlock()
	d := f.tally.counts[tallyKey{"p", f.clock.Now().Format(time.DateOnly), signalSpans}]
	if d.Received != 3 || d.Stored != 1 || d.Duplicates != 1 || d.Conflicts != 1 {
		t.Errorf("counted %+v", d)
	}
}

func TestEvaluationEventsBecomeScores(t *testing.T) {
	f := newFlow(t)
	f.traces(f.one(1, 1, func(s ptrace.Span) {
		e := s.Events().AppendEmpty()
		e.SetName("gen_ai.evaluation.result")
		e.SetTimestamp(otelTime(f.now))
		e.Attributes().PutStr("gen_ai.evaluation.name", "relevance")
		e.Attributes().PutDouble("gen_ai.evaluation.score.value", 0.25)
		e.Attributes().PutStr("gen_ai.evaluation.explanation", "off topic")
	}))
	got, err := f.engine.ScoresOf(t.Context(), "p", []trace.ID{{1}})
	if err != nil {
		t.Fatal(err)
	}
	s := got[trace.ID{1}]
	if len(s) != 1 || s[0].Name != "relevance" || *s[0].Value != 0.25 || s[0].Explanation != "off topic" || s[0].Span != (trace.SpanID{1}) {
		t.Errorf("scores are %+v", s)
	}
}

func TestScoresAreCheckedAndReplaceable(t *testing.T) {
	f := newFlow(t)
	half, one := 0.5, 1.0
	bad := []score.Score{{ID: "a", Trace: trace.ID{1}, Name: "x", Source: "somebody"}}
	if err := f.Scores(t.Context(), Source{Project: "p"}, bad); errs.CodeOf(err) != errs.CodeInvalid {
		t.Errorf("an unknown source is %v", err)
	}
	for _, v := range []*float64{&half, &one} {
		err := f.Scores(t.Context(), Source{Project: "p"}, []score.Score{{ID: "a", Trace: trace.ID{1}, Name: "x", Value: v, Source: score.Human, Time: f.now.UnixNano()}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := f.engine.ScoresOf(t.Context(), "p", []trace.ID{{1}})
	if err != nil || len(got[trace.ID{1}]) != 1 || *got[trace.ID{1}][0].Value != 1 {
		t.Errorf("scores are %+v, %v", got, err)
	}
}

func TestLargePayloadsMoveAndComeBackWhole(t *testing.T) {
	f := newFlow(t)
	long := strings.Repeat("a long story ", 20_000)
	image := strings.Repeat("\x00\x01PNG", 500)
	f.traces(f.one(1, 1, func(s ptrace.Span) {
		v := attr.ListOf(attr.MapOf(attr.Attrs{{Key: "role", Value: attr.Str("user")}, {Key: "parts", Value: attr.ListOf(
			attr.MapOf(attr.Attrs{{Key: "type", Value: attr.Str("text")}, {Key: "content", Value: attr.Str(long)}}))}}))
		s.Attributes().PutStr("gen_ai.input.messages", string(v.AppendJSON(nil)))
		s.Attributes().PutEmptyBytes("picture").FromRaw([]byte(strings.Repeat(image, 100)))
	}))
	s := f.span(1, 1)
	part := s.Input[0].Parts[0]
	if part.Blob == "" || len(part.Text) > 40<<10 {
		t.Fatalf("the text of %d bytes stayed in the row (%d bytes there, blob %q)", len(long), len(part.Text), part.Blob)
	}
	if err := f.payload.Restore(t.Context(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Input[0].Parts[0].Text != long {
		t.Error("the text came back different")
	}
	if v, _ := s.Attributes.Get("picture"); string(v.Bytes()) != strings.Repeat(image, 100) {
		t.Error("the bytes came back different")
	}
}

// stubborn is an engine that does not take records while it is told not to.
type stubborn struct {
	Engine
	down  atomic.Bool
	loads atomic.Int64
}

func (s *stubborn) Load(ctx context.Context, e []telemetry.Entry) (telemetry.Receipt, error) {
	s.loads.Add(1)
	if s.down.Load() {
		return telemetry.Receipt{}, errs.Unavailable(time.Second, errors.New("no space left"), "the disk is full")
	}
	return s.Engine.Load(ctx, e)
}

func TestAnEngineThatIsDownLosesNothing(t *testing.T) {
	f := newFlow(t)
	f.stop()
	engine := &stubborn{Engine: f.engine}
	engine.down.Store(true)
	o := f.o
	o.Engine, o.MaxQueue = engine, 1 // a queue of 1 byte: every record is read back from the log
	f.Ingest = New(o)
	f.Start()
	for i := range byte(20) {
		if _, err := f.Traces(t.Context(), Source{Project: "p"}, f.one(9, i+1, nil)); err != nil {
			t.Fatal(err)
		}
	}
	for engine.loads.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := f.Settled(ctx)
	if errs.CodeOf(err) != errs.CodeUnavailable || !strings.Contains(fmt.Sprint(err), "no space left") {
		t.Errorf("a read while the engine is down answers %v", err)
	}
	if f.State().Failing == nil {
		t.Error("the state does not say that loading fails")
	}
	engine.down.Store(false)
	if err := f.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans, err := f.engine.Trace(t.Context(), "p", trace.ID{9}, false)
	if err != nil || len(spans) != 20 {
		t.Errorf("%d of 20 spans, %v", len(spans), err)
	}
	if f.State().Failing != nil {
		t.Error("the state still says that loading fails")
	}
	if n := len(f.dead.List()); n > 0 {
		t.Errorf("%d records were set aside because the disk was full", n)
	}
}

func TestWhatTheLogHoldsIsLoadedAtTheNextStart(t *testing.T) {
	f := newFlow(t)
	f.stop()
	o := f.o
	f.Ingest = New(o) // never started: as if killed right after the acknowledgement
	for i := range byte(5) {
		if _, err := f.Traces(t.Context(), Source{Project: "p"}, f.one(7, i+1, nil)); err != nil {
			t.Fatal(err)
		}
	}
	f.Ingest = New(o)
	f.Start()
	if err := f.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if spans, err := f.engine.Trace(t.Context(), "p", trace.ID{7}, false); err != nil || len(spans) != 5 {
		t.Errorf("%d of 5 spans, %v", len(spans), err)
	}
}

func TestMemoryForRequestsIsBounded(t *testing.T) {
	b := newBudget(100)
	first, second := &Lease{b: b}, &Lease{b: b}
	if err := first.Grow(80); err != nil {
		t.Fatal(err)
	}
	err := second.Grow(30)
	if errs.CodeOf(err) != errs.CodeOverloaded || errs.From(err).RetryAfter == 0 {
		t.Errorf("beyond the bound: %v", err)
	}
	first.Close()
	first.Close()
	if err := second.Grow(100); err != nil {
		t.Errorf("after the first gave back: %v", err)
	}
	second.Close()
	if b.used.Load() != 0 {
		t.Errorf("%d bytes are never given back", b.used.Load())
	}
}

func TestRequestsAreTakenInDuringAHold(t *testing.T) {
	f := newFlow(t)
	f.stop()
	o := f.o
	o.MaxBacklog = 1
	f.Ingest = New(o)
	f.Start()
	hold, err := f.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range byte(3) {
		f.send(f.Traces, f.one(3, i+1, nil))
	}
	hold.Release()
	f.settle()
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add(appendHeader(nil, otlp.Arrival{Project: "p", Received: 5, Pin: trace.Pin{Environment: "e"}}, "key"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, key, body, err := cutHeader(b)
		if err != nil {
			return
		}
		again, key2, body2, err := cutHeader(append(appendHeader(nil, in, key), body...))
		if err != nil || again != in || key2 != key || string(body2) != string(body) {
			t.Fatalf("%v %q became %v %q: %v", in, key, again, key2, err)
		}
	})
}

func TestRequestsWaitForTheLoaderWhenItIsBehind(t *testing.T) {
	f := newFlow(t)
	f.stop()
	o := f.o
	o.MaxBacklog = 1
	f.Ingest = New(o)
	// not started: nothing is loaded, so the second request finds no room
	if _, err := f.Traces(t.Context(), Source{Project: "p"}, f.one(3, 1, nil)); err != nil {
		t.Fatal(err)
	}
	_, err := f.Traces(t.Context(), Source{Project: "p"}, f.one(3, 2, nil))
	if errs.CodeOf(err) != errs.CodeOverloaded || errs.From(err).RetryAfter == 0 {
		t.Fatalf("beyond the backlog: %v", err)
	}
	f.Start()
	for i := range byte(10) {
		if _, err := f.Traces(t.Context(), Source{Project: "p"}, f.one(3, i+2, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if spans, err := f.engine.Trace(t.Context(), "p", trace.ID{3}, false); err != nil || len(spans) != 11 {
		t.Errorf("%d of 11 spans, %v", len(spans), err)
	}
}
