package ingest

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/work/payload"
)

// asked is a change for one: what the model was asked.
func asked(text string) func(ptrace.Span) {
	return func(s ptrace.Span) {
		s.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+text+`"}]}]`)
	}
}

// chosen answers an export of one log record with a span's answer.
func (f *flow) chosen(traceID, spanID byte, said string) []byte {
	f.t.Helper()
	ld := plog.NewLogs()
	r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetTraceID([16]byte{traceID})
	r.SetSpanID([8]byte{spanID})
	r.SetTimestamp(otelTime(f.now))
	r.SetEventName("gen_ai.choice")
	m := r.Body().SetEmptyMap().PutEmptyMap("message")
	m.PutStr("role", "assistant")
	m.PutStr("content", said)
	b, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

// conversed checks a stored span's question and answer and that it has one event.
func (f *flow) conversed(traceID, spanID byte, question, answer string) {
	f.t.Helper()
	s := f.span(traceID, spanID)
	if err := f.payload.Restore(f.t.Context(), &s); err != nil {
		f.t.Fatal(err)
	}
	for side, have := range map[string][]trace.Message{question: s.Input, answer: s.Output} {
		if len(have) != 1 || len(have[0].Parts) != 1 || have[0].Parts[0].Text != side {
			f.t.Errorf("want %d bytes %.20q, have %.200v", len(side), side, have)
		}
	}
	if len(s.Events) != 1 {
		f.t.Errorf("the span has %d events", len(s.Events))
	}
}

var (
	longQuestion = strings.Repeat("why ", payload.Threshold/2)
	longAnswer   = strings.Repeat("because ", payload.Threshold/4)
)

func TestJoinKeepsWhatALargeSpanSays(t *testing.T) {
	for name, send := range map[string]func(f *flow){
		"in one batch": func(f *flow) {
			f.together(func() {
				f.send(f.Traces, f.one(1, 1, asked(longQuestion)))
				f.send(f.Logs, f.chosen(1, 1, "because"))
			})
			f.settle()
		},
		"span first":  func(f *flow) { f.traces(f.one(1, 1, asked(longQuestion))); f.logs(f.chosen(1, 1, "because")) },
		"event first": func(f *flow) { f.logs(f.chosen(1, 1, "because")); f.traces(f.one(1, 1, asked(longQuestion))) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t)
			send(f)
			f.conversed(1, 1, longQuestion, "because")
		})
	}
}

// TestJoinWhenTheBlobsAreGone: retention has taken a stored span's content; what is left of it stays.
func TestJoinWhenTheBlobsAreGone(t *testing.T) {
	f := newFlow(t)
	f.traces(f.one(1, 1, asked(longQuestion)))
	before := f.span(1, 1)
	for info, err := range f.o.Blobs.List(t.Context(), "p") {
		if err != nil {
			t.Fatal(err)
		}
		if err := f.o.Blobs.Delete(t.Context(), "p", info.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	f.logs(f.chosen(1, 1, "because"))
	after := f.span(1, 1)
	if len(after.Events) != 1 {
		t.Errorf("the span has %d events", len(after.Events))
	}
	if len(after.Input) != 1 || after.Input[0].Parts[0].Text != before.Input[0].Parts[0].Text || after.Input[0].Parts[0].Text == "" {
		t.Errorf("the start of the question is lost: %.200v", after.Input)
	}
}

// picky is an engine that refuses what it is told to.
type picky struct {
	Engine
	refuse func([]telemetry.Entry) error
}

func (e *picky) Load(ctx context.Context, entries []telemetry.Entry) (telemetry.Receipt, error) {
	if err := e.refuse(entries); err != nil {
		return telemetry.Receipt{}, err
	}
	return e.Engine.Load(ctx, entries)
}

// over makes the flow go on with another engine over its own.
func (f *flow) over(engine Engine) {
	f.stop()
	o := f.o
	o.Engine = engine
	f.Ingest = New(o)
	f.Start()
}

// together sends requests so that they are loaded as one batch. The loader may have taken the first record before it
// has to wait, so that is another.
func (f *flow) together(send func()) {
	f.t.Helper()
	hold, err := f.Hold(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	f.send(f.Traces, f.one(99, 99, nil))
	send()
	for ready := false; !ready; time.Sleep(time.Millisecond) {
		f.queue.mu.Lock()
		ready = true
		for at := f.queue.next; at <= f.o.Log.Tail(); at++ {
			ready = ready && f.queue.ready[at] != nil
		}
		f.queue.mu.Unlock()
	}
	hold.Release()
}

// TestRetryChangesNothing: large content that came by log is on its span once, however often a full disk refused it.
func TestRetryChangesNothing(t *testing.T) {
	f := newFlow(t)
	var refused int
	f.over(&picky{f.engine, func(entries []telemetry.Entry) error {
		if countCarriers(entries) == 0 || refused == 2 {
			return nil
		}
		refused++
		return errs.Unavailable(time.Second, nil, "the disk is full")
	}})
	f.together(func() {
		f.send(f.Traces, f.one(1, 1, asked(longQuestion)))
		f.send(f.Logs, f.chosen(1, 1, longAnswer))
	})
	f.settle()
	f.conversed(1, 1, longQuestion, longAnswer)
	if refused != 2 {
		t.Errorf("refused %d times", refused)
	}
}

// hesitant is an engine whose disk is full when it should revise, a number of times.
type hesitant struct {
	Engine
	refusals int
}

func (e *hesitant) Revise(ctx context.Context, spans []trace.Span) (int, error) {
	if e.refusals > 0 {
		e.refusals--
		return 0, errs.Unavailable(time.Second, nil, "the disk is full")
	}
	return e.Engine.Revise(ctx, spans)
}

// TestCountsAfterAFailedRevision: what a batch stored is counted once, however often its revisions are tried.
func TestCountsAfterAFailedRevision(t *testing.T) {
	f := newFlow(t)
	f.traces(f.one(1, 1, nil))
	engine := &hesitant{f.engine, 2}
	f.over(engine)
	f.together(func() {
		f.send(f.Traces, f.one(1, 1, nil)) // a duplicate
		f.send(f.Traces, f.one(1, 2, nil))
		f.send(f.Logs, f.chosen(1, 1, "because"))
	})
	f.settle()
	if s := f.span(1, 1); s.Rev != 1 || engine.refusals != 0 {
		t.Fatalf("revision %d is stored, the engine would refuse %d times more", s.Rev, engine.refusals)
	}
	day := f.clock.Now().Format(time.DateOnly)
	spans, logs := f.tally.counts[tallyKey{"p", day, signalSpans}], f.tally.counts[tallyKey{"p", day, signalLogs}]
	if spans.Stored != 2 || spans.Duplicates != 1 || logs.Stored != 1 { // of the spans one is together's own
		t.Errorf("counted are spans %+v and logs %+v", spans, logs)
	}
}
