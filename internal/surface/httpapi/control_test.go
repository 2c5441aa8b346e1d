package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
)

func TestMe(t *testing.T) {
	h := newHouse(t)
	h.project(t, "shop")
	me := read[api.Me](t, h.do(ask{path: "/api/v1/me", key: h.operator}), 200)
	if me.Principal.Kind != "operator" || me.Role != "operator" || me.Project != "default" || !slices.Equal(me.Projects, []string{"default", "shop"}) ||
		len(me.Actions) != len(access.All()) || me.CSRF != "" || me.Version != "1.2.3" || !me.ServerTime.Equal(h.clock.Now()) {
		t.Errorf("the operator is %+v", me)
	}
	me = read[api.Me](t, h.do(ask{path: "/api/v1/me", key: h.key(t, "shop", "ingest").Text}), 200)
	if me.Principal.Kind != "service" || me.Project != "shop" || !slices.Equal(me.Projects, []string{"shop"}) || me.Role != "" {
		t.Errorf("an exporter is %+v", me)
	}
}

func TestSignInAndOut(t *testing.T) {
	h := newHouse(t)
	cookie, me := h.signIn(t, `{"token":"`+h.token+`"}`)
	if me.Principal.Kind != "operator" || me.CSRF == "" || me.Role != "operator" {
		t.Errorf("signed in as %+v", me)
	}
	refused(t, h.do(ask{method: "POST", path: "/api/v1/signin", body: `{"token":"` + h.token + `"}`}), 401, errs.CodeUnauthenticated)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/signin", body: `{}`}), 400, errs.CodeInvalid)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/signin", header: map[string]string{"Content-Type": "text/plain"}, body: `{}`}), 400, errs.CodeInvalid)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/signout", cookie: cookie}), 403, errs.CodeForbidden)
	h.clock.Advance(24 * time.Hour) // so that signing out meets a renewal
	w := h.do(ask{method: "POST", path: "/api/v1/signout", cookie: cookie, csrf: me.CSRF})
	mustBe(t, w, http.StatusNoContent)
	if list := w.Result().Cookies(); len(list) != 1 || list[0].MaxAge != -1 || list[0].Value != "" {
		t.Errorf("signing out sets %+v", list)
	}
	refused(t, h.do(ask{path: "/api/v1/me", cookie: cookie}), 401, errs.CodeUnauthenticated)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/signout", key: h.operator}), 400, errs.CodeInvalid)
}

func TestSignInIsSlowed(t *testing.T) {
	h := newHouse(t)
	a := ask{method: "POST", path: "/api/v1/signin", body: `{"key":"wrong"}`, address: "10.0.0.1:5000"}
	for range 5 {
		refused(t, h.do(a), 401, errs.CodeUnauthenticated)
	}
	w := h.do(a)
	refused(t, w, 429, errs.CodeOverloaded)
	if s, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || s < 1 {
		t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	}
	a.address = "10.0.0.2:5000"
	refused(t, h.do(a), 401, errs.CodeUnauthenticated)
}

func TestInvite(t *testing.T) {
	h := newHouse(t)
	w := h.do(ask{method: "POST", path: "/api/v1/login-links", key: h.operator, body: `{"role":"viewer","name":"Ann"}`})
	link := read[api.LoginLink](t, w, 201)
	u, err := url.Parse(link.URL)
	if err != nil || u.Host != "localhost:7171" || u.Path != "/signin" {
		t.Fatalf("the link is %q, %v", link.URL, err)
	}
	cookie, me := h.signIn(t, `{"token":"`+u.Query().Get("token")+`"}`)
	if me.Role != "viewer" || me.Principal.Name != "Ann" || slices.Contains(me.Actions, "key.read") {
		t.Errorf("the viewer is %+v", me)
	}
	refused(t, h.do(ask{path: "/api/v1/keys", cookie: cookie}), 403, errs.CodeForbidden)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/login-links", key: h.operator, body: `{"role":"root","name":"x"}`}), 400, errs.CodeInvalid)
	if strings.Contains(h.log.String(), u.Query().Get("token")) {
		t.Error("the log holds the token")
	}
}

func TestKeys(t *testing.T) {
	h := newHouse(t)
	w := h.do(ask{method: "POST", path: "/api/v1/keys", key: h.operator, body: `{"name":"exporter","scopes":["ingest"],"environment":"production","release":"r1","expires":null}`})
	made := read[api.KeyMade](t, w, 201)
	if !strings.HasPrefix(made.Text, made.Prefix) || made.Environment != "production" || made.Expires != nil || made.Maker.Name != "Operator" {
		t.Errorf("made %+v", made)
	}
	w = h.do(ask{path: "/api/v1/keys?limit=1", key: h.operator})
	page := read[api.List[api.Key]](t, w, 200)
	if len(page.Items) != 1 || page.Items[0].ID != made.ID || page.NextCursor == nil || strings.Contains(w.Body.String(), made.Text) {
		t.Errorf("the first page is %s", w.Body)
	}
	w = h.do(ask{path: "/api/v1/keys?limit=1&cursor=" + *page.NextCursor, key: h.operator})
	if next := read[api.List[api.Key]](t, w, 200); len(next.Items) != 1 || next.Items[0].Name != "operator" || next.NextCursor != nil {
		t.Errorf("the second page is %s", w.Body)
	}
	path := "/api/v1/keys/" + made.ID
	mustBe(t, h.do(ask{path: "/api/v1/me", key: made.Text}), 200)
	mustBe(t, h.do(ask{method: "DELETE", path: path, key: h.operator}), 204)
	mustBe(t, h.do(ask{method: "DELETE", path: path, key: h.operator}), 204)
	refused(t, h.do(ask{path: "/api/v1/me", key: made.Text}), 401, errs.CodeUnauthenticated)
	refused(t, h.do(ask{method: "DELETE", path: "/api/v1/keys/none", key: h.operator}), 404, errs.CodeNotFound)
	h.project(t, "shop")
	other := h.key(t, "shop", "read")
	refused(t, h.do(ask{method: "DELETE", path: "/api/v1/keys/" + other.ID, key: h.operator}), 404, errs.CodeNotFound)
}

