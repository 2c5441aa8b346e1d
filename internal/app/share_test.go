package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/base/clock"
)

// TestShares makes links to a trace and to a session and sees that they show exactly that, to whom has them, until they
// expire or are revoked.
func TestShares(t *testing.T) {
	w, a, b := newWorkshop(t), newPerson(), newPerson()
	fake := clock.NewFake(time.Now())
	w.app.clock = fake
	w.again()
	td := ptrace.NewTraces()
	a.chat(td, fake.Now().Add(-time.Hour), marker("a-"))
	b.chat(td, fake.Now().Add(-time.Hour), marker("b-"))
	w.sendSpans(td)
	mine := call[api.TraceList](w, http.StatusOK, http.MethodGet, "/api/v1/traces?"+url.Values{"filter": {"user:" + a.user}}.Encode(), nil).Items[0]
	other := call[api.TraceList](w, http.StatusOK, http.MethodGet, "/api/v1/traces?"+url.Values{"filter": {"user:" + b.user}}.Encode(), nil).Items[0]

	operator := w.key
	as := func(key string) { w.key = key }
	status := func(path string) int { return w.do(http.MethodGet, path, "", nil).Code }
	soon := fake.Now().Add(time.Hour)
	one := call[api.ShareMade](w, http.StatusCreated, http.MethodPost, "/api/v1/shares", api.NewShare{TraceID: mine.TraceID, Name: "for Bob", Expires: &soon})
	whole := call[api.ShareMade](w, http.StatusCreated, http.MethodPost, "/api/v1/shares", api.NewShare{Session: mine.Session})
	if !strings.HasSuffix(one.URL, "/shared#"+one.Key) {
		t.Errorf("the link is %s", one.URL)
	}
	for _, c := range []struct {
		name string
		key  string
		path string
		want int
	}{
		{"its trace", one.Key, "/api/v1/shared/traces/" + mine.TraceID, 200},
		{"a span of it", one.Key, "/api/v1/shared/traces/" + mine.TraceID + "/spans/" + mine.RootSpanID, 200},
		{"a foreign trace", one.Key, "/api/v1/shared/traces/" + other.TraceID, 404},
		{"a foreign span", one.Key, "/api/v1/shared/traces/" + other.TraceID + "/spans/" + other.RootSpanID, 404},
		{"a session of a trace's share", one.Key, "/api/v1/shared/session", 404},
		{"what it shows", one.Key, "/api/v1/shared", 200},
		{"the list", one.Key, "/api/v1/traces", 403},
		{"its trace as everybody else asks", one.Key, "/api/v1/traces/" + mine.TraceID, 403},
		{"shares", one.Key, "/api/v1/shares", 403},
		{"the session", whole.Key, "/api/v1/shared/session", 200},
		{"a trace of the session", whole.Key, "/api/v1/shared/traces/" + mine.TraceID, 200},
		{"a trace of another", whole.Key, "/api/v1/shared/traces/" + other.TraceID, 404},
		{"a key that is no share's", operator, "/api/v1/shared/traces/" + mine.TraceID, 400},
		{"nobody", "stw_no", "/api/v1/shared", 401},
	} {
		as(c.key)
		if got := status(c.path); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	as(one.Key)
	for _, path := range []string{"/otlp/v1/traces", "/api/v1/scores", "/api/v1/keys"} {
		if rec := w.do(http.MethodPost, path, "application/json", []byte(`{}`)); rec.Code != http.StatusForbidden {
			t.Errorf("a share may post to %s: %d", path, rec.Code)
		}
	}
	if rec := w.do(http.MethodPost, "/api/v1/signin", "application/json", []byte(`{"key":"`+one.Key+`"}`)); rec.Code != http.StatusForbidden {
		t.Errorf("a share signs in: %d", rec.Code)
	}

	as(operator)
	if listed := call[api.List[api.Share]](w, http.StatusOK, http.MethodGet, "/api/v1/shares", nil).Items; len(listed) != 2 || listed[1].Name != "for Bob" || listed[1].LastUsed == nil && listed[1].TraceID != mine.TraceID {
		t.Errorf("shares: %+v", listed)
	}
	for _, k := range call[api.List[api.Key]](w, http.StatusOK, http.MethodGet, "/api/v1/keys", nil).Items {
		if k.ID == one.ID {
			t.Error("a share is listed among the keys")
		}
	}
	if rec := w.do(http.MethodDelete, "/api/v1/shares/"+whole.ID, "", nil); rec.Code != http.StatusNoContent {
		t.Errorf("revoke: %d %s", rec.Code, rec.Body)
	}
	as(whole.Key)
	if got := status("/api/v1/shared/session"); got != http.StatusUnauthorized {
		t.Errorf("revoked, and still %d", got)
	}
	as(one.Key)
	fake.Advance(59 * time.Minute)
	if got := status("/api/v1/shared"); got != http.StatusOK {
		t.Errorf("a minute before it expires: %d", got)
	}
	fake.Advance(2 * time.Minute)
	if got := status("/api/v1/shared"); got != http.StatusUnauthorized {
		t.Errorf("expired, and still %d", got)
	}

	as(operator)
	year := fake.Now().AddDate(1, 0, 0)
	past := fake.Now().Add(-time.Minute)
	for name, in := range map[string]api.NewShare{"nothing": {}, "both": {TraceID: mine.TraceID, Session: mine.Session}, "a year": {TraceID: mine.TraceID, Expires: &year},
		"the past": {TraceID: mine.TraceID, Expires: &past}, "no id": {TraceID: "x"}} {
		if rec := w.do(http.MethodPost, "/api/v1/shares", "application/json", encoded(t, in)); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if rec := w.do(http.MethodPost, "/api/v1/shares", "application/json", encoded(t, api.NewShare{Session: "none"})); rec.Code != http.StatusNotFound {
		t.Errorf("a session that is not there: %d", rec.Code)
	}
}
