package rework

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/control"
	"steward/internal/domain/emitter"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/work/payload"
)

const (
	// pageSpans is how many spans are read and revised at once: loading waits meanwhile.
	pageSpans = 500
	// repricePage is larger, because only narrow columns are read where no cost changes.
	repricePage = page.MaxLimit
)

// progress is a job's checkpoint and, in the end, its result.
type progress struct {
	Cursor  page.Cursor `json:"cursor,omitzero"` // after the last page that was done
	Seen    int64       `json:"seen"`
	Changed int64       `json:"changed"`
	Skipped int64       `json:"skipped"` // content that retention has taken, without which mapping would lose more
}

// result is what people see of a job that is done.
type result struct {
	Seen          int64  `json:"seen"`
	Changed       int64  `json:"changed"`
	Skipped       int64  `json:"skipped"`
	MapperVersion int    `json:"mapper_version,omitempty"`
	Book          string `json:"price_book"`
}

// run goes through the job's spans, newest first, from where the last try came to.
func (r *Rework) run(ctx context.Context, j *control.Job) error {
	var p params
	var at progress
	if err := json.Unmarshal(j.Params, &p); err != nil {
		return errs.Wrap(errs.CodeInvalid, err, "the job's parameters cannot be read")
	}
	if j.Checkpoint != nil {
		if err := json.Unmarshal(j.Checkpoint, &at); err != nil {
			return errs.Wrap(errs.CodeInvalid, err, "the job's checkpoint cannot be read")
		}
	}
	expr, err := filter.Parse(p.Filter)
	if err != nil {
		return err
	}
	if expr != nil {
		expr = filter.Resolve(expr, time.Unix(0, j.Created).UTC())
	}
	if err := r.o.Ingest.Settled(ctx); err != nil {
		return err
	}
	book, err := r.o.Pricing.Book(ctx, j.Project)
	if err != nil {
		return err
	}
	q := trace.Query{Project: j.Project, Range: trace.Range{From: p.From, To: p.To}, Filter: expr, Sort: "-start", Cursor: at.Cursor}
	if err := r.begin(ctx, j, q); err != nil {
		return err
	}
	for {
		next, err := r.page(ctx, j.Kind, q, &at)
		if err != nil {
			return err
		}
		if next == (page.Cursor{}) {
			break
		}
		q.Cursor, at.Cursor = next, next
		if err := r.save(ctx, j, at); err != nil {
			return err
		}
	}
	j.Done, j.Total = at.Seen, at.Seen
	out := result{Seen: at.Seen, Changed: at.Changed, Skipped: at.Skipped, Book: book.Version()}
	if j.Kind == Remap {
		out.MapperVersion = emitter.Version
	}
	j.Result, err = json.Marshal(out)
	return err
}

// begin says that the job runs, and how much there is to do.
func (r *Rework) begin(ctx context.Context, j *control.Job, q trace.Query) error {
	rows, err := r.o.Engine.Aggregate(ctx, trace.AggregateQuery{Project: q.Project, Range: q.Range, Filter: q.Filter, Metrics: []string{"spans"}})
	if err != nil {
		return err
	}
	j.Total = 0
	for i := range rows {
		j.Total += int64(rows[i].Numbers["spans"])
	}
	j.State = control.Running
	if j.Started == 0 {
		j.Started = r.o.Clock.Now().UnixNano()
	}
	return r.o.Store.SaveJob(ctx, *j)
}

func (r *Rework) save(ctx context.Context, j *control.Job, at progress) (err error) {
	j.Done = at.Seen
	if j.Checkpoint, err = json.Marshal(at); err != nil {
		return err
	}
	return r.o.Store.SaveJob(ctx, *j)
}

// page derives one page of spans anew, with nobody else changing spans, and answers where the next one begins.
func (r *Rework) page(ctx context.Context, kind string, q trace.Query, at *progress) (page.Cursor, error) {
	hold, err := r.o.Ingest.Hold(ctx)
	if err != nil {
		return page.Cursor{}, err
	}
	defer hold.Release()
	got, revised, skipped, err := r.derive(ctx, kind, q)
	if err != nil {
		return page.Cursor{}, err
	}
	if len(revised) > 0 {
		n, err := r.o.Engine.Revise(ctx, revised)
		if err != nil {
			return page.Cursor{}, err
		}
		at.Changed += int64(n)
	}
	at.Seen += int64(len(got.Items))
	at.Skipped += skipped
	return got.Next, nil
}

// derive answers a page of spans and the newer revisions of those that come out different.
func (r *Rework) derive(ctx context.Context, kind string, q trace.Query) (got page.Page[trace.Span], revised []trace.Span, skipped int64, err error) {
	if kind == Remap {
		q.Limit, q.Content = pageSpans, true
		if got, _, err = r.o.Engine.Spans(ctx, q); err != nil {
			return got, nil, 0, err
		}
		for i := range got.Items {
			s, whole, err := r.remapped(ctx, got.Items[i])
			switch {
			case err != nil:
				return got, nil, 0, err
			case !whole:
				skipped++
			case s != nil:
				revised = append(revised, *s)
			}
		}
		return got, revised, skipped, nil
	}
	q.Limit = repricePage
	if got, _, err = r.o.Engine.Spans(ctx, q); err != nil {
		return got, nil, 0, err
	}
	if !slices.ContainsFunc(got.Items, r.costsOtherwise) {
		return got, nil, 0, nil
	}
	q.Content = true // a revision replaces the whole span
	if got, _, err = r.o.Engine.Spans(ctx, q); err != nil {
		return got, nil, 0, err
	}
	for i := range got.Items {
		if s := got.Items[i]; r.costsOtherwise(s) {
			s.Cost = r.o.Pricing.Price(&s)
			s.Rev++
			revised = append(revised, s)
		}
	}
	return got, revised, 0, nil
}

func (r *Rework) costsOtherwise(s trace.Span) bool {
	return !trace.SameCost(s.Cost, r.o.Pricing.Price(&s))
}

// remapped answers the span's next revision, nil where it would say the same. whole is false when a part of what the
// emitter sent is no longer there.
func (r *Rework) remapped(ctx context.Context, stored trace.Span) (next *trace.Span, whole bool, err error) {
	s := stored
	s.Canonical = trace.Canonical{} // made anew from the raw span, which alone is brought back whole
	s.Marks = slices.Clone(stored.Marks)
	if err := r.o.Payload.Restore(ctx, &s); err != nil {
		return nil, false, err
	}
	if payload.Partial(&s) {
		return nil, false, nil
	}
	r.reader.Span(&s)
	if err := r.o.Payload.Move(ctx, &s); err != nil {
		return nil, false, err
	}
	if trace.Same(&stored.Canonical, &s.Canonical) && len(s.Marks) == len(stored.Marks) {
		return nil, true, nil
	}
	s.Rev++
	return &s, true, nil
}
