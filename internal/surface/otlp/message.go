package otlp

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"steward/internal/base/errs"
	"steward/internal/work/ingest"
)

// messages is what gRPC's own stream offers below RecvMsg, which would hold a whole message before it says how large
// it is. It is not part of gRPC's promises: a test tells when a newer one has it otherwise.
type messages interface {
	ReadMessageHeader(header []byte) error
	Read(n int) (mem.BufferSlice, error)
	RecvCompress() string
}

// messageStep bounds what of a message is in gRPC's hands at once.
const messageStep = 256 << 10

// readMessage reads and unpacks the one message of a call within MaxBody, taking from the lease what it holds, as
// readBody does.
func readMessage(ctx context.Context, lease *ingest.Lease) ([]byte, error) {
	stream, ok := grpc.ServerTransportStreamFromContext(ctx).(messages)
	if !ok {
		return nil, errs.New(errs.CodeInternal, "this build's gRPC does not let messages be read in parts")
	}
	var head [5]byte // whether it is compressed, and its length
	if err := stream.ReadMessageHeader(head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errs.Invalid("the call has no message; send one export request")
		}
		return nil, err
	}
	length := int64(binary.BigEndian.Uint32(head[1:]))
	if length > MaxBody {
		return nil, tooLarge()
	}
	from := &message{stream: stream, left: length}
	defer from.free()
	switch {
	case head[0] == 0:
		return readAll(from, lease, "identity")
	case stream.RecvCompress() != "gzip":
		return nil, errs.Invalid("the message is compressed and grpc-encoding does not say gzip")
	}
	z, err := gzip.NewReader(from)
	if err != nil {
		return nil, errs.Wrap(errs.CodeInvalid, err, "grpc-encoding says gzip, but the message is not gzip")
	}
	defer func() { _ = z.Close() }() // it only reads
	return readAll(z, lease, "gzip")
}

// message is the rest of a message as a reader.
type message struct {
	stream messages
	left   int64       // on the wire
	have   *mem.Reader // what gRPC has handed over of it, nil for nothing
}

func (m *message) Read(p []byte) (int, error) {
	if m.have == nil || m.have.Remaining() == 0 {
		m.free()
		if m.left == 0 {
			return 0, io.EOF
		}
		step := min(m.left, messageStep)
		got, err := m.stream.Read(int(step))
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		m.left -= step
		m.have = got.Reader()
		got.Free() // the reader has its own claim
	}
	return m.have.Read(p)
}

func (m *message) free() {
	if m.have != nil {
		_ = m.have.Close() // never fails
		m.have = nil
	}
}
