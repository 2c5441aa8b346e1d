package ingest

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// touchy panics on spans of a name, as a mapper with a fault does.
type touchy struct {
	tenPerToken
	name string
}

func (p touchy) Price(s *trace.Span) usage.Cost {
	if s.Name == p.name {
		panic("index out of range")
	}
	return p.tenPerToken.Price(s)
}

// overTouchy makes the flow go on with a mapper that panics on a name, and answers what is logged.
func (f *flow) overTouchy(name string) *bytes.Buffer {
	f.stop()
	var said bytes.Buffer
	o := f.o
	o.Pricer, o.Logger, o.Workers = touchy{name: name}, slog.New(slog.NewTextHandler(&said, nil)), 1
	f.Ingest = New(o)
	f.Start()
	return &said
}

func marked(s trace.Span) bool { return slices.Contains(s.Marks, trace.MarkMapperFailed) }

func TestASpanThatPanicsIsStoredAsItWasSent(t *testing.T) {
	f := newFlow(t)
	said := f.overTouchy("poison")
	poison := func(s ptrace.Span) { s.SetName("poison"); s.Attributes().PutStr("enduser.id", "ann") }
	f.traces(f.one(4, 1, poison))
	f.traces(f.one(4, 2, nil))
	f.traces(f.one(4, 3, poison))
	s := f.span(4, 1)
	if s.Kind != trace.Other || s.Mapper.Emitter != "" || !marked(s) || s.Attributes.Str("gen_ai.request.model") != "gpt-4o" {
		t.Errorf("stored as %+v", s)
	}
	if s.User != "ann" {
		t.Errorf("a deletion would not find it: its user is %q", s.User)
	}
	if s := f.span(4, 2); s.Kind != trace.LLM || marked(s) {
		t.Errorf("the next is a %s, marked %v", s.Kind, s.Marks)
	}
	f.stop()
	if n := strings.Count(said.String(), "makes the mapper panic"); n != 1 || f.State().Unreadable != 2 {
		t.Errorf("logged %d times, counted %d", n, f.State().Unreadable)
	}
	f.start()
}

// TestADerivedSpanThatPanics: what is made of an agent's event.
func TestADerivedSpanThatPanics(t *testing.T) {
	f := newFlow(t)
	f.overTouchy("execute_tool Bash")
	f.logs(export(t, prompt("s", "1", f.now)...))
	f.wantRows(4, 4, 0, 0)
	if n := f.count("kind:other tool:Bash"); n != 0 {
		t.Errorf("%d spans are understood that cannot be", n)
	}
	if got := f.session("s"); got.Spans != 4 || f.State().Unreadable != 1 {
		t.Errorf("%d spans of the session are found, %d counted as unreadable", got.Spans, f.State().Unreadable)
	}
}

// TestAStoredSpanThatPanics: content comes by log for a span that was understood before.
func TestAStoredSpanThatPanics(t *testing.T) {
	f := newFlow(t)
	f.traces(f.one(4, 1, asked("why")))
	f.overTouchy("chat")
	f.logs(f.chosen(4, 1, "because"))
	s := f.span(4, 1)
	if s.Kind != trace.LLM || !marked(s) || len(s.Events) != 1 || len(s.Input) != 1 {
		t.Errorf("it is a %s with %d events, marks %v, input %v", s.Kind, len(s.Events), s.Marks, s.Input)
	}
	f.stop()
	f.start() // a mapper without the fault
	f.logs(f.chosen(4, 1, "because of that"))
	if s := f.span(4, 1); marked(s) || len(s.Output) != 2 {
		t.Errorf("with a mapper that reads it: marks %v, output %v", s.Marks, s.Output)
	}
}

func TestGuardTellsEmittersApart(t *testing.T) {
	var said bytes.Buffer
	g := &Ingest{o: Options{Logger: slog.New(slog.NewTextHandler(&said, nil))}}
	for range 3 {
		for _, name := range []string{"a", "b"} {
			if g.guard(&trace.Raw{Scope: &trace.Origin{Name: name}}, func() { panic("oh") }) {
				t.Error("a panic passes for success")
			}
		}
	}
	if !g.guard(&trace.Raw{}, func() {}) || g.faults.read.Load() != 6 || strings.Count(said.String(), "level=ERROR") != 2 {
		t.Errorf("counted %d, logged:\n%s", g.faults.read.Load(), said.String())
	}
}
