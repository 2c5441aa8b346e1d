package otlp

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// WithoutSpans answers an ExportTraceServiceRequest without the spans of the traces that gone names, and how many went
// and stayed. What stays is the same bytes as before, so that its hashes do not change; a scope or resource that loses
// its last span goes with it. Where nothing goes, the answer is body itself.
func WithoutSpans(body []byte, gone func(trace.ID) bool) (out []byte, removed, left int, err error) {
	c := cutter{at: "trace request", leaf: recordDepth, gone: func(b []byte) (bool, error) {
		var id trace.ID
		err := each(b, "span", func(f field) error {
			if f.num == 1 && len(f.data) == len(id) {
				id = trace.ID(f.data)
			}
			return nil
		})
		return gone(id), err
	}}
	out, err = c.cut(body, 0)
	return out, c.removed, c.left, err
}

// WithoutLogs is WithoutSpans for the records of an ExportLogsServiceRequest. Resource and scope are not set in what
// gone is asked about.
func WithoutLogs(body []byte, in Arrival, gone func(*logs.Record) bool) (out []byte, removed, left int, err error) {
	c := cutter{at: "logs request", leaf: recordDepth, gone: func(b []byte) (bool, error) {
		rec, _, err := decodeLog(b, in, newQuota())
		return err == nil && gone(&rec), err
	}}
	out, err = c.cut(body, 0)
	return out, c.removed, c.left, err
}

// WithoutPoints is WithoutSpans for the data points of an ExportMetricsServiceRequest, by their attributes. A metric
// that loses its last point goes with it.
func WithoutPoints(body []byte, gone func(attr.Attrs) bool) (out []byte, removed, left int, err error) {
	c := cutter{at: "metric request", leaf: pointDepth}
	c.gone = func(b []byte) (bool, error) {
		d := decoder{quota: newQuota()}
		attrs, err := d.attrs(b, layouts[metricTypes[c.metric]].attributes, "data point")
		return err == nil && gone(attrs), err
	}
	out, err = c.cut(body, 0)
	return out, c.removed, c.left, err
}

// Only answers an export request of a signal with nothing but the records that keep names, by their place among the
// records (spans, log records, data points) that decoding the request answers. What stays is the same bytes as before.
func Only(signal Signal, body []byte, in Arrival, keep []int) ([]byte, error) {
	c := cutter{at: string(signal) + " request", leaf: recordDepth}
	taken := func([]byte) (rejected *Rejection, err error) { return nil, nil }
	switch signal {
	case Traces:
		taken = func(b []byte) (*Rejection, error) {
			_, rejected, err := decodeSpan(b, in, newQuota())
			return rejected, err
		}
	case LogRecords:
		taken = func(b []byte) (*Rejection, error) {
			_, rejected, err := decodeLog(b, in, newQuota())
			return rejected, err
		}
	case Metrics:
		c.leaf = pointDepth
		taken = func(b []byte) (*Rejection, error) { return c.takenPoint(b, in) }
	}
	n := -1
	c.gone = func(b []byte) (bool, error) {
		rejected, err := taken(b)
		if err != nil || rejected != nil {
			return true, err
		}
		n++
		return !slices.Contains(keep, n), nil
	}
	out, err := c.cut(body, 0)
	if err == nil && c.left != len(keep) {
		err = errs.New(errs.CodeInternal, "%d records of a %s were to be kept and %d are there", len(keep), c.at, c.left)
	}
	return out, err
}

// cutter cuts records out of a request of resources (field 1), scopes (2) and records (2); the records of a metric
// request are metrics, which hold data by its type, which holds points (1).
type cutter struct {
	at            string
	leaf          int                        // the depth of what is cut out
	gone          func([]byte) (bool, error) // asked about each
	removed, left int

	// of the metric that it is in
	metric protowire.Number // its type
	named  bool             // it has a name
	last   []byte           // its data; where it has several, the last counts
	counts bool             // the points in question are in that
}

// depths of a request: 0 is the request, 1 a resource, 2 a scope, 3 a record, which may be a metric; 4 is a metric's
// data, 5 a point.
const (
	recordDepth = 3
	pointDepth  = 5
)

// below says whether a field of a message at a depth is one of those that the cutter goes into.
func below(depth int, num protowire.Number) bool {
	switch depth {
	case 0, 4:
		return num == 1
	case recordDepth:
		_, known := metricTypes[num]
		return known
	}
	return num == 2
}

func (c *cutter) cut(b []byte, depth int) ([]byte, error) {
	var out []byte // nil as long as nothing has changed
	for pos := 0; pos < len(b); {
		num, typ, n := protowire.ConsumeTag(b[pos:])
		if n < 0 {
			return nil, errWire(c.at)
		}
		size := protowire.ConsumeFieldValue(num, typ, b[pos+n:])
		if size < 0 {
			return nil, errWire(c.at)
		}
		whole := b[pos : pos+n+size]
		start := pos
		pos += len(whole)
		if !below(depth, num) || typ != protowire.BytesType {
			if out != nil {
				out = append(out, whole...)
			}
			continue
		}
		data, _ := protowire.ConsumeBytes(whole[n:])
		if depth == recordDepth {
			c.metric, c.counts = num, c.named && len(data) > 0 && &data[0] == &c.last[0]
		}
		kept, drop, err := c.inner(data, depth+1)
		if err != nil {
			return nil, err
		}
		if !drop && len(kept) == len(data) {
			if out != nil {
				out = append(out, whole...)
			}
			continue
		}
		if out == nil {
			out = append(make([]byte, 0, len(b)), b[:start]...)
		}
		if !drop {
			out = protowire.AppendTag(out, num, typ)
			out = protowire.AppendBytes(out, kept)
		}
	}
	if out == nil {
		return b, nil
	}
	return out, nil
}

// inner answers what is left of a message below the request, and whether nothing is.
func (c *cutter) inner(data []byte, depth int) (kept []byte, drop bool, err error) {
	if depth == c.leaf {
		if drop, err = c.gone(data); drop {
			c.removed++
		} else {
			c.left++
		}
		return data, drop, err
	}
	if depth == recordDepth {
		c.named, c.last = false, nil
		err := each(data, "metric", func(f field) error {
			if f.num == 1 {
				c.named = len(f.data) > 0
			}
			if below(depth, f.num) {
				c.last = f.data
			}
			return nil
		})
		if err != nil {
			return nil, false, err
		}
	}
	removed, left := c.removed, c.left
	kept, err = c.cut(data, depth)
	return kept, c.removed > removed && c.left == left, err
}

// takenPoint says why decoding refuses a point.
func (c *cutter) takenPoint(b []byte, in Arrival) (*Rejection, error) {
	if !c.counts {
		return &Rejection{Reason: NoName}, nil
	}
	var at int64
	err := each(b, "data point", func(f field) error {
		if f.num == 3 { // time_unix_nano, in each of the four kinds of point
			at = int64(f.u64)
		}
		return nil
	})
	if at == 0 {
		at = in.Received
	}
	return checkTime(at, in.Received), err
}
