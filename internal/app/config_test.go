package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, file string, env, flags map[string]string) (Config, error) {
	t.Helper()
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "steward.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(path, func(k string) (string, bool) { v, ok := env[k]; return v, ok }, flags)
}

func TestFlagOverEnvironmentOverFile(t *testing.T) {
	file := "listen: 127.0.0.1:1\ndata: from-file\nintake:\n  max_size: 64MiB\notlp: {grpc: '', http: 127.0.0.1:3}\n"
	c, err := load(t, file, map[string]string{"STEWARD_LISTEN": "127.0.0.1:2", "STEWARD_LOG_LEVEL": "debug"}, map[string]string{"listen": "127.0.0.1:9"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:9" || c.Data != "from-file" || c.Log.Level != "debug" || c.Intake.MaxSize != 64<<20 || c.OTLP.GRPC != "" || c.OTLP.HTTP != "127.0.0.1:3" {
		t.Errorf("got %+v", c)
	}
	if c.Telemetry.Memory != Default().Telemetry.Memory {
		t.Error("what the file does not say lost its default")
	}
}

func TestBadConfigurationNamesThePlace(t *testing.T) {
	for name, c := range map[string]struct {
		file       string
		env, flags map[string]string
		want       []string
	}{
		"unknown key":       {file: "listen: 127.0.0.1:1\nlisten_to: x\n", want: []string{"steward.yaml:2", "listen_to", "otlp.grpc"}},
		"unknown inner key": {file: "otlp:\n  grcp: x\n", want: []string{"steward.yaml:2", "grcp"}},
		"wrong type":        {file: "demo: maybe\n", want: []string{"steward.yaml:1"}},
		"not YAML":          {file: "a: [\n", want: []string{"steward.yaml:"}},
		"bad size":          {file: "intake:\n  max_size: much\n", want: []string{"much", "512MiB"}},
		"bad level":         {file: "log:\n  level: loud\n", want: []string{"log.level", "loud", "debug, info, warn, error"}},
		"bad format":        {env: map[string]string{"STEWARD_LOG_FORMAT": "xml"}, want: []string{"log.format", "xml", "text, json"}},
		"bad environment":   {env: map[string]string{"STEWARD_DEMO": "maybe"}, want: []string{"STEWARD_DEMO", "maybe", "true"}},
		"bad flag":          {flags: map[string]string{"telemetry.memory": "x"}, want: []string{"telemetry.memory", "x"}},
		"bad address":       {flags: map[string]string{"listen": "7171"}, want: []string{"listen", "7171", "127.0.0.1:7171"}},
		"too small":         {flags: map[string]string{"intake.max_size": "1"}, want: []string{"intake.max_size", "16MiB"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.file, c.env, c.flags)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{"5": 5, "1KiB": 1024, "2 MB": 2e6, "1GiB": 1 << 30, "7B": 7} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "1XB", "MiB", "9999999999TiB", "1.5GB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("listen: 127.0.0.1:1\n")
	f.Add("otlp: {grpc: x}\nintake: {max_size: 1GiB}")
	f.Fuzz(func(t *testing.T, text string) {
		c := Default()
		_ = c.read("x.yaml", []byte(text)) // must not panic
	})
}
