package problem

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

func call(reason string) *trace.Span {
	return &trace.Span{Canonical: trace.Canonical{Kind: trace.LLM, FinishReason: reason}}
}

func codes(s *trace.Span) (out []trace.ProblemCode) {
	for _, p := range s.Problems {
		out = append(out, p.Code)
	}
	return out
}

func TestEndings(t *testing.T) {
	for reason, want := range map[string]trace.ProblemCode{
		"length": trace.Cut, "max_tokens": trace.Cut, "MAX_TOKENS": trace.Cut, "FinishReason.MAX_TOKENS": trace.Cut, "FINISH_REASON_MAX_TOKENS": trace.Cut,
		"max-tokens": trace.Cut, "model_context_window_exceeded": trace.Cut, "incomplete": trace.Cut, "REASON_MAX_LEN": trace.Cut,
		"content_filter": trace.Filtered, "content-filter": trace.Filtered, "SAFETY": trace.Filtered, "refusal": trace.Filtered,
		"guardrail_intervened": trace.Filtered, "RECITATION": trace.Filtered, "PROHIBITED_CONTENT": trace.Filtered,
		"stop": "", "end_turn": "", "tool_calls": "", "tool_use": "", "STOP": "", "pause_turn": "", "": "", "completed": "", "other": "", "error": "",
	} {
		s := call(reason)
		NewChecker().Find(s, 0)
		if got := codes(s); want == "" && got != nil || want != "" && !reflect.DeepEqual(got, []trace.ProblemCode{want}) {
			t.Errorf("%s: %v, want %s", reason, got, want)
		}
	}
	agent := call("length")
	agent.Kind = trace.AgentRun // repeats what the call below says
	NewChecker().Find(agent, 0)
	second := call("stop")
	second.Output = []trace.Message{{FinishReason: "stop"}, {FinishReason: "length"}}
	second.Usage.Output = 4096
	NewChecker().Find(second, 0)
	if agent.Problems != nil || len(second.Problems) != 1 || second.Problems[0].Detail != "finish reason length after 4,096 output tokens" {
		t.Errorf("agent %+v, second choice %+v", agent.Problems, second.Problems)
	}
	refused := call("stop")
	refused.Output = []trace.Message{{Parts: []trace.Part{{Type: trace.PartData, Value: value(`{"type":"refusal","refusal":"I can't"}`)}}}}
	NewChecker().Find(refused, 0)
	if len(refused.Problems) != 1 || refused.Problems[0] != (trace.Problem{Code: trace.Filtered, Detail: "I can't"}) {
		t.Errorf("%+v", refused.Problems)
	}
}

// TestGuideNamesTheWords keeps docs/problems.md complete.
func TestGuideNamesTheWords(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []map[string]bool{cutReasons, filteredReasons} {
		for w := range words {
			if !strings.Contains(string(guide), "`"+w+"`") {
				t.Errorf("docs/problems.md does not name %s", w)
			}
		}
	}
	for _, c := range append(trace.ProblemCodes(), trace.Repeated) {
		if !strings.Contains(string(guide), "`"+string(c)+"`") {
			t.Errorf("docs/problems.md does not name %s", c)
		}
	}
}

