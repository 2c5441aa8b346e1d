package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"steward/api"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// JobReader reads jobs.
type JobReader interface {
	Job(ctx context.Context, id project.ID, job string) (control.Job, error)
	Jobs(ctx context.Context, id project.ID, before string, limit int) ([]control.Job, error)
}

// JobRoutes reads how far long work is.
func JobRoutes(read JobReader) []Route {
	h := jobRoutes{read}
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/jobs", Action: access.JobRead, Handle: h.list,
			Doc: Doc{Tag: "jobs", Summary: "List jobs, the newest first", Query: paging(), Out: api.List[api.Job]{}}},
		{Method: http.MethodGet, Pattern: "/api/v1/jobs/{id}", Action: access.JobRead, Handle: h.one,
			Doc: Doc{Tag: "jobs", Summary: "Answer a job: its state, how far it is, and its result", Out: api.Job{}}},
	}
}

type jobRoutes struct{ read JobReader }

func (h jobRoutes) list(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := PageOf(r, newestFirst)
	if err != nil {
		return err
	}
	list, err := h.read.Jobs(r.Context(), CallerOf(r.Context()).Project, after.ID, limit+1)
	if err != nil {
		return err
	}
	out := api.List[api.Job]{Items: []api.Job{}}
	for i, j := range list {
		if i == limit {
			out.NextCursor = Next(page.Cursor{Sort: newestFirst, ID: list[i-1].ID})
			break
		}
		out.Items = append(out.Items, wireJob(j))
	}
	return JSON(w, http.StatusOK, out)
}

func (h jobRoutes) one(w http.ResponseWriter, r *http.Request) error {
	j, err := h.read.Job(r.Context(), CallerOf(r.Context()).Project, r.PathValue("id"))
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, wireJob(j))
}

func wireJob(j control.Job) api.Job {
	out := api.Job{ID: j.ID, Kind: j.Kind, State: string(j.State), Done: j.Done, Total: j.Total, Error: j.Error, Result: json.RawMessage("null"),
		Created: Time(j.Created), Finished: TimeOrNull(j.Finished)}
	if len(j.Result) > 0 {
		out.Result = j.Result
	}
	return out
}
