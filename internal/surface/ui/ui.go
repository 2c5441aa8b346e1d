// Package ui owns the browser pages as files: it embeds what `npm run build` in web/ left in dist/, and serves it.
// It knows nothing of the API, of keys or of telemetry; everything on a page comes through /api/v1 like any other
// client's requests. Without a build (a clean clone) it serves a placeholder that says how to make one.
// Start reading at Handler.
package ui

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

// The all: prefix keeps dist/.gitkeep, so that a clone without a build compiles.
//
//go:embed all:dist placeholder
var files embed.FS

// Handler serves the embedded pages. It needs no key: the pages hold no data, and every datum they show comes from
// the API under the visitor's own session.
func Handler() http.Handler { return New(files) }

// Built says whether the pages are in this binary, or only the placeholder.
func Built() bool {
	_, err := fs.Stat(files, "dist/index.html")
	return err == nil
}

// IsPage says whether path belongs to the browser pages: one of the application's routes, or a file that they load.
// The router that mounts Handler sends these here without asking for a key, and no other path.
func IsPage(path string) bool {
	if isRoute(path) || strings.HasPrefix(path, "/assets/") {
		return true
	}
	name := strings.TrimPrefix(path, "/")
	info, err := fs.Stat(files, "dist/"+name)
	return err == nil && !info.IsDir() && !strings.HasPrefix(name, ".")
}

// routes are the first path segments of the application. A path below one of them is answered with the application,
// which reads the rest of the path itself; every other path that is not a file is 404.
var routes = [...]string{"signin", "start", "traces", "sessions", "usage", "settings"}

func isRoute(path string) bool {
	if path == "/" {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, r := range routes {
		if first == r {
			return true
		}
	}
	return false
}
