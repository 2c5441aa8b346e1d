package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// tokenLetters is the length of cookies and sign-in tokens: 43 letters of base62, 256 bits.
const tokenLetters = 43

// Signed is a signed-in browser.
type Signed struct {
	Principal access.Principal
	CSRF      string // what requests that change things must carry
	Expires   time.Time
	Renew     bool // the browser should be told the later Expires
}

// Attempt is what someone signs in with: a key's text or the token of a sign-in link, not both.
type Attempt struct {
	Key     string
	Token   string
	Address string // the peer's, without port; failures are slowed by it
	Agent   string // the browser's own words
}

// SignIn begins a browser session and answers it with the cookie's value, which is nowhere kept. A token works once.
// After failures it answers Overloaded with the time to wait, without looking at what was tried.
func (s *Service) SignIn(ctx context.Context, a Attempt) (_ Signed, cookie string, err error) {
	if (a.Key == "") == (a.Token == "") {
		return Signed{}, "", errs.Invalid("send either key or token")
	}
	if err := s.throttle.begin(a.Address); err != nil {
		return Signed{}, "", err
	}
	signed, cookie, err := s.signIn(ctx, a)
	switch errs.CodeOf(err) {
	case "":
		s.throttle.succeed(a.Address)
	case errs.CodeUnauthenticated:
	default:
		s.throttle.withdraw(a.Address)
	}
	return signed, cookie, err
}

func (s *Service) signIn(ctx context.Context, a Attempt) (_ Signed, cookie string, err error) {
	now := s.now()
	cookie, err = access.Draw(s.random, tokenLetters)
	if err != nil {
		return Signed{}, "", err
	}
	session := access.BrowserSession{
		ID: id.New(), Hash: access.Digest(cookie), Created: now, LastSeen: now, Expires: now + int64(access.SessionLife),
		Address: a.Address, Agent: cut(a.Agent, 200),
	}
	if a.Key != "" {
		err = s.beginByKey(ctx, session, a.Key)
	} else {
		err = s.beginByLink(ctx, session, a.Token)
	}
	if err != nil {
		return Signed{}, "", err
	}
	signed, err := s.Resume(ctx, cookie)
	return signed, cookie, err
}

func (s *Service) beginByKey(ctx context.Context, b access.BrowserSession, text string) error {
	k, err := s.findKey(ctx, text, b.Created)
	if err != nil {
		return err
	}
	p := k.Principal()
	if !p.Actions.Has(access.TraceRead) {
		return errs.New(errs.CodeForbidden, "this key may not look at anything; sign in with one that has the scope read, operate or admin")
	}
	b.KeyID, b.Who, b.Role, b.Project, b.AllProjects = k.ID, p.Actor(), p.Role, p.Project, p.AllProjects
	s.touchKey(k.ID, b.Created)
	return s.store.Change(ctx, p.Actor(), "signed in with a key", func(tx control.Tx) error { return tx.CreateSession(b) })
}

func (s *Service) beginByLink(ctx context.Context, b access.BrowserSession, token string) error {
	l, err := s.store.LinkByHash(ctx, access.Digest(token))
	dead := errs.New(errs.CodeUnauthenticated, "this sign-in link does not work any more; links work once and for 15 minutes")
	switch {
	case errs.CodeOf(err) == errs.CodeNotFound:
		return dead
	case err != nil:
		return err
	case l.Used != 0 || b.Created >= l.Expires:
		return dead
	}
	b.Who, b.Role, b.Project, b.AllProjects = invited(l), l.Role, l.Project, l.AllProjects
	err = s.store.Change(ctx, b.Who, "signed in with a link", func(tx control.Tx) error {
		if err := tx.UseLink(l.ID, b.Created); err != nil {
			return err
		}
		return tx.CreateSession(b)
	})
	if errs.CodeOf(err) == errs.CodeConflict { // two came at once, the other was first
		return dead
	}
	return err
}

