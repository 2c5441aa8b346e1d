package ingest

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"

	"steward/internal/base/clock"
	"steward/internal/domain/control"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/filter"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/driver/blob/folder"
	"steward/internal/driver/deadletter"
	"steward/internal/driver/duckdb"
	"steward/internal/driver/intakelog"
)

// tenPerToken prices model calls simply, so that what is counted shows in the cost too.
type tenPerToken struct{}

func (tenPerToken) Price(s *trace.Span) usage.Cost {
	if s.Kind != trace.LLM || s.Usage.Source == "" {
		return usage.Cost{}
	}
	return usage.Cost{Amount: decimal.NewFromInt(10 * s.Usage.Total()), Currency: "USD", State: usage.Priced}
}

func (tenPerToken) Window(*trace.Span) int64 { return 1000 }

type noLedger struct{}

func (noLedger) AddIngest(context.Context, []control.IngestDay) error { return nil }

// flow is an Ingest on real engines.
type flow struct {
	*Ingest
	t      *testing.T
	engine *duckdb.Engine
	log    *intakelog.Log
	dead   *deadletter.Store
	clock  *clock.Fake
	now    time.Time
}

func newFlow(t *testing.T) *flow {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	f := &flow{t: t, now: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)}
	f.clock = clock.NewFake(f.now.Add(48 * time.Hour))
	var err error
	if f.engine, err = duckdb.Open(t.TempDir(), duckdb.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.engine.Close(); err != nil {
			t.Error(err)
		}
	})
	if f.log, err = intakelog.Open(intakelog.Config{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.log.Close(); err != nil {
			t.Error(err)
		}
	})
	if f.dead, err = deadletter.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	f.start()
	t.Cleanup(f.stop)
	return f
}

func (f *flow) start() {
	blobs, err := folder.New(f.t.TempDir(), f.clock)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Ingest = New(Options{Log: f.log, DeadLetters: f.dead, Engine: f.engine, Blobs: blobs, Pricer: tenPerToken{}, Ledger: noLedger{}, Clock: f.clock,
		Logger: slog.New(slog.DiscardHandler)})
	f.Start()
}

func (f *flow) stop() {
	if err := f.Drain(context.Background()); err != nil {
		f.t.Error(err)
	}
}

// restart forgets what the loader remembers, as a new process does.
func (f *flow) restart() {
	f.stop()
	f.start()
}

