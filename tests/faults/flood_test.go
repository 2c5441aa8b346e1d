package faults

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"steward/tests/server"
)

// baseline is a server that has warmed up, with its goroutines.
func baseline(t *testing.T, o server.Options) (*server.Server, float64) {
	t.Helper()
	s := server.Start(t, o)
	answers(t, s)
	n, err := s.Metric(t.Context(), "go_goroutines")
	if err != nil {
		t.Fatal(err)
	}
	return s, n
}

// answers checks that the server takes a span and shows it.
func answers(t *testing.T, s *server.Server) {
	t.Helper()
	b := server.NewBatch(1, 1, "")
	s.MustPost(t.Context(), "traces", b.Traces())
	if _, err := s.API().Span(t.Context(), b.IDs[0].TraceHex(), b.IDs[0].SpanHex()); err != nil {
		t.Errorf("the server does not answer: %v", err)
	}
}

// calm waits until the goroutines are what they were, but for the few of connections that are kept alive.
func calm(t *testing.T, s *server.Server, before float64) {
	t.Helper()
	s.Until("its goroutines have ended", func() bool {
		n, err := s.Metric(t.Context(), "go_goroutines")
		return err == nil && n <= before+20
	})
}

func bounded(t *testing.T, s *server.Server) {
	t.Helper()
	m, err := s.Memory()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d MiB at the highest", m.Peak>>20)
	if m.Peak > memoryBound {
		t.Errorf("the server took %d MiB", m.Peak>>20)
	}
}

func TestConnectionsLeftOpen(t *testing.T) {
	s, before := baseline(t, server.Options{GRPC: server.FreeAddress(t)})
	address := strings.TrimPrefix(s.URL, "http://")
	starts := []struct{ to, says string }{
		{address, ""},
		{address, "POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-A: "},
		{address, "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n{"},
		{address, "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Api-Key: " + s.Key + "\r\nContent-Length: 60000000\r\n\r\n{"},
		{s.GRPC, "PRI * HTTP/2.0\r\n\r\n"},
	}
	var open []net.Conn
	for i := range 2000 {
		how := starts[i%len(starts)]
		c, err := net.Dial("tcp", how.to)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		open = append(open, c)
		if _, err := io.WriteString(c, how.says); err != nil {
			t.Fatal(err)
		}
	}
	answers(t, s)
	bounded(t, s)
	for _, c := range open {
		_ = c.Close()
	}
	calm(t, s, before)
	s.Stop()
}

func TestWrongKeys(t *testing.T) {
	s, before := baseline(t, server.Options{})
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range 200 {
				a, err := s.Send(t.Context(), server.Export{Signal: "traces", Key: fmt.Sprintf("wrong-%d-%d", worker, i), Body: strings.NewReader("")})
				if err != nil || a.Status != http.StatusUnauthorized {
					t.Errorf("a wrong key answers %+v, %v", a, err)
					return
				}
			}
		})
	}
	answers(t, s)
	wg.Wait()
	answers(t, s)
	bounded(t, s)
	calm(t, s, before)
	s.Stop()
}

// TestTailsThatDoNotRead: who watches and does not read loses spans, and delays nobody.
func TestTailsThatDoNotRead(t *testing.T) {
	s, before := baseline(t, server.Options{})
	var open []net.Conn
	for range 50 {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(c, "GET /api/v1/tail HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\n\r\n", s.Key); err != nil {
			t.Fatal(err)
		}
	}
	text := server.Prose(2 << 10)
	for range 10 {
		s.MustPost(t.Context(), "traces", server.NewBatch(5, 100, text).Traces())
	}
	answers(t, s)
	bounded(t, s)
	for _, c := range open {
		_ = c.Close()
	}
	calm(t, s, before)
	s.Stop()
}
