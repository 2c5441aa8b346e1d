package row

import (
	"encoding/binary"
	"math"

	"steward/internal/base/attr"
)

// The content document is a version byte and sections, each a tag byte and its fields, in the order of the tags.
// Strings are uvarint length and bytes; lists are uvarint length+1 (0 is nil) and elements; an attribute value is its
// kind byte and payload. Nothing is escaped, so that text inside equals the text columns byte for byte.
const documentVersion = 1

type writer struct{ b []byte }

func (w *writer) byte(c byte)     { w.b = append(w.b, c) }
func (w *writer) uint(n uint64)   { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int64)     { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) fixed(n uint64)  { w.b = binary.LittleEndian.AppendUint64(w.b, n) }
func (w *writer) float(f float64) { w.fixed(math.Float64bits(f)) }

func (w *writer) str(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) bytes(s []byte) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// size writes a list's length so that nil and empty stay apart.
func (w *writer) size(n int, isNil bool) {
	if isNil {
		w.uint(0)
		return
	}
	w.uint(uint64(n) + 1)
}

func (w *writer) value(v attr.Value) {
	w.byte(byte(v.Kind()))
	switch v.Kind() {
	case attr.String:
		w.str(v.Str())
	case attr.Bool:
		if v.Bool() {
			w.byte(1)
		} else {
			w.byte(0)
		}
	case attr.Int:
		w.int(v.Int())
	case attr.Float:
		w.float(v.Float())
	case attr.Bytes:
		w.bytes(v.Bytes())
	case attr.List:
		l := v.List()
		w.size(len(l), l == nil)
		for i := range l {
			w.value(l[i])
		}
	case attr.Map:
		w.attrs(v.Map())
	}
}

func (w *writer) attrs(a attr.Attrs) {
	w.size(len(a), a == nil)
	for i := range a {
		w.str(a[i].Key)
		w.value(a[i].Value)
	}
}

// reader walks a document; the first damage is remembered and everything after it reads as zero.
type reader struct {
	b     []byte
	bad   bool
	depth int
}

func (r *reader) fail() { r.bad, r.b = true, nil }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uint() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *reader) int() int64 {
	n, k := binary.Varint(r.b)
	if k <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *reader) fixed() uint64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	n := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return n
}

func (r *reader) float() float64 { return math.Float64frombits(r.fixed()) }

func (r *reader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

func (r *reader) str() string { return string(r.bytes()) }

// size answers a list's length; isNil tells nil from empty. Every element takes at least one byte, which bounds what
// a damaged length can make us allocate.
func (r *reader) size() (n int, isNil bool) {
	u := r.uint()
	if u == 0 {
		return 0, true
	}
	if u-1 > uint64(len(r.b)) {
		r.fail()
		return 0, true
	}
	return int(u - 1), false
}

// maxDepth bounds nesting on the way back; what comes in is bounded to attr.MaxDepth before it is stored.
const maxDepth = 4 * attr.MaxDepth

func (r *reader) value() attr.Value {
	if r.depth++; r.depth > maxDepth {
		r.fail()
	}
	defer func() { r.depth-- }()
	switch k := attr.Kind(r.byte()); k {
	case attr.Null:
		return attr.Value{}
	case attr.String:
		return attr.Str(r.str())
	case attr.Bool:
		return attr.Boolean(r.byte() == 1)
	case attr.Int:
		return attr.Int64(r.int())
	case attr.Float:
		return attr.Float64(r.float())
	case attr.Bytes:
		return attr.Blob(r.bytes())
	case attr.List:
		n, isNil := r.size()
		if isNil {
			return attr.ListOf()
		}
		l := make([]attr.Value, n)
		for i := range l {
			l[i] = r.value()
		}
		return attr.ListOf(l...)
	case attr.Map:
		return attr.MapOf(r.attrs())
	}
	r.fail()
	return attr.Value{}
}

func (r *reader) attrs() attr.Attrs {
	n, isNil := r.size()
	if isNil {
		return nil
	}
	a := make(attr.Attrs, n)
	for i := range a {
		a[i] = attr.KV{Key: r.str(), Value: r.value()}
	}
	return a
}
