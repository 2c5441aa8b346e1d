package httpapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
)

func TestThreeHeadersCarryAKey(t *testing.T) {
	h := newHouse(t)
	for _, header := range []map[string]string{
		{"Authorization": "Bearer " + h.operator}, {"Authorization": "bearer  " + h.operator},
		{"X-Api-Key": h.operator}, {"x-goog-api-key": h.operator},
	} {
		mustBe(t, h.do(ask{path: "/api/v1/me", header: header}), http.StatusOK)
	}
	cookie, _ := h.signIn(t, `{"key":"`+h.operator+`"}`)
	for _, header := range []map[string]string{
		{"Authorization": "Basic " + h.operator}, {"Authorization": "Bearer"}, {"Authorization": h.operator},
		{"Authorization": "Bearer wrong", "X-Api-Key": h.operator}, {"X-Api-Key": "wrong"},
	} {
		mustBe(t, h.do(ask{path: "/api/v1/me", header: header, cookie: cookie}), http.StatusUnauthorized)
	}
}

func TestCookieNeedsKnownHostAndCSRF(t *testing.T) {
	h := newHouse(t)
	cookie, me := h.signIn(t, `{"token":"`+h.token+`"}`)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:7171": 200, "127.0.0.1:7171": 200, "[::1]:7171": 200, "[::1]": 200, "10.1.2.3": 200,
		"steward.example": 200, "STEWARD.example:80": 200, "localhost.": 200,
		"evil.example": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:7171": 403, "steward.example.evil": 403,
	} {
		if w := h.do(ask{path: "/api/v1/me", cookie: cookie, host: host}); w.Code != want {
			t.Errorf("host %s: %d, want %d", host, w.Code, want)
		}
		if w := h.do(ask{path: "/api/v1/me", key: h.operator, host: host}); w.Code != 200 {
			t.Errorf("with a key, host %s: %d", host, w.Code)
		}
	}
	body := `{"name":"n","scopes":["read"]}`
	for _, csrf := range []string{"", "wrong", me.CSRF[1:]} {
		refused(t, h.do(ask{method: "POST", path: "/api/v1/keys", cookie: cookie, csrf: csrf, body: body}), 403, errs.CodeForbidden)
	}
	mustBe(t, h.do(ask{method: "POST", path: "/api/v1/keys", cookie: cookie, csrf: me.CSRF, body: body}), http.StatusCreated)
	other, _ := h.signIn(t, `{"key":"`+h.operator+`"}`)
	refused(t, h.do(ask{method: "POST", path: "/api/v1/keys", cookie: other, csrf: me.CSRF, body: body}), 403, errs.CodeForbidden)
	mustBe(t, h.do(ask{method: "POST", path: "/api/v1/keys", key: h.operator, body: body}), http.StatusCreated)
}

func TestCookieIsRenewedNowAndThen(t *testing.T) {
	h := newHouse(t)
	cookie, _ := h.signIn(t, `{"token":"`+h.token+`"}`)
	if w := h.do(ask{path: "/api/v1/me", cookie: cookie}); w.Header().Get("Set-Cookie") != "" {
		t.Error("renewed at once")
	}
	h.clock.Advance(24 * time.Hour)
	w := h.do(ask{path: "/api/v1/me", cookie: cookie})
	list := w.Result().Cookies()
	if len(list) != 1 || list[0].Value != cookie || !list[0].Expires.Equal(h.clock.Now().Add(access.SessionLife)) {
		t.Errorf("a day later the cookies are %+v", list)
	}
}

