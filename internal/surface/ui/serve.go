package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// contentPolicy allows nothing from another host and no inline script. Inline styles are allowed because the component
// library sets them on elements.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// asset is one file, with the compressed forms that the build left beside it.
type asset struct {
	body      map[string][]byte // content coding ("" for none) to bytes
	etag      map[string]string
	mime      string
	immutable bool // its name holds a hash of its content
}

type server struct {
	assets map[string]*asset // URL path without the leading slash
	page   *asset            // the application, or the placeholder
}

// New serves the pages found in fsys: dist/index.html and what it needs, else placeholder/index.html. All files are
// read once, here. It panics if fsys holds neither, which can only be a mistake in the build.
func New(fsys fs.FS) http.Handler {
	s := &server{assets: map[string]*asset{}}
	root := "dist"
	if _, err := fs.Stat(fsys, "dist/index.html"); err != nil {
		root = "placeholder"
	}
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		s.add(strings.TrimPrefix(name, root+"/"), body)
		return nil
	})
	if err != nil || s.assets["index.html"] == nil {
		panic("ui: neither dist/index.html nor placeholder/index.html is there")
	}
	s.page = s.assets["index.html"]
	return s
}

func (s *server) add(name string, body []byte) {
	if path.Base(name) == ".gitkeep" {
		return
	}
	coding := ""
	switch path.Ext(name) {
	case ".br":
		coding, name = "br", strings.TrimSuffix(name, ".br")
	case ".gz":
		coding, name = "gzip", strings.TrimSuffix(name, ".gz")
	}
	a := s.assets[name]
	if a == nil {
		a = &asset{
			body:      map[string][]byte{},
			etag:      map[string]string{},
			mime:      mimeType(name),
			immutable: strings.HasPrefix(name, "assets/"),
		}
		s.assets[name] = a
	}
	sum := sha256.Sum256(body)
	a.body[coding] = body
	a.etag[coding] = `"` + hex.EncodeToString(sum[:12]) + `"`
}

// ServeHTTP answers a file, the application for its own routes, or 404.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer") // a sign-in link carries its token in the query
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD work here", http.StatusMethodNotAllowed)
		return
	}
	a := s.assets[strings.TrimPrefix(r.URL.Path, "/")]
	if a == nil && isRoute(r.URL.Path) {
		a = s.page
	}
	if a == nil {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "there is no page here", http.StatusNotFound)
		return
	}
	coding := negotiate(r.Header.Get("Accept-Encoding"), a)
	h.Set("Content-Type", a.mime)
	h.Set("ETag", a.etag[coding])
	h.Add("Vary", "Accept-Encoding")
	if a.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache") // kept, but asked about each time: a new binary shows at once
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	// ServeContent answers If-None-Match, ranges and HEAD.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body[coding]))
}

// negotiate picks the smallest coding that the client accepts and the asset has.
func negotiate(accept string, a *asset) string {
	best := ""
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if refused(params) || a.body[name] == nil || (name != "br" && name != "gzip") {
			continue
		}
		if best == "" || len(a.body[name]) < len(a.body[best]) {
			best = name
		}
	}
	if best == "" && a.body[""] == nil {
		for name := range a.body {
			return name
		}
	}
	return best
}

// refused says whether the parameters of a coding hold a weight of zero.
func refused(params string) bool {
	q := strings.ReplaceAll(params, " ", "")
	return q == "q=0" || q == "q=0.0" || q == "q=0.00" || q == "q=0.000"
}

// mimeType does not ask the operating system's table first, so that answers are the same on every machine.
func mimeType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
