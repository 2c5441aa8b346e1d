package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
)

// BrowserSessions lists and ends browser sessions.
type BrowserSessions interface {
	Sessions(ctx context.Context, by access.Principal, in project.ID) ([]access.BrowserSession, error)
	RevokeSession(ctx context.Context, by access.Principal, in project.ID, session, reason string) error
}

// BrowserSessionRoutes lists and revokes browser sessions.
func BrowserSessionRoutes(verbs BrowserSessions) []Route {
	h := browserSessions{verbs}
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/api/v1/browser-sessions", Action: access.SessionRead, Handle: h.list,
			Doc: Doc{
				Summary: "List browser sessions, the last seen first", Tag: "sign-in", Out: api.List[api.BrowserSession]{},
				Detail: "One's own, or with session.manage the project's, or for the operator all.",
			},
		},
		{
			Method: http.MethodDelete, Pattern: "/api/v1/browser-sessions/{id}", Action: access.SessionManage, Handle: h.revoke,
			Doc: Doc{Summary: "End a browser session", Tag: "sign-in", Status: http.StatusNoContent},
		},
	}
}

type browserSessions struct{ verbs BrowserSessions }

func (h browserSessions) list(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	list, err := h.verbs.Sessions(r.Context(), c.Principal, c.Project)
	if err != nil {
		return err
	}
	out := api.List[api.BrowserSession]{Items: []api.BrowserSession{}}
	for _, s := range list {
		out.Items = append(out.Items, api.BrowserSession{
			ID: s.ID, Who: wireActor(s.Who), Role: string(s.Role), Project: string(s.Project), Created: Time(s.Created),
			LastSeen: Time(s.LastSeen), Expires: Time(s.Expires), Address: s.Address, Agent: s.Agent,
			Current: s.ID == c.Principal.SessionID,
		})
	}
	return JSON(w, http.StatusOK, out)
}

func (h browserSessions) revoke(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	if err := h.verbs.RevokeSession(r.Context(), c.Principal, c.Project, r.PathValue("id"), c.Reason); err != nil {
		return err
	}
	return NoContent(w)
}
