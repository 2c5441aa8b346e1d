package folder

import (
	"context"
	"fmt"
	"hash"
	"io"
	"os"

	"steward/internal/base/errs"
	"steward/internal/domain/blob"
)

// diskWriter keeps the disk's errors apart from the reader's.
type diskWriter struct {
	w   io.Writer
	err error
}

func (d *diskWriter) Write(b []byte) (n int, err error) {
	n, d.err = d.w.Write(b)
	return n, d.err
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, fmt.Errorf("put a blob: %w", err)
	}
	return c.r.Read(b)
}

// checkedReader turns the end of a damaged file into an error.
type checkedReader struct {
	file *os.File
	want blob.Digest
	hash hash.Hash
}

func (c *checkedReader) Read(b []byte) (int, error) {
	n, err := c.file.Read(b)
	c.hash.Write(b[:n])
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		return n, errs.Unavailable(0, err, "cannot read the blob %s; check the disk", c.file.Name())
	}
	if got := blob.Digest(c.hash.Sum(nil)); got != c.want {
		return n, errs.New(errs.CodeInternal, "the blob %s is damaged: its content has the SHA-256 %s; restore the file from a backup", c.file.Name(), got)
	}
	return n, io.EOF
}

func (c *checkedReader) Close() error { return c.file.Close() }
