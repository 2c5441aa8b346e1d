package duckdb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	"steward/internal/driver/durable"
)

// A checkpoint of DuckDB writes new blocks, then a header that names them. But blocks of metadata have room for 64 pieces
// each, and where pieces are free it writes new ones into blocks that the old header still needs, in place. A SIGKILL or
// power cut in such a write tears the block, its checksum fails, and the file cannot be opened any more. So those
// blocks are saved beside the file before each checkpoint, and put back when the file is opened next with the header
// that they belong to; the write-ahead log then brings what the checkpoint was about.

const (
	undoMagic  = "stewundo1\n"
	headerSize = 3 * 4096  // of a file: the main header, then two that are written in turn
	blockSize  = 256 << 10 // DuckDB's default, with which all files are made
)

func (p *part) undo() string { return p.path + ".undo" }

// saveUndo writes what undoes p's next checkpoint, should it be torn. p is attached; the caller holds e.write.
func (e *Engine) saveUndo(ctx context.Context, p *part) error {
	var ids []uint64
	rows, err := e.writer.QueryContext(ctx, "SELECT block_id FROM pragma_metadata_info("+quoteText(p.alias)+") ORDER BY block_id")
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, uint64(id))
		return err
	})
	if err != nil {
		return err
	}
	f, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return err
	}
	out := make([]byte, len(undoMagic)+headerSize, len(undoMagic)+headerSize+len(ids)*(8+blockSize)+4)
	copy(out, undoMagic)
	if _, err := f.ReadAt(out[len(undoMagic):], 0); err != nil {
		return err
	}
	for _, id := range ids {
		at := blockAt(id)
		if at+blockSize > info.Size() {
			continue // in memory alone as yet: the old header does not know it
		}
		out = binary.LittleEndian.AppendUint64(out, id)
		out = out[:len(out)+blockSize]
		if _, err := f.ReadAt(out[len(out)-blockSize:], at); err != nil {
			return err
		}
	}
	return durable.WriteFile(p.undo(), binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out)))
}

func blockAt(id uint64) int64 { return headerSize + int64(id)*blockSize }

// recover puts back what a torn checkpoint overwrote. p is not attached.
func (p *part) recover() error {
	saved, err := os.ReadFile(p.undo())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if body, ok := checked(saved); ok {
		if err := p.putBack(body); err != nil {
			return fmt.Errorf("undo the torn checkpoint of %s: %w", p.path, err)
		}
	} // else it was not written to its end, and the checkpoint never began
	return removeFiles(p.undo())
}

func checked(saved []byte) (body []byte, ok bool) {
	n := len(saved) - 4
	if n < len(undoMagic)+headerSize || string(saved[:len(undoMagic)]) != undoMagic ||
		(n-len(undoMagic)-headerSize)%(8+blockSize) != 0 || crc32.ChecksumIEEE(saved[:n]) != binary.LittleEndian.Uint32(saved[n:]) {
		return nil, false
	}
	return saved[len(undoMagic):n], true
}

func (p *part) putBack(body []byte) (err error) {
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	header := make([]byte, headerSize)
	if _, err := f.ReadAt(header, 0); err != nil {
		return err
	}
	if !bytes.Equal(header, body[:headerSize]) {
		return nil // the checkpoint was finished
	}
	for b := body[headerSize:]; len(b) > 0; b = b[8+blockSize:] {
		if _, err := f.WriteAt(b[8:8+blockSize], blockAt(binary.LittleEndian.Uint64(b))); err != nil {
			return err
		}
	}
	return f.Sync()
}
