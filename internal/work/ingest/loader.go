package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/domain/trace"
)

const (
	// batchBytes is the wire size of a batch: enough that a commit's fixed cost vanishes, little enough that a read
	// which waits for the batch does not notice.
	batchBytes = 16 << 20
	// releaseEvery bounds how much is read again after a crash.
	releaseEvery = 32 << 20
	// checkpointAfter is how much may be loaded before the engine's own log is folded into its files.
	checkpointAfter = 256 << 20
	// checkpointEvery bounds how old the engine's indexes beside its files may be after a crash.
	checkpointEvery = time.Minute
	// quietTime without records is a good moment to release and to checkpoint.
	quietTime = 3 * time.Second
	// retryFirst and retryMost bound the pauses while the engine cannot take a batch, for example on a full disk.
	retryFirst = 100 * time.Millisecond
	retryMost  = 5 * time.Second
)

// loader is the one writer of the telemetry engine. It loads what the log holds, in the log's order and without gaps:
// an engine remembers only the highest position it has seen.
type loader struct {
	g      *Ingest
	join   *joiner
	covers *covers

	mu      sync.Mutex
	loaded  intake.Position
	moved   chan struct{} // closed and replaced when loaded moves
	stopped bool
	failing error // why the last attempt failed; nil while all is well
	held    bool  // a Hold is in force

	// gate is held by whoever may change what is stored: the loader for one batch, or a Hold. It guards join and the
	// counters below.
	gate chan struct{}

	sinceRelease, sinceCheckpoint int64
	checkpointed                  time.Time
	quiet                         time.Duration // quietTime, but in tests
}

func newLoader(g *Ingest) *loader {
	return &loader{g: g, join: newJoiner(g), covers: newCovers(g), loaded: g.o.Log.Released(), moved: make(chan struct{}), gate: make(chan struct{}, 1),
		checkpointed: time.Now(), quiet: quietTime}
}

