package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
	"steward/internal/work/identity"
)

// SignIns is what signing in needs.
type SignIns interface {
	SignIn(ctx context.Context, a identity.Attempt) (identity.Signed, string, error)
	SignOut(ctx context.Context, by access.Principal) error
	Invite(ctx context.Context, by access.Principal, i identity.Invitation) (token string, until time.Time, err error)
}

// VisibleProjects answers in which projects someone may act.
type VisibleProjects interface {
	Visible(ctx context.Context, p access.Principal) ([]project.Project, error)
}

// SignInRoutes signs in and out, says who asks, and invites. version is the server's own; publicURL begins the links,
// "" takes the address that the request came to.
func (k *Kit) SignInRoutes(s SignIns, projects VisibleProjects, version, publicURL string) []Route {
	h := signins{kit: k, verbs: s, projects: projects, version: version, publicURL: publicURL}
	return []Route{
		{
			Method: http.MethodPost, Pattern: "/api/v1/signin", Open: true, Handle: h.signIn,
			Doc: Doc{
				Summary: "Sign a browser in with a key or a one-time token", Tag: "sign-in",
				Detail: "Sets the session cookie. After several failures it answers 429 with Retry-After.",
				In:     api.SignIn{}, Out: api.Me{},
			},
		},
		{
			Method: http.MethodPost, Pattern: "/api/v1/signout", Action: access.Self, Handle: h.signOut,
			Doc: Doc{Summary: "End the browser session that asks", Tag: "sign-in", Status: http.StatusNoContent},
		},
		{
			Method: http.MethodGet, Pattern: "/api/v1/me", Action: access.Self, Handle: h.me,
			Doc: Doc{Summary: "Say who asks and what they may do", Tag: "sign-in", Out: api.Me{}},
		},
		{
			Method: http.MethodPost, Pattern: "/api/v1/login-links", Action: access.UserInvite, Handle: h.invite,
			Doc: Doc{
				Summary: "Make a sign-in link", Tag: "sign-in", Status: http.StatusCreated,
				Detail: "The link works once, for 15 minutes. Nobody can invite to more than they may do themselves.",
				In:     api.NewLoginLink{}, Out: api.LoginLink{},
			},
		},
	}
}

type signins struct {
	kit       *Kit
	verbs     SignIns
	projects  VisibleProjects
	version   string
	publicURL string
}

func (h signins) signIn(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.SignIn](r)
	if err != nil {
		return err
	}
	signed, cookie, err := h.verbs.SignIn(r.Context(), identity.Attempt{
		Key: in.Key, Token: in.Token, Address: callerIn(r.Context()).Address, Agent: r.UserAgent(),
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, h.kit.door.cookie(r, cookie, signed.Expires))
	c := callerIn(r.Context())
	c.Principal, c.Project, c.CSRF = signed.Principal, signed.Principal.Project, signed.CSRF
	return h.me(w, r)
}

func (h signins) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.verbs.SignOut(r.Context(), CallerOf(r.Context()).Principal); err != nil {
		return err
	}
	gone := h.kit.door.cookie(r, "", time.Time{})
	gone.MaxAge = -1
	w.Header().Del("Set-Cookie") // one that was to renew the session
	http.SetCookie(w, gone)
	return NoContent(w)
}

func (h signins) me(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	list, err := h.projects.Visible(r.Context(), c.Principal)
	if err != nil {
		return err
	}
	me := api.Me{
		Principal: wireActor(c.Principal.Actor()), Project: string(c.Project), Projects: []string{},
		Role: string(c.Principal.Role), Actions: []string{}, CSRF: c.CSRF, Version: h.version, ServerTime: h.kit.o.Clock.Now(),
	}
	for _, p := range list {
		me.Projects = append(me.Projects, string(p.ID))
	}
	for _, a := range c.Principal.Actions.List() {
		me.Actions = append(me.Actions, string(a))
	}
	return JSON(w, http.StatusOK, me)
}

func (h signins) invite(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewLoginLink](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	token, until, err := h.verbs.Invite(r.Context(), c.Principal, identity.Invitation{
		Name: in.Name, Role: in.Role, Project: c.Project, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return JSON(w, http.StatusCreated, api.LoginLink{URL: baseOf(h.publicURL, r) + "/signin?token=" + token, Expires: until})
}

// baseOf begins a link to this server: publicURL, or what the request was sent to.
func baseOf(publicURL string, r *http.Request) string {
	switch {
	case publicURL != "":
		return strings.TrimSuffix(publicURL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func wireActor(a access.Actor) api.Actor {
	return api.Actor{ID: a.ID, Kind: string(a.Kind), Name: a.Name}
}
