package faults

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"steward/tests/server"
)

// memoryBound is what the server may take in memory, whatever comes.
const memoryBound = 1 << 30

// TestOverload sends more at once than the intake log may hold.
func TestOverload(t *testing.T) {
	s := server.Start(t, server.Options{Env: []string{"STEWARD_INTAKE_MAX_SIZE=16MiB", "STEWARD_INTAKE_MIN_FREE=0"}})
	book := newBook()
	var wg sync.WaitGroup
	var refused, taken atomic.Int64
	text := server.Noise(48 << 10)
	for range 24 {
		wg.Go(func() {
			for range 6 {
				p := book.open(server.NewBatch(2, 30, text))
				a, err := s.Post(t.Context(), "traces", p.Traces())
				switch {
				case err != nil:
					t.Errorf("no answer: %v", err)
				case a.Status == http.StatusOK:
					book.done(p, traces)
					taken.Add(1)
				case a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable || a.RetryAfter < 1 || a.Message == "":
					t.Errorf("refused with %+v; it had to be 429 or 503 with Retry-After and a reason", a)
				default:
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	m, err := s.Memory()
	if err != nil {
		t.Fatal(err)
	}
	if refused.Load() == 0 || taken.Load() == 0 {
		t.Errorf("%d requests taken, %d refused; the test needs both", taken.Load(), refused.Load())
	}
	if m.Peak > memoryBound {
		t.Errorf("the server took %d MiB", m.Peak>>20)
	}
	s.Until("it takes records again", func() bool {
		a, err := s.Post(t.Context(), "traces", book.open(server.NewBatch(1, 1, "")).Traces())
		return err == nil && a.Status == http.StatusOK
	})
	book.check(t, s)
	t.Logf("%d requests of 3 MB taken, %d refused, %d MiB at the highest", taken.Load(), refused.Load(), m.Peak>>20)
	s.Stop()
}