func TestContextFull(t *testing.T) {
	for _, c := range []struct {
		input, window int64
		want          string
	}{
		{115_200, 128_000, ""},
		{115_201, 128_000, "115,201 of 128,000 tokens (90 %)"},
		{128_000, 128_000, "128,000 of 128,000 tokens (100 %)"},
		{128_001, 128_000, ""}, // the window is another than the price list's
		{900_000, 0, ""},
	} {
		s := call("stop")
		s.Usage = usage.Usage{Source: usage.Reported, Tokens: usage.Tokens{Input: c.input}}
		NewChecker().Find(s, c.window)
		got := ""
		if len(s.Problems) > 0 {
			got = s.Problems[0].Detail
		}
		if got != c.want || len(s.Problems) > 0 && s.Problems[0].Code != trace.ContextFull {
			t.Errorf("%d of %d: %+v, want %q", c.input, c.window, s.Problems, c.want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	const flight = `{"type":"object","properties":{"from":{"type":"string"},"seats":{"type":"integer","minimum":1},"class":{"enum":["economy","business"]}},
	 "required":["from"],"additionalProperties":false}`
	const drafty = `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"day":{"type":"string","format":"date"}},"definitions":{}}`
	const nested = `{"$defs":{"leg":{"type":"object","required":["to"],"properties":{"to":{"type":"string"}}}},"properties":{"legs":{"type":"array","items":{"$ref":"#/$defs/leg"}}}}`
	const tree = `{"properties":{"child":{"$ref":"#"}},"required":["name"]}`
	for _, c := range []struct{ schema, name, args, want string }{
		{flight, "book", `{"from":"SFO","seats":2}`, ""},
		{flight, "book", `{"seats":2}`, "book: missing property 'from'"},
		{flight, "book", `{"from":"SFO","seats":"two"}`, "book: seats: got string, want integer"},
		{flight, "book", `{"from":"SFO","seats":0}`, "book: seats: minimum: got 0, want 1"},
		{flight, "book", `{"from":"SFO","class":"first"}`, "book: class: value must be one of 'economy', 'business'"},
		{flight, "book", `{"from":"SFO","z":1,"a":2}`, "book: additional properties 'a', 'z' not allowed"},
		{flight, "book", `{"seats":"x","class":"first"}`, "book: missing property 'from'"}, // always the same of several
		{flight, "book", `{"from":`, "book: arguments are not JSON"},
		{flight, "book", `SFO please`, "book: arguments are not JSON"},
		{flight, "book", `"{\"from\":\"SFO\"}"`, ""}, // JSON written as JSON
		{flight, "book", ``, ""}, // not sent
		{flight, "fly", `{}`, "fly: was not offered"},
		{nested, "book", `{"legs":[{"to":"LAX"},{"via":1}]}`, "book: legs.1: missing property 'to'"},
		{drafty, "book", `{"day":"tomorrow"}`, ""}, // formats are advice
		{drafty, "book", `{"day":3}`, "book: day: got number, want string"},
		// What cannot be checked is not held against the call.
		{``, "fly", `{}`, ""}, // a tool without schema may bring others
		{``, "book", `plain text for a free tool`, ""},
		{``, "book", `{"broken`, "book: arguments are not JSON"},
		{`{"type":"nonsense"}`, "book", `{}`, ""},
		{`{"properties":{"a":{"pattern":"(?=x)"}}}`, "book", `{"a":"y"}`, ""},
		{`{"$ref":"https://example.com/schema.json"}`, "book", `{}`, ""},
		{`{"$ref":"file:///etc/passwd"}`, "book", `{}`, ""},
		{tree, "book", `{"child":{}}`, ""},
	} {
		s := call("tool_calls")
		s.ToolsOffered = []trace.ToolOffer{{Name: "book"}}
		if c.schema != "" {
			s.ToolsOffered[0].Schema = value(c.schema)
		}
		part := trace.Part{Type: trace.PartToolCall, Name: c.name}
		if part.Value = attr.Str(c.args); strings.HasPrefix(c.args, "{") {
			part.Value = value(c.args)
		}
		s.Output = []trace.Message{{Role: "assistant", Parts: []trace.Part{part}}}
		checker := NewChecker()
		for range 2 { // compiled, then remembered
			s.Problems = nil
			checker.Find(s, 0)
			got := ""
			if len(s.Problems) > 0 {
				got = s.Problems[0].Detail
			}
			if got != c.want || got != "" && s.Problems[0].Code != trace.BadArguments {
				t.Errorf("%s(%s) of %s: %q, want %q", c.name, c.args, c.schema, got, c.want)
			}
		}
	}
}

func TestSeveralBadCalls(t *testing.T) {
	s := call("length")
	s.ToolsOffered = []trace.ToolOffer{{Name: "a", Schema: value(`{"required":["x"]}`)}}
	for _, name := range []string{"b", "a", "a"} {
		s.Output = append(s.Output, trace.Message{Parts: []trace.Part{{Type: trace.PartToolCall, Name: name, Value: value(`{}`)}}})
	}
	NewChecker().Find(s, 0)
	want := []trace.Problem{{Code: trace.Cut, Detail: "finish reason length"}, {Code: trace.BadArguments, Detail: "b: was not offered, and 2 more"}}
	if !reflect.DeepEqual(s.Problems, want) {
		t.Errorf("%+v", s.Problems)
	}
}

// TestHeavySchemas gives schemas that would take hours: they are not checked.
func TestHeavySchemas(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString(`{"$defs":{"d0":{"type":"object"}`)
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&doubling, `,"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, i-1, i-1)
	}
	doubling.WriteString(`},"$ref":"#/$defs/d60"}`)
	many := func(n int, schema string) string {
		return `{"allOf":[` + strings.TrimSuffix(strings.Repeat(schema+",", n), ",") + `]}`
	}
	long := `{"x":"` + strings.Repeat("a", 60<<10) + `"}`
	for name, c := range map[string]struct{ schema, args string }{
		"references to references": {doubling.String(), `[]`},
		"a schema of itself":       {`{"allOf":[{"$ref":"#"},{"type":"array"}]}`, `{}`},
		"more than is compiled":    {many(1000, `{"type":"array"}`), `{}`},
		"a large pattern":          {`{"properties":{"x":{"pattern":"^(b{1,30}){1,30}c{900}$"}}}`, `{"x":"a"}`},
		"patterns on a long text":  {many(100, `{"properties":{"x":{"pattern":"(a|aa|aaa)+b"}}}`), long},
		"many visits":              {many(300, `{"items":{"type":"string"}}`), `[` + strings.Repeat(`1,`, 4000) + `1]`},
		"long arguments":           {`{"type":"array"}`, `{"x":"` + strings.Repeat("a", 70<<10) + `"}`},
	} {
		if got := newSchemas().misfit(value(c.args), value(c.schema)); got != "" {
			t.Errorf("%s was checked: %s", name, got)
		}
	}
	if got := newSchemas().misfit(value(long), value(`{"type":"array"}`)); got == "" {
		t.Error("long arguments within the bound are not checked")
	}
}

func FuzzMisfit(f *testing.F) {
	f.Add(`{"type":"object","required":["a"],"properties":{"a":{"pattern":"^x"}}}`, `{"a":"y"}`)
	f.Add(`{"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}`, `[[[]]]`)
	f.Add(`{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}`, `1e308`)
	f.Add(`{"unevaluatedProperties":false,"anyOf":[{"properties":{"a":true}},{"$dynamicRef":"#x"}]}`, `{"b":1}`)
	s := newSchemas()
	f.Fuzz(func(t *testing.T, schema, args string) {
		sv, ok := attr.ParseJSON(schema)
		av, fine := attr.ParseJSON(args)
		if !ok || !fine {
			t.Skip()
		}
		if first := s.misfit(av, sv); first != s.misfit(av, sv) {
			t.Errorf("two answers for the same arguments, one is %q", first)
		}
	})
}
