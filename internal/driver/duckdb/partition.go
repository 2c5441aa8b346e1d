package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/zeebo/xxh3"

	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/bloom"
	"steward/internal/driver/durable"
)

const nsPerDay = int64(24 * time.Hour)

// partKey names a partition. day counts from 1970-01-01; scores have day 0.
type partKey struct {
	kind telemetry.Kind
	day  int64
}

// part is one file and what we know of it.
type part struct {
	kind  telemetry.Kind
	day   string // YYYY-MM-DD, "" for scores
	start int64  // Unix nanoseconds of the day's begin
	path  string
	alias string

	// pin is shared by whoever uses the attached file, and exclusive for who detaches, replaces or drops it.
	pin sync.RWMutex

	mu       sync.Mutex // guards what follows
	attached bool
	dropped  bool // the file is gone; the part is no longer listed
	dirty    bool // has changes since its last checkpoint
	used     time.Time
	seen     int64  // least recently used goes first
	applied  uint64 // highest intake position committed
	gen      uint64 // number of committed changes
	rows     int64  // exact once attached, else as of the last sidecar
	schema   int
	spared   map[project.ID]spared // what Expire need not ask again

	keys *bloom.Filter // traces and sessions; nil while not in memory. Spans only.
	ids  *bloom.Filter // identities; nil until a Load needs them. Spans and scores.
	// indexed says that the sidecar on disk covers every row; false after a crash until it is written again.
	indexed bool
}

func dayOf(ns int64) int64 {
	d := ns / nsPerDay
	if ns%nsPerDay < 0 {
		d--
	}
	return d
}

func dayText(day int64) string { return time.Unix(day*86400, 0).UTC().Format("2006-01-02") }

func (e *Engine) newPart(k partKey) *part {
	p := &part{kind: k.kind, start: k.day * nsPerDay}
	name := string(k.kind)
	p.alias = name
	if k.kind != telemetry.Scores {
		p.day = dayText(k.day)
		p.alias = name + "_" + strings.ReplaceAll(p.day, "-", "")
		name += "-" + p.day
	}
	p.path = filepath.Join(e.dir, name+".duckdb")
	return p
}

// table answers the part's quoted table.
func (p *part) table() string { return quoteName(p.alias) + ".main." + string(p.kind) }

func (p *part) meta() string { return quoteName(p.alias) + ".main.meta" }

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (p *part) wal() string     { return p.path + ".wal" }
func (p *part) sidecar() string { return strings.TrimSuffix(p.path, ".duckdb") + ".idx" }

func (p *part) walBytes() int64 {
	n, err := fileSize(p.wal())
	if err != nil {
		return 0
	}
	return n
}

// bytes answers what the part takes on disk, 0 when it is gone.
func (p *part) bytes() (sum int64, err error) {
	for _, path := range []string{p.path, p.wal(), p.sidecar()} {
		n, err := fileSize(path)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

var partName = regexp.MustCompile(`^(spans|logs|metrics)-(\d{4}-\d{2}-\d{2})\.duckdb$|^(scores)\.duckdb$`)

// findParts lists the files that exist, clears what an interrupted rewrite left, and refuses newer schemas. It
// attaches only files whose sidecar does not tell.
func (e *Engine) findParts(ctx context.Context) error {
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return err
	}
	cleared := false
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, newSuffix) || strings.HasSuffix(name, newSuffix+".wal") || strings.HasSuffix(name, ".idx.tmp") {
			if err := os.Remove(filepath.Join(e.dir, name)); err != nil {
				return err
			}
			cleared = true
			continue
		}
		m := partName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		k := partKey{kind: telemetry.Kind(m[1] + m[3])}
		if m[2] != "" {
			t, err := time.Parse("2006-01-02", m[2])
			if err != nil {
				return fmt.Errorf("%s: the day in the name is none: %w", filepath.Join(e.dir, name), err)
			}
			k.day = t.Unix() / 86400
		}
		p := e.newPart(k)
		e.parts[k] = p
		if err := e.greet(ctx, p); err != nil {
			return err
		}
	}
	if cleared {
		return durable.SyncDir(e.dir)
	}
	return nil
}

// greet learns what the sidecar says of a file; without one the file itself is asked.
func (e *Engine) greet(ctx context.Context, p *part) error {
	head, err := readSidecarHead(p.sidecar())
	if err != nil {
		e.log.Info("file has no readable index beside it; reading the file", "file", p.path, "reason", err)
		if err := e.attach(ctx, p); err != nil {
			return err
		}
		e.evict()
		return nil
	}
	if err := checkSchema(p, int(head.schema)); err != nil {
		return err
	}
	wal := p.walBytes()
	p.rows = int64(head.rows) + wal/bytesPerRowGuess
	p.indexed = wal == 0
	p.dirty = wal > 0
	p.schema = int(head.schema)
	return nil
}

const bytesPerRowGuess = 4 << 10 // of write-ahead log; only until the file is attached

// hashes of what the filters hold

func traceHash(p project.ID, id trace.ID) uint64 {
	var b [96]byte
	n := copy(b[:], id[:])
	n += copy(b[n:], p)
	return xxh3.HashSeed(b[:n], 1)
}

func sessionHash(p project.ID, session string) uint64 {
	h := xxh3.HashStringSeed(session, 2)
	return xxh3.HashStringSeed(string(p), h)
}

func identHash(p project.ID, id trace.ID, span trace.SpanID) uint64 {
	var b [104]byte
	n := copy(b[:], id[:])
	n += copy(b[n:], span[:])
	n += copy(b[n:], p)
	return xxh3.HashSeed(b[:n], 3)
}

func scoreHash(p project.ID, id string) uint64 {
	return xxh3.HashStringSeed(id, xxh3.HashStringSeed(string(p), 4))
}
