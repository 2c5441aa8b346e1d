package otlp

import (
	"fmt"
	"slices"
	"time"

	"github.com/zeebo/xxh3"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Arrival says how a request came in. Decoding the same bytes with the same Arrival gives the same result, which is
// what makes replay of the intake log exact.
type Arrival struct {
	Project  project.ID
	Received int64 // Unix nanoseconds, UTC
	Pin      trace.Pin
}

// Rejection says why a record was not taken; Record names it as well as can be.
type Rejection struct {
	Record string
	Reason Reason
	Detail string
}

// Reason is a fixed word for counting; Detail says the rest.
type Reason string

// The reasons.
const (
	BadTraceID  Reason = "bad_trace_id"
	BadSpanID   Reason = "bad_span_id"
	BadParentID Reason = "bad_parent_id"
	TooOld      Reason = "time_too_old"
	TooNew      Reason = "time_in_future"
	NoName      Reason = "no_name"
	NoPoints    Reason = "unknown_metric_type"
)

// Earliest is the earliest start that is believed; before it a clock was wrong.
var Earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// MaxAhead is how far after its arrival a record may claim to have started.
const MaxAhead = 24 * time.Hour

// clockSkew is how far ahead a start may be before it is marked.
const clockSkew = time.Minute

// Spans is what a trace export holds. Hashes stand beside Raws.
type Spans struct {
	Raws     []trace.Raw
	Hashes   []uint64
	Rejected []Rejection
}

// DecodeTraces reads an ExportTraceServiceRequest. The result shares body's memory: body must not be written to
// afterwards. Single spans that cannot be taken are in Rejected; an error means that the request as a whole is
// unreadable.
func DecodeTraces(body []byte, in Arrival) (Spans, error) {
	var out Spans
	q := newQuota()
	err := each(body, "trace request", func(f field) error {
		if f.num != 1 {
			return nil
		}
		return decodeResourceSpans(f.data, in, q, &out)
	})
	return out, err
}

func decodeResourceSpans(b []byte, in Arrival, q *quota, out *Spans) error {
	resource, err := decodeOrigin(b, q, true)
	if err != nil {
		return err
	}
	return each(b, "resource spans", func(f field) error {
		if f.num != 2 {
			return nil
		}
		scope, err := decodeOrigin(f.data, q, false)
		if err != nil {
			return err
		}
		n := count(f.data, 2)
		if err := q.takeRecords(n); err != nil {
			return err
		}
		out.Raws = slices.Grow(out.Raws, n)
		out.Hashes = slices.Grow(out.Hashes, n)
		return each(f.data, "scope spans", func(s field) error {
			if s.num != 2 {
				return nil
			}
			raw, rejected, err := decodeSpan(s.data, in, q)
			if err != nil {
				return err
			}
			if rejected != nil {
				out.Rejected = append(out.Rejected, *rejected)
				return nil
			}
			raw.Resource, raw.Scope = resource, scope
			out.Raws = append(out.Raws, raw)
			out.Hashes = append(out.Hashes, xxh3.Hash(s.data))
			return nil
		})
	})
}

// decodeOrigin reads the resource (or scope) and the schema URL of a ResourceX (or ScopeX) message.
func decodeOrigin(b []byte, q *quota, resource bool) (*trace.Origin, error) {
	d := decoder{quota: q}
	o := new(trace.Origin)
	err := each(b, "resource", func(f field) (err error) {
		switch {
		case f.num == 3 && f.data != nil:
			o.SchemaURL = d.text(f.data)
		case f.num == 1 && resource:
			o.Attributes, err = d.attrs(f.data, 1, "resource")
		case f.num == 1:
			err = d.scope(f.data, o)
		}
		return err
	})
	o.Attributes = o.Attributes.Unique()
	return o, err
}

func (d *decoder) scope(b []byte, o *trace.Origin) (err error) {
	if o.Attributes, err = d.attrs(b, 3, "scope"); err != nil {
		return err
	}
	return each(b, "scope", func(f field) error {
		switch f.num {
		case 1:
			o.Name = d.text(f.data)
		case 2:
			o.Version = d.text(f.data)
		}
		return nil
	})
}

var spanKinds = [...]string{"unspecified", "internal", "server", "client", "producer", "consumer"}

func decodeSpan(b []byte, in Arrival, q *quota) (raw trace.Raw, rejected *Rejection, err error) {
	d := decoder{quota: q}
	raw.Project, raw.Pin = in.Project, in.Pin
	raw.OTelKind, raw.StatusCode = spanKinds[0], trace.StatusUnset
	if raw.Attributes, err = d.attrs(b, 9, "span"); err != nil {
		return raw, nil, err
	}
	var ids spanIDs
	err = each(b, "span", func(f field) error {
		switch f.num {
		case 1:
			ids.trace = f.data
		case 2:
			ids.span = f.data
		case 3:
			raw.TraceState = d.text(f.data)
		case 4:
			ids.parent = f.data
		case 5:
			raw.Name = d.text(f.data)
		case 6:
			if f.u64 < uint64(len(spanKinds)) {
				raw.OTelKind = spanKinds[f.u64]
			}
		case 7:
			raw.Start = int64(f.u64)
		case 8:
			raw.End = int64(f.u64)
		case 10:
			raw.Dropped.Attributes = uint32(f.u64)
		case 11:
			if err := q.takeValues(1); err != nil {
				return err
			}
			e, err := d.event(f.data)
			raw.Events = append(raw.Events, e)
			return err
		case 12:
			raw.Dropped.Events = uint32(f.u64)
		case 13:
			if err := q.takeValues(1); err != nil {
				return err
			}
			l, err := d.link(f.data)
			raw.Links = append(raw.Links, l)
			return err
		case 14:
			raw.Dropped.Links = uint32(f.u64)
		case 15:
			return d.status(f.data, &raw)
		}
		return nil
	})
	if err != nil {
		return raw, nil, err
	}
	if rejected = ids.into(&raw); rejected == nil {
		rejected = checkSpanTimes(&raw, in.Received)
	}
	d.mark(&raw)
	return raw, rejected, nil
}

// mark notes what was odd but taken.
func (d *decoder) mark(raw *trace.Raw) {
	unique := raw.Attributes.Unique()
	if len(unique) != len(raw.Attributes) {
		raw.Attributes = unique
		raw.Marks = append(raw.Marks, trace.MarkDuplicateKeys)
	}
	if d.badUTF8 {
		raw.Marks = append(raw.Marks, trace.MarkUTF8)
	}
	if d.deep {
		raw.Marks = append(raw.Marks, trace.MarkDeep)
	}
	if v, ok := raw.Attributes.Get(TimeAssumed); ok && v.Bool() {
		raw.Marks = append(raw.Marks, trace.MarkTimeAssumed)
	}
}

// TimeAssumed is the attribute by which an importer says that the source had no times.
const TimeAssumed = "steward.time.assumed"

type spanIDs struct{ trace, span, parent []byte }

func (ids spanIDs) into(raw *trace.Raw) *Rejection {
	name := func() string { return fmt.Sprintf("span %q (trace %x, span %x)", raw.Name, ids.trace, ids.span) }
	switch {
	case len(ids.trace) != len(raw.Trace) || trace.ID(ids.trace).IsZero():
		return &Rejection{name(), BadTraceID, "trace id must be 16 bytes and not all zero"}
	case len(ids.span) != len(raw.ID) || trace.SpanID(ids.span).IsZero():
		return &Rejection{name(), BadSpanID, "span id must be 8 bytes and not all zero"}
	case len(ids.parent) != 0 && len(ids.parent) != len(raw.Parent):
		return &Rejection{name(), BadParentID, "parent span id must be absent or 8 bytes"}
	}
	raw.Trace, raw.ID = trace.ID(ids.trace), trace.SpanID(ids.span)
	if len(ids.parent) != 0 {
		raw.Parent = trace.SpanID(ids.parent)
	}
	if raw.Parent == raw.ID {
		raw.Parent = trace.SpanID{}
		raw.Marks = append(raw.Marks, trace.MarkSelfParent)
	}
	return nil
}

func checkSpanTimes(raw *trace.Raw, received int64) *Rejection {
	if r := checkTime(raw.Start, received); r != nil {
		r.Record = fmt.Sprintf("span %q (trace %s, span %s)", raw.Name, raw.Trace, raw.ID)
		return r
	}
	if raw.Start > received+int64(clockSkew) {
		raw.Marks = append(raw.Marks, trace.MarkClockAhead)
	}
	if raw.End < 0 || raw.End > raw.Start+int64(10*365*24*time.Hour) {
		raw.End = raw.Start
		raw.Marks = append(raw.Marks, trace.MarkEndBeforeStart)
	} else if raw.End != 0 && raw.End < raw.Start {
		raw.End = raw.Start
		raw.Marks = append(raw.Marks, trace.MarkEndBeforeStart)
	}
	return nil
}

func checkTime(at, received int64) *Rejection {
	switch {
	case at < Earliest.UnixNano(): // also what does not fit int64
		return &Rejection{Reason: TooOld, Detail: fmt.Sprintf("time is %s, before %s; check the clock and the unit (nanoseconds)",
			time.Unix(0, at).UTC().Format(time.RFC3339), Earliest.Format(time.DateOnly))}
	case at > received+int64(MaxAhead):
		return &Rejection{Reason: TooNew, Detail: fmt.Sprintf("time is %s, more than %s ahead of this server's clock; check the sender's clock",
			time.Unix(0, at).UTC().Format(time.RFC3339), MaxAhead)}
	}
	return nil
}

func (d *decoder) event(b []byte) (e trace.Event, err error) {
	if e.Attributes, err = d.attrs(b, 3, "span event"); err != nil {
		return e, err
	}
	return e, each(b, "span event", func(f field) error {
		switch f.num {
		case 1:
			e.Time = int64(f.u64)
		case 2:
			e.Name = d.text(f.data)
		}
		return nil
	})
}

func (d *decoder) link(b []byte) (l trace.Link, err error) {
	if l.Attributes, err = d.attrs(b, 4, "span link"); err != nil {
		return l, err
	}
	return l, each(b, "span link", func(f field) error {
		switch f.num {
		case 1:
			copy(l.Trace[:], f.data)
		case 2:
			copy(l.Span[:], f.data)
		case 3:
			l.TraceState = d.text(f.data)
		}
		return nil
	})
}

func (d *decoder) status(b []byte, raw *trace.Raw) error {
	return each(b, "span status", func(f field) error {
		switch {
		case f.num == 2:
			raw.StatusText = d.text(f.data)
		case f.num == 3 && f.u64 == 1:
			raw.StatusCode = trace.StatusOK
		case f.num == 3 && f.u64 == 2:
			raw.StatusCode = trace.StatusError
		}
		return nil
	})
}
