package intakelog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

// Rewrite implements intake.Log. Appends go on meanwhile, into a segment that Rewrite does not look at.
func (l *Log) Rewrite(ctx context.Context, edit func(intake.Position, intake.Record) (intake.Edit, error)) (intake.RewriteReport, error) {
	var report intake.RewriteReport
	l.maintain.Lock()
	defer l.maintain.Unlock()
	l.lead <- struct{}{}
	l.seal()
	l.mu.Lock()
	before := len(l.segs)
	closed := l.closed
	l.mu.Unlock()
	<-l.lead
	if closed {
		return report, errs.Unavailable(0, nil, "the intake log is closed because the server is stopping")
	}

	if err := l.dropReleased(0); err != nil {
		return report, l.unavailable(err)
	}
	l.mu.Lock()
	segs := append([]*segment(nil), l.segs...)
	l.mu.Unlock()
	report.Files = before - len(segs)
	for _, s := range segs {
		if err := l.rewriteSegment(ctx, s, edit, &report); err != nil {
			return report, err
		}
	}
	return report, nil
}

// rewriteSegment replaces s's file by an edited copy, if there is anything to edit. It needs maintain; s is sealed.
func (l *Log) rewriteSegment(ctx context.Context, s *segment, edit func(intake.Position, intake.Record) (intake.Edit, error), report *intake.RewriteReport) (err error) {
	f, err := os.Open(s.path)
	if err != nil {
		return errs.Unavailable(0, err, "cannot read the intake log's file %s", s.path)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return errs.Unavailable(0, err, "cannot read the intake log's file %s", s.path)
	}
	c := &copier{from: f, to: &segment{header: s.header, path: s.path + ".tmp", last: s.first - 1, size: segmentHeader}}
	defer c.discard()

	// Bytes past the valid end were never acknowledged; they go, too.
	changed := info.Size() != s.size
	sc := newScanner(f, s.salt, segmentHeader, s.size, s.first)
	for {
		off := sc.off
		r, payload, err := sc.scan()
		if err == io.EOF {
			break
		}
		var d *damage
		if errors.As(err, &d) {
			return openError("", err)
		}
		if err != nil {
			return errs.Unavailable(0, err, "cannot read the intake log's file %s", s.path)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("rewrite the intake log: %w", err)
		}
		e, err := l.judge(r, payload, edit, report)
		if err != nil {
			return err
		}
		out := payload
		switch {
		case e.Drop:
			r, out = record{pos: r.pos, group: r.group, kind: r.kind, flags: r.flags | flagEmpty}, nil
		case e.Replace != nil:
			r, err = replaced(r, e.Replace)
			if err != nil {
				return err
			}
			out = nil
		}
		if c.out == nil && (e.Drop || e.Replace != nil || changed) {
			if err := c.start(off); err != nil {
				return l.unavailable(err)
			}
		}
		if err := c.put(r, out, e.Replace); err != nil {
			return l.unavailable(err)
		}
	}
	if c.out == nil && changed {
		if err := c.start(segmentHeader); err != nil {
			return l.unavailable(err)
		}
	}
	if c.out == nil {
		return nil
	}
	if err := c.finish(); err != nil {
		return l.unavailable(err)
	}
	if err := l.swap(s, c.to); err != nil {
		return l.unavailable(err)
	}
	report.Files++
	return nil
}

// judge asks edit about r, except for what is already decided.
func (l *Log) judge(r record, payload []byte, edit func(intake.Position, intake.Record) (intake.Edit, error), report *intake.RewriteReport) (intake.Edit, error) {
	if r.empty() {
		return intake.Edit{}, nil
	}
	if r.pos <= l.state.released {
		return intake.Edit{Drop: true}, nil
	}
	e, err := edit(r.pos, intake.Record{Kind: r.kind, Payload: [][]byte{payload}})
	if err != nil {
		return intake.Edit{}, err
	}
	report.Seen++
	switch {
	case e.Drop:
		report.Dropped++
	case e.Replace != nil:
		report.Replaced++
	}
	return e, nil
}

func replaced(r record, payload [][]byte) (record, error) {
	size := intake.Record{Payload: payload}.Size()
	if size > largestRecord {
		return record{}, errs.New(errs.CodeTooLarge, "record %d would grow to %d bytes, the intake log takes at most %d", r.pos, size, largestRecord)
	}
	r.length, r.crc = uint32(size), payloadSum(payload)
	return r, nil
}

// swap puts the file of next in s's place. Readers see one or the other, whole.
func (l *Log) swap(s, next *segment) error {
	l.mu.Lock()
	err := os.Rename(next.path, s.path)
	if err == nil {
		l.retained += next.size - s.size
		s.size, s.marks = next.size, next.marks
	}
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return durable.SyncDir(l.cfg.Dir)
}

// copier writes an edited copy of a segment, beginning the file only when there is a first edit.
type copier struct {
	from *os.File
	to   *segment
	out  *os.File
	w    *bufio.Writer
}

// start creates the copy and brings it up to off, where the first edited record stands in the original.
func (c *copier) start(off int64) error {
	out, err := os.OpenFile(c.to.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	c.out, c.w = out, bufio.NewWriterSize(out, 64<<10)
	if _, err := c.w.Write(c.to.encode()); err != nil {
		return err
	}
	_, err = io.Copy(c.w, io.NewSectionReader(c.from, segmentHeader, off-segmentHeader))
	return err
}

// put appends r with its payload in one or in several slices; before start it only counts.
func (c *copier) put(r record, payload []byte, slices [][]byte) error {
	c.to.add(r.pos, r.size())
	if c.out == nil {
		return nil
	}
	var h [recordHeader]byte
	r.encode(&h, c.to.salt)
	if _, err := c.w.Write(h[:]); err != nil {
		return err
	}
	if payload != nil {
		_, err := c.w.Write(payload)
		return err
	}
	for _, p := range slices {
		if _, err := c.w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// finish makes the copy durable under its temporary name.
func (c *copier) finish() error {
	if err := c.w.Flush(); err != nil {
		return err
	}
	if err := c.out.Sync(); err != nil {
		return err
	}
	err := c.out.Close()
	c.out = nil
	return err
}

// discard removes an unfinished copy. What it cannot remove, the next Open does.
func (c *copier) discard() {
	if c.out != nil {
		c.out.Close()
		os.Remove(c.to.path)
	}
}
