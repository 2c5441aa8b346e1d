package filter

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

const guide = "../../../docs/filter.md"

var update = flag.Bool("update", false, "rewrite the table of fields in the guide")

func readGuide(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks answers the fenced blocks of a language.
func blocks(text, language string) []string {
	var out []string
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		out = append(out, block)
	}
	return out
}

func TestGuideExamples(t *testing.T) {
	text := readGuide(t)
	for language, good := range map[string]bool{"filter": true, "filter-refused": false} {
		n := 0
		for _, block := range blocks(text, language) {
			for _, line := range strings.Split(block, "\n") {
				n++
				if _, err := Parse(line); (err == nil) != good {
					t.Errorf("%s: %s: %v", language, line, err)
				}
			}
		}
		if n < 10 {
			t.Errorf("only %d examples of %s found", n, language)
		}
	}
}

func TestGuideGrammar(t *testing.T) {
	grammar := strings.Join(blocks(readGuide(t), "ebnf"), "\n")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+) +=`).FindAllStringSubmatch(grammar, -1) {
		named[m[1]] = true
		if _, ok := productions[m[1]]; !ok {
			t.Errorf("production %s has no examples", m[1])
		}
	}
	for name := range productions {
		if !named[name] {
			t.Errorf("production %s is not in the guide", name)
		}
	}
}

func TestGuideFields(t *testing.T) {
	text := readGuide(t)
	_, rest, ok := strings.Cut(text, "-update -->\n")
	old, _, ok2 := strings.Cut(rest, "<!-- end of fields -->")
	if !ok || !ok2 {
		t.Fatal("the guide has no place for the fields")
	}
	want := fieldTable()
	if old == want {
		return
	}
	if !*update {
		t.Fatal("the guide's fields differ from the registry; run this test with -update")
	}
	if err := os.WriteFile(guide, []byte(strings.Replace(text, "-update -->\n"+old, "-update -->\n"+want, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fieldTable() string {
	var b strings.Builder
	b.WriteString("| field | type | of | what | example |\n|---|---|---|---|---|\n")
	for _, f := range Fields() {
		name, what := "`"+f.Title()+"`", f.Description
		for _, alias := range f.Aliases {
			name += ", `" + alias + "`"
		}
		if len(f.Values) > 0 {
			what += ": `" + strings.Join(f.Values, "` `") + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | `%s` |\n", name, f.Type, f.Level, what, f.Example)
	}
	return b.String()
}
