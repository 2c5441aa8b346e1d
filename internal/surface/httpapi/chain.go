package httpapi

import (
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"

	"steward/internal/base/errs"
	"steward/internal/base/id"
)

const requestIDHeader = "Steward-Request-Id"

// observe gives the request its id and its Caller, turns a panic into an internal error, and logs one line when the
// request ends. Queries and bodies are not logged: they carry tokens and people's text.
func (k *Kit) observe(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	begun := k.o.Clock.Now()
	c := &Caller{RequestID: id.New(), Address: addressOf(r)}
	w.Header().Set(requestIDHeader, c.RequestID)
	rec := &recorder{ResponseWriter: w}
	r = r.WithContext(withCaller(r.Context(), c))
	defer func() {
		v := recover()
		cutOff := v != nil && (v == http.ErrAbortHandler || rec.status != 0)
		if v != nil && v != http.ErrAbortHandler {
			k.fail(rec, r, k.shapeOf(r.URL.Path), panicked(v, debug.Stack()))
		}
		k.log(r, rec, c, k.o.Clock.Now().Sub(begun).Seconds()*1000)
		k.arrived(r, rec, c)
		if cutOff {
			panic(http.ErrAbortHandler) // ends the connection, so that no client takes a part for the whole
		}
	}()
	next(rec, r)
}

func (k *Kit) log(r *http.Request, rec *recorder, c *Caller, ms float64) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if status < 400 && rec.quiet {
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", status),
		slog.Int64("bytes", rec.bytes), slog.Float64("ms", ms), slog.String("request", c.RequestID),
		slog.String("address", c.Address),
	}
	if c.Principal.ID != "" {
		attrs = append(attrs, slog.String("principal", c.Principal.ID), slog.String("project", string(c.Project)))
	}
	if rec.err != nil {
		attrs = append(attrs, slog.String("code", string(errs.CodeOf(rec.err))), slog.String("error", rec.err.Error()))
		if status >= 500 {
			level = slog.LevelError
		}
	}
	k.o.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// recorder remembers what was answered. It unwraps for http.ResponseController, so that streams can flush.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	err    error // what became of the request, for the log
	quiet  bool
}

// Unwrap gives the server's own writer to http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the first final status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// probe takes an answer without sending it.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
