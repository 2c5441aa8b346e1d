package ingest

import (
	"context"

	"steward/internal/domain/intake"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// batch is what the loader hands to the engine at once, and how far it has got with it. A step that is done is not
// done again when a later one fails: joining needs spans whole, and moving leaves them with references.
type batch struct {
	last    intake.Position // what is loaded with it; may lie behind its entries
	got     []*work
	entries []telemetry.Entry
	size    int64

	joined, settled, loaded bool

	revisions []trace.Span // newer revisions of spans that are stored already
	covered   []trace.Span // those of them that are in no total any more
}

func newBatch(last intake.Position, got []*work) *batch {
	b := &batch{last: last, got: got, entries: make([]telemetry.Entry, len(got))}
	for i, w := range got {
		b.entries[i] = w.entry
		b.size += w.size
	}
	return b
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
		l.g.tally.loaded(receipt) // also of a failing load, as far as it got: what is stored is not counted again
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
