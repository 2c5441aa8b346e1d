package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/.gitkeep":               {},
		"dist/index.html":             {Data: []byte("<title>the application</title>")},
		"dist/theme.js":               {Data: []byte("theme()")},
		"dist/assets/main-abc.js":     {Data: []byte(strings.Repeat("main();", 50))},
		"dist/assets/main-abc.js.gz":  {Data: []byte("gzipped, rather long")},
		"dist/assets/main-abc.js.br":  {Data: []byte("brotli")},
		"placeholder/index.html":      {Data: []byte("not built")},
		"dist/assets/style-def.css":   {Data: []byte("body{}")},
		"dist/assets/picture-012.svg": {Data: []byte("<svg/>")},
	}
}

func get(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b := make([]byte, 4096)
	n, _ := res.Body.Read(b)
	return string(b[:n])
}

func TestPathsAnswerFileApplicationOrNothing(t *testing.T) {
	h := New(built())
	cases := []struct {
		path, body, mime string
		status           int
	}{
		{"/", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/index.html", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/signin?token=x", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/traces", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/traces/0af7651916cd43dd8448eb211c80319c?span=b7ad", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/sessions/a%2Fb", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/settings/keys", "<title>the application</title>", "text/html; charset=utf-8", 200},
		{"/theme.js", "theme()", "text/javascript; charset=utf-8", 200},
		{"/assets/style-def.css", "body{}", "text/css; charset=utf-8", 200},
		{"/assets/picture-012.svg", "<svg/>", "image/svg+xml", 200},
		{"/assets/missing.js", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/.gitkeep", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/tracesx", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/api/v1/traces", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/v1/traces", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/otlp/v1/traces", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/anthropic/v1/messages", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/gemini/v1beta/models", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/mcp", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/mlflow", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/v2/health/ready", "there is no page here\n", "text/plain; charset=utf-8", 404},
		{"/metrics", "there is no page here\n", "text/plain; charset=utf-8", 404},
	}
	for _, c := range cases {
		res := get(t, h, "GET", c.path)
		if got := text(t, res); res.StatusCode != c.status || got != c.body || res.Header.Get("Content-Type") != c.mime {
			t.Errorf("GET %s: %d %q %q; want %d %q %q",
				c.path, res.StatusCode, res.Header.Get("Content-Type"), got, c.status, c.mime, c.body)
		}
	}
}

func TestEveryAnswerIsLockedDown(t *testing.T) {
	h := New(built())
	for _, path := range []string{"/", "/assets/main-abc.js", "/nothing"} {
		res := get(t, h, "GET", path)
		policy := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "connect-src 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %q", path, policy, want)
			}
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, res.Header)
		}
	}
}

func TestCaching(t *testing.T) {
	h := New(built())
	hashed := get(t, h, "GET", "/assets/main-abc.js")
	if got := hashed.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("a hashed file has Cache-Control %q", got)
	}
	page := get(t, h, "GET", "/traces")
	if got := page.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page has Cache-Control %q", got)
	}
	tag := page.Header.Get("ETag")
	if tag == "" {
		t.Fatal("the page has no ETag")
	}
	if res := get(t, h, "GET", "/sessions", "If-None-Match", tag); res.StatusCode != 304 {
		t.Errorf("a known page answers %d", res.StatusCode)
	}
}

func TestCoding(t *testing.T) {
	h := New(built())
	plain := strings.Repeat("main();", 50)
	for accept, want := range map[string][2]string{
		"":                       {"", plain},
		"gzip":                   {"gzip", "gzipped, rather long"},
		"gzip, deflate, br":      {"br", "brotli"},
		"br;q=0, gzip;q=0.5":     {"gzip", "gzipped, rather long"},
		"identity, zstd":         {"", plain},
		"GZIP;q=0.8 , BR ; q=.1": {"br", "brotli"},
	} {
		res := get(t, h, "GET", "/assets/main-abc.js", "Accept-Encoding", accept)
		if got := text(t, res); res.Header.Get("Content-Encoding") != want[0] || got != want[1] {
			t.Errorf("Accept-Encoding %q: %q %q", accept, res.Header.Get("Content-Encoding"), got)
		}
		if res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q", accept, res.Header.Get("Vary"))
		}
	}
}

func TestMethods(t *testing.T) {
	h := New(built())
	if res := get(t, h, "POST", "/signin"); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST answers %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if res := get(t, h, "HEAD", "/traces"); res.StatusCode != 200 || text(t, res) != "" {
		t.Errorf("HEAD answers %d", res.StatusCode)
	}
}

func TestPlaceholderWithoutABuild(t *testing.T) {
	fsys := built()
	delete(fsys, "dist/index.html")
	h := New(fsys)
	if got := text(t, get(t, h, "GET", "/traces")); got != "not built" {
		t.Errorf("got %q", got)
	}
	if res := get(t, h, "GET", "/assets/main-abc.js"); res.StatusCode != 404 {
		t.Errorf("half a build is served: %d", res.StatusCode)
	}
}

func TestTheEmbeddedFilesServe(t *testing.T) {
	res := get(t, Handler(), "GET", "/")
	if res.StatusCode != 200 || !strings.Contains(text(t, res), "Steward") {
		t.Errorf("the embedded page answers %d", res.StatusCode)
	}
}

func TestWhatBelongsToThePages(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/signin": true, "/start": true, "/traces/ab": true, "/settings/keys": true, "/assets/main-abc.js": true,
		"": false, "/.gitkeep": false, "/assets": false, "/../ui.go": false, "/api/v1/me": false, "/v1/traces": false,
		"/otlp/v1/traces": false, "/mcp": false, "/mlflow": false, "/v2/models": false, "/metrics": false,
	} {
		if IsPage(path) != want {
			t.Errorf("IsPage(%q) is %v", path, !want)
		}
	}
}