func TestWhichProject(t *testing.T) {
	h := newHouse(t,
		plain("GET", "/in", access.TraceRead, InProject), plain("GET", "/own", access.TraceRead, OwnProject),
		plain("GET", "/path/{id}", access.TraceRead, PathProject), plain("GET", "/all", access.TraceRead, Everywhere))
	h.project(t, "shop")
	shop := h.key(t, "shop", "read").Text
	for _, c := range []struct {
		path, key, header string
		want              int
		project           string
	}{
		{"/in", h.operator, "", 200, "default"}, {"/in", h.operator, "shop", 200, "shop"}, {"/in", h.operator, "none", 404, ""},
		{"/in", shop, "", 200, "shop"}, {"/in", shop, "shop", 200, "shop"}, {"/in", shop, "default", 403, ""}, {"/in", shop, "none", 403, ""},
		{"/own", h.operator, "shop", 200, "default"}, {"/own", shop, "default", 200, "shop"},
		{"/path/shop", h.operator, "default", 200, "shop"}, {"/path/default", shop, "shop", 403, ""}, {"/path/none", h.operator, "", 404, ""},
		{"/all", h.operator, "", 200, "default"}, {"/all", shop, "", 403, ""},
	} {
		w := h.do(ask{path: c.path, key: c.key, project: c.header})
		mustBe(t, w, c.want)
		if c.want == 200 && read[map[string]string](t, w, 200)["project"] != c.project {
			t.Errorf("%s with header %q: %s, want project %s", c.path, c.header, w.Body, c.project)
		}
	}
}

// TestErrorEnvelope pins the one shape and the one table.
func TestErrorEnvelope(t *testing.T) {
	var answer error
	route := Route{Method: "GET", Pattern: "/fail", Action: access.TraceRead, Handle: func(http.ResponseWriter, *http.Request) error { return answer }}
	h := newHouse(t, route)
	for _, c := range []struct {
		err    error
		status int
		retry  string
		body   string
	}{
		{errs.Invalid("bad %d", 1).With("field", "f"), 400, "", `{"error":{"code":"invalid","message":"bad 1","details":{"field":"f"}}}`},
		{errs.New(errs.CodeUnauthenticated, "m"), 401, "", `{"error":{"code":"unauthenticated","message":"m"}}`},
		{errs.New(errs.CodeForbidden, "m"), 403, "", `{"error":{"code":"forbidden","message":"m"}}`},
		{errs.NotFound("m"), 404, "", `{"error":{"code":"not_found","message":"m"}}`},
		{errs.New(errs.CodeConflict, "m"), 409, "", `{"error":{"code":"conflict","message":"m"}}`},
		{errs.New(errs.CodeTooLarge, "m"), 413, "", `{"error":{"code":"too_large","message":"m"}}`},
		{errs.Overloaded(1500*time.Millisecond, "m"), 429, "2", `{"error":{"code":"overloaded","message":"m"}}`},
		{errs.Overloaded(0, "m"), 429, "1", `{"error":{"code":"overloaded","message":"m"}}`},
		{errs.Unavailable(30*time.Second, io.EOF, "m"), 503, "30", `{"error":{"code":"unavailable","message":"m"}}`},
		{errors.New("SELECT secret FROM x"), 500, "", `{"error":{"code":"internal","message":"internal error"}}`},
		{fmt.Errorf("op: %w", errs.Wrap(errs.CodeNotFound, io.EOF, "m")), 404, "", `{"error":{"code":"not_found","message":"m"}}`},
		{errs.Invalid("m").With("x", math.Inf(1)), 400, "", `{"error":{"code":"invalid","message":"m"}}`},
	} {
		answer = c.err
		w := h.do(ask{path: "/fail", key: h.operator})
		if w.Code != c.status || w.Header().Get("Retry-After") != c.retry || strings.TrimSpace(w.Body.String()) != c.body ||
			w.Header().Get("Content-Type") != "application/json" || w.Header().Get(requestIDHeader) == "" {
			t.Errorf("%v answers %d, Retry-After %q, %v: %s", c.err, w.Code, w.Header().Get("Retry-After"), w.Header(), w.Body)
		}
	}
	if !strings.Contains(h.log.String(), "SELECT secret FROM x") {
		t.Error("the cause of an internal error is not in the log")
	}
}

func TestPanics(t *testing.T) {
	early := Route{Method: "GET", Pattern: "/early", Action: access.TraceRead, Handle: func(http.ResponseWriter, *http.Request) error { panic("early bird") }}
	late := Route{Method: "GET", Pattern: "/late", Action: access.TraceRead, Handle: func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(200)
		_, _ = w.Write([]byte("half"))
		panic("late bird")
	}}
	h := newHouse(t, early, late)
	refused(t, h.do(ask{path: "/early", key: h.operator}), 500, errs.CodeInternal)
	server := httptest.NewServer(h.kit)
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+"/late", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", h.operator)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_, err = io.ReadAll(resp.Body)
		if closed := resp.Body.Close(); err == nil || closed != nil {
			t.Errorf("a half answer reads as a whole one: %v, %v", err, closed)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	for _, want := range []string{"early bird", "late bird", "chain_test.go"} {
		if !strings.Contains(h.log.String(), want) {
			t.Errorf("the log does not hold %q", want)
		}
	}
}

