package attr

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// bytesKey and floatKey wrap what JSON has no literal for: byte strings, and NaN and the infinities.
const (
	bytesKey = "$bytes"
	floatKey = "$float"
)

// AppendJSON appends v's stored form: JSON in which kinds survive. A Float always has a point or an exponent,
// bytes are {"$bytes":"base64"}, NaN and infinities are {"$float":"NaN"}.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case String:
		return AppendString(b, v.str)
	case Bool:
		return strconv.AppendBool(b, v.Bool())
	case Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case Float:
		return appendFloat(b, v.Float())
	case Bytes:
		b = append(b, `{"`+bytesKey+`":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(v.str))
		return append(b, `"}`...)
	case List:
		b = append(b, '[')
		for i, e := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.AppendJSON(b)
		}
		return append(b, ']')
	case Map:
		return v.m.AppendJSON(b)
	}
	return append(b, "null"...)
}

// AppendJSON appends the attributes as one JSON object, in their order. Of a repeated key only the last is written,
// because a JSON object with a repeated key means different things to different readers.
func (a Attrs) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	first := true
	for i, kv := range a {
		if a.repeatedLater(i) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = AppendString(b, kv.Key)
		b = append(b, ':')
		b = kv.Value.AppendJSON(b)
	}
	return append(b, '}')
}

func (a Attrs) repeatedLater(i int) bool {
	if len(a) > 256 { // quadratic beyond a few hundred: decoders drop repeats of giant maps before they come here
		return false
	}
	for j := i + 1; j < len(a); j++ {
		if a[j].Key == a[i].Key {
			return true
		}
	}
	return false
}

// Unique answers the attributes with only the last of each repeated key, in linear time.
func (a Attrs) Unique() Attrs {
	if len(a) < 2 {
		return a
	}
	last := make(map[string]int, len(a))
	for i := range a {
		last[a[i].Key] = i
	}
	if len(last) == len(a) {
		return a
	}
	out := make(Attrs, 0, len(last))
	for i := range a {
		if last[a[i].Key] == i {
			out = append(out, a[i])
		}
	}
	return out
}

// MarshalJSON is AppendJSON.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// MarshalJSON is AppendJSON.
func (a Attrs) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		b = append(b, `{"`+floatKey+`":"`...)
		b = strconv.AppendFloat(b, f, 'g', -1, 64)
		return append(b, `"}`...)
	}
	n := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, 64)
	if !bytes.ContainsAny(b[n:], ".e") {
		b = append(b, ".0"...)
	}
	return b
}

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string. Only what JSON demands is escaped, so that text stays searchable in its
// stored form; invalid UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			b = append(b, s[start:i]...)
			b = append(b, "\ufffd"...)
			i++
			start = i
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// UnmarshalJSON reads what AppendJSON wrote, and any other JSON: a number without point or exponent that fits int64
// is an Int, every other number a Float.
func (v *Value) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	got, err := decode(d, 0)
	if err == nil {
		*v = got
	}
	return err
}

// UnmarshalJSON reads a JSON object, keeping the order of its keys.
func (a *Attrs) UnmarshalJSON(b []byte) error {
	var v Value
	if err := v.UnmarshalJSON(b); err != nil {
		return err
	}
	if v.kind != Map && v.kind != Null {
		return fmt.Errorf("attributes must be a JSON object")
	}
	*a = v.m
	return nil
}

// ParseJSON reads one JSON value from text; ok is false where text is not exactly one. The value may share text's memory.
func ParseJSON(text string) (v Value, ok bool) {
	p := scanner{s: text}
	ok = p.value(&v, 0)
	p.space()
	if !ok || p.i != len(text) {
		return Value{}, false
	}
	return v, true
}

// MaxDepth bounds nesting of decoded JSON; deeper values are an error.
const MaxDepth = 128

func decode(d *json.Decoder, depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, fmt.Errorf("JSON nested deeper than %d", MaxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case nil:
		return Value{}, nil
	case string:
		return Str(t), nil
	case bool:
		return Boolean(t), nil
	case json.Number:
		return number(t)
	case json.Delim:
		if t == '[' {
			return decodeList(d, depth)
		}
		return decodeMap(d, depth)
	}
	return Value{}, fmt.Errorf("unexpected JSON token %v", t)
}

func number(n json.Number) (Value, error) {
	if !strings.ContainsAny(string(n), ".eE") {
		if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
			return Int64(i), nil
		}
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return Float64(f), err
}

func decodeList(d *json.Decoder, depth int) (Value, error) {
	out := Value{kind: List, list: []Value{}}
	for d.More() {
		e, err := decode(d, depth+1)
		if err != nil {
			return Value{}, err
		}
		out.list = append(out.list, e)
	}
	_, err := d.Token()
	return out, err
}

func decodeMap(d *json.Decoder, depth int) (Value, error) {
	out := Value{kind: Map, m: Attrs{}}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return Value{}, err
		}
		e, err := decode(d, depth+1)
		if err != nil {
			return Value{}, err
		}
		out.m = append(out.m, KV{k.(string), e})
	}
	if _, err := d.Token(); err != nil {
		return Value{}, err
	}
	if len(out.m) == 1 {
		return unwrap(out)
	}
	return out, nil
}

// unwrap turns {"$bytes":...} and {"$float":...} back into what they stand for.
func unwrap(v Value) (Value, error) {
	kv := v.m[0]
	if kv.Value.kind != String {
		return v, nil
	}
	switch kv.Key {
	case bytesKey:
		if raw, err := base64.StdEncoding.DecodeString(kv.Value.str); err == nil {
			return Blob(raw), nil
		}
	case floatKey:
		if f, err := strconv.ParseFloat(kv.Value.str, 64); err == nil {
			return Float64(f), nil
		}
	}
	return v, nil
}
