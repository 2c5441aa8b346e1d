package ingest

import (
	"context"
	"slices"

	"steward/internal/base/errs"
	"steward/internal/domain/emitter"
	"steward/internal/domain/intake"
	"steward/internal/domain/logs"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

const (
	// joinPatience is how long a log record waits for its span, in nanoseconds of arrival: log batches leave an SDK
	// before the span that they belong to has ended. Until then the intake log holds the record, so that a crash
	// does not part them.
	joinPatience = int64(15 * 60 * 1e9)
	// joinMost bounds the records that wait; beyond it the oldest stop waiting. They are stored all the same.
	joinMost = 50_000
)

// joiner brings log records that carry a span's content to that span, in whatever order the two arrive.
type joiner struct {
	g       *Ingest
	waiting map[trace.Key][]waiter
	order   []trace.Key // by first arrival; may name keys that no longer wait
	count   int
}

type waiter struct {
	event trace.Event
	at    uint64 // position in the intake log
	since int64
}

func newJoiner(g *Ingest) *joiner { return &joiner{g: g, waiting: map[trace.Key][]waiter{}} }

// join completes the spans of a batch in place and answers newer revisions of spans that are stored already. It may
// be called again with the same entries.
func (j *joiner) join(ctx context.Context, entries []telemetry.Entry) ([]trace.Span, error) {
	j.expire()
	carriers := countCarriers(entries)
	if carriers == 0 && j.count == 0 {
		return nil, nil
	}
	here := map[trace.Key]*trace.Span{}
	for i := range entries {
		for k := range entries[i].Spans {
			s := &entries[i].Spans[k]
			here[s.Key()] = s
			j.claim(s)
		}
	}
	if carriers == 0 {
		return nil, nil
	}
	stored := map[trace.Key]*trace.Span{}
	for i := range entries {
		for k := range entries[i].Logs {
			if err := j.place(ctx, entries[i].Position, &entries[i].Logs[k], here, stored); err != nil {
				return nil, err
			}
		}
	}
	revisions := make([]trace.Span, 0, len(stored))
	for _, s := range stored {
		if s != nil && s.Rev > 0 {
			revisions = append(revisions, *s)
		}
	}
	return revisions, nil
}

func countCarriers(entries []telemetry.Entry) (n int) {
	for i := range entries {
		for k := range entries[i].Logs {
			if carries(&entries[i].Logs[k]) {
				n++
			}
		}
	}
	return n
}

func carries(r *logs.Record) bool {
	return !r.Span.IsZero() && !r.Trace.IsZero() && emitter.CarriesContent(r.EventName)
}

// claim gives a newly arrived span what waited for it.
func (j *joiner) claim(s *trace.Span) {
	got, ok := j.waiting[s.Key()]
	if !ok {
		return
	}
	changed := false
	for _, w := range got {
		changed = attach(s, w.event) || changed
	}
	delete(j.waiting, s.Key())
	j.count -= len(got)
	if changed {
		j.g.understand(s)
	}
}

// place brings one log record to its span: in this batch, in the store, or to those that wait.
func (j *joiner) place(ctx context.Context, at uint64, r *logs.Record, here, stored map[trace.Key]*trace.Span) error {
	if !carries(r) {
		return nil
	}
	key := trace.Key{Project: r.Project, Trace: r.Trace, Span: r.Span}
	e := trace.Event{Time: r.Time, Name: r.EventName, Attributes: r.Attributes, Body: r.Body, FromLog: true}
	if s := here[key]; s != nil {
		r.Joined = true
		if attach(s, e) {
			j.g.understand(s)
		}
		return nil
	}
	s, looked := stored[key]
	if !looked {
		got, err := j.g.o.Engine.Span(ctx, key)
		switch {
		case err == nil:
			s = &got
		case errs.CodeOf(err) != errs.CodeNotFound:
			return err
		}
		if s != nil {
			if err := j.g.payload.Restore(ctx, s); err != nil {
				return err
			}
		}
		stored[key] = s
	}
	if s == nil {
		j.wait(key, waiter{event: e, at: at, since: j.g.o.Clock.Now().UnixNano()})
		return nil
	}
	r.Joined = true
	if attach(s, e) {
		s.Rev++
		j.g.understand(s)
		return j.g.payload.Move(ctx, s)
	}
	return nil
}

// attach adds the event unless the span has it; replay must change nothing.
func attach(s *trace.Span, e trace.Event) bool {
	for i := range s.Events {
		if have := &s.Events[i]; have.FromLog && have.Time == e.Time && have.Name == e.Name && sameEvent(have, &e) {
			return false
		}
	}
	s.Events = append(s.Events, e)
	return true
}

func sameEvent(a, b *trace.Event) bool {
	return string(a.Body.AppendJSON(nil)) == string(b.Body.AppendJSON(nil)) &&
		slices.Equal(a.Attributes.AppendJSON(nil), b.Attributes.AppendJSON(nil))
}

func (j *joiner) wait(key trace.Key, w waiter) {
	have := j.waiting[key]
	for i := range have {
		if have[i].at == w.at && have[i].event.Name == w.event.Name && sameEvent(&have[i].event, &w.event) {
			return
		}
	}
	if len(have) == 0 {
		j.order = append(j.order, key)
	}
	j.waiting[key] = append(have, w)
	j.count++
}

// expire gives up on records that have waited too long, or are too many.
func (j *joiner) expire() {
	limit := j.g.o.Clock.Now().UnixNano() - joinPatience
	for len(j.order) > 0 {
		got := j.waiting[j.order[0]]
		if len(got) > 0 && got[0].since > limit && j.count <= joinMost {
			return
		}
		delete(j.waiting, j.order[0])
		j.count -= len(got)
		j.order = j.order[1:]
	}
}

// forget drops what waits for spans that gone names.
func (j *joiner) forget(gone func(trace.Key) bool) {
	for key, got := range j.waiting {
		if gone(key) {
			delete(j.waiting, key)
			j.count -= len(got)
		}
	}
}

// oldest answers the lowest position in the intake log that still waits for its span.
func (j *joiner) oldest() (intake.Position, bool) {
	var low uint64
	for _, got := range j.waiting {
		for i := range got {
			if low == 0 || got[i].at < low {
				low = got[i].at
			}
		}
	}
	return intake.Position(low), low != 0
}
