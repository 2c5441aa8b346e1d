// Package house keeps the floors of the house: which package may import which.
package house

import (
	"os/exec"
	"strings"
	"testing"
)

// floors says for each part of the module what it may import of the module, by prefix. Everything not named is
// forbidden, and so is a package that stands in no part.
var floors = []struct {
	part string
	may  []string
}{
	{"steward/cmd/", []string{"steward/internal/app", "steward/internal/surface/cli"}},
	{"steward/internal/app", []string{"steward/"}},
	{"steward/internal/surface/", []string{"steward/internal/surface/", "steward/internal/work/", "steward/internal/domain/", "steward/internal/base/", "steward/api"}},
	{"steward/internal/work/", []string{"steward/internal/work/", "steward/internal/domain/", "steward/internal/base/"}},
	{"steward/internal/driver/", []string{"steward/internal/driver/", "steward/internal/domain/", "steward/internal/base/"}},
	{"steward/internal/domain/", []string{"steward/internal/domain/", "steward/internal/base/"}},
	{"steward/internal/base/", []string{"steward/internal/base/"}},
	{"steward/api", nil},
	{"steward/bench", []string{"steward/"}},
	{"steward/deploy/", nil},
	{"steward/tests/", []string{"steward/"}},
}

func TestImportsDescend(t *testing.T) {
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		may, known := allowed(words[0])
		if !known {
			t.Errorf("%s stands on no floor; see docs of the house in ARCHITECTURE.md", words[0])
			continue
		}
		seen++
		for _, imported := range words[1:] {
			if strings.HasPrefix(imported, "steward/") && !hasPrefix(imported, may) {
				t.Errorf("%s imports %s, against the floors", words[0], imported)
			}
		}
	}
	if seen < 20 {
		t.Errorf("saw only %d packages; the test looks in the wrong place", seen)
	}
}

func allowed(pkg string) ([]string, bool) {
	for _, f := range floors {
		if strings.HasPrefix(pkg, f.part) {
			return f.may, true
		}
	}
	return nil, false
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// TestDomainDoesNoIO keeps files, networks, processes and databases out of the nouns and of the base.
func TestDomainDoesNoIO(t *testing.T) {
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./internal/domain/...", "./internal/base/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for _, imported := range words[1:] {
			switch imported {
			case "os", "os/exec", "net", "net/http", "database/sql", "io/ioutil", "syscall":
				if !strings.HasSuffix(words[0], "/gen") {
					t.Errorf("%s imports %s; I/O belongs to driver, surface or app", words[0], imported)
				}
			}
		}
	}
}
