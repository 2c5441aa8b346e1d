// Package deadletter keeps dead letters as files of a folder, one each: a line of JSON that says what it is, then the
// record's bytes as they were acknowledged. It implements intake.DeadLetters. The format is in
// docs/formats/dead-letters.md. Start reading at Open.
package deadletter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/domain/project"
	"steward/internal/driver/durable"
)

var _ intake.DeadLetters = (*Store)(nil)

const (
	suffix  = ".letter"
	version = 1
	// maxBytes bounds what all letters take. A store that refuses so much is broken itself; then loading has to stop.
	maxBytes = 256 << 20
)

// Store is a folder of dead letters.
type Store struct {
	dir string
	max int64

	mu      sync.Mutex
	letters map[string]held
	bytes   int64
}

type held struct {
	intake.DeadLetter // without its record
	size              int64
}

// head is the first line of a file.
type head struct {
	Version  int        `json:"version"`
	Position uint64     `json:"position"`
	Project  project.ID `json:"project"`
	Signal   string     `json:"signal"`
	Records  int        `json:"records"`
	Rows     []int      `json:"rows,omitempty"`
	Kind     uint8      `json:"kind"`
	Time     int64      `json:"time"`
	Reason   string     `json:"reason"`
	CRC      uint32     `json:"crc32c"` // of what follows the line
}

// Open opens the folder, creating it if need be. A file that cannot be read is listed, with the reason why.
func Open(dir string) (*Store, error) {
	if err := durable.MkdirAll(dir); err != nil {
		return nil, err
	}
	s := &Store{dir: dir, max: maxBytes, letters: map[string]held{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		id, is := strings.CutSuffix(e.Name(), suffix)
		if !is {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil { // a letter that was not written to its end
				return nil, err
			}
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		l, err := s.read(id)
		if err != nil {
			l.Reason = err.Error()
		}
		l.Record = intake.Record{}
		s.letters[id] = held{l, info.Size()}
		s.bytes += info.Size()
	}
	return s, nil
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id+suffix) }

// Put implements intake.DeadLetters.
func (s *Store) Put(l intake.DeadLetter) error {
	if l.ID == "" || l.ID != filepath.Base(l.ID) {
		return fmt.Errorf("dead letter %q cannot be a file", l.ID)
	}
	payload := bytes.Join(l.Record.Payload, nil)
	line, err := json.Marshal(head{Version: version, Position: uint64(l.Position), Project: l.Project, Signal: l.Signal, Records: l.Records, Rows: l.Rows,
		Kind: uint8(l.Record.Kind), Time: l.Time, Reason: l.Reason, CRC: checksum(payload)})
	if err != nil {
		return err
	}
	data := append(append(line, '\n'), payload...)
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.letters[l.ID].size
	if s.bytes-before+int64(len(data)) > s.max {
		return errs.Unavailable(0, nil, "the dead letters in %s take %d bytes and may take %d; find out why the telemetry store refuses so much", s.dir, s.bytes, s.max)
	}
	if err := durable.WriteFile(s.path(l.ID), data); err != nil {
		return errs.Unavailable(0, err, "a dead letter cannot be written to %s", s.dir)
	}
	l.Record = intake.Record{}
	s.letters[l.ID] = held{l, int64(len(data))}
	s.bytes += int64(len(data)) - before
	return nil
}

// List implements intake.DeadLetters.
func (s *Store) List() []intake.DeadLetter {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]intake.DeadLetter, 0, len(s.letters))
	for _, l := range s.letters {
		out = append(out, l.DeadLetter)
	}
	slices.SortFunc(out, func(a, b intake.DeadLetter) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Letter implements intake.DeadLetters.
func (s *Store) Letter(id string) (intake.DeadLetter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, is := s.letters[id]; !is {
		return intake.DeadLetter{}, errs.NotFound("there is no dead letter %q", id)
	}
	return s.read(id)
}

func (s *Store) read(id string) (intake.DeadLetter, error) {
	l := intake.DeadLetter{ID: id}
	data, err := os.ReadFile(s.path(id))
	if err != nil {
		return l, err
	}
	line, payload, found := bytes.Cut(data, []byte("\n"))
	var h head
	if err := json.Unmarshal(line, &h); err != nil || !found {
		return l, fmt.Errorf("%s is damaged: its first line is no head", s.path(id))
	}
	if h.Version != version {
		return l, fmt.Errorf("%s has version %d and this program knows %d; a newer one wrote it", s.path(id), h.Version, version)
	}
	l = intake.DeadLetter{ID: id, Position: intake.Position(h.Position), Project: h.Project, Signal: h.Signal, Records: h.Records, Rows: h.Rows,
		Reason: h.Reason, Time: h.Time, Record: intake.Record{Kind: intake.Kind(h.Kind), Payload: [][]byte{payload}}}
	if checksum(payload) != h.CRC {
		return l, fmt.Errorf("%s is damaged: its checksum does not fit", s.path(id))
	}
	return l, nil
}

// Remove implements intake.DeadLetters.
func (s *Store) Remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, is := s.letters[id]
	if !is {
		return nil
	}
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := durable.SyncDir(s.dir); err != nil {
		return err
	}
	delete(s.letters, id)
	s.bytes -= l.size
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }
