package row

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Packing is LZ77 with the row's own text columns as the dictionary. A span says its messages three times: in the
// searchable text, in the canonical messages and in the raw attributes they came from. Packed, the content column
// holds only what the text columns do not; column compression then works on the rest.
//
// A packed document is: uvarint length of the plain document, then pairs of (uvarint literal length, literals, uvarint
// copy length, uvarint position). Positions count from the start of dictionary and document laid end to end. The last
// pair may lack its copy.

const (
	minMatch  = 12 // shorter copies cost more than they save once the column is compressed
	hashBits  = 12
	dictSteps = 4 // every fourth dictionary position is remembered; matches are extended backwards to make up
)

type packer struct {
	table [1 << hashBits]uint32 // position+1 of a recent occurrence
}

func hash8(u uint64) uint32 { return uint32((u * 0x9E3779B185EBCA87) >> (64 - hashBits)) }

// pack appends doc's packed form to dst. dict and doc must stand end to end in buf: dict is buf[:split].
func (p *packer) pack(dst, buf []byte, split int) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(buf)-split))
	p.table = [1 << hashBits]uint32{}
	for i := 0; i+8 <= split; i += dictSteps {
		p.table[hash8(binary.LittleEndian.Uint64(buf[i:]))] = uint32(i) + 1
	}
	lit := split
	for i := split; i+minMatch <= len(buf); {
		u := binary.LittleEndian.Uint64(buf[i:])
		h := hash8(u)
		at := int(p.table[h]) - 1
		p.table[h] = uint32(i) + 1
		if at < 0 || binary.LittleEndian.Uint64(buf[at:]) != u {
			i += 1 + (i-lit)>>6
			continue
		}
		n := 8 + matchLen(buf[at+8:], buf[i+8:])
		back := 0
		for back < at && back < i-lit && buf[at-back-1] == buf[i-back-1] {
			back++
		}
		if n+back < minMatch {
			i++
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(i-back-lit))
		dst = append(dst, buf[lit:i-back]...)
		dst = binary.AppendUvarint(dst, uint64(n+back))
		dst = binary.AppendUvarint(dst, uint64(at-back))
		i += n
		lit = i
	}
	if lit < len(buf) {
		dst = binary.AppendUvarint(dst, uint64(len(buf)-lit))
		dst = append(dst, buf[lit:]...)
	}
	return dst
}

func matchLen(a, b []byte) (n int) {
	for len(a) >= 8 && len(b) >= 8 {
		if x := binary.LittleEndian.Uint64(a) ^ binary.LittleEndian.Uint64(b); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		a, b, n = a[8:], b[8:], n+8
	}
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		n++
	}
	return n
}

var errPacked = errors.New("content is damaged")

// unpack appends the document to dict and answers both; the document begins at len(dict).
func unpack(dict, packed []byte) ([]byte, error) {
	size, k := binary.Uvarint(packed)
	if k <= 0 || size > 1<<31 {
		return nil, errPacked
	}
	packed = packed[k:]
	out := dict
	end := uint64(len(dict)) + size
	next := func() (uint64, bool) {
		v, k := binary.Uvarint(packed)
		if k <= 0 {
			return 0, false
		}
		packed = packed[k:]
		return v, true
	}
	for uint64(len(out)) < end {
		n, ok := next()
		if !ok || n > uint64(len(packed)) || uint64(len(out))+n > end {
			return nil, errPacked
		}
		out = append(out, packed[:n]...)
		packed = packed[n:]
		if uint64(len(out)) == end {
			break
		}
		n, ok = next()
		at, ok2 := next()
		if !ok || !ok2 || n == 0 || at >= uint64(len(out)) || n > end-uint64(len(out)) {
			return nil, errPacked
		}
		if from := int(at); from+int(n) <= len(out) {
			out = append(out, out[from:from+int(n)]...)
		} else {
			for ; n > 0; n-- { // the copy overlaps what it writes: a run
				out = append(out, out[from])
				from++
			}
		}
	}
	if len(packed) != 0 {
		return nil, errPacked
	}
	return out, nil
}
