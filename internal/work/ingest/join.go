package ingest

import (
	"context"
	"slices"
	"strings"
	"unsafe"

	"steward/internal/base/attr"
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
	// joinBytes bounds what they hold, in the same way.
	joinBytes = 64 << 20
)

// joiner brings log records that carry a span's content to that span, in whatever order the two arrive.
type joiner struct {
	g       *Ingest
	waiting map[trace.Key][]waiter
	order   []trace.Key // by first arrival; may name keys that no longer wait
	count   int
	bytes   int64
	claimed []waiter // given to spans of a batch that is not loaded yet: the intake log must still hold them
}

type waiter struct {
	event trace.Event // shares no memory with the request that brought it
	size  int64
	at    uint64 // position in the intake log
	since int64
}

func newJoiner(g *Ingest) *joiner { return &joiner{g: g, waiting: map[trace.Key][]waiter{}} }

// join completes the spans of a batch in place and answers newer revisions of spans that are stored already. It needs
// spans whole and leaves them so. It may be called again with the same entries when it fails.
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
			if here[s.Key()] == nil { // of several with one identity the first is stored
				here[s.Key()] = s
				j.claim(s)
			}
		}
	}
	stored, err := j.stored(ctx, entries)
	if err != nil {
		return nil, err
	}
	changed := map[trace.Key]bool{}
	for i := range entries {
		for k := range entries[i].Logs {
			if key, ok := j.place(entries[i].Position, &entries[i].Logs[k], here, stored); ok {
				changed[key] = true
			}
		}
	}
	revisions := make([]trace.Span, 0, len(changed))
	for key := range changed {
		s := stored[key]
		s.Rev++
		j.g.understandStored(s)
		revisions = append(revisions, *s)
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
	j.drop(s.Key())
	j.claimed = append(j.claimed, got...)
	if changed {
		j.g.understand(s)
	}
}

func (j *joiner) drop(key trace.Key) {
	for _, w := range j.waiting[key] {
		j.count--
		j.bytes -= w.size
	}
	delete(j.waiting, key)
}

// loaded says that the batch that was joined last is in the store.
func (j *joiner) loaded() { j.claimed = nil }

// place brings one log record to its span: in the store, in this batch, or to those that wait. The store comes first,
// because a span of this batch that is stored already, sent again or read again after a crash, is not stored again.
// It says whether it changed a stored span, and which.
func (j *joiner) place(at uint64, r *logs.Record, here, stored map[trace.Key]*trace.Span) (key trace.Key, changed bool) {
	if !carries(r) {
		return key, false
	}
	key = spanOf(r)
	e := trace.Event{Time: r.Time, Name: r.EventName, Attributes: slices.Clone(r.Attributes), Body: r.Body, FromLog: true}
	s, in := stored[key], here[key]
	r.Joined = s != nil || in != nil
	switch {
	case s != nil:
		return key, attach(s, e)
	case in == nil:
		j.wait(key, e, at)
	case attach(in, e):
		j.g.understand(in)
	}
	return key, false
}

func spanOf(r *logs.Record) trace.Key {
	return trace.Key{Project: r.Project, Trace: r.Trace, Span: r.Span}
}

// stored answers those of the spans that the batch's log records belong to which the store has, whole.
func (j *joiner) stored(ctx context.Context, entries []telemetry.Entry) (map[trace.Key]*trace.Span, error) {
	out := map[trace.Key]*trace.Span{}
	var keys []trace.Key
	for i := range entries {
		for k := range entries[i].Logs {
			r := &entries[i].Logs[k]
			if _, known := out[spanOf(r)]; carries(r) && !known {
				keys = append(keys, spanOf(r))
				out[spanOf(r)] = nil
			}
		}
	}
	found, err := j.g.o.Engine.SpansOf(ctx, keys)
	for i := range found {
		if err == nil {
			err = j.g.payload.Restore(ctx, &found[i])
		}
		out[found[i].Key()] = &found[i]
	}
	return out, err
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

func (j *joiner) wait(key trace.Key, e trace.Event, at uint64) {
	have := j.waiting[key]
	for i := range have {
		if have[i].at == at && have[i].event.Name == e.Name && sameEvent(&have[i].event, &e) {
			return
		}
	}
	if len(have) == 0 {
		j.order = append(j.order, key)
	}
	w := waiter{at: at, since: j.g.o.Clock.Now().UnixNano()}
	w.event, w.size = apart(e)
	j.waiting[key] = append(have, w)
	j.count++
	j.bytes += w.size
}

// apart copies an event, so that a small one does not hold the large request that it came in, and answers its size.
func apart(e trace.Event) (trace.Event, int64) {
	var size int64
	var value func(v attr.Value) attr.Value
	text := func(s string) string { size += int64(len(s)); return strings.Clone(s) }
	all := func(a attr.Attrs) attr.Attrs {
		out := make(attr.Attrs, len(a))
		for i := range a {
			out[i] = attr.KV{Key: text(a[i].Key), Value: value(a[i].Value)}
		}
		return out
	}
	value = func(v attr.Value) attr.Value {
		size += int64(unsafe.Sizeof(v))
		switch v.Kind() {
		case attr.String:
			return attr.Str(text(v.Str()))
		case attr.Bytes:
			size += int64(v.Len())
			return attr.Blob(v.Bytes())
		case attr.List:
			out := make([]attr.Value, len(v.List()))
			for i, e := range v.List() {
				out[i] = value(e)
			}
			return attr.ListOf(out...)
		case attr.Map:
			return attr.MapOf(all(v.Map()))
		}
		return v
	}
	e.Name, e.Attributes, e.Body = text(e.Name), all(e.Attributes), value(e.Body)
	return e, size
}

// expire gives up on records that have waited too long, or are too many.
func (j *joiner) expire() {
	limit := j.g.o.Clock.Now().UnixNano() - joinPatience
	for len(j.order) > 0 {
		got := j.waiting[j.order[0]]
		if len(got) > 0 && got[0].since > limit && j.count <= joinMost && j.bytes <= joinBytes {
			return
		}
		j.drop(j.order[0])
		j.order = j.order[1:]
	}
}

// forget drops what waits and is gone.
func (j *joiner) forget(gone func(trace.Key, *trace.Event) bool) {
	for key, have := range j.waiting {
		kept := slices.DeleteFunc(slices.Clone(have), func(w waiter) bool {
			if !gone(key, &w.event) {
				return false
			}
			j.count--
			j.bytes -= w.size
			return true
		})
		if len(kept) == 0 {
			delete(j.waiting, key)
		} else {
			j.waiting[key] = kept
		}
	}
}

// oldest answers the lowest position in the intake log that still waits for its span, or for its span to be loaded.
func (j *joiner) oldest() (intake.Position, bool) {
	var low uint64
	lower := func(waiters []waiter) {
		for i := range waiters {
			if low == 0 || waiters[i].at < low {
				low = waiters[i].at
			}
		}
	}
	for _, got := range j.waiting {
		lower(got)
	}
	lower(j.claimed)
	return intake.Position(low), low != 0
}
