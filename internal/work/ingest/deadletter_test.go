package ingest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/domain/intake"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/deadletter"
)

// grumpy is an engine that refuses rows for good.
type grumpy struct {
	Engine
	refuse func(name string) bool // of a span, a log record, a metric or a score
	most   int                    // entries that it takes at once; 0 is any number
	unread func(trace.Key) bool   // stored spans that it cannot read
	stuck  func(*trace.Span) bool // revisions that it refuses
}

var errRefused = errors.New("Conversion Error: this cannot be stored")

func (e *grumpy) judge(entries []telemetry.Entry) error {
	if e.most > 0 && len(entries) > e.most {
		return errRefused
	}
	for _, entry := range entries {
		for i := range entry.Spans {
			if e.refuse(entry.Spans[i].Name) {
				return errRefused
			}
		}
		for i := range entry.Logs {
			if e.refuse(entry.Logs[i].EventName) {
				return errRefused
			}
		}
		for i := range entry.Points {
			if e.refuse(entry.Points[i].Name) {
				return errRefused
			}
		}
		for i := range entry.Scores {
			if e.refuse(entry.Scores[i].Name) {
				return errRefused
			}
		}
	}
	return nil
}

// Load stores the spans before it refuses what comes after them, as engines of partitions do.
func (e *grumpy) Load(ctx context.Context, entries []telemetry.Entry) (telemetry.Receipt, error) {
	if err := e.judge(entries); err != nil {
		only := make([]telemetry.Entry, len(entries))
		for i := range entries {
			only[i] = telemetry.Entry{Position: entries[i].Position, Spans: entries[i].Spans}
		}
		if e.judge(only) != nil {
			return telemetry.Receipt{}, err
		}
		r, loadErr := e.Engine.Load(ctx, only)
		return r, errors.Join(err, loadErr)
	}
	return e.Engine.Load(ctx, entries)
}

func (e *grumpy) Check(ctx context.Context, entries []telemetry.Entry) error {
	if err := e.judge(entries); err != nil {
		return err
	}
	return e.Engine.Check(ctx, entries)
}

func (e *grumpy) SpansOf(ctx context.Context, keys []trace.Key) ([]trace.Span, error) {
	if e.unread != nil && slices.ContainsFunc(keys, e.unread) {
		return nil, errors.New("Invalid Input Error: the row is damaged")
	}
	return e.Engine.SpansOf(ctx, keys)
}

func (e *grumpy) Revise(ctx context.Context, spans []trace.Span) (int, error) {
	for i := range spans {
		if e.stuck != nil && e.stuck(&spans[i]) {
			return 0, errRefused
		}
	}
	return e.Engine.Revise(ctx, spans)
}

func never(string) bool { return false }

