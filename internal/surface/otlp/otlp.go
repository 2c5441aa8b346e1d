// Package otlp takes OpenTelemetry in: OTLP over HTTP (protobuf and JSON; gzip, zstd, deflate) and over gRPC, for
// traces, logs and metrics. It bounds and unpacks requests and speaks OTLP's own errors; what the bytes mean is
// domain/dialect/otlp's business and what becomes of them work/ingest's. Start reading at Routes.
package otlp

import (
	"context"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/arrival"
	dialect "steward/internal/domain/dialect/otlp"
	"steward/internal/domain/trace"
	"steward/internal/surface/httpapi"
	"steward/internal/work/ingest"
)

// MaxBody is the largest request, in bytes after decompression.
const MaxBody = 64 << 20

// jsonTree is how much memory a JSON request takes besides its text while it is translated, in its lengths.
const jsonTree = 2

// Sink takes what arrives; it is work/ingest.
type Sink interface {
	Traces(ctx context.Context, from ingest.Source, body []byte) (ingest.Outcome, error)
	Logs(ctx context.Context, from ingest.Source, body []byte) (ingest.Outcome, error)
	Metrics(ctx context.Context, from ingest.Source, body []byte) (ingest.Outcome, error)
	Lease() *ingest.Lease
}

// signal joins what differs between the three.
type signal struct {
	name   dialect.Signal
	noun   string
	action access.Action
	take   func(s Sink, ctx context.Context, from ingest.Source, body []byte) (ingest.Outcome, error)
}

func signals() []signal {
	return []signal{
		{dialect.Traces, "spans", access.SpanWrite, Sink.Traces},
		{dialect.LogRecords, "log records", access.LogWrite, Sink.Logs},
		{dialect.Metrics, "data points", access.MetricWrite, Sink.Metrics},
	}
}

// Routes answers OTLP/HTTP's routes below each of the prefixes ("" for /v1/traces, "/otlp" for /otlp/v1/traces).
func Routes(sink Sink, prefixes ...string) []httpapi.Route {
	var out []httpapi.Route
	for _, prefix := range prefixes {
		for _, sig := range signals() {
			h := handler{sink: sink, signal: sig}
			out = append(out, httpapi.Route{
				Method: http.MethodPost, Pattern: prefix + "/v1/" + string(sig.name), Action: sig.action,
				Reach: httpapi.OwnProject, MaxBody: -1, Errors: Errors, Handle: h.serve, Quiet: true, Telemetry: true,
				Doc: httpapi.Doc{Tag: "otlp", Summary: "Take in " + sig.noun + " as OTLP (protobuf or JSON)",
					Detail: "The body is an OTLP export request; Content-Encoding gzip, zstd or deflate. A 200 means that all but the rejected " + sig.noun + " are durable."},
			})
		}
	}
	return out
}

type handler struct {
	sink   Sink
	signal signal
}

func (h handler) serve(w http.ResponseWriter, r *http.Request) error {
	asJSON, err := isJSON(r)
	if err != nil {
		return err
	}
	lease := h.sink.Lease()
	defer lease.Close()
	body, err := readBody(r, lease)
	if err != nil {
		return err
	}
	if asJSON {
		if err := lease.Grow(jsonTree * int64(len(body))); err != nil {
			return err
		}
		if body, err = dialect.FromJSON(h.signal.name, body); err != nil {
			return err
		}
	}
	c := httpapi.CallerOf(r.Context())
	out, err := h.signal.take(h.sink, r.Context(), source(c.Principal), body)
	if err != nil {
		return err
	}
	note(c.Sent, out)
	reply, err := replyTo(h.signal, out).Encode(h.signal.name, asJSON)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType(asJSON))
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(reply)
	return err
}

// note says in an arrival what was in it.
func note(a *arrival.Attempt, out ingest.Outcome) {
	a.Records, a.Rejected, a.Newest = out.Taken+len(out.Rejected), len(out.Rejected), out.Newest
	if len(out.Rejected) > 0 {
		a.Reason = string(out.Rejected[0].Reason) + ": " + out.Rejected[0].Detail
	}
}

func source(p access.Principal) ingest.Source {
	return ingest.Source{Project: p.Project, Key: p.KeyID, Pin: trace.Pin{Environment: p.Pin.Environment, Release: p.Pin.Release}}
}

// replyTo names what was not taken: the first few by name, all by count.
func replyTo(s signal, out ingest.Outcome) dialect.Reply {
	if len(out.Rejected) == 0 {
		return dialect.Reply{}
	}
	var b strings.Builder
	b.WriteString(strconv.Itoa(len(out.Rejected)) + " " + s.noun + " rejected: ")
	for i, r := range out.Rejected {
		if i == 5 {
			b.WriteString("; and others")
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(string(r.Reason) + ": " + r.Record + ": " + r.Detail)
	}
	return dialect.Reply{Rejected: int64(len(out.Rejected)), Message: b.String()}
}

func contentType(asJSON bool) string {
	if asJSON {
		return "application/json"
	}
	return "application/x-protobuf"
}

func isJSON(r *http.Request) (bool, error) {
	got := r.Header.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(got)
	switch {
	case err == nil && (kind == "application/x-protobuf" || kind == "application/protobuf"):
		return false, nil
	case err == nil && kind == "application/json":
		return true, nil
	}
	return false, errs.Invalid("content type %q is not OTLP; send application/x-protobuf or application/json (an SDK's exporter protocol \"http/protobuf\" or \"http/json\")", got)
}

// Errors writes errors as OTLP wants them: a google.rpc.Status in the request's encoding.
func Errors(w http.ResponseWriter, r *http.Request, httpStatus int, e *errs.Error) {
	st := &status.Status{Code: int32(grpcCode(e.Code)), Message: strings.ToValidUTF8(e.Message, "\uFFFD")}
	asJSON, err := isJSON(r)
	asJSON = asJSON || err != nil
	var body []byte
	if asJSON {
		body, err = protojson.Marshal(st)
	} else {
		body, err = proto.Marshal(st)
	}
	if err != nil { // a number and a valid text: cannot fail
		body = nil
	}
	w.Header().Set("Content-Type", contentType(asJSON))
	w.WriteHeader(httpStatus)
	_, _ = w.Write(body) // the client is gone if this fails; the access log has the status
}

func grpcCode(c errs.Code) codes.Code {
	switch c {
	case errs.CodeInvalid:
		return codes.InvalidArgument
	case errs.CodeUnauthenticated:
		return codes.Unauthenticated
	case errs.CodeForbidden:
		return codes.PermissionDenied
	case errs.CodeNotFound:
		return codes.NotFound
	case errs.CodeConflict:
		return codes.FailedPrecondition
	case errs.CodeTooLarge:
		return codes.InvalidArgument // ResourceExhausted would invite a retry
	case errs.CodeOverloaded, errs.CodeUnavailable:
		return codes.Unavailable
	}
	return codes.Internal
}
