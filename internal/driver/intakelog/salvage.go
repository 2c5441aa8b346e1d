package intakelog

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

// Range is a stretch of positions, both ends included.
type Range struct{ From, To intake.Position }

// Salvaged is what Salvage found and did.
type Salvaged struct {
	Kept  int      // readable records that are not released
	Lost  []Range  // acknowledged, not yet released, and no longer readable
	Files []string // repaired files; their damaged originals lie in the folder given
}

// Salvage repairs a log that Open refuses, while no process has it open: it keeps every readable record, puts an empty
// record in the place of every lost one, and copies each file that it changes to aside beforehand. Those copies hold
// records as they were, so a later deletion does not reach them: whoever calls this must say so.
func Salvage(dir, aside string) (Salvaged, error) {
	var out Salvaged
	if err := salvage(dir, aside, mostLost, &out); err != nil {
		return out, errs.Wrap(errs.CodeUnavailable, err, "salvaging the intake log in %s failed; files not listed are as they were", dir)
	}
	return out, nil
}

func salvage(dir, aside string, most intake.Position, out *Salvaged) error {
	if err := durable.MkdirAll(aside); err != nil {
		return err
	}
	segs, err := salvageable(dir)
	if err != nil {
		return err
	}
	released, tail, err := salvageState(dir, aside, segs, out)
	if err != nil {
		return err
	}
	next := released + 1
	for i, s := range segs {
		limit := intake.Position(0)
		for _, later := range segs[i+1:] {
			if later.first != 0 { // its header is readable
				limit = later.first - 1
				break
			}
		}
		last := i == len(segs)-1
		exact := !last && segs[i+1].first != 0 // else what is missing may stand in the next file
		if limit != 0 && limit < next {
			continue // all released; Open removes it
		}
		if s.first != 0 && s.first < next {
			next = s.first
		}
		if next, err = salvageSegment(s, aside, bounds{next, limit, exact, last, released, tail, most}, out); err != nil {
			return err
		}
	}
	return nil
}

// salvageable lists dir's segments like listSegments, but lets damaged headers pass with first 0 and the salt as found.
func salvageable(dir string) ([]*segment, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.seg")) // sorted, and names sort like ids
	if err != nil {
		return nil, err
	}
	var segs []*segment
	for _, path := range names {
		var id uint64
		if n, err := fmt.Sscanf(filepath.Base(path), "%d.seg", &id); n != 1 || err != nil || segmentName(id) != filepath.Base(path) {
			continue
		}
		h, unfinished, err := readHeader(path, id)
		var d *damage
		switch {
		case unfinished:
			continue
		case errors.As(err, &d):
			if h, err = guessHeader(path, id); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		}
		segs = append(segs, &segment{header: h, path: path})
	}
	return segs, nil
}

func guessHeader(path string, id uint64) (header, error) {
	f, err := os.Open(path)
	if err != nil {
		return header{}, err
	}
	defer f.Close()
	b := make([]byte, segmentHeader)
	if _, err := io.ReadFull(f, b); err != nil {
		return header{}, err
	}
	copy(b, segmentMagic)
	b[8], b[9] = segmentVersion, 0
	sum := crc32.Checksum(b[:60], castagnoli)
	b[60], b[61], b[62], b[63] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	h, err := decodeHeader(b)
	h.id, h.first = id, 0
	return h, err
}

// salvageState answers what the state file knows; a damaged one is begun anew, so that everything is loaded again.
func salvageState(dir, aside string, segs []*segment, out *Salvaged) (released, tail intake.Position, err error) {
	st, err := openState(dir)
	if err != nil {
		path := filepath.Join(dir, stateName)
		if err := copyAside(path, aside); err != nil {
			return 0, 0, err
		}
		if err := os.Remove(path); err != nil {
			return 0, 0, err
		}
		if st, err = openState(dir); err != nil {
			return 0, 0, err
		}
		if len(segs) > 0 && segs[0].first > 0 {
			if err := st.save(segs[0].first-1, 0); err != nil {
				return 0, 0, errors.Join(err, st.file.Close())
			}
		}
		out.Files = append(out.Files, path)
	}
	return st.released, st.tail, st.file.Close()
}

// mostLost is more than a segment of the default size can hold.
const mostLost = 1 << 22

// bounds says what a salvaged segment must cover.
type bounds struct {
	next     intake.Position // where it must begin
	limit    intake.Position // what it cannot go beyond, 0 when unknown
	exact    bool            // it must reach limit
	last     bool
	released intake.Position
	tail     intake.Position // known to be acknowledged
	most     intake.Position // of records missing in one place, to give up
}

// salvageSegment rewrites s if anything is wrong with it, and answers the position after it.
func salvageSegment(s *segment, aside string, b bounds, out *Salvaged) (intake.Position, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	changed := s.first != b.next
	h := s.header
	h.first = b.next
	c := &copier{from: f, to: &segment{header: h, path: s.path + ".tmp", last: b.next - 1, size: segmentHeader}}
	defer c.discard()
	if err := c.start(segmentHeader); err != nil {
		return 0, err
	}
	next := b.next
	lose := func(until intake.Position) error { // gives up what lies before until
		if until > next && until-next > b.most {
			return fmt.Errorf("%s: %d records are missing before record %d, which is more than a damaged file explains", s.path, until-next, until)
		}
		if from := max(next, b.released+1); from < until {
			out.Lost = append(out.Lost, Range{from, until - 1})
		}
		for ; next < until; next++ {
			changed = true
			if err := c.put(record{pos: next, flags: flagEmpty}, nil, nil); err != nil {
				return err
			}
		}
		return nil
	}
	off := int64(segmentHeader)
	for b.limit == 0 || next <= b.limit {
		r, at, err := findRecord(f, s.salt, off, info.Size(), func(r record, at int64) bool {
			return r.pos >= next && (b.limit == 0 || r.pos <= b.limit) && intact(f, r, at, info.Size())
		})
		if err != nil {
			return 0, err
		}
		if at < 0 {
			break
		}
		changed = changed || at != off
		if err := lose(r.pos); err != nil {
			return 0, err
		}
		payload := make([]byte, r.length)
		if _, err := f.ReadAt(payload, at+recordHeader); err != nil {
			return 0, err
		}
		if err := c.put(r, payload, nil); err != nil {
			return 0, err
		}
		if r.pos > b.released && !r.empty() {
			out.Kept++
		}
		next, off = r.pos+1, at+r.size()
	}
	switch {
	case b.exact:
		err = lose(b.limit + 1)
	case b.last:
		changed = changed || off != info.Size()
		err = lose(b.tail + 1)
	}
	if err != nil || !changed {
		return next, err
	}
	if err := c.finish(); err != nil {
		return 0, err
	}
	if err := copyAside(s.path, aside); err != nil {
		return 0, err
	}
	out.Files = append(out.Files, s.path)
	return next, durable.Rename(c.to.path, s.path)
}

func intact(f *os.File, r record, at, size int64) bool {
	if at+r.size() > size {
		return false
	}
	h := crc32.New(castagnoli)
	n, err := io.Copy(h, io.NewSectionReader(f, at+recordHeader, int64(r.length)))
	return err == nil && n == int64(r.length) && h.Sum32() == r.crc
}

func copyAside(path, aside string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(aside, filepath.Base(path)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return err
	}
	return durable.SyncDir(aside)
}
