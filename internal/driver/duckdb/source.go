package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
)

// source is the engine as its reading half sees it.
type source struct{ e *Engine }

var _ ask.Source = source{}

// within answers the existing partitions of a kind that overlap r, newest first.
func (e *Engine) within(kind telemetry.Kind, r trace.Range) []*part {
	all := e.listParts()
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(p *part) bool {
		return p.kind != kind || p.start >= r.To || p.start+(nsPerDay-1) < r.From || p.founded()
	})
}

// founded says whether p is only an intention yet: no file was ever attached or found for it.
func (p *part) founded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.schema == 0
}

func (p *part) ask(table string) ask.Part {
	p.mu.Lock()
	defer p.mu.Unlock()
	return ask.Part{Day: p.day, Table: table, From: p.start, To: p.start + nsPerDay, Rows: p.rows}
}

// Days implements ask.Source.
func (s source) Days(_ context.Context, r trace.Range) ([]ask.Part, error) {
	var out []ask.Part
	for _, p := range s.e.within(telemetry.Spans, r) {
		out = append(out, p.ask(""))
	}
	return out, nil
}

// Spans implements ask.Source.
func (s source) Spans(ctx context.Context, r trace.Range, fn func(*sql.Conn, []ask.Part) error) error {
	return s.e.reading(ctx, s.e.within(telemetry.Spans, r), fn)
}

// SpansHolding implements ask.Source.
func (s source) SpansHolding(ctx context.Context, proj project.ID, ids []trace.ID, session string, fn func(*sql.Conn, []ask.Part) error) error {
	hashes := make([]uint64, 0, len(ids)+1)
	for _, id := range ids {
		hashes = append(hashes, traceHash(proj, id))
	}
	if session != "" {
		hashes = append(hashes, sessionHash(proj, session))
	}
	var holding []*part
	for _, p := range s.e.within(telemetry.Spans, always) {
		may, err := s.e.mayHold(ctx, p, hashes)
		if err != nil {
			return err
		}
		if may {
			holding = append(holding, p)
		}
	}
	return s.e.reading(ctx, holding, fn)
}

// always is the range of all time.
var always = trace.Range{From: -1 << 63, To: 1<<63 - 1}

// reading pins and attaches the partitions while fn runs.
func (e *Engine) reading(ctx context.Context, parts []*part, fn func(*sql.Conn, []ask.Part) error) (err error) {
	var pinned []*part
	defer func() {
		for _, p := range pinned {
			e.release(p)
		}
	}()
	var out []ask.Part
	for _, p := range parts {
		ok, err := e.acquire(ctx, p)
		if err != nil {
			return err
		}
		if ok {
			pinned = append(pinned, p)
			out = append(out, p.ask(p.table()))
		}
	}
	return e.withConn(ctx, func(c *sql.Conn) error { return fn(c, out) })
}

// withConn runs fn with a connection for reading.
func (e *Engine) withConn(ctx context.Context, fn func(*sql.Conn) error) (err error) {
	c, err := e.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return fn(c)
}

// Scores implements ask.Source.
func (s source) Scores(ctx context.Context, fn func(c *sql.Conn, table string) error) error {
	e := s.e
	p, err := e.partFor(partKey{kind: telemetry.Scores})
	if err != nil {
		return err
	}
	ok, err := e.acquire(ctx, p)
	if err != nil {
		return err
	}
	if !ok {
		return errClosed
	}
	defer e.release(p)
	return e.withConn(ctx, func(c *sql.Conn) error { return fn(c, p.table()) })
}
