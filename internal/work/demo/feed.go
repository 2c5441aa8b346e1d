package demo

import (
	"context"
	"time"

	"steward/internal/base/clock"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Sender takes records to a server's public endpoints. An error means that they may or may not have arrived: they are
// sent again by a later run.
type Sender interface {
	// Traces sends an ExportTraceServiceRequest in protobuf form.
	Traces(ctx context.Context, body []byte) error
	Scores(ctx context.Context, scores []score.Score) error
}

// Feed sends a world: the last hours first, then what happens as it happens, and meanwhile what lies further back, the
// newest first. All but Every are required.
type Feed struct {
	World  *World
	Sender Sender
	// Settled waits until everything that was sent can be read, so that no reader waits for more than one
	// request of the demo to be loaded.
	Settled func(ctx context.Context) error
	// Done is what Save was last given by an earlier run for the same world; 0 for none.
	Done int64
	// Save keeps how far the feed is. It never goes back.
	Save  func(ctx context.Context, done int64) error
	Clock clock.Clock
	// Every is how often live traffic is sent; by default two seconds.
	Every time.Duration

	live    map[int]Records // hours in which something may still happen
	sent    int64           // what ended until then was sent live
	current int             // the hour of the last tick
	waiting []int           // hours to fill in, the next one first
	filled  int             // the last one that was
}

const (
	// behind is how many hours of history the feed fills in; the last ones are live.
	behind = HistoryHours - reach
	// eager is for how many hours back there is no pause: what the first page shows.
	eager = 48
	// enough is how many spans fill a request.
	enough = 500
)

// Filled says which part of the four weeks a feed that saved done has sent, from 0 to 1.
func Filled(done int64) float64 { return min(1, float64(done)/behind) }

// Run feeds until ctx ends, which it answers as nil, or something fails. Run it once.
func (f *Feed) Run(ctx context.Context) error {
	every := f.Every
	if every == 0 {
		every = 2 * time.Second
	}
	f.plan()
	next := time.Now()
	for ctx.Err() == nil {
		if !time.Now().Before(next) {
			next = time.Now().Add(every)
			if err := f.tick(ctx); err != nil {
				return stopped(ctx, err)
			}
		}
		var pause time.Duration
		if len(f.waiting) > 0 {
			begun := time.Now()
			if err := f.fill(ctx); err != nil {
				return stopped(ctx, err)
			}
			if f.filled < f.current-eager {
				pause = min(time.Since(begun), time.Second) // half of the time is the users'
			}
		} else {
			pause = time.Until(next)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	return nil
}

func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// plan says which hours wait. Done counts the hours of history from the newest to the oldest, and after these, from the
// oldest to the newest, the hours since the beginning in which nothing can happen any more.
func (f *Feed) plan() {
	current := f.World.HourOf(f.Clock.Now())
	missed := -reach
	if f.Done > behind {
		missed += int(f.Done - behind)
	}
	missed = max(missed, current-HistoryHours) // what was missed longer ago than the demo reaches stays so
	for h := current - reach - 1; h >= missed; h-- {
		f.waiting = append(f.waiting, h)
	}
	for h := -reach - 1 - int(min(f.Done, behind)); h >= -HistoryHours; h-- {
		f.waiting = append(f.waiting, h)
	}
}

// tick sends what has happened since the last one.
func (f *Feed) tick(ctx context.Context) error {
	now := f.Clock.Now()
	current := f.World.HourOf(now)
	if f.live == nil {
		f.live, f.current = map[int]Records{}, current
	}
	if current-f.current > reach { // the machine slept
		f.overslept(current)
	}
	var due Records
	for h := min(f.current, current) - reach; h <= current; h++ {
		records, ok := f.live[h]
		if !ok {
			records = f.World.Hour(h)
			f.live[h] = records
		}
		for _, s := range records.Spans {
			if s.End > f.sent && s.End <= now.UnixNano() {
				due.Spans = append(due.Spans, s)
			}
		}
		for _, s := range records.Scores {
			if s.Time > f.sent && s.Time <= now.UnixNano() {
				due.Scores = append(due.Scores, s)
			}
		}
	}
	if err := f.send(ctx, due); err != nil {
		return err
	}
	f.sent, f.current = now.UnixNano(), current
	for h := range f.live {
		if h < current-reach {
			delete(f.live, h)
		}
	}
	if len(f.waiting) > 0 {
		return nil
	}
	return f.save(ctx, behind+int64(max(0, current)))
}

// overslept has the hours filled in that went by without a tick.
func (f *Feed) overslept(current int) {
	var missed []int
	for h := current - reach - 1; h >= max(f.current-reach, current-HistoryHours); h-- {
		missed = append(missed, h)
	}
	f.waiting = append(missed, f.waiting...)
	f.current = current
}

// fill sends the next hours that wait, as many as make a request worth its while.
func (f *Feed) fill(ctx context.Context) error {
	var next Records
	for len(f.waiting) > 0 && len(next.Spans) < enough {
		records := f.World.Hour(f.waiting[0])
		next.Spans, next.Scores = append(next.Spans, records.Spans...), append(next.Scores, records.Scores...)
		f.filled, f.waiting = f.waiting[0], f.waiting[1:]
	}
	if err := f.send(ctx, next); err != nil {
		return err
	}
	if err := f.Settled(ctx); err != nil {
		return err
	}
	if len(f.waiting) == 0 {
		return f.save(ctx, behind+int64(max(0, f.current)))
	}
	return f.save(ctx, int64(-reach-f.filled)) // below zero for what was missed
}

func (f *Feed) save(ctx context.Context, done int64) error {
	if done <= f.Done {
		return nil
	}
	f.Done = done
	return f.Save(ctx, done)
}

// maxScores is how many scores one request may bring.
const maxScores = 1000

func (f *Feed) send(ctx context.Context, records Records) error {
	if len(records.Spans) > 0 {
		body, err := encode(records.Spans)
		if err != nil {
			return err
		}
		if err := f.Sender.Traces(ctx, body); err != nil {
			return err
		}
	}
	for scores := records.Scores; len(scores) > 0; {
		n := min(len(scores), maxScores)
		if err := f.Sender.Scores(ctx, scores[:n]); err != nil {
			return err
		}
		scores = scores[n:]
	}
	return nil
}

func encode(spans []*trace.Raw) ([]byte, error) { return otlp.EncodeTraces(spans, false) }
