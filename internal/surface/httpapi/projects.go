package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// ProjectVerbs keeps projects and their retention.
type ProjectVerbs interface {
	VisibleProjects
	Create(ctx context.Context, by access.Actor, id, title, reason string) (project.Project, error)
	Retention(ctx context.Context, id project.ID) (control.Retention, error)
	SetRetention(ctx context.Context, by access.Actor, id project.ID, r control.Retention, reason string) error
}

// ProjectRoutes lists and makes projects.
func ProjectRoutes(verbs ProjectVerbs) []Route {
	h := projects{verbs}
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/api/v1/projects", Action: access.ProjectRead, Handle: h.list,
			Doc: Doc{Summary: "List the projects in which the caller may act", Tag: "projects", Out: api.List[api.Project]{}},
		},
		{
			Method: http.MethodPost, Pattern: "/api/v1/projects", Action: access.ProjectManage, Reach: Everywhere, Handle: h.create,
			Doc: Doc{
				Summary: "Make a project", Tag: "projects", Status: http.StatusCreated,
				In: api.NewProject{}, Out: api.Project{}, Detail: "Only the operator may.",
			},
		},
	}
}

type projects struct{ verbs ProjectVerbs }

func (h projects) list(w http.ResponseWriter, r *http.Request) error {
	list, err := h.verbs.Visible(r.Context(), CallerOf(r.Context()).Principal)
	if err != nil {
		return err
	}
	out := api.List[api.Project]{Items: []api.Project{}}
	for _, p := range list {
		out.Items = append(out.Items, wireProject(p))
	}
	return JSON(w, http.StatusOK, out)
}

func (h projects) create(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewProject](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	p, err := h.verbs.Create(r.Context(), c.Principal.Actor(), in.ID, in.Title, c.Reason)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusCreated, wireProject(p))
}

func wireProject(p project.Project) api.Project {
	return api.Project{ID: string(p.ID), Title: p.Title, Created: Time(p.Created)}
}
