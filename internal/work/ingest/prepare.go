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
		for i := range w.entry.Logs {
			if s, ok := emitter.ScoreOfLog(&w.entry.Logs[i]); ok {
				w.entry.Scores = append(w.entry.Scores, s)
				w.entry.Logs[i].Joined = true
			}
		}
		g.prepareDerived(w)
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
		w.entry.Scores = append(w.entry.Scores, emitter.ScoresOfSpan(&s.Raw)...)
	}
	g.understandAll(w.entry.Position, w.entry.Spans)
}

// understand derives the canonical fields and the cost from the raw span, which must be whole. A span that makes the
// mapper panic is stored as it was sent, as MarkMapperFailed says: it was acknowledged, and would panic again at every
// start. It answers what the mapper panicked with, nil as a rule.
func (g *Ingest) understand(s *trace.Span) (panicked any) {
	defer func() {
		if panicked = recover(); panicked == nil {
			return
		}
		s.Canonical = trace.Canonical{Kind: trace.Other}
		if !slices.Contains(s.Marks, trace.MarkMapperFailed) {
			s.Marks = append(s.Marks, trace.MarkMapperFailed)
		}
	}()
	g.reader.Span(s)
	return nil
}

// understandAll is understand for a request's spans; it logs once.
func (g *Ingest) understandAll(at uint64, spans []trace.Span) {
	var (
		n    int
		last any
	)
	for i := range spans {
		if p := g.understand(&spans[i]); p != nil {
			n, last = n+1, p
		}
	}
	if n > 0 {
		g.o.Logger.Error("spans that the mapper cannot read are stored as they were sent", "position", at, "spans", n, "panic", last)
	}
}

// understandStored is understand for a stored span that something was added to, after Restore. When blobs of it are
// gone, it keeps what was made of it while they were there.
func (g *Ingest) understandStored(s *trace.Span) {
	if !payload.Partial(s) {
		g.understand(s)
	}
}
