package row

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestPackRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := new(packer)
	for range 5000 {
		buf := make([]byte, r.IntN(3000))
		for i := range buf {
			buf[i] = byte('a' + r.IntN(2))
		}
		split := 0
		if len(buf) > 0 {
			split = r.IntN(len(buf))
		}
		checkPack(t, p, buf, split)
	}
}

func checkPack(t *testing.T, p *packer, buf []byte, split int) {
	t.Helper()
	packed := p.pack(nil, buf, split)
	got, err := unpack(bytes.Clone(buf[:split]), packed)
	if err != nil || !bytes.Equal(got, buf) {
		t.Fatalf("split %d of %d: %v", split, len(buf), err)
	}
}

func FuzzPack(f *testing.F) {
	f.Add([]byte("the dictionary, the dictionary and the document"), uint16(15))
	f.Fuzz(func(t *testing.T, buf []byte, split uint16) {
		checkPack(t, new(packer), buf, min(int(split), len(buf)))
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("dict"), []byte{3, 1, 'x', 2, 0})
	f.Fuzz(func(t *testing.T, dict, packed []byte) {
		if size, _ := binary.Uvarint(packed); size > 1<<20 {
			return
		}
		_, _ = unpack(bytes.Clone(dict), packed)
	})
}
