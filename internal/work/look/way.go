package look

import (
	"context"

	"steward/internal/base/errs"
	"steward/internal/domain/problem"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Way is the path from a trace's root to one of its spans.
type Way struct {
	Trace Trace
	Spans []Span // from the root down, each whole; of a long path its beginning and its end
	Left  int    // how many spans of the path are left out, after the first WayHead
	First bool   // the path leads to where the trouble began
}

// WayHead and WayTail are how much of a long path is kept.
const (
	WayHead = 3
	WayTail = 9
)

// Way answers the path to a span; to zero, where the trouble began, and where nothing is wrong the root.
func (l *Look) Way(ctx context.Context, p project.ID, id trace.ID, to trace.SpanID) (Way, error) {
	if err := l.settle.Settled(ctx); err != nil {
		return Way{}, err
	}
	t, err := l.summary(ctx, p, id)
	if err != nil {
		return Way{}, err
	}
	spans, err := l.engine.Trace(ctx, p, id, false)
	if err != nil {
		return Way{}, err
	}
	repeats := problem.Repeats(spans)
	first, ails := problem.First(spans, repeats)
	if to.IsZero() {
		if to = first; !ails {
			to = t.Root
		}
	}
	path := problem.Path(spans, to)
	if path == nil {
		return Way{}, errs.NotFound("there is no span %s in trace %s of project %s", to, id, p)
	}
	out := Way{Trace: t, First: ails && to == first}
	if len(path) > WayHead+WayTail {
		out.Left = len(path) - WayHead - WayTail
		path = append(path[:WayHead:WayHead], path[WayHead+out.Left:]...)
	}
	for _, s := range path {
		whole, err := l.engine.Span(ctx, s.Key())
		if err != nil {
			return Way{}, err
		}
		if err := l.payload.Restore(ctx, &whole); err != nil {
			return Way{}, err
		}
		out.Spans = append(out.Spans, l.known(Span{Span: whole}))
	}
	mark(out.Spans, repeats)
	return out, nil
}

// summary answers a trace's summary with its scores.
func (l *Look) summary(ctx context.Context, p project.ID, id trace.ID) (Trace, error) {
	sums, err := l.engine.Summaries(ctx, p, []trace.ID{id})
	if err != nil {
		return Trace{}, err
	}
	if len(sums) == 0 {
		return Trace{}, errs.NotFound("there is no trace %s in project %s", id, p)
	}
	all, err := l.withScores(ctx, p, sums[:1])
	if err != nil {
		return Trace{}, err
	}
	return all[0], nil
}

// known adds to a span what is known of its model today.
func (l *Look) known(s Span) Span {
	s.Window = l.windows.Window(&s.Span)
	return s
}

// mark adds to spans the repetitions that only their whole trace shows.
func mark(spans []Span, repeats map[trace.SpanID]problem.Repeat) {
	for i := range spans {
		s := &spans[i]
		if r, ok := repeats[s.ID]; ok {
			s.Repeat = &r
			s.Problems = append(s.Problems[:len(s.Problems):len(s.Problems)], r.Problem())
		}
	}
}