func TestBrowserSessions(t *testing.T) {
	h := newHouse(t)
	cookie, me := h.signIn(t, `{"token":"`+h.token+`"}`)
	h.signIn(t, `{"key":"`+h.operator+`"}`)
	list := read[api.List[api.BrowserSession]](t, h.do(ask{path: "/api/v1/browser-sessions", cookie: cookie}), 200).Items
	if len(list) != 2 {
		t.Fatalf("%d sessions", len(list))
	}
	for _, s := range list {
		if !s.Current {
			mustBe(t, h.do(ask{method: "DELETE", path: "/api/v1/browser-sessions/" + s.ID, cookie: cookie, csrf: me.CSRF}), 204)
		}
	}
	list = read[api.List[api.BrowserSession]](t, h.do(ask{path: "/api/v1/browser-sessions", cookie: cookie}), 200).Items
	if len(list) != 1 || !list[0].Current {
		t.Errorf("left are %+v", list)
	}
}

func TestProjectsAndRetention(t *testing.T) {
	h := newHouse(t)
	h.project(t, "shop")
	refused(t, h.do(ask{method: "POST", path: "/api/v1/projects", key: h.operator, body: `{"id":"shop"}`}), 409, errs.CodeConflict)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/projects", key: h.operator, body: `{"id":"Shop Two"}`}), 400, errs.CodeInvalid)
	all := read[api.List[api.Project]](t, h.do(ask{path: "/api/v1/projects", key: h.operator}), 200).Items
	if len(all) != 2 || all[1].Title != "shop" {
		t.Errorf("projects are %+v", all)
	}
	shop := h.key(t, "shop", "admin").Text
	if own := read[api.List[api.Project]](t, h.do(ask{path: "/api/v1/projects", key: shop}), 200).Items; len(own) != 1 || own[0].ID != "shop" {
		t.Errorf("a key of shop sees %+v", own)
	}
	const path = "/api/v1/projects/shop/retention"
	if r := read[api.Retention](t, h.do(ask{path: path, key: shop}), 200); r != (api.Retention{}) {
		t.Errorf("retention begins as %+v", r)
	}
	read[api.Retention](t, h.do(ask{method: "PUT", path: path, key: shop, body: `{"spans_days":30}`}), 200)
	if r := read[api.Retention](t, h.do(ask{path: path, key: shop}), 200); r != (api.Retention{SpansDays: 30}) {
		t.Errorf("retention is %+v", r)
	}
	refused(t, h.do(ask{method: "PUT", path: path, key: shop, body: `{"spans_days":-1}`}), 400, errs.CodeInvalid)
	refused(t, h.do(ask{path: "/api/v1/projects/none/retention", key: h.operator}), 404, errs.CodeNotFound)
}

func TestChanges(t *testing.T) {
	h := newHouse(t)
	h.project(t, "shop")
	shop := h.key(t, "shop", "admin").Text
	w := h.do(ask{
		method: "PUT", path: "/api/v1/projects/shop/retention", key: shop, body: `{"logs_days":3}`, header: map[string]string{"Steward-Reason": "the auditor asked"},
	})
	mustBe(t, w, 200)
	list := read[api.List[api.Change]](t, h.do(ask{path: "/api/v1/changes?kind=retention", key: shop}), 200).Items
	if len(list) != 1 || list[0].Reason != "the auditor asked" || list[0].Actor.Kind != "service" || list[0].Details["logs_days"] != 3.0 {
		t.Errorf("changes are %+v", list)
	}
	w = h.do(ask{path: "/api/v1/changes", key: shop})
	for _, c := range read[api.List[api.Change]](t, w, 200).Items {
		if c.Kind == "secret" || c.Name == "default" {
			t.Errorf("a project's admin sees %+v", c)
		}
	}
	if strings.Contains(w.Body.String(), shop) {
		t.Error("changes hold a key's text")
	}
	seen := map[string]bool{}
	for _, c := range read[api.List[api.Change]](t, h.do(ask{path: "/api/v1/changes", key: h.operator}), 200).Items {
		seen[c.Action] = true
	}
	for _, want := range []string{"project.create", "key.create", "secret.set", "login-link.create"} {
		if !seen[want] {
			t.Errorf("the operator does not see %s", want)
		}
	}
}
