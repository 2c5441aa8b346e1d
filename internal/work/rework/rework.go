// Package rework derives stored spans anew: remap runs the mapper and the prices over them, reprice the prices alone.
// Where the result differs a newer revision is stored. How a span is understood is understand's business, what a call
// costs pricing's. Start reading at Rework.Ask for the way in and at Rework.run for the work.
package rework

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/filter"
	"steward/internal/domain/jobs"
	"steward/internal/domain/price"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/work/ingest"
	"steward/internal/work/payload"
	"steward/internal/work/understand"
)

// The kinds of job.
const (
	Remap   = "remap"
	Reprice = "reprice"
)

// Store is what rework needs of the control store.
type Store interface {
	control.Changer
	SaveJob(ctx context.Context, j control.Job) error
	Job(ctx context.Context, id project.ID, job string) (control.Job, error)
	OpenJobs(ctx context.Context) ([]control.Job, error)
}

// Engine is what rework needs of a telemetry engine.
type Engine interface {
	Spans(ctx context.Context, q trace.Query) (page.Page[trace.Span], trace.Searched, error)
	Aggregate(ctx context.Context, q trace.AggregateQuery) ([]trace.AggregateRow, error)
	Revise(ctx context.Context, spans []trace.Span) (int, error)
}

// Pricing prices spans.
type Pricing interface {
	understand.Pricer
	Book(ctx context.Context, id project.ID) (*price.Book, error)
}

// Ingest holds the loader back while a page of spans is read and revised, so that a log record which is joined to one
// of them meanwhile is not lost, and says when everything acknowledged can be read.
type Ingest interface {
	Settled(ctx context.Context) error
	Hold(ctx context.Context) (*ingest.Hold, error)
}

// Options are a Rework's parts; all are required.
type Options struct {
	Store   Store
	Engine  Engine
	Ingest  Ingest
	Pricing Pricing
	Payload *payload.Mover
	Queue   jobs.Queue
	Clock   clock.Clock
}

// Rework runs remap and reprice jobs. It is safe for concurrent use.
type Rework struct {
	o      Options
	reader *understand.Reader
}

// New makes a Rework; give its Handlers to the runner that works on Queue.
func New(o Options) *Rework { return &Rework{o, understand.New(o.Pricing)} }

// Handlers says which tasks Rework works on.
func (r *Rework) Handlers() []jobs.Handler {
	return []jobs.Handler{{Kind: Remap, Long: true, Run: r.handle}, {Kind: Reprice, Long: true, Run: r.handle}}
}

// Request says which spans to derive anew. A zero From is the beginning, a zero To is a day after the request, beyond
// which no span can lie. Filter is in the filter language.
type Request struct {
	Kind     string
	Project  project.ID
	From, To time.Time
	Filter   string
	By       access.Actor
	Reason   string
}

// params are a Request as its job keeps it; Unix nanoseconds.
type params struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Filter string `json:"filter"`
}

// Ask makes the job; it runs soon, also when the process ends before.
func (r *Rework) Ask(ctx context.Context, q Request) (control.Job, error) {
	now := r.o.Clock.Now()
	if q.Kind != Remap && q.Kind != Reprice {
		return control.Job{}, errs.Invalid("job kind %q is none of %s, %s", q.Kind, Remap, Reprice)
	}
	p := params{To: now.Add(24 * time.Hour).UnixNano(), Filter: q.Filter}
	for _, t := range []struct {
		at time.Time
		to *int64
	}{{q.From, &p.From}, {q.To, &p.To}} {
		if t.at.IsZero() {
			continue
		}
		if y := t.at.UTC().Year(); y < 1970 || y > 2261 {
			return control.Job{}, errs.Invalid("from and to must lie between the years 1970 and 2261")
		}
		*t.to = t.at.UnixNano()
	}
	if p.From >= p.To {
		return control.Job{}, errs.Invalid("from must be before to")
	}
	if _, err := filter.Parse(q.Filter); err != nil {
		return control.Job{}, err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return control.Job{}, err
	}
	j := control.Job{ID: id.New(), Project: q.Project, Kind: q.Kind, Params: text, State: control.Queued, By: q.By, Created: now.UnixNano()}
	if err := r.o.Store.Change(ctx, q.By, q.Reason, func(tx control.Tx) error { return tx.CreateJob(j) }); err != nil {
		return control.Job{}, err
	}
	return j, r.enqueue(ctx, j)
}

func (r *Rework) enqueue(ctx context.Context, j control.Job) error {
	return r.o.Queue.Enqueue(ctx, jobs.Task{Kind: j.Kind, Key: string(j.Project) + "/" + j.ID})
}

// Resume queues what an earlier process left unfinished; jobs that are queued already are not doubled.
func (r *Rework) Resume(ctx context.Context) error {
	open, err := r.o.Store.OpenJobs(ctx)
	for _, j := range open {
		if j.Kind == Remap || j.Kind == Reprice {
			err = errors.Join(err, r.enqueue(ctx, j))
		}
	}
	return err
}

// handle is one try at a job.
func (r *Rework) handle(ctx context.Context, c jobs.Call) error {
	p, jobID, _ := strings.Cut(c.Key, "/")
	j, err := r.o.Store.Job(ctx, project.ID(p), jobID)
	if err != nil || j.State.Final() {
		return err
	}
	err = r.run(ctx, &j)
	final := c.Last || errs.CodeOf(err) == errs.CodeInvalid // trying again would not help
	if err != nil && (ctx.Err() != nil || !final) {
		return err
	}
	j.State, j.Finished = control.Done, r.o.Clock.Now().UnixNano()
	if err != nil {
		j.State, j.Error = control.Failed, errs.From(err).Message
	}
	saved := r.o.Store.Change(ctx, access.Steward(), j.Kind+" ended", func(tx control.Tx) error { return tx.FinishJob(j) })
	return errors.Join(err, saved)
}
