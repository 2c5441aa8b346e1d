package intakelog

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

// entry is an append on its way. Its result fields are set before done is closed.
type entry struct {
	rec     record
	payload [][]byte
	done    chan struct{}
	pos     intake.Position
	err     error
}

// Append implements intake.Log. There is no writing goroutine: one of the waiting appenders takes the lead and
// commits what all of them brought, while those who come meanwhile form the next group.
func (l *Log) Append(ctx context.Context, r intake.Record) (intake.Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("append to the intake log: %w", err)
	}
	size := int64(r.Size())
	if size > l.MaxRecord() {
		return 0, errs.New(errs.CodeTooLarge, "a record of %d bytes is too large for the intake log, which takes at most %d; send smaller batches", size, l.MaxRecord())
	}
	e := &entry{
		rec:     record{length: uint32(size), crc: payloadSum(r.Payload), kind: r.Kind},
		payload: r.Payload,
		done:    make(chan struct{}),
	}
	if err := l.admit(e); err != nil {
		return 0, err
	}
	for {
		select {
		case <-e.done:
			return e.pos, e.err
		case l.lead <- struct{}{}:
			l.commit()
			<-l.lead
		case <-ctx.Done():
			if l.withdraw(e) {
				return 0, fmt.Errorf("append to the intake log: %w", ctx.Err())
			}
			<-e.done // it is being written, so the payload is not the caller's yet
			return e.pos, e.err
		}
	}
}

// admit queues e unless the log is closed, at its bound or short of disk.
func (l *Log) admit(e *entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errs.Unavailable(retryBusy, nil, "the intake log is closed because the server is stopping; try again when it is back")
	}
	size := e.rec.size()
	if l.retained+l.admitted+size > l.cfg.MaxBytes {
		return errs.Overloaded(retryBusy, "the intake log holds %d of %d bytes that are not loaded yet; try again later", l.retained+l.admitted, l.cfg.MaxBytes)
	}
	if err := l.checkFree(size); err != nil {
		return err
	}
	l.freeSpent += size
	l.admitted += size
	l.pending = append(l.pending, e)
	return nil
}

// checkFree needs l.mu. Between two looks at the file system it counts what was admitted.
func (l *Log) checkFree(size int64) error {
	if l.cfg.MinFree == 0 {
		return nil
	}
	if now := l.cfg.Clock.Now(); l.freeAsked.IsZero() || now.Sub(l.freeAsked) >= freeEvery || now.Before(l.freeAsked) {
		var free uint64
		free, l.freeErr = l.cfg.Free(l.cfg.Dir)
		l.freeBytes = int64(min(free, 1<<62))
		l.freeAsked, l.freeSpent = now, l.admitted
	}
	if l.freeErr != nil {
		return errs.Unavailable(retryFull, l.freeErr, "cannot tell how much disk is free in %s; check that the data folder is mounted and readable", l.cfg.Dir)
	}
	if l.freeBytes-l.freeSpent-size < l.cfg.MinFree {
		return errs.Unavailable(retryFull, nil, "disk is full: %d bytes free in %s and %d must stay free; free space there or shorten retention",
			max(0, l.freeBytes-l.freeSpent), l.cfg.Dir, l.cfg.MinFree)
	}
	return nil
}

// withdraw takes e back and answers true, or false when a leader already has it.
func (l *Log) withdraw(e *entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.pending, e)
	if i < 0 {
		return false
	}
	l.pending = slices.Delete(l.pending, i, i+1)
	l.admitted -= e.rec.size()
	return true
}

// commit writes one group and answers its appenders; it answers false when nothing was waiting. It needs the lead.
func (l *Log) commit() bool {
	l.mu.Lock()
	n, bytes := 0, int64(0)
	for n < len(l.pending) && (n == 0 || bytes+l.pending[n].rec.size() <= groupBytes) {
		bytes += l.pending[n].rec.size()
		n++
	}
	group := slices.Clone(l.pending[:n])
	l.pending = slices.Delete(l.pending, 0, n)
	next := l.tail + 1
	l.mu.Unlock()
	if n == 0 {
		return false
	}
	for i, e := range group {
		e.rec.pos, e.rec.group = next+intake.Position(i), uint32(i)
	}

	err := l.write(group, bytes)

	l.mu.Lock()
	l.admitted -= bytes
	if err != nil {
		l.stats.Failures++
		l.freeAsked = l.freeAsked.Add(-freeEvery) // look at the disk again before the next one
	} else {
		seg := l.segs[len(l.segs)-1]
		for _, e := range group {
			seg.add(e.rec.pos, e.rec.size())
		}
		l.retained += bytes
		l.tail = seg.last
		l.stats.Groups++
		l.stats.Appends += int64(n)
	}
	l.mu.Unlock()
	for _, e := range group {
		if e.err = err; err == nil {
			e.pos = e.rec.pos
		}
		close(e.done)
	}
	return true
}

