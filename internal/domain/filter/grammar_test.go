package filter

import (
	"errors"
	"strings"
	"testing"

	"steward/internal/base/errs"
)

type accepted struct{ text, canonical string }

type refused struct {
	text           string
	column, length int
	says           string // part of the message
}

// productions holds what each production of the guide's grammar takes and refuses; TestGuideGrammar checks that none
// is missing.
var productions = map[string]struct {
	accepted []accepted
	refused  []refused
}{
	"filter": {
		[]accepted{
			{"", ""}, {" \n\t ", ""},
			{`model:gpt-4o* cost>0.05 duration>2s status:error user:ann score.helpful<0.5 env:production "refund policy"`,
				`model:gpt-4o* cost>0.05 duration>2s status:error user:ann score.helpful<0.5 env:production "refund policy"`},
		},
		[]refused{{"user:ann)", 9, 1, "closes nothing"}, {"a\x00b", 2, 1, "NUL"}, {"é\xffb", 2, 1, "UTF-8"}},
	},
	"any": {
		[]accepted{{"a OR b", "a OR b"}, {"a OR (b OR c)", "a OR b OR c"}, {"a OR b c", "a OR b c"}, {"a AND b OR NOT c", "a b OR NOT c"}},
		[]refused{{"a OR", 5, 0, "missing at the end"}, {"OR a", 1, 2, "before OR"}, {"a OR OR b", 6, 2, "before OR"}, {"a or b", 3, 2, "capitals: OR"}},
	},
	"all": {
		[]accepted{{"a b", "a b"}, {"a AND b", "a b"}, {"a (b AND c)", "a b c"}, {"(a OR b) c", "(a OR b) c"}},
		[]refused{{"a AND", 6, 0, "missing at the end"}, {"AND a", 1, 3, "before AND"}, {"a and b", 3, 3, "capitals: AND"}},
	},
	"one": {
		[]accepted{
			{"NOT a", "NOT a"}, {"-a", "NOT a"}, {"-user:ann", "user!=ann"}, {"NOT NOT a", "a"}, {"--a", "a"},
			{"NOT (a b)", "NOT (a b)"}, {"-(a OR b)", "NOT (a OR b)"}, {"NOT user:*", "NOT user:*"},
		},
		[]refused{
			{"NOT", 4, 0, "missing at the end"}, {"a - b", 3, 1, "directly before"}, {"!a", 1, 2, "NOT"},
			{"!status:error", 1, 7, "NOT"}, {"not a", 1, 3, "capitals: NOT"}, {"a NOT OR b", 7, 2, "before OR"},
		},
	},
	"group": {
		[]accepted{{"(a)", "a"}, {"((a))", "a"}, {"(a)(b)", "a b"}},
		[]refused{{"()", 1, 2, "empty"}, {"a (b", 3, 1, "not closed"}, {"a)", 2, 1, "closes nothing"}, {"refund(policy)", 7, 1, "space"}},
	},
	"phrase": {
		[]accepted{
			{`refund`, `refund`}, {`"refund policy"`, `"refund policy"`}, {`refund*`, `refund`}, {`"100*"`, `"100*"`},
			{`say\ \"hi\"`, `"say \"hi\""`}, {`"a "b`, `"a b"`}, {`"AND"`, `"AND"`}, {`text:refund`, `refund`}, {`l'été`, `"l'été"`},
		},
		[]refused{
			{`"refund`, 1, 7, "not closed"}, {`a "b" c"d`, 8, 2, "not closed"}, {`""`, 1, 2, "empty"}, {`*`, 1, 1, "nothing to search"},
			{`ref*nd`, 1, 6, "no *"}, {`'refund policy'`, 1, 7, "double quotes"}, {`a\`, 2, 1, "backslash"},
		},
	},
	"comparison": {
		[]accepted{{"cost > 0.05", "cost>0.05"}, {"cost:>0.05", "cost>0.05"}, {"status = ERROR", "status:error"}, {"status: error", "status:error"}},
		[]refused{
			{"status==error", 7, 2, `no operator "=="`}, {"user>ann", 5, 1, "no order"}, {"status:<ok", 7, 2, "no order"},
			{"derived>true", 8, 1, "true or false"}, {"user:", 6, 0, "missing"}, {"cost> AND a", 7, 3, "missing"}, {"user:OR", 6, 2, "missing"},
		},
	},
	"field": {
		[]accepted{
			{"environment:production", "env:production"}, {"Status:error", "status:error"}, {"agent.name:planner", "agent:planner"},
			{"trace.cost>1", "trace.cost>1"}, {"score.helpful<0.5", "score.helpful<0.5"}, {`attributes."my key":x`, `attributes."my key":x`},
			{`attributes.my\ key:x`, `attributes."my key":x`}, {"attributes.Http.Method:GET", "attributes.Http.Method:GET"},
			{"attribute.k:x", "attributes.k:x"}, {"resource.host.name:web", "resource.host.name:web"},
		},
		[]refused{
			{"modle:gpt", 1, 5, "did you mean model?"}, {"a http://x", 3, 4, "quote it"}, {"score<0.5", 1, 5, "score.NAME"},
			{"attributes.:x", 1, 11, "attributes.KEY"}, {"attributes.a*:x", 1, 13, "no *"}, {"é version:3", 3, 7, "agent.version"}, {"<5", 1, 1, "cannot stand"},
		},
	},
	"match": {
		[]accepted{{"user=ann", "user:ann"}, {"user!=ann", "user!=ann"}, {"user:*", "user:*"}, {"user!=*", "NOT user:*"}, {"user:**", "user:*"}, {"cost:*", "cost:*"}},
		[]refused{{"user:=ann", 5, 2, `no operator ":="`}, {`user:""`, 6, 2, "empty"}, {"user:'ann'", 6, 5, "double quotes"}},
	},
	"order": {
		[]accepted{{"cost<1", "cost<1"}, {"cost<=1", "cost<=1"}, {"cost>1", "cost>1"}, {"cost>=1", "cost>=1"}, {"cost:<=1", "cost<=1"}, {"attributes.v>b", "attributes.v>b"}},
		[]refused{{"cost>", 6, 0, "missing"}, {"cost=>1", 5, 2, "no operator"}, {"cost>(1 OR 2)", 6, 1, "one value"}, {"attributes.v>b*", 14, 2, "no wildcard"}},
	},
	"list": {
		[]accepted{
			{"status:(error OR unset)", "status:error OR status:unset"}, {"a status:(error OR unset)", "a (status:error OR status:unset)"},
			{"status!=(error OR unset)", "NOT (status:error OR status:unset)"}, {"model:(gpt-4o* OR claude*)", "model:gpt-4o* OR model:claude*"},
			{"status:( error )", "status:error"}, {"cost:(0 OR 1..2)", "cost:0 OR cost:1..2"},
		},
		[]refused{
			{"status:(error", 8, 1, "not closed"}, {"status:()", 9, 0, "missing"}, {"status:(error unset)", 15, 1, "joined by OR"},
			{"status:(error AND unset)", 15, 1, "joined by OR"}, {"status:(error OR)", 17, 0, "missing"}, {"status:((error))", 9, 1, "no parentheses"},
		},
	},
	"value": {
		[]accepted{{"user:ann", "user:ann"}, {"user:-x", `user:"-x"`}, {"status:ok", "status:ok"}, {"derived:true", "derived:true"}, {"duration:2s", "duration:2s"}},
		[]refused{{"user: ", 7, 0, "missing"}, {"user:)", 6, 0, "missing"}, {"user:AND", 6, 3, "missing"}},
	},
	"range": {
		[]accepted{
			{"cost:0.1..0.5", "cost:0.1..0.5"}, {"cost:0.1..", "cost>=0.1"}, {"cost:..0.5", "cost<=0.5"}, {"duration:1s..1m30s", "duration:1s..1m30s"},
			{"start:-24h..-1h", "start:-24h..-1h"}, {"score.x:0..0.5", "score.x:0..0.5"}, {"attributes.n:1..5", "attributes.n:1..5"},
			{"release:1..2", `release:"1..2"`}, {`attributes.n:"1..5"`, `attributes.n:"1..5"`},
			{"start!=2026-05-01", "NOT start:2026-05-01T00:00:00Z..2026-05-01T23:59:59.999999999Z"},
		},
		[]refused{{"cost:..", 6, 2, "no end"}, {"cost:2..1", 6, 4, "upside down"}, {"cost:1..x", 6, 4, "plain decimal"}, {"start:-1h..-24h", 7, 9, "upside down"}},
	},
	"text": {
		[]accepted{
			{`name:"chat gpt-4o"`, `name:"chat gpt-4o"`}, {`name:"chat "*`, `name:"chat "*`}, {`name:a\*b`, `name:"a*b"`}, {`name:a**b`, "name:a*b"},
			{`user:ann@example.org`, "user:ann@example.org"}, {`user:1`, `user:"1"`}, {`name:GET:/x`, "name:GET:/x"}, {`input:"a*b"`, `input:"a*b"`}, {`attributes.k:""`, `attributes.k:""`},
			{`score.tone:friendly`, "score.tone:friendly"}, {`score.tone:"0.5"`, `score.tone:"0.5"`}, {`score.tone:"true"`, `score.tone:"true"`},
		},
		[]refused{{`name:"chat`, 6, 5, "not closed"}, {`tool:get(user)`, 9, 1, "quote the whole"}, {`input:a*b`, 7, 3, "no *"}, {`name:x\`, 7, 1, "backslash"}},
	},
	"enum": {
		[]accepted{{"kind:LLM", "kind:llm"}, {"cost.state:unpriced", "cost.state:unpriced"}, {"usage.source:counted", "usage.source:counted"}, {"trace.status:error", "trace.status:error"}},
		[]refused{{"status:failed", 8, 6, "ok, error, unset"}, {"kind:l*", 6, 2, "allowed are llm"}},
	},
	"boolean": {
		[]accepted{{"derived:true", "derived:true"}, {"root:FALSE", "root:false"}, {"error:true", "status:error"}, {"error:false", "status!=error"}, {"score.ok:true", "score.ok:true"}},
		[]refused{{"error:yes", 7, 3, "true and false"}},
	},
	"number": {
		[]accepted{
			{"tokens>10k", "tokens>10000"}, {"tokens>1.5M", "tokens>1500000"}, {"tokens:2G", "tokens:2000000000"}, {"cost>.5", "cost>0.5"},
			{"score.x>-0.5", "score.x>-0.5"}, {"score.x:+1", "score.x:1"}, {"attributes.t>0.9", "attributes.t>0.9"}, {`cost>"0.05"`, "cost>0.05"},
		},
		[]refused{
			{"tokens>10x", 8, 3, "10k"}, {"cost>1k", 6, 2, "plain decimal"}, {"cost>$1", 6, 2, "plain decimal"}, {"cost>1e9", 6, 3, "plain decimal"},
			{"cost>0.0000000000001", 6, 15, "12 behind"}, {"tokens>100000000000000000000000000", 8, 27, "26 digits"},
			{"tokens>999999999999999999999999k", 8, 25, "too large"}, {"score.x<good", 9, 4, "plain decimal"}, {"score.x>0..1", 9, 4, "plain decimal"},
		},
	},
	"duration": {
		[]accepted{
			{"duration>2s", "duration>2s"}, {"duration>300ms", "duration>300ms"}, {"duration>90s", "duration>1m30s"}, {"duration<1.5h", "duration<1h30m"},
			{"ttft>1d", "ttft>24h"}, {"duration:0", "duration:0s"}, {"duration>15us", "duration>15µs"}, {"trace.duration>1m30s", "trace.duration>1m30s"},
		},
		[]refused{
			{"duration>2", 10, 1, "unit is missing"}, {"duration>2 s", 10, 1, "unit is missing"}, {"duration>2w", 10, 2, "ns us ms"}, {"duration>-2s", 10, 3, "negative"},
			{"duration>0.5ns", 10, 5, "finer"}, {"duration>999999d", 10, 7, "292 years"}, {"duration>s", 10, 1, "ns us ms"},
		},
	},
	"time": {
		[]accepted{
			{"start>=2026-05-01T12:00:00Z", "start>=2026-05-01T12:00:00Z"}, {"start>=2026-05-01T12:00:00.5+02:00", "start>=2026-05-01T10:00:00.5Z"},
			{"start>=2026-05-01", "start>=2026-05-01T00:00:00Z"}, {"start>2026-05-01", "start>2026-05-01T23:59:59.999999999Z"},
			{"start:2026-05-01", "start:2026-05-01T00:00:00Z..2026-05-01T23:59:59.999999999Z"},
			{"start:2026-05-01..2026-05-02", "start:2026-05-01T00:00:00Z..2026-05-02T23:59:59.999999999Z"},
			{"start>-24h", "start>-24h"}, {"end<=now", "end<=now"}, {"start>-7d", "start>-168h"},
		},
		[]refused{
			{"start>yesterday", 7, 9, "RFC 3339"}, {"start>2026-05-01T12:00:00", 7, 19, "zone"}, {"start>-24", 7, 3, "-24h"},
			{"start>1500-01-01", 7, 10, "1677"}, {"start>2026-13-01", 7, 10, "RFC 3339"},
		},
	},
}

func TestProductions(t *testing.T) {
	for name, p := range productions {
		if len(p.accepted) == 0 || len(p.refused) == 0 {
			t.Errorf("%s lacks accepted or refused examples", name)
		}
		for _, a := range p.accepted {
			e, err := Parse(a.text)
			if err != nil {
				t.Errorf("%s: %q is refused: %v", name, a.text, err)
				continue
			}
			got := ""
			if e != nil {
				got = e.String()
			}
			if got != a.canonical {
				t.Errorf("%s: %q becomes %q, want %q", name, a.text, got, a.canonical)
			}
			roundTrip(t, e)
		}
		for _, r := range p.refused {
			e, err := Parse(r.text)
			if err == nil {
				t.Errorf("%s: %q is accepted as %q", name, r.text, e)
				continue
			}
			checkError(t, r.text, err)
			d := errs.From(err).Details
			if d["column"] != r.column || d["length"] != r.length || !strings.Contains(err.Error(), r.says) {
				t.Errorf("%s: %q: column %v length %v %q, want %d %d %q", name, r.text, d["column"], d["length"], err, r.column, r.length, r.says)
			}
		}
	}
}

// checkError holds every error to its contract: code, message, and a place inside the text.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.CodeInvalid || e.Message == "" {
		t.Fatalf("%q: %#v is no invalid error", text, err)
	}
	column, length := e.Details["column"].(int), e.Details["length"].(int)
	runes := []rune(text)
	if column < 1 || length < 0 || column-1+length > len(runes) {
		t.Fatalf("%q: column %d length %d lie outside (%v)", text, column, length, err)
	}
	if at := string(runes[column-1 : column-1+length]); at != e.Details["text"] && len(text) <= MaxText {
		t.Fatalf("%q: text is %q, at the place stands %q", text, e.Details["text"], at)
	}
}

