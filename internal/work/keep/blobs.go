package keep

import (
	"context"
	"time"

	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// grace is how long a blob that nothing names is left alone: it is put before the row that names it.
const grace = 24 * time.Hour

// dropBlobs removes, at once, the blobs that only erased rows named. After a try that was cut short their names may be
// lost; then every blob goes that is older than the request and that nothing names. Loading is held back meanwhile,
// and nobody else puts blobs, so that no row that names one is on its way.
func (k *Keeper) dropBlobs(ctx context.Context, d *control.Deletion, named []string, again bool) (int64, error) {
	doomed := digests(named)
	if again {
		requested := time.Unix(0, d.Requested)
		if err := k.older(ctx, d.Project, requested, doomed); err != nil {
			return 0, err
		}
	}
	if err := k.spare(ctx, d.Project, doomed); err != nil {
		return 0, err
	}
	var n int64
	for digest := range doomed {
		if err := k.o.Blobs.Delete(ctx, d.Project, digest); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func digests(names []string) map[blob.Digest]bool {
	out := make(map[blob.Digest]bool, len(names))
	for _, name := range names {
		if digest, err := blob.ParseDigest(name); err == nil { // a span may carry a reference that looks like ours
			out[digest] = true
		}
	}
	return out
}

// older adds the project's blobs that were last put before a time.
func (k *Keeper) older(ctx context.Context, p project.ID, before time.Time, to map[blob.Digest]bool) error {
	for info, err := range k.o.Blobs.List(ctx, p) {
		if err != nil {
			return err
		}
		if info.Modified.Before(before) {
			to[info.SHA256] = true
		}
	}
	return nil
}

// spare takes out of doomed what a stored row names.
func (k *Keeper) spare(ctx context.Context, p project.ID, doomed map[blob.Digest]bool) error {
	if len(doomed) == 0 {
		return nil
	}
	return k.o.Engine.BlobsNamed(ctx, p, func(name string) error {
		if digest, err := blob.ParseDigest(name); err == nil {
			delete(doomed, digest)
		}
		return nil
	})
}

// SweepBlobs removes, in every project, blobs that nothing has named for the grace period: a crash between a blob and
// its row leaves one, and so does retention.
func (k *Keeper) SweepBlobs(ctx context.Context) error {
	projects, err := k.o.Store.Projects(ctx)
	if err != nil {
		return err
	}
	for _, p := range projects {
		before := k.o.Clock.Now().Add(-grace)
		old := map[blob.Digest]bool{}
		if err := k.older(ctx, p.ID, before, old); err != nil {
			return err
		}
		n, err := k.sweep(ctx, p.ID, old, before)
		if n > 0 {
			k.o.Logger.Info("blobs that nothing names removed", "project", string(p.ID), "blobs", n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sweep removes candidates that nothing names and that were not put again since a time. Marking comes after choosing,
// so that a row which names an old blob anew has put it again before.
func (k *Keeper) sweep(ctx context.Context, p project.ID, candidates map[blob.Digest]bool, before time.Time) (n int64, err error) {
	if err := k.spare(ctx, p, candidates); err != nil {
		return 0, err
	}
	for digest := range candidates {
		gone, err := k.o.Blobs.DeleteUnmodified(ctx, p, digest, before)
		if err != nil {
			return n, err
		}
		if gone {
			n++
		}
	}
	return n, nil
}
