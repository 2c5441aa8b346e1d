package filter

import (
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text   string // the cursor is |
		expect Expect
		field  string
		facet  string
		prefix string
		start  int
		end    int
		has    string // candidates that must be there, by spaces
		lacks  string
	}{
		{"|", ExpectTerm, "", "", "", 0, 0, "status: cost score. NOT", "AND OR"},
		{"a |", ExpectTerm, "", "", "", 2, 2, "status: AND OR NOT", ""},
		{"a AND |", ExpectTerm, "", "", "", 6, 6, "status: NOT", "AND OR"},
		{"(|", ExpectTerm, "", "", "", 1, 1, "status: NOT", "AND"},
		{"(a) |", ExpectTerm, "", "", "", 4, 4, "AND OR", ""},
		{"user:ann sta|", ExpectTerm, "", "", "sta", 9, 12, "status: start cost.state:", "cost"},
		{"sta|tus:ok", ExpectTerm, "", "", "sta", 0, 6, "status:", ""},
		{"cost|", ExpectTerm, "", "", "cost", 0, 4, "cost> cost>= cost: cost.state: reported_cost", "AND"},
		{"-mod|", ExpectTerm, "", "", "mod", 1, 4, "model: model.used:", "AND"},
		{"envir|", ExpectTerm, "", "", "envir", 0, 5, "env:", ""},
		{"status:|", ExpectValue, "status", "", "", 7, 7, "ok error unset *", ""},
		{"status:er|r", ExpectValue, "status", "", "er", 7, 10, "error", "ok *"},
		{"status!=(ok OR |", ExpectValue, "status", "", "", 15, 15, "error", ""},
		{"status:(ok OR er|) x", ExpectValue, "status", "", "er", 14, 16, "error", "ok"},
		{"status:(ok) er|", ExpectTerm, "", "", "er", 12, 14, "error:", ""},
		{"derived:t|", ExpectValue, "derived", "", "t", 8, 9, "true", "false"},
		{"environment:pro|", ExpectValue, "env", "env", "pro", 12, 15, "", "*"},
		{`user:"ann l|ee" x`, ExpectValue, "user", "user", "ann l", 5, 14, "", ""},
		{"start>-|", ExpectValue, "start", "", "-", 6, 7, "-24h", ""},
		{"duration > |", ExpectValue, "duration", "", "", 11, 11, "1s *", ""},
		{"score.hel|", ExpectKey, "score", "score", "hel", 6, 9, "", ""},
		{"attributes.|", ExpectKey, "attributes", "attributes", "", 11, 11, "", ""},
		{"score.helpful:|", ExpectValue, "score.helpful", "score.helpful", "", 14, 14, "*", ""},
		{"resource.host.name:w|", ExpectValue, "resource.host.name", "resource.host.name", "w", 19, 20, "", ""},
		{`"refund |`, ExpectText, "", "", "refund ", 0, 8, "", ""},
		{"input:re|", ExpectText, "", "", "re", 6, 8, "", ""},
		{"nonsense:re|", ExpectText, "", "", "re", 9, 11, "", ""},
		{"é status:|", ExpectValue, "status", "", "", 9, 9, "error", ""},
	} {
		cursor := len([]rune(c.text[:strings.IndexByte(c.text, '|')]))
		got := Complete(strings.Replace(c.text, "|", "", 1), cursor)
		if got.Expect != c.expect || got.Field != c.field || got.Facet != c.facet || got.Prefix != c.prefix || got.Start != c.start || got.End != c.end {
			t.Errorf("%s: %+v", c.text, got)
		}
		var texts []string
		for _, candidate := range got.Candidates {
			texts = append(texts, candidate.Text)
		}
		for _, want := range strings.Fields(c.has) {
			if !slices.Contains(texts, want) {
				t.Errorf("%s: %s is not offered in %q", c.text, want, texts)
			}
		}
		for _, bad := range strings.Fields(c.lacks) {
			if slices.Contains(texts, bad) {
				t.Errorf("%s: %s is offered", c.text, bad)
			}
		}
	}
}

// TestCompleteBeyondTheText holds Complete to its word that it takes any cursor.
func TestCompleteBeyondTheText(t *testing.T) {
	for _, cursor := range []int{-1, 3, 1000} {
		if got := Complete("abc", cursor); got.End != 3 {
			t.Errorf("cursor %d: %+v", cursor, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for _, value := range []string{"gpt-4o", "a b", `a"b\`, "a*b", "AND", "true", "0.5", "1..2", "(x)", "-x", "'x", "!x", "é"} {
		for _, field := range []string{"user:", "score.x:", "attributes.k:"} {
			e, err := Parse(field + Quote(value))
			if err != nil {
				t.Errorf("%s%s: %v", field, Quote(value), err)
				continue
			}
			if got, ok := e.(Cmp).Value.Pattern.Literal(); !ok || got != value {
				t.Errorf("%s%s is read as %q", field, Quote(value), got)
			}
		}
	}
}

func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Fields() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if seen[name] || name != strings.ToLower(name) {
				t.Errorf("field %s: name %q is used twice or not in lower case", f.Name, name)
			}
			seen[name] = true
			if got, ok := Lookup(strings.ToUpper(name)); !ok || got.Name != f.Name {
				t.Errorf("Lookup(%q) answers %q", name, got.Name)
			}
		}
		if f.Description == "" || f.Level == "" || f.Type == TypeEnum != (len(f.Values) > 0) {
			t.Errorf("field %s is incomplete", f.Name)
		}
		e, err := Parse(f.Example)
		if err != nil {
			t.Errorf("example of %s: %v", f.Name, err)
			continue
		}
		used := false
		Walk(e, func(e Expr) {
			c, ok := e.(Cmp)
			used = used || ok && c.Field.Name == f.Name
		})
		if !used && f.Name != "error" && f.Name != "text" {
			t.Errorf("example of %s does not use it: %s", f.Name, f.Example)
		}
	}
}

func TestSuggest(t *testing.T) {
	for wrong, want := range map[string]string{
		"stauts": "status", "enviroment": "env", "input_token": "input_tokens", "call_id": "tool.call_id", "http": "", "durat": "duration", "scores": "score.NAME",
	} {
		got := suggest(wrong)
		if want == "" && len(got) == 0 {
			continue
		}
		if len(got) == 0 || got[0] != want {
			t.Errorf("%s: %v, want %s", wrong, got, want)
		}
	}
}
