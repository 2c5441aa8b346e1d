package transcript

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"steward/internal/domain/trace"
)

// place is where in the import something was found. Ids are derived from it and the file's digest alone, so that they
// stay what they are whatever the file repeats inside.
type place struct {
	digest [sha256.Size]byte // of the file
	record int64             // within the file, from 0
}

// sum hashes the place with what distinguishes one thing in it from another.
func (p place) sum(what string, numbers ...int) [sha256.Size]byte {
	b := make([]byte, 0, 128)
	b = append(b, "steward import v1\x00"...)
	b = append(b, p.digest[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.record))
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return sha256.Sum256(append(b, what...))
}

func (p place) trace() trace.ID {
	h := p.sum("trace")
	return trace.ID(h[:16])
}

// named answers the trace id for a name that is no W3C trace id; it does not depend on the record.
func (p place) named(name string) trace.ID {
	h := place{digest: p.digest}.sum("trace named " + name)
	return trace.ID(h[:16])
}

func (p place) span(what string, message, call int) trace.SpanID {
	h := p.sum("span "+what, message, call)
	return trace.SpanID(h[:8])
}

// spanNamed answers the span id for a name that is no W3C span id, within a trace.
func (p place) spanNamed(in trace.ID, name string) trace.SpanID {
	h := place{digest: p.digest}.sum("span named " + in.String() + " " + name)
	return trace.SpanID(h[:8])
}

// score answers a UUID of version 8 (RFC 9562: made in a way of our own).
func (p place) score(name string, n int) string {
	h := p.sum("score "+name, n)
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// short is enough of the digest to tell files apart.
func (p place) short() string { return fmt.Sprintf("%x", p.digest[:4]) }

// stem makes a word of a file's name: no extension, and nothing that would need quoting in a filter.
func stem(name string) string {
	name = strings.TrimSuffix(name, ".gz")
	name = strings.TrimSuffix(name, path.Ext(name))
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "import"
}
