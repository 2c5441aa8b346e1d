package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/intakelog"
	"steward/internal/work/payload"
)

var joined = trace.Key{Project: "p", Trace: trace.ID{7}, Span: trace.SpanID{8}}

// bare is a model call without content.
func bare(t *testing.T, at time.Time) []byte {
	t.Helper()
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID([16]byte(joined.Trace))
	s.SetSpanID([8]byte(joined.Span))
	s.SetName("chat gpt-4o")
	s.SetStartTimestamp(otelTime(at))
	s.SetEndTimestamp(otelTime(at.Add(time.Second)))
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// content is what the call said, as an event beside it.
func content(t *testing.T, at time.Time, text string) []byte {
	t.Helper()
	l := plog.NewLogs()
	r := l.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetTraceID([16]byte(joined.Trace))
	r.SetSpanID([8]byte(joined.Span))
	r.SetTimestamp(otelTime(at))
	r.SetEventName("gen_ai.client.inference.operation.details")
	r.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+text+`"}]}]`)
	b, err := (&plog.ProtoMarshaler{}).MarshalLogs(l)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// heard checks what the stored span was asked.
func (f *flow) heard(want string) {
	f.t.Helper()
	s, err := f.engine.Span(f.t.Context(), joined)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.payload.Restore(f.t.Context(), &s); err != nil {
		f.t.Fatal(err)
	}
	if len(s.Input) != 1 || len(s.Input[0].Parts) != 1 || s.Input[0].Parts[0].Text != want {
		f.t.Errorf("revision %d has the input %.200v", s.Rev, s.Input)
	}
}

func (f *flow) send(take func(context.Context, Source, []byte) (Outcome, error), body []byte) {
	f.t.Helper()
	if _, err := take(f.t.Context(), Source{Project: "p"}, body); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) settle() {
	f.t.Helper()
	if err := f.Settled(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func TestJoinWithASpanSentAgain(t *testing.T) {
	f := newFlow(t)
	f.traces(bare(t, f.now))
	hold, err := f.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.send(f.Traces, bare(t, f.now)) // the answer to the first was lost
	f.send(f.Logs, content(t, f.now, "hello"))
	hold.Release()
	f.settle()
	f.heard("hello")
}

func TestJoinWithASpanTwiceInABatch(t *testing.T) {
	f := newFlow(t)
	hold, err := f.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.send(f.Traces, bare(t, f.now))
	f.send(f.Traces, bare(t, f.now))
	f.send(f.Logs, content(t, f.now, "hello"))
	hold.Release()
	f.settle()
	f.heard("hello")
}

// TestJoinAfterACrash reads a log again of which the engine has the span, but not yet the content.
func TestJoinAfterACrash(t *testing.T) {
	f := newFlow(t)
	f.traces(bare(t, f.now))
	f.stop()
	log, err := intakelog.Open(intakelog.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	o := f.o
	o.Log = log
	before := New(o) // takes in and never loads
	f.send(before.Traces, bare(t, f.now))
	f.send(before.Logs, content(t, f.now, "hello"))
	f.Ingest = New(o)
	f.Start()
	f.settle()
	f.heard("hello")
	f.stop()
	f.start()
}

// failing is an engine whose disk is full.
type failing struct {
	Engine
	full atomic.Bool
}

func (e *failing) Load(ctx context.Context, entries []telemetry.Entry) (telemetry.Receipt, error) {
	if e.full.Load() {
		return telemetry.Receipt{}, errors.New("disk is full")
	}
	return e.Engine.Load(ctx, entries)
}

// TestJoinWhenStoppedOnAFullDisk: the content waits in a loaded part of the log; the span that claims it cannot be
// loaded before the process ends. The next one must still have both.
func TestJoinWhenStoppedOnAFullDisk(t *testing.T) {
	f := newFlow(t)
	f.stop()
	disk := &failing{Engine: f.engine}
	o := f.o
	o.Engine = disk
	f.Ingest = New(o)
	f.Start()
	f.logs(content(t, f.now, "hello"))
	disk.full.Store(true)
	f.send(f.Traces, bare(t, f.now))
	for f.State().Failing == nil { // until the loader has tried
		time.Sleep(time.Millisecond)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Drain(ended); err == nil {
		t.Error("draining says that all is loaded")
	}
	f.start()
	f.settle()
	f.heard("hello")
}

// TestQuietServerReleasesTheLog: patience ends although nothing more comes in.
func TestQuietServerReleasesTheLog(t *testing.T) {
	f := newFlow(t)
	f.logs(content(t, f.now, "an orphan"))
	hold, err := f.Pause(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Release()
	if f.log.Released() >= f.log.Tail() {
		t.Fatal("the log does not hold what waits")
	}
	f.clock.Advance(time.Duration(joinPatience) + time.Second)
	f.loader.tidy(t.Context())
	if f.log.Released() < f.log.Tail() {
		t.Error("the log still holds it")
	}
}

// counting counts checkpoints, which the loader makes when it is quiet.
type counting struct {
	Engine
	checkpoints atomic.Int64
}

func (e *counting) Checkpoint(ctx context.Context) error {
	defer e.checkpoints.Add(1)
	return e.Engine.Checkpoint(ctx)
}

// TestQuietServerLooksAgain: patience ends after the loader has been quiet, and it finds out although nothing comes.
func TestQuietServerLooksAgain(t *testing.T) {
	f := newFlow(t)
	f.stop()
	engine := &counting{Engine: f.engine}
	o := f.o
	o.Engine = engine
	f.Ingest = New(o)
	f.loader.quiet = 10 * time.Millisecond
	f.Start()
	f.logs(content(t, f.now, "an orphan"))
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("waited in vain until %s", what)
			}
		}
	}
	until("it was quiet", func() bool { return engine.checkpoints.Load() > 0 })
	if f.log.Released() >= f.log.Tail() {
		t.Fatal("the log does not hold what waits")
	}
	f.clock.Advance(time.Duration(joinPatience) + time.Second)
	until("the log is released", func() bool { return f.log.Released() == f.log.Tail() })
}

func TestJoinMovesLargeContent(t *testing.T) {
	long := strings.Repeat("hello ", payload.Threshold/4)
	for name, send := range map[string]func(f *flow){
		"span first":    func(f *flow) { f.traces(bare(t, f.now)); f.logs(content(t, f.now, long)) },
		"content first": func(f *flow) { f.logs(content(t, f.now, long)); f.traces(bare(t, f.now)) },
		"in one batch": func(f *flow) {
			hold, err := f.Hold(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.send(f.Logs, content(t, f.now, long))
			f.send(f.Traces, bare(t, f.now))
			hold.Release()
			f.settle()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t)
			send(f)
			s, err := f.engine.Span(t.Context(), joined)
			if err != nil || len(s.Input) != 1 || s.Input[0].Parts[0].Blob == "" {
				t.Fatalf("the text is not in the blob store: %v, %.200v", err, s.Input)
			}
			f.heard(long)
		})
	}
}

// TestContentWithoutASpanDoesNotFillTheLog: records that wait for a span that never comes must not hold the rest.
func TestContentWithoutASpanDoesNotFillTheLog(t *testing.T) {
	f := newFlow(t)
	f.stop()
	log, err := intakelog.Open(intakelog.Config{Dir: t.TempDir(), MaxBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	var said bytes.Buffer
	o := f.o
	o.Log, o.Logger = log, slog.New(slog.NewTextHandler(&said, nil))
	f.Ingest = New(o)
	f.Start()
	f.logs(content(t, f.now, "an orphan"))
	for range 20 { // four times the log's bound
		f.logs(content(t, f.now, strings.Repeat("x", 900<<10)))
		h, err := f.Pause(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h.Release()
	}
	f.stop()
	f.start()
	if said.Len() > 0 {
		t.Error(said.String())
	}
}
