package attr

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON straight into Values. It exists because every ingested span carries JSON inside strings: it is
// several times faster than the token decoder behind UnmarshalJSON, and a string without escapes shares the text's
// memory. Both read the same language; a fuzz test holds them to it.
type scanner struct {
	s string
	i int
}

func (p *scanner) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// next answers the next byte that is no space without taking it, 0 at the end.
func (p *scanner) next() byte {
	p.space()
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *scanner) word(w string) bool {
	if strings.HasPrefix(p.s[p.i:], w) {
		p.i += len(w)
		return true
	}
	return false
}

// value reads the next value into v, which is Null before.
func (p *scanner) value(v *Value, depth int) (ok bool) {
	if depth > MaxDepth {
		return false
	}
	switch p.next() {
	case '{':
		return p.object(v, depth)
	case '[':
		return p.array(v, depth)
	case '"':
		v.kind = String
		v.str, ok = p.str()
		return ok
	case 't':
		v.kind, v.num = Bool, 1
		return p.word("true")
	case 'f':
		v.kind = Bool
		return p.word("false")
	case 'n':
		return p.word("null")
	}
	return p.number(v)
}

func (p *scanner) array(v *Value, depth int) bool {
	p.i++
	v.kind, v.list = List, []Value{}
	if p.next() == ']' {
		p.i++
		return true
	}
	for {
		v.list = append(v.list, Value{})
		if !p.value(&v.list[len(v.list)-1], depth+1) {
			return false
		}
		switch p.next() {
		case ',':
			p.i++
		case ']':
			p.i++
			return true
		default:
			return false
		}
	}
}

// firstKeys is room for the keys of most small objects, so that they are allocated once.
const firstKeys = 3

func (p *scanner) object(v *Value, depth int) bool {
	p.i++
	v.kind, v.m = Map, Attrs{}
	if p.next() == '}' {
		p.i++
		return true
	}
	for v.m = make(Attrs, 0, firstKeys); ; {
		if p.next() != '"' {
			return false
		}
		v.m = append(v.m, KV{})
		kv := &v.m[len(v.m)-1]
		var ok bool
		if kv.Key, ok = p.str(); !ok || p.next() != ':' {
			return false
		}
		p.i++
		if !p.value(&kv.Value, depth+1) {
			return false
		}
		switch p.next() {
		case ',':
			p.i++
		case '}':
			p.i++
			if len(v.m) == 1 {
				var err error
				*v, err = unwrap(*v)
				return err == nil
			}
			return true
		default:
			return false
		}
	}
}

// number takes JSON's number grammar and nothing wider (no +1, 01, 1., .5 or hexadecimal).
func (p *scanner) number(v *Value) bool {
	start, whole := p.i, true
	if p.at('-') {
		p.i++
	}
	if p.at('0') {
		p.i++
	} else if !p.digits() {
		return false
	}
	if p.at('.') {
		whole = false
		p.i++
		if !p.digits() {
			return false
		}
	}
	if p.at('e') || p.at('E') {
		whole = false
		p.i++
		if p.at('+') || p.at('-') {
			p.i++
		}
		if !p.digits() {
			return false
		}
	}
	text := p.s[start:p.i]
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			*v = Int64(n)
			return true
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	*v = Float64(f)
	return err == nil
}

func (p *scanner) at(c byte) bool { return p.i < len(p.s) && p.s[p.i] == c }

func (p *scanner) digits() bool {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

// str takes a string; the cursor stands on its opening quote.
func (p *scanner) str() (string, bool) {
	p.i++
	start := p.i
	for p.i < len(p.s) {
		p.plain()
		if p.i == len(p.s) {
			break
		}
		switch c := p.s[p.i]; {
		case c == '"':
			s := p.s[start:p.i]
			p.i++
			return s, true
		case c == '\\' || c < 0x20:
			return p.escaped(start)
		case c < utf8.RuneSelf:
			p.i++
		default:
			r, n := utf8.DecodeRuneInString(p.s[p.i:])
			if r == utf8.RuneError && n == 1 {
				return p.escaped(start)
			}
			p.i += n
		}
	}
	return "", false
}

// plain skips bytes that need no look of their own, eight at a time: ASCII that is neither control, quote nor backslash.
func (p *scanner) plain() {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	s, i := p.s, p.i
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// A byte's high bit is set where it is not ASCII, below 0x20, or zero after the exclusive or.
		if (w|(w-ones*0x20)|(quote-ones)|(slash-ones))&high != 0 {
			break
		}
	}
	p.i = i
}

// escaped goes on with a string that cannot share the text's memory.
func (p *scanner) escaped(start int) (string, bool) {
	end := strings.IndexByte(p.s[p.i:], '"') // a guess at the size; an escaped quote makes it grow
	b := make([]byte, 0, p.i-start+max(end, 0)+16)
	b = append(b, p.s[start:p.i]...)
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			return string(b), true
		case c < 0x20:
			return "", false
		case c == '\\':
			var ok bool
			if b, ok = p.escape(b); !ok {
				return "", false
			}
		case c < utf8.RuneSelf:
			run := p.i
			for p.i < len(p.s) && p.s[p.i] >= 0x20 && p.s[p.i] < utf8.RuneSelf && p.s[p.i] != '"' && p.s[p.i] != '\\' {
				p.i++
			}
			b = append(b, p.s[run:p.i]...)
		default:
			r, n := utf8.DecodeRuneInString(p.s[p.i:])
			b = utf8.AppendRune(b, r)
			p.i += n
		}
	}
	return "", false
}

func (p *scanner) escape(b []byte) ([]byte, bool) {
	p.i++
	if p.i >= len(p.s) {
		return b, false
	}
	c := p.s[p.i]
	p.i++
	switch c {
	case '"', '\\', '/':
		return append(b, c), true
	case 'b':
		return append(b, '\b'), true
	case 'f':
		return append(b, '\f'), true
	case 'n':
		return append(b, '\n'), true
	case 'r':
		return append(b, '\r'), true
	case 't':
		return append(b, '\t'), true
	case 'u':
		r, ok := p.hex4()
		if !ok {
			return b, false
		}
		if utf16.IsSurrogate(r) {
			back := p.i
			if p.word(`\u`) {
				low, ok := p.hex4()
				if !ok {
					return b, false
				}
				if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
					return utf8.AppendRune(b, both), true
				}
			}
			p.i, r = back, utf8.RuneError // half a pair alone
		}
		return utf8.AppendRune(b, r), true
	}
	return b, false
}

func (p *scanner) hex4() (rune, bool) {
	if len(p.s)-p.i < 4 {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.s[p.i : p.i+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.i += 4
	return r, true
}