func (f *flow) logs(body []byte) {
	f.t.Helper()
	if _, err := f.Logs(f.t.Context(), Source{Project: "p"}, body); err != nil {
		f.t.Fatal(err)
	}
	if err := f.Settled(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) traces(body []byte) {
	f.t.Helper()
	if _, err := f.Traces(f.t.Context(), Source{Project: "p"}, body); err != nil {
		f.t.Fatal(err)
	}
	if err := f.Settled(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) session(name string) trace.SessionSummary {
	f.t.Helper()
	got, _, err := f.engine.Session(f.t.Context(), "p", name)
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

func (f *flow) count(text string) int {
	f.t.Helper()
	e, err := filter.Parse(text)
	if err != nil {
		f.t.Fatal(err)
	}
	got, _, err := f.engine.Spans(f.t.Context(), trace.Query{Project: "p", Filter: e, Limit: 1000,
		Range: trace.Range{From: f.now.Add(-100 * time.Hour).UnixNano(), To: f.now.Add(100 * time.Hour).UnixNano()}})
	if err != nil {
		f.t.Fatal(err)
	}
	return len(got.Items)
}

// event is one log record of an export.
type event struct {
	name  string
	at    time.Time
	attrs map[string]any
}

// prompt is what Claude Code reports of one prompt: the prompt, a call with 100 + 10 tokens, a decision and a tool.
func prompt(session, id string, at time.Time) []event {
	say := func(name string, after time.Duration, attrs map[string]any) event {
		attrs["session.id"], attrs["prompt.id"], attrs["user.id"] = session, id, "ann"
		attrs["event.timestamp"] = at.Add(after).Format(time.RFC3339Nano)
		return event{"claude_code." + name, at.Add(after), attrs}
	}
	return []event{
		say("user_prompt", 0, map[string]any{"prompt": "fix it", "prompt_length": 6}),
		say("api_request", 2*time.Second, map[string]any{"model": "claude-sonnet-4-6", "input_tokens": 40, "cache_read_tokens": 60,
			"cache_creation_tokens": 0, "output_tokens": 10, "duration_ms": 1500, "cost_usd": 0.5, "request_id": "req_" + id}),
		say("tool_decision", 2100*time.Millisecond, map[string]any{"tool_name": "Bash", "decision": "accept", "source": "config"}),
		say("tool_result", 3*time.Second, map[string]any{"tool_name": "Bash", "success": "true", "duration_ms": 800}),
	}
}

func export(t *testing.T, events ...event) []byte {
	t.Helper()
	l := plog.NewLogs()
	rl := l.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "claude-code")
	sl := rl.ScopeLogs().AppendEmpty()
	for _, e := range events {
		r := sl.LogRecords().AppendEmpty()
		r.SetTimestamp(otelTime(e.at))
		r.Body().SetStr(e.name)
		if err := r.Attributes().FromRaw(e.attrs); err != nil {
			t.Fatal(err)
		}
	}
	b, err := (&plog.ProtoMarshaler{}).MarshalLogs(l)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// calls is what Claude Code's own tracing says of the same: a call with the same tokens for each moment.
func calls(t *testing.T, session string, at ...time.Time) []byte {
	t.Helper()
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	for i, at := range at {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID([16]byte{1, byte(i)})
		s.SetSpanID([8]byte{2, byte(i), byte(at.Unix() >> 8), byte(at.Unix())})
		s.SetName("claude_code.llm_request")
		s.SetStartTimestamp(otelTime(at.Add(500 * time.Millisecond)))
		s.SetEndTimestamp(otelTime(at.Add(2 * time.Second)))
		if err := s.Attributes().FromRaw(map[string]any{"session.id": session, "gen_ai.system": "anthropic", "model": "claude-sonnet-4-6",
			"input_tokens": 40, "cache_read_tokens": 60, "cache_creation_tokens": 0, "output_tokens": 10}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func otelTime(t time.Time) pcommon.Timestamp { return pcommon.NewTimestampFromTime(t) }

func TestPrepareDerivesAndReplaysTheSame(t *testing.T) {
	f := newFlow(t)
	events := append(prompt("s", "1", f.now), event{"claude_code.auth", f.now, map[string]any{"session.id": "s", "prompt.id": "1"}})
	body := export(t, events...)
	prepared := func() *work {
		got, err := otlp.DecodeLogs(body, otlp.Arrival{Project: "p", Received: f.clock.Now().UnixNano(), Pin: trace.Pin{Environment: "laptop", Release: "r"}})
		if err != nil {
			t.Fatal(err)
		}
		return f.prepare(1, &decoded{logs: &got})
	}
	w := prepared()
	if len(w.entry.Spans) != 4 || !slices.Equal(w.derived, []int{0, 1, 2, 3}) {
		t.Fatalf("%d spans of records %v", len(w.entry.Spans), w.derived)
	}
	for i, want := range []trace.Kind{trace.AgentRun, trace.LLM, trace.Other, trace.ToolCall} {
		s := &w.entry.Spans[i]
		if s.Kind != want || !s.Derived || s.Session != "s" || s.Trace != w.entry.Spans[0].Trace || s.Environment != "laptop" || s.Release != "r" {
			t.Errorf("span %d: %s, derived %v, session %q, trace %s, environment %q", i, s.Kind, s.Derived, s.Session, s.Trace, s.Environment)
		}
		if i > 0 && s.Parent != w.entry.Spans[0].ID {
			t.Errorf("span %d stands below %s", i, s.Parent)
		}
		if !w.entry.Logs[i].Joined {
			t.Errorf("record %d is not marked as joined", i)
		}
	}
	if r := w.entry.Logs[4]; r.Joined || !r.Span.IsZero() || r.Trace != w.entry.Spans[0].Trace {
		t.Errorf("a record that became no span: joined %v, trace %s, span %s", r.Joined, r.Trace, r.Span)
	}
	if r := w.entry.Logs[1]; r.Trace != w.entry.Spans[1].Trace || r.Span != w.entry.Spans[1].ID {
		t.Errorf("a record names %s %s, its span is %s", r.Trace, r.Span, w.entry.Spans[1].ID)
	}
	if c := w.entry.Spans[1].Cost; !c.Amount.Equal(decimal.NewFromInt(1100)) {
		t.Errorf("cost %s", c.Amount)
	}
	if !reflect.DeepEqual(w.entry, prepared().entry) {
		t.Error("reading the record again gave something else")
	}
}

func TestDerivedSpansAreStoredOnce(t *testing.T) {
	f := newFlow(t)
	body := export(t, append(prompt("s", "1", f.now), prompt("s", "2", f.now.Add(time.Minute))...)...)
	f.logs(body)
	f.logs(body) // sent again, because the answer was lost
	f.restart()
	f.logs(body)
	got := f.session("s")
	if got.Traces != 2 || got.Spans != 8 || got.Tokens.Total() != 220 || !got.Cost.Amount.Equal(decimal.NewFromInt(2200)) || got.User != "ann" {
		t.Errorf("%d traces, %d spans, %d tokens, cost %s, user %q", got.Traces, got.Spans, got.Tokens.Total(), got.Cost.Amount, got.User)
	}
	if n := f.count("derived:true emitter:claude-code session:s"); n != 8 {
		t.Errorf("%d derived spans", n)
	}
	if got.Reported == nil || !got.Reported.Amount.Equal(decimal.NewFromInt(1)) {
		t.Errorf("reported cost %v", got.Reported)
	}
}

// Whatever comes first, and whether the process was restarted between the two, a call is counted once.
func TestDerivedIsNotCountedBesideItsOwnSpans(t *testing.T) {
	times := func(f *flow) []time.Time { return []time.Time{f.now, f.now.Add(time.Minute)} }
	both := func(f *flow) []event { return append(prompt("s", "1", times(f)[0]), prompt("s", "2", times(f)[1])...) }
	for name, c := range map[string]struct {
		do      func(f *flow)
		derived int // that are stored; none of them is counted
	}{
		"spans first":           {func(f *flow) { f.traces(calls(f.t, "s", times(f)...)); f.logs(export(f.t, both(f)...)) }, 0},
		"spans first, restart":  {func(f *flow) { f.traces(calls(f.t, "s", times(f)...)); f.restart(); f.logs(export(f.t, both(f)...)) }, 0},
		"events first":          {func(f *flow) { f.logs(export(f.t, both(f)...)); f.traces(calls(f.t, "s", times(f)...)) }, 8},
		"events first, restart": {func(f *flow) { f.logs(export(f.t, both(f)...)); f.restart(); f.traces(calls(f.t, "s", times(f)...)) }, 8},
		"events, spans, and resent": {func(f *flow) {
			f.logs(export(f.t, both(f)...))
			f.traces(calls(f.t, "s", times(f)...))
			f.logs(export(f.t, both(f)...))
			f.traces(calls(f.t, "s", times(f)...))
		}, 8},
		"in turn": {func(f *flow) {
			f.logs(export(f.t, prompt("s", "1", times(f)[0])...))
			f.traces(calls(f.t, "s", times(f)...))
			f.logs(export(f.t, prompt("s", "2", times(f)[1])...))
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t)
			c.do(f)
			f.check("s", 220, 2, c.derived)
			f.restart()
			f.check("s", 220, 2, c.derived)
		})
	}
}

func (f *flow) check(session string, tokens int64, calls, derived int) {
	f.t.Helper()
	got := f.session(session)
	if got.Tokens.Total() != tokens || !got.Cost.Amount.Equal(decimal.NewFromInt(10*tokens)) {
		f.t.Errorf("%d tokens for %s, want %d", got.Tokens.Total(), got.Cost.Amount, tokens)
	}
	if n := f.count("kind:llm session:" + session); n != calls {
		f.t.Errorf("%d model calls, want %d", n, calls)
	}
	if n := f.count("derived:true session:" + session); n != derived {
		f.t.Errorf("%d derived spans, want %d", n, derived)
	}
}

// Both in one batch of the loader, in either order: no restart or commit lies between them.
func TestDerivedInOneBatchWithItsOwnSpans(t *testing.T) {
	for name, logsFirst := range map[string]bool{"logs first": true, "spans first": false} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t)
			got, err := otlp.DecodeLogs(export(t, prompt("s", "1", f.now)...), otlp.Arrival{Project: "p", Received: f.clock.Now().UnixNano()})
			if err != nil {
				t.Fatal(err)
			}
			own, err := otlp.DecodeTraces(calls(t, "s", f.now), otlp.Arrival{Project: "p", Received: f.clock.Now().UnixNano()})
			if err != nil {
				t.Fatal(err)
			}
			l, s := f.prepare(1, &decoded{logs: &got}), f.prepare(2, &decoded{spans: &own})
			batch := []*work{l, s}
			if !logsFirst {
				batch = []*work{s, l}
			}
			l.entry.Position, s.entry.Position = uint64(slices.Index(batch, l)+1), uint64(slices.Index(batch, s)+1)
			for range 2 { // as the loader tries again when the engine did not take it
				entries := []telemetry.Entry{batch[0].entry, batch[1].entry}
				if _, err := newCovers(f.Ingest).settle(t.Context(), batch, entries, nil); err != nil {
					t.Fatal(err)
				}
				for i, w := range batch {
					w.entry = entries[i]
				}
				if len(l.entry.Spans) != 0 || len(s.entry.Spans) != 1 || l.entry.Logs[0].Joined {
					t.Fatalf("%d derived and %d own spans, joined %v", len(l.entry.Spans), len(s.entry.Spans), l.entry.Logs[0].Joined)
				}
			}
		})
	}
}

func TestWithoutTracingAgainDerivedCounts(t *testing.T) {
	f := newFlow(t)
	f.traces(calls(t, "s", f.now))
	f.logs(export(t, prompt("s", "1", f.now)...))
	f.logs(export(t, prompt("s", "2", f.now.Add(2*time.Hour))...)) // resumed with tracing off
	f.logs(export(t, prompt("other", "3", f.now)...))
	f.traces(calls(t, "s", f.now.Add(20*time.Hour)))
	f.check("s", 330, 3, 4)
	f.check("other", 110, 1, 4)
}

func TestSupersededSurvivesMappingAgain(t *testing.T) {
	f := newFlow(t)
	f.logs(export(t, prompt("s", "1", f.now)...))
	f.traces(calls(t, "s", f.now))
	got, _, err := f.engine.Spans(t.Context(), trace.Query{Project: "p", Limit: 10, Content: true,
		Range:  trace.Range{From: f.now.Add(-time.Hour).UnixNano(), To: f.now.Add(time.Hour).UnixNano()},
		Filter: is("session", "s")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Items {
		s, err := f.engine.Span(t.Context(), got.Items[i].Key())
		if err != nil {
			t.Fatal(err)
		}
		again, _ := emitter.Map(&s.Raw)
		if again.Kind != s.Kind || !reflect.DeepEqual(again.Usage, s.Usage) || s.Derived != emitter.IsSuperseded(&s.Raw) {
			t.Errorf("%s: %s %+v, mapped again %s %+v", s.Name, s.Kind, s.Usage, again.Kind, again.Usage)
		}
	}
}

func TestErasingASessionTakesItsEvents(t *testing.T) {
	f := newFlow(t)
	secret := event{"claude_code.api_request_body", f.now, map[string]any{"session.id": "s", "prompt.id": "1", "body": "{}"}}
	f.logs(export(t, append(prompt("s", "1", f.now), secret)...))
	f.logs(export(t, prompt("kept", "2", f.now)...))
	got, err := f.engine.Erase(t.Context(), telemetry.Target{Project: "p", Session: "s"})
	if err != nil || got.Spans != 4 || got.Logs != 5 {
		t.Errorf("%d spans and %d records went: %v", got.Spans, got.Logs, err)
	}
	f.check("kept", 110, 1, 4)
}

func TestCoversForgetWithinBounds(t *testing.T) {
	f := newFlow(t)
	c := newCovers(f.Ingest)
	for i := range coverSessions + 5 {
		s := &trace.Span{Raw: trace.Raw{Project: "p", Start: f.now.UnixNano()}}
		s.Session, s.Mapper.Emitter = time.Duration(i).String(), emitter.ClaudeCode
		c.known[sessionOf(s)] = &cover{used: uint64(i), derived: map[trace.Key]int64{{Project: "p"}: 1}}
		c.spans++
	}
	c.evict()
	if len(c.known) != coverSessions || c.spans != coverSessions {
		t.Errorf("%d sessions with %d spans", len(c.known), c.spans)
	}
	if _, have := c.known[agentSession{"p", emitter.ClaudeCode, "0s"}]; have {
		t.Error("the session longest unused was kept")
	}
}
