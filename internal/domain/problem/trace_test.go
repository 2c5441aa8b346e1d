package problem

import (
	"strings"
	"testing"

	"steward/internal/domain/trace"
)

// grow makes a trace of lines "name parent marks": ! is an error, ~ a soft problem, a call such as f(x) is a tool's.
// Spans start in the order of their lines.
func grow(lines string) (spans []trace.Span, names map[trace.SpanID]string) {
	names = map[trace.SpanID]string{}
	id := func(name string) (out trace.SpanID) {
		copy(out[:], name)
		return out
	}
	for i, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		f := strings.Fields(line)
		var s trace.Span
		s.ID, s.Start, s.StatusCode = id(f[0]), int64(i), trace.StatusUnset
		names[s.ID] = f[0]
		if f[1] != "-" {
			s.Parent = id(f[1])
		}
		for _, mark := range f[2:] {
			switch mark {
			case "!":
				s.StatusCode = trace.StatusError
			case "~":
				s.Problems = []trace.Problem{{Code: trace.Cut}}
			default:
				name, args, _ := strings.Cut(mark, "(")
				s.Kind, s.Tool = trace.ToolCall, &trace.Tool{Name: name}
				if args != "" {
					s.Tool.Digest = trace.CallDigest(name, value(`"`+args+`"`))
				}
			}
		}
		spans = append(spans, s)
	}
	return spans, names
}

func TestFirst(t *testing.T) {
	for name, c := range map[string]struct{ tree, want string }{
		"nothing wrong":                        {"root -\na root", ""},
		"the root alone":                       {"root - !\na root", "root"},
		"an error that came up":                {"root - !\nagent root !\ntool agent !\nlast agent", "tool"},
		"an error that was handled":            {"root -\na root\nb a !\nc root", "b"},
		"two errors, the earlier":              {"root - !\na root !\nb root !", "a"},
		"deeper but later":                     {"root - !\na root !\nb root !\nc b !", "a"},
		"a soft failure before the hard error": {"root - !\na root ~\nb root !", "a"},
		"a soft failure after the hard error":  {"root - !\nb root !\na root ~", "b"},
		"a soft failure below a failed parent": {"root - !\nagent root !\nllm agent ~", "llm"},
		"a soft failure above a hard one":      {"root -\nagent root ~\nllm agent !", "llm"},
		"through one that is well":             {"root - !\nwell root\ndeep well !", "deep"},
		"without its root":                     {"a gone !\nb a !", "b"},
		"a circle":                             {"a b !\nb a !", "a"},
		"its own parent":                       {"a a !", "a"},
		"a circle, and a failure elsewhere":    {"a b !\nb a !\nc - !", "c"},
		"a loop of calls alone":                {"root -\na root f(x\nb root f(x\nc root f(x", "a"},
		"a loop of calls before another error": {"root -\na root f(x\nb root f(x\nc root f(x\nd root !", "d"},
		"calls that fail again and again":      {"root -\na root f(x ~\nb root f(x ~\nc root f(x ~", "a"},
	} {
		spans, names := grow(c.tree)
		id, ok := First(spans, Repeats(spans))
		if got := names[id]; got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRepeats(t *testing.T) {
	for name, c := range map[string]struct{ tree, want string }{
		"twice":                         {"r -\na r f(x\nb r f(x", ""},
		"three times":                   {"r -\na r f(x\nb r f(y\nc r f(x\nd c f(z\ne r f(x", "a:3 c:3 e:3"},
		"other tools":                   {"r -\na r f(x\nb r g(x\nc r h(x", ""},
		"arguments that were not sent":  {"r -\na r f\nb r f\nc r f", ""},
		"one call, thrice instrumented": {"r -\na r f(x\nb a f(x\nc b f(x", ""},
		"through a span between":        {"r -\na r f(x\nw a\nb w f(x\nc r f(x\nd r f(x", "a:3 c:3 d:3"},
		"a circle":                      {"a b f(x\nb a f(x\nc - f(x\nd - f(x\ne - f(x", "c:3 d:3 e:3"},
	} {
		spans, names := grow(c.tree)
		repeats := Repeats(spans)
		var got []string
		for _, s := range spans {
			if r, ok := repeats[s.ID]; ok {
				got = append(got, names[s.ID]+":"+string(rune('0'+r.N)))
				if names[r.Group] != strings.Split(c.want, ":")[0] || r.Problem().Detail != "f ×3 with the same arguments" {
					t.Errorf("%s: group %s, %s", name, names[r.Group], r.Problem().Detail)
				}
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestPath(t *testing.T) {
	spans, names := grow("root -\na root\nb a\nc root\no gone\np o\nx y\ny x")
	for id, want := range map[string]string{"b": "root a b", "root": "root", "p": "o p", "x": "y x", "none": ""} {
		var sid trace.SpanID
		copy(sid[:], id)
		var got []string
		for _, s := range Path(spans, sid) {
			got = append(got, names[s.ID])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", id, got, want)
		}
	}
}
