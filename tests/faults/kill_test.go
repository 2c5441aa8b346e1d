package faults

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"steward/tests/server"
)

// roundsEnv sets how often TestKill and TestKillWhileDeleting kill; the soak run does it 50 times.
const roundsEnv = "STEWARD_KILL_ROUNDS"

func rounds(t *testing.T, usual int) int {
	t.Helper()
	s := os.Getenv(roundsEnv)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q; it must be a number of rounds", roundsEnv, s)
	}
	return n
}

// TestKill kills the server at random moments while clients export, and looks after every restart whether everything
// acknowledged so far is there exactly once.
func TestKill(t *testing.T) {
	total := rounds(t, 5)
	o := server.Options{Data: filepath.Join(t.TempDir(), "data"), Listen: server.FreeAddress(t)}
	book := newBook()
	const clients = 4
	senders := make([]*sender, clients)
	for i := range senders {
		senders[i] = &sender{book: book, random: rand.New(rand.NewPCG(rand.Uint64(), uint64(i)))}
	}
	var restarts []time.Duration
	for round := range total {
		begun := time.Now()
		s := server.Start(t, o)
		restarts = append(restarts, time.Since(begun))
		if round > 0 {
			book.check(t, s)
		}
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, c := range senders {
			wg.Go(func() { c.run(ctx, s) })
		}
		time.Sleep(moment(1200 * time.Millisecond))
		if round%3 == 2 { // while it stops, too
			s.Signal(syscall.SIGTERM)
			time.Sleep(moment(300 * time.Millisecond))
		}
		s.Kill()
		stop()
		wg.Wait()
		if round%4 == 3 { // and while it starts
			again := server.Launch(t, o)
			time.Sleep(moment(600 * time.Millisecond))
			again.Kill()
		}
	}
	s := server.Start(t, o)
	for _, c := range senders {
		c.settle(t.Context(), s)
	}
	book.check(t, s)
	s.Stop()
	conflicts(t, o.Data)
	spans, scores := book.acknowledged()
	if spans == 0 || scores == 0 {
		t.Errorf("%d spans and %d scores were acknowledged; the test proves nothing", spans, scores)
	}
	slowest := time.Duration(0)
	for _, d := range restarts {
		slowest = max(slowest, d)
	}
	t.Logf("%d kills: %d spans and %d scores acknowledged, each there once; %d requests sent again; slowest restart until ready %s",
		total, spans, scores, book.repeated.Load(), slowest.Round(time.Millisecond))
}

// moment answers a random time up to most.
func moment(most time.Duration) time.Duration { return rand.N(most) }

// sender is a client that exports batches one after the other, as an SDK does.
type sender struct {
	book    *book
	random  *rand.Rand
	pending []step // what was sent and not answered, to be sent again
}

// step is one request of a batch.
type step struct {
	b    *parcel
	kind kind
}

// run sends until ctx ends. What the server did not answer is sent again first, or given up half the times: both
// happen, and neither may do harm.
func (c *sender) run(ctx context.Context, s *server.Server) {
	if c.random.IntN(2) == 0 {
		c.pending = nil
	}
	c.book.repeated.Add(int64(len(c.pending)))
	for ctx.Err() == nil {
		if len(c.pending) == 0 {
			c.pending = c.next()
		}
		if !c.send(ctx, s, c.pending[0]) {
			return
		}
		c.pending = c.pending[1:]
	}
}

// settle sends what is left, so that some batches are complete that were cut in two.
func (c *sender) settle(ctx context.Context, s *server.Server) {
	for ; len(c.pending) > 0 && c.send(ctx, s, c.pending[0]); c.pending = c.pending[1:] {
		c.book.repeated.Add(1)
	}
}

// next makes a batch and the order in which its parts go.
func (c *sender) next() []step {
	size := 200
	switch n := c.random.IntN(20); {
	case n == 0:
		size = 80 << 10 // beyond what stays in the row
	case n < 5:
		size = 4 << 10
	}
	p := c.book.open(server.NewBatch(1+c.random.IntN(3), 1+c.random.IntN(5), server.Prose(size)))
	out := []step{{p, traces}, {p, logs}, {p, scores}}
	c.random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// send answers whether the step is done: acknowledged, and written down as such.
func (c *sender) send(ctx context.Context, s *server.Server, at step) bool {
	for ctx.Err() == nil {
		status, err := at.b.send(ctx, s, at.kind)
		switch {
		case err != nil:
			return false // no answer: it is there or not, but never twice
		case status < 300:
			c.book.done(at.b, at.kind)
			return true
		case status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable:
			c.book.odd(status, at.kind)
			return true
		}
	}
	return false
}
