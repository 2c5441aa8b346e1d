// Package arrival is who tried to send telemetry and what became of it. OpenTelemetry SDKs say little when an export
// fails, so Steward says it in their place: each Row is one way in which a client came, and Diagnose tells what is wrong
// with it and how to mend it. It does no I/O. Start reading at Attempt.
package arrival

import (
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

// Transport is how a client spoke.
type Transport string

// The transports.
const (
	HTTP Transport = "http"
	GRPC Transport = "grpc"
	TLS  Transport = "tls" // an encrypted greeting where none is understood; nothing more is known
)

// Attempt is one request, call or connection by which a client tried to send.
type Attempt struct {
	At        int64  // Unix nanoseconds
	Address   string // the peer's, without port
	Agent     string // the User-Agent as sent
	Transport Transport
	Port      int // of the listener that it reached
	Method    string
	Path      string
	Encoding  string // content type without parameters, "+gzip" and the like behind it
	Status    string // HTTP status as digits, or the gRPC status's name; "" where no answer was possible
	Code      errs.Code
	Message   string     // what the client was told, "" when it was accepted
	HasKey    bool       // a key came with it, right or wrong
	KeyID     string     // the key that proved it
	KeyName   string     // its name
	Project   project.ID // "" when no key proved it
	Records   int        // spans, log records or data points in it
	Rejected  int        // of them not stored
	Reason    string     // why, of the first of them
	Newest    int64      // the latest end or time in it, Unix nanoseconds; 0 for none
}

// Accepted says whether the client was told that its records are stored, save those rejected.
func (a *Attempt) Accepted() bool { return a.Code == "" && a.Transport != TLS }

// Row is what the attempts of one client in one way have in common, over the last hour.
type Row struct {
	Attempt           // the latest one
	First       int64 // of those counted, Unix nanoseconds
	Count       int64
	AllRecords  int64
	AllRejected int64
	PerMinute   [60]int64 // attempts, oldest first; the last is the running minute
	Late        int64     // ns from the newest record to its arrival, the least of the hour; negative: it came from the future
	Ahead       int64     // ns by which a record lay in the future, the most of the hour
	Timed       bool      // some records had times: Late and Ahead count
}

// SDK answers a readable name for a User-Agent, which is the User-Agent itself where it is not known.
func SDK(agent string) string {
	for _, k := range known {
		if v, ok := strings.CutPrefix(agent, k.prefix); ok {
			version, _, _ := strings.Cut(strings.TrimLeft(v, "/ "), " ")
			return strings.TrimSpace(k.name + " " + version)
		}
	}
	return agent
}

var known = []struct{ prefix, name string }{
	{"OTel-OTLP-Exporter-JavaScript", "OpenTelemetry JavaScript"},
	{"OTel-OTLP-Exporter-Python", "OpenTelemetry Python"},
	{"OTel-OTLP-Exporter-Java", "OpenTelemetry Java"},
	{"OTel-OTLP-Exporter-Dotnet", "OpenTelemetry .NET"},
	{"OTel-OTLP-Exporter-Rust", "OpenTelemetry Rust"},
	{"OTel OTLP Exporter Go", "OpenTelemetry Go"},
	{"OTel Go OTLP over HTTP", "OpenTelemetry Go"},
	{"OpenTelemetry Collector Contrib", "OpenTelemetry Collector Contrib"},
	{"OpenTelemetry Collector", "OpenTelemetry Collector"},
}
