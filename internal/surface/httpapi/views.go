package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/work/views"
)

// ViewVerbs keeps saved views.
type ViewVerbs interface {
	List(ctx context.Context, who access.Principal, p project.ID, list control.ViewList) ([]control.View, error)
	Create(ctx context.Context, who access.Principal, v control.View, reason string) (control.View, error)
	Update(ctx context.Context, who access.Principal, v control.View, reason string) (control.View, error)
	Remove(ctx context.Context, who access.Principal, p project.ID, view, reason string) error
}

// ViewRoutes lists and changes saved views.
func ViewRoutes(verbs ViewVerbs) []Route {
	h := viewRoutes{verbs}
	const tag = "views"
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/views", Action: access.ViewRead, Handle: h.list,
			Doc: Doc{Tag: tag, Summary: "List saved views: the starters, then one's own and the shared ones by name", Out: api.List[api.SavedView]{},
				Query: []Param{{Name: "list", Meaning: "what the views list; by default traces", Enum: []string{"traces", "sessions"}}}}},
		{Method: http.MethodPost, Pattern: "/api/v1/views", Action: access.ViewWrite, Handle: h.create,
			Doc: Doc{Tag: tag, Summary: "Save a view", Status: http.StatusCreated, In: api.NewSavedView{}, Out: api.SavedView{}}},
		{Method: http.MethodPut, Pattern: "/api/v1/views/{id}", Action: access.ViewWrite, Handle: h.update,
			Doc: Doc{Tag: tag, Summary: "Replace what a view shows", In: api.NewSavedView{}, Out: api.SavedView{},
				Detail: "A shared view is everybody's to change; only its owner makes it private."}},
		{Method: http.MethodDelete, Pattern: "/api/v1/views/{id}", Action: access.ViewWrite, Handle: h.remove,
			Doc: Doc{Tag: tag, Summary: "Remove a view", Status: http.StatusNoContent}},
	}
}

type viewRoutes struct{ verbs ViewVerbs }

func (h viewRoutes) list(w http.ResponseWriter, r *http.Request) error {
	list, err := viewList(r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	stored, err := h.verbs.List(r.Context(), c.Principal, c.Project, list)
	if err != nil {
		return err
	}
	out := api.List[api.SavedView]{Items: []api.SavedView{}}
	for _, v := range append(views.Starters(list), stored...) {
		out.Items = append(out.Items, wireView(v))
	}
	return JSON(w, http.StatusOK, out)
}

func viewList(r *http.Request) (control.ViewList, error) {
	if s := r.URL.Query().Get("list"); s != "" {
		return control.ParseViewList(s)
	}
	return control.ViewTraces, nil
}

func (h viewRoutes) create(w http.ResponseWriter, r *http.Request) error {
	return h.save(w, r, http.StatusCreated, h.verbs.Create)
}

func (h viewRoutes) update(w http.ResponseWriter, r *http.Request) error {
	return h.save(w, r, http.StatusOK, h.verbs.Update)
}

func (h viewRoutes) save(w http.ResponseWriter, r *http.Request, status int,
	verb func(context.Context, access.Principal, control.View, string) (control.View, error)) error {
	in, err := Decode[api.NewSavedView](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	v := control.View{ID: r.PathValue("id"), Project: c.Project, List: control.ViewList(in.List), Name: in.Name, Filter: in.Filter,
		Environment: in.Environment, Period: in.Period, Sort: in.Sort, Shared: in.Shared}
	for _, column := range in.Columns {
		v.Columns = append(v.Columns, control.ViewColumn(column))
	}
	if v, err = verb(r.Context(), c.Principal, v, c.Reason); err != nil {
		return err
	}
	return JSON(w, status, wireView(v))
}

func (h viewRoutes) remove(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	if err := h.verbs.Remove(r.Context(), c.Principal, c.Project, r.PathValue("id"), c.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func wireView(v control.View) api.SavedView {
	out := api.SavedView{ID: v.ID, Starter: v.Owner.ID == "", NewSavedView: api.NewSavedView{List: string(v.List), Name: v.Name, Filter: v.Filter,
		Environment: v.Environment, Period: v.Period, Sort: v.Sort, Shared: v.Shared}}
	for _, c := range v.Columns {
		out.Columns = append(out.Columns, api.ViewColumn(c))
	}
	if out.Starter {
		return out
	}
	owner, created, updated := wireActor(v.Owner), Time(v.Created), Time(v.Updated)
	out.Owner, out.Created, out.Updated = &owner, &created, &updated
	return out
}
