// Package server runs the real binary for tests: it starts it on a data folder, stops it, kills it, and talks to it as
// programs from outside do. It knows nothing of Steward's inside. Start reading at Start; a package that uses it has a
// TestMain of one line, see Main.
package server

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"steward/api"
)

// binaryEnv names the binary to test; without it Main builds one.
const binaryEnv = "STEWARD_BINARY"

// Patience is how long a test waits for something that must happen. It bounds a hanging test and asserts no speed.
const Patience = 60 * time.Second

// Main builds the binary unless STEWARD_BINARY names one, runs the tests and answers their exit status.
func Main(m *testing.M) int {
	flag.Parse()
	listing := flag.Lookup("test.list")
	if os.Getenv(binaryEnv) != "" || listing != nil && listing.Value.String() != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "steward-binary-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "steward")
	if out, err := exec.Command("go", "build", "-o", path, "steward/cmd/steward").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv(binaryEnv, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Options say how to start. The zero value is a new data folder and free ports.
type Options struct {
	Data   string   // data folder; "" is a temporary one
	Listen string   // "" is a free port
	GRPC   string   // address for OTLP/gRPC; "" is none
	Env    []string // further settings, "STEWARD_INTAKE_MAX_SIZE=16MiB"
}

func (o Options) command(t testing.TB) *exec.Cmd {
	t.Helper()
	binary := os.Getenv(binaryEnv)
	if binary == "" {
		t.Fatalf("%s is not set; does the package's TestMain call server.Main?", binaryEnv)
	}
	cmd := exec.Command(binary, "serve", "--data", o.Data, "--listen", o.Listen)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "STEWARD_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "STEWARD_LOG_LEVEL=warn", "STEWARD_OTLP_HTTP=", "STEWARD_OTLP_GRPC="+o.GRPC)
	cmd.Env = append(cmd.Env, o.Env...)
	return cmd
}

// Server is a running Steward.
type Server struct {
	URL  string // of the main listener
	GRPC string // address of OTLP/gRPC, "" when it has none
	Data string // data folder
	Key  string // operator key

	t      testing.TB
	cmd    *exec.Cmd
	out    buffer // what it printed
	log    buffer // what it logged
	done   chan struct{}
	ended  error
	client *http.Client
}

// Start starts a server and waits until it is ready. It is killed when the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := Launch(t, o)
	s.Ready()
	return s
}

// Launch starts a server without waiting for it.
func Launch(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Data == "" {
		o.Data = filepath.Join(t.TempDir(), "data")
	}
	if o.Listen == "" {
		o.Listen = FreeAddress(t)
	}
	s := &Server{t: t, URL: "http://" + o.Listen, GRPC: o.GRPC, Data: o.Data, cmd: o.command(t), done: make(chan struct{}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that panics leaves no server behind
	begun := make(chan error)
	go func() {
		runtime.LockOSThread() // Pdeathsig follows the thread, so this one stays as long as the child
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		begun <- err
		if err == nil {
			s.ended = s.cmd.Wait()
			close(s.done)
		}
	}()
	if err := <-begun; err != nil {
		t.Fatalf("start %s: %v", s.cmd.Path, err)
	}
	t.Cleanup(func() {
		s.Kill()
		s.client.CloseIdleConnections()
	})
	return s
}

// Ready waits until the server says that everything acknowledged can be read, and reads the operator key.
func (s *Server) Ready() {
	s.t.Helper()
	s.Until("the server is ready", func() bool {
		select {
		case <-s.done:
			s.t.Fatalf("the server ended (%v):\n%s", s.ended, s.Log())
		default:
		}
		resp, err := s.client.Get(s.URL + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	key, err := os.ReadFile(filepath.Join(s.Data, "operator.key"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.Key = strings.TrimSpace(string(key))
}

// Until asks again and again until ok, and fails the test when Patience ends.
func (s *Server) Until(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(Patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited %s in vain until %s; the server's log:\n%s", Patience, what, s.Log())
		}
	}
}

// Kill ends the server with SIGKILL and waits until it is gone. Killing twice is harmless.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // fails only when it is gone already
	<-s.done
}

// Signal sends a signal.
func (s *Server) Signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("signal %s: %v", sig, err)
	}
}

// Stop ends the server with SIGTERM; ending with a failure fails the test.
func (s *Server) Stop() {
	s.t.Helper()
	s.Signal(syscall.SIGTERM)
	if err := s.Wait(); err != nil {
		s.t.Fatalf("the server did not stop cleanly: %v\n%s", err, s.Log())
	}
}

// Wait waits until the process is gone and answers how it ended.
func (s *Server) Wait() error {
	s.t.Helper()
	select {
	case <-s.done:
		return s.ended
	case <-time.After(Patience):
		s.t.Fatalf("the server still runs after %s:\n%s", Patience, s.Log())
		return nil
	}
}

// Refused starts a server that must end by itself with a failure, and answers what it said.
func Refused(t testing.TB, o Options) string {
	t.Helper()
	s := Launch(t, o)
	var failed *exec.ExitError
	if err := s.Wait(); !errors.As(err, &failed) || failed.ExitCode() <= 0 {
		t.Fatalf("the server ended with %v; it had to refuse to start:\n%s", err, s.Log())
	}
	return s.Log()
}

// PID is the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log answers what the server logged so far.
func (s *Server) Log() string { return s.log.String() }

// Greeting answers what the server printed so far.
func (s *Server) Greeting() string { return s.out.String() }

// API answers a client of the server's API with the operator key. It asks once and does not retry.
func (s *Server) API() *api.Client {
	s.t.Helper()
	c, err := api.NewClient(api.ClientOptions{Server: s.URL, Key: s.Key, HTTP: s.client})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// FreeAddress answers a local address that nobody listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// buffer is a bytes.Buffer that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
