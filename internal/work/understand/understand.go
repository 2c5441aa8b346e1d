// Package understand is the one way from a span as it was sent to what Steward makes of it: the canonical fields, the
// cost and the problems. Ingest uses it for what arrives, rework for what is stored, so that both always agree.
package understand

import (
	"slices"

	"steward/internal/domain/emitter"
	"steward/internal/domain/problem"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Pricer answers from a span's project's price book.
type Pricer interface {
	// Price answers what the span's call cost.
	Price(s *trace.Span) usage.Cost
	// Window answers how many tokens the span's model takes in at most, 0 where that is not known.
	Window(s *trace.Span) int64
}

// Reader understands spans. It is safe for concurrent use.
type Reader struct {
	pricer   Pricer
	problems *problem.Checker
}

// New makes a Reader.
func New(p Pricer) *Reader { return &Reader{pricer: p, problems: problem.NewChecker()} }

// Span derives the canonical fields, the cost and the problems from the raw span, which must be whole. Marks are added,
// never taken away: they also say how the span came in.
func (r *Reader) Span(s *trace.Span) {
	canonical, marks := emitter.Map(&s.Raw)
	s.Canonical = canonical
	for _, m := range marks {
		if !slices.Contains(s.Marks, m) {
			s.Marks = append(s.Marks, m)
		}
	}
	s.Cost = r.pricer.Price(s)
	r.problems.Find(s, r.pricer.Window(s))
}
