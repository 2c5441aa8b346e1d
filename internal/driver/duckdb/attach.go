package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
	"steward/internal/driver/duckdb/bloom"
	"steward/internal/driver/duckdb/migrations"
	"steward/internal/driver/durable"
)

// acquire pins p and attaches it; release undoes the pin and lets go of files beyond the bound, so that a walk over
// many days never has them all attached. ok is false when the file is gone.
func (e *Engine) acquire(ctx context.Context, p *part) (ok bool, err error) {
	p.pin.RLock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dropped {
		p.pin.RUnlock()
		return false, nil
	}
	if err := e.attachLocked(ctx, p); err != nil {
		p.pin.RUnlock()
		return false, err
	}
	p.used = e.opts.Clock.Now()
	p.seen = e.nextTick()
	return true, nil
}

func (e *Engine) release(p *part) {
	p.pin.RUnlock()
	e.evict()
}

func (e *Engine) nextTick() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tick++
	return e.tick
}

func (e *Engine) attach(ctx context.Context, p *part) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e.attachLocked(ctx, p)
}

// attachLocked attaches p, replaying its write-ahead log, makes or migrates its tables, and reads its meta.
func (e *Engine) attachLocked(ctx context.Context, p *part) (err error) {
	if p.attached {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // a half-done attach helps nobody
	fresh, err := missing(p.path)
	if err == nil && !fresh {
		err = p.recover()
	}
	if err != nil {
		return err
	}
	hadWAL := p.walBytes() > 0
	if err := attachFile(ctx, e.db, p.path, p.alias); err != nil {
		return diskError(err, "open %s", p.path)
	}
	defer func() {
		if err != nil {
			_, derr := e.db.ExecContext(ctx, "DETACH "+quoteName(p.alias))
			err = errors.Join(err, derr)
		}
	}()
	if fresh {
		if err := durable.SyncDir(filepath.Dir(p.path)); err != nil {
			return err
		}
	}
	changed, err := e.migrate(ctx, p, fresh)
	if err != nil {
		return err
	}
	if err := e.readMeta(ctx, p); err != nil {
		return err
	}
	if changed {
		p.dirty = true
		if fresh && p.kind == telemetry.Spans {
			p.keys = &bloom.Filter{}
		}
		if fresh || p.keys != nil || p.kind != telemetry.Spans {
			if err := p.writeSidecar(); err != nil {
				return diskError(err, "write %s", p.sidecar())
			}
		}
	}
	p.dirty = p.dirty || hadWAL
	p.attached = true
	return nil
}

// rowGroup is how many rows are stored and compressed together. A Load that brings at least so many to a day writes
// them compressed into the file at once, and only pointers into the write-ahead log; fewer go through the log.
const rowGroup = 4096

func attachFile(ctx context.Context, db execer, path, alias string) error {
	q := fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE %d)", quoteText(path), quoteName(alias), rowGroup)
	return patiently(ctx, func() error {
		_, err := db.ExecContext(ctx, q)
		return err
	})
}

// patiently repeats fn while another connection, which has just finished reading, still holds on to the file: DuckDB
// lets go of a detached file, and allows a checkpoint, only when the last transaction that saw it has ended.
func patiently(ctx context.Context, fn func() error) error {
	const longest = 2 * time.Second
	for wait, all := time.Millisecond, time.Duration(0); ; wait = min(2*wait, 50*time.Millisecond) {
		err := fn()
		if !isBusy(err) || all >= longest {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(wait):
			all += wait
		}
	}
}

func isBusy(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "Unique file handle conflict") || strings.Contains(err.Error(), "Cannot CHECKPOINT"))
}

type execer interface {
	ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error)
}

