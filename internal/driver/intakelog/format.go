package intakelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"steward/internal/domain/intake"
)

// The layout on disk is specified in docs/formats/intake-log.md; numbers are little-endian.
const (
	segmentMagic   = "stewlog\n"
	segmentVersion = 1
	segmentHeader  = 64 // bytes

	recordMagic  = 0x63655231 // "1Rec" as bytes
	recordHeader = 32         // bytes

	flagEmpty = 1 // the record was removed by Rewrite or lost and given up by Salvage; it has no payload
)

// hardware CRC-32C where the processor has it
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is a segment file's first bytes.
type header struct {
	id      uint64          // serial number of the file, also its name
	first   intake.Position // position of the first record in the file
	created int64           // Unix nanoseconds, UTC
	salt    uint64          // random; enters every record header's checksum
}

func (h header) encode() []byte {
	b := make([]byte, segmentHeader)
	copy(b, segmentMagic)
	binary.LittleEndian.PutUint16(b[8:], segmentVersion)
	binary.LittleEndian.PutUint64(b[16:], h.id)
	binary.LittleEndian.PutUint64(b[24:], uint64(h.first))
	binary.LittleEndian.PutUint64(b[32:], uint64(h.created))
	binary.LittleEndian.PutUint64(b[40:], h.salt)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

var errNewer = errors.New("it was written by a newer version of Steward")

func decodeHeader(b []byte) (header, error) {
	if len(b) < segmentHeader || string(b[:8]) != segmentMagic {
		return header{}, errors.New("it does not begin like an intake log segment")
	}
	if crc32.Checksum(b[:60], castagnoli) != binary.LittleEndian.Uint32(b[60:]) {
		return header{}, errors.New("the checksum of its header does not match")
	}
	if v := binary.LittleEndian.Uint16(b[8:]); v != segmentVersion {
		return header{}, fmt.Errorf("%w (format %d, this one reads %d)", errNewer, v, segmentVersion)
	}
	return header{
		id:      binary.LittleEndian.Uint64(b[16:]),
		first:   intake.Position(binary.LittleEndian.Uint64(b[24:])),
		created: int64(binary.LittleEndian.Uint64(b[32:])),
		salt:    binary.LittleEndian.Uint64(b[40:]),
	}, nil
}

// record is a record's header.
type record struct {
	pos    intake.Position
	length uint32
	crc    uint32 // CRC-32C of the payload
	group  uint32 // index within the group that was synced together, so pos-group-1 was durable before it
	kind   intake.Kind
	flags  uint8
}

func (r record) empty() bool { return r.flags&flagEmpty != 0 }

// durableBefore answers the last position that was acknowledged for certain when this record was written.
func (r record) durableBefore() intake.Position { return r.pos - intake.Position(r.group) - 1 }

// size answers the bytes that header and payload take.
func (r record) size() int64 { return recordHeader + int64(r.length) }

func (r record) encode(b *[recordHeader]byte, salt uint64) {
	binary.LittleEndian.PutUint32(b[0:], recordMagic)
	binary.LittleEndian.PutUint64(b[8:], uint64(r.pos))
	binary.LittleEndian.PutUint32(b[16:], r.length)
	binary.LittleEndian.PutUint32(b[20:], r.crc)
	binary.LittleEndian.PutUint32(b[24:], r.group)
	b[28], b[29], b[30], b[31] = byte(r.kind), r.flags, 0, 0
	binary.LittleEndian.PutUint32(b[4:], headerSum(b[8:], salt))
}

// decodeRecord answers false when b, of at least recordHeader bytes, is not a record header of a segment with salt.
func decodeRecord(b []byte, salt uint64) (record, bool) {
	if binary.LittleEndian.Uint32(b) != recordMagic ||
		binary.LittleEndian.Uint32(b[4:]) != headerSum(b[8:recordHeader], salt) {
		return record{}, false
	}
	r := record{
		pos:    intake.Position(binary.LittleEndian.Uint64(b[8:])),
		length: binary.LittleEndian.Uint32(b[16:]),
		crc:    binary.LittleEndian.Uint32(b[20:]),
		group:  binary.LittleEndian.Uint32(b[24:]),
		kind:   intake.Kind(b[28]),
		flags:  b[29],
	}
	return r, uint64(r.pos) > uint64(r.group)
}

// headerSum is salted so that a payload cannot be crafted to look like records of the file that it is stored in.
func headerSum(b []byte, salt uint64) uint32 {
	var s [8]byte
	binary.LittleEndian.PutUint64(s[:], salt)
	return crc32.Update(crc32.Checksum(s[:], castagnoli), castagnoli, b)
}

func payloadSum(payload [][]byte) uint32 {
	var sum uint32
	for _, p := range payload {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}
