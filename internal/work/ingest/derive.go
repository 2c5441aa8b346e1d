package ingest

import (
	"context"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/emitter"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/payload"
)

const (
	// coverSlack is how far around a coding agent's own model calls, in nanoseconds, its events count as reported by
	// spans too: prompts and tools lie between the calls. Beyond it tracing may have been off.
	coverSlack = int64(10 * 60 * 1e9)
	// coverBack is how far around its first record a session is looked up in the store, in nanoseconds.
	coverBack = int64(24 * 3600 * 1e9)
	// coverSessions and coverSpans bound what is remembered; what is forgotten is looked up again.
	coverSessions = 1024
	coverSpans    = 100_000
	// coverPages bounds that look-up, at page.MaxLimit spans a page.
	coverPages = 10
)

// prepareLogs makes scores of evaluation events and spans of the events of coding agents. work.derived says which record
// each span came from. The records get the ids of their span, and those that become none the id of their prompt's trace,
// so that they are found with it and deleted with it.
func (g *Ingest) prepareLogs(w *work) {
	for i := range w.entry.Logs {
		r := &w.entry.Logs[i]
		from := trace.Raw{Project: r.Project, Trace: r.Trace, ID: r.Span, Resource: r.Resource, Scope: r.Scope}
		g.guard(&from, func() { g.prepareLog(w, i) })
	}
}

func (g *Ingest) prepareLog(w *work, i int) {
	r := &w.entry.Logs[i]
	if s, ok := emitter.ScoreOfLog(r); ok {
		w.entry.Scores = append(w.entry.Scores, s)
		r.Joined = true
	}
	raw, hash, ok := emitter.Derive(r)
	if !ok {
		if id, ok := emitter.HomeOf(r); ok {
			r.Trace = id
		}
		return
	}
	if r.Joined = true; r.Trace.IsZero() {
		r.Trace, r.Span = raw.Trace, raw.ID
	}
	s := trace.Span{Raw: raw, Hash: hash}
	g.understand(&s)
	w.entry.Spans = append(w.entry.Spans, s)
	w.derived = append(w.derived, i)
}

// covers keeps a model call from being counted twice where a coding agent reports it by an event and by a span. What
// counts is the span. It belongs to the loader, which sees all records in the log's order, so that what is stored
// does not depend on which worker was quicker.
type covers struct {
	g     *Ingest
	known map[agentSession]*cover
	spans int // derived spans remembered in all
	tick  uint64
}

type agentSession struct {
	project project.ID
	agent   string
	session string
}

// cover is what is known of one session.
type cover struct {
	times   []interval          // around the agent's own model calls, apart from each other
	derived map[trace.Key]int64 // derived spans that are stored and counted, with their start
	used    uint64
}

type interval struct{ from, to int64 }

func newCovers(g *Ingest) *covers { return &covers{g: g, known: map[agentSession]*cover{}} }