// write makes group durable at the end of the newest segment, or begins one. It needs the lead.
func (l *Log) write(group []*entry, bytes int64) error {
	if l.file != nil {
		l.mu.Lock()
		seg := l.segs[len(l.segs)-1]
		full := seg.last >= seg.first && seg.size+bytes > l.cfg.SegmentBytes
		l.mu.Unlock()
		if full {
			l.seal()
		}
	}
	if l.file == nil {
		if err := l.begin(group[0].rec.pos); err != nil {
			return l.unavailable(err)
		}
	}
	if err := l.writeRecords(group); err != nil {
		return l.unavailable(errors.Join(err, l.poison()))
	}
	return nil
}

func (l *Log) writeRecords(group []*entry) error {
	salt := l.newest().salt
	w := l.buffer
	w.Reset(l.file) // also forgets an earlier failure
	defer w.Reset(nil)
	var h [recordHeader]byte
	for _, e := range group {
		e.rec.encode(&h, salt)
		if _, err := w.Write(h[:]); err != nil {
			return err
		}
		for _, p := range e.payload {
			if _, err := w.Write(p); err != nil {
				return err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return l.file.Sync()
}

// begin creates the next segment file, durable before any record is written to it. It needs the lead.
func (l *Log) begin(first intake.Position) error {
	var salt [8]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	seg := &segment{
		header: header{
			id: l.nextID, first: first, created: l.cfg.Clock.Now().UnixNano(), salt: binary.LittleEndian.Uint64(salt[:]),
		},
		path: filepath.Join(l.cfg.Dir, segmentName(l.nextID)),
		last: first - 1,
		size: segmentHeader,
	}
	l.nextID++ // never reused, so a file that could not be removed is in nobody's way
	f, err := l.cfg.create(seg.path)
	if err != nil {
		return err
	}
	_, err = f.Write(seg.encode())
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = durable.SyncDir(l.cfg.Dir)
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(seg.path))
	}
	l.mu.Lock()
	l.segs = append(l.segs, seg)
	l.retained += segmentHeader
	l.mu.Unlock()
	l.file = f
	return nil
}

// poison gives up the newest segment after a failed write or sync: what the kernel did with the pages is unknown, so
// nothing is ever written to this file again. It cuts what was not acknowledged; should that fail, the next
// segment's first position says where this one ends. It needs the lead.
func (l *Log) poison() error {
	seg := l.newest()
	err := l.file.Truncate(seg.size)
	if err == nil {
		err = l.file.Sync()
	}
	err = errors.Join(err, l.file.Close())
	l.file = nil
	if seg.last < seg.first { // nobody's records are in it
		e := os.Remove(seg.path)
		l.mu.Lock()
		l.segs = l.segs[:len(l.segs)-1]
		if e != nil {
			l.doomed = append(l.doomed, seg)
		} else {
			l.retained -= seg.size
		}
		l.mu.Unlock()
		err = errors.Join(err, e)
	}
	return err
}

// seal closes the newest segment's file; everything acknowledged in it is already synced. It needs the lead.
func (l *Log) seal() {
	if l.file == nil {
		return
	}
	if err := l.file.Close(); err != nil {
		l.cfg.Log.Warn("intake log: closing a segment failed; its records are durable", "error", err)
	}
	l.file = nil
}

// newest answers the segment being written. It needs the lead and a file.
func (l *Log) newest() *segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segs[len(l.segs)-1]
}

func (l *Log) unavailable(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		free, e := l.cfg.Free(l.cfg.Dir)
		if e == nil {
			return errs.Unavailable(retryFull, err, "disk is full: %d bytes free in %s; free space there or shorten retention", free, l.cfg.Dir)
		}
	}
	return errs.Unavailable(retryFull, err, "the intake log could not write to %s; nothing was stored; check the disk (the server's log has the cause)", l.cfg.Dir)
}

func segmentName(id uint64) string { return fmt.Sprintf("%016d.seg", id) }
