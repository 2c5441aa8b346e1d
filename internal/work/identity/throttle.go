package identity

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
)

// Sign-in is slowed, keys in headers are not: guessing either is hopeless at their length, and slowing the second would
// let one wrong exporter behind an address stop all the right ones there.
const (
	peerFree    = 5                // failures before one address has to wait
	peerFirst   = time.Second      // the first wait; each further failure doubles it
	peerMost    = 5 * time.Minute  // the longest wait of an address
	globalFree  = 100              // failures from anywhere before everyone has to wait
	globalFirst = time.Second      // likewise
	globalMost  = 5 * time.Second  // short, or failing on purpose would lock the owner out
	forgetAfter = 15 * time.Minute // without a failure
	peersMost   = 4096             // addresses remembered
)

// throttle slows failed attempts, per address and over all. Memory is bounded.
type throttle struct {
	clock  clock.Clock
	mu     sync.Mutex
	peers  map[netip.Prefix]*strikes
	global strikes
}

// strikes counts failures. Times are Unix nanoseconds.
type strikes struct {
	count int
	last  int64
	until int64 // no attempt before
}

func newThrottle(c clock.Clock) *throttle {
	return &throttle{clock: c, peers: map[netip.Prefix]*strikes{}}
}

// begin admits an attempt or answers Overloaded with the time to wait. An attempt counts as failed until succeed says
// otherwise, so that attempts made at once cannot slip through together.
func (t *throttle) begin(address string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now().UnixNano()
	p := t.peer(network(address), now)
	if wait := max(p.until, t.global.until) - now; wait > 0 {
		return errs.Overloaded(time.Duration(wait), "too many failed attempts to sign in; try again in %d seconds",
			int(math.Ceil(time.Duration(wait).Seconds())))
	}
	p.strike(now, peerFree, peerFirst, peerMost)
	t.global.strike(now, globalFree, globalFirst, globalMost)
	return nil
}

// succeed takes the attempt back and forgets the address's failures.
func (t *throttle) succeed(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.peers, network(address))
	t.global.count = max(0, t.global.count-1)
	t.global.until = 0
}

// withdraw takes back an attempt that proved nothing, because the server failed and not the caller.
func (t *throttle) withdraw(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.peers[network(address)]; p != nil {
		p.count, p.until = max(0, p.count-1), 0
	}
	t.global.count, t.global.until = max(0, t.global.count-1), 0
}

func (s *strikes) strike(now int64, free int, first, most time.Duration) {
	if now-s.last > int64(forgetAfter) {
		s.count = 0
	}
	s.count++
	s.last = now
	if over := s.count - free; over >= 0 {
		wait := most
		if over < 16 { // beyond, the shift would pass most anyway
			wait = min(most, first<<over)
		}
		s.until = now + int64(wait)
	}
}

// peer finds or makes an address's strikes. When there are too many, the ones that are over go, else the oldest.
func (t *throttle) peer(n netip.Prefix, now int64) *strikes {
	if p := t.peers[n]; p != nil {
		return p
	}
	if len(t.peers) >= peersMost {
		var oldest netip.Prefix
		first := int64(math.MaxInt64)
		for name, p := range t.peers {
			if now-p.last > int64(forgetAfter) {
				delete(t.peers, name)
			} else if p.last < first {
				oldest, first = name, p.last
			}
		}
		if len(t.peers) >= peersMost {
			delete(t.peers, oldest)
		}
	}
	p := &strikes{}
	t.peers[n] = p
	return p
}

// network answers what counts as one address: all of an IPv4 address, the first 64 bits of an IPv6 one, since whoever
// has one of those has them all. What is no address at all counts as one.
func network(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
