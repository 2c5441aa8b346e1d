package intakelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"steward/internal/domain/intake"
	"steward/internal/driver/durable"
)

const (
	stateName  = "state"
	stateMagic = "stewst1\n"
	slotSize   = 4096 // one slot per block, so that a torn write cannot harm the other
	slotUsed   = 36
)

// state is the small file of two slots, written in turn, that remembers what the segments cannot say: what is
// released, and a lower bound of what was acknowledged.
type state struct {
	file     *os.File
	turn     uint64 // of the newest slot; its parity says which slot that is
	released intake.Position
	tail     intake.Position
}

// openState reads dir's state or creates an empty one.
func openState(dir string) (*state, error) {
	path := filepath.Join(dir, stateName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		b := make([]byte, 2*slotSize)
		encodeSlot(b, 0, 0, 0)
		encodeSlot(b[slotSize:], 1, 0, 0)
		if err := durable.WriteFile(path, b); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	s := &state{file: f}
	b := make([]byte, 2*slotSize)
	n, _ := f.ReadAt(b, 0) // a short file is found below: its slots have no checksum
	found := false
	for i := range 2 {
		slot := b[i*slotSize : i*slotSize+slotUsed]
		if n < i*slotSize+slotUsed || !validSlot(slot) {
			continue
		}
		if turn := binary.LittleEndian.Uint64(slot[8:]); !found || turn > s.turn {
			found, s.turn = true, turn
			s.released = intake.Position(binary.LittleEndian.Uint64(slot[16:]))
			s.tail = intake.Position(binary.LittleEndian.Uint64(slot[24:]))
		}
	}
	if !found {
		err := fmt.Errorf("%s is damaged: neither of its two slots has a matching checksum", path)
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// save makes released and tail durable. On an error the earlier values stand.
func (s *state) save(released, tail intake.Position) error {
	b := make([]byte, slotUsed)
	encodeSlot(b, s.turn+1, released, tail)
	if _, err := s.file.WriteAt(b, int64((s.turn+1)%2)*slotSize); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.turn, s.released, s.tail = s.turn+1, released, tail
	return nil
}

func encodeSlot(b []byte, turn uint64, released, tail intake.Position) {
	copy(b, stateMagic)
	binary.LittleEndian.PutUint64(b[8:], turn)
	binary.LittleEndian.PutUint64(b[16:], uint64(released))
	binary.LittleEndian.PutUint64(b[24:], uint64(tail))
	binary.LittleEndian.PutUint32(b[32:], crc32.Checksum(b[:32], castagnoli))
}

func validSlot(b []byte) bool {
	return string(b[:8]) == stateMagic && crc32.Checksum(b[:32], castagnoli) == binary.LittleEndian.Uint32(b[32:])
}
