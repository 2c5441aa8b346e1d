// Package understand is the one way from a span as it was sent to what Steward makes of it: the canonical fields and
// the cost. Ingest uses it for what arrives, rework for what is stored, so that both always agree.
package understand

import (
	"slices"

	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Pricer answers what a span's call cost under its project's price book.
type Pricer interface {
	Price(s *trace.Span) usage.Cost
}

// Span derives the canonical fields and the cost from the raw span, which must be whole. Marks are added, never taken
// away: they also say how the span came in.
func Span(s *trace.Span, p Pricer) {
	canonical, marks := emitter.Map(&s.Raw)
	s.Canonical = canonical
	for _, m := range marks {
		if !slices.Contains(s.Marks, m) {
			s.Marks = append(s.Marks, m)
		}
	}
	s.Cost = p.Price(s)
}
