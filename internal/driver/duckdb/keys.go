package duckdb

import (
	"context"
	"os"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/bloom"
)

// mayHold says whether p may have rows of one of the traces or of the session. It reads the sidecar; only a file that
// a crash left with a write-ahead log must be opened for it, once.
func (e *Engine) mayHold(ctx context.Context, p *part, hashes []uint64) (bool, error) {
	p.mu.Lock()
	if p.dropped {
		p.mu.Unlock()
		return false, nil
	}
	if p.keys == nil && !e.readKeys(p) {
		p.mu.Unlock()
		ok, err := e.acquire(ctx, p)
		if err != nil || !ok {
			return false, err
		}
		err = e.loadKeys(ctx, p)
		e.release(p)
		if err != nil {
			return false, err
		}
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	if p.keys == nil {
		return true, nil // given back meanwhile: ask the file
	}
	for _, h := range hashes {
		if p.keys.Has(h) {
			return true, nil
		}
	}
	return false, nil
}

// readKeys takes the filter from the sidecar, where it can be believed. The caller holds p.mu.
func (e *Engine) readKeys(p *part) bool {
	if !p.indexed {
		return false
	}
	b, err := os.ReadFile(p.sidecar())
	if err != nil {
		e.log.Warn("index file is missing; it is made anew", "file", p.sidecar(), "error", err)
		p.indexed = false
		return false
	}
	h, keys, err := parseSidecar(b)
	if err != nil || keys == nil || p.attached && h.gen != p.gen {
		e.log.Warn("index file does not fit; it is made anew", "file", p.sidecar(), "error", err)
		p.indexed = false
		return false
	}
	p.keys = keys
	return true
}

// loadKeys has p's filter of traces and sessions in memory when it returns; p is attached and pinned.
func (e *Engine) loadKeys(ctx context.Context, p *part) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys != nil || e.readKeys(p) {
		return nil
	}
	keys := &bloom.Filter{}
	rows, err := e.db.QueryContext(ctx, "SELECT DISTINCT project, trace_id FROM "+p.table())
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var proj project.ID
		var id duckdb.UUID
		if err := scan(&proj, &id); err != nil {
			return err
		}
		keys.Add(traceHash(proj, trace.ID(id)))
		return nil
	})
	if err != nil {
		return err
	}
	rows, err = e.db.QueryContext(ctx, "SELECT DISTINCT project, session FROM "+p.table()+" WHERE session <> ''")
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var proj project.ID
		var session string
		if err := scan(&proj, &session); err != nil {
			return err
		}
		keys.Add(sessionHash(proj, session))
		return nil
	})
	if err != nil {
		return err
	}
	p.keys = keys
	return nil
}
