// Package cli_test runs Steward as a person at a terminal does: real processes, a real server on a folder of its own,
// scripts of commands and what they must say.
package cli_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"steward/internal/app"
	"steward/internal/surface/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"steward": steward})
}

// steward is the program, as cmd/steward puts it together.
func steward() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, cli.Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "test",
		Serve: func(ctx context.Context, f cli.ServeFlags) error {
			c, err := app.Load(f.Config, os.LookupEnv, f.Set)
			if err != nil {
				return err
			}
			return app.Run(ctx, c, "test", os.Stdout, os.Stderr)
		}}, os.Args[1:])
	stop()
	os.Exit(status)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			addr, err := freeAddress()
			if err != nil {
				return err
			}
			e.Setenv("STEWARD_LISTEN", addr)
			e.Setenv("STEWARD_OTLP_GRPC", "")
			e.Setenv("STEWARD_OTLP_HTTP", "")
			e.Setenv("STEWARD_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("TZ", "UTC")
			e.Setenv("RECORDINGS", recordings())
			return nil
		},
		Condition: func(cond string) (bool, error) {
			_, err := os.Stat(recordings())
			return cond == "recordings" && err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ready": ready},
	})
}

// recordings is the folder of real recordings, which is kept outside the project.
func recordings() string {
	root := os.Getenv("STEWARD_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path, err := filepath.Abs(root)
	if err != nil {
		return root
	}
	return path
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// ready waits until the server of the script answers.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: ready")
	}
	url := "http://" + ts.Getenv("STEWARD_LISTEN") + "/readyz"
	deadline := time.Now().Add(30 * time.Second)
	last := "no answer"
	for time.Now().Before(deadline) {
		resp, err := http.Get(url)
		if err != nil {
			last = err.Error()
		} else {
			_ = resp.Body.Close() // only its status counts
			if last = resp.Status; strings.HasPrefix(last, "200") {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("the server is not ready: %s", last)
}
