package httpapi

import (
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
)

// RetentionRoutes reads and sets how long a project keeps what it holds.
func RetentionRoutes(verbs ProjectVerbs) []Route {
	h := retention{verbs}
	const pattern = "/api/v1/projects/{id}/retention"
	return []Route{
		{
			Method: http.MethodGet, Pattern: pattern, Action: access.ProjectRead, Reach: PathProject, Handle: h.read,
			Doc: Doc{Summary: "Say how many days a project keeps each kind of record", Tag: "projects", Out: api.Retention{}},
		},
		{
			Method: http.MethodPut, Pattern: pattern, Action: access.ProjectManage, Reach: PathProject, Handle: h.set,
			Doc: Doc{
				Summary: "Set how many days a project keeps each kind of record", Tag: "projects",
				In: api.Retention{}, Out: api.Retention{}, Detail: "0 is for ever; a field left out is 0.",
			},
		},
	}
}

type retention struct{ verbs ProjectVerbs }

func (h retention) read(w http.ResponseWriter, r *http.Request) error {
	kept, err := h.verbs.Retention(r.Context(), CallerOf(r.Context()).Project)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, api.Retention(kept))
}

func (h retention) set(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.Retention](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	if err := h.verbs.SetRetention(r.Context(), c.Principal.Actor(), c.Project, control.Retention(in), c.Reason); err != nil {
		return err
	}
	return JSON(w, http.StatusOK, in)
}
