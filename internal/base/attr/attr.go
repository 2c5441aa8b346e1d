// Package attr is an attribute map with OpenTelemetry's value kinds: null, string, bool, int, double, bytes, array, map.
// It keeps order and kind, so that what came in can go out again unchanged.
package attr

import (
	"math"
	"strconv"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds, in the order of OTLP's AnyValue.
const (
	Null Kind = iota
	String
	Bool
	Int
	Float
	Bytes
	List
	Map
)

// Value is one attribute value. The zero Value is Null. Treat it as immutable once built; it may share memory.
type Value struct {
	kind Kind
	num  uint64
	str  string
	list []Value
	m    Attrs
}

// KV is one attribute.
type KV struct {
	Key   string
	Value Value
}

// Attrs are attributes in the order they came. Where a key is repeated the last one counts (Get), all are kept.
type Attrs []KV

// Constructors, one a kind.

func Str(s string) Value      { return Value{kind: String, str: s} }
func Int64(n int64) Value     { return Value{kind: Int, num: uint64(n)} }
func Float64(f float64) Value { return Value{kind: Float, num: math.Float64bits(f)} }
func Boolean(b bool) Value {
	v := Value{kind: Bool}
	if b {
		v.num = 1
	}
	return v
}
func Blob(b []byte) Value      { return Value{kind: Bytes, str: string(b)} }
func ListOf(v ...Value) Value  { return Value{kind: List, list: v} }
func MapOf(m Attrs) Value      { return Value{kind: Map, m: m} }
func (v Value) Kind() Kind     { return v.kind }
func (v Value) IsNull() bool   { return v.kind == Null }
func (v Value) List() []Value  { return v.list }
func (v Value) Map() Attrs     { return v.m }
func (v Value) Bytes() []byte  { return []byte(v.str) }
func (v Value) Bool() bool     { return v.kind == Bool && v.num == 1 }
func (v Value) Int() int64     { return int64(v.num) }
func (v Value) Float() float64 { return math.Float64frombits(v.num) }

// Str answers the text of a String value and "" for every other kind.
func (v Value) Str() string {
	if v.kind == String {
		return v.str
	}
	return ""
}

// Len answers the length in bytes of a String or Bytes value, 0 for every other kind.
func (v Value) Len() int {
	if v.kind == String || v.kind == Bytes {
		return len(v.str)
	}
	return 0
}

// Number answers a finite number for Int, finite Float, or a String that holds one; ok is false otherwise
// (NaN and infinities are no numbers here).
func (v Value) Number() (f float64, ok bool) {
	switch v.kind {
	case Int:
		return float64(v.Int()), true
	case Float:
		f = v.Float()
	case String:
		var err error
		if f, err = strconv.ParseFloat(v.str, 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// Text answers a readable form of any scalar, and JSON for lists and maps.
func (v Value) Text() string {
	switch v.kind {
	case Null:
		return ""
	case String:
		return v.str
	case Bool:
		return strconv.FormatBool(v.Bool())
	case Int:
		return strconv.FormatInt(v.Int(), 10)
	}
	return string(v.AppendJSON(nil))
}

// Get answers the value of key, the last where it is repeated; ok is false where it is absent.
func (a Attrs) Get(key string) (Value, bool) {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i].Key == key {
			return a[i].Value, true
		}
	}
	return Value{}, false
}

// Str answers the text of a string attribute, "" where it is absent or of another kind.
func (a Attrs) Str(key string) string {
	v, _ := a.Get(key)
	return v.Str()
}

// Set replaces key's value or appends it, and answers the changed attributes (like append).
func (a Attrs) Set(key string, v Value) Attrs {
	for i := range a {
		if a[i].Key == key {
			a[i].Value = v
			return a
		}
	}
	return append(a, KV{key, v})
}
