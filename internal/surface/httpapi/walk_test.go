package httpapi

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
)

// walk checks the promises about access on every route that a kit has: it is what a new route is held to.
func walk(t *testing.T, h *house, open []string) {
	h.project(t, "shop")
	h.project(t, "other")
	foreign := h.key(t, "other", "admin").Text
	local := h.key(t, "shop", "admin").Text
	lacking := map[access.Action]string{}
	for _, s := range access.Scopes() { // for each action a key of the project without it, where a scope leaves it out
		text := h.key(t, "shop", string(s)).Text
		for _, a := range access.All() {
			if !s.Actions().Has(a) {
				lacking[a] = text
			}
		}
	}
	var opened []string
	for _, route := range h.kit.Routes() {
		name := route.Method + " " + route.Pattern
		if route.Open {
			opened = append(opened, name)
			continue
		}
		path := strings.NewReplacer("{id}", "shop", "{", "", "}", "", "...", "").Replace(route.Pattern)
		t.Run(name, func(t *testing.T) {
			if !route.Action.Valid() || route.Doc.Summary == "" && strings.HasPrefix(path, "/api/") {
				t.Error("the route declares no action or no summary")
			}
			a := ask{method: route.Method, path: path, body: "{}", project: "shop"}
			mustBe(t, h.do(a), http.StatusUnauthorized)
			for _, bad := range []string{"nonsense", "stw_0123456789ABCDEFGHIJKLMNOPQRSTUVWX"} {
				a.key = bad
				mustBe(t, h.do(a), http.StatusUnauthorized)
			}
			a.key = ""
			a.cookie = "nonsense"
			mustBe(t, h.do(a), http.StatusUnauthorized)
			a.cookie = ""
			if route.Action != access.Self {
				a.key = lacking[route.Action]
				mustBe(t, h.do(a), http.StatusForbidden)
			}
			if route.Reach != OwnProject { // which no header can lead into another project
				a.key = foreign
				mustBe(t, h.do(a), http.StatusForbidden, http.StatusNotFound)
			}
			if route.Reach == Everywhere {
				a.key = local
				mustBe(t, h.do(a), http.StatusForbidden)
			}
			a.key = h.operator
			if route.Reach == InProject {
				a.project = "nowhere"
				mustBe(t, h.do(a), http.StatusNotFound)
				a.project = "No Name"
				mustBe(t, h.do(a), http.StatusBadRequest)
			}
		})
	}
	if !slices.Equal(opened, open) {
		t.Errorf("routes without a key are %v, want %v", opened, open)
	}
}

func mustBe(t *testing.T, w *httptest.ResponseRecorder, statuses ...int) {
	t.Helper()
	if !slices.Contains(statuses, w.Code) {
		t.Errorf("status %d, want %v: %s", w.Code, statuses, w.Body)
	}
	if w.Code == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	}
}

func TestEveryRoute(t *testing.T) {
	walk(t, newHouse(t,
		plain("POST", "/otlp/v1/traces", access.SpanWrite, OwnProject),
		plain("POST", "/v1/traces", access.SpanWrite, OwnProject),
		plain("GET", "/api/v1/traces/{trace_id}", access.TraceRead, InProject),
		plain("GET", "/metrics", access.MetricsRead, Everywhere),
	), []string{"POST /api/v1/signin"})
}

func TestUnknownPathsAskForAKeyFirst(t *testing.T) {
	h := newHouse(t, plain("POST", "/otlp/v1/traces", access.SpanWrite, OwnProject))
	reader := h.key(t, "", "read").Text
	for _, path := range []string{
		"/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/keys", "/api//v1/keys", "/api/v1/../v1/keys", "/api/v1/keys/",
		"/v1/nothing", "/v1/traces", "/v2/models", "/otlp/v1/nothing", "/otlp", "/anthropic/v1/messages", "/gemini/v1beta/x", "/mcp/x",
		"/mlflow/x", "/metrics", "/favicon.ico", "/.git/config", "/%2e%2e/etc/passwd",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"} {
			t.Run(method+" "+path, func(t *testing.T) {
				mustBe(t, h.do(ask{method: method, path: path}), http.StatusUnauthorized)
				w := h.do(ask{method: method, path: path, key: reader})
				mustBe(t, w, http.StatusNotFound)
				if w.Body.String() == "page" {
					t.Error("fell back to a page")
				}
			})
		}
	}
}

func TestKnownPathWithAnotherMethod(t *testing.T) {
	h := newHouse(t)
	for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS"} {
		mustBe(t, h.do(ask{method: method, path: "/api/v1/keys"}), http.StatusUnauthorized)
		w := h.do(ask{method: method, path: "/api/v1/keys", key: h.operator})
		refused(t, w, http.StatusMethodNotAllowed, errs.CodeInvalid)
		if allow := w.Header().Get("Allow"); allow != "GET, HEAD, POST" {
			t.Errorf("Allow is %q", allow)
		}
	}
	mustBe(t, h.do(ask{method: "GET", path: "/api/v1/signin"}), http.StatusUnauthorized)
	w := h.do(ask{method: "HEAD", path: "/api/v1/keys", key: h.operator})
	mustBe(t, w, http.StatusOK)
}

func TestPagesNeedNoKey(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/", "/traces", "/traces/abc"} {
		if w := h.do(ask{path: path}); w.Code != http.StatusOK || w.Body.String() != "page" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		mustBe(t, h.do(ask{method: "POST", path: path}), http.StatusUnauthorized)
	}
}

func TestShapeOfUnclaimedPaths(t *testing.T) {
	h := newHouse(t)
	shape := func(name string) ErrorShape {
		return func(w http.ResponseWriter, _ *http.Request, status int, e *errs.Error) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(name + " " + string(e.Code)))
		}
	}
	h.kit.Shape("/v1/", shape("outer"))
	h.kit.Shape("/v1/inner/", shape("inner"))
	for path, want := range map[string]string{"/v1/x": "outer unauthenticated", "/v1/inner/x": "inner unauthenticated"} {
		if w := h.do(ask{path: path}); w.Body.String() != want || w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	refused(t, h.do(ask{path: "/api/x"}), http.StatusUnauthorized, errs.CodeUnauthenticated)
}

func TestRegisterRefusesWhatCannotBeRight(t *testing.T) {
	good := plain("GET", "/x", access.TraceRead, InProject)
	for name, spoil := range map[string]func(*Route){
		"no action":         func(r *Route) { r.Action = "" },
		"unknown action":    func(r *Route) { r.Action = "trace.bake" },
		"open and action":   func(r *Route) { r.Open = true },
		"no handler":        func(r *Route) { r.Handle = nil },
		"odd method":        func(r *Route) { r.Method = "BREW" },
		"no slash":          func(r *Route) { r.Pattern = "x" },
		"path without {id}": func(r *Route) { r.Reach = PathProject },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was taken")
				}
			}()
			bad := good
			spoil(&bad)
			New(Options{}).Register(bad)
		})
	}
}
