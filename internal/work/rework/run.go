package rework

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/control"
	"steward/internal/domain/emitter"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/work/payload"
	"steward/internal/work/understand"
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
	Failed  int64       `json:"failed"`  // spans that make the mapper or the prices panic; they stay as they are
}

// result is what people see of a job that is done.
type result struct {
	Seen          int64  `json:"seen"`
	Changed       int64  `json:"changed"`
	Skipped       int64  `json:"skipped"`
	Failed        int64  `json:"failed"`
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
	out := result{Seen: at.Seen, Changed: at.Changed, Skipped: at.Skipped, Failed: at.Failed, Book: book.Version()}
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
	got, err := r.derive(ctx, kind, q)
	if err != nil {
		return page.Cursor{}, err
	}
	if len(got.revised) > 0 {
		n, err := r.o.Engine.Revise(ctx, got.revised)
		if err != nil {
			return page.Cursor{}, err
		}
		at.Changed += int64(n)
	}
	at.Seen += int64(got.seen)
	at.Skipped += got.skipped
	at.Failed += got.failed
	return got.next, nil
}

// derived is what became of a page of spans.
type derived struct {
	seen            int
	revised         []trace.Span // the newer revisions of those that come out different
	skipped, failed int64
	next            page.Cursor
}

// derive reads a page of spans and derives them anew.
func (r *Rework) derive(ctx context.Context, kind string, q trace.Query) (out derived, err error) {
	if kind == Remap {
		q.Limit, q.Content = pageSpans, true
		got, _, err := r.o.Engine.Spans(ctx, q)
		if err != nil {
			return out, err
		}
		out.seen, out.next = len(got.Items), got.Next
		for i := range got.Items {
			if err := r.remap(ctx, got.Items[i], &out); err != nil {
				return out, err
			}
		}
		return out, nil
	}
	q.Limit = repricePage
	got, _, err := r.o.Engine.Spans(ctx, q)
	if err != nil {
		return out, err
	}
	out.seen, out.next = len(got.Items), got.Next
	differs := func(s trace.Span) bool {
		_, other, ok := r.repriced(s)
		return other || !ok
	}
	if !slices.ContainsFunc(got.Items, differs) {
		return out, nil
	}
	q.Content = true // a revision replaces the whole span
	if got, _, err = r.o.Engine.Spans(ctx, q); err != nil {
		return out, err
	}
	for i := range got.Items {
		s, other, ok := r.repriced(got.Items[i])
		if !ok {
			out.failed++
		} else if other {
			out.revised = append(out.revised, s)
		}
	}
	return out, nil
}

// repriced answers the span's next revision, and whether its cost is another; ok is false when that cannot be said.
func (r *Rework) repriced(s trace.Span) (_ trace.Span, other, ok bool) {
	failed := understand.Guard(func() {
		before := s.Cost
		s.Cost = r.o.Pricing.Price(&s)
		other = !trace.SameCost(before, s.Cost)
	})
	s.Rev++
	return s, other, failed == nil
}

// remap adds to out what becomes of a span.
func (r *Rework) remap(ctx context.Context, stored trace.Span, out *derived) error {
	s, whole, err := r.remapped(ctx, stored)
	var failed *understand.Failure
	switch {
	case errors.As(err, &failed):
		out.failed++
	case err != nil:
		return err
	case !whole:
		out.skipped++
	case s != nil:
		out.revised = append(out.revised, *s)
	}
	return nil
}

// remapped answers the span's next revision, nil where it would say the same. whole is false when a part of what the
// emitter sent is no longer there; the error is an understand.Failure when the span makes the mapper panic.
func (r *Rework) remapped(ctx context.Context, stored trace.Span) (next *trace.Span, whole bool, err error) {
	s := stored
	s.Canonical = trace.Canonical{} // made anew from the raw span, which alone is brought back whole
	s.Marks = slices.DeleteFunc(slices.Clone(stored.Marks), func(m trace.Mark) bool { return m == trace.MarkMapperFailed })
	if err := r.o.Payload.Restore(ctx, &s); err != nil {
		return nil, false, err
	}
	if payload.Partial(&s) {
		return nil, false, nil
	}
	if failed := understand.Guard(func() { r.reader.Span(&s) }); failed != nil {
		return nil, false, failed
	}
	if err := r.o.Payload.Move(ctx, &s); err != nil {
		return nil, false, err
	}
	if trace.Same(&stored.Canonical, &s.Canonical) && len(s.Marks) == len(stored.Marks) {
		return nil, true, nil
	}
	s.Rev++
	return &s, true, nil
}
