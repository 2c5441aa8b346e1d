package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress with it
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/arrival"
	"steward/internal/surface/httpapi"
	"steward/internal/work/understand"
)

// NewGRPC answers a gRPC server with OTLP's three services. It hands the wire bytes on as they are: they are decoded
// once, by the same code as OTLP/HTTP's.
func NewGRPC(sink Sink, who httpapi.Authenticator, seen httpapi.Arrivals, log *slog.Logger) *grpc.Server {
	s := grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.MaxConcurrentStreams(maxStreams), grpc.StaticStreamWindowSize(streamWindow), grpc.StaticConnWindowSize(connWindow),
		grpc.MaxHeaderListSize(64<<10), grpc.ConnectionTimeout(10*time.Second),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error { return stray(stream, who, seen) }))
	names := [...]string{"trace.v1.TraceService", "logs.v1.LogsService", "metrics.v1.MetricsService"}
	for i, sig := range signals() {
		svc := &service{sink: sink, who: who, seen: seen, log: log, signal: sig}
		s.RegisterService(&grpc.ServiceDesc{
			ServiceName: "opentelemetry.proto.collector." + names[i],
			HandlerType: (*any)(nil),
			Streams:     []grpc.StreamDesc{{StreamName: "Export", Handler: export, ClientStreams: true}},
		}, svc)
	}
	return s
}

const (
	// maxStreams bounds the exports that one connection may have under way.
	maxStreams = 100
	// streamWindow and connWindow bound what one export, and one connection, may have sent before it is read.
	streamWindow = 64 << 10
	connWindow   = 1 << 20
)

type service struct {
	sink   Sink
	who    httpapi.Authenticator
	seen   httpapi.Arrivals
	log    *slog.Logger
	signal signal
}

// export is a unary call. It is registered as a stream, which is the same on the wire, because a stream's handler runs
// before the message is read: so nothing is read for who has no key, or while memory is short.
func export(srv any, stream grpc.ServerStream) error {
	s := srv.(*service)
	a := &arrival.Attempt{}
	var reply []byte
	var err error
	if failed := understand.Guard(func() { reply, err = s.export(stream, a) }); failed != nil {
		err = failed
	}
	if err != nil {
		if errs.CodeOf(err) == errs.CodeInternal && stream.Context().Err() == nil {
			s.log.Error("OTLP/gRPC request failed", "signal", s.signal.name, "error", err)
		}
		err = grpcError(err)
	}
	arrived(stream, s.seen, a, err)
	if err != nil {
		return err
	}
	return stream.SendMsg(reply)
}

func (s *service) export(stream grpc.ServerStream, a *arrival.Attempt) ([]byte, error) {
	ctx := stream.Context()
	p, err := s.who.Authenticate(ctx, credential(ctx))
	if err != nil {
		return nil, err
	}
	a.KeyID, a.KeyName, a.Project = p.KeyID, p.Name, p.Project
	if err := access.Allow(p, s.signal.action, p.Project); err != nil {
		return nil, err
	}
	lease := s.sink.Lease()
	defer lease.Close()
	body, err := readMessage(ctx, lease)
	if err != nil {
		return nil, err
	}
	out, err := s.signal.take(s.sink, ctx, source(p), body)
	if err != nil {
		return nil, err
	}
	note(a, out)
	return replyTo(s.signal, out).Encode(s.signal.name, false)
}

// credential reads the key from the call's metadata: authorization: Bearer KEY, or x-api-key.
func credential(ctx context.Context) string {
	md, _ := metadata.FromIncomingContext(ctx)
	if got := md.Get("authorization"); len(got) > 0 {
		if scheme, key, ok := strings.Cut(got[0], " "); ok && strings.EqualFold(scheme, "bearer") {
			return strings.TrimSpace(key)
		}
	}
	if got := md.Get("x-api-key"); len(got) > 0 {
		return got[0]
	}
	return ""
}

func grpcError(err error) error {
	e := errs.From(err)
	code := grpcCode(e.Code)
	if e.Code == errs.CodeTooLarge {
		code = codes.ResourceExhausted // which without a delay invites no retry
	}
	st := status.New(code, strings.ToValidUTF8(e.Message, "\uFFFD"))
	if e.RetryAfter > 0 {
		after := durationpb.New(max(e.RetryAfter, time.Second))
		if with, err := st.WithDetails(&errdetails.RetryInfo{RetryDelay: after}); err == nil {
			st = with
		}
	}
	return st.Err()
}

// rawCodec passes messages as the bytes that they are on the wire.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	to, ok := v.(*[]byte)
	if !ok {
		return errs.Invalid("cannot receive into a %T", v)
	}
	*to = data.Materialize()
	return nil
}