// roundTrip checks that the canonical text parses back to an equal tree and is its own canonical text.
func roundTrip(t *testing.T, e Expr) {
	t.Helper()
	if e == nil {
		return
	}
	again, err := parse(e.String())
	if err != nil {
		t.Fatalf("canonical %q is refused: %v", e, err)
	}
	if !Equal(e, again) || again.String() != e.String() {
		t.Fatalf("canonical %q parses to %q (%#v, %#v)", e, again, e, again)
	}
}

func TestLimits(t *testing.T) {
	for _, ok := range []string{
		strings.Repeat("a", MaxText),
		strings.Repeat("(", MaxDepth) + "a" + strings.Repeat(")", MaxDepth),
		strings.Repeat("(", MaxDepth-1) + "status:(ok OR error)" + strings.Repeat(")", MaxDepth-1),
		strings.Repeat("a ", MaxTerms),
		strings.Repeat("NOT ", 1000) + "a",
		"user:(" + strings.Repeat("a OR ", MaxTerms-1) + "a)",
	} {
		e, err := Parse(ok)
		if err != nil {
			t.Errorf("%.20q... is refused: %v", ok, err)
		}
		roundTrip(t, e)
	}
	for text, says := range map[string]string{
		strings.Repeat("é", MaxText/2) + "a":                                       "8193 bytes",
		strings.Repeat("(", MaxDepth+1) + "a" + strings.Repeat(")", MaxDepth+1):    "deeper than 64",
		strings.Repeat("(", MaxDepth) + "user:(a)" + strings.Repeat(")", MaxDepth): "deeper than 64",
		strings.Repeat("a ", MaxTerms+1):                                           "more than 256",
		"user:(" + strings.Repeat("a OR ", MaxTerms) + "a)":                        "more than 256",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q...: %v, want %q", text, err, says)
			continue
		}
		checkError(t, text, err)
	}
}

