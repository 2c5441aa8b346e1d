package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"steward/internal/base/clock"
	"steward/internal/domain/access"
	"steward/internal/surface/httpapi"
	"steward/internal/work/identity"
)

// opened answers a Steward without listeners, and its operator's key.
func opened(t *testing.T) (*App, *httpapi.Kit, string) {
	t.Helper()
	c := Default()
	c.Data = t.TempDir()
	c.Intake.MinFree = 0
	a := &App{config: c, version: "test", logger: slog.New(slog.DiscardHandler), clock: clock.System{}}
	t.Cleanup(a.stop)
	if err := a.open(context.Background()); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(a.operatorPath())
	if err != nil {
		t.Fatal(err)
	}
	a.doors = &doors{}
	return a, a.routes(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7171}), strings.TrimSpace(string(key))
}

func ask(h http.Handler, method, path, key, project string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(""))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if project != "" {
		r.Header.Set("Steward-Project", project)
	}
	// a tail would never end by itself
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	if strings.HasSuffix(path, "/tail") {
		time.AfterFunc(50*time.Millisecond, cancel)
	}
	defer cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(ctx))
	return w
}

// TestEveryRouteAsksForItsAction walks all routes of all surfaces without key, with a key that lacks the action, and
// with a key that belongs to another project.
func TestEveryRouteAsksForItsAction(t *testing.T) {
	a, kit, _ := opened(t)
	ctx := context.Background()
	if _, err := a.tenancy.Create(ctx, access.Steward(), "other", "Other", "test"); err != nil {
		t.Fatal(err)
	}
	operator := access.Principal{ID: "operator", Kind: access.OperatorAccount, AllProjects: true, Actions: access.Everything(), Project: "default"}
	keys := map[access.Scope]string{}
	for _, s := range access.Scopes() {
		_, text, err := a.identity.CreateKey(ctx, operator, identity.NewKey{Project: "default", Name: "key " + string(s), Scopes: []string{string(s)}, Reason: "test"})
		if err != nil {
			t.Fatal(err)
		}
		keys[s] = text
	}
	open := map[string]bool{"GET /healthz": true, "GET /readyz": true, "POST /api/v1/signin": true}
	routes := kit.Routes()
	if len(routes) < 25 {
		t.Fatalf("only %d routes; the walk looks in the wrong place", len(routes))
	}
	for _, r := range routes {
		name := r.Method + " " + r.Pattern
		path := strings.NewReplacer("{id}", "default", "{trace_id}", strings.Repeat("1", 32), "{span_id}", strings.Repeat("1", 16),
			"{session}", "s", "{sha256}", strings.Repeat("0", 64)).Replace(r.Pattern)
		got := ask(kit, r.Method, path, "", "").Code
		if r.Open {
			if !open[name] || got == http.StatusUnauthorized {
				t.Errorf("%s is open and answers %d without a key; the list of open routes is part of the contract", name, got)
			}
			continue
		}
		if got != http.StatusUnauthorized {
			t.Errorf("%s answers %d without a key", name, got)
		}
		if got := ask(kit, r.Method, path, "stw_forged", "").Code; got != http.StatusUnauthorized {
			t.Errorf("%s answers %d with a forged key", name, got)
		}
		for scope, key := range keys {
			may := (r.Action == access.Self || scope.Actions().Has(r.Action)) && r.Reach != httpapi.Everywhere
			got := ask(kit, r.Method, path, key, "").Code
			if !may && got != http.StatusForbidden {
				t.Errorf("%s answers %d with scope %s, which lacks %s", name, got, scope, r.Action)
			}
			if may && (got == http.StatusForbidden || got == http.StatusUnauthorized) {
				t.Errorf("%s answers %d with scope %s, which has %s", name, got, scope, r.Action)
			}
			if r.Reach == httpapi.InProject {
				if got := ask(kit, r.Method, path, key, "other").Code; got != http.StatusForbidden && got != http.StatusNotFound {
					t.Errorf("%s answers %d in another project", name, got)
				}
			}
		}
	}
}

func TestUnknownPathsAskForAKeyFirst(t *testing.T) {
	_, kit, key := opened(t)
	for _, path := range []string{"/api/v1/nothing", "/api/v2/traces", "/v1/chat/completions", "/otlp/v1/profiles", "/anthropic/v1/messages",
		"/gemini/v1beta/x", "/mcp/x", "/mlflow/api", "/v2/models", "/metrics/x", "/api/v1/traces/", "/api/../api/v1/keys"} {
		if got := ask(kit, "GET", path, "", ""); got.Code != http.StatusUnauthorized {
			t.Errorf("%s answers %d without a key: %s", path, got.Code, got.Body)
		}
		got := ask(kit, "GET", path, key, "")
		if got.Code != http.StatusNotFound && got.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s answers %d with a key", path, got.Code)
		}
		body, _ := io.ReadAll(got.Body)
		if strings.Contains(string(body), "<html") {
			t.Errorf("%s falls back to the pages", path)
		}
	}
}