// mixed answers a request of each signal with records of these names.
func (f *flow) mixed(names ...string) (spans, logs, metrics []byte, scores []score.Score) {
	f.t.Helper()
	td, ld, md := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	for i, name := range names {
		s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetTraceID([16]byte{5})
		s.SetSpanID([8]byte{5, byte(i)})
		s.SetName(name)
		s.SetStartTimestamp(otelTime(f.now))
		r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		r.SetEventName(name)
		r.SetTimestamp(otelTime(f.now))
		m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName(name)
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetIntValue(int64(i))
		p.SetTimestamp(otelTime(f.now))
		value := float64(i)
		scores = append(scores, score.Score{ID: name, Trace: trace.ID{5}, Name: name, Value: &value, Source: score.Code, Time: f.now.UnixNano()})
	}
	var err [3]error
	spans, err[0] = (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	logs, err[1] = (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	metrics, err[2] = (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err := errors.Join(err[:]...); err != nil {
		f.t.Fatal(err)
	}
	return spans, logs, metrics, scores
}

// rows answers how many rows of each kind are stored, not counting the span that together sends.
func (f *flow) rows() map[telemetry.Kind]int64 {
	f.t.Helper()
	parts, err := f.engine.Parts(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	out := map[telemetry.Kind]int64{}
	for _, p := range parts {
		out[p.Kind] += p.Rows
	}
	return out
}

func (f *flow) wantRows(spans, logs, points, scores int64) {
	f.t.Helper()
	got := f.rows()
	if got[telemetry.Spans] != spans || got[telemetry.Logs] != logs || got[telemetry.Points] != points || got[telemetry.Scores] != scores {
		f.t.Errorf("stored are %v, want %d spans, %d log records, %d points, %d scores", got, spans, logs, points, scores)
	}
}

func (f *flow) wantLetters(signals ...string) {
	f.t.Helper()
	var got []string
	for _, l := range f.dead.List() {
		got = append(got, l.Signal)
		if l.Project != "p" || l.Records != 1 || l.Position == 0 || l.Reason != errRefused.Error() && l.Reason == "" {
			f.t.Errorf("dead letter %+v", l)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, signals) {
		f.t.Errorf("dead letters of %v, want %v", got, signals)
	}
}

// loadedAgain waits until the dead letters of the start have been tried again.
func (f *flow) loadedAgain(before intake.Position) {
	f.t.Helper()
	for f.log.Tail() < before+intake.Position(len(f.dead.List())) {
		time.Sleep(time.Millisecond)
	}
	f.settle()
}

// TestRefusedRecordsKeepNothingBack: one of three records of each signal is refused for good, in one batch.
func TestRefusedRecordsKeepNothingBack(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine, refuse: func(name string) bool { return name == "bad" }}
	f.over(engine)
	spans, logs, metrics, scores := f.mixed("good", "bad", "better")
	f.together(func() {
		f.send(f.Traces, spans)
		f.send(f.Logs, logs)
		f.send(f.Metrics, metrics)
		if err := f.Scores(t.Context(), Source{Project: "p"}, scores); err != nil {
			t.Fatal(err)
		}
	})
	f.settle()
	if f.State().Failing != nil {
		t.Errorf("loading still fails: %v", f.State().Failing)
	}
	f.wantRows(1+2, 2, 2, 2)
	f.wantLetters("logs", "metrics", "scores", "spans")
	for _, signal := range []string{signalSpans, signalLogs, signalMetrics, signalScores} {
		d := f.tally.counts[tallyKey{"p", f.clock.Now().Format(time.DateOnly), signal}]
		want := int64(2)
		if signal == signalSpans {
			want++
		}
		if d.Stored != want || d.Rejected[deadLetter] != 1 || d.Duplicates != 0 {
			t.Errorf("%s are counted %+v", signal, d)
		}
	}

	before := f.log.Tail()
	f.over(engine) // refused once more
	f.loadedAgain(before)
	f.wantRows(1+2, 2, 2, 2)
	f.wantLetters("logs", "metrics", "scores", "spans")
	if d := f.tally.counts[tallyKey{"p", f.clock.Now().Format(time.DateOnly), signalSpans}]; d != nil && d.Rejected[deadLetter] != 0 {
		t.Errorf("set aside once more is counted once more: %+v", d)
	}

	engine.refuse = never // as a newer program
	before = f.log.Tail()
	f.over(engine)
	f.loadedAgain(before)
	f.wantLetters()
	f.wantRows(1+3, 3, 3, 3)
	f.restart()
	f.wantRows(1+3, 3, 3, 3)
}

// unforgetting is a folder of dead letters, and an intake log, of a process that is killed before they are shortened.
type unforgetting struct{ *deadletter.Store }

func (unforgetting) Remove(string) error { return nil }

type unreleased struct{ intake.Log }

func (unreleased) Release(intake.Position) error { return nil }

// TestDeadLettersAreLoadedOnce: the process is killed after a letter is loaded and before it is removed.
func TestDeadLettersAreLoadedOnce(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine, refuse: func(name string) bool { return name == "bad" }}
	f.over(engine)
	_, logs, metrics, _ := f.mixed("good", "bad", "better")
	f.send(f.Logs, logs)
	f.send(f.Metrics, metrics)
	f.settle()
	f.wantLetters("logs", "metrics")
	f.stop()
	o := f.o
	o.Engine, o.Log, o.DeadLetters = f.engine, unreleased{f.log}, unforgetting{f.dead}
	before := f.log.Tail()
	f.Ingest = New(o)
	f.Start()
	f.loadedAgain(before)
	f.wantRows(0, 3, 3, 0)
	f.wantLetters("logs", "metrics")
	f.stop()
	o.Log, o.DeadLetters = f.log, f.dead
	f.Ingest = New(o)
	f.Start() // reads both requests again and asks once more for both letters
	f.settle()
	f.wantRows(0, 3, 3, 0)
	f.wantLetters()
}

// TestRefusedInTurn: when one record is out, the engine complains about the next.
func TestRefusedInTurn(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine}
	engine.refuse = func(name string) bool { return name == "b" || name == "d" && len(f.dead.List()) >= 3 }
	f.over(engine)
	spans, logs, metrics, _ := f.mixed("a", "b", "c", "d", "e")
	f.together(func() {
		f.send(f.Traces, spans)
		f.send(f.Logs, logs)
		f.send(f.Metrics, metrics)
	})
	f.settle()
	f.wantRows(1+3, 3, 3, 0)
	engine.refuse = never
	before := f.log.Tail()
	f.over(engine)
	f.loadedAgain(before)
	f.wantRows(1+5, 5, 5, 0)
	f.wantLetters()
}

// TestSetAsideBeforeACrash: the process is killed after a record is set aside and before the rest of its request is
// loaded. The next one, whose engine takes it, must not have it twice.
func TestSetAsideBeforeACrash(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine, refuse: func(name string) bool { return name == "bad" }}
	engine.refuse = func(name string) bool { return name == "bad" || len(f.dead.List()) > 0 } // then it takes nothing any more
	f.over(engine)
	_, logs, metrics, _ := f.mixed("good", "bad", "better")
	f.together(func() {
		f.send(f.Logs, logs)
		f.send(f.Metrics, metrics)
	})
	for len(f.dead.List()) < 2 {
		time.Sleep(time.Millisecond)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = f.Drain(ended) // as far as it got
	f.start()
	f.loadedAgain(f.log.Tail())
	f.wantRows(1, 3, 3, 0)
	f.wantLetters()
}

// TestRefusedDerivedSpan: a span made of a log record is refused; the record is set aside with it, and both come back.
func TestRefusedDerivedSpan(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine, refuse: func(name string) bool { return name == "execute_tool Bash" }}
	f.over(engine)
	f.logs(export(t, prompt("s", "1", f.now)...))
	f.wantRows(3, 3, 0, 0)
	f.wantLetters("logs")
	engine.refuse = never
	before := f.log.Tail()
	f.over(engine)
	f.loadedAgain(before)
	f.wantRows(4, 4, 0, 0)
	f.wantLetters()
	f.check("s", 110, 1, 4)
}

func TestAnEngineThatTakesLittleAtOnceTakesAll(t *testing.T) {
	f := newFlow(t)
	f.over(&grumpy{Engine: f.engine, refuse: never, most: 2})
	f.together(func() {
		for i := range byte(9) {
			f.send(f.Traces, f.one(6, i+1, nil))
			f.send(f.Logs, f.carrier(6, i+1, "hello"))
		}
	})
	f.settle()
	f.wantRows(10, 9, 0, 0)
	f.wantLetters()
	for i := range byte(9) {
		f.says(6, i+1, "hello")
	}
}

func TestARefusedRevisionKeepsNothingBack(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine, refuse: never, stuck: func(s *trace.Span) bool { return s.ID == trace.SpanID{2} }}
	f.over(engine)
	for i := range byte(3) {
		f.send(f.Traces, f.one(6, i+1, nil))
	}
	f.settle()
	f.together(func() {
		for i := range byte(3) {
			f.send(f.Logs, f.carrier(6, i+1, "hello"))
		}
	})
	f.settle()
	f.says(6, 1, "hello")
	f.says(6, 3, "hello")
	if s := f.span(6, 2); s.Rev != 0 || f.faults.revisions.Load() != 1 {
		t.Errorf("revision %d is stored, %d are counted as refused", s.Rev, f.faults.revisions.Load())
	}
	f.wantRows(4, 3, 0, 0)
}

