package duckdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/zeebo/xxh3"

	"steward/internal/driver/duckdb/bloom"
	"steward/internal/driver/durable"
)

// A sidecar stands beside each file and says, without opening it, which schema it has, how many rows, and which traces
// and sessions it may hold. It is written before every checkpoint and therefore covers every row whenever the file has
// no write-ahead log; with one it may lack rows and is not believed. It holds hashes, never content.
//
// Layout, little endian: magic, schema u32, reserved u32, generation u64, applied u64, rows u64, xxh3 of the head;
// for spans then the filter (see bloom.Filter.Append) and its xxh3.
const sidecarMagic = "STWIDX01"

const sidecarHeadLen = 8 + 4 + 4 + 8 + 8 + 8 + 8

type sidecarHead struct {
	schema             uint32
	gen, applied, rows uint64
}

func (h sidecarHead) append(b []byte) []byte {
	b = append(b, sidecarMagic...)
	b = binary.LittleEndian.AppendUint32(b, h.schema)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, h.gen)
	b = binary.LittleEndian.AppendUint64(b, h.applied)
	b = binary.LittleEndian.AppendUint64(b, h.rows)
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
}

var errSidecar = errors.New("index file is damaged")

func parseSidecarHead(b []byte) (h sidecarHead, err error) {
	if len(b) < sidecarHeadLen || string(b[:8]) != sidecarMagic ||
		binary.LittleEndian.Uint64(b[sidecarHeadLen-8:]) != xxh3.Hash(b[:sidecarHeadLen-8]) {
		return h, errSidecar
	}
	h.schema = binary.LittleEndian.Uint32(b[8:])
	h.gen = binary.LittleEndian.Uint64(b[16:])
	h.applied = binary.LittleEndian.Uint64(b[24:])
	h.rows = binary.LittleEndian.Uint64(b[32:])
	return h, nil
}

func readSidecarHead(path string) (h sidecarHead, err error) {
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	var b [sidecarHeadLen]byte
	if _, err := io.ReadFull(f, b[:]); err != nil {
		return h, fmt.Errorf("%w: %w", errSidecar, err)
	}
	return parseSidecarHead(b[:])
}

// parseSidecar reads a whole sidecar; the filter is nil where it has none.
func parseSidecar(b []byte) (h sidecarHead, keys *bloom.Filter, err error) {
	if h, err = parseSidecarHead(b); err != nil {
		return h, nil, err
	}
	b = b[sidecarHeadLen:]
	if len(b) == 0 {
		return h, nil, nil
	}
	if len(b) < 8 || binary.LittleEndian.Uint64(b[len(b)-8:]) != xxh3.Hash(b[:len(b)-8]) {
		return h, nil, errSidecar
	}
	keys, err = bloom.Read(b[:len(b)-8])
	return h, keys, err
}

func appendSidecar(b []byte, h sidecarHead, keys *bloom.Filter) []byte {
	b = h.append(b)
	if keys != nil {
		at := len(b)
		b = keys.Append(b)
		b = binary.LittleEndian.AppendUint64(b, xxh3.Hash(b[at:]))
	}
	return b
}

// writeSidecar writes what memory knows. The caller holds p.mu and has, for spans, p.keys complete.
func (p *part) writeSidecar() error {
	h := sidecarHead{schema: uint32(p.schema), gen: p.gen, applied: p.applied, rows: uint64(p.rows)}
	return durable.WriteFile(p.sidecar(), appendSidecar(nil, h, p.keys))
}
