package intakelog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
)

// Read implements intake.Log.
func (l *Log) Read(ctx context.Context, from intake.Position, fn func(intake.Position, intake.Record) error) error {
	tail := l.Tail()
	for from < tail {
		part, err := l.openPart(from, tail)
		if err != nil || part == nil {
			return err
		}
		err = part.each(ctx, fn)
		part.file.Close()
		if err != nil {
			return err
		}
		from = part.to
	}
	return nil
}

// part is the stretch of one segment that a Read delivers next: records above from, up to and including to.
type part struct {
	file     *os.File
	scan     *scanner
	from, to intake.Position
}

// openPart opens the segment that holds the first unreleased record above from, as that segment is now; it answers
// nil when there is none up to tail. Opening under the lock keeps file and offsets in step with Rewrite and Release.
func (l *Log) openPart(from, tail intake.Position) (*part, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errs.Unavailable(0, nil, "the intake log is closed because the server is stopping")
	}
	from = max(from, l.released)
	for _, s := range l.segs {
		if s.last <= from || s.first > tail {
			continue
		}
		f, err := os.Open(s.path)
		if err != nil {
			return nil, errs.Unavailable(0, err, "cannot read the intake log's file %s", s.path)
		}
		m := s.seek(from + 1)
		return &part{file: f, scan: newScanner(f, s.salt, m.off, s.size, m.pos), from: from, to: min(s.last, tail)}, nil
	}
	return nil, nil
}

func (p *part) each(ctx context.Context, fn func(intake.Position, intake.Record) error) error {
	for p.scan.next <= p.to {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read the intake log: %w", err)
		}
		r, payload, err := p.scan.scan()
		var d *damage
		switch {
		case err == io.EOF:
			err = p.scan.damage("the file ends here") // it was longer when the log was opened
			fallthrough
		case errors.As(err, &d):
			return openError("", err)
		case err != nil:
			return errs.Unavailable(0, err, "cannot read the intake log's file %s", p.scan.path)
		case r.pos <= p.from || r.empty():
			continue
		}
		if err := fn(r.pos, intake.Record{Kind: r.kind, Payload: [][]byte{payload}}); err != nil {
			return err
		}
	}
	return nil
}
