package emitter_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// agentFixture is one event and a part of the span that it becomes; want is null where it becomes none.
type agentFixture struct {
	Origin string          `json:"origin"`
	Record json.RawMessage `json:"record"`
	Want   json.RawMessage `json:"want"`
	Span   struct {
		Name     string   `json:"name"`
		Duration *float64 `json:"duration_ms"`
		Root     *bool    `json:"root"`
		Trace    string   `json:"trace"`
		Parent   string   `json:"parent"`
		Status   string   `json:"status"`
		Message  string   `json:"message"`
	} `json:"span"`
}

func agentFixtures(t testing.TB) map[string]agentFixture {
	files, err := filepath.Glob("testdata/agent-events/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	out := map[string]agentFixture{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var fx agentFixture
		if err := json.Unmarshal(b, &fx); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if fx.Origin == "" {
			t.Fatalf("%s does not say where it comes from", file)
		}
		out[strings.TrimSuffix(strings.TrimPrefix(file, "testdata/agent-events/"), ".json")] = fx
	}
	return out
}

func readRecord(t testing.TB, b []byte) *logs.Record {
	var v attr.Value
	if err := v.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	m := v.Map()
	r := &logs.Record{Project: "p", Time: readTime(m, "time"), EventName: m.Str("event"), Attributes: readAttrs(m, "attributes"),
		Resource: readOrigin(m, "resource"), Scope: readOrigin(m, "scope")}
	r.Body, _ = m.Get("body")
	if r.EventName == "" {
		r.EventName = r.Attributes.Str("event.name")
	}
	if s := m.Str("trace"); s != "" {
		var err1, err2 error
		r.Trace, err1 = trace.ParseID(s)
		r.Span, err2 = trace.ParseSpanID(m.Str("span"))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
	}
	return r
}

func TestDerive(t *testing.T) {
	for name, fx := range agentFixtures(t) {
		t.Run(name, func(t *testing.T) {
			raw, _, ok := emitter.Derive(readRecord(t, fx.Record))
			if want := string(fx.Want) != "null"; ok != want {
				t.Fatalf("derived: %v, want %v", ok, want)
			}
			if !ok {
				return
			}
			c, marks := emitter.Map(&raw)
			if !c.Derived {
				t.Error("the span is not marked as derived")
			}
			check(t, wire(&c, append(raw.Marks, marks...)), fx.Want)
			w := fx.Span
			if w.Name != "" && raw.Name != w.Name {
				t.Errorf("name %q, want %q", raw.Name, w.Name)
			}
			if got := float64(raw.End-raw.Start) / 1e6; w.Duration != nil && got != *w.Duration {
				t.Errorf("took %g ms, want %g", got, *w.Duration)
			}
			if w.Root != nil && raw.Parent.IsZero() != *w.Root {
				t.Errorf("parent %s, want a root: %v", raw.Parent, *w.Root)
			}
			if w.Trace != "" && (raw.Trace.String() != w.Trace || raw.Parent.String() != w.Parent) {
				t.Errorf("in trace %s below %s, want %s, %s", raw.Trace, raw.Parent, w.Trace, w.Parent)
			}
			if w.Status != "" && (string(raw.StatusCode) != w.Status || raw.StatusText != w.Message) {
				t.Errorf("status %s %q, want %s %q", raw.StatusCode, raw.StatusText, w.Status, w.Message)
			}
		})
	}
}

// All events of a prompt, or of a session where the agent knows no prompts, are one trace below one root.
func TestDerivedSpansOfOneTraceBelongTogether(t *testing.T) {
	fx := agentFixtures(t)
	for agent, root := range map[string]string{"claude-code": "user_prompt", "codex": "conversation_starts", "gemini-cli": "user_prompt"} {
		top, _, _ := emitter.Derive(readRecord(t, fx[agent+"/"+root].Record))
		seen := map[trace.SpanID]string{top.ID: root}
		for name, f := range fx {
			if !strings.HasPrefix(name, agent+"/") || strings.Contains(name, "user_prompt_") || strings.HasSuffix(name, "names_a_span") ||
				name == agent+"/"+root {
				continue
			}
			raw, _, ok := emitter.Derive(readRecord(t, f.Record))
			if !ok {
				continue
			}
			if raw.Trace != top.Trace || raw.Parent != top.ID {
				t.Errorf("%s: trace %s below %s, want %s below %s", name, raw.Trace, raw.Parent, top.Trace, top.ID)
			}
			if other, twice := seen[raw.ID]; twice {
				t.Errorf("%s has the id of %s", name, other)
			}
			seen[raw.ID] = name
		}
	}
}

func TestDerivedIdentity(t *testing.T) {
	record := func() *logs.Record { return readRecord(t, agentFixtures(t)["claude-code/api_request"].Record) }
	first, hash, _ := emitter.Derive(record())
	again, sameHash, _ := emitter.Derive(record())
	if !reflect.DeepEqual(first, again) || hash != sameHash {
		t.Error("the same event gave two spans")
	}
	resent := record()
	resent.Time += int64(time.Hour) // a record without a time of its own gets that of its arrival
	if raw, h, _ := emitter.Derive(resent); raw.ID != first.ID || raw.Trace != first.Trace || h != hash {
		t.Error("an event that was sent again is another span")
	}
	for name, change := range map[string]func(*logs.Record){
		"project":   func(r *logs.Record) { r.Project = "q" },
		"session":   func(r *logs.Record) { r.Attributes.Set("session.id", attr.Str("other")) },
		"request":   func(r *logs.Record) { r.Attributes.Set("request_id", attr.Str("req_012")) },
		"sequence":  func(r *logs.Record) { r.Attributes.Set("event.sequence", attr.Int64(8)) },
		"timestamp": func(r *logs.Record) { r.Attributes.Set("event.timestamp", attr.Str("2026-11-20T10:00:05.501Z")) },
	} {
		r := record()
		change(r)
		if raw, _, ok := emitter.Derive(r); !ok || raw.ID == first.ID {
			t.Errorf("another %s gave the same span", name)
		}
	}
	changed := record()
	changed.Attributes.Set("output_tokens", attr.Int64(201))
	if raw, h, _ := emitter.Derive(changed); raw.ID != first.ID || h == hash {
		t.Error("other content of the same call must be a conflict: same id, other hash")
	}
}

