package httpapi

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
	"steward/internal/work/identity"
)

const (
	cookieName    = "steward_session"
	csrfHeader    = "Steward-CSRF"
	projectHeader = "Steward-Project"
	reasonHeader  = "Steward-Reason"
)

// Authenticator proves who asks.
type Authenticator interface {
	// Authenticate takes a key's text. Any doubt is an Unauthenticated error.
	Authenticate(ctx context.Context, key string) (access.Principal, error)
	// Resume takes a browser session's cookie. Any doubt is an Unauthenticated error.
	Resume(ctx context.Context, cookie string) (identity.Signed, error)
}

// Projects says which projects exist.
type Projects interface {
	// Project answers NotFound for one that does not.
	Project(ctx context.Context, id project.ID) (project.Project, error)
}

// door is the one place where a request is let in or not.
type door struct {
	who      Authenticator
	projects Projects
	hosts    map[string]bool
	secure   bool
}

func newDoor(o Options) door {
	d := door{who: o.Authenticator, projects: o.Projects, secure: o.SecureCookies, hosts: map[string]bool{"localhost": true}}
	for _, h := range o.Hosts {
		d.hosts[strings.ToLower(h)] = true
	}
	return d
}

// admit proves the caller, settles the project and makes the access check for a route.
func (d door) admit(w http.ResponseWriter, r *http.Request, route *Route) error {
	if route.Open {
		return nil
	}
	if err := d.enter(w, r); err != nil {
		return err
	}
	c := callerIn(r.Context())
	if route.Reach == Everywhere {
		return access.AllowEverywhere(c.Principal, route.Action)
	}
	asked := ""
	switch route.Reach {
	case InProject:
		asked = r.Header.Get(projectHeader)
	case PathProject:
		asked = r.PathValue("id")
	}
	if asked != "" {
		id, err := project.ParseID(asked)
		if err != nil {
			return err
		}
		c.Project = id
	}
	if err := access.Allow(c.Principal, route.Action, c.Project); err != nil {
		return err
	}
	// A caller's own project exists as long as the key does; only a wider caller can name one that does not.
	if c.Project != c.Principal.Project {
		_, err := d.projects.Project(r.Context(), c.Project)
		return err
	}
	return nil
}

// enter proves the caller by a key in one of three headers, else by the session cookie, and fills in the Caller.
// A key that is present and wrong is refused without looking at the cookie.
func (d door) enter(w http.ResponseWriter, r *http.Request) error {
	c := callerIn(r.Context())
	key, err := keyOf(r)
	if err != nil {
		return err
	}
	if key != "" {
		if c.Principal, err = d.who.Authenticate(r.Context(), key); err != nil {
			return err
		}
		c.Reason = "through the API"
	} else if err := d.resume(w, r, c); err != nil {
		return err
	}
	if why := r.Header.Get(reasonHeader); why != "" {
		c.Reason = cut(why, 500)
	}
	c.Project = c.Principal.Project
	return nil
}

// resume proves the caller by the session cookie. Because browsers send cookies on their own, such a request must
// call the server by a name of its own and, if it changes things, carry the session's CSRF token.
func (d door) resume(w http.ResponseWriter, r *http.Request, c *Caller) error {
	cookie, err := r.Cookie(cookieName)
	if err != nil || cookie.Value == "" {
		return errs.New(errs.CodeUnauthenticated, "a key is needed: send it as \"Authorization: Bearer KEY\" or as x-api-key, or sign in")
	}
	if !d.knownHost(r.Host) {
		return errs.New(errs.CodeForbidden, "this server is not known by the host name %q; add the name to its configuration or use localhost", r.Host)
	}
	signed, err := d.who.Resume(r.Context(), cookie.Value)
	if err != nil {
		return err
	}
	if changes(r.Method) && subtle.ConstantTimeCompare([]byte(r.Header.Get(csrfHeader)), []byte(signed.CSRF)) != 1 {
		return errs.New(errs.CodeForbidden, "the header %s is missing or old; take csrf from GET /api/v1/me", csrfHeader)
	}
	c.Principal, c.CSRF, c.Reason = signed.Principal, signed.CSRF, "in the browser"
	if signed.Renew {
		http.SetCookie(w, d.cookie(r, cookie.Value, signed.Expires))
	}
	return nil
}

// knownHost says whether host, with or without port, is one of ours. IP addresses are: rebinding needs a name that
// the attacker controls, and an address in the Host header cannot be one.
func (d door) knownHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return d.hosts[strings.ToLower(strings.TrimSuffix(host, "."))]
}

func (d door) cookie(r *http.Request, value string, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure || r.TLS != nil,
	}
}

// keyOf answers the key that the request carries in a header, "" for none.
func keyOf(r *http.Request) (string, error) {
	if a := r.Header.Get("Authorization"); a != "" {
		scheme, key, _ := strings.Cut(a, " ")
		key = strings.TrimSpace(key)
		if !strings.EqualFold(scheme, "Bearer") || key == "" {
			return "", errs.New(errs.CodeUnauthenticated, "the Authorization header must read \"Bearer KEY\"")
		}
		return key, nil
	}
	if k := r.Header.Get("X-Api-Key"); k != "" {
		return k, nil
	}
	return r.Header.Get("X-Goog-Api-Key"), nil
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
