package app

import (
	"net"

	"steward/internal/surface/httpapi"
	"steward/internal/work/identity"
	"steward/internal/work/ingest"
)

// OpenAPI answers the document of every route, as api/openapi.gen.json keeps it. Nothing is started.
func OpenAPI() ([]byte, error) {
	a := &App{config: Default(), identity: &identity.Service{}, ingest: &ingest.Ingest{}}
	return httpapi.Document(a.routes(&net.TCPAddr{}).Routes(), "v1")
}
