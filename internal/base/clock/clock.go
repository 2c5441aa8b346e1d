// Package clock lets tests own the time. Times are int64 Unix nanoseconds, UTC.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// System is the machine's clock, in UTC.
type System struct{}

// Now answers the machine's time.
func (System) Now() time.Time { return time.Now().UTC() }

// Fake is a clock that moves only when told. Its zero value stands at the year 1.
type Fake struct {
	mu  sync.Mutex
	now time.Time
}

// NewFake answers a clock that stands at t.
func NewFake(t time.Time) *Fake { return &Fake{now: t.UTC()} }

// Now answers where the clock stands.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}
