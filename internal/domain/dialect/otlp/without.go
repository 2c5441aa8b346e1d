package otlp

import (
	"google.golang.org/protobuf/encoding/protowire"

	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// WithoutSpans answers an ExportTraceServiceRequest without the spans of the traces that gone names, and how many went
// and stayed. What stays is the same bytes as before, so that its hashes do not change; a scope or resource that loses
// its last span goes with it. Where nothing goes, the answer is body itself.
func WithoutSpans(body []byte, gone func(trace.ID) bool) (out []byte, removed, left int, err error) {
	c := cutter{at: "trace request"}
	out, err = c.cut(body, 0, func(b []byte) (bool, error) {
		var id trace.ID
		err := each(b, "span", func(f field) error {
			if f.num == 1 && len(f.data) == len(id) {
				id = trace.ID(f.data)
			}
			return nil
		})
		return gone(id), err
	})
	return out, c.removed, c.left, err
}

// WithoutLogs is WithoutSpans for the records of an ExportLogsServiceRequest. Resource and scope are not set in what
// gone is asked about.
func WithoutLogs(body []byte, in Arrival, gone func(*logs.Record) bool) (out []byte, removed, left int, err error) {
	c := cutter{at: "logs request"}
	out, err = c.cut(body, 0, func(b []byte) (bool, error) {
		rec, _, err := decodeLog(b, in, newQuota())
		return err == nil && gone(&rec), err
	})
	return out, c.removed, c.left, err
}

// cutter cuts records out of a request of resources (field 1), scopes (2) and records (2).
type cutter struct {
	at            string
	removed, left int
}

// depths of a request: 0 is the request, 1 a resource, 2 a scope; its fields 2 are records.
const recordDepth = 3

func (c *cutter) cut(b []byte, depth int, gone func([]byte) (bool, error)) ([]byte, error) {
	below := protowire.Number(2)
	if depth == 0 {
		below = 1
	}
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
		if num != below || typ != protowire.BytesType {
			if out != nil {
				out = append(out, whole...)
			}
			continue
		}
		data, _ := protowire.ConsumeBytes(whole[n:])
		kept, drop, err := c.inner(data, depth+1, gone)
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

// inner answers what is left of a resource, scope or record, and whether nothing is.
func (c *cutter) inner(data []byte, depth int, gone func([]byte) (bool, error)) (kept []byte, drop bool, err error) {
	if depth == recordDepth {
		if drop, err = gone(data); drop {
			c.removed++
		} else {
			c.left++
		}
		return data, drop, err
	}
	removed, left := c.removed, c.left
	kept, err = c.cut(data, depth, gone)
	return kept, c.removed > removed && c.left == left, err
}
