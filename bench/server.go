package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// server is a Steward under measurement.
type server struct {
	cmd  *exec.Cmd
	base string
	key  string
	http *http.Client
	dir  string
}

func startServer(o options, dir string) (*server, time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	cmd := exec.Command(o.binary, "serve", "--data", dir, "--listen", addr)
	cmd.Env = append(os.Environ(), "STEWARD_OTLP_GRPC=", "STEWARD_OTLP_HTTP=", "STEWARD_LOG_LEVEL=warn")
	cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	s := &server{cmd: cmd, base: "http://" + addr, dir: dir, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	for time.Since(begin) < 2*time.Minute {
		r, err := s.http.Get(s.base + "/readyz")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				took := time.Since(begin)
				key, err := os.ReadFile(filepath.Join(dir, "operator.key"))
				s.key = strings.TrimSpace(string(key))
				return s, took, err
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	return nil, 0, fmt.Errorf("server was not ready within two minutes")
}

func (s *server) stop(sig syscall.Signal) error {
	if err := s.cmd.Process.Signal(sig); err != nil {
		return err
	}
	err := s.cmd.Wait()
	if sig == syscall.SIGKILL {
		return nil
	}
	return err
}

func (s *server) do(method, path string, body []byte, kind string) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	req.Header.Set("Content-Type", kind)
	r, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, path, r.StatusCode, b)
	}
	return b, err
}

// memory answers resident and peak resident memory in MB.
func (s *server) memory() (now, peak int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) > 1 {
			kb, _ := strconv.Atoi(f[1])
			switch f[0] {
			case "VmRSS:":
				now = kb / 1024
			case "VmHWM:":
				peak = kb / 1024
			}
		}
	}
	return now, peak
}

// send posts batches [from, to) over several connections and answers the acknowledgement times.
func (s *server) send(o options, from, to int, at func(int) time.Time) ([]time.Duration, error) {
	ts, err := makeTemplates(1)
	if err != nil {
		return nil, err
	}
	var (
		next  atomic.Int64
		mu    sync.Mutex
		acks  []time.Duration
		fault error
		wg    sync.WaitGroup
	)
	next.Store(int64(from))
	for range o.clients {
		wg.Go(func() {
			var buf []byte
			for {
				n := int(next.Add(1)) - 1
				if n >= to {
					return
				}
				buf = ts[n%len(ts)].request(buf, n, at)
				begin := time.Now()
				var err error
				for {
					_, err = s.do("POST", "/v1/traces", buf, "application/x-protobuf")
					if err == nil || !strings.Contains(err.Error(), ": 503") && !strings.Contains(err.Error(), ": 429") {
						break
					}
					time.Sleep(200 * time.Millisecond)
				}
				took := time.Since(begin)
				mu.Lock()
				acks = append(acks, took)
				if err != nil && fault == nil {
					fault = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return acks, fault
}

// settled waits until everything is readable.
func (s *server) settled() error {
	for {
		_, err := s.do("GET", "/api/v1/traces?limit=1", nil, "")
		if err == nil || !strings.Contains(err.Error(), ": 503") {
			return err
		}
	}
}

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Clone(d)
	slices.Sort(d)
	return d[min(len(d)-1, int(q*float64(len(d))))]
}

func folderSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			if info, err := e.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
