package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/driver/intakelog"
	"steward/internal/work/ingest"
)

// wire is a call's stream as gRPC has it below RecvMsg; tests/badinput and tests/faults ask the real one.
type wire struct {
	from     *bytes.Reader
	compress string
	largest  int // what was asked for at once
}

func (w *wire) ReadMessageHeader(head []byte) error { _, err := io.ReadFull(w.from, head); return err }
func (w *wire) RecvCompress() string                { return w.compress }
func (w *wire) Read(n int) (mem.BufferSlice, error) {
	w.largest = max(w.largest, n)
	b := make([]byte, n)
	if _, err := io.ReadFull(w.from, b); err != nil {
		return nil, err
	}
	return mem.BufferSlice{mem.SliceBuffer(b[:n/2]), mem.SliceBuffer(b[n/2:])}, nil
}
func (*wire) Method() string               { return "/x/Export" }
func (*wire) SetHeader(metadata.MD) error  { return nil }
func (*wire) SendHeader(metadata.MD) error { return nil }
func (*wire) SetTrailer(metadata.MD) error { return nil }

func framed(compressed byte, length int, body []byte) *wire {
	head := binary.BigEndian.AppendUint32([]byte{compressed}, uint32(length))
	return &wire{from: bytes.NewReader(append(head, body...))}
}

func packed(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadMessage(t *testing.T) {
	log, err := intakelog.Open(intakelog.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	const bound = 10 << 20
	in := ingest.New(ingest.Options{Log: log, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), MaxInflight: bound})
	body := bytes.Repeat([]byte("0123456789"), 100_000)
	small := packed(t, body)
	bomb := packed(t, make([]byte, 2*bound))
	gzipped := func(w *wire) *wire { w.compress = "gzip"; return w }
	for name, c := range map[string]struct {
		wire *wire
		want []byte
		code errs.Code
	}{
		"plain":                      {framed(0, len(body), body), body, ""},
		"empty":                      {framed(0, 0, nil), []byte{}, ""},
		"gzip":                       {gzipped(framed(1, len(small), small)), body, ""},
		"plain in a gzip call":       {gzipped(framed(0, len(body), body)), body, ""},
		"none":                       {&wire{from: bytes.NewReader(nil)}, nil, errs.CodeInvalid},
		"cut short":                  {framed(0, len(body)+1, body), nil, errs.CodeInvalid},
		"gzip cut short":             {gzipped(framed(1, len(small)-9, small[:len(small)-9])), nil, errs.CodeInvalid},
		"packed in an unknown way":   {framed(1, len(small), small), nil, errs.CodeInvalid},
		"not gzip":                   {gzipped(framed(1, len(body), body)), nil, errs.CodeInvalid},
		"announced as too large":     {framed(0, MaxBody+1, nil), nil, errs.CodeTooLarge},
		"beyond the memory":          {framed(0, 2*bound, make([]byte, 2*bound)), nil, errs.CodeOverloaded},
		"unpacked beyond the memory": {gzipped(framed(1, len(bomb), bomb)), nil, errs.CodeOverloaded},
	} {
		t.Run(name, func(t *testing.T) {
			lease := in.Lease()
			got, err := readMessage(grpc.NewContextWithServerTransportStream(t.Context(), c.wire), lease)
			if errs.CodeOf(err) != c.code || c.code == "" && !bytes.Equal(got, c.want) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if c.wire.largest > messageStep {
				t.Errorf("%d bytes were asked for at once", c.wire.largest)
			}
			lease.Close()
			whole := in.Lease()
			if err := whole.Grow(bound); err != nil {
				t.Errorf("the lease was not given back: %v", err)
			}
			whole.Close()
		})
	}
	if _, err := readMessage(context.Background(), in.Lease()); errs.CodeOf(err) != errs.CodeInternal {
		t.Errorf("without a stream: %v", err)
	}
}
