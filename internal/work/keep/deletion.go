package keep

import (
	"context"
	"errors"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/intake"
	"steward/internal/domain/jobs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/work/ingest"
)

// handleDeletion is one try at a deletion.
func (k *Keeper) handleDeletion(ctx context.Context, c jobs.Call) error {
	p, del, _ := strings.Cut(c.Key, "/")
	d, err := k.o.Store.Deletion(ctx, project.ID(p), del)
	if errs.CodeOf(err) == errs.CodeNotFound { // it went with its project
		return nil
	}
	if err != nil {
		return err
	}
	if d.State.Final() {
		return nil
	}
	again := d.State == control.Running
	d.State = control.Running
	if err := k.o.Store.SaveDeletion(ctx, d); err != nil {
		return err
	}
	failed := k.carryOut(ctx, &d, again)
	if failed == nil {
		failed = k.seal(ctx, &d)
	}
	if failed != nil && (ctx.Err() != nil || !c.Last) {
		return failed
	}
	d.State, d.Finished, d.Target = control.Done, k.o.Clock.Now().UnixNano(), d.Target.Sealed()
	if failed != nil {
		d.State, d.Error = control.Failed, errs.From(failed).Message
	}
	err = k.o.Store.Change(ctx, access.Steward(), "deletion ended", func(tx control.Tx) error { return tx.FinishDeletion(d) })
	return errors.Join(failed, err)
}

// seal takes the name out of the deletion's own record, too, before that says done. A deletion that is cut short after
// it is run again under the sealed name, which finds nothing.
func (k *Keeper) seal(ctx context.Context, d *control.Deletion) error {
	d.Target = d.Target.Sealed()
	if err := k.o.Store.SaveDeletion(ctx, *d); err != nil {
		return err
	}
	return k.o.Store.Purge(ctx)
}

// carryOut removes the target from every store. The order makes it safe to be cut short anywhere: what says which
// traces go, the engine's rows, goes only after what is found by it; the engine finishes an erasure of its own that was
// cut short; and blobs whose names are lost with the rows are found by what nothing names. again says that an earlier
// try may have got that far.
func (k *Keeper) carryOut(ctx context.Context, d *control.Deletion, again bool) error {
	if d.Target.Project != "" {
		return k.carryOutProject(ctx, d)
	}
	target, err := parse(d.Project, d.Target)
	if err != nil {
		return err
	}
	hold, err := k.o.Ingest.Pause(ctx)
	if err != nil {
		return err
	}
	defer hold.Release()
	doomed, err := k.o.Engine.Doomed(ctx, target)
	if err != nil {
		return err
	}
	gone := goneOf(target, doomed)
	if err := k.redactLetters(d, gone); err != nil {
		return err
	}
	if err := k.redact(ctx, d, hold, gone); err != nil {
		return err
	}
	erased, err := k.o.Engine.Erase(ctx, target)
	note(d, erased)
	// also of an erasure that was cut short: the next try finds, and counts, only the rest
	if err := errors.Join(err, k.o.Store.SaveDeletion(context.WithoutCancel(ctx), *d)); err != nil {
		return err
	}
	n, err := k.dropBlobs(ctx, d, erased.Blobs, again)
	d.Removed.Blobs += n
	return err
}

func goneOf(t telemetry.Target, d telemetry.Doomed) *ingest.Gone {
	g := &ingest.Gone{Project: t.Project, User: t.User, Named: t.User != "" || t.Session != "", Traces: make(map[trace.ID]bool, len(d.Traces)), Sessions: make(map[string]bool, len(d.Sessions))}
	for _, id := range d.Traces {
		g.Traces[id] = true
	}
	for _, s := range d.Sessions {
		g.Sessions[s] = true
	}
	return g
}

// redact takes the target out of the intake log, up to where it is loaded: what came later is not part of the request.
func (k *Keeper) redact(ctx context.Context, d *control.Deletion, hold *ingest.Hold, gone *ingest.Gone) error {
	hold.Forget(gone)
	loaded := hold.Loaded()
	report, err := k.o.Log.Rewrite(ctx, func(at intake.Position, r intake.Record) (intake.Edit, error) {
		if at > loaded {
			return intake.Edit{}, nil
		}
		edit, err := gone.Redact(r)
		if err != nil {
			// The loader has passed this record by, so nothing is lost with it, while nobody can say what it holds.
			return intake.Edit{Drop: true}, nil //nolint:nilerr // answered by dropping
		}
		return edit, nil
	})
	d.Removed.IntakeRecords += int64(report.Dropped + report.Replaced)
	return err
}

// redactLetters takes the target out of the dead letters, and adds to it the traces that are named in them alone: the
// engine does not know their spans.
func (k *Keeper) redactLetters(d *control.Deletion, gone *ingest.Gone) error {
	var mine []intake.DeadLetter
	for _, l := range k.o.DeadLetters.List() {
		if l.Project != d.Project && l.Project != "" { // one that is damaged does not say whose it is
			continue
		}
		whole, err := k.o.DeadLetters.Letter(l.ID)
		if err == nil {
			err = gone.Notice(whole.Record)
		}
		if err != nil { // nobody can say what it holds
			if err := k.o.DeadLetters.Remove(l.ID); err != nil {
				return err
			}
			d.Removed.IntakeRecords++
			continue
		}
		mine = append(mine, whole)
	}
	for _, l := range mine {
		rest, less, err := gone.RedactLetter(l)
		switch {
		case err != nil || less && rest.Records == 0:
			err = k.o.DeadLetters.Remove(l.ID)
		case less:
			err = k.o.DeadLetters.Put(rest)
		default:
			continue
		}
		if err != nil {
			return err
		}
		d.Removed.IntakeRecords++
	}
	return nil
}

func note(d *control.Deletion, e telemetry.Erased) {
	d.Removed.Spans += e.Spans
	d.Removed.Scores += e.Scores
	d.Removed.Logs += e.Logs
	d.Removed.Metrics += e.Points
	have := map[string]bool{}
	for _, p := range d.Partitions {
		have[p] = true
	}
	for _, p := range e.Partitions {
		if !have[p] {
			have[p] = true
			d.Partitions = append(d.Partitions, p)
		}
	}
}
