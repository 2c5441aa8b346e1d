package faults

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"steward/tests/server"
)

func TestDbg(t *testing.T) {
	o := server.Options{Data: filepath.Join(t.TempDir(), "data"), Listen: server.FreeAddress(t)}
	book := newBook()
	s := server.Start(t, o)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		c := &sender{book: book, random: rand.New(rand.NewPCG(rand.Uint64(), uint64(i)))}
		wg.Go(func() { c.run(ctx, s) })
	}
	time.Sleep(time.Second)
	stop()
	wg.Wait()
	all := read(t, s)
	n := 0
	for _, p := range book.parcels {
		for i, id := range p.IDs {
			if p.done[traces] && p.done[logs] && !all.joined[id.String()] {
				n++
				if n < 8 {
					sp, err := s.API().Span(t.Context(), id.TraceHex(), id.SpanHex())
					t.Logf("%s i=%d of %d text %d: %v rev %d in %v events %d", id, i, len(p.IDs), len(p.Text), err, sp.Rev, sp.Input, len(sp.Events))
				}
			}
		}
	}
	t.Logf("unjoined live: %d of %d", n, len(all.spans))
	book.check(t, s)
}