func TestDeriveWithoutSessionOrPrompt(t *testing.T) {
	alone := func(seq int64) trace.Raw {
		r := &logs.Record{Project: "p", Time: 5e18, EventName: "claude_code.api_request",
			Attributes: attr.Attrs{{Key: "event.sequence", Value: attr.Int64(seq)}, {Key: "model", Value: attr.Str("m")}}}
		raw, _, ok := emitter.Derive(r)
		if !ok || !raw.Parent.IsZero() {
			t.Fatalf("derived %v, parent %s", ok, raw.Parent)
		}
		return raw
	}
	if alone(1).Trace == alone(2).Trace {
		t.Error("events that nothing joins share a trace")
	}
}

func TestDeriveOddNumbers(t *testing.T) {
	for name, attrs := range map[string]attr.Attrs{
		"negative tokens":   {{Key: "input_tokens", Value: attr.Int64(-1)}, {Key: "output_tokens", Value: attr.Int64(1)}},
		"not a number":      {{Key: "cache_read_tokens", Value: attr.Float64(math.NaN())}},
		"beyond counting":   {{Key: "input_tokens", Value: attr.Float64(1e300)}},
		"negative cost":     {{Key: "cost_usd", Value: attr.Float64(-3)}},
		"negative duration": {{Key: "duration_ms", Value: attr.Int64(-5)}},
		"endless duration":  {{Key: "duration_ms", Value: attr.Float64(1e18)}},
		"before 1970":       {{Key: "duration_ms", Value: attr.Int64(100)}},
	} {
		r := &logs.Record{Time: 50e6, EventName: "claude_code.api_request", Attributes: attrs}
		raw, _, _ := emitter.Derive(r)
		c, marks := emitter.Map(&raw)
		marked := false
		for _, m := range append(marks, raw.Marks...) {
			marked = marked || m == trace.MarkBadNumber
		}
		if !marked || raw.Start > raw.End || raw.Start < 0 || c.Usage.Input < 0 || c.ReportedCost != nil {
			t.Errorf("%s: marks %v %v, from %d to %d, usage %+v", name, raw.Marks, marks, raw.Start, raw.End, c.Usage)
		}
	}
}

func TestSupersededIsNotCounted(t *testing.T) {
	for name, want := range map[string]trace.Kind{"api_request": trace.Other, "tool_result": trace.Other, "user_prompt": trace.AgentRun} {
		raw, _, _ := emitter.Derive(readRecord(t, agentFixtures(t)["claude-code/"+name].Record))
		before := len(raw.Attributes)
		whole := raw.Attributes
		emitter.Supersede(&raw)
		c, _ := emitter.Map(&raw)
		if c.Kind != want || !c.Derived || !emitter.IsSuperseded(&raw) || c.Usage.Source != "" && !c.Usage.Rollup {
			t.Errorf("%s: kind %s, usage %+v", name, c.Kind, c.Usage)
		}
		if len(whole) != before {
			t.Errorf("%s: Supersede changed attributes that it does not own", name)
		}
	}
}

func FuzzDerive(f *testing.F) {
	for _, fx := range agentFixtures(f) {
		r := readRecord(f, fx.Record)
		f.Add(r.EventName, r.Time, r.Attributes.AppendJSON(nil), true)
	}
	f.Add("codex.sse_event", int64(-1), []byte(`{"event.kind":"","error.message":1,"duration_ms":1e400}`), false)
	f.Add("gemini_cli.tool_call", int64(math.MinInt64), []byte(`{"duration_ms":-0.0,"success":"false","function_name":[]}`), true)
	f.Fuzz(func(t *testing.T, event string, at int64, attrs []byte, named bool) {
		v, ok := attr.ParseJSON(string(attrs))
		if !ok || v.Kind() != attr.Map {
			return
		}
		r := &logs.Record{Project: "p", Time: at, EventName: event, Attributes: v.Map()}
		if named {
			r.Trace, r.Span = trace.ID{1}, trace.SpanID{1}
		}
		before := string(r.Attributes.AppendJSON(nil))
		raw, hash, ok := emitter.Derive(r)
		if string(r.Attributes.AppendJSON(nil)) != before {
			t.Fatal("the record was changed")
		}
		again, sameHash, sameOK := emitter.Derive(r)
		if ok != sameOK || hash != sameHash || raw.ID != again.ID || raw.Trace != again.Trace || raw.Parent != again.Parent {
			t.Fatal("two answers to one record")
		}
		if !ok {
			return
		}
		if raw.Trace.IsZero() || raw.ID.IsZero() || raw.ID == raw.Parent || raw.Start > raw.End && at > 0 {
			t.Fatalf("trace %s, span %s below %s, from %d to %d", raw.Trace, raw.ID, raw.Parent, raw.Start, raw.End)
		}
		c, _ := emitter.Map(&raw)
		if !c.Derived || c.Usage.Rollup && c.Kind == trace.LLM {
			t.Fatalf("%+v", c)
		}
	})
}
