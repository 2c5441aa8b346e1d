// Package door lets HTTP/1 and gRPC come in by the same port: the first bytes of a connection tell which it is, so that
// an exporter that was given the other's port works all the same. An encrypted greeting is turned away and told of. It
// knows nothing of what is said after the greeting. Start reading at Split.
package door

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// patience is how long a connection may take for its first bytes.
const patience = 10 * time.Second

// preface is how HTTP/2 begins without TLS (RFC 9113, section 3.4), which only gRPC speaks here.
var preface = []byte("PRI * HTTP/2.0")

// Split takes l's connections apart. Both sides' Accept ends with net.ErrClosed when l is closed, or with its error.
// encrypted is told of each TLS greeting. Closing either side closes l.
func Split(l net.Listener, encrypted func(net.Conn)) (http1, grpc net.Listener) {
	s := &splitter{l: l, encrypted: encrypted, done: make(chan struct{})}
	a, b := &side{s: s, conns: make(chan net.Conn)}, &side{s: s, conns: make(chan net.Conn)}
	s.http1, s.grpc = a, b
	go s.run()
	return a, b
}

type splitter struct {
	l           net.Listener
	http1, grpc *side
	encrypted   func(net.Conn)
	once        sync.Once
	done        chan struct{}
	err         error // why it ended; set before done is closed
}

func (s *splitter) run() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() && !errors.Is(err, net.ErrClosed) {
				time.Sleep(5 * time.Millisecond) // out of file descriptors, say
				continue
			}
			s.end(err)
			return
		}
		go s.sort(c)
	}
}

func (s *splitter) end(err error) {
	s.once.Do(func() {
		s.err = err
		close(s.done)
	})
}

// sort reads as much of the greeting as tells where the connection belongs.
func (s *splitter) sort(c net.Conn) {
	_ = c.SetReadDeadline(time.Now().Add(patience))
	head := make([]byte, 0, len(preface))
	for len(head) < len(preface) {
		n, err := c.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if len(head) > 0 && head[0] == 0x16 { // a TLS handshake record (RFC 8446, section 5.1)
			s.encrypted(c)
			_ = c.Close()
			return
		}
		if !bytes.HasPrefix(preface, head) {
			break
		}
		if err != nil {
			_ = c.Close()
			return
		}
	}
	_ = c.SetReadDeadline(time.Time{})
	to := s.http1
	if bytes.Equal(head, preface) {
		to = s.grpc
	}
	select {
	case to.conns <- &greeted{Conn: c, head: head}:
	case <-s.done:
		_ = c.Close()
	}
}

// side is a listener of one kind of connection.
type side struct {
	s     *splitter
	conns chan net.Conn
}

// Accept implements net.Listener.
func (l *side) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.s.done:
		return nil, l.s.err
	}
}

// Close implements net.Listener.
func (l *side) Close() error {
	l.s.end(net.ErrClosed)
	return l.s.l.Close()
}

// Addr implements net.Listener.
func (l *side) Addr() net.Addr { return l.s.l.Addr() }

// greeted gives back what was read of the greeting.
type greeted struct {
	net.Conn
	head []byte
}

// Read implements net.Conn.
func (c *greeted) Read(b []byte) (int, error) {
	if len(c.head) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.head)
	c.head = c.head[n:]
	return n, nil
}

// ReadFrom lets big answers go out without a copy, as they would on the bare connection.
func (c *greeted) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }
