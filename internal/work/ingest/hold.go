package ingest

import (
	"context"
	"sync"

	"steward/internal/domain/intake"
	"steward/internal/domain/trace"
)

// Hold keeps the loader from loading, so that whoever has it is the only one who changes stored spans. Records are
// acknowledged meanwhile and reads wait for them, so release it soon.
type Hold struct {
	g    *Ingest
	once sync.Once
}

// Hold waits for the loader to be between two batches and stops it there. Holds come one after the other.
func (g *Ingest) Hold(ctx context.Context) (*Hold, error) {
	if err := g.loader.enter(ctx); err != nil {
		return nil, err
	}
	g.loader.hold(true)
	return &Hold{g: g}, nil
}

// Pause is Hold after everything that was acknowledged before the call is loaded and, as far as nothing waits for its
// span, forgotten by the intake log.
func (g *Ingest) Pause(ctx context.Context) (*Hold, error) {
	if err := g.Settled(ctx); err != nil {
		return nil, err
	}
	h, err := g.Hold(ctx)
	if err == nil {
		g.loader.release()
	}
	return h, err
}

// Loaded answers up to which position the log is loaded. It does not move while the hold lasts.
func (h *Hold) Loaded() intake.Position {
	h.g.loader.mu.Lock()
	defer h.g.loader.mu.Unlock()
	return h.g.loader.loaded
}

// Forget drops log records that wait in memory for spans of these traces, and those that go by the names in them.
func (h *Hold) Forget(gone *Gone) {
	h.g.loader.join.forget(func(k trace.Key, e *trace.Event) bool {
		return k.Project == gone.Project && (gone.Traces[k.Trace] || gone.named(e.Attributes))
	})
}

// Release lets the loader go on. A second Release does nothing.
func (h *Hold) Release() {
	h.once.Do(func() {
		h.g.loader.hold(false)
		h.g.loader.leave()
	})
}