// TestWhatCannotBeJoinedIsSetAside: the span that a log record belongs to cannot be read.
func TestWhatCannotBeJoinedIsSetAside(t *testing.T) {
	f := newFlow(t)
	engine := &grumpy{Engine: f.engine, refuse: never, unread: func(k trace.Key) bool { return k.Span == trace.SpanID{2} }}
	f.over(engine)
	for i := range byte(3) {
		f.send(f.Traces, f.one(6, i+1, nil))
	}
	f.settle()
	f.together(func() {
		for i := range byte(3) {
			f.send(f.Logs, f.carrier(6, i+1, "hello"))
		}
	})
	f.settle()
	f.says(6, 1, "hello")
	f.says(6, 3, "hello")
	f.wantRows(4, 2, 0, 0)
	f.wantLetters("logs")
	engine.unread = nil
	before := f.log.Tail()
	f.over(engine)
	f.loadedAgain(before)
	f.says(6, 2, "hello")
	f.wantRows(4, 3, 0, 0)
}

// TestFullDeadLettersStopLoading: nothing is dropped because there is no more room for what is refused.
func TestFullDeadLettersStopLoading(t *testing.T) {
	f := newFlow(t)
	f.stop()
	o := f.o
	o.Engine = &grumpy{Engine: f.engine, refuse: func(name string) bool { return name == "chat" }}
	o.DeadLetters = full{f.dead}
	f.Ingest = New(o)
	f.Start()
	f.send(f.Traces, f.one(1, 1, nil))
	for f.State().Failing == nil || !errors.Is(f.State().Failing, errFull) {
		time.Sleep(time.Millisecond)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Drain(ended); err == nil {
		t.Error("draining says that all is loaded")
	}
	f.start()
	f.settle()
	f.wantRows(1, 0, 0, 0)
}

var errFull = errors.New("no more room")

type full struct{ *deadletter.Store }

func (full) Put(intake.DeadLetter) error { return errFull }

func TestBetween(t *testing.T) {
	entries := []telemetry.Entry{{Position: 1, Spans: make([]trace.Span, 2), Scores: make([]score.Score, 1)}, {Position: 2}, {Position: 3, Spans: make([]trace.Span, 3)}}
	for i, p := range []project.ID{"a", "b"} {
		entries[0].Spans[i].Project = p
	}
	for i := range entries[2].Spans {
		entries[2].Spans[i].Project = project.ID(rune('c' + i))
	}
	for lo := range 7 {
		for hi := lo; hi <= 6; hi++ {
			n := 0
			for _, e := range between(entries, lo, hi) {
				n += rowsOf(&e)
			}
			if n != hi-lo {
				t.Errorf("from %d to %d are %d rows", lo, hi, n)
			}
		}
	}
	got := between(entries, 2, 5)
	if len(got) != 2 || got[0].Position != 1 || len(got[0].Spans) != 0 || len(got[0].Scores) != 1 || got[1].Spans[1].Project != "d" || len(got[1].Spans) != 2 {
		t.Errorf("%+v", got)
	}
}
