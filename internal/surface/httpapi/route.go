package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"steward/internal/domain/access"
)

// Handler answers a request that was let in. An error that it returns before it has written anything becomes the
// response; after that it is only logged.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Reach says which project the access check of a route is about.
type Reach int

// The reaches.
const (
	// InProject is the project of the header Steward-Project, else the caller's own.
	InProject Reach = iota
	// OwnProject is the caller's own project; the header is not looked at. For OTLP and the provider dialects.
	OwnProject
	// PathProject is the project named by the path's {id}.
	PathProject
	// Everywhere concerns the installation: only a caller with access to all projects is let in.
	Everywhere
)

// Route is one method and path with what it needs and what it is. Every route declares one action or is Open.
type Route struct {
	Method  string
	Pattern string // as in http.ServeMux, without method: "/api/v1/keys/{id}"
	Action  access.Action
	Open    bool // needs no key; Action is empty then. The list of open routes is pinned by a test.
	Reach   Reach
	MaxBody int64      // bytes; 0 means DefaultMaxBody, negative means that the handler bounds the body itself
	Errors  ErrorShape // nil means Envelope
	Quiet   bool       // log at debug level only, for probes

	// Telemetry says that the route takes telemetry in: its requests show among the arrivals.
	Telemetry bool

	Handle Handler
	Doc    Doc
}

// Doc describes a route for the OpenAPI document. In and Out are zero values of wire types; nil means no body.
type Doc struct {
	Summary string
	Detail  string
	Tag     string // the resource, for grouping
	Query   []Param
	In      any
	Out     any
	Status  int    // of success; 0 means 200
	Media   string // of Out; "" means application/json
}

// Param is a query or header parameter.
type Param struct {
	Name    string
	Meaning string
	Header  bool
	Enum    []string // allowed values, if they are few
}

// paging are the parameters that every list takes.
func paging() []Param {
	return []Param{
		{Name: "limit", Meaning: "page size, 1 to 1000, by default 50"},
		{Name: "cursor", Meaning: "next_cursor of the page before"},
	}
}

func (r Route) check() error {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	switch {
	case !slices.Contains(methods, r.Method):
		return fmt.Errorf("method %q is none of %v", r.Method, methods)
	case !strings.HasPrefix(r.Pattern, "/"):
		return errors.New("the pattern must begin with /")
	case r.Handle == nil:
		return errors.New("no handler")
	case r.Open && r.Action != "":
		return errors.New("open, yet names an action")
	case !r.Open && !r.Action.Valid():
		return fmt.Errorf("action %q does not exist", r.Action)
	case r.Reach == PathProject && !strings.Contains(r.Pattern, "{id}"):
		return errors.New("the pattern has no {id} to take the project from")
	}
	return nil
}
