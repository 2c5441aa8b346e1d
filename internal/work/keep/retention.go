package keep

import (
	"context"
	"time"

	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
)

// Expire removes what every project's retention no longer keeps, whole days at a time.
func (k *Keeper) Expire(ctx context.Context) error {
	projects, err := k.o.Store.Projects(ctx)
	if err != nil {
		return err
	}
	for _, p := range projects {
		kept, err := k.o.Store.Retention(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := k.expire(ctx, p.ID, kept); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) expire(ctx context.Context, p project.ID, kept control.Retention) error {
	now := k.o.Clock.Now()
	var orphans []string
	for _, r := range []struct {
		kind telemetry.Kind
		days int
	}{{telemetry.Spans, kept.SpansDays}, {telemetry.Logs, kept.LogsDays}, {telemetry.Points, kept.MetricsDays}, {telemetry.Scores, kept.ScoresDays}} {
		if r.days == 0 {
			continue
		}
		erased, err := k.o.Engine.Expire(ctx, p, r.kind, now.Add(-days(r.days)))
		if n := erased.Spans + erased.Logs + erased.Points + erased.Scores; n > 0 {
			k.o.Logger.Info("retention removed records", "project", string(p), "kind", string(r.kind), "records", n, "partitions", erased.Partitions)
		}
		if err != nil {
			return err
		}
		orphans = append(orphans, erased.Blobs...)
		if err := k.expireLetters(p, r.kind, now.Add(-days(r.days))); err != nil {
			return err
		}
	}
	if _, err := k.sweep(ctx, p, digests(orphans), now.Add(-grace)); err != nil {
		return err
	}
	if kept.BlobsDays == 0 {
		return nil
	}
	return k.expireBlobs(ctx, p, now.Add(-days(kept.BlobsDays)))
}

// expireLetters removes dead letters that were set aside before a time: what cannot be stored is not kept longer for it.
func (k *Keeper) expireLetters(p project.ID, kind telemetry.Kind, before time.Time) error {
	for _, l := range k.o.DeadLetters.List() {
		if l.Project != p || l.Signal != string(kind) || l.Time >= before.UnixNano() {
			continue
		}
		if err := k.o.DeadLetters.Remove(l.ID); err != nil {
			return err
		}
		k.o.Logger.Info("retention removed a dead letter", "project", string(p), "kind", string(kind), "records", l.Records)
	}
	return nil
}

// expireBlobs removes large content by its own age, whoever names it: the spans stay, with a reference to what was
// there.
func (k *Keeper) expireBlobs(ctx context.Context, p project.ID, before time.Time) error {
	old := map[blob.Digest]bool{}
	if err := k.older(ctx, p, before, old); err != nil {
		return err
	}
	var n int64
	for digest := range old {
		gone, err := k.o.Blobs.DeleteUnmodified(ctx, p, digest, before)
		if err != nil {
			return err
		}
		if gone {
			n++
		}
	}
	if n > 0 {
		k.o.Logger.Info("retention removed blobs", "project", string(p), "blobs", n)
	}
	return nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
