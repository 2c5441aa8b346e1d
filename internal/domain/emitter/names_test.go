package emitter

import (
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// TestNamesAgreeWithSpans: a deletion finds a log record under the names that a span of the same attributes has.
func TestNamesAgreeWithSpans(t *testing.T) {
	for _, keys := range [][]string{keysOf(fSession), keysOf(fUser)} {
		for i := range keys[:len(keys)-1] { // each beside the next best
			a := attr.Attrs{{Key: keys[i+1], Value: attr.Str("second")}, {Key: keys[i], Value: attr.Str("first")}}
			c, _ := Map(&trace.Raw{Attributes: a})
			if session, user := Names(a); session != c.Session || user != c.User || session+user != "first" {
				t.Errorf("%s beside %s: session %q, user %q; the span's are %q and %q", keys[i], keys[i+1], session, user, c.Session, c.User)
			}
		}
	}
	if session, user := Names(attr.Attrs{{Key: "user.id", Value: attr.Str("")}, {Key: "user.email", Value: attr.Str("ann@example.org")}, {Key: "session.id", Value: attr.Int64(42)}}); session != "42" || user != "ann@example.org" {
		t.Errorf("session %q, user %q", session, user)
	}
}

// TestNamesOfAgentsEvents: an agent's event names whom its derived span names.
func TestNamesOfAgentsEvents(t *testing.T) {
	for _, r := range []logs.Record{
		{EventName: "codex.user_prompt", Attributes: attr.Attrs{{Key: "conversation.id", Value: attr.Str("s")}, {Key: "user.email", Value: attr.Str("ann")}, {Key: "prompt", Value: attr.Str("hi")}}},
		{EventName: "gemini_cli.user_prompt", Attributes: attr.Attrs{{Key: "session.id", Value: attr.Str("s")}, {Key: "installation.id", Value: attr.Str("ann")}, {Key: "prompt", Value: attr.Str("hi")}}},
		{EventName: "claude_code.user_prompt", Attributes: attr.Attrs{{Key: "session.id", Value: attr.Str("s")}, {Key: "user.id", Value: attr.Str("ann")}, {Key: "user.email", Value: attr.Str("x")}}},
	} {
		raw, _, ok := Derive(&r)
		if !ok {
			t.Fatalf("%s makes no span", r.EventName)
		}
		c, _ := Map(&raw)
		session, user := Names(r.Attributes)
		if session != "s" || user != "ann" || c.Session != session || c.User != user {
			t.Errorf("%s: the record names %q and %q, its span %q and %q", r.EventName, session, user, c.Session, c.User)
		}
	}
}