// invited answers who signs in with a link: the operator for a nameless operator's link, else a person of that name.
func invited(l access.LoginLink) access.Actor {
	if l.Role == access.Operator && l.Name == "" {
		return operator()
	}
	return access.Actor{ID: l.ID, Kind: access.User, Name: l.Name}
}

// Resume proves a caller by the value of a session's cookie. Every doubt is an Unauthenticated error. The session's end
// moves to a session's life from now.
func (s *Service) Resume(ctx context.Context, cookie string) (Signed, error) {
	now, name := s.now(), cacheName(cookie)
	if v, ok := s.sessions.find(name, now); ok {
		s.touchSession(v.Principal.SessionID, now)
		v.Expires = time.Unix(0, now).Add(access.SessionLife).UTC()
		return v, nil
	}
	seen := s.sessions.generation()
	b, err := s.store.SessionByHash(ctx, access.Digest(cookie))
	if errs.CodeOf(err) == errs.CodeNotFound {
		return Signed{}, errs.New(errs.CodeUnauthenticated, "this browser is not signed in")
	}
	if err == nil {
		err = b.Usable(now)
	}
	if err != nil {
		return Signed{}, err
	}
	v := Signed{Principal: b.Principal(), CSRF: s.csrf(b), Expires: time.Unix(0, now).Add(access.SessionLife).UTC()}
	ends := int64(0)
	if b.KeyID != "" {
		k, err := s.store.KeyByID(ctx, b.KeyID)
		if err != nil {
			return Signed{}, err
		}
		if err := k.Usable(now); err != nil {
			return Signed{}, err
		}
		v.Principal, ends = k.Principal(), k.Expires
		v.Principal.SessionID = b.ID
	}
	s.sessions.keep(seen, name, v, now, ends)
	s.touchSession(b.ID, now)
	v.Renew = true // about once a minute, which keeps the browser's own expiry close to ours
	return v, nil
}

// csrf derives a session's token, so that nothing more needs to be kept.
func (s *Service) csrf(b access.BrowserSession) string {
	s.mu.Lock()
	mac := hmac.New(sha256.New, s.signing)
	s.mu.Unlock()
	mac.Write([]byte("csrf\x00"))
	mac.Write(b.Hash)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Sessions answers the browser sessions that by may see, the last seen first: their own, or with session.manage all of
// the project, or for who acts in all projects simply all.
func (s *Service) Sessions(ctx context.Context, by access.Principal, in project.ID) ([]access.BrowserSession, error) {
	switch {
	case !by.Actions.Has(access.SessionManage):
		return s.store.ListSessions(ctx, in, by.ID, s.now())
	case !by.AllProjects:
		return s.store.ListSessions(ctx, in, "", s.now())
	}
	return s.store.ListSessions(ctx, "", "", s.now())
}

// RevokeSession ends a session. Without all projects, only those of the project that reach no further can be ended.
// It is in force in this process when it returns.
func (s *Service) RevokeSession(ctx context.Context, by access.Principal, in project.ID, session, reason string) error {
	b, err := s.store.SessionByID(ctx, session)
	if err != nil {
		return err
	}
	if !by.AllProjects && (b.Project != in || b.AllProjects) {
		return errs.NotFound("there is no such session")
	}
	return s.endSession(ctx, by.Actor(), session, reason)
}

// SignOut ends by's own session. A caller without one is Invalid.
func (s *Service) SignOut(ctx context.Context, by access.Principal) error {
	if by.SessionID == "" {
		return errs.Invalid("a key does not sign out; revoke it instead")
	}
	return s.endSession(ctx, by.Actor(), by.SessionID, "signed out")
}

func (s *Service) endSession(ctx context.Context, by access.Actor, session, reason string) error {
	err := s.store.Change(ctx, by, reason, func(tx control.Tx) error { return tx.RevokeSession(session, s.now()) })
	s.sessions.clear()
	return err
}
