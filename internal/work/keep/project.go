package keep

import (
	"context"
	"errors"
	"math"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/intake"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/work/ingest"
)

// ProjectRequest asks to delete a project with everything in it.
type ProjectRequest struct {
	Project project.ID
	By      access.Actor
	Reason  string
}

// DeleteProject removes the project and its control records at once, keys and settings among them, so that nobody sees
// or fills it any more, and writes down that what it holds elsewhere goes soon. The receipt stands in the project
// default, because its own is gone. default itself is Invalid; NotFound when there is no such project.
func (k *Keeper) DeleteProject(ctx context.Context, q ProjectRequest) (control.Deletion, error) {
	if q.Project == project.Default {
		return control.Deletion{}, errs.Invalid("the project %q cannot be deleted; it is the one that is always there", project.Default)
	}
	d := control.Deletion{ID: id.New(), Project: project.Default, State: control.Queued, Requested: k.o.Clock.Now().UnixNano(), By: q.By,
		Reason: q.Reason, Target: control.Target{Project: string(q.Project)}, Partitions: []string{}, Backups: []string{}}
	err := k.o.Store.Change(ctx, q.By, q.Reason, func(tx control.Tx) error {
		if err := tx.DeleteProject(q.Project); err != nil {
			return err
		}
		return tx.CreateDeletion(d)
	})
	k.o.Gone(q.Project) // also after an error: the change may have been committed although its answer was lost
	if err != nil {
		return control.Deletion{}, err
	}
	return d, k.enqueue(ctx, d)
}

// endOfTime is the last moment that can be stored.
var endOfTime = time.Unix(0, math.MaxInt64)

// carryOutProject removes all that a deleted project holds from every store. Each step finds, and counts, what an earlier
// try left.
func (k *Keeper) carryOutProject(ctx context.Context, d *control.Deletion) (err error) {
	p := project.ID(d.Target.Project)
	save := func() error { return k.o.Store.SaveDeletion(context.WithoutCancel(ctx), *d) }
	defer func() {
		if err != nil {
			err = errors.Join(err, save())
		}
	}()
	k.o.Ingest.Bar(p)
	hold, err := k.o.Ingest.Pause(ctx)
	if err != nil {
		return err
	}
	defer hold.Release()
	hold.ForgetProject(p)
	if err := k.dropLetters(d, p); err != nil {
		return err
	}
	report, err := k.o.Log.Rewrite(ctx, func(_ intake.Position, r intake.Record) (intake.Edit, error) {
		of, err := ingest.ProjectOf(r)
		return intake.Edit{Drop: err == nil && of == p}, nil //nolint:nilerr // only a newer version's record cannot be read
	})
	d.Removed.IntakeRecords += int64(report.Dropped)
	if err != nil {
		return err
	}
	// An erasure in the project that was cut short is finished: its note would outlive the project. Nobody has a new id.
	if _, err := k.o.Engine.Erase(ctx, telemetry.Target{Project: p, User: id.New()}); err != nil {
		return err
	}
	for _, kind := range []telemetry.Kind{telemetry.Scores, telemetry.Logs, telemetry.Points, telemetry.Spans} {
		erased, err := k.o.Engine.Expire(ctx, p, kind, endOfTime)
		note(d, erased)
		if err := errors.Join(err, save()); err != nil {
			return err
		}
	}
	all := map[blob.Digest]bool{}
	if err := k.older(ctx, p, endOfTime, all); err != nil {
		return err
	}
	for digest := range all {
		if err := k.o.Blobs.Delete(ctx, p, digest); err != nil {
			return err
		}
		d.Removed.Blobs++
	}
	if err := k.o.Ingest.FlushCounts(ctx); err != nil {
		return err
	}
	return k.o.Store.ForgetIngest(ctx, p)
}

// dropLetters removes the project's dead letters, and damaged ones, which do not say whose they are.
func (k *Keeper) dropLetters(d *control.Deletion, p project.ID) error {
	for _, l := range k.o.DeadLetters.List() {
		if l.Project != p && l.Project != "" {
			continue
		}
		if err := k.o.DeadLetters.Remove(l.ID); err != nil {
			return err
		}
		d.Removed.IntakeRecords++
	}
	return nil
}
