package emitter

import (
	"os"
	"strings"
	"testing"
)

const mappingDoc = "../../../docs/mapping.md"

// table shows the rules as docs/mapping.md does.
func table() string {
	var b strings.Builder
	b.WriteString("| becomes | from the first of |\n|---|---|\n")
	for _, r := range rules {
		b.WriteString("| " + r.name + " | `" + strings.Join(r.keys, "`, `") + "` |\n")
	}
	return b.String()
}

// The table in the documentation is the rules. UPDATE_DOCS=1 rewrites it.
func TestDocumentationShowsTheRules(t *testing.T) {
	b, err := os.ReadFile(mappingDoc)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- rules -->\n", "<!-- end of rules -->"
	doc := string(b)
	i, j := strings.Index(doc, begin), strings.Index(doc, end)
	if i < 0 || j < i {
		t.Fatalf("%s has no table between %q and %q", mappingDoc, begin, end)
	}
	i += len(begin)
	if doc[i:j] == table() {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s differs from rules.go; run this test with UPDATE_DOCS=1", mappingDoc)
	}
	if err := os.WriteFile(mappingDoc, []byte(doc[:i]+table()+doc[j:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRulesAreWhole(t *testing.T) {
	seen, fields := map[string]string{}, map[field]bool{}
	for _, r := range rules {
		if fields[r.field] {
			t.Errorf("%s: its field has two rules", r.name)
		}
		fields[r.field] = true
		for _, k := range r.keys {
			if other, ok := seen[k]; ok {
				t.Errorf("%s stands under both %q and %q", k, other, r.name)
			}
			seen[k] = r.name
			if flat := strings.HasSuffix(k, ".*"); flat != (r.field >= firstFlat) {
				t.Errorf("%s: only flattened families end in .*", k)
			}
		}
		if len(r.keys) > fromEvent {
			t.Errorf("%s has more keys than ranks", r.name)
		}
	}
	for f := fNone + 1; f < numFields; f++ {
		if !fields[f] {
			t.Errorf("field %d has no rule", f)
		}
	}
}
