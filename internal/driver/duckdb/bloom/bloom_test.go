package bloom

import (
	"math/rand/v2"
	"testing"
)

func TestNeverForgetsAndSeldomLies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var f Filter
	keys := make([]uint64, 300_000)
	for i := range keys {
		keys[i] = r.Uint64()
		f.Add(keys[i])
	}
	g, err := Read(f.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if !f.Has(k) || !g.Has(k) {
			t.Fatalf("%x is forgotten", k)
		}
	}
	lies := 0
	for range 200_000 {
		if f.Has(r.Uint64()) {
			lies++
		}
	}
	if lies > 200 {
		t.Errorf("%d of 200,000 answers are false; 1 in 1,000 is the bound", lies)
	}
	if f.Bytes() > 4*len(keys)*bitsPerKey/8 {
		t.Errorf("%d bytes for %d keys", f.Bytes(), len(keys))
	}
}

func TestEmpty(t *testing.T) {
	var f Filter
	if f.Has(0) || f.Add(0) || !f.Has(0) || !f.Add(0) {
		t.Error("the zero filter does not work")
	}
}

func FuzzRead(f *testing.F) {
	var g Filter
	f.Add(g.Append(nil))
	f.Add([]byte{1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, err := Read(b); err == nil {
			g.Has(7)
			g.Add(7)
		}
	})
}
