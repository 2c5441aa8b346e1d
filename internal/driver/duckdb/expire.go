package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
)

// Expire implements telemetry.Eraser: a file that holds only this project is unlinked, any other one rewritten.
// Scores expire by the day of what they judge. Traces are not listed: there may be millions.
func (e *Engine) Expire(ctx context.Context, proj project.ID, kind telemetry.Kind, before time.Time) (out telemetry.Erased, err error) {
	defer errs.Op(&err, "duckdb.Expire")
	counts := map[telemetry.Kind]*int64{telemetry.Spans: &out.Spans, telemetry.Logs: &out.Logs, telemetry.Points: &out.Points, telemetry.Scores: &out.Scores}
	count := counts[kind]
	if count == nil || proj == "" {
		return out, errs.Invalid("kind %q is none of spans, logs, metrics, scores, or the project is missing", kind)
	}
	day := dayOf(before.UnixNano())
	mine := "project = " + quoteText(string(proj))
	if kind == telemetry.Scores {
		mine += fmt.Sprintf(" AND CASE WHEN day_ns <> 0 THEN day_ns ELSE time_ns END < %d", day*nsPerDay)
	}
	for _, p := range e.listParts() {
		if p.kind != kind || p.founded() || kind != telemetry.Scores && p.start/nsPerDay >= day {
			continue
		}
		if p.spares(proj, day) {
			continue
		}
		if err := e.expirePart(ctx, p, expiry{proj, day, mine}, &out, count); err != nil {
			return out, err
		}
	}
	return out, nil
}

// spared says that a file held nothing of a project to expire: at that generation, before that day.
type spared struct {
	gen uint64
	day int64
}

// spares says whether p is known to hold nothing of the project that ended before the day, so that what runs every
// hour need not open every old file.
func (p *part) spares(proj project.ID, day int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.spared[proj]
	return ok && s.gen == p.gen && (p.kind != telemetry.Scores || day <= s.day)
}

func (p *part) spare(proj project.ID, day int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spared == nil {
		p.spared = map[project.ID]spared{}
	}
	p.spared[proj] = spared{p.gen, day}
}

// expiry is what goes: what of a project ended before a day, as an SQL condition.
type expiry struct {
	project project.ID
	day     int64
	mine    string
}

// expirePart holds Engine.write for one file only: loading goes on between two of them.
func (e *Engine) expirePart(ctx context.Context, p *part, x expiry, out *telemetry.Erased, count *int64) error {
	e.write.Lock()
	defer e.write.Unlock()
	gone, all := int64(0), int64(-1)
	err := e.using(ctx, p, func() error {
		return e.writer.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE "+x.mine+"), count(*) FROM "+p.table()).Scan(&gone, &all)
	})
	if err != nil || all < 0 { // dropped meanwhile
		return err
	}
	if gone == 0 {
		p.spare(x.project, x.day)
		return nil
	}
	if gone < all || p.kind == telemetry.Scores {
		return e.eraseRows(ctx, p, x.mine, out, count)
	}
	var blobs []string
	if p.kind == telemetry.Spans {
		err := e.using(ctx, p, func() (err error) {
			blobs, err = e.blobsOf(ctx, e.writer, p, "true")
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := e.drop(p); err != nil {
		return err
	}
	*count += gone
	out.Blobs = union(out.Blobs, blobs)
	out.Partitions = append(out.Partitions, filepath.Base(p.path))
	return nil
}

type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
}

// blobsOf answers the blobs that rows of an attached day of spans name.
func (e *Engine) blobsOf(ctx context.Context, q querier, p *part, where string) (out []string, err error) {
	rows, err := q.QueryContext(ctx, "SELECT DISTINCT unnest(blobs) FROM "+p.table()+" WHERE len(blobs) > 0 AND "+where)
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var b string
		if err := scan(&b); err != nil {
			return err
		}
		out = append(out, b)
		return nil
	})
	return out, err
}

// BlobsNamed implements telemetry.Engine. A blob that several days name comes several times.
func (e *Engine) BlobsNamed(ctx context.Context, proj project.ID, fn func(sha256 string) error) (err error) {
	defer errs.Op(&err, "duckdb.BlobsNamed")
	for _, p := range e.within(telemetry.Spans, always) {
		var blobs []string
		err := e.using(ctx, p, func() (err error) {
			blobs, err = e.blobsOf(ctx, e.db, p, "project = "+quoteText(string(proj)))
			return err
		})
		if err != nil {
			return err
		}
		for _, b := range blobs {
			if err := fn(b); err != nil {
				return err
			}
		}
	}
	return nil
}
