package otlp

import (
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"steward/internal/base/errs"
	"steward/internal/domain/arrival"
	"steward/internal/surface/httpapi"
)

// stray answers a call that is none of OTLP's, after asking for a key as everywhere.
func stray(stream grpc.ServerStream, who httpapi.Authenticator, seen httpapi.Arrivals) error {
	a := &arrival.Attempt{}
	p, err := who.Authenticate(stream.Context(), credential(stream.Context()))
	if err != nil {
		err = grpcError(err)
	} else {
		a.KeyID, a.KeyName, a.Project = p.KeyID, p.Name, p.Project
		method, _ := grpc.MethodFromServerStream(stream)
		err = status.Error(codes.Unimplemented, "there is no "+method+" here; OTLP's trace, logs and metrics services are")
	}
	arrived(stream, seen, a, err)
	return err
}

// arrived tells of a call how it came and ended.
func arrived(stream grpc.ServerStream, seen httpapi.Arrivals, a *arrival.Attempt, err error) {
	ctx := stream.Context()
	md, _ := metadata.FromIncomingContext(ctx)
	header := func(name string) string {
		if v := md.Get(name); len(v) > 0 {
			return v[0]
		}
		return ""
	}
	a.Transport, a.Agent, a.Method, a.Encoding = arrival.GRPC, header("user-agent"), "POST", "application/grpc"
	if z := header("grpc-encoding"); z != "" && z != "identity" {
		a.Encoding += "+" + z
	}
	a.Path, _ = grpc.MethodFromServerStream(stream)
	if p, ok := peer.FromContext(ctx); ok {
		a.Address, _, _ = net.SplitHostPort(p.Addr.String())
		if at, ok := p.LocalAddr.(*net.TCPAddr); ok {
			a.Port = at.Port
		}
	}
	a.HasKey = header("authorization") != "" || header("x-api-key") != ""
	st, _ := status.FromError(err)
	a.Status = st.Code().String()
	if err != nil {
		a.Code, a.Message = codeOf(st.Code()), st.Message()
	}
	seen.Seen(*a)
}

// codeOf is grpcCode the other way, for calls that gRPC itself may have refused.
func codeOf(c codes.Code) errs.Code {
	switch c {
	case codes.Unauthenticated:
		return errs.CodeUnauthenticated
	case codes.PermissionDenied:
		return errs.CodeForbidden
	case codes.Unimplemented, codes.NotFound:
		return errs.CodeNotFound
	case codes.InvalidArgument:
		return errs.CodeInvalid
	case codes.ResourceExhausted:
		return errs.CodeTooLarge
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded:
		return errs.CodeUnavailable
	}
	return errs.CodeInternal
}
