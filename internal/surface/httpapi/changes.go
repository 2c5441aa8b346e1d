package httpapi

import (
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
)

// ChangeRoutes reads who changed what.
func ChangeRoutes(store access.Changes) []Route {
	return []Route{{
		Method: http.MethodGet, Pattern: "/api/v1/changes", Action: access.AuditRead, Handle: changesOf(store),
		Doc: Doc{
			Summary: "List who changed what, the newest first", Tag: "changes", Out: api.List[api.Change]{},
			Detail: "The project's changes; for the operator also those that concern the installation.",
			Query: append(paging(), Param{Name: "kind", Meaning: "only changes of this kind of thing, such as key"},
				Param{Name: "name", Meaning: "only changes of the thing with this name"}),
		},
	}}
}

func changesOf(store access.Changes) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		after, limit, err := PageOf(r, "-id")
		if err != nil {
			return err
		}
		c := CallerOf(r.Context())
		list, err := store.ListChanges(r.Context(), access.ChangeQuery{
			Project: c.Project, Installation: c.Principal.AllProjects,
			Kind: r.URL.Query().Get("kind"), Name: r.URL.Query().Get("name"),
		}, after, limit)
		if err != nil {
			return err
		}
		out := api.List[api.Change]{Items: []api.Change{}, NextCursor: Next(list.Next)}
		for _, x := range list.Items {
			out.Items = append(out.Items, api.Change{
				ID: x.ID, Time: Time(x.Time), Actor: wireActor(x.Actor), Action: x.Action, Kind: x.Kind, Name: x.Name,
				Reason: x.Reason, Details: x.Details,
			})
		}
		return JSON(w, http.StatusOK, out)
	}
}
