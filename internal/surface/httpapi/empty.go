package httpapi

import (
	"net/http"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/work/look"
)

// EmptyRoutes explains empty lists.
func EmptyRoutes(l *look.Look, projects VisibleProjects) []Route {
	h := empties{l, projects}
	return []Route{{Method: http.MethodGet, Pattern: "/api/v1/why-empty", Action: access.TraceRead, Handle: h.why,
		Doc: Doc{Tag: "traces", Summary: "Why a list shows nothing, and what it would show without its filter, range, environment or project", Out: api.WhyEmpty{},
			Query: append(ranged(), Param{Name: "list", Meaning: "by default traces", Enum: []string{"traces", "sessions"}},
				Param{Name: "environment", Meaning: "the environment that the list is narrowed to, beside the filter"})}}}
}

type empties struct {
	look     *look.Look
	projects VisibleProjects
}

func (h empties) why(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	q := look.EmptyQuestion{Project: c.Project, Filter: r.URL.Query().Get("filter"), Environment: r.URL.Query().Get("environment")}
	switch list := r.URL.Query().Get("list"); list {
	case "", "traces":
	case "sessions":
		q.Sessions = true
	default:
		return errs.Invalid("list is %q; use traces or sessions", list)
	}
	var err error
	if q.From, q.To, err = span(r); err != nil {
		return err
	}
	visible, err := h.projects.Visible(r.Context(), c.Principal)
	if err != nil {
		return err
	}
	for _, p := range visible {
		if p.ID != c.Project {
			q.Others = append(q.Others, p.ID)
		}
	}
	got, err := h.look.WhyEmpty(r.Context(), q)
	if err != nil {
		return err
	}
	out := api.WhyEmpty{Newest: TimeOrNull(got.Newest), WithoutRange: wireWould(got.WithoutRange),
		Environments: wireThere(got.Environments), Projects: wireThere(got.Projects)}
	if q.Filter != "" {
		would := wireWould(got.WithoutFilter)
		out.WithoutFilter = &would
	}
	return JSON(w, http.StatusOK, out)
}

func wireWould(v look.Would) api.WouldShow {
	out := api.WouldShow{Newest: TimeOrNull(v.Newest)}
	if v.Counted {
		out.Count = &v.Count
	}
	return out
}

func wireThere(list []look.There) []api.ShownThere {
	out := make([]api.ShownThere, len(list))
	for i, t := range list {
		out[i] = api.ShownThere(t)
	}
	return out
}