func (l *loader) enter(ctx context.Context) error {
	select {
	case l.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *loader) leave() { <-l.gate }

// hold says whether a Hold is in force, and wakes the requests that wait for room.
func (l *loader) hold(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = on
	close(l.moved)
	l.moved = make(chan struct{})
}

func (l *loader) run(ctx context.Context) {
	quiet := make(chan struct{}, 1)
	idle := time.AfterFunc(l.quiet, func() {
		select {
		case quiet <- struct{}{}:
		default:
		}
		l.g.queue.nudge()
	})
	defer idle.Stop()
	defer l.finish(context.WithoutCancel(ctx))
	for {
		from, got, replay, ok := l.g.queue.take(batchBytes)
		if !ok || l.enter(ctx) != nil {
			return
		}
		select {
		case <-quiet:
			l.tidy(ctx)
			if l.join.count > 0 { // so that what waits in vain frees the log although nothing comes
				idle.Reset(l.quiet)
			}
		default:
		}
		ok = true
		switch {
		case replay:
			ok = l.replay(ctx, from)
		case len(got) > 0:
			ok = l.load(ctx, from+intake.Position(len(got))-1, got)
		}
		l.leave()
		if !ok {
			return
		}
		if replay || len(got) > 0 {
			idle.Reset(l.quiet)
		}
	}
}

// replay reads records from the log, as many as a batch takes and as long as they must be read from there.
func (l *loader) replay(ctx context.Context, from intake.Position) bool {
	var (
		got  []*work
		last = from - 1
		size int64
	)
	enough := errors.New("enough")
	err := l.g.o.Log.Read(ctx, from-1, func(at intake.Position, r intake.Record) error {
		if size >= batchBytes || at > from && !l.g.queue.mustReplay(at) {
			return enough
		}
		d, err := decode(r.Kind, join(r.Payload))
		if err != nil { // only a newer version's record cannot be read; going past it would lose it
			return fmt.Errorf("intake log, position %d: %w", at, err)
		}
		w := l.g.prepare(at, d)
		got, last, size = append(got, w), at, size+w.size
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		l.fail(err)
		return l.pause(ctx, retryMost)
	}
	if last < from { // positions that a deletion removed: nothing is left to read up to the tail
		last = max(from, l.g.queue.replayEnd())
	}
	return l.load(ctx, last, got)
}

func join(parts [][]byte) []byte {
	if len(parts) == 1 {
		return parts[0]
	}
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// load hands records to the engine; false means that ctx ended first.
func (l *loader) load(ctx context.Context, last intake.Position, got []*work) bool {
	l.openLetters(got)
	l.withoutLetters(got)
	whole := newBatch(got)
	var stored []*trace.Span
	for parts := []*batch{whole}; len(parts) > 0; {
		rest, ok := l.take(ctx, parts[0])
		if !ok {
			return false
		}
		if rest == nil {
			stored = append(stored, parts[0].stored...)
		}
		parts = append(rest, parts[1:]...)
	}
	l.join.loaded()
	l.closeLetters(got)
	l.g.queue.done(last)
	l.arrived(last)
	l.g.hub.publish(stored)
	l.sinceRelease += whole.size
	l.sinceCheckpoint += whole.size
	if l.sinceRelease >= releaseEvery {
		l.release()
	}
	if l.sinceCheckpoint >= checkpointAfter || time.Since(l.checkpointed) >= checkpointEvery {
		l.checkpoint(ctx)
	}
	return true
}

func (l *loader) fail(err error) {
	l.mu.Lock()
	first := l.failing == nil
	l.failing = err
	l.mu.Unlock()
	if first {
		l.g.o.Logger.Error("the telemetry store does not take records; they stay in the intake log and are tried again", "error", err)
	}
}

func (l *loader) arrived(at intake.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing != nil {
		l.g.o.Logger.Info("the telemetry store takes records again")
		l.failing = nil
	}
	l.loaded = at
	close(l.moved)
	l.moved = make(chan struct{})
}

// wait returns when everything up to a position is loaded.
func (l *loader) wait(ctx context.Context, at intake.Position) error {
	ctx, cancel := context.WithTimeout(ctx, maxSettle)
	defer cancel()
	for {
		l.mu.Lock()
		loaded, moved, stopped, failing := l.loaded, l.moved, l.stopped, l.failing
		l.mu.Unlock()
		switch {
		case loaded >= at:
			return nil
		case stopped:
			return errs.Unavailable(time.Second, nil, "the server is stopping")
		}
		select {
		case <-moved:
		case <-ctx.Done():
			if failing != nil {
				return errs.Unavailable(5*time.Second, failing, "the telemetry store does not take records at the moment, so the answer would not be complete; see steward doctor")
			}
			return errs.Unavailable(5*time.Second, ctx.Err(), "records that were taken in are still being loaded; try again")
		}
	}
}

// heldMost is the part of the log's bound, one in so many, that may be kept for records that wait for their span.
const heldMost = 8

// roomPatience is how long a request waits for the loader to catch up before it is refused; well below the five
// seconds that an acknowledgement may take.
const roomPatience = 3 * time.Second

// room waits until the backlog is within its bound; errs.Overloaded when it does not get there in time. While nothing
// can be loaded, for want of the engine or because of a Hold, the log is there to take things in.
func (l *loader) room(ctx context.Context) error {
	if l.g.queue.backlog() < l.g.o.MaxBacklog {
		return nil
	}
	wait := time.NewTimer(roomPatience)
	defer wait.Stop()
	for {
		l.mu.Lock()
		moved, down := l.moved, l.failing != nil || l.stopped || l.held
		l.mu.Unlock()
		if down || l.g.queue.backlog() < l.g.o.MaxBacklog {
			return nil
		}
		select {
		case <-moved:
		case <-wait.C:
			return errs.Overloaded(2*time.Second, "records come faster than they can be stored; try again")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// release lets the log forget what is loaded, but not what still waits for its span, unless that is much: a span that
// never comes must not fill the log. Such records wait on in memory; only a crash would now part them from their span.
func (l *loader) release() {
	l.sinceRelease = 0
	upTo := l.loaded
	if held, ok := l.join.oldest(); ok && held <= upTo && l.g.o.Log.Bytes() < l.g.o.Log.Bound()/heldMost {
		upTo = held - 1
	}
	if err := l.g.o.Log.Release(upTo); err != nil {
		l.g.o.Logger.Warn("the intake log could not be shortened; it is tried again", "error", err)
	}
}

func (l *loader) checkpoint(ctx context.Context) {
	l.sinceCheckpoint = 0
	start := time.Now()
	l.checkpointed = start
	if err := l.g.o.Engine.Checkpoint(ctx); err != nil {
		l.g.o.Logger.Warn("checkpoint failed; it is tried again later", "error", err)
		return
	}
	l.g.o.Logger.Debug("checkpoint", slog.Duration("took", time.Since(start)))
}

func (l *loader) tidy(ctx context.Context) {
	waited := l.join.count
	l.join.expire()
	if l.sinceRelease > 0 || l.join.count < waited {
		l.release()
	}
	if l.sinceCheckpoint > 0 {
		l.checkpoint(ctx)
	}
}

func (l *loader) finish(ctx context.Context) {
	l.tidy(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	close(l.moved)
	l.moved = make(chan struct{})
}

// State is how the loader stands, for people.
type State struct {
	Tail, Loaded uint64
	LogBytes     int64
	LogBound     int64
	QueueBytes   int64
	Failing      error
	Unreadable   int64 // spans and log records that made the mapper panic since the start
	Unrevised    int64 // revisions of spans that the engine refused since the start
}

// State answers how the loader stands.
func (g *Ingest) State() State {
	g.loader.mu.Lock()
	loaded, failing := g.loader.loaded, g.loader.failing
	g.loader.mu.Unlock()
	g.queue.mu.Lock()
	queued := g.queue.bytes
	g.queue.mu.Unlock()
	return State{Tail: uint64(g.o.Log.Tail()), Loaded: uint64(loaded), LogBytes: g.o.Log.Bytes(), LogBound: g.o.Log.Bound(),
		QueueBytes: queued, Failing: failing, Unreadable: g.faults.read.Load(), Unrevised: g.faults.revisions.Load()}
}
