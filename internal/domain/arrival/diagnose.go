package arrival

import (
	"fmt"
	"strings"
	"time"

	"steward/internal/base/errs"
)

// Problem names what is wrong with a client's way of sending.
type Problem string

// The problems.
const (
	NoKey         Problem = "no_key"
	UnknownKey    Problem = "unknown_key"
	WrongScope    Problem = "wrong_scope"
	WrongPath     Problem = "wrong_path"
	WrongMethod   Problem = "wrong_method"
	WrongEncoding Problem = "wrong_encoding"
	WrongPort     Problem = "wrong_port" // taken all the same
	NeedsPlain    Problem = "needs_plain_text"
	TooLarge      Problem = "too_large"
	Overloaded    Problem = "overloaded"
	Failing       Problem = "failing" // on our side
	Rejected      Problem = "records_rejected"
	ClockAhead    Problem = "clock_ahead"
	ClockBehind   Problem = "clock_behind"
)

// Finding is a problem in words, with what mends it.
type Finding struct {
	Problem Problem
	What    string // what was seen
	Fix     string // what to do about it, with the exact setting where there is one
}

// Endpoints are where this server takes telemetry in, for the fixes to name.
type Endpoints struct {
	Base     string // "http://127.0.0.1:7171"
	MainPort int
	GRPCPort int // 0 when it does not listen there
	HTTPPort int // likewise
}

// Tolerances of clocks. Exporters hold records back for seconds, seldom for minutes.
const (
	aheadTolerance  = time.Minute
	behindTolerance = 15 * time.Minute
)

// Diagnose answers what is wrong with a row, nothing where all is well.
func Diagnose(r *Row, at Endpoints) (out []Finding) {
	if r.Transport == TLS {
		return []Finding{{NeedsPlain, fmt.Sprintf("the client began an encrypted connection on port %d, which speaks plain HTTP and gRPC", r.Port),
			"Use http:// instead of https:// in the endpoint (for gRPC: insecure credentials, OTEL_EXPORTER_OTLP_INSECURE=true), or put a proxy that ends TLS in front."}}
	}
	if f, ok := at.refusal(r); ok {
		out = append(out, f)
	}
	if r.Accepted() && at.crossed(r) {
		what, customary := "gRPC came to the port for HTTP", at.GRPCPort
		if r.Transport == HTTP {
			what, customary = "HTTP came to the port for gRPC", at.HTTPPort
		}
		fix := "Nothing has to be done: this server tells the two apart."
		if customary != 0 {
			fix += fmt.Sprintf(" Other collectors would refuse it; the customary port is %d.", customary)
		}
		out = append(out, Finding{WrongPort, fmt.Sprintf("%s, %d; it was taken in all the same", what, r.Port), fix})
	}
	if r.AllRejected > 0 && r.Accepted() {
		out = append(out, Finding{Rejected, fmt.Sprintf("%d of %d records were not stored; the last reason was %s", r.AllRejected, r.AllRecords, r.Reason),
			"docs/bad-input.md lists what is refused and why. The rest of each request is stored."})
	}
	if r.Timed && r.Ahead > int64(aheadTolerance) {
		out = append(out, Finding{ClockAhead, "records came from the future, by up to " + lag(r.Ahead),
			"Set the client's clock (NTP): its records are stored under the times that it says."})
	}
	if r.Timed && r.Late > int64(behindTolerance) {
		out = append(out, Finding{ClockBehind, "even its newest records were " + lag(r.Late) + " old on arrival",
			"If this is live traffic, set the client's clock (NTP) and look for records under those earlier times. If it sends old records on purpose, all is well."})
	}
	return out
}

// refusal explains a request that was not accepted.
func (at Endpoints) refusal(r *Row) (f Finding, ok bool) {
	f.What, ok = r.Message, true
	switch r.Code {
	case "":
		return f, false
	case errs.CodeUnauthenticated:
		f.Problem, f.Fix = UnknownKey, "Make a key with the scope ingest (Settings → Keys, or steward key create --name NAME --scopes ingest) and send that: OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY."
		if !r.HasKey {
			f.Problem = NoKey
			f.Fix = "Send a key with each request: OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY, with a key of the scope ingest (Settings → Keys, or steward key create --name NAME --scopes ingest)."
		}
	case errs.CodeForbidden:
		f.Problem = WrongScope
		f.Fix = fmt.Sprintf("The key %q lacks the scope ingest. Make another with it: steward key create --name NAME --scopes ingest.", r.KeyName)
	case errs.CodeNotFound:
		f.Problem, f.Fix = WrongPath, at.path(r)
		f.What = "nothing takes telemetry in at " + r.Path
	case errs.CodeInvalid:
		f.Problem = WrongEncoding
		f.Fix = "Send OTLP as protobuf (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf), as JSON (http/json) or over gRPC (grpc)."
		if r.Status == "405" {
			f.Problem, f.Fix = WrongMethod, at.path(r)
			f.What = r.Method + " does not work at " + r.Path
		} else if signal(r.Path) == "" && r.Transport == HTTP {
			f.Problem, f.Fix = WrongPath, at.path(r)
		}
	case errs.CodeTooLarge:
		f.Problem, f.Fix = TooLarge, "Send smaller batches: OTEL_BSP_MAX_EXPORT_BATCH_SIZE=128 (batch processor), or sending_queue and batch sizes in the Collector."
	case errs.CodeOverloaded, errs.CodeUnavailable:
		f.Problem, f.Fix = Overloaded, "The exporter tries again by itself. If it goes on, look at steward doctor: disk, loader and queue."
	default:
		f.Problem, f.Fix = Failing, "This is the server's fault. Its log has the cause, under the time of the last attempt; steward doctor may tell more."
	}
	return f, true
}

// path tells where to send to instead.
func (at Endpoints) path(r *Row) string {
	switch sig := signal(r.Path); {
	case r.Transport == GRPC:
		return "Only OTLP's own services are known (opentelemetry.proto.collector.…/Export); use an OTLP exporter."
	case strings.Contains(r.Path, "/v1/traces/v1/") || strings.Contains(r.Path, "/v1/logs/v1/") || strings.Contains(r.Path, "/v1/metrics/v1/"):
		return "The path of the signal is there twice: set OTEL_EXPORTER_OTLP_ENDPOINT to " + at.Base + "/otlp, without /v1/" + sig + "."
	case sig != "" && r.Status == "405":
		return "Exporters send POST; a browser's address line does not. The address is right: " + at.Base + "/otlp/v1/" + sig + "."
	case sig != "":
		return "Send to " + at.Base + "/otlp/v1/" + sig + ": OTEL_EXPORTER_OTLP_ENDPOINT=" + at.Base + "/otlp"
	}
	return "Set OTEL_EXPORTER_OTLP_ENDPOINT=" + at.Base + "/otlp, to which SDKs add the rest; an exporter that is given a url in code wants all of it: " + at.Base + "/otlp/v1/traces."
}

// crossed says whether the transport came by the port that is customary for the other.
func (at Endpoints) crossed(r *Row) bool {
	return r.Transport == HTTP && r.Port == at.GRPCPort && at.GRPCPort != 0 || r.Transport == GRPC && r.Port == at.HTTPPort && at.HTTPPort != 0
}

// signal answers which signal a path names, "" for none.
func signal(path string) string {
	for _, s := range []string{"traces", "logs", "metrics"} {
		if strings.Contains(path, s) || strings.Contains(path, strings.TrimSuffix(s, "s")) {
			return s
		}
	}
	return ""
}

func lag(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
