package ingest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"steward/internal/base/clock"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
)

// Tally is a count of one outcome of one signal in one project on one UTC day (YYYY-MM-DD). Outcome is received,
// stored, duplicate, conflict, unmapped, refused, or "rejected:" and a reason.
type Tally struct {
	Project project.ID
	Day     string
	Signal  string
	Outcome string
	Count   int64
}

// tallies adds counts up in memory and hands them to the ledger every few seconds: they inform people, the receipts
// that SDKs get do not depend on them.
type tallies struct {
	clock  clock.Clock
	ledger Ledger
	mu     sync.Mutex
	counts map[Tally]int64 // keyed with Count zero
}

func newTallies(c clock.Clock, l Ledger) *tallies {
	return &tallies{clock: c, ledger: l, counts: map[Tally]int64{}}
}

func (t *tallies) add(p project.ID, signal, outcome string, n int64) {
	if n == 0 {
		return
	}
	key := Tally{Project: p, Day: t.clock.Now().Format(time.DateOnly), Signal: signal, Outcome: outcome}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[key] += n
}

func (t *tallies) received(p project.ID, signal string, n int, rejected []otlp.Rejection) {
	t.add(p, signal, "received", int64(n))
	for _, r := range rejected {
		t.add(p, signal, "rejected:"+string(r.Reason), 1)
	}
}

func (t *tallies) refused(p project.ID) { t.add(p, "requests", "refused", 1) }

func (t *tallies) loaded(r telemetry.Receipt) {
	for p, c := range r.Projects {
		t.add(p, "spans", "stored", c.Spans)
		t.add(p, "spans", "duplicate", c.Duplicates)
		t.add(p, "spans", "conflict", c.Conflicts)
		t.add(p, "spans", "unmapped", c.Unmapped)
		t.add(p, "scores", "stored", c.Scores)
		t.add(p, "logs", "stored", c.Logs)
		t.add(p, "metrics", "stored", c.Points)
	}
}

// flush hands over what was counted; on failure it is counted again.
func (t *tallies) flush(ctx context.Context) error {
	t.mu.Lock()
	out := make([]Tally, 0, len(t.counts))
	for key, n := range t.counts {
		key.Count = n
		out = append(out, key)
	}
	clear(t.counts)
	t.mu.Unlock()
	if len(out) == 0 {
		return nil
	}
	err := t.ledger.AddIngest(ctx, out)
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, e := range out {
			n := e.Count
			e.Count = 0
			t.counts[e] += n
		}
	}
	return err
}

func (t *tallies) run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := t.flush(ctx); err != nil {
				log.Warn("ingest counts not saved; they are kept and tried again", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			if err := t.flush(last); err != nil {
				log.Warn("ingest counts of the last seconds not saved", "error", err)
			}
			cancel()
			return
		}
	}
}

// Pending answers counts that the ledger does not have yet.
func (g *Ingest) Pending(p project.ID) []Tally {
	g.tally.mu.Lock()
	defer g.tally.mu.Unlock()
	var out []Tally
	for key, n := range g.tally.counts {
		if key.Project == p {
			key.Count = n
			out = append(out, key)
		}
	}
	return out
}
