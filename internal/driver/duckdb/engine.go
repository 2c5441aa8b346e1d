// Package duckdb keeps telemetry in DuckDB files, one a kind and UTC day, in process. It owns loading exactly once,
// partitions, deletion and recovery; what a row looks like is in row, what may be asked is in ask. It knows nothing of
// OTLP, HTTP or the intake log beyond positions. Start reading at Engine, then load.go.
//
// Files in the folder: spans-YYYY-MM-DD.duckdb (day of the span's start), logs-… and metrics-… (day of the record's
// time), scores.duckdb; beside each an .idx (see sidecar.go) and, while it has changes since its last checkpoint, a
// .wal. tmp is DuckDB's scratch folder.
//
// Lock order: Engine.write, then one partition's pin, then its mu; Engine.mu is innermost and taken alone.
package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/durable"
)

// Options tune an Engine; zero values take the defaults.
type Options struct {
	Logger *slog.Logger // default: discard
	Clock  clock.Clock  // default: the machine's
	// MaxAttached bounds how many files stay attached while nobody reads them. Default 40.
	MaxAttached int
	// MemoryLimit is DuckDB's own bound in bytes; its caches and unsaved rows count, Go's memory does not.
	// Default 320 MB.
	MemoryLimit int64
	// ScratchLimit bounds the bytes of scratch files that questions too large for the memory may write; beyond it they
	// fail. Default 2 GB.
	ScratchLimit int64
	// Threads is how many threads one query may use. Default: the machine's cores.
	Threads int
	// Free answers the free bytes of the disk that holds dir. Default: the file system's answer.
	Free func(dir string) (uint64, error)
	// Ask tunes the reading half.
	Ask ask.Options
}

// Engine is a telemetry.Engine. It is safe for concurrent use; one Load, Revise, Erase or Checkpoint runs at a time,
// Expire lets them in between two files, and reads run beside them all.
type Engine struct {
	*ask.Reader
	dir  string
	opts Options
	log  *slog.Logger
	db   *sql.DB

	write  sync.Mutex // held by whoever changes files
	writer *sql.Conn  // guarded by write
	enc    *spanWriter
	dry    bool // what is written is rolled back; guarded by write

	mu     sync.Mutex // guards what follows
	parts  map[partKey]*part
	tick   int64
	closed bool
}

var _ telemetry.Engine = (*Engine)(nil)

// Open opens the folder, creating it if need be. Files of a newer schema than this program's are refused with an
// error that names the file and both versions. Files are attached when they are first needed.
func Open(dir string, opts Options) (_ *Engine, err error) {
	defer errs.Op(&err, "duckdb.Open")
	opts = opts.withDefaults()
	tmp := filepath.Join(dir, "tmp")
	if err := os.RemoveAll(tmp); err != nil {
		return nil, err
	}
	if err := durable.MkdirAll(tmp); err != nil {
		return nil, err
	}
	e := &Engine{dir: dir, opts: opts, log: opts.Logger, parts: map[partKey]*part{}}
	if e.db, err = openInstance(tmp, opts); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.closeInstance())
		}
	}()
	ctx := context.Background()
	if e.writer, err = e.db.Conn(ctx); err != nil {
		return nil, err
	}
	if _, err := e.writer.ExecContext(ctx, createCandidates); err != nil {
		return nil, err
	}
	if err := e.findParts(ctx); err != nil {
		return nil, err
	}
	e.enc = newSpanWriter()
	e.Reader = ask.New(source{e}, opts.Ask)
	return e, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.MaxAttached <= 0 {
		o.MaxAttached = 40
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = 320 << 20
	}
	if o.ScratchLimit <= 0 {
		o.ScratchLimit = 2 << 30
	}
	if o.Threads <= 0 {
		o.Threads = runtime.NumCPU()
	}
	if o.Free == nil {
		o.Free = durable.Free
	}
	return o
}

// openInstance opens a DuckDB that holds nothing itself; the files are attached to it. Checkpoints happen only when
// we ask: an automatic one that fails on a full disk would come after a commit that succeeded.
func openInstance(tmp string, o Options) (*sql.DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(4)
	for _, q := range []string{
		"SET checkpoint_threshold = '1TB'",
		"PRAGMA disable_checkpoint_on_shutdown",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET temp_directory = " + quoteText(tmp),
		fmt.Sprintf("SET max_temp_directory_size = '%dB'", o.ScratchLimit),
		fmt.Sprintf("SET memory_limit = '%dB'", o.MemoryLimit),
		fmt.Sprintf("SET threads = %d", o.Threads),
	} {
		if _, err := db.Exec(q); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", q, err), db.Close())
		}
	}
	return db, nil
}

func (e *Engine) closeInstance() error {
	var err error
	if e.writer != nil {
		err = e.writer.Close()
	}
	return errors.Join(err, e.db.Close())
}

// Close checkpoints what is not checkpointed, so that the next start is quick, and lets go of the files. Reads under
// way end first. When a checkpoint is not possible the rows stay in the write-ahead log and nothing is lost.
func (e *Engine) Close() (err error) {
	defer errs.Op(&err, "duckdb.Close")
	e.write.Lock()
	defer e.write.Unlock()
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	ctx := context.Background()
	for _, p := range e.listParts() {
		if err := e.checkpointPart(ctx, p); err != nil {
			e.log.Warn("closing without a checkpoint; the next start will take longer", "file", p.path, "error", err)
		}
		p.pin.Lock()
		derr := e.detach(p)
		p.pin.Unlock()
		if derr != nil {
			err = errors.Join(err, derr)
		}
	}
	return errors.Join(err, e.closeInstance())
}

// Parts lists the files, oldest first.
func (e *Engine) Parts(ctx context.Context) (_ []telemetry.Part, err error) {
	defer errs.Op(&err, "duckdb.Parts")
	out := []telemetry.Part{}
	for _, p := range e.listParts() {
		n, err := p.bytes()
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue // dropped meanwhile
		}
		p.mu.Lock()
		out = append(out, telemetry.Part{Kind: p.kind, Day: p.day, Rows: p.rows, Bytes: n})
		p.mu.Unlock()
	}
	return out, nil
}

// Unsaved answers how many bytes of write-ahead log the next Checkpoint would fold into the files.
func (e *Engine) Unsaved() int64 {
	var n int64
	for _, p := range e.listParts() {
		n += p.walBytes()
	}
	return n
}

// Trim lets go of files that nobody has used for that long, and of the memory that goes with them. Files with
// changes since their last checkpoint stay.
func (e *Engine) Trim(idle time.Duration) error {
	before := e.opts.Clock.Now().Add(-idle)
	var all error
	for _, p := range e.listParts() {
		if !p.pin.TryLock() {
			continue
		}
		p.mu.Lock()
		unused := p.attached && !p.dirty && !p.used.After(before)
		p.mu.Unlock()
		if unused {
			all = errors.Join(all, e.detach(p))
		}
		p.pin.Unlock()
	}
	// Setting the limit anew makes DuckDB hand freed memory back to the system.
	_, err := e.db.Exec(fmt.Sprintf("SET memory_limit = '%dB'", e.opts.MemoryLimit))
	return errors.Join(all, err)
}

// listParts answers all partitions by kind and day.
func (e *Engine) listParts() []*part {
	e.mu.Lock()
	out := make([]*part, 0, len(e.parts))
	for _, p := range e.parts {
		out = append(out, p)
	}
	e.mu.Unlock()
	sort.Slice(out, func(i, j int) bool {
		return out[i].kind < out[j].kind || out[i].kind == out[j].kind && out[i].start < out[j].start
	})
	return out
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
