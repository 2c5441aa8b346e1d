package ingest

import (
	"slices"

	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/intake"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/work/payload"
)

// work is a record ready to load, save that large payloads still have to be moved to the blob store.
type work struct {
	entry telemetry.Entry
	size  int64
	// derived says for each span that was made of an event which of entry.Logs that was; nil where spans were sent.
	derived []int
	letter  string // the dead letter that it is, "" for none
	// Where the rows of entry stood in the record, once some of them are set aside.
	spansAt, logsAt, pointsAt origins
}

// prepare understands a record: it maps and prices spans and makes scores of evaluation events. It is pure but for
// the price book, and is run by several workers at once.
func (g *Ingest) prepare(at intake.Position, d *decoded) *work {
	w := &work{entry: telemetry.Entry{Position: uint64(at), Scores: d.scores}, size: d.size, letter: d.letter}
	switch {
	case d.spans != nil:
		g.prepareSpans(w, d.spans)
	case d.logs != nil:
		w.entry.Logs = d.logs.Records
		g.prepareLogs(w)
	case d.points != nil:
		w.entry.Points = d.points.Points
	}
	return w
}

func (g *Ingest) prepareSpans(w *work, in *otlp.Spans) {
	w.entry.Spans = make([]trace.Span, len(in.Raws))
	for i := range in.Raws {
		s := &w.entry.Spans[i]
		s.Raw, s.Hash = in.Raws[i], in.Hashes[i]
		if g.understand(s) {
			g.guard(&s.Raw, func() { w.entry.Scores = append(w.entry.Scores, emitter.ScoresOfSpan(&s.Raw)...) })
		}
	}
}

// understand derives the canonical fields and the cost from the raw span, which must be whole. A span that makes the
// mapper panic is stored as it was sent, as MarkMapperFailed says: it was acknowledged, and would panic again at every
// start. Whose it is it says all the same, as far as its attributes do, so that a deletion finds it.
func (g *Ingest) understand(s *trace.Span) bool {
	s.Marks = slices.DeleteFunc(s.Marks, func(m trace.Mark) bool { return m == trace.MarkMapperFailed })
	if g.guard(&s.Raw, func() { g.reader.Span(s) }) {
		return true
	}
	s.Canonical = trace.Canonical{Kind: trace.Other}
	g.guard(&s.Raw, func() { s.Session, s.User = emitter.Names(s.Attributes) })
	s.Marks = append(s.Marks, trace.MarkMapperFailed)
	return false
}

// understandStored is understand for a stored span that something was added to, after Restore. When blobs of it are
// gone, or the mapper fails, it keeps what was made of it before.
func (g *Ingest) understandStored(s *trace.Span) {
	if payload.Partial(s) {
		return
	}
	if have := s.Canonical; !g.understand(s) {
		s.Canonical = have
	}
}
