// Package trace owns what happened: spans, the traces and sessions they form, and the questions asked of them.
// It knows nothing of OTLP, SQL or HTTP. Start reading at Span; the contract that engines keep is Reader.
package trace

import (
	"encoding/hex"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

// ID is a W3C trace id; all zeros is none.
type ID [16]byte

// SpanID is a W3C span id; all zeros is none.
type SpanID [8]byte

func (id ID) String() string     { return hex.EncodeToString(id[:]) }
func (id SpanID) String() string { return hex.EncodeToString(id[:]) }

// IsZero says whether the id is none.
func (id ID) IsZero() bool { return id == ID{} }

// IsZero says whether the id is none.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// ParseID reads 32 hexadecimal digits.
func ParseID(s string) (ID, error) {
	var id ID
	if n, err := hex.Decode(id[:], []byte(s)); err != nil || n != len(id) || len(s) != 32 || id.IsZero() {
		return ID{}, errs.Invalid("trace id %q is not 32 hexadecimal digits", s)
	}
	return id, nil
}

// ParseSpanID reads 16 hexadecimal digits.
func ParseSpanID(s string) (SpanID, error) {
	var id SpanID
	if len(s) != 16 {
		return id, errs.Invalid("span id %q is not 16 hexadecimal digits", s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil || id.IsZero() {
		return SpanID{}, errs.Invalid("span id %q is not 16 hexadecimal digits", s)
	}
	return id, nil
}

// Key identifies a span.
type Key struct {
	Project project.ID
	Trace   ID
	Span    SpanID
}

// Raw is a span as its emitter sent it. It is kept whole, so that a newer mapper can run over it again.
// Times are Unix nanoseconds, UTC.
type Raw struct {
	Project    project.ID
	Trace      ID
	ID         SpanID
	Parent     SpanID
	TraceState string
	Name       string
	OTelKind   string // unspecified internal server client producer consumer
	Start, End int64  // End is 0 while the span is not known to have ended
	StatusCode StatusCode
	StatusText string
	Attributes attr.Attrs
	Events     []Event
	Links      []Link
	Resource   *Origin // shared by many spans; treat as immutable; may be nil
	Scope      *Origin // likewise; Name and Version are the instrumentation's
	Dropped    Dropped // what the emitter itself left out
	Marks      []Mark  // what was odd about it when it came in
	Pin        Pin     // what the key that sent it imposes
}

// Origin is a resource or an instrumentation scope.
type Origin struct {
	Name, Version string // scopes only
	SchemaURL     string
	Attributes    attr.Attrs
}

// Event is a moment within a span. FromLog marks a log record that was joined to its span.
type Event struct {
	Time       int64
	Name       string
	Attributes attr.Attrs
	Body       attr.Value // log records only
	FromLog    bool
}

// Link points to a related span.
type Link struct {
	Trace      ID
	Span       SpanID
	TraceState string
	Attributes attr.Attrs
}

// Dropped counts what an SDK's own limits cut before it came to us.
type Dropped struct{ Attributes, Events, Links uint32 }

// Pin is what a key imposes on every record that it brings; empty means not pinned.
type Pin struct{ Environment, Release string }

// Mark says that something about a span was odd, and was stored all the same.
type Mark string

// The marks.
const (
	MarkTimeAssumed    Mark = "time_assumed"     // the source had no times; we assigned them
	MarkEndBeforeStart Mark = "end_before_start" // the end was moved to the start
	MarkClockAhead     Mark = "clock_ahead"      // started after we received it
	MarkUTF8           Mark = "utf8_repaired"    // invalid UTF-8 was replaced
	MarkBadNumber      Mark = "bad_number"       // a NaN, infinite or negative count or cost was ignored
	MarkUnitsAssumed   Mark = "units_assumed"    // pieces that the provider bills were counted by their names alone
	MarkSelfParent     Mark = "self_parent"      // the parent id was the span's own; it counts as a root
	MarkDuplicateKeys  Mark = "duplicate_keys"   // an attribute key was repeated; the last value counts
	MarkDeep           Mark = "deep_value"       // a value nested beyond the limit is kept as text
	MarkMapperFailed   Mark = "mapper_failed"    // our mapper could not read it; only what was sent is kept
)

// StatusCode is the span's own verdict.
type StatusCode string

// The status codes.
const (
	StatusUnset StatusCode = "unset"
	StatusOK    StatusCode = "ok"
	StatusError StatusCode = "error"
)
