// Package start runs what docs/guides/start tells people to paste, as it stands there, against the real program. The
// guides in TypeScript are run by tests/sdk/start.test.mjs, beside the packages that they need.
package start

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"steward/tests/server"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

const (
	guides  = "../../docs/guides/start"
	address = "http://127.0.0.1:7171"
	key     = "YOUR_KEY"
)

// guide is a guide's text and what it asks to be pasted.
type guide struct {
	text, setup, send string
	proof             string
}

var section = regexp.MustCompile("(?m)^## (Set up|Send|Next|Proof)\n\n")

func read(t *testing.T, name string) guide {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(guides, name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	g := guide{text: string(b)}
	at := section.FindAllStringSubmatchIndex(g.text, -1)
	for i, m := range at {
		end := len(g.text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		body := strings.TrimSpace(g.text[m[1]:end])
		switch g.text[m[2]:m[3]] {
		case "Set up":
			g.setup = paste(t, name, body)
		case "Send":
			g.send = paste(t, name, body)
		case "Proof":
			g.proof = body
		}
	}
	return g
}

// paste answers the text of a section that is one block for a shell and nothing else.
func paste(t *testing.T, name, body string) string {
	t.Helper()
	text, opened := strings.CutPrefix(body, "```sh\n")
	text, closed := strings.CutSuffix(text, "```")
	if !opened || !closed || strings.Contains(text, "```") {
		t.Fatalf("%s: a section to paste must be one block of sh:\n%s", name, body)
	}
	return text
}

// settings answers the lines of the set-up that set variables; the others install what the tests have already.
func (g guide) settings() string {
	var out []string
	for line := range strings.Lines(g.setup) {
		if strings.HasPrefix(line, "export ") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// filled puts the server's address and a key into a text, as the page does.
func filled(text, url, secret string) string {
	return strings.NewReplacer(address, url, key, secret).Replace(text)
}

func shell(t *testing.T, dir, script string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s\n%s", err, script, out)
	}
}

// run are the guides that tests run. TypeScript's are the other test's.
var run = map[string]func(t *testing.T, dir string){
	"curl": nil,
	"python-plain": func(t *testing.T, _ string) {
		needPython(t)
	},
	"go": func(t *testing.T, dir string) {
		for _, name := range []string{"go.mod", "go.sum"} {
			b, err := os.ReadFile(filepath.Join("testdata/go", name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	},
}

// TestFirstTrace pastes what a guide says and finds a model call with its messages and its price.
func TestFirstTrace(t *testing.T) {
	for name, prepare := range run {
		t.Run(name, func(t *testing.T) {
			dir, g := t.TempDir(), read(t, name)
			if prepare != nil {
				prepare(t, dir)
			}
			s := server.Start(t, server.Options{})
			shell(t, dir, filled(g.settings()+g.send, s.URL, s.Key))
			from := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
			got, err := s.Get(t.Context(), "/api/v1/spans?include=content&filter=kind:llm&from="+from)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{`"requested":"gpt-5-mini"`, `"service":"my-app"`, "Say hello.", "Hello.", `"state":"priced"`} {
				if !strings.Contains(got, want) {
					t.Errorf("the model call lacks %s: %s", want, got)
				}
			}
		})
	}
}

// TestGuides holds all guides to the form that the page and the tests read, and to saying what was run.
func TestGuides(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(guides, "*.md"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d guides, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		g := read(t, name)
		if g.send == "" || !strings.HasPrefix(g.text, "# ") {
			t.Errorf("%s has no title or nothing to send", name)
		}
		both := g.setup + g.send
		if !strings.Contains(both, address) || strings.Count(both, key) != 1 {
			t.Errorf("%s must hold %s, and %s once", name, address, key)
		}
		shell(t, t.TempDir(), "bash -n <<'PASTED'\n"+both+"PASTED\n")
		_, here := run[name]
		runs := here || strings.HasPrefix(name, "typescript")
		if says := strings.HasPrefix(g.proof, "Run "); says != runs || !says && !strings.HasPrefix(g.proof, "Not run here:") {
			t.Errorf("%s: it is run by a test: %v; its proof says %q", name, runs, g.proof)
		}
	}
}

var document = regexp.MustCompile(`(?s)<<'EOF'\n(.*?)\nEOF\n`)

// TestPythonCompiles compiles the snippets in Python, whose packages are not to be had here.
func TestPythonCompiles(t *testing.T) {
	needPython(t)
	files, err := filepath.Glob(filepath.Join(guides, "python*.md"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d guides, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		code := document.FindStringSubmatch(read(t, name).send)
		if code == nil {
			t.Errorf("%s holds no program", name)
			continue
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "first.py"), []byte(code[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		shell(t, dir, "python3 -m py_compile first.py")
	}
}

// TestFiles reads the files that guides write for programs which cannot be run here.
func TestFiles(t *testing.T) {
	home := t.TempDir()
	t.Run("collector", func(t *testing.T) {
		shell(t, home, read(t, "collector").setup)
		b, err := os.ReadFile(filepath.Join(home, "collector.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Exporters map[string]struct{ Endpoint string }
			Service   struct {
				Pipelines map[string]struct{ Receivers, Exporters []string }
			}
		}
		if err := yaml.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		for name, p := range c.Service.Pipelines {
			if len(p.Exporters) != 1 || c.Exporters[p.Exporters[0]].Endpoint != address+"/otlp" {
				t.Errorf("the pipeline %s does not lead to Steward: %+v", name, p)
			}
		}
		if len(c.Service.Pipelines) != 3 {
			t.Errorf("%d pipelines, want one for each signal", len(c.Service.Pipelines))
		}
	})
	t.Run("codex", func(t *testing.T) {
		needPython(t)
		shell(t, home, read(t, "codex").setup, "HOME="+home)
		shell(t, home, `python3 -c '
import tomllib
otel = tomllib.load(open(".codex/config.toml", "rb"))["otel"]
assert otel["exporter"]["otlp-http"]["headers"] == {"x-api-key": "YOUR_KEY"}, otel'`)
	})
}

func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must have python3")
		}
		fmt.Println("left out: Python snippets; python3 is not installed")
		t.SkipNow()
	}
}
