// Package home answers what changed, and what needs somebody: it compares a period with the one of the same length
// before it and names what fails, costs, slows down, is new, unpriced, refused or about to run out. Every row carries a
// question whose answer is exactly the rows behind its number. It knows no transport. Start reading at Home.Report.
package home

import (
	"context"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/stat"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/look"
)

// Asker answers numbers over time; it is work/look.
type Asker interface {
	Aggregate(ctx context.Context, q look.AggregateQuestion) ([]trace.AggregateRow, error)
}

// Kind says what a row is about.
type Kind string

// The kinds of row, in the order in which they are shown.
const (
	Failing  Kind = "failing"
	Cost     Kind = "cost"
	Latency  Kind = "latency"
	First    Kind = "first_seen"
	Unpriced Kind = "unpriced"
)

// Verdict compares a period with the one before. A change within chance is no verdict.
type Verdict string

// The verdicts.
const (
	Worse   Verdict = "worse"
	Better  Verdict = "better"
	Unclear Verdict = "unclear" // cannot tell: within what chance explains
	Fresh   Verdict = "new"     // there was nothing to compare with
)

// Question names a list that shows the rows behind a number.
type Question struct {
	List   string // traces or sessions
	Filter string
	Sort   string
	Count  int64 // how many rows it has
}

// Row is one thing that changed or needs somebody.
type Row struct {
	Kind    Kind
	Field   string // what Value is one of: agent, tool, model, release, error; "" for the whole
	Value   string
	Number  float64 // affected sessions or traces, milliseconds, calls
	Unit    string  // sessions, traces, calls, ms, or the currency
	Before  float64
	Of      float64 // of how many, for shares; 0 where there is no share
	OfPrior float64
	Money   *Change        // for cost rows
	Range   *stat.Interval // 95 %: of the change of the share, or of the number itself for ms
	Verdict Verdict
	Link    Question
}

// Change is an amount now and before.
type Change struct{ Now, Before usage.Money }

// Totals sum a period up.
type Totals struct {
	Traces, Sessions, Failing int64
	Cost                      *usage.Money
	P95                       float64 // ms of whole traces, by their roots; 0 where none ended
}

// Report is the answer. Rows is empty when nothing changed and nothing needs anybody.
type Report struct {
	From, To, Prior time.Time // the period is [From, To), the one before [Prior, From)
	Now, Before     Totals
	Rows            []Row
}

// Home makes reports. It is safe for concurrent use.
type Home struct {
	ask    Asker
	clock  clock.Clock
	memory memory
}

// New makes a Home.
func New(ask Asker, c clock.Clock) *Home { return &Home{ask: ask, clock: c} }

// Subject is what a report is about. A zero To is now, a zero From a day before To.
type Subject struct {
	Project     project.ID
	Environment string // "" for all
	From, To    time.Time
}

// longest bounds a period, since the one before it is read too.
const longest = 92 * 24 * time.Hour

// Report compares.
func (h *Home) Report(ctx context.Context, s Subject) (Report, error) {
	if s.To.IsZero() {
		s.To = h.clock.Now()
	}
	if s.From.IsZero() {
		s.From = s.To.Add(-24 * time.Hour)
	}
	length := s.To.Sub(s.From)
	if length <= 0 || length > longest {
		return Report{}, errs.Invalid("the period from %s to %s must be longer than nothing and at most 92 days", s.From.Format(time.RFC3339), s.To.Format(time.RFC3339))
	}
	r := &report{ctx: ctx, ask: h.ask, clock: h.clock, memory: &h.memory, s: s, out: Report{From: s.From, To: s.To, Prior: s.From.Add(-length)}}
	for _, part := range []func() error{r.totals, r.failing, r.cost, r.latency, r.news, r.unpriced} {
		if err := part(); err != nil {
			return Report{}, err
		}
	}
	return r.out, nil
}

type report struct {
	ctx    context.Context
	ask    Asker
	clock  clock.Clock
	memory *memory
	s      Subject
	out    Report
	// subjects are the numbers by field and value, now and before.
	subjects map[string][2]map[string]trace.AggregateRow
}

// in joins terms with the environment asked for.
func (r *report) in(terms string) string {
	if r.s.Environment == "" {
		return terms
	}
	return join("env:"+filter.Quote(r.s.Environment), terms)
}

func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + " " + b
}

// is answers the filter term for a value, also for none.
func is(field, value string) string {
	if value == "" {
		return "NOT " + field + ":*"
	}
	return field + ":" + filter.Quote(value)
}

func (r *report) now(terms string, metrics, by []string, limit int) ([]trace.AggregateRow, error) {
	return r.ask.Aggregate(r.ctx, look.AggregateQuestion{Project: r.s.Project, Filter: r.in(terms), From: r.out.From, To: r.out.To, Metrics: metrics, By: by, Limit: limit})
}

func (r *report) before(terms string, metrics, by []string, limit int) ([]trace.AggregateRow, error) {
	return r.ask.Aggregate(r.ctx, look.AggregateQuestion{Project: r.s.Project, Filter: r.in(terms), From: r.out.Prior, To: r.out.From, Metrics: metrics, By: by, Limit: limit})
}

// both asks of now and before, grouped by one field.
func (r *report) both(terms string, metrics []string, field string) (out [2]map[string]trace.AggregateRow, err error) {
	for i, ask := range []func(string, []string, []string, int) ([]trace.AggregateRow, error){r.now, r.before} {
		rows, err := ask(terms, metrics, []string{field}, 1000)
		if err != nil {
			return out, err
		}
		out[i] = make(map[string]trace.AggregateRow, len(rows))
		for _, row := range rows {
			out[i][row.By[field]] = row
		}
	}
	return out, nil
}

func (r *report) totals() error {
	for i, to := range []*Totals{&r.out.Now, &r.out.Before} {
		ask := []func(string, []string, []string, int) ([]trace.AggregateRow, error){r.now, r.before}[i]
		rows, err := ask("", []string{"traces", "sessions", "failing_traces", "cost"}, nil, 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		to.Traces, to.Sessions, to.Failing = int64(rows[0].Numbers["traces"]), int64(rows[0].Numbers["sessions"]), int64(rows[0].Numbers["failing_traces"])
		if m, ok := rows[0].Money["cost"]; ok && !m.Mixed {
			to.Cost = &m
		}
	}
	return nil
}
