package duckdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
)

// checkpointSpare is what must stay free beyond what a checkpoint may write.
const checkpointSpare = 64 << 20

// Checkpoint implements telemetry.Loader, file by file. It answers errs.Unavailable where the disk has no room; the
// rows then stay in the write-ahead log.
func (e *Engine) Checkpoint(ctx context.Context) (err error) {
	defer errs.Op(&err, "duckdb.Checkpoint")
	e.write.Lock()
	defer e.write.Unlock()
	for _, p := range e.listParts() {
		if err := e.checkpointPart(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// checkpointPart folds p's write-ahead log into its file, if it has one. The caller holds e.write.
func (e *Engine) checkpointPart(ctx context.Context, p *part) error {
	p.mu.Lock()
	clean := !p.dirty || p.dropped
	p.mu.Unlock()
	if clean {
		return nil
	}
	wal := p.walBytes()
	free, err := e.opts.Free(e.dir)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", e.dir, err)
	}
	if need := uint64(wal) + checkpointSpare; free < need {
		return errs.Unavailable(diskRetry, nil, "%s has %d MB free and compacting %s may need %d MB; free some space", e.dir, free>>20, p.path, need>>20)
	}
	ok, err := e.acquire(ctx, p)
	if err != nil || !ok {
		return err
	}
	err = e.fold(context.WithoutCancel(ctx), p)
	e.release(p)
	if isBusy(err) {
		return errs.Unavailable(time.Second, err, "%s is being read and cannot be compacted now; it stays as it is", p.path)
	}
	if err != nil {
		p.pin.Lock()
		derr := e.detach(p)
		p.pin.Unlock()
		return errors.Join(diskError(err, "compact %s", p.path), derr)
	}
	return nil
}

// fold writes the sidecar first: when the log is gone the sidecar covers all rows.
func (e *Engine) fold(ctx context.Context, p *part) error {
	if p.kind == telemetry.Spans {
		if err := e.loadKeys(ctx, p); err != nil {
			return err
		}
	}
	p.mu.Lock()
	err := p.writeSidecar()
	p.mu.Unlock()
	if err != nil {
		return err
	}
	if err := e.saveUndo(ctx, p); err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		_, err := e.writer.ExecContext(ctx, "CHECKPOINT "+quoteName(p.alias))
		return err
	})
	if err != nil {
		return err // the undo stays for the next time that the file is opened
	}
	if err := removeFiles(p.undo()); err != nil {
		return err
	}
	p.mu.Lock()
	p.dirty, p.indexed = false, true
	p.mu.Unlock()
	return nil
}
