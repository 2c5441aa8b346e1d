package intakelog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

// Open reads the log in cfg.Dir, or begins one. It checks every record that is not released. What a crash tore off
// at the end was never acknowledged and is cut; damage anywhere else is an Internal error that names file and byte,
// and leaves the files as they are.
func Open(cfg Config) (*Log, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := durable.MkdirAll(cfg.Dir); err != nil {
		return nil, errs.Unavailable(0, err, "cannot create the folder %s for the intake log; check its permissions", cfg.Dir)
	}
	l := &Log{cfg: cfg, lead: make(chan struct{}, 1), buffer: bufio.NewWriterSize(nil, 64<<10), nextID: 1}
	if l.state, err = openState(cfg.Dir); err != nil {
		return nil, errs.Unavailable(0, err, "cannot read the intake log's state in %s", cfg.Dir)
	}
	if err := l.recover(); err != nil {
		return nil, errors.Join(openError(cfg.Dir, err), l.state.file.Close())
	}
	return l, nil
}

func openError(dir string, err error) error {
	if errors.Is(err, errNewer) {
		return errs.New(errs.CodeConflict, "cannot read the intake log: %s; start the version of Steward that wrote it, or a newer one", err)
	}
	var d *damage
	if !errors.As(err, &d) {
		return errs.Unavailable(0, err, "cannot read the intake log in %s; check permissions and disk", dir)
	}
	return errs.New(errs.CodeInternal, "the intake log is damaged: %s. Acknowledged records may be affected, so Steward does not go on by itself: "+
		"restore %s from a backup, or salvage the log, which keeps every readable record and lists the lost ones", d.Error(), filepath.Dir(d.path)).
		With("file", d.path).With("offset", d.off).With("position", uint64(d.pos))
}

// recover fills l from the files. Nobody else sees l yet.
func (l *Log) recover() error {
	segs, err := listSegments(l.cfg.Dir, true)
	if err != nil {
		return err
	}
	for _, s := range segs {
		l.nextID = max(l.nextID, s.id+1)
	}
	l.released = l.state.released
	l.tail = l.released
	removed := false
	for i, s := range segs {
		limit := intake.Position(0) // unknown
		if i+1 < len(segs) {
			limit = segs[i+1].first - 1
		}
		if i+1 < len(segs) && limit <= l.released {
			if err := os.Remove(s.path); err != nil {
				return err
			}
			removed = true
			continue
		}
		if want := l.tail + 1; s.first > want {
			return &damage{path: s.path, off: 0, pos: want,
				reason: fmt.Sprintf("the file begins with record %d, so the file before it is missing", s.first)}
		}
		if err := l.check(s, limit); err != nil {
			return err
		}
		l.segs = append(l.segs, s)
		l.retained += s.size
		l.tail = max(l.tail, s.last)
	}
	if l.tail < l.state.tail {
		path := filepath.Join(l.cfg.Dir, segmentName(l.nextID-1))
		off := int64(0)
		if n := len(l.segs); n > 0 {
			path, off = l.segs[n-1].path, l.segs[n-1].size
		}
		return &damage{path: path, off: off, pos: l.tail + 1,
			reason: fmt.Sprintf("the log ends here, but record %d was acknowledged", l.state.tail)}
	}
	if removed {
		return durable.SyncDir(l.cfg.Dir)
	}
	return nil
}

// check reads all of s. With a limit, s must hold every record up to it, and what follows was never acknowledged.
// Without, s is the newest segment: its end may be torn.
func (l *Log) check(s *segment, limit intake.Position) error {
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sc := newScanner(f, s.salt, segmentHeader, info.Size(), s.first)
	for limit == 0 || s.last < limit {
		r, _, err := sc.scan()
		var d *damage
		switch {
		case err == nil:
			s.add(r.pos, r.size())
			continue
		case err == io.EOF && limit == 0:
			// The process may have died between writing and syncing; from here on these records count as durable.
			return f.Sync()
		case err == io.EOF:
			return sc.damage(fmt.Sprintf("the file ends here, but the next file begins with record %d; this one was cut, or a file between them is missing", limit+1))
		case errors.As(err, &d) && limit == 0:
			return l.cutTorn(f, s, info.Size(), d)
		default:
			return err
		}
	}
	return nil
}

// cutTorn cuts s where d was found, unless something proves that the records there had been acknowledged: a record
// that was written when they were already durable.
func (l *Log) cutTorn(f *os.File, s *segment, size int64, d *damage) error {
	_, off, err := findRecord(f, s.salt, d.off, size, func(r record, _ int64) bool { return r.durableBefore() >= d.pos })
	if err != nil {
		return err
	}
	if off >= 0 {
		return d
	}
	if d.pos <= l.state.tail {
		return d
	}
	l.cfg.Log.Warn("intake log: cut the unacknowledged end that a crash left behind",
		"file", s.path, "offset", d.off, "bytes", size-d.off, "position", uint64(d.pos), "reason", d.reason)
	return errors.Join(f.Truncate(d.off), f.Sync())
}

// listSegments answers the segments in dir, oldest first, empty as yet. With clean it removes what a crash can leave
// that holds no acknowledged record: temporary files, and segments whose creation was not finished.
func listSegments(dir string, clean bool) ([]*segment, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var segs []*segment
	removed := false
	for _, e := range names {
		path := filepath.Join(dir, e.Name())
		if strings.HasSuffix(e.Name(), ".tmp") && clean {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
			removed = true
			continue
		}
		id, err := strconv.ParseUint(strings.TrimSuffix(e.Name(), ".seg"), 10, 64)
		if err != nil || segmentName(id) != e.Name() {
			continue // the state file, or not ours
		}
		h, unfinished, err := readHeader(path, id)
		switch {
		case unfinished && clean:
			if err := os.Remove(path); err != nil {
				return nil, err
			}
			removed = true
		case unfinished:
		case err != nil:
			return nil, err
		default:
			segs = append(segs, &segment{header: h, path: path, last: h.first - 1, size: segmentHeader})
		}
	}
	if removed {
		if err := durable.SyncDir(dir); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(segs, func(a, b *segment) int {
		if a.id < b.id {
			return -1
		}
		return 1
	})
	for i := 1; i < len(segs); i++ {
		if segs[i].first < segs[i-1].first {
			return nil, &damage{path: segs[i].path, pos: segs[i-1].first,
				reason: fmt.Sprintf("the file begins with record %d, which is before the first of the file before it", segs[i].first)}
		}
	}
	return segs, nil
}

// readHeader answers the header of the segment at path. Records are written only after the header is durable, so a
// file that is no longer than a header and has no valid one is unfinished.
func readHeader(path string, id uint64) (h header, unfinished bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return header{}, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return header{}, false, err
	}
	b := make([]byte, segmentHeader)
	n, err := f.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return header{}, false, err
	}
	h, err = decodeHeader(b[:n])
	if err == nil && (h.id != id || h.first == 0) {
		err = fmt.Errorf("its header says that it is segment %d from record %d", h.id, h.first)
	}
	if err == nil {
		return h, false, nil
	}
	if errors.Is(err, errNewer) {
		return header{}, false, fmt.Errorf("%s: %w", path, err)
	}
	if info.Size() <= segmentHeader {
		return header{}, true, nil
	}
	return header{}, false, &damage{path: path, reason: err.Error()}
}
