package row

import (
	"math/rand/v2"
	"testing"

	"steward/internal/domain/trace"
)

func FuzzContent(f *testing.F) {
	d := dice{rand.New(rand.NewPCG(11, 12))}
	for range 20 {
		s := d.span()
		w := &writer{}
		writeContent(w, &s, nil, "", "")
		f.Add(w.b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s trace.Span
		_, _ = readContent(b, &s)
	})
}
