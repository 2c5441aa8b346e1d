package ingest

import (
	"sync"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Hub lets people watch spans as they are loaded. A watcher that is slow loses spans, and is told how many.
type Hub struct {
	mu       sync.Mutex
	watchers map[*Watch]struct{}
	closed   bool
}

// Watch is one watcher. Read C until it is closed; Dropped answers how many were lost since last asked.
type Watch struct {
	C       <-chan *trace.Span // shared with other watchers: do not change what comes out
	c       chan *trace.Span
	project project.ID
	match   func(*trace.Span) bool
	hub     *Hub
	mu      sync.Mutex
	dropped int64
}

func newHub() *Hub { return &Hub{watchers: map[*Watch]struct{}{}} }

// maxWatchers bounds the watchers in all: the loader tests every span against every filter of its project.
const maxWatchers = 64

// Watch begins watching a project's spans that match; errs.Overloaded when too many watch already.
func (h *Hub) Watch(p project.ID, match func(*trace.Span) bool) (*Watch, error) {
	c := make(chan *trace.Span, 1024)
	w := &Watch{C: c, c: c, project: p, match: match, hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return w, nil
	}
	if len(h.watchers) >= maxWatchers {
		return nil, errs.Overloaded(10*time.Second, "%d live views are open, which is the most; close one and try again", maxWatchers)
	}
	h.watchers[w] = struct{}{}
	return w, nil
}

// Close ends the watch.
func (w *Watch) Close() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	if _, on := w.hub.watchers[w]; on {
		delete(w.hub.watchers, w)
		close(w.c)
	}
}

// Dropped answers how many spans were lost since the last call.
func (w *Watch) Dropped() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.dropped
	w.dropped = 0
	return n
}

func (h *Hub) publish(spans []*trace.Span) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) == 0 {
		return
	}
	for _, s := range spans {
		for w := range h.watchers {
			if w.project != s.Project || !w.match(s) {
				continue
			}
			select {
			case w.c <- s:
			default:
				w.mu.Lock()
				w.dropped++
				w.mu.Unlock()
			}
		}
	}
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.watchers {
		delete(h.watchers, w)
		close(w.c)
	}
}
