package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/work/identity"
	"steward/internal/work/look"
)

// ShareVerbs makes and revokes shares. It is work/identity.
type ShareVerbs interface {
	CreateShare(ctx context.Context, by access.Principal, n identity.NewShare) (access.Key, string, error)
	RevokeKey(ctx context.Context, by access.Principal, in project.ID, key, reason string) error
}

// ShareLister lists shares and finds one.
type ShareLister interface {
	ListShares(ctx context.Context, project project.ID, after page.Cursor, limit int) (page.Page[access.Key], error)
	KeyByID(ctx context.Context, id string) (access.Key, error)
}

// ShareRoutes list, make and revoke read-only links to one trace or session, and answer who comes by such a link. The
// link carries a key of its own behind its '#', which browsers do not send along; that key opens the routes below
// /api/v1/shared for its trace or session, and nothing else.
func ShareRoutes(verbs ShareVerbs, list ShareLister, l *look.Look, blobs blob.Store, base func() string) []Route {
	h := shares{verbs: verbs, list: list, looks: looks{l, ""}, base: base}
	const tag = "shares"
	shared := func(pattern, summary string, out any, handle Handler) Route {
		return Route{Method: http.MethodGet, Pattern: "/api/v1/shared" + pattern, Action: access.ShareView, Reach: OwnProject, Handle: handle,
			Doc: Doc{Tag: tag, Summary: summary, Out: out}}
	}
	bytes := shared("/blobs/{sha256}", "A payload of what a share shows", "", h.within(streams{blobs: blobs}.blob))
	bytes.Doc.Media = "application/octet-stream"
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/shares", Action: access.TraceRead, Handle: h.all,
			Doc: Doc{Tag: tag, Summary: "List the project's shares, the newest first", Query: paging(), Out: api.List[api.Share]{}}},
		{Method: http.MethodPost, Pattern: "/api/v1/shares", Action: access.ShareManage, Handle: h.create,
			Doc: Doc{Tag: tag, Summary: "Make a read-only link to one trace or session", Status: http.StatusCreated, In: api.NewShare{}, Out: api.ShareMade{},
				Detail: "Who has the link sees that trace or session until it expires or is revoked, without an account. The link is shown this once."}},
		{Method: http.MethodDelete, Pattern: "/api/v1/shares/{id}", Action: access.ShareManage, Handle: h.revoke,
			Doc: Doc{Tag: tag, Summary: "Revoke a share; its link stops working at once", Status: http.StatusNoContent}},
		shared("", "What this share shows", api.SharedView{}, h.view),
		shared("/traces/{trace_id}", "A shared trace, or a trace of a shared session", api.TraceDetail{}, h.within(h.looks.trace)),
		shared("/traces/{trace_id}/spans/{span_id}", "A span of it, whole", api.Span{}, h.within(h.looks.span)),
		shared("/session", "The shared session with its traces, oldest first", api.SessionDetail{}, h.session),
		bytes,
	}
}

type shares struct {
	verbs ShareVerbs
	list  ShareLister
	looks looks
	base  func() string
}

func (h shares) all(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := PageOf(r, "-id")
	if err != nil {
		return err
	}
	got, err := h.list.ListShares(r.Context(), CallerOf(r.Context()).Project, after, limit)
	if err != nil {
		return err
	}
	out := api.List[api.Share]{Items: []api.Share{}, NextCursor: Next(got.Next)}
	for _, k := range got.Items {
		out.Items = append(out.Items, wireShare(k))
	}
	return JSON(w, http.StatusOK, out)
}

func (h shares) create(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewShare](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	n := identity.NewShare{Project: c.Project, Name: in.Name, Shared: access.Shared{Session: in.Session}, Reason: c.Reason}
	if in.Expires != nil {
		if n.Expires, err = nanos("expires", *in.Expires); err != nil {
			return err
		}
	}
	switch {
	case in.TraceID != "":
		id, err := trace.ParseID(in.TraceID)
		if err != nil {
			return err
		}
		n.Shared.Trace = id.String()
		if _, err := h.looks.look.Trace(r.Context(), c.Project, id); err != nil {
			return err
		}
	case in.Session != "":
		if _, _, err := h.looks.look.Session(r.Context(), c.Project, in.Session); err != nil {
			return err
		}
	}
	k, text, err := h.verbs.CreateShare(r.Context(), c.Principal, n)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusCreated, api.ShareMade{Share: wireShare(k), Key: text, URL: strings.TrimSuffix(h.base(), "/") + "/shared#" + text})
}

func (h shares) revoke(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	k, err := h.list.KeyByID(r.Context(), r.PathValue("id"))
	if err != nil && errs.CodeOf(err) != errs.CodeNotFound {
		return err
	}
	if err != nil || k.Project != c.Project || k.Shared.IsZero() {
		return errs.NotFound("there is no such share")
	}
	if err := h.verbs.RevokeKey(r.Context(), c.Principal, c.Project, k.ID, c.Reason); err != nil {
		return err
	}
	return NoContent(w)
}

// view answers what the caller's share shows.
func (h shares) view(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	if c.Principal.Shared.IsZero() {
		return notShared()
	}
	k, err := h.list.KeyByID(r.Context(), c.Principal.KeyID)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, api.SharedView{TraceID: k.Shared.Trace, Session: k.Shared.Session, Name: k.Name, Expires: Time(k.Expires)})
}

func notShared() error {
	return errs.Invalid("this is for who comes by a share; with a key of your own ask /api/v1/traces or /api/v1/sessions")
}

// within lets a request through when its trace is the shared one or one of the shared session. A request without a trace
// is about a payload, which is found only by the digest of its content.
func (h shares) within(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c := CallerOf(r.Context())
		if c.Principal.Shared.IsZero() {
			return notShared()
		}
		asked := r.PathValue("trace_id")
		if asked == "" {
			return next(w, r)
		}
		id, err := trace.ParseID(asked)
		if err != nil {
			return err
		}
		if ok, err := h.shows(r.Context(), c.Project, c.Principal.Shared, id); err != nil || !ok {
			return errsOr(err, errs.NotFound("this share does not show the trace %s", id))
		}
		return next(w, r)
	}
}

func errsOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (h shares) shows(ctx context.Context, p project.ID, s access.Shared, id trace.ID) (bool, error) {
	if s.Session == "" {
		return s.Trace == id.String(), nil
	}
	_, traces, err := h.looks.look.Session(ctx, p, s.Session)
	return slices.ContainsFunc(traces, func(t look.Trace) bool { return t.Trace == id }), err
}

func (h shares) session(w http.ResponseWriter, r *http.Request) error {
	session := CallerOf(r.Context()).Principal.Shared.Session
	if session == "" {
		return errs.NotFound("this share shows no session")
	}
	r.SetPathValue("session", session)
	return h.looks.session(w, r)
}

func wireShare(k access.Key) api.Share {
	return api.Share{ID: k.ID, Name: k.Name, TraceID: k.Shared.Trace, Session: k.Shared.Session, Created: Time(k.Created), Expires: Time(k.Expires),
		Revoked: TimeOrNull(k.Revoked), LastUsed: TimeOrNull(k.LastUsed), Maker: wireActor(k.Maker)}
}
