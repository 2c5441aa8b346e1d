package ingest

import (
	"sync"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Hub lets people watch spans as they are stored. The loader hands over what it has stored, once, and goes on: each
// watcher looks through it on its own time. One that cannot keep up misses spans, and is told how many.
type Hub struct {
	mu       sync.Mutex
	watchers map[*Watch]struct{}
	closed   bool
}

// Watch is one watcher; it is for one goroutine. When C answers, Take until it has nothing.
type Watch struct {
	C       <-chan struct{}
	hub     *Hub
	project project.ID
	match   func(*trace.Span) bool

	mu     sync.Mutex
	wake   chan struct{}   // C
	queue  [][]*trace.Span // stored and not yet looked through, as they were handed over
	queued int             // spans in it
	missed int64
	closed bool
}

func newHub() *Hub { return &Hub{watchers: map[*Watch]struct{}{}} }

const (
	// maxWatchers bounds the watchers in all.
	maxWatchers = 64
	// maxQueued bounds the spans that wait for a watcher, besides one handing-over of any size.
	maxQueued = 4096
)

// Watch begins watching a project's spans that match; errs.Overloaded when too many watch already.
func (h *Hub) Watch(p project.ID, match func(*trace.Span) bool) (*Watch, error) {
	wake := make(chan struct{}, 1)
	w := &Watch{C: wake, wake: wake, project: p, match: match, hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		w.end()
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
	delete(w.hub.watchers, w)
	w.hub.mu.Unlock()
	w.end()
}

func (w *Watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed, w.queue, w.queued = true, nil, 0
		close(w.wake)
	}
}

// Take looks through what came next. found are the spans that match; they are shared with other watchers, so do not
// change them. missed is how many spans, matching or not, came too quickly to be looked at since the last Take. more
// is false when there is nothing to look through; open is false when the watch has ended.
func (w *Watch) Take() (found []*trace.Span, missed int64, more, open bool) {
	w.mu.Lock()
	var next []*trace.Span
	if len(w.queue) > 0 {
		next, w.queue[0] = w.queue[0], nil
		w.queue, w.queued, more = w.queue[1:], w.queued-len(next), true
	}
	missed, w.missed = w.missed, 0
	open = !w.closed
	w.mu.Unlock()
	for _, s := range next {
		if w.match(s) {
			found = append(found, s)
		}
	}
	return found, missed, more, open
}

func (w *Watch) offer(spans []*trace.Span) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return
	case w.queued > 0 && w.queued+len(spans) > maxQueued:
		w.missed += int64(len(spans))
	default:
		w.queue, w.queued = append(w.queue, spans), w.queued+len(spans)
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (h *Hub) publish(spans []*trace.Span) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) == 0 || len(spans) == 0 {
		return
	}
	of := map[project.ID][]*trace.Span{}
	for _, s := range spans {
		of[s.Project] = append(of[s.Project], s)
	}
	for w := range h.watchers {
		if mine := of[w.project]; len(mine) > 0 {
			w.offer(mine)
		}
	}
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.watchers {
		delete(h.watchers, w)
		w.end()
	}
}
