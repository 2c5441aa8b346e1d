// Package docs runs what the guides tell people to type, and follows every link between them.
package docs

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"steward/tests/server"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

const root = "../.."

// block answers the first fenced block of a language in a guide that holds the given words.
func block(t *testing.T, file, language, words string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		if strings.Contains(m[1], words) {
			return m[1]
		}
	}
	t.Fatalf("%s has no %s block with %q", file, language, words)
	return ""
}

func TestSendingByHand(t *testing.T) {
	s := server.Start(t, server.Options{})
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", block(t, "docs/sending.md", "sh", "curl"))
	cmd.Env = append(os.Environ(), "STEWARD_SERVER="+s.URL, "STEWARD_KEY="+s.Key)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := s.Get(t.Context(), "/api/v1/traces/5b8efff798038103d269b633813fc60c")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"used":""`, `"requested":"gpt-4o"`, `"state":"priced"`, `"service":"hello"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the trace lacks %s: %s", want, got)
		}
	}
	if r, err := http.Get(s.URL + "/readyz"); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("readyz: %v", err)
	} else {
		_ = r.Body.Close()
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

// TestLinksLead follows every link from one file of the project to another.
func TestLinksLead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 10 {
		t.Fatalf("%d guides, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}
