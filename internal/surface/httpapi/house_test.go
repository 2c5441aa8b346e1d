package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/api"
	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/secretbox"
	"steward/internal/domain/access"
	"steward/internal/driver/sqlite"
	"steward/internal/work/identity"
	"steward/internal/work/tenancy"
)

// house is a kit over a real store, with the control routes and a few to try the chain with.
type house struct {
	kit      *Kit
	store    *sqlite.Store
	ids      *identity.Service
	clock    *clock.Fake
	operator string
	token    string
	log      *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHouse(t *testing.T, extra ...Route) *house {
	t.Helper()
	box, err := secretbox.New(bytes.Repeat([]byte{1}, secretbox.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), log: &lockedBuffer{}}
	h.store, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "control.db"), Box: box, Clock: h.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.ids = identity.New(identity.Options{Store: h.store, Clock: h.clock})
	welcome, err := h.ids.Start(t.Context(), func(key string) error { h.operator = key; return nil })
	if err != nil {
		t.Fatal(err)
	}
	h.token = welcome.Token
	projects := tenancy.New(h.store, h.clock)
	h.kit = New(Options{
		Authenticator: h.ids, Projects: h.store, Clock: h.clock, Hosts: []string{"Steward.example"},
		Logger: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Pages: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "page") // a recorder does not fail
		}),
		IsPage: func(path string) bool { return path == "/" || strings.HasPrefix(path, "/traces") },
	})
	h.kit.Register(h.kit.SignInRoutes(h.ids, projects, "1.2.3", "")...)
	h.kit.Register(KeyRoutes(h.ids, h.store)...)
	h.kit.Register(BrowserSessionRoutes(h.ids)...)
	h.kit.Register(ProjectRoutes(projects)...)
	h.kit.Register(RetentionRoutes(projects)...)
	h.kit.Register(ChangeRoutes(h.store)...)
	h.kit.Register(extra...)
	return h
}

// ask is one request; the zero values mean GET of nothing, without a key.
type ask struct {
	method, path, key, cookie, csrf, project, host, body, address string
	header                                                        map[string]string
}

func (h *house) do(a ask) *httptest.ResponseRecorder {
	if a.method == "" {
		a.method = http.MethodGet
	}
	r := httptest.NewRequest(a.method, "http://localhost:7171"+a.path, strings.NewReader(a.body))
	if a.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{"Steward-CSRF": a.csrf, "Steward-Project": a.project} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if a.key != "" {
		r.Header.Set("Authorization", "Bearer "+a.key)
	}
	if a.cookie != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: a.cookie})
	}
	if a.host != "" {
		r.Host = a.host
	}
	if a.address != "" {
		r.RemoteAddr = a.address
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.kit.ServeHTTP(w, r)
	return w
}

// read decodes an answer of the given status.
func read[T any](t *testing.T, w *httptest.ResponseRecorder, status int) T {
	t.Helper()
	var v T
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

// refused checks the status and the envelope's code, and answers the message.
func refused(t *testing.T, w *httptest.ResponseRecorder, status int, code errs.Code) string {
	t.Helper()
	e := read[api.ErrorBody](t, w, status).Error
	if e.Code != string(code) || e.Message == "" {
		t.Fatalf("the error is %+v, want the code %s", e, code)
	}
	return e.Message
}

// key makes a key in a project by way of the API.
func (h *house) key(t *testing.T, project string, scopes ...string) api.KeyMade {
	t.Helper()
	body, err := json.Marshal(api.NewKey{Name: "test", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	w := h.do(ask{method: "POST", path: "/api/v1/keys", key: h.operator, project: project, body: string(body)})
	return read[api.KeyMade](t, w, http.StatusCreated)
}

func (h *house) project(t *testing.T, id string) {
	t.Helper()
	w := h.do(ask{method: "POST", path: "/api/v1/projects", key: h.operator, body: `{"id":"` + id + `"}`})
	read[api.Project](t, w, http.StatusCreated)
}

// signIn answers the cookie and who signed in.
func (h *house) signIn(t *testing.T, body string) (cookie string, me api.Me) {
	t.Helper()
	w := h.do(ask{method: "POST", path: "/api/v1/signin", body: body})
	me = read[api.Me](t, w, http.StatusOK)
	for _, c := range w.Result().Cookies() {
		if c.Name == cookieName {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure {
				t.Errorf("the cookie is %+v", c)
			}
			return c.Value, me
		}
	}
	t.Fatal("signing in set no cookie")
	return "", me
}

// plain is a route that answers 200 with the project it was let into.
func plain(method, pattern string, action access.Action, reach Reach) Route {
	return Route{Method: method, Pattern: pattern, Action: action, Reach: reach, Doc: Doc{Summary: "Try"}, Handle: func(w http.ResponseWriter, r *http.Request) error {
		return JSON(w, http.StatusOK, map[string]string{"project": string(CallerOf(r.Context()).Project)})
	}}
}