// settle takes derived spans out of the batch whose session's own spans report the same time; their records stay, as
// mere records. It answers newer revisions of derived spans that are stored already and are reported by the agent's
// own spans now. changed are spans that the batch revises. It may be called again with the same batch when it
// fails. It needs spans whole and leaves them so.
func (c *covers) settle(ctx context.Context, got []*work, entries []telemetry.Entry, changed []trace.Span) ([]trace.Span, error) {
	c.evict()
	own, err := c.notice(ctx, entries, changed)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if len(got[i].derived) > 0 {
			if err := c.sift(ctx, got[i], &entries[i]); err != nil {
				return nil, err
			}
		}
	}
	var out []trace.Span
	for cv := range own {
		for key, start := range cv.derived {
			if !cv.covers(start) {
				continue
			}
			s, ok, err := c.supersede(ctx, key)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// settled forgets derived spans that no longer count.
func (c *covers) settled(revisions []trace.Span) {
	for i := range revisions {
		s := &revisions[i]
		if cv := c.known[sessionOf(s)]; cv != nil && s.Derived {
			c.forget(cv, s.Key())
		}
	}
}

func (c *covers) forget(cv *cover, key trace.Key) {
	if _, have := cv.derived[key]; have {
		delete(cv.derived, key)
		c.spans--
	}
}

// notice takes up the model calls that agents report by spans, and answers the sessions that they belong to.
func (c *covers) notice(ctx context.Context, entries []telemetry.Entry, changed []trace.Span) (map[*cover]struct{}, error) {
	own := map[*cover]struct{}{}
	add := func(spans []trace.Span) error {
		for i := range spans {
			if !countsItself(&spans[i]) {
				continue
			}
			cv, err := c.session(ctx, &spans[i])
			if err != nil {
				return err
			}
			cv.add(&spans[i])
			own[cv] = struct{}{}
		}
		return nil
	}
	for i := range entries {
		if err := add(entries[i].Spans); err != nil {
			return nil, err
		}
	}
	return own, add(changed)
}

// sift removes the covered spans from a batch's record and remembers the others.
func (c *covers) sift(ctx context.Context, w *work, e *telemetry.Entry) error {
	spans := make([]trace.Span, 0, len(e.Spans))
	from := make([]int, 0, len(w.derived))
	for i := range e.Spans {
		s := &e.Spans[i]
		if s.Session != "" {
			cv, err := c.session(ctx, s)
			if err != nil {
				return err
			}
			if cv.covers(s.Start) {
				r := &e.Logs[w.derived[i]]
				if r.Joined = false; r.Span == s.ID {
					r.Span = trace.SpanID{}
				}
				continue
			}
			if _, have := cv.derived[s.Key()]; !have {
				cv.derived[s.Key()] = s.Start
				c.spans++
			}
		}
		spans, from = append(spans, *s), append(from, w.derived[i])
	}
	e.Spans, w.derived = spans, from
	return nil
}

// supersede answers the stored derived span's next revision, in no total any more.
func (c *covers) supersede(ctx context.Context, key trace.Key) (s trace.Span, ok bool, err error) {
	s, err = c.g.o.Engine.Span(ctx, key)
	if errs.CodeOf(err) == errs.CodeNotFound {
		return s, false, nil
	}
	if err != nil || !s.Derived || emitter.IsSuperseded(&s.Raw) {
		return s, false, err
	}
	if err := c.g.payload.Restore(ctx, &s); err != nil {
		return s, false, err
	}
	emitter.Supersede(&s.Raw)
	s.Rev++
	have, partial := s.Canonical, payload.Partial(&s)
	c.g.understand(&s)
	if partial { // what it counts for is known all the same, what it said only from before
		s.Input, s.Output, s.Tool, s.Documents, s.ToolsOffered = have.Input, have.Output, have.Tool, have.Documents, have.ToolsOffered
	}
	return s, true, nil
}

// countsItself says that the span is a model call of a coding agent with its tokens, sent by the agent.
func countsItself(s *trace.Span) bool {
	return !s.Derived && s.Kind == trace.LLM && s.Session != "" && s.Usage.Source != "" && s.Usage.Source != usage.Estimated &&
		!s.Usage.Rollup && emitter.IsCodingAgent(s.Mapper.Emitter)
}

func sessionOf(s *trace.Span) agentSession {
	return agentSession{s.Project, s.Mapper.Emitter, s.Session}
}

// session answers what is known of the span's session, at first from the store.
func (c *covers) session(ctx context.Context, s *trace.Span) (*cover, error) {
	c.tick++
	key := sessionOf(s)
	if cv := c.known[key]; cv != nil {
		cv.used = c.tick
		return cv, nil
	}
	cv := &cover{derived: map[trace.Key]int64{}, used: c.tick}
	q := trace.Query{Project: s.Project, Range: trace.Range{From: s.Start - coverBack, To: s.Start + coverBack},
		Filter: filter.And{Terms: []filter.Expr{is("session", s.Session), is("emitter", s.Mapper.Emitter)}}, Limit: page.MaxLimit}
	for range coverPages {
		found, _, err := c.g.o.Engine.Spans(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range found.Items {
			have := &found.Items[i]
			switch {
			case have.Derived:
				cv.derived[have.Key()] = have.Start
			case countsItself(have):
				cv.add(have)
			}
		}
		if q.Cursor = found.Next; q.Cursor == (page.Cursor{}) {
			break
		}
	}
	c.known[key] = cv
	c.spans += len(cv.derived)
	return cv, nil
}

func is(field, value string) filter.Expr {
	return filter.Cmp{Field: filter.Ref{Name: field}, Op: filter.OpEqual,
		Value: filter.Value{Type: filter.TypeText, Pattern: filter.Pattern{Parts: []string{value}}}}
}

// evict keeps the bounds between batches; the sessions longest unused go first.
func (c *covers) evict() {
	for len(c.known) > coverSessions || c.spans > coverSpans {
		var (
			oldest agentSession
			age    *cover
		)
		for key, cv := range c.known {
			if age == nil || cv.used < age.used {
				oldest, age = key, cv
			}
		}
		delete(c.known, oldest)
		c.spans -= len(age.derived)
	}
}

// add widens what is covered by a model call and what lies around it.
func (cv *cover) add(s *trace.Span) {
	n := interval{s.Start - coverSlack, max(s.Start, s.End) + coverSlack}
	apart := cv.times[:0]
	for _, t := range cv.times {
		if t.to < n.from || n.to < t.from {
			apart = append(apart, t)
			continue
		}
		n.from, n.to = min(n.from, t.from), max(n.to, t.to)
	}
	cv.times = append(apart, n)
}

func (cv *cover) covers(start int64) bool {
	for _, t := range cv.times {
		if t.from <= start && start <= t.to {
			return true
		}
	}
	return false
}
