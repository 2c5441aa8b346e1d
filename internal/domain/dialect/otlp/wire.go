// Package otlp translates OTLP's bytes into Steward's nouns and back: pure, no transport. Decoding walks the protobuf
// wire format itself, because it must refuse single spans instead of whole requests, bound nesting before the stack
// is at risk, and build our own attribute values without a second tree in between; JSON goes through pdata.
// Start reading at DecodeTraces.
package otlp

import (
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
)

// maxDepth bounds nested attribute values; deeper ones are kept as the bytes they came in and marked.
const maxDepth = 64

// errWire is what malformed protobuf answers: the client must not repeat the request.
func errWire(at string) error {
	return errs.Invalid("request is not valid OTLP protobuf: malformed %s; check content type and encoding", at)
}

// field is one protobuf field: num for varints and fixed numbers, bytes for what has a length.
type field struct {
	num  protowire.Number
	typ  protowire.Type
	u64  uint64
	data []byte
}

// each calls fn for every field of a message and stops at the first error.
func each(b []byte, at string, fn func(f field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errWire(at)
		}
		b = b[n:]
		f := field{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			f.u64, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.u64, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.u64 = uint64(v)
		case protowire.BytesType:
			f.data, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return errWire(at)
		}
		b = b[n:]
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// count counts the fields of a message with the given number, to size slices once.
func count(b []byte, num protowire.Number) (c int) {
	for len(b) > 0 {
		got, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return c
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(got, typ, b); n < 0 {
			return c
		}
		b = b[n:]
		if got == num {
			c++
		}
	}
	return c
}

// A request may hold so many records and attribute values. Empty ones take two bytes on the wire and a hundred in
// memory, so that bounding the body alone would bound nothing.
const (
	maxRecords = 100_000
	maxValues  = 2_000_000
)

// quota is what a request may still hold.
type quota struct{ records, values int }

func newQuota() *quota { return &quota{records: maxRecords, values: maxValues} }

func (q *quota) takeRecords(n int) error {
	if q.records -= n; q.records < 0 {
		return errs.New(errs.CodeTooLarge, "the request holds more than %d records; send smaller batches", maxRecords)
	}
	return nil
}

func (q *quota) takeValues(n int) error {
	if q.values -= n; q.values < 0 {
		return errs.New(errs.CodeTooLarge, "the request holds more than %d attribute values; send smaller batches", maxValues)
	}
	return nil
}

// decoder remembers what was odd about the record at hand.
type decoder struct {
	quota   *quota
	badUTF8 bool
	deep    bool
}

// text shares memory with b, which is never written to after it was read from the wire.
func (d *decoder) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	s := unsafe.String(&b[0], len(b))
	if utf8.ValidString(s) {
		return s
	}
	d.badUTF8 = true
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (d *decoder) attrs(b []byte, num protowire.Number, at string) (attr.Attrs, error) {
	n := count(b, num)
	if n == 0 {
		return nil, nil
	}
	if err := d.quota.takeValues(n); err != nil {
		return nil, err
	}
	out := make(attr.Attrs, 0, n)
	err := each(b, at, func(f field) error {
		if f.num != num {
			return nil
		}
		kv, err := d.keyValue(f.data, 0)
		out = append(out, kv)
		return err
	})
	return out, err
}

func (d *decoder) keyValue(b []byte, depth int) (kv attr.KV, err error) {
	err = each(b, "attribute", func(f field) error {
		switch {
		case f.num == 1:
			kv.Key = d.text(f.data)
		case f.num == 2:
			kv.Value, err = d.value(f.data, depth)
			return err
		}
		return nil
	})
	return kv, err
}

func (d *decoder) value(b []byte, depth int) (v attr.Value, err error) {
	if depth > maxDepth {
		d.deep = true
		return attr.Blob(b), nil
	}
	err = each(b, "attribute value", func(f field) error {
		switch f.num {
		case 1:
			v = attr.Str(d.text(f.data))
		case 2:
			v = attr.Boolean(f.u64 != 0)
		case 3:
			v = attr.Int64(int64(f.u64))
		case 4:
			v = attr.Float64(math.Float64frombits(f.u64))
		case 5:
			v, err = d.list(f.data, depth+1)
			return err
		case 6:
			v, err = d.kvlist(f.data, depth+1)
			return err
		case 7:
			v = attr.Blob(f.data)
		}
		return nil
	})
	return v, err
}

func (d *decoder) list(b []byte, depth int) (attr.Value, error) {
	n := count(b, 1)
	if err := d.quota.takeValues(n); err != nil {
		return attr.Value{}, err
	}
	out := make([]attr.Value, 0, n)
	err := each(b, "array", func(f field) error {
		if f.num != 1 {
			return nil
		}
		v, err := d.value(f.data, depth)
		out = append(out, v)
		return err
	})
	return attr.ListOf(out...), err
}

func (d *decoder) kvlist(b []byte, depth int) (attr.Value, error) {
	n := count(b, 1)
	if err := d.quota.takeValues(n); err != nil {
		return attr.Value{}, err
	}
	out := make(attr.Attrs, 0, n)
	err := each(b, "map", func(f field) error {
		if f.num != 1 {
			return nil
		}
		kv, err := d.keyValue(f.data, depth)
		out = append(out, kv)
		return err
	})
	return attr.MapOf(out.Unique()), err
}
