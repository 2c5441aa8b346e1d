// Package intakelog keeps acknowledged records in segment files until they are loaded elsewhere: a checksum per
// record, one sync per group of concurrent appends, a bound on what it retains. It implements intake.Log and knows
// nothing of what payloads mean. The format is in docs/formats/intake-log.md, the reasons in docs/adr/0007-intake-log.md.
//
// Start reading at Log, then append.go (the way in), recover.go (opening after a crash), read.go (the way out).
package intakelog

import (
	"bufio"
	"log/slog"
	"os"
	"sync"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

var _ intake.Log = (*Log)(nil)

// Config says where a log lives and how far it may grow. Only Dir is required.
type Config struct {
	Dir string // created with mode 0700 when missing; one process at a time, which the caller sees to

	// MaxBytes is the bound on retained records, 1 GiB by default, at least 1 MiB. Headers of files (64 bytes each)
	// and the state file (8 KiB) come on top. A record may take at most a quarter of it, and at most 256 MiB.
	MaxBytes int64
	// SegmentBytes is the size at which a new file begins, 64 MiB by default, never more than a quarter of MaxBytes.
	SegmentBytes int64
	// MinFree is what the log leaves free on the file system: below it Append answers Unavailable. 0 turns it off.
	MinFree int64

	Free  func(dir string) (uint64, error) // bytes free on the file system of dir; asked at most every 200 ms
	Clock clock.Clock
	Log   *slog.Logger

	create func(path string) (file, error) // tests put failing files here
}

// file is what the log needs of the segment that it is writing.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

const (
	defaultMaxBytes     = 1 << 30
	defaultSegmentBytes = 64 << 20
	minMaxBytes         = 1 << 20
	largestRecord       = 256 << 20
	groupBytes          = 32 << 20 // a group is cut here, so that a small append does not wait for gigabytes
	freeEvery           = 200 * time.Millisecond
	retryFull           = 5 * time.Second // it takes a person or a retention run to free a disk
	retryBusy           = time.Second
)

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errs.Invalid("the intake log needs a folder")
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxBytes < minMaxBytes {
		return c, errs.Invalid("the intake log's bound is %d bytes; it must be at least %d", c.MaxBytes, int64(minMaxBytes))
	}
	if c.SegmentBytes < 0 || c.MinFree < 0 {
		return c, errs.Invalid("the intake log's sizes must not be negative")
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = defaultSegmentBytes
	}
	c.SegmentBytes = min(c.SegmentBytes, c.MaxBytes/4)
	if c.Free == nil {
		c.Free = durable.Free
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.create == nil {
		c.create = func(path string) (file, error) {
			return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		}
	}
	return c, nil
}

// Log is an open intake log. Open makes one; it starts no goroutines.
//
// Locks, in the order in which they are taken: maintain, lead, mu.
type Log struct {
	cfg Config

	// maintain serialises what removes or replaces files: Release, Rewrite, Close. It guards state.
	maintain sync.Mutex
	state    *state

	// lead is held by the one who writes: an appender that commits its group, or whoever seals the newest segment.
	// It guards file, buffer and nextID.
	lead   chan struct{}
	buffer *bufio.Writer // small, because large payloads pass it by
	file   file          // the newest segment's, nil when the next append must begin a segment
	nextID uint64

	mu       sync.Mutex
	pending  []*entry // admitted, not yet taken by a leader, oldest first
	admitted int64    // bytes of entries admitted and not yet answered
	segs     []*segment
	doomed   []*segment // released, out of segs, still on disk because removing failed
	retained int64
	tail     intake.Position
	released intake.Position
	closed   bool

	freeAsked time.Time
	freeBytes int64 // at freeAsked
	freeSpent int64 // bytes admitted since
	freeErr   error

	stats Stats
}

// Stats counts since Open.
type Stats struct {
	Appends  int64 // records made durable
	Groups   int64 // syncs that made them so
	Failures int64 // groups that could not be written
}

// Stats answers the counters.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stats
}

// Tail implements intake.Log.
func (l *Log) Tail() intake.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail
}

// Released implements intake.Log.
func (l *Log) Released() intake.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released
}

// Bytes implements intake.Log.
func (l *Log) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.retained
}

// Bound implements intake.Log.
func (l *Log) Bound() int64 { return l.cfg.MaxBytes }

// MaxRecord implements intake.Log. A quarter of the bound, so that a record always fits once the rest is released.
func (l *Log) MaxRecord() int64 { return min(largestRecord, l.cfg.MaxBytes/4) }

// Close implements intake.Log.
func (l *Log) Close() error {
	l.maintain.Lock()
	defer l.maintain.Unlock()
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if already {
		return nil
	}
	l.lead <- struct{}{}
	defer func() { <-l.lead }()
	for l.commit() {
	}
	l.seal()
	l.mu.Lock()
	tail := l.tail
	l.mu.Unlock()
	err := l.state.save(l.released, tail)
	if e := l.state.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return errs.Wrap(errs.CodeUnavailable, err, "the intake log in %s could not be closed cleanly; what was acknowledged is safe", l.cfg.Dir)
	}
	return nil
}
