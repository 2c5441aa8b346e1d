package ingest

import (
	"context"

	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// batch is what the loader hands to the engine at once, and how far it has got with it. A step that is done is not
// done again when a later one fails: joining needs spans whole, and moving leaves them with references.
type batch struct {
	got     []*work
	entries []telemetry.Entry
	size    int64

	joined, settled, loaded bool
	suspect                 bool // a part of one that the engine refused

	revisions []trace.Span  // newer revisions of spans that are stored already
	covered   []trace.Span  // those of them that are in no total any more
	stored    []*trace.Span // what loading stored
}

func newBatch(got []*work) *batch {
	b := &batch{got: got, entries: make([]telemetry.Entry, len(got))}
	for i, w := range got {
		b.entries[i] = w.entry
		b.size += w.size
	}
	return b
}

// halves parts a batch between two records. Revisions come last, as they do in the whole.
func (b *batch) halves() []*batch {
	mid := len(b.entries) / 2
	left, right := *b, *b
	left.got, left.entries, left.revisions, left.covered = b.got[:mid], b.entries[:mid], nil, nil
	right.got, right.entries, right.stored = b.got[mid:], b.entries[mid:], nil
	left.suspect, right.suspect = true, true
	return []*batch{&left, &right}
}

// try takes the batch on from where the last try failed.
func (l *loader) try(ctx context.Context, b *batch) (err error) {
	if len(b.entries) == 0 {
		return nil
	}
	if !b.joined {
		if b.revisions, err = l.join.join(ctx, b.entries); err != nil {
			return err
		}
		b.joined = true
	}
	if !b.settled {
		if b.covered, err = l.covers.settle(ctx, b.got, b.entries, b.revisions); err != nil {
			return err
		}
		b.revisions = append(b.revisions, b.covered...)
		b.settled = true
	}
	if err := l.unload(ctx, b); err != nil {
		return err
	}
	if !b.loaded {
		receipt, err := l.g.o.Engine.Load(ctx, b.entries)
		// also of a failing load, as far as it got: what is stored is not counted again
		l.g.tally.loaded(receipt)
		b.stored = append(b.stored, receipt.Stored...)
		if err != nil {
			return err
		}
		b.loaded = true
	}
	if len(b.revisions) > 0 {
		if _, err := l.g.o.Engine.Revise(ctx, b.revisions); err != nil {
			return err
		}
	}
	l.covers.settled(b.covered)
	return nil
}

// unload moves the batch's large payloads to the blob store, before the rows that name them are written. What has
// moved already stays.
func (l *loader) unload(ctx context.Context, b *batch) error {
	move := func(spans []trace.Span) error {
		for i := range spans {
			if s := &spans[i]; l.g.payload.Heavy(s) {
				if err := l.g.payload.Move(ctx, s); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for i := range b.entries {
		if err := move(b.entries[i].Spans); err != nil {
			return err
		}
	}
	return move(b.revisions)
}
