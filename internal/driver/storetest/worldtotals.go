package storetest

import (
	"cmp"
	"slices"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// summaries answers the project's traces as a Reader must sum them up, in no order.
func (w *world) summaries(p project.ID) (out []*summary) {
	by := map[trace.ID][]*trace.Span{}
	for _, s := range w.of(p, ever()) {
		by[s.Trace] = append(by[s.Trace], s)
	}
	for id, spans := range by {
		out = append(out, summarise(p, id, spans))
	}
	return out
}

// summary is a trace's summary with what only filters ask.
type summary struct {
	trace.Summary
	lastEnd int64 // 0 where no span has ended
}

func (s *summary) ended() int64 { return s.lastEnd }

func summarise(p project.ID, id trace.ID, spans []*trace.Span) *summary {
	out := &summary{Summary: trace.Summary{Project: p, Trace: id, Totals: add(spans)}}
	slices.SortFunc(spans, func(a, b *trace.Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), compareIDs(a, b)) })
	stored := map[trace.SpanID]bool{}
	for _, s := range spans {
		stored[s.ID] = true
	}
	rank := func(s *trace.Span) int {
		switch {
		case s.Parent.IsZero():
			return 0
		case !stored[s.Parent]:
			return 1
		}
		return 2
	}
	root := slices.MinFunc(spans, func(a, b *trace.Span) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Start, b.Start), compareIDs(a, b))
	})
	out.Root, out.Name, out.Kind = root.ID, root.Name, root.Kind
	out.Status, out.StatusText = root.StatusCode, root.StatusText
	if rank(root) > 0 && out.Errors > 0 {
		out.Status = trace.StatusError
	}
	for _, s := range spans {
		if rank(s) == 1 {
			out.Orphans++
		}
		if s.End == 0 {
			out.Unfinished = true
		}
		if out.Session == "" {
			out.Session = s.Session
		}
		out.lastEnd = max(out.lastEnd, s.End)
	}
	return out
}

// add sums spans up. It sorts them.
func add(spans []*trace.Span) (t trace.Totals) {
	slices.SortFunc(spans, func(a, b *trace.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(string(a.ID[:]), string(b.ID[:])))
	})
	t.Start = spans[0].Start
	states := map[usage.CostState]bool{}
	var cost, reported purse
	first := func(to *string, v string) {
		if *to == "" {
			*to = v
		}
	}
	var lastOutput *trace.Span
	for _, s := range spans {
		t.Spans++
		t.End = max(t.End, s.Start, s.End)
		if s.StatusCode == trace.StatusError {
			t.Errors++
		}
		if s.Ails() {
			t.Problems++
		}
		states[s.Cost.State] = true
		cost.cost(s)
		reported.reported(s)
		if !s.Usage.Rollup {
			addUsage(&t, s)
		}
		if m := s.Model.Name(); m != "" && !slices.Contains(t.Models, m) {
			t.Models = append(t.Models, m)
		}
		for _, tag := range s.Tags {
			if !slices.Contains(t.Tags, tag) {
				t.Tags = append(t.Tags, tag)
			}
		}
		first(&t.User, s.User)
		first(&t.Environment, s.Environment)
		first(&t.Release, s.Release)
		first(&t.Service, s.Service)
		if t.Agent.Name == "" {
			t.Agent = s.Agent
		}
		if len(s.Input) > 0 {
			first(&t.FirstInput, s.Input[0].Text())
		}
		if len(s.Output) > 0 && (lastOutput == nil || max(s.End, s.Start) >= max(lastOutput.End, lastOutput.Start)) {
			lastOutput = s
			t.LastOutput = s.Output[0].Text()
		}
	}
	slices.Sort(t.Models)
	slices.Sort(t.Tags)
	for _, state := range []usage.CostState{usage.Priced, usage.CostEstimated, usage.Unpriced} {
		if states[state] {
			t.Cost.State = state
		}
	}
	if t.Cost.Amount, t.Cost.Currency = cost.sum.Amount, cost.sum.Currency; cost.sum.Mixed {
		t.Cost.State = usage.Mixed
	}
	if reported.some {
		t.Reported = &reported.sum
	}
	return t
}

func addUsage(t *trace.Totals, s *trace.Span) {
	k, u := &t.Tokens, s.Usage.Tokens
	k.Input, k.Output = k.Input+u.Input, k.Output+u.Output
	k.CacheRead, k.CacheWrite, k.Reasoning = k.CacheRead+u.CacheRead, k.CacheWrite+u.CacheWrite, k.Reasoning+u.Reasoning
	k.InputAudio, k.OutputAudio = k.InputAudio+u.InputAudio, k.OutputAudio+u.OutputAudio
}
