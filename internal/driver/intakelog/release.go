package intakelog

import (
	"errors"
	"os"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

// Release implements intake.Log.
func (l *Log) Release(upTo intake.Position) error {
	l.maintain.Lock()
	defer l.maintain.Unlock()
	l.mu.Lock()
	tail, released, closed := l.tail, l.released, l.closed
	l.mu.Unlock()
	if closed {
		return errs.Unavailable(0, nil, "the intake log is closed because the server is stopping")
	}
	if upTo > tail {
		return errs.Invalid("cannot release the intake log up to record %d, its last one is %d", upTo, tail)
	}
	if upTo > released {
		if err := l.state.save(upTo, tail); err != nil {
			return l.unavailable(err)
		}
		l.mu.Lock()
		l.released = upTo
		l.mu.Unlock()
	}
	// The segment being written is kept while it is small, else every load of a quiet log would cost a new file.
	if err := l.dropReleased(l.cfg.SegmentBytes / 8); err != nil {
		return l.unavailable(err)
	}
	return nil
}

// dropReleased removes the segments that hold nothing unreleased, the one being written only from a size of
// sealFrom bytes. It needs maintain.
func (l *Log) dropReleased(sealFrom int64) error {
	l.mu.Lock()
	n := len(l.segs)
	worth := n > 0 && l.segs[n-1].last <= l.released && l.segs[n-1].size >= sealFrom
	l.mu.Unlock()
	if worth {
		l.lead <- struct{}{}
		defer func() { <-l.lead }()
		// Appends may have come in before the lead was ours; then the segment stays.
		l.mu.Lock()
		n = len(l.segs)
		worth = n > 0 && l.segs[n-1].last <= l.released
		l.mu.Unlock()
		if worth {
			l.seal()
		}
	}

	l.mu.Lock()
	kept := l.segs[:0:0]
	for i, s := range l.segs {
		if s.last <= l.released && (worth || i < len(l.segs)-1) {
			l.doomed = append(l.doomed, s)
		} else {
			kept = append(kept, s)
		}
	}
	l.segs = kept
	doomed := l.doomed
	l.mu.Unlock()
	if len(doomed) == 0 {
		return nil
	}

	var failed []*segment
	var err error
	freed := int64(0)
	for _, s := range doomed {
		if e := os.Remove(s.path); e != nil && !errors.Is(e, os.ErrNotExist) {
			failed, err = append(failed, s), errors.Join(err, e)
			continue
		}
		freed += s.size
	}
	l.mu.Lock()
	l.doomed = failed
	l.retained -= freed
	l.mu.Unlock()
	return errors.Join(err, durable.SyncDir(l.cfg.Dir))
}
