// Package bloom is a growing Bloom filter over 64-bit hashes: it may say yes wrongly, never no. It knows nothing of
// what the hashes stand for. Start at Filter.
package bloom

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// bitsPerKey and probes give about one false answer in 10,000 for a full layer.
const (
	bitsPerKey = 20
	probes     = 14
	firstKeys  = 8 << 10
	growth     = 4
)

// Filter is a chain of layers, each four times the one before, as in "Scalable Bloom Filters" (Almeida et al., 2007)
// with the tightening left out: few layers ever exist. The zero Filter is empty and ready. It is not safe for
// concurrent use.
type Filter struct {
	layers []layer
}

type layer struct {
	words []uint64
	keys  uint64 // added so far
}

func newLayer(keys uint64) layer { return layer{words: make([]uint64, (keys*bitsPerKey+63)/64)} }

func (l *layer) full() bool { return l.keys*bitsPerKey >= uint64(len(l.words))*64 }

// place spreads h over n by multiplication, which needs no power of two.
func place(h, n uint64) uint64 {
	hi, _ := bits.Mul64(h, n)
	return hi
}

func (l *layer) has(h uint64) bool {
	n := uint64(len(l.words)) * 64
	step := bits.RotateLeft64(h, 32)*0x9E3779B97F4A7C15 | 1
	for range probes {
		p := place(h, n)
		if l.words[p>>6]&(1<<(p&63)) == 0 {
			return false
		}
		h += step
	}
	return true
}

func (l *layer) add(h uint64) {
	n := uint64(len(l.words)) * 64
	step := bits.RotateLeft64(h, 32)*0x9E3779B97F4A7C15 | 1
	for range probes {
		p := place(h, n)
		l.words[p>>6] |= 1 << (p & 63)
		h += step
	}
	l.keys++
}

// Has says whether h may have been added.
func (f *Filter) Has(h uint64) bool {
	for i := len(f.layers) - 1; i >= 0; i-- {
		if f.layers[i].has(h) {
			return true
		}
	}
	return false
}

// Add adds h and says whether it may have been there before.
func (f *Filter) Add(h uint64) (had bool) {
	if f.Has(h) {
		return true
	}
	if n := len(f.layers); n == 0 {
		f.layers = append(f.layers, newLayer(firstKeys))
	} else if last := &f.layers[n-1]; last.full() {
		f.layers = append(f.layers, newLayer(last.keys*growth))
	}
	f.layers[len(f.layers)-1].add(h)
	return false
}

// Bytes answers the memory that the filter takes.
func (f *Filter) Bytes() (n int) {
	for i := range f.layers {
		n += 8 * len(f.layers[i].words)
	}
	return n
}

// Append appends the filter's stored form: count of layers, then keys, words and bits of each, little endian.
func (f *Filter) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.layers)))
	for i := range f.layers {
		l := &f.layers[i]
		b = binary.LittleEndian.AppendUint64(b, l.keys)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(l.words)))
		for _, w := range l.words {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
	}
	return b
}

var errDamaged = errors.New("bloom filter is damaged")

// Read reads what Append wrote; all of b must be one filter.
func Read(b []byte) (*Filter, error) {
	if len(b) < 4 {
		return nil, errDamaged
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	f := &Filter{}
	for range n {
		if len(b) < 16 {
			return nil, errDamaged
		}
		l := layer{keys: binary.LittleEndian.Uint64(b)}
		words := binary.LittleEndian.Uint64(b[8:])
		b = b[16:]
		if words == 0 || words > uint64(len(b))/8 {
			return nil, errDamaged
		}
		l.words = make([]uint64, words)
		for i := range l.words {
			l.words[i] = binary.LittleEndian.Uint64(b[8*i:])
		}
		b = b[8*words:]
		f.layers = append(f.layers, l)
	}
	if len(b) != 0 {
		return nil, errDamaged
	}
	return f, nil
}
