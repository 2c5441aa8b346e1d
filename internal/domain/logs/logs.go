// Package logs owns log records as OpenTelemetry knows them. Those that carry GenAI content also join their span;
// they are kept here all the same.
package logs

import (
	"steward/internal/base/attr"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Record is one log record or event. Times are Unix nanoseconds, UTC; Time is never 0 (observed or received time
// stands in).
type Record struct {
	Project      project.ID
	Time         int64
	Observed     int64
	Trace        trace.ID     // zero where none
	Span         trace.SpanID // zero where none
	EventName    string
	Severity     int32 // OTLP severity number, 0 to 24
	SeverityText string
	Body         attr.Value
	Attributes   attr.Attrs
	Resource     *trace.Origin
	Scope        *trace.Origin
	Environment  string
	Service      string
	// Joined says that the record's content was taken up by its span, or made into a score or a derived span.
	Joined bool
	Pin    trace.Pin // what the key that sent it imposes; for spans derived from it, not stored with the record
}
