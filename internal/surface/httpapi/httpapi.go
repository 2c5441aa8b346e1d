// Package httpapi is the HTTP house of Steward: one table of routes, one chain that every request passes, one place
// where keys are checked and one error envelope. Other HTTP surfaces (OTLP, the provider dialects) register their
// routes here too, with their own error shape. Handlers decode, call one verb of work, and encode; they hold no rules.
// It knows nothing of SQL, of engines or of how keys are stored. Start reading at Kit.ServeHTTP and Route.
package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/arrival"
)

// DefaultMaxBody is how many bytes a request's body may have on a route that names no limit.
const DefaultMaxBody = 1 << 20

// Options says what a Kit stands on.
type Options struct {
	Authenticator Authenticator
	Projects      Projects
	Logger        *slog.Logger // nil logs nothing
	Clock         clock.Clock  // nil is the system's

	// Hosts are the names that a cookie request may call this server by, without port, besides localhost and IP
	// addresses: the listen host and configured names. It is the guard against DNS rebinding.
	Hosts []string

	// SecureCookies marks cookies Secure also when the request came without TLS, for use behind a TLS proxy.
	SecureCookies bool

	// Pages serves the browser pages for GET and HEAD of paths for which IsPage is true and that no route claims.
	// Both may be nil.
	Pages  http.Handler
	IsPage func(path string) bool

	// Arrivals is told of every request to a route that takes telemetry in, and of every POST that no route takes. It
	// may be nil.
	Arrivals Arrivals
}

// Kit is an http.Handler made of routes. Register everything before serving; after that it is safe for concurrent use.
type Kit struct {
	o      Options
	mux    *http.ServeMux
	routes []Route
	shapes []prefixShape
	door   door
}

type prefixShape struct {
	prefix string
	shape  ErrorShape
}

// New makes a Kit without routes.
func New(o Options) *Kit {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	return &Kit{o: o, mux: http.NewServeMux(), door: newDoor(o)}
}

// Register adds routes. Like http.ServeMux it panics on a table that cannot be right: a pattern twice, a route without
// an action that is not open, or an action that does not exist.
func (k *Kit) Register(routes ...Route) {
	for _, r := range routes {
		if err := r.check(); err != nil {
			panic(fmt.Sprintf("httpapi: route %s %s: %v", r.Method, r.Pattern, err))
		}
		k.mux.Handle(r.Method+" "+r.Pattern, &endpoint{route: r, kit: k})
		k.routes = append(k.routes, r)
	}
}

// Routes answers all registered routes in the order of their registration, for the OpenAPI document and for tests.
func (k *Kit) Routes() []Route { return slices.Clone(k.routes) }

// Shape sets the error shape for paths below prefix that no route claims, so that a client of a provider dialect gets
// that provider's own errors also there. The longest prefix wins.
func (k *Kit) Shape(prefix string, shape ErrorShape) {
	k.shapes = append(k.shapes, prefixShape{prefix, shape})
	slices.SortStableFunc(k.shapes, func(a, b prefixShape) int { return len(b.prefix) - len(a.prefix) })
}

// ServeHTTP takes a request through the chain: request id, recovery, access log, then the route. A path that is
// neither a route nor a page asks for a key before it tells whether it exists.
func (k *Kit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.observe(w, r, func(w http.ResponseWriter, r *http.Request) {
		paced(w, r)
		h, _ := k.mux.Handler(r)
		if _, ok := h.(*endpoint); ok {
			k.mux.ServeHTTP(w, r) // asks again which one, because only this sets the path's values
			return
		}
		reading := r.Method == http.MethodGet || r.Method == http.MethodHead
		if reading && k.o.Pages != nil && k.o.IsPage != nil && k.o.IsPage(r.URL.Path) {
			k.o.Pages.ServeHTTP(w, r)
			return
		}
		callerIn(r.Context()).Sent = lost(r)
		k.fail(w, r, k.shapeOf(r.URL.Path), k.unclaimed(w, r, h))
	})
}

// unclaimed answers why no route takes r. The mux answers redirects to cleaned paths too; following them would tell
// that a path exists, so they are NotFound like the rest.
func (k *Kit) unclaimed(w http.ResponseWriter, r *http.Request, h http.Handler) error {
	if err := k.door.enter(w, r); err != nil {
		return err
	}
	p := probe{header: http.Header{}}
	h.ServeHTTP(&p, r)
	if p.status != http.StatusMethodNotAllowed {
		return errs.NotFound("there is nothing at %s", r.URL.Path)
	}
	w.Header().Set("Allow", p.header.Get("Allow"))
	return methodNotAllowed(r.Method, p.header.Get("Allow"))
}

func (k *Kit) shapeOf(path string) ErrorShape {
	for _, s := range k.shapes {
		if strings.HasPrefix(path, s.prefix) {
			return s.shape
		}
	}
	return Envelope
}

// endpoint is a route in the mux.
type endpoint struct {
	route Route
	kit   *Kit
}

// ServeHTTP checks access once, bounds the body and runs the handler.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rec, ok := w.(*recorder); ok {
		rec.quiet = e.route.Quiet
	}
	shape := e.route.Errors
	if shape == nil {
		shape = Envelope
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if e.route.Telemetry {
		callerIn(r.Context()).Sent = &arrival.Attempt{}
	}
	if err := e.kit.door.admit(w, r, &e.route); err != nil {
		e.kit.fail(w, r, shape, err)
		return
	}
	limit := e.route.MaxBody
	if limit == 0 {
		limit = DefaultMaxBody
	}
	if limit > 0 && r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
	}
	if err := e.route.Handle(w, r); err != nil {
		e.kit.fail(w, r, shape, err)
	}
}

// Plain makes a Handler of an http.Handler that answers its own errors.
func Plain(h http.Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}
