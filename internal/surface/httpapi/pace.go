package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"steward/internal/base/errs"
)

const (
	// A body must come at bodyPace bytes a second, counted from when bodyGrace is over; else whoever announces much
	// and sends nothing would hold a connection, and what is reserved for it, for ever.
	bodyGrace = 30 * time.Second
	bodyPace  = 16 << 10
)

// pace is a request's body that must keep coming. The deadline stands from the beginning, because the server itself
// reads on when a handler answers without reading.
type pace struct {
	io.ReadCloser
	conn  *http.ResponseController
	begun time.Time
	read  int64
}

// paced puts a pace on the request's body.
func paced(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	p := &pace{ReadCloser: r.Body, conn: http.NewResponseController(w), begun: time.Now()}
	if p.until(p.begun.Add(bodyGrace)) == nil {
		r.Body = p
	}
}

func (p *pace) until(t time.Time) error { return p.conn.SetReadDeadline(t) }

func (p *pace) Read(b []byte) (int, error) {
	if err := p.until(p.begun.Add(bodyGrace + time.Duration(p.read/bodyPace)*time.Second)); err != nil {
		return 0, fmt.Errorf("set the body's deadline: %w", err)
	}
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	switch {
	case err == io.EOF:
		if err := p.until(time.Time{}); err != nil { // what the handler does now may take longer
			return n, fmt.Errorf("clear the body's deadline: %w", err)
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, errs.Wrap(errs.CodeInvalid, err, "the body came too slowly: %d bytes in %s", p.read, time.Since(p.begun).Round(time.Second))
	}
	return n, err
}
