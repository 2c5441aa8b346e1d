package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/arrival"
	"steward/internal/surface/door"
	"steward/internal/surface/httpapi"
	"steward/internal/surface/otlp"
	"steward/internal/surface/ui"
	"steward/internal/work/views"
)

// readiness is what /readyz says.
type readiness struct{ yes atomic.Bool }

// doors are the listeners and who holds the customary ports instead.
type doors struct {
	main    net.Listener
	grpc    net.Listener
	http    net.Listener
	metrics net.Listener // needs no key; only there when asked for
	missed  []string     // sentences about ports that were not asked for and are taken
}

// serve opens the doors, greets, and serves until ctx ends.
func (a *App) serve(ctx context.Context, out io.Writer) error {
	var err error
	if a.doors, err = a.listen(); err != nil {
		return err
	}
	kit := a.routes(a.doors.main.Addr())
	failed := make(chan error, 4)
	g := otlp.NewGRPC(a.ingest, a.identity, a.arrivals, a.logger)
	var servers []*http.Server
	for _, l := range []net.Listener{a.doors.main, a.doors.http, a.doors.grpc} {
		if l == nil {
			continue
		}
		http1, h2 := door.Split(l, a.encrypted)
		servers = append(servers, a.start(http1, kit, failed))
		go func() {
			if err := g.Serve(h2); err != nil && !errors.Is(err, net.ErrClosed) {
				failed <- err
			}
		}()
	}
	if a.doors.metrics != nil {
		servers = append(servers, a.start(a.doors.metrics, a.bareMetrics(), failed))
	}
	a.onStop(func() { closeDoors(servers, g) })
	for _, sentence := range a.doors.missed {
		a.logger.Warn(sentence)
	}
	a.greet(out, a.config.baseURL(a.doors.main.Addr()))
	a.serveDemo(ctx, a.config.ownURL(a.doors.main.Addr()))
	go a.becomeReady(ctx)
	select {
	case <-ctx.Done():
		a.ready.yes.Store(false)
		a.logger.Info("stopping: ending requests, loading what was taken in")
		return nil
	case err := <-failed:
		return errs.Wrap(errs.CodeUnavailable, err, "a listener failed")
	}
}

// encrypted notes a client that began TLS where none is spoken.
func (a *App) encrypted(c net.Conn) {
	seen := arrival.Attempt{Transport: arrival.TLS}
	if at, ok := c.LocalAddr().(*net.TCPAddr); ok {
		seen.Port = at.Port
	}
	seen.Address, _, _ = net.SplitHostPort(c.RemoteAddr().String())
	a.arrivals.Seen(seen)
}

// endpoints are where telemetry is taken in.
func (a *App) endpoints() arrival.Endpoints {
	port := func(l net.Listener) int {
		if l == nil {
			return 0
		}
		at, _ := l.Addr().(*net.TCPAddr)
		return at.Port
	}
	return arrival.Endpoints{Base: a.config.baseURL(a.doors.main.Addr()), MainPort: port(a.doors.main), GRPCPort: port(a.doors.grpc), HTTPPort: port(a.doors.http)}
}

// becomeReady waits until what the intake log held at the start can be read.
func (a *App) becomeReady(ctx context.Context) {
	for ctx.Err() == nil {
		if err := a.ingest.Settled(ctx); err == nil {
			a.ready.yes.Store(true)
			return
		}
	}
}

func (a *App) start(l net.Listener, h http.Handler, failed chan<- error) *http.Server {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return s
}

// closeDoors lets running requests end, but no longer than closePatience: live tails would never.
func closeDoors(servers []*http.Server, g *grpc.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	stopped := make(chan struct{})
	go func() { g.GracefulStop(); close(stopped) }()
	defer func() {
		select {
		case <-stopped:
		case <-ctx.Done():
			g.Stop()
		}
	}()
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			_ = s.Close() // what is left is cut off
		}
	}
}

func (a *App) listen() (*doors, error) {
	d := &doors{}
	var err error
	if d.main, err = net.Listen("tcp", a.config.Listen); err != nil {
		return nil, errs.Wrap(errs.CodeUnavailable, err, "cannot listen on %s%s; stop what holds it, or give another --listen", a.config.Listen, holder(err, a.config.Listen))
	}
	a.onStop(func() { _ = d.main.Close() }) // closed by its server already, unless that never started
	for _, extra := range []struct {
		at     *net.Listener
		key    string
		addr   string
		custom string
	}{{&d.grpc, "otlp.grpc", a.config.OTLP.GRPC, customGRPC}, {&d.http, "otlp.http", a.config.OTLP.HTTP, customHTTP}, {&d.metrics, "metrics.listen", a.config.Metrics.Listen, ""}} {
		if extra.addr == "" {
			continue
		}
		l, err := net.Listen("tcp", extra.addr)
		switch {
		case err == nil:
			*extra.at = l
			a.onStop(func() { _ = l.Close() })
		case extra.addr == extra.custom && errors.Is(err, syscall.EADDRINUSE):
			d.missed = append(d.missed, fmt.Sprintf("OTLP does not listen on its customary %s%s; it is taken in on %s/otlp all the same", extra.addr, holder(err, extra.addr), a.config.baseURL(d.main.Addr())))
		default:
			return nil, errs.Wrap(errs.CodeUnavailable, err, "cannot listen on %s (%s)%s", extra.addr, extra.key, holder(err, extra.addr))
		}
	}
	return d, nil
}

