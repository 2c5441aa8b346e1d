package door_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"steward/internal/surface/door"
)

// TestSplit sends each kind of greeting, also in pieces, and sees where it comes out and that not a byte is lost.
func TestSplit(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	encrypted := make(chan string, 1)
	http1, grpc := door.Split(l, func(c net.Conn) { encrypted <- c.RemoteAddr().String() })
	for _, c := range []struct {
		name, send string
		at         net.Listener
	}{
		{"http", "POST /v1/traces HTTP/1.1\r\n\r\n", http1},
		{"http that begins like the other", "PRIME / HTTP/1.1\r\n\r\n", http1},
		{"garbage", "\x00\x01", http1},
		{"grpc", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", grpc},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for i := range len(c.send) {
					_, _ = client.Write([]byte{c.send[i]})
					time.Sleep(time.Millisecond)
				}
				_ = client.Close()
			}()
			got, err := c.at.Accept()
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(got)
			if err != nil || string(all) != c.send {
				t.Errorf("got %q, %v; want %q", all, err, c.send)
			}
		})
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.Write([]byte{0x16, 0x03, 0x01, 0, 0})
	if who := <-encrypted; who != client.LocalAddr().String() {
		t.Errorf("told of %s, want %s", who, client.LocalAddr())
	}
	if n, err := client.Read(make([]byte, 1)); err == nil {
		t.Errorf("the encrypted connection stays open: %d", n)
	}
	if err := http1.Close(); err != nil {
		t.Fatal(err)
	}
	for _, side := range []net.Listener{http1, grpc} {
		if _, err := side.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept after Close: %v", err)
		}
	}
}

// TestServe puts a real HTTP server behind it: keep-alive, large answers, and an end without a leak.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	http1, _ := door.Split(l, func(net.Conn) {})
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, io.LimitReader(zeros{}, 1<<20))
	})}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(http1) }()
	for range 3 {
		r, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if err != nil || n != 1<<20 {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
