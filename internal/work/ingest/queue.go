package ingest

import (
	"sync"

	"steward/internal/domain/intake"
)

// queue brings acknowledged records back into the log's order between the requests that appended them, the workers
// that map them and the one loader. A record that does not fit in memory is remembered by its position alone and
// read back from the log: the log is the queue, this is its cache.
type queue struct {
	mu      sync.Mutex
	changed *sync.Cond
	waiting []job                     // appended, not yet mapped
	ready   map[intake.Position]*work // mapped, or nil: to be read from the log
	next    intake.Position           // the position that the loader needs next
	replay  intake.Position           // up to here everything is read from the log
	sizes   map[intake.Position]int64 // wire bytes of what was put and is not loaded
	behind  int64                     // their sum
	bytes   int64                     // of them, what is held in memory
	bound   int64
	nudged  bool
	closed  bool
}

type job struct {
	at intake.Position
	d  *decoded
}

func newQueue(released, tail intake.Position, bound int64) *queue {
	q := &queue{ready: map[intake.Position]*work{}, sizes: map[intake.Position]int64{}, next: released + 1, replay: tail, bound: bound}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// put hands over an appended record.
func (q *queue) put(at intake.Position, d *decoded) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sizes[at] = d.size
	q.behind += d.size
	if q.bytes+d.size > q.bound {
		q.ready[at] = nil
	} else {
		q.bytes += d.size
		q.waiting = append(q.waiting, job{at, d})
	}
	q.changed.Broadcast()
}

// work maps waiting records until the queue is closed and empty.
func (q *queue) work(prepare func(intake.Position, *decoded) *work) {
	for {
		q.mu.Lock()
		for len(q.waiting) == 0 && !q.closed {
			q.changed.Wait()
		}
		if len(q.waiting) == 0 {
			q.mu.Unlock()
			return
		}
		j := q.waiting[0]
		q.waiting[0] = job{}
		q.waiting = q.waiting[1:]
		q.mu.Unlock()

		w := prepare(j.at, j.d)

		q.mu.Lock()
		q.ready[j.at] = w
		q.changed.Broadcast()
		q.mu.Unlock()
	}
}

// take waits for the next records in order. It answers ready ones of up to maxBytes; none and replay true means that
// the record at from must be read from the log; none and replay false, that it was nudged; ok is false when the queue
// is closed.
func (q *queue) take(maxBytes int64) (from intake.Position, got []*work, replay, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.closed {
			return q.next, nil, false, false
		}
		if q.next <= q.replay {
			return q.next, nil, true, true
		}
		if w, is := q.ready[q.next]; is && w == nil {
			return q.next, nil, true, true
		} else if is {
			break
		}
		if q.nudged {
			q.nudged = false
			return q.next, nil, false, true
		}
		q.changed.Wait()
	}
	from = q.next
	var size int64
	for at := q.next; size < maxBytes; at++ {
		w := q.ready[at]
		if w == nil {
			break
		}
		got = append(got, w)
		size += w.size
	}
	return from, got, false, true
}

// mustReplay says whether the record at a position has to be read from the log.
func (q *queue) mustReplay(at intake.Position) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	w, is := q.ready[at]
	return at <= q.replay || is && w == nil
}

// done says that everything up to and including at is loaded.
func (q *queue) done(at intake.Position) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ; q.next <= at; q.next++ {
		if w := q.ready[q.next]; w != nil {
			q.bytes -= w.size
		}
		delete(q.ready, q.next)
		q.behind -= q.sizes[q.next]
		delete(q.sizes, q.next)
	}
	q.changed.Broadcast()
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// nudge makes a waiting take return with nothing.
func (q *queue) nudge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nudged = true
	q.changed.Broadcast()
}

// replayEnd answers up to which position everything is read from the log.
func (q *queue) replayEnd() intake.Position {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.replay
}

// backlog answers how many wire bytes were put and are not loaded.
func (q *queue) backlog() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.behind
}
