// Package keep decides how long what is stored stays: retention per project and kind, the sweep of blobs that nothing
// names, and deletion of traces, sessions and users across all stores with a receipt. It knows what to remove and in
// which order; each store knows how. Start reading at Keeper.Delete, then deletion.go, retention.go and blobs.go.
package keep

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/intake"
	"steward/internal/domain/jobs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/work/ingest"
)

// The kinds of task.
const (
	taskDeletion  = "deletion"
	taskRetention = "retention"
	taskBlobs     = "blob-sweep"
)

// Store is what keep needs of the control store.
type Store interface {
	control.Changer
	Projects(ctx context.Context) ([]project.Project, error)
	Retention(ctx context.Context, id project.ID) (control.Retention, error)
	Deletion(ctx context.Context, id project.ID, del string) (control.Deletion, error)
	OpenDeletions(ctx context.Context) ([]control.Deletion, error)
	SaveDeletion(ctx context.Context, d control.Deletion) error
	ForgetIngest(ctx context.Context, id project.ID) error
	Purge(ctx context.Context) error
}

// Engine is what keep needs of a telemetry engine.
type Engine interface {
	telemetry.Eraser
	BlobsNamed(ctx context.Context, project project.ID, fn func(sha256 string) error) error
}

// Ingest lets a deletion hold loading back.
type Ingest interface {
	Pause(ctx context.Context) (*ingest.Hold, error)
	Bar(p project.ID)
	FlushCounts(ctx context.Context) error
}

// Options are a Keeper's parts; all are required.
type Options struct {
	Store       Store
	Engine      Engine
	Ingest      Ingest
	Log         intake.Log
	DeadLetters intake.DeadLetters
	Blobs       blob.Store
	Queue       jobs.Queue
	Clock       clock.Clock
	Logger      *slog.Logger
	Gone        func(p project.ID) // drops what is remembered of a project that was deleted
}

// Keeper removes what is not to be kept. It is safe for concurrent use.
type Keeper struct{ o Options }

// New makes a Keeper; give its Handlers to the runner that works on Queue.
func New(o Options) *Keeper { return &Keeper{o} }

// Handlers says which tasks the Keeper works on.
func (k *Keeper) Handlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: taskDeletion, Tries: 25, Run: k.handleDeletion},
		{Kind: taskRetention, Every: time.Hour, Run: func(ctx context.Context, _ jobs.Call) error { return k.Expire(ctx) }},
		{Kind: taskBlobs, Every: 24 * time.Hour, Run: func(ctx context.Context, _ jobs.Call) error { return k.SweepBlobs(ctx) }},
	}
}

const (
	// maxTraces bounds what one deletion names.
	maxTraces = 10_000
	// maxName bounds the name of a session or user, in bytes.
	maxName = 4096
)

// Request asks to forget something.
type Request struct {
	Project project.ID
	Target  control.Target
	By      access.Actor
	Reason  string
}

// Delete writes the request down and answers it. The deletion begins soon and is finished even if the process ends
// meanwhile. What is acknowledged before it begins is deleted; what arrives later is stored.
func (k *Keeper) Delete(ctx context.Context, q Request) (control.Deletion, error) {
	if _, err := parse(q.Project, q.Target); err != nil {
		return control.Deletion{}, err
	}
	d := control.Deletion{ID: id.New(), Project: q.Project, State: control.Queued, Requested: k.o.Clock.Now().UnixNano(), By: q.By,
		Reason: q.Reason, Target: q.Target, Partitions: []string{}, Backups: []string{}}
	if err := k.o.Store.Change(ctx, q.By, q.Reason, func(tx control.Tx) error { return tx.CreateDeletion(d) }); err != nil {
		return control.Deletion{}, err
	}
	return d, k.enqueue(ctx, d)
}

func (k *Keeper) enqueue(ctx context.Context, d control.Deletion) error {
	return k.o.Queue.Enqueue(ctx, jobs.Task{Kind: taskDeletion, Key: string(d.Project) + "/" + d.ID})
}

// Resume queues the deletions that an earlier process did not finish.
func (k *Keeper) Resume(ctx context.Context) error {
	open, err := k.o.Store.OpenDeletions(ctx)
	for _, d := range open {
		err = errors.Join(err, k.enqueue(ctx, d))
	}
	return err
}

// parse checks a target and answers it as the engine knows it.
func parse(p project.ID, t control.Target) (telemetry.Target, error) {
	if t.Project != "" {
		return telemetry.Target{}, errs.Invalid("a project is deleted by DELETE /api/v1/projects/%s", t.Project)
	}
	out := telemetry.Target{Project: p, Session: t.Session, User: t.User}
	named := 0
	for _, is := range []bool{len(t.Traces) > 0, t.Session != "", t.User != ""} {
		if is {
			named++
		}
	}
	switch {
	case named != 1:
		return out, errs.Invalid("name exactly one of traces, session and user to delete")
	case len(t.Traces) > maxTraces:
		return out, errs.Invalid("%d traces are named; one deletion takes at most %d", len(t.Traces), maxTraces)
	case len(t.Session) > maxName || len(t.User) > maxName:
		return out, errs.Invalid("the name of a session or user has at most %d bytes", maxName)
	}
	for _, text := range t.Traces {
		id, err := trace.ParseID(strings.ToLower(text))
		if err != nil {
			return out, err
		}
		out.Traces = append(out.Traces, id)
	}
	return out, nil
}