func TestPositions(t *testing.T) {
	e, err := Parse(`é -status:(ok OR error) "x y"`)
	if err != nil {
		t.Fatal(err)
	}
	and := e.(And)
	for i, want := range []Pos{{1, 1}, {3, 21}, {25, 5}} {
		if got := and.Terms[i].Pos(); got != want {
			t.Errorf("term %d stands at %v, want %v", i, got, want)
		}
	}
	if got := and.Terms[1].(Not).Term.(Or).Terms[1].Pos(); got != (Pos{4, 19}) {
		t.Errorf("listed value stands at %v", got)
	}
	if and.At != (Pos{1, 29}) {
		t.Errorf("the whole stands at %v", and.At)
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range productions {
		for _, a := range p.accepted {
			f.Add(a.text)
		}
		for _, r := range p.refused {
			f.Add(r.text)
		}
	}
	for _, field := range registry {
		f.Add(field.Example)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := len([]rune(text))
		for _, cursor := range []int{0, n / 2, n} {
			c := Complete(text, cursor)
			if c.Start < 0 || c.End < c.Start || c.End > n || c.Start > cursor {
				t.Fatalf("completion of %q at %d replaces %d to %d", text, cursor, c.Start, c.End)
			}
		}
		e, err := Parse(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		roundTrip(t, e)
		Walk(e, func(e Expr) {
			if p := e.Pos(); p.Column < 1 || p.Length < 1 || p.Column-1+p.Length > n {
				t.Fatalf("%q: %q stands at %v", text, e, p)
			}
		})
	})
}
