package faults

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // to send compressed
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

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
		s.HangUp()
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

// whole is a codec that sends bytes as they are.
type whole struct{}

func (whole) Name() string                    { return "proto" }
func (whole) Marshal(v any) ([]byte, error)   { return v.([]byte), nil }
func (whole) Unmarshal(b []byte, v any) error { *v.(*[]byte) = b; return nil }

// TestLargeMessagesOverGRPC: many of them at once, as they are and packed small, are read within the bound or refused with a
// delay.
func TestLargeMessagesOverGRPC(t *testing.T) {
	s, before := baseline(t, server.Options{GRPC: server.FreeAddress(t)})
	const size = 48 << 20
	body := protowire.AppendTag(make([]byte, 0, size+16), 15, protowire.BytesType) // a field that OTLP does not know
	body = protowire.AppendBytes(body, make([]byte, size))
	for name, c := range map[string]struct {
		each    int
		options []grpc.CallOption
	}{"plain": {12, nil}, "gzip": {4, []grpc.CallOption{grpc.UseCompressor("gzip")}}} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			var taken, refused atomic.Int64
			for range 4 {
				conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = conn.Close() }()
				for range c.each {
					wg.Go(func() {
						ctx := metadata.AppendToOutgoingContext(t.Context(), "x-api-key", s.Key)
						var out []byte
						err := conn.Invoke(ctx, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", body, &out, append(c.options, grpc.ForceCodec(whole{}))...)
						st, retry := status.Convert(err), false
						for _, d := range st.Details() {
							info, is := d.(*errdetails.RetryInfo)
							retry = retry || is && info.GetRetryDelay().AsDuration() > 0
						}
						switch {
						case err == nil:
							taken.Add(1)
						case st.Code() == codes.Unavailable && retry:
							refused.Add(1)
						default:
							t.Errorf("answered %v with details %v; it had to be UNAVAILABLE with a delay", err, st.Details())
						}
					})
				}
			}
			answers(t, s)
			wg.Wait()
			bounded(t, s)
			if taken.Load() == 0 || name == "plain" && refused.Load() == 0 {
				t.Errorf("%d taken, %d refused; the test needs both", taken.Load(), refused.Load())
			}
			t.Logf("%d messages of %d MiB taken, %d refused", taken.Load(), size>>20, refused.Load())
		})
	}
	answers(t, s)
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
