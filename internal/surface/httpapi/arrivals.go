package httpapi

import (
	"context"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/arrival"
	"steward/internal/domain/project"
	"steward/internal/work/look"
)

// Arrivals is told who tried to send. It is work/arrivals.
type Arrivals interface {
	Seen(a arrival.Attempt)
}

// lost answers an attempt for a request that no route takes, where it may be that of a telemetry client; nil otherwise.
func lost(r *http.Request) *arrival.Attempt {
	if r.Method != http.MethodPost && !strings.Contains(r.URL.Path, "/v1/traces") {
		return nil
	}
	if strings.HasPrefix(r.URL.Path, "/api/v1/") {
		return nil
	}
	return &arrival.Attempt{}
}

// arrived tells of a request that sent telemetry, or tried to.
func (k *Kit) arrived(r *http.Request, rec *recorder, c *Caller) {
	a := c.Sent
	if a == nil || k.o.Arrivals == nil {
		return
	}
	a.Address, a.Agent, a.Transport, a.Port = c.Address, r.UserAgent(), arrival.HTTP, portOf(r)
	a.Method, a.Path, a.Encoding = r.Method, r.URL.Path, encodingOf(r)
	a.Status = strconv.Itoa(rec.status)
	if rec.err != nil {
		e := errs.From(rec.err)
		a.Code, a.Message = e.Code, e.Message
	}
	key, err := keyOf(r)
	a.HasKey = key != "" || err != nil
	a.KeyID, a.KeyName, a.Project = c.Principal.KeyID, c.Principal.Name, c.Principal.Project
	k.o.Arrivals.Seen(*a)
}

func encodingOf(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = r.Header.Get("Content-Type")
	}
	if c := r.Header.Get("Content-Encoding"); c != "" {
		kind += "+" + c
	}
	return kind
}

func portOf(r *http.Request) int {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// ArrivalList answers who came to a project, and with strangers those whom no key proved.
type ArrivalList interface {
	List(p project.ID, strangers bool) (rows []arrival.Row, gone int64)
}

// SilentLister answers the emitters that sent model calls without messages. It is work/look.
type SilentLister interface {
	SilentEmitters(ctx context.Context, p project.ID) ([]look.Silent, error)
}

// ArrivalRoutes say who tried to send in the last hour, what became of it and how to mend it.
func ArrivalRoutes(book ArrivalList, silent SilentLister, at func() arrival.Endpoints) []Route {
	return []Route{{Method: http.MethodGet, Pattern: "/api/v1/arrivals", Action: access.IngestRead,
		Doc: Doc{Tag: "operations", Summary: "List who tried to send telemetry in the last hour, what became of it and how to mend it", Out: api.Arrivals{},
			Detail: "Clients that no key proved belong to no project; who may manage keys sees them too."},
		Handle: func(w http.ResponseWriter, r *http.Request) error {
			c := CallerOf(r.Context())
			strangers := access.Allow(c.Principal, access.KeyManage, c.Project) == nil
			rows, gone := book.List(c.Project, strangers)
			quiet, err := silent.SilentEmitters(r.Context(), c.Project)
			if err != nil {
				return err
			}
			out := api.Arrivals{Items: make([]api.Arrival, len(rows)), LeftOut: gone, Strangers: strangers, Silent: make([]api.SilentEmitter, len(quiet))}
			for i, s := range quiet {
				out.Silent[i] = api.SilentEmitter{Emitter: s.Emitter, Scopes: list(s.Scopes), Calls: s.Calls, Without: s.Without,
					Settings: list(s.Settings), Filter: s.Filter, Since: s.Since}
			}
			for i := range rows {
				out.Items[i] = arrivalOut(&rows[i], at())
			}
			return JSON(w, http.StatusOK, out)
		}}}
}

func arrivalOut(r *arrival.Row, at arrival.Endpoints) api.Arrival {
	out := api.Arrival{
		Address: r.Address, Agent: r.Agent, SDK: arrival.SDK(r.Agent), Transport: string(r.Transport), Port: r.Port, Method: r.Method,
		Path: r.Path, Encoding: r.Encoding, Status: r.Status, Accepted: r.Accepted(), Message: r.Message, Project: string(r.Project),
		Count: r.Count, Records: r.AllRecords, Rejected: r.AllRejected, First: time.Unix(0, r.First).UTC(), Last: time.Unix(0, r.At).UTC(),
		PerMinute: r.PerMinute[:], Findings: []api.ArrivalFinding{},
	}
	if r.KeyID != "" {
		out.Key = &api.ArrivalKey{ID: r.KeyID, Name: r.KeyName}
	}
	for _, f := range arrival.Diagnose(r, at) {
		out.Findings = append(out.Findings, api.ArrivalFinding{Problem: string(f.Problem), What: f.What, Fix: f.Fix})
	}
	return out
}
