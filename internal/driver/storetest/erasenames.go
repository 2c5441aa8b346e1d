package storetest

import (
	"context"
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// eraseNamed: log records and points name whose they are, in many words, and need no trace for it.
func eraseNamed(t *testing.T, e telemetry.Engine) {
	spans := Calls(0, 16, Day)
	for i := range spans {
		spans[i].User, spans[i].Session = "somebody", "elsewhere"
	}
	spans[0].User, spans[0].Session = "ann's", "only ann" // her only trace is that session's only one
	entry := telemetry.Entry{Position: 1, Spans: spans}
	add := func(pairs ...string) {
		var attrs attr.Attrs
		for i := 0; i < len(pairs); i += 2 {
			attrs = append(attrs, attr.KV{Key: pairs[i], Value: attr.Str(pairs[i+1])})
		}
		r, p := Record(len(entry.Logs), Day, trace.ID{}), Point(len(entry.Points), Day)
		r.Attributes, p.Attributes = attrs, attrs
		entry.Logs, entry.Points = append(entry.Logs, r), append(entry.Points, p)
	}
	add("user.id", "ann's")
	add("enduser.id", "ann's", "user.id", "")
	add("langfuse.user.id", "ann's")
	add("user.email", "ann's")
	add("session.id", "only ann")
	add("gen_ai.conversation.id", "only ann", "user.id", "bob")
	const hers = 6
	add("user.id", "bob", "enduser.id", "ann's") // bob's: what names a user best counts
	add("session.id", "elsewhere")
	add("user.id", "ann's ") // somebody else
	add("note", "ann's")
	add()
	entry.Logs[0].Trace = trace.ID{7} // a trace that nothing else is stored of
	load(t, e, entry)
	other := telemetry.Entry{Position: 2, Logs: append(entry.Logs[:0:0], entry.Logs[0]), Points: append(entry.Points[:0:0], entry.Points[0])}
	other.Logs[0].Project, other.Points[0].Project = "other", "other"
	load(t, e, other)
	erase := func(target telemetry.Target) telemetry.Erased {
		t.Helper()
		target.Project = project.Default
		got, err := e.Erase(context.Background(), target)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := erase(telemetry.Target{Traces: []trace.ID{{9}}}); got.Logs+got.Points != 0 {
		t.Errorf("by a trace: %+v", got)
	}
	got := erase(telemetry.Target{User: "ann's"})
	if got.Logs != hers || got.Points != hers {
		t.Errorf("by user: %+v", got)
	}
	if got := erase(telemetry.Target{Session: "elsewhere"}); got.Logs != 1 || got.Points != 1 {
		t.Errorf("by session: %+v", got)
	}
	if l, p := rowsOf(t, e, telemetry.Logs), rowsOf(t, e, telemetry.Points); l != 4+1 || p != 4+1 {
		t.Errorf("%d log records and %d points are left, not 5 and 5", l, p)
	}
	if got := erase(telemetry.Target{User: "ann's"}); got.Logs+got.Points != 0 {
		t.Errorf("again: %+v", got)
	}
}
