package intakelog

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"steward/internal/domain/intake"
)

// damage says where a segment stops making sense. It is a finding, not yet an error: at the end of the newest
// segment it is what a crash leaves behind.
type damage struct {
	path   string
	off    int64
	pos    intake.Position // the position that should stand at off
	reason string
}

func (d *damage) Error() string {
	return fmt.Sprintf("%s, byte %d, record %d: %s", d.path, d.off, d.pos, d.reason)
}

// scanner reads one segment's records in order and checks every one.
type scanner struct {
	path  string
	salt  uint64
	off   int64           // of the next record
	limit int64           // where the valid part of the file ends
	next  intake.Position // of the next record
	r     *bufio.Reader
	buf   []byte
}

// newScanner begins at off, where the record at position next stands.
func newScanner(f *os.File, salt uint64, off, limit int64, next intake.Position) *scanner {
	// A buffer much smaller than a payload would only add copies: bufio reads large payloads past it.
	r := bufio.NewReaderSize(io.NewSectionReader(f, off, limit-off), 64<<10)
	return &scanner{path: f.Name(), salt: salt, off: off, limit: limit, next: next, r: r}
}

// scan answers the next record and its payload, which is valid until the next call. The error is io.EOF at limit,
// a *damage, or what the file system answered.
func (s *scanner) scan() (record, []byte, error) {
	left := s.limit - s.off
	if left == 0 {
		return record{}, nil, io.EOF
	}
	if left < recordHeader {
		return record{}, nil, s.damage("the file ends inside a record's header")
	}
	var h [recordHeader]byte
	if err := s.fill(h[:]); err != nil {
		return record{}, nil, err
	}
	r, ok := decodeRecord(h[:], s.salt)
	switch {
	case !ok:
		return record{}, nil, s.damage("there is no record header here, or its checksum does not match")
	case r.pos != s.next:
		return record{}, nil, s.damage(fmt.Sprintf("record %d stands here", r.pos))
	case r.size() > left:
		return record{}, nil, s.damage("the file ends inside the record's payload")
	}
	if int(r.length) > cap(s.buf) {
		s.buf = make([]byte, r.length)
	}
	s.buf = s.buf[:r.length]
	if err := s.fill(s.buf); err != nil {
		return record{}, nil, err
	}
	if crc32.Checksum(s.buf, castagnoli) != r.crc {
		return record{}, nil, s.damage("the checksum of the payload does not match")
	}
	s.off += r.size()
	s.next++
	return r, s.buf, nil
}

func (s *scanner) fill(b []byte) error {
	if _, err := io.ReadFull(s.r, b); err != nil {
		return fmt.Errorf("reading %s near byte %d: %w", s.path, s.off, err)
	}
	return nil
}

func (s *scanner) damage(reason string) *damage {
	return &damage{path: s.path, off: s.off, pos: s.next, reason: reason}
}

// findRecord looks in f between from and size for a record header that accept takes, and answers it and its offset.
func findRecord(f *os.File, salt uint64, from, size int64, accept func(record, int64) bool) (record, int64, error) {
	var magic [4]byte
	binary.LittleEndian.PutUint32(magic[:], recordMagic)
	buf := make([]byte, 256<<10)
	for from+recordHeader <= size {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), size-from)], from)
		if err != nil && err != io.EOF {
			return record{}, 0, fmt.Errorf("reading %s near byte %d: %w", f.Name(), from, err)
		}
		if n < recordHeader {
			break
		}
		for i := 0; i+recordHeader <= n; i++ {
			j := bytes.Index(buf[i:n-recordHeader+len(magic)], magic[:])
			if j < 0 {
				break
			}
			i += j
			if r, ok := decodeRecord(buf[i:n], salt); ok && accept(r, from+int64(i)) {
				return r, from + int64(i), nil
			}
		}
		from += int64(n - recordHeader + 1)
	}
	return record{}, -1, nil
}

// mark remembers where a record begins, so that a reader need not scan a segment from its start.
type mark struct {
	pos intake.Position
	off int64
}

const markEvery = 64 << 10 // bytes between marks

// segment is a file of the log. Fields are guarded by Log.mu once the segment is listed there.
type segment struct {
	header
	path  string
	last  intake.Position // first-1 when there is no record
	size  int64           // of the valid part
	marks []mark
}

// add notes that the record at pos was found or written at the end.
func (s *segment) add(pos intake.Position, size int64) {
	if n := len(s.marks); n == 0 || s.size-s.marks[n-1].off >= markEvery {
		s.marks = append(s.marks, mark{pos, s.size})
	}
	s.last = pos
	s.size += size
}

// seek answers the last mark at or before pos.
func (s *segment) seek(pos intake.Position) mark {
	best := mark{s.first, segmentHeader}
	lo, hi := 0, len(s.marks)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.marks[mid].pos <= pos {
			best, lo = s.marks[mid], mid+1
		} else {
			hi = mid
		}
	}
	return best
}
