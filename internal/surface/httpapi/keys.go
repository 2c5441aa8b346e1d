package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
	"steward/internal/work/identity"
)

// KeyVerbs makes and revokes keys.
type KeyVerbs interface {
	CreateKey(ctx context.Context, by access.Principal, n identity.NewKey) (access.Key, string, error)
	RevokeKey(ctx context.Context, by access.Principal, in project.ID, key, reason string) error
}

// KeyLister lists keys.
type KeyLister interface {
	ListKeys(ctx context.Context, project project.ID, after page.Cursor, limit int) (page.Page[access.Key], error)
}

// KeyRoutes lists, makes and revokes keys.
func KeyRoutes(verbs KeyVerbs, list KeyLister) []Route {
	h := keys{verbs, list}
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/api/v1/keys", Action: access.KeyRead, Handle: h.list,
			Doc: Doc{Summary: "List the project's keys, the newest first", Tag: "keys", Query: paging(), Out: api.List[api.Key]{}},
		},
		{
			Method: http.MethodPost, Pattern: "/api/v1/keys", Action: access.KeyManage, Handle: h.create,
			Doc: Doc{
				Summary: "Make a key", Tag: "keys", Status: http.StatusCreated, In: api.NewKey{}, Out: api.KeyMade{},
				Detail: "The answer holds the key's text, which is shown this once. Nobody can give more than they hold.",
			},
		},
		{
			Method: http.MethodDelete, Pattern: "/api/v1/keys/{id}", Action: access.KeyManage, Handle: h.revoke,
			Doc: Doc{Summary: "Revoke a key and the browser sessions begun with it", Tag: "keys", Status: http.StatusNoContent},
		},
	}
}

type keys struct {
	verbs  KeyVerbs
	lister KeyLister
}

func (h keys) list(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := PageOf(r, "-id")
	if err != nil {
		return err
	}
	list, err := h.lister.ListKeys(r.Context(), CallerOf(r.Context()).Project, after, limit)
	if err != nil {
		return err
	}
	out := api.List[api.Key]{Items: []api.Key{}, NextCursor: Next(list.Next)}
	for _, k := range list.Items {
		out.Items = append(out.Items, wireKey(k))
	}
	return JSON(w, http.StatusOK, out)
}

func (h keys) create(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewKey](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	n := identity.NewKey{
		Project: c.Project, Name: in.Name, Scopes: in.Scopes, Reason: c.Reason,
		Pin: access.Pin{Environment: in.Environment, Release: in.Release},
	}
	if in.Expires != nil {
		if n.Expires, err = nanos("expires", *in.Expires); err != nil {
			return err
		}
	}
	k, text, err := h.verbs.CreateKey(r.Context(), c.Principal, n)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusCreated, api.KeyMade{Key: wireKey(k), Text: text})
}

func (h keys) revoke(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	if err := h.verbs.RevokeKey(r.Context(), c.Principal, c.Project, r.PathValue("id"), c.Reason); err != nil {
		return err
	}
	return NoContent(w)
}

func wireKey(k access.Key) api.Key {
	out := api.Key{
		ID: k.ID, Name: k.Name, Prefix: k.Prefix, Scopes: []string{}, Environment: k.Pin.Environment, Release: k.Pin.Release,
		Created: Time(k.Created), LastUsed: TimeOrNull(k.LastUsed), Expires: TimeOrNull(k.Expires), Revoked: TimeOrNull(k.Revoked),
		Owner: wireActor(k.Owner), Maker: wireActor(k.Maker),
	}
	for _, s := range k.Scopes {
		out.Scopes = append(out.Scopes, string(s))
	}
	return out
}
