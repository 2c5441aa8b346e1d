package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
	"steward/internal/driver/duckdb/bloom"
	"steward/internal/driver/duckdb/migrations"
	"steward/internal/driver/durable"
)

// newSuffix ends the name of a file that is being written to replace another. Open removes leftovers.
const newSuffix = ".new"

// rewrite replaces p's file by one without the rows for which the SQL condition gone holds (it may name the table's
// columns and temp.main.candidates), because deleting in place leaves the bytes in the file. Reads go on until the
// moment of the exchange. A crash before the exchange leaves the old file, after it the new one. The caller holds
// e.write and knows that gone holds for some row.
func (e *Engine) rewrite(ctx context.Context, p *part, gone string) error {
	if err := e.roomFor(p); err != nil {
		return err
	}
	// Nothing may stand in the log alone: it is removed a moment before the new file takes the old one's place.
	if err := e.checkpointPart(ctx, p); err != nil {
		return err
	}
	ok, err := e.acquire(ctx, p)
	if err != nil || !ok {
		return err
	}
	next, keys, rows, err := e.copySurvivors(ctx, p, gone)
	e.release(p)
	if err != nil {
		return errors.Join(diskError(err, "rewrite %s", p.path), removeFiles(next, next+".wal"))
	}
	p.pin.Lock()
	defer p.pin.Unlock()
	if err := e.detach(p); err != nil {
		return errors.Join(err, removeFiles(next))
	}
	// The log goes first: it must not be replayed into the new file.
	if err := removeFiles(p.wal()); err != nil {
		return err
	}
	if err := durable.Rename(next, p.path); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gen++
	p.rows, p.keys, p.dirty, p.indexed = rows, keys, false, true
	return p.writeSidecar()
}

func (e *Engine) roomFor(p *part) error {
	size, err := p.bytes()
	if err != nil {
		return err
	}
	free, err := e.opts.Free(e.dir)
	if err != nil {
		return fmt.Errorf("free space of %s: %w", e.dir, err)
	}
	if need := uint64(size) + checkpointSpare; free < need {
		return errs.Unavailable(diskRetry, nil, "%s has %d MB free and rewriting %s may need %d MB; free some space", e.dir, free>>20, p.path, need>>20)
	}
	return nil
}

// copySurvivors writes the new file, complete and synced, and answers its path, its filter and its number of rows.
func (e *Engine) copySurvivors(ctx context.Context, p *part, gone string) (next string, keys *bloom.Filter, rows int64, err error) {
	next = p.path + newSuffix
	if err := removeFiles(next, next+".wal"); err != nil {
		return next, nil, 0, err
	}
	alias := p.alias + "_new"
	if err := attachFile(ctx, e.writer, next, alias); err != nil {
		return next, nil, 0, err
	}
	defer func() {
		_, derr := e.writer.ExecContext(context.WithoutCancel(ctx), "DETACH "+quoteName(alias))
		if err = errors.Join(err, derr); err == nil {
			err = syncFile(next)
		}
	}()
	copied := &part{kind: p.kind, alias: alias, path: next}
	if err := e.fillCopy(ctx, p, copied, gone); err != nil {
		return next, nil, 0, err
	}
	if _, err := e.writer.ExecContext(ctx, "CHECKPOINT "+quoteName(alias)); err != nil {
		return next, nil, 0, err
	}
	if err := e.writer.QueryRowContext(ctx, "SELECT count(*) FROM "+copied.table()).Scan(&rows); err != nil {
		return next, nil, 0, err
	}
	if p.kind == telemetry.Spans {
		if err := e.loadKeys(ctx, copied); err != nil {
			return next, nil, 0, err
		}
	}
	return next, copied.keys, rows, nil
}

func (e *Engine) fillCopy(ctx context.Context, p, copied *part, gone string) (err error) {
	steps, err := migrations.Of(string(p.kind))
	if err != nil {
		return err
	}
	if _, err := e.writer.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, rerr := e.writer.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			if rerr != nil && !isRolledBack(rerr) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	todo := []string{fmt.Sprintf(createMeta, copied.meta())}
	for _, s := range steps {
		todo = append(todo, strings.ReplaceAll(s, "{db}", quoteName(copied.alias)))
	}
	todo = append(todo,
		fmt.Sprintf("INSERT INTO %s SELECT key, value + (key = 'generation')::UBIGINT FROM %s", copied.meta(), p.meta()),
		fmt.Sprintf("INSERT INTO %s BY NAME SELECT * FROM %s WHERE NOT coalesce(%s, false)", copied.table(), p.table(), gone),
		"COMMIT")
	for _, q := range todo {
		if _, err := e.writer.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// drop unlinks p's files. The caller holds e.write.
func (e *Engine) drop(p *part) error {
	p.pin.Lock()
	defer p.pin.Unlock()
	if err := e.detach(p); err != nil {
		return err
	}
	// The log first: without its file it could never be replayed, and the reverse would leave it for a later file.
	if err := removeFiles(p.wal(), p.undo(), p.path, p.sidecar()); err != nil {
		return err
	}
	if err := durable.SyncDir(e.dir); err != nil {
		return err
	}
	p.mu.Lock()
	p.dropped = true
	p.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	for k, q := range e.parts {
		if q == p {
			delete(e.parts, k)
		}
	}
	return nil
}

func removeFiles(paths ...string) error {
	var all error
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

func syncFile(path string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