func TestAccessLog(t *testing.T) {
	quiet := plain("GET", "/quiet", access.TraceRead, InProject)
	quiet.Quiet = true
	h := newHouse(t, quiet)
	h.do(ask{path: "/api/v1/keys?token=hush&limit=3", key: h.operator})
	h.do(ask{path: "/quiet", key: h.operator})
	var lines []map[string]any
	sc := bufio.NewScanner(strings.NewReader(h.log.String()))
	for sc.Scan() {
		var line map[string]any
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines, want one per request", len(lines))
	}
	got := lines[0]
	if got["msg"] != "request" || got["level"] != "INFO" || got["path"] != "/api/v1/keys" || got["status"] != 200.0 || got["principal"] != "operator" || got["project"] != "default" {
		t.Errorf("the line is %v", got)
	}
	if lines[1]["level"] != "DEBUG" {
		t.Errorf("a quiet route logs %v", lines[1])
	}
	for _, secret := range []string{"hush", h.operator} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestDecode(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		body, kind, says string
		status           int
	}{
		"form":          {`key=x`, "application/x-www-form-urlencoded", "Content-Type", 400},
		"no type":       {`{}`, "", "Content-Type", 400},
		"no body":       {``, "application/json", "empty", 400},
		"cut":           {`{"id":"a"`, "application/json", "ends in the middle", 400},
		"broken":        {`{"id":]}`, "application/json", "byte 7", 400},
		"two":           {`{"id":"a"} {}`, "application/json", "more than one", 400},
		"unknown field": {`{"id":"a","colour":"red"}`, "application/json", `"colour"`, 400},
		"kind":          {`{"id":7}`, "application/json", "id must be a string, not number", 400},
		"list":          {`[]`, "application/json", "the body must be an object", 400},
		"too large":     {`{"id":"` + strings.Repeat("a", DefaultMaxBody) + `"}`, "application/json", "larger than 1048576 bytes", 413},
		"charset":       {`{"id":"a"}`, "application/json; charset=utf-8", "", 201},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.do(ask{
				method: "POST", path: "/api/v1/projects", key: h.operator, body: c.body, header: map[string]string{"Content-Type": c.kind},
			})
			mustBe(t, w, c.status)
			if !strings.Contains(strings.ReplaceAll(w.Body.String(), `\"`, `"`), c.says) {
				t.Errorf("%s does not say %q", w.Body, c.says)
			}
		})
	}
	w := h.do(ask{method: "POST", path: "/api/v1/keys", key: h.operator, body: `{"name":"n","scopes":["read"],"expires":"tomorrow"}`})
	if m := refused(t, w, 400, errs.CodeInvalid); !strings.Contains(m, "tomorrow") {
		t.Error(m)
	}
	w = h.do(ask{method: "POST", path: "/api/v1/keys", key: h.operator, body: `{"name":"n","scopes":["read"],"expires":"9999-01-01T00:00:00Z"}`})
	refused(t, w, 400, errs.CodeInvalid)
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{}`, `{"name":"n","scopes":["read"],"expires":"2030-01-01T00:00:00Z"}`, `[`, `{"scopes":[1]}`, "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if _, err := Decode[api.NewKey](r); err != nil && errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("%q: %v", body, err)
		}
	})
}

func TestPageOf(t *testing.T) {
	h := newHouse(t)
	for query, want := range map[string]int{
		"": 200, "?limit=1": 200, "?limit=1000": 200, "?limit=0": 400, "?limit=-1": 400, "?limit=1001": 400, "?limit=x": 400, "?cursor=x": 400,
	} {
		mustBe(t, h.do(ask{path: "/api/v1/changes" + query, key: h.operator}), want)
	}
}
