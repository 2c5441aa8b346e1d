package badinput

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // to send compressed
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"steward/tests/server"
)

// reply is what a transport answered, in terms that all of them share.
type reply struct {
	status   int // HTTP's; over gRPC the one that its code stands for
	rejected int64
	message  string
}

// statuses are the HTTP statuses that the answers over gRPC stand for.
var statuses = map[codes.Code]int{codes.OK: 200, codes.InvalidArgument: 400, codes.Unimplemented: 400, codes.Unauthenticated: 401,
	codes.Unavailable: 503, codes.ResourceExhausted: 413}

// wire sends requests to a server in every form.
type wire struct {
	t    *testing.T
	s    *server.Server
	conn *grpc.ClientConn
}

func newWire(t *testing.T, s *server.Server) *wire {
	conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{t, s, conn}
}

func (w *wire) http(e server.Export) reply {
	w.t.Helper()
	a, err := w.s.Send(w.t.Context(), e)
	if err != nil {
		w.t.Fatalf("no answer: %v", err)
	}
	r := reply{status: a.Status, message: a.Message}
	if a.Status == http.StatusOK {
		r.rejected, r.message = w.partial(a.Body, e.Type == server.JSON)
	}
	return r
}

// partial reads partial success; the three signals have the same layout in protobuf, but other names in JSON.
func (w *wire) partial(body []byte, asJSON bool) (int64, string) {
	w.t.Helper()
	if !asJSON {
		r := ptraceotlp.NewExportResponse()
		if err := r.UnmarshalProto(body); err != nil {
			w.t.Fatalf("the answer %q is not OTLP: %v", body, err)
		}
		return r.PartialSuccess().RejectedSpans(), r.PartialSuccess().ErrorMessage()
	}
	tr, lr, mr := ptraceotlp.NewExportResponse(), plogotlp.NewExportResponse(), pmetricotlp.NewExportResponse()
	for _, r := range []interface{ UnmarshalJSON([]byte) error }{tr, lr, mr} {
		if err := r.UnmarshalJSON(body); err != nil {
			w.t.Fatalf("the answer %q is not OTLP: %v", body, err)
		}
	}
	n := tr.PartialSuccess().RejectedSpans() + lr.PartialSuccess().RejectedLogRecords() + mr.PartialSuccess().RejectedDataPoints()
	return n, tr.PartialSuccess().ErrorMessage()
}

func (w *wire) proto(signal string, body []byte) reply {
	w.t.Helper()
	return w.http(server.Export{Signal: signal, Body: bytes.NewReader(body)})
}

func (w *wire) json(signal string, body []byte) reply {
	w.t.Helper()
	return w.http(server.Export{Signal: signal, Type: server.JSON, Body: bytes.NewReader(body)})
}

var services = map[string]string{"traces": "trace.v1.TraceService", "logs": "logs.v1.LogsService", "metrics": "metrics.v1.MetricsService"}

func (w *wire) grpc(signal string, body []byte, o ...grpc.CallOption) reply {
	w.t.Helper()
	ctx := metadata.AppendToOutgoingContext(w.t.Context(), "authorization", "Bearer "+w.s.Key)
	var out []byte
	err := w.conn.Invoke(ctx, "/opentelemetry.proto.collector."+services[signal]+"/Export", &body, &out, append(o, grpc.ForceCodec(raw{}))...)
	st := status.Convert(err)
	code, known := statuses[st.Code()]
	if !known {
		w.t.Fatalf("gRPC answered %v", err)
	}
	r := reply{status: code, message: st.Message()}
	if err == nil {
		r.rejected, r.message = w.partial(out, false)
	}
	return r
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string                    { return "proto" }
func (raw) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (raw) Unmarshal(b []byte, v any) error { *v.(*[]byte) = bytes.Clone(b); return nil }

// endless reads n times the same byte and hides how many, so that HTTP announces no length.
func endless(b byte, n int64) io.Reader {
	return io.LimitReader(repeat(b), n)
}

type repeat byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

// alive checks that the server still takes a span, and answers its memory.
func alive(ctx context.Context, t *testing.T, s *server.Server) server.Memory {
	t.Helper()
	s.MustPost(ctx, "traces", server.NewBatch(1, 1, "").Traces())
	m, err := s.Memory()
	if err != nil {
		t.Fatal(err)
	}
	return m
}
