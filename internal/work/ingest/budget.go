package ingest

import (
	"sync/atomic"
	"time"

	"steward/internal/base/errs"
)

// budget bounds the bytes of requests in flight, so that overload is answered before memory is at risk.
type budget struct {
	used  atomic.Int64
	bound int64
}

func newBudget(bound int64) *budget { return &budget{bound: bound} }

// Lease is a request's share of the memory bound. Grow before reading more; Close gives all of it back.
type Lease struct {
	b    *budget
	size int64
}

// Lease begins a request. Its zero share costs nothing.
func (g *Ingest) Lease() *Lease { return &Lease{b: g.budget} }

// Grow asks for n bytes more; errs.Overloaded when the bound is reached.
func (l *Lease) Grow(n int64) error {
	if l.b.used.Add(n) > l.b.bound {
		l.b.used.Add(-n)
		return errs.Overloaded(time.Second, "too many requests are being read at once; try again")
	}
	l.size += n
	return nil
}

// Close gives the share back. It may be called twice.
func (l *Lease) Close() {
	l.b.used.Add(-l.size)
	l.size = 0
}