func missing(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// createMeta makes the table of what we know about a file: schema, applied, generation.
const createMeta = "CREATE TABLE %s (key VARCHAR NOT NULL, value UBIGINT NOT NULL)"

// migrate brings p's tables to this program's schema in one transaction and says whether it changed anything.
func (e *Engine) migrate(ctx context.Context, p *part, fresh bool) (changed bool, err error) {
	steps, err := migrations.Of(string(p.kind))
	if err != nil {
		return false, err
	}
	have := 0
	if !fresh {
		if have, err = e.schemaOf(ctx, p); err != nil {
			return false, err
		}
	}
	if err := checkSchema(p, have); err != nil {
		return false, err
	}
	p.schema = len(steps)
	if have == len(steps) {
		return false, nil
	}
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	if have == 0 {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(createMeta, p.meta())); err != nil {
			return false, diskError(err, "prepare %s", p.path)
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+p.meta()+" VALUES ('schema', 0), ('applied', 0), ('generation', 0)"); err != nil {
			return false, err
		}
	}
	for _, q := range steps[have:] {
		if _, err := tx.ExecContext(ctx, strings.ReplaceAll(q, "{db}", quoteName(p.alias))); err != nil {
			return false, diskError(err, "migrate %s", p.path)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE "+p.meta()+" SET value = ? WHERE key = 'schema'", len(steps)); err != nil {
		return false, err
	}
	if err := tx.Commit(); err != nil {
		return false, diskError(err, "migrate %s", p.path)
	}
	return true, nil
}

// schemaOf answers a file's schema version, 0 for a file that a crash left without tables.
func (e *Engine) schemaOf(ctx context.Context, p *part) (int, error) {
	var v int
	err := e.db.QueryRowContext(ctx, "SELECT value FROM "+p.meta()+" WHERE key = 'schema'").Scan(&v)
	var missing *duckdb.Error
	if errors.As(err, &missing) && missing.Type == duckdb.ErrorTypeCatalog {
		return 0, nil
	}
	return v, err
}

func checkSchema(p *part, have int) error {
	steps, err := migrations.Of(string(p.kind))
	if err != nil {
		return err
	}
	if have > len(steps) {
		return errs.New(errs.CodeConflict, "%s has schema version %d and this program knows versions up to %d; start a newer program, or move the file away",
			p.path, have, len(steps))
	}
	return nil
}

func (e *Engine) readMeta(ctx context.Context, p *part) error {
	rows, err := e.db.QueryContext(ctx, "SELECT key, value FROM "+p.meta())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var v uint64
		if err := rows.Scan(&key, &v); err != nil {
			return err
		}
		switch key {
		case "applied":
			p.applied = v
		case "generation":
			p.gen = v
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return e.db.QueryRowContext(ctx, "SELECT count(*) FROM "+p.table()).Scan(&p.rows)
}

// detach lets go of p's file; the caller holds p.pin exclusively. Its write-ahead log stays as it is.
func (e *Engine) detach(p *part) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.attached {
		return nil
	}
	if _, err := e.db.ExecContext(context.Background(), "DETACH "+quoteName(p.alias)); err != nil {
		return fmt.Errorf("detach %s: %w", p.path, err)
	}
	p.attached = false
	p.ids = nil
	return nil
}

// evict detaches the least recently used files beyond the bound that nobody uses, those with nothing unsaved first.
func (e *Engine) evict() {
	type candidate struct {
		p     *part
		dirty bool
		seen  int64
	}
	var all []candidate
	for _, p := range e.listParts() {
		p.mu.Lock()
		if p.attached {
			all = append(all, candidate{p, p.dirty, p.seen})
		}
		p.mu.Unlock()
	}
	over := len(all) - e.opts.MaxAttached
	if over <= 0 {
		return
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].dirty != all[j].dirty {
			return !all[i].dirty
		}
		return all[i].seen < all[j].seen
	})
	for _, c := range all {
		if over <= 0 {
			return
		}
		if !c.p.pin.TryLock() {
			continue
		}
		err := e.detach(c.p)
		c.p.pin.Unlock()
		if err != nil {
			e.log.Warn("could not let go of a file", "file", c.p.path, "error", err)
			continue
		}
		over--
	}
}

// diskRetry is when a full disk is worth another try.
const diskRetry = 10 * time.Second

// diskError makes a full disk, and what follows from it, errs.Unavailable; other errors get the text in front.
func diskError(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if isDiskFull(err) {
		return errs.Unavailable(diskRetry, err, "the disk that holds the telemetry store is full (%s); free some space, nothing acknowledged is lost", what)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func isDiskFull(err error) bool {
	if err == nil {
		return false
	}
	s := err.Error()
	return strings.Contains(s, "No space left") || strings.Contains(s, "not enough space") || strings.Contains(s, "ENOSPC") || isInvalidated(err)
}

// isInvalidated says whether the engine wants the file detached and attached again.
func isInvalidated(err error) bool {
	return err != nil && strings.Contains(err.Error(), "has been invalidated")
}
