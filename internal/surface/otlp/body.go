package otlp

import (
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"steward/internal/base/errs"
	"steward/internal/work/ingest"
)

const (
	// readFirst and readMost bound the steps in which a request takes its share of the memory bound: by what has come,
	// never by what was announced, so that a sender who announces much and sends nothing holds little.
	readFirst = 64 << 10
	readMost  = 8 << 20
)

// readBody reads and unpacks a request within MaxBody, taking from the lease what it holds. A bomb is found out when
// it passes MaxBody, not after.
func readBody(r *http.Request, lease *ingest.Lease) ([]byte, error) {
	if r.ContentLength > MaxBody {
		return nil, tooLarge()
	}
	from, done, err := unpack(r)
	if err != nil {
		return nil, err
	}
	defer done()
	return readAll(from, lease, r.Header.Get("Content-Encoding"))
}

// readAll reads to the end, within MaxBody; encoding is for the error alone.
func readAll(from io.Reader, lease *ingest.Lease, encoding string) ([]byte, error) {
	if err := lease.Grow(readFirst); err != nil {
		return nil, err
	}
	body := make([]byte, 0, readFirst)
	for {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			if known := (*errs.Error)(nil); errors.As(err, &known) {
				return nil, err
			}
			return nil, errs.Wrap(errs.CodeInvalid, err, "the body could not be read to its end; check content encoding (got %q) and connection", encoding)
		case len(body) > MaxBody:
			return nil, tooLarge()
		case len(body) == cap(body):
			step := min(readMost, 3*cap(body))
			if err := lease.Grow(int64(step)); err != nil {
				return nil, err
			}
			body = append(make([]byte, 0, cap(body)+step), body...)
		}
	}
}

func tooLarge() error {
	return errs.New(errs.CodeTooLarge, "the request is larger than %d MiB after decompression; send smaller batches", MaxBody>>20)
}

// unpack answers the reader of the decompressed body; done frees it.
func unpack(r *http.Request) (from io.Reader, done func(), err error) {
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
		return r.Body, func() {}, nil
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, nil, errs.Wrap(errs.CodeInvalid, err, "content encoding says gzip, but the body is not gzip")
		}
		return z, func() { _ = z.Close() }, nil
	case "zstd":
		z, err := zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, errs.Wrap(errs.CodeInvalid, err, "content encoding says zstd, but the body is not zstd")
		}
		return z, z.Close, nil
	case "deflate":
		z, err := zlib.NewReader(r.Body)
		if err != nil {
			return nil, nil, errs.Wrap(errs.CodeInvalid, err, "content encoding says deflate, but the body is not zlib")
		}
		return z, func() { _ = z.Close() }, nil
	default:
		return nil, nil, errs.Invalid("content encoding %q is not known; send gzip, zstd, deflate or none", enc)
	}
}
