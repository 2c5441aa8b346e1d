// Package look answers people's questions: lists, trees, facets, aggregates, search, SQL, export and the live tail. It
// reads filters, settles ranges, waits for what was acknowledged before the question (ingest's promise), and brings
// scores and payloads to the spans they belong to. Engines answer; surfaces translate. Start reading at Look.Traces.
package look

import (
	"context"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/problem"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/work/payload"
)

// Engine is what look needs of a telemetry engine.
type Engine interface {
	trace.Reader
	score.Reader
}

// Settler waits until what was acknowledged before the call can be read.
type Settler interface {
	Settled(ctx context.Context) error
}

// Windows knows how many tokens a span's model takes in at most, 0 where that is not known.
type Windows interface {
	Window(s *trace.Span) int64
}

// DefaultRange is how far back a question looks that does not say.
const DefaultRange = 24 * time.Hour

// maxInline is how much content, in bytes, a trace answers inline; spans beyond it are fetched one by one.
const maxInline = 8 << 20

// maxInlineSpans is up to how many spans a trace's content is loaded at all.
const maxInlineSpans = 2000

// Look answers questions. It is safe for concurrent use.
type Look struct {
	engine  Engine
	settle  Settler
	payload *payload.Mover
	windows Windows
	clock   clock.Clock
}

// New makes a Look.
func New(engine Engine, settle Settler, mover *payload.Mover, windows Windows, c clock.Clock) *Look {
	return &Look{engine: engine, settle: settle, payload: mover, windows: windows, clock: c}
}

// Question is a list's question as a person asks it. Zero From and To mean the last DefaultRange.
type Question struct {
	Project  project.ID
	Filter   string
	From, To time.Time
	Sort     string
	Limit    int
	Cursor   page.Cursor
	Content  bool
}

// Trace is a trace in a list with its scores.
type Trace struct {
	trace.Summary
	Scores []score.Score
}

// Span is a span with its scores. Omitted says that content was left out. Window is how many tokens its model takes in at
// most, 0 where that is not known. Repeat is set in the answer of a whole trace, and then among Problems too.
type Span struct {
	trace.Span
	Scores  []score.Score
	Omitted bool
	Window  int64
	Repeat  *problem.Repeat
}

// Detail is a trace with all its spans in order of start. First is where the trouble began, zero where nothing is wrong.
type Detail struct {
	Trace
	Spans []Span
	First trace.SpanID
}

// Session is a session in a list.
type Session struct{ trace.SessionSummary }

// query reads the question and waits for what was acknowledged before it.
func (l *Look) query(ctx context.Context, q Question) (trace.Query, error) {
	r, err := l.rangeOf(q.From, q.To)
	if err != nil {
		return trace.Query{}, err
	}
	expr, err := l.filter(q.Filter)
	if err != nil {
		return trace.Query{}, err
	}
	if q.Limit, err = page.Limit(q.Limit); err != nil {
		return trace.Query{}, err
	}
	return trace.Query{Project: q.Project, Range: r, Filter: expr, Sort: q.Sort, Limit: q.Limit, Cursor: q.Cursor, Content: q.Content},
		l.settle.Settled(ctx)
}

func (l *Look) filter(text string) (filter.Expr, error) {
	expr, err := filter.Parse(text)
	if err != nil || expr == nil {
		return nil, err
	}
	return filter.Resolve(expr, l.clock.Now()), nil
}

