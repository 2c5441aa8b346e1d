package look

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// EmptyQuestion is the question of a list that shows nothing.
type EmptyQuestion struct {
	Project     project.ID
	Filter      string
	Environment string // "" for all
	From, To    time.Time
	Sessions    bool         // the list is one of sessions, else of traces
	Others      []project.ID // in which the asker may look too
}

// Emptiness says what the list would show if one condition were dropped and the others kept.
type Emptiness struct {
	Newest        int64 // start of the newest row of the project, whatever its environment; 0 where there is none
	WithoutFilter Would
	WithoutRange  Would
	Environments  []There // beside the one asked for
	Projects      []There // beside the one asked for
}

// Would is how many rows a list would have. Newest is 0 where there is none.
type Would struct {
	Count   int64
	Counted bool // false where counting took too long
	Newest  int64
}

// There is how many rows the list has in another environment or project.
type There struct {
	Name  string
	Count int64
}

const (
	emptyPatience = 2 * time.Second // for each count; an explanation that comes late explains nothing
	emptyAtOnce   = 3               // counts that run beside each other
	maxOthers     = 20              // projects that are looked at
)

// WhyEmpty explains an empty list. Its questions run beside each other, and one that takes too long is left open.
func (l *Look) WhyEmpty(ctx context.Context, q EmptyQuestion) (out Emptiness, err error) {
	r, err := l.rangeOf(q.From, q.To)
	if err != nil {
		return out, err
	}
	own, err := l.filter(q.Filter)
	if err != nil {
		return out, err
	}
	var env filter.Expr
	if q.Environment != "" {
		if env, err = l.filter("env:" + filter.Quote(q.Environment)); err != nil {
			return out, err
		}
	}
	if err := l.settle.Settled(ctx); err != nil {
		return out, err
	}
	e := emptiness{l: l, q: q, both: joined(own, env), slots: make(chan struct{}, emptyAtOnce)}
	ever := trace.Range{From: 0, To: l.clock.Now().AddDate(1, 0, 0).UnixNano()} // a sender's clock may be far ahead
	e.ask(func() error { out.Newest, err = e.newest(ctx, ever, nil); return err })
	e.would(ctx, &out.WithoutRange, ever, e.both)
	if own != nil {
		e.would(ctx, &out.WithoutFilter, r, env)
	}
	if env != nil {
		e.ask(func() error { return e.environments(ctx, &out.Environments, r, own) })
	}
	others := make([]There, min(len(q.Others), maxOthers))
	for i := range others {
		others[i].Name = string(q.Others[i])
		e.ask(func() (err error) { others[i].Count, _, err = e.count(ctx, q.Others[i], r, e.both); return err })
	}
	e.wait.Wait()
	for _, o := range others {
		if o.Count > 0 && o.Name != string(q.Project) {
			out.Projects = append(out.Projects, o)
		}
	}
	return out, e.err
}

func joined(a, b filter.Expr) filter.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if and, ok := a.(filter.And); ok {
		return filter.And{Terms: append(append([]filter.Expr(nil), and.Terms...), b)}
	}
	return filter.And{Terms: []filter.Expr{a, b}}
}

// emptiness asks the questions of one explanation.
type emptiness struct {
	l     *Look
	q     EmptyQuestion
	both  filter.Expr // filter and environment
	slots chan struct{}
	wait  sync.WaitGroup
	mu    sync.Mutex
	err   error // the first
}

// ask runs a question beside the others; each writes to a place of its own.
func (e *emptiness) ask(question func() error) {
	e.wait.Go(func() {
		e.slots <- struct{}{}
		defer func() { <-e.slots }()
		if err := question(); err != nil {
			e.mu.Lock()
			defer e.mu.Unlock()
			if e.err == nil {
				e.err = err
			}
		}
	})
}

func (e *emptiness) would(ctx context.Context, to *Would, r trace.Range, expr filter.Expr) {
	e.ask(func() (err error) { to.Newest, err = e.newest(ctx, r, expr); return err })
	e.ask(func() (err error) { to.Count, to.Counted, err = e.count(ctx, e.q.Project, r, expr); return err })
}

func (e *emptiness) metric() string {
	if e.q.Sessions {
		return "sessions"
	}
	return "traces"
}

// count answers how many rows match; false where that took too long.
func (e *emptiness) count(ctx context.Context, p project.ID, r trace.Range, expr filter.Expr) (int64, bool, error) {
	rows, ok, err := e.rows(ctx, p, r, expr, nil)
	if len(rows) == 0 {
		return 0, ok, err
	}
	return int64(rows[0].Numbers[e.metric()]), ok, err
}

func (e *emptiness) rows(ctx context.Context, p project.ID, r trace.Range, expr filter.Expr, by []string) ([]trace.AggregateRow, bool, error) {
	short, cancel := context.WithTimeout(ctx, emptyPatience)
	defer cancel()
	rows, err := e.l.engine.Aggregate(short, trace.AggregateQuery{Project: p, Range: r, Filter: expr, Metrics: []string{e.metric()}, By: by, Limit: maxOthers})
	if err != nil && short.Err() != nil && ctx.Err() == nil {
		return nil, false, nil
	}
	return rows, err == nil, err
}

func (e *emptiness) environments(ctx context.Context, to *[]There, r trace.Range, own filter.Expr) error {
	rows, _, err := e.rows(ctx, e.q.Project, r, own, []string{"env"})
	for _, row := range rows {
		if n := int64(row.Numbers[e.metric()]); n > 0 && row.By["env"] != e.q.Environment {
			*to = append(*to, There{row.By["env"], n})
		}
	}
	sortThere(*to)
	return err
}

// newest answers the start of the newest row; a search in text looks as far back as its time allows.
func (e *emptiness) newest(ctx context.Context, r trace.Range, expr filter.Expr) (int64, error) {
	q := trace.Query{Project: e.q.Project, Range: r, Filter: expr, Sort: "-start", Limit: 1}
	if e.q.Sessions {
		got, _, err := e.l.engine.Sessions(ctx, q)
		if err != nil || len(got.Items) == 0 {
			return 0, err
		}
		return got.Items[0].Start, nil
	}
	got, _, err := e.l.engine.Traces(ctx, q)
	if err != nil || len(got.Items) == 0 {
		return 0, err
	}
	return got.Items[0].Start, nil
}

func sortThere(list []There) {
	slices.SortFunc(list, func(a, b There) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name)) })
}