// holder says who holds an address, as far as the system tells.
func holder(err error, addr string) string {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ""
	}
	if who := PortHolder(addr); who != "" {
		return ": it is held by " + who
	}
	return ": it is in use"
}

// routes is the table of contents of the HTTP side.
func (a *App) routes(listening net.Addr) *httpapi.Kit {
	host, _, _ := net.SplitHostPort(a.config.Listen) // validated
	hosts := append([]string{host}, a.config.Hosts...)
	if _, rest, ok := strings.Cut(a.config.PublicURL, "://"); ok {
		name, _, _ := strings.Cut(rest, "/")
		name, _, _ = strings.Cut(name, ":")
		hosts = append(hosts, name)
	}
	kit := httpapi.New(httpapi.Options{Authenticator: a.identity, Projects: a.control, Logger: a.logger, Clock: a.clock,
		Hosts: hosts, SecureCookies: a.config.Secure, Pages: ui.Handler(), IsPage: ui.IsPage, Arrivals: a.arrivals})
	kit.Register(kit.SignInRoutes(a.identity, a.tenancy, string(a.version), a.config.PublicURL)...)
	kit.Register(httpapi.ProjectRoutes(a.tenancy)...)
	kit.Register(httpapi.RetentionRoutes(a.tenancy)...)
	kit.Register(httpapi.KeyRoutes(a.identity, a.control)...)
	kit.Register(httpapi.ShareRoutes(a.identity, a.control, a.look, a.blobs, func() string { return a.config.baseURL(listening) })...)
	kit.Register(httpapi.BrowserSessionRoutes(a.identity)...)
	kit.Register(httpapi.ChangeRoutes(a.control)...)
	kit.Register(a.demoRoutes()...)
	kit.Register(httpapi.LookRoutes(a.look, a.config.PublicURL)...)
	kit.Register(httpapi.EmptyRoutes(a.look, a.tenancy)...)
	kit.Register(httpapi.NumberRoutes(a.look)...)
	kit.Register(httpapi.ViewRoutes(views.New(a.control, a.clock))...)
	kit.Register(httpapi.ScoreRoutes(a.look, a.ingest, a.clock)...)
	kit.Register(httpapi.StreamRoutes(a.look, a.ingest.Hub(), a.blobs, filepath.Join(a.config.Data, scratchDir))...)
	kit.Register(a.workRoutes()...)
	kit.Register(httpapi.ArrivalRoutes(a.arrivals, a.look, a.endpoints)...)
	kit.Register(otlp.Routes(a.ingest, "/otlp", "")...)
	kit.Register(a.probes()...)
	kit.Register(httpapi.DocRoutes(kit, string(a.version))...)
	for _, prefix := range []string{"/otlp/", "/v1/traces", "/v1/logs", "/v1/metrics"} {
		kit.Shape(prefix, otlp.Errors)
	}
	return kit
}

// probes answer without a key and say only ok or not.
func (a *App) probes() []httpapi.Route {
	say := func(ok func() bool) httpapi.Handler {
		return func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			if !ok() {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, err := io.WriteString(w, "not ready\n")
				return err
			}
			_, err := io.WriteString(w, "ok\n")
			return err
		}
	}
	return []httpapi.Route{
		{Method: http.MethodGet, Pattern: "/healthz", Open: true, Quiet: true, Handle: say(func() bool { return true }),
			Doc: httpapi.Doc{Tag: "operations", Summary: "Whether the process lives", Media: "text/plain", Out: ""}},
		{Method: http.MethodGet, Pattern: "/readyz", Open: true, Quiet: true, Handle: say(a.ready.yes.Load),
			Doc: httpapi.Doc{Tag: "operations", Summary: "Whether everything acknowledged can be read", Media: "text/plain", Out: ""}},
		{Method: http.MethodGet, Pattern: "/metrics", Action: access.MetricsRead, Reach: httpapi.Everywhere, Quiet: true, Handle: httpapi.Plain(a.metrics()),
			Doc: httpapi.Doc{Tag: "operations", Summary: "Steward's own metrics (Prometheus)", Media: "text/plain", Out: ""}},
	}
}
