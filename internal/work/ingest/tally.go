package ingest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"steward/internal/base/clock"
	"steward/internal/domain/control"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
)

// The signals that are counted.
const (
	signalSpans   = "spans"
	signalLogs    = "logs"
	signalMetrics = "metrics"
	signalScores  = "scores"
)

// Overloaded is the reason under which requests are counted that were refused as a whole; the client tries again.
const Overloaded = "overloaded_requests"

// deadLetter is the reason under which records are counted that were acknowledged and that the store refuses.
const deadLetter = "dead_letter"

// tallies adds counts up in memory and hands them to the ledger every few seconds: they inform people, the receipts
// that SDKs get do not depend on them. A crash loses the counts of the last seconds, never records.
type tallies struct {
	clock  clock.Clock
	ledger Ledger
	mu     sync.Mutex
	counts map[tallyKey]*control.IngestDay
}

type tallyKey struct {
	project     project.ID
	day, signal string
}

func newTallies(c clock.Clock, l Ledger) *tallies {
	return &tallies{clock: c, ledger: l, counts: map[tallyKey]*control.IngestDay{}}
}

// at answers the counters of today; the caller holds mu.
func (t *tallies) at(p project.ID, signal string) *control.IngestDay {
	key := tallyKey{p, t.clock.Now().Format(time.DateOnly), signal}
	d := t.counts[key]
	if d == nil {
		d = &control.IngestDay{Project: p, Day: key.day, Signal: signal, Rejected: map[string]int64{}}
		t.counts[key] = d
	}
	return d
}

func (t *tallies) received(p project.ID, signal string, n int, rejected []otlp.Rejection) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.at(p, signal)
	d.Received += int64(n)
	for _, r := range rejected {
		d.Rejected[string(r.Reason)]++
	}
}

func (t *tallies) refused(p project.ID, signal string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at(p, signal).Rejected[Overloaded]++
}

func (t *tallies) setAside(p project.ID, signal string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at(p, signal).Rejected[deadLetter] += int64(n)
}

func (t *tallies) loaded(r telemetry.Receipt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p, c := range r.Projects {
		if c.Spans+c.Duplicates+c.Conflicts > 0 {
			d := t.at(p, signalSpans)
			d.Stored += c.Spans
			d.Duplicates += c.Duplicates
			d.Conflicts += c.Conflicts
			d.Unmapped += c.Unmapped
		}
		for signal, n := range map[string]int64{signalScores: c.Scores, signalLogs: c.Logs, signalMetrics: c.Points} {
			if n > 0 {
				t.at(p, signal).Stored += n
			}
		}
	}
}

// flush hands over what was counted; on failure it is counted again.
func (t *tallies) flush(ctx context.Context) error {
	t.mu.Lock()
	taken := t.counts
	t.counts = map[tallyKey]*control.IngestDay{}
	t.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	days := make([]control.IngestDay, 0, len(taken))
	for _, d := range taken {
		days = append(days, *d)
	}
	err := t.ledger.AddIngest(ctx, days)
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		for key, d := range taken {
			if now := t.counts[key]; now != nil {
				addDay(d, now)
			}
			t.counts[key] = d
		}
	}
	return err
}

func addDay(to, from *control.IngestDay) {
	to.Received += from.Received
	to.Stored += from.Stored
	to.Duplicates += from.Duplicates
	to.Conflicts += from.Conflicts
	to.Unmapped += from.Unmapped
	for reason, n := range from.Rejected {
		to.Rejected[reason] += n
	}
}

func (t *tallies) run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := t.flush(ctx); err != nil && ctx.Err() == nil {
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

// FlushCounts hands the counts so far to the ledger, so that who asks next sees them.
func (g *Ingest) FlushCounts(ctx context.Context) error { return g.tally.flush(ctx) }