func (l *Look) rangeOf(from, to time.Time) (trace.Range, error) {
	if to.IsZero() {
		to = l.clock.Now().Add(time.Minute) // clocks of senders run ahead a little
	}
	if from.IsZero() {
		from = to.Add(-DefaultRange)
	}
	if !from.Before(to) {
		return trace.Range{}, errs.Invalid("from (%s) must be before to (%s)", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	const least, most = -9223372036, 9223372036 // what int64 nanoseconds can say, in seconds
	if from.Unix() <= least || to.Unix() >= most {
		return trace.Range{}, errs.Invalid("from and to must lie between the years 1678 and 2262")
	}
	return trace.Range{From: from.UnixNano(), To: to.UnixNano()}, nil
}

// Traces lists traces with their scores.
func (l *Look) Traces(ctx context.Context, q Question) (page.Page[Trace], trace.Searched, error) {
	query, err := l.query(ctx, q)
	if err != nil {
		return page.Page[Trace]{}, trace.Searched{}, err
	}
	got, searched, err := l.engine.Traces(ctx, query)
	if err != nil {
		return page.Page[Trace]{}, searched, err
	}
	items, err := l.withScores(ctx, q.Project, got.Items)
	return page.Page[Trace]{Items: items, Next: got.Next}, searched, err
}

func (l *Look) withScores(ctx context.Context, p project.ID, sums []trace.Summary) ([]Trace, error) {
	ids := make([]trace.ID, len(sums))
	for i := range sums {
		ids[i] = sums[i].Trace
	}
	scores, err := l.engine.ScoresOf(ctx, p, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Trace, len(sums))
	for i := range sums {
		out[i] = Trace{Summary: sums[i], Scores: scores[sums[i].Trace]}
	}
	return out, nil
}

// Spans lists spans with their scores.
func (l *Look) Spans(ctx context.Context, q Question) (page.Page[Span], trace.Searched, error) {
	query, err := l.query(ctx, q)
	if err != nil {
		return page.Page[Span]{}, trace.Searched{}, err
	}
	got, searched, err := l.engine.Spans(ctx, query)
	if err != nil {
		return page.Page[Span]{}, searched, err
	}
	items, err := l.spans(ctx, q.Project, got.Items)
	return page.Page[Span]{Items: items, Next: got.Next}, searched, err
}

// spans brings each span its own scores.
func (l *Look) spans(ctx context.Context, p project.ID, spans []trace.Span) ([]Span, error) {
	var ids []trace.ID
	seen := map[trace.ID]bool{}
	for i := range spans {
		if id := spans[i].Trace; !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	scores, err := l.engine.ScoresOf(ctx, p, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Span, len(spans))
	for i := range spans {
		out[i] = l.known(Span{Span: spans[i]})
		for _, s := range scores[spans[i].Trace] {
			if s.Span == spans[i].ID {
				out[i].Scores = append(out[i].Scores, s)
			}
		}
	}
	return out, nil
}

// Sessions lists sessions.
func (l *Look) Sessions(ctx context.Context, q Question) (page.Page[Session], trace.Searched, error) {
	query, err := l.query(ctx, q)
	if err != nil {
		return page.Page[Session]{}, trace.Searched{}, err
	}
	got, searched, err := l.engine.Sessions(ctx, query)
	out := page.Page[Session]{Next: got.Next, Items: make([]Session, len(got.Items))}
	for i := range got.Items {
		out.Items[i].SessionSummary = got.Items[i]
	}
	return out, searched, err
}

// Trace answers a trace with all its spans; content is inline as far as maxInline goes.
func (l *Look) Trace(ctx context.Context, p project.ID, id trace.ID) (Detail, error) {
	if err := l.settle.Settled(ctx); err != nil {
		return Detail{}, err
	}
	t, err := l.summary(ctx, p, id)
	if err != nil {
		return Detail{}, err
	}
	inline := t.Totals.Spans <= maxInlineSpans
	raw, err := l.engine.Trace(ctx, p, id, inline)
	if err != nil {
		return Detail{}, err
	}
	spans, err := l.spans(ctx, p, raw)
	if err != nil {
		return Detail{}, err
	}
	repeats := problem.Repeats(raw)
	first, _ := problem.First(raw, repeats)
	mark(spans, repeats)
	left := maxInline
	for i := range spans {
		left -= contentSize(&spans[i].Span)
		if !inline || left < 0 || payload.Partial(&spans[i].Span) {
			dropContent(&spans[i].Span)
			spans[i].Omitted = true
		}
	}
	return Detail{Trace: t, Spans: spans, First: first}, nil
}

// contentSize is about how many bytes a span's content takes on the wire.
func contentSize(s *trace.Span) (n int) {
	for _, side := range [...][]trace.Message{s.Input, s.Output} {
		for i := range side {
			for k := range side[i].Parts {
				p := &side[i].Parts[k]
				n += 64 + len(p.Text) + valueSize(p.Value)
			}
		}
	}
	for i := range s.Attributes {
		n += len(s.Attributes[i].Key) + valueSize(s.Attributes[i].Value)
	}
	for i := range s.Documents {
		n += len(s.Documents[i].Content)
	}
	return n
}

func dropContent(s *trace.Span) {
	s.Input, s.Output, s.Attributes, s.Documents, s.ToolsOffered, s.Events = nil, nil, nil, nil, nil, nil
	if s.Tool != nil {
		s.Tool = &trace.Tool{Name: s.Tool.Name, CallID: s.Tool.CallID}
	}
}

// Span answers one span, whole.
func (l *Look) Span(ctx context.Context, key trace.Key) (Span, error) {
	if err := l.settle.Settled(ctx); err != nil {
		return Span{}, err
	}
	s, err := l.engine.Span(ctx, key)
	if err != nil {
		return Span{}, err
	}
	if err := l.payload.Restore(ctx, &s); err != nil {
		return Span{}, err
	}
	out, err := l.spans(ctx, key.Project, []trace.Span{s})
	if err != nil {
		return Span{}, err
	}
	return out[0], nil
}

// Session answers a session with its traces, oldest first.
func (l *Look) Session(ctx context.Context, p project.ID, session string) (Session, []Trace, error) {
	if err := l.settle.Settled(ctx); err != nil {
		return Session{}, nil, err
	}
	sum, traces, err := l.engine.Session(ctx, p, session)
	if err != nil {
		return Session{}, nil, err
	}
	items, err := l.withScores(ctx, p, traces)
	return Session{sum}, items, err
}

// Scores lists scores. A zero To is now; a zero From is the last DefaultRange, or, of a trace or session, the beginning.
func (l *Look) Scores(ctx context.Context, q score.Query) (page.Page[score.Score], error) {
	if err := l.settle.Settled(ctx); err != nil {
		return page.Page[score.Score]{}, err
	}
	if q.To == 0 {
		q.To = l.clock.Now().Add(time.Minute).UnixNano() // clocks of senders run ahead a little
	}
	if q.From == 0 && q.Trace.IsZero() && q.Session == "" {
		q.From = q.To - int64(DefaultRange)
	}
	return l.engine.Scores(ctx, q)
}
