package faults

import (
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"steward/tests/server"
)

func says(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

func TestSecondProcess(t *testing.T) {
	s := server.Start(t, server.Options{})
	said := server.Refused(t, server.Options{Data: s.Data})
	says(t, said, s.Data, "in use", strconv.Itoa(s.PID()), strings.TrimPrefix(s.URL, "http://"))
	answers(t, s)
	s.Kill()
	again := server.Start(t, server.Options{Data: s.Data}) // a killed process leaves no lock behind
	answers(t, again)
	again.Stop()
}

func TestTakenAddress(t *testing.T) {
	s := server.Start(t, server.Options{})
	says(t, server.Refused(t, server.Options{Listen: strings.TrimPrefix(s.URL, "http://")}), "cannot listen", "held by", strconv.Itoa(s.PID()))
}

// TestTakenCustomaryPorts: 4317 and 4318 were not asked for, so that they are taken is told and no reason to stay away.
func TestTakenCustomaryPorts(t *testing.T) {
	for _, port := range []string{"4317", "4318"} {
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil && !errors.Is(err, syscall.EADDRINUSE) { // whoever has it, it is taken
			t.Fatal(err)
		}
		if err == nil {
			defer func() { _ = l.Close() }()
		}
	}
	s := server.Start(t, server.Options{GRPC: "127.0.0.1:4317", Env: []string{"STEWARD_OTLP_HTTP=127.0.0.1:4318"}})
	says(t, s.Log(), "127.0.0.1:4317", "127.0.0.1:4318", "held by", s.URL+"/otlp")
	answers(t, s)
	s.Stop()
}

// TestStopDrains: a request that is under way when the signal comes is taken and answered.
func TestStopDrains(t *testing.T) {
	o := server.Options{Data: filepath.Join(t.TempDir(), "data"), Env: []string{"STEWARD_LOG_LEVEL=info"}}
	s := server.Start(t, o)
	book := newBook()
	early, late := book.open(server.NewBatch(3, 5, "early")), book.open(server.NewBatch(3, 5, "late"))
	s.MustPost(t.Context(), "traces", early.Traces())
	book.done(early, traces)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	body := late.Traces()
	if _, err := fmt.Fprintf(c, "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nX-Api-Key: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", s.Key, len(body)); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(c)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the handler asks for the body
		t.Fatalf("the server answers %q, %v", line, err)
	}
	if _, err := answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.Signal(syscall.SIGTERM)
	s.Until("it stops", func() bool { return strings.Contains(s.Log(), "stopping") })
	if _, err := c.Write(body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(answer, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the request under way is answered %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	book.done(late, traces)
	if err := s.Wait(); err != nil {
		t.Fatalf("it ended with %v:\n%s", err, s.Log())
	}
	s = server.Start(t, o)
	book.check(t, s)
	s.Stop()
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	s := server.Start(t, server.Options{Env: []string{"STEWARD_LOG_LEVEL=info"}})
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")) // a request that does not end keeps it from stopping
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nX-Api-Key: "+s.Key+"\r\nContent-Length: 1000\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answers(t, s)
	s.Signal(syscall.SIGTERM)
	s.Until("it stops", func() bool { return strings.Contains(s.Log(), "stopping") })
	s.Until("it is gone", func() bool { return syscall.Kill(s.PID(), syscall.SIGTERM) != nil || gone(s) })
	var ended *exec.ExitError
	if err := s.Wait(); !errors.As(err, &ended) || ended.ExitCode() == 0 {
		t.Errorf("it ended with %v; the second signal had to cut it off", err)
	}
}

// gone says whether the process has ended, although nobody may have asked how yet.
func gone(s *server.Server) bool {
	state, err := os.ReadFile("/proc/" + strconv.Itoa(s.PID()) + "/stat")
	return err != nil || bytes.Contains(state, []byte(") Z "))
}

// TestDamagedIntakeLog: damage in what was acknowledged is told with file and place, and nothing is thrown away.
func TestDamagedIntakeLog(t *testing.T) {
	o := server.Options{Data: filepath.Join(t.TempDir(), "data")}
	s := server.Start(t, o)
	book := newBook()
	for range 10 {
		p := book.open(server.NewBatch(1, 5, server.Prose(1000)))
		s.MustPost(t.Context(), "traces", p.Traces())
		book.done(p, traces)
	}
	s.Kill() // before the log is released, so that all of it is still there
	segments, err := filepath.Glob(filepath.Join(o.Data, "intake", "*.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %v, %v", segments, err)
	}
	before, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(before)
	damaged[len(damaged)/3] ^= 0xff
	if err := os.WriteFile(segments[0], damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, server.Refused(t, o), filepath.Base(segments[0]), "damage")
	if after, err := os.ReadFile(segments[0]); err != nil || !bytes.Equal(after, damaged) {
		t.Errorf("the damaged file was changed (%v)", err)
	}
	if err := os.WriteFile(segments[0], before, 0o600); err != nil {
		t.Fatal(err)
	}
	s = server.Start(t, o)
	book.check(t, s)
	s.Stop()
}

// TestNewerSchemas: data of a newer program is refused, not touched.
func TestNewerSchemas(t *testing.T) {
	o := server.Options{Data: filepath.Join(t.TempDir(), "data")}
	s := server.Start(t, o)
	answers(t, s)
	s.Stop()
	change := func(engine, path, statement string) {
		t.Helper()
		db, err := sql.Open(engine, path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	control := filepath.Join(o.Data, "control.db")
	saved, err := os.ReadFile(control)
	if err != nil {
		t.Fatal(err)
	}
	change("sqlite", control, "PRAGMA user_version = 9999")
	says(t, server.Refused(t, o), "schema 9999", "newer")
	if err := os.WriteFile(control, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	var partition string
	err = filepath.WalkDir(filepath.Join(o.Data, "telemetry"), func(path string, d os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".duckdb") && strings.Contains(path, "spans") {
			partition = path
		}
		return err
	})
	if err != nil || partition == "" {
		t.Fatalf("no partition of spans: %v", err)
	}
	change("duckdb", partition, "UPDATE meta SET value = 9999 WHERE key = 'schema'")
	side := strings.TrimSuffix(partition, ".duckdb")
	others, err := filepath.Glob(side + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range others {
		if path != partition {
			if err := os.Remove(path); err != nil { // what is kept beside the file can be made again from it
				t.Fatal(err)
			}
		}
	}
	says(t, server.Refused(t, o), filepath.Base(partition), "schema version 9999", "newer")
}
