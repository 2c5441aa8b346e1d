// Package identity owns proving who asks and what may be handed out: first start, keys, sign-in, browser sessions and
// sign-in links. What a principal may then do is decided by domain/access alone. It knows nothing of HTTP, cookies or
// SQL. Start reading at Service.Authenticate.
package identity

import (
	"context"
	"crypto/rand"
	"io"
	"sync"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// Store is what the service needs of the control store.
type Store interface {
	control.Changer
	access.Keys
	access.Sessions
	access.Toucher
	Project(ctx context.Context, id project.ID) (project.Project, error)
	Secret(ctx context.Context, id project.ID, name string) ([]byte, error)
}

// Options says what a Service stands on.
type Options struct {
	Store  Store
	Clock  clock.Clock // nil is the system's
	Random io.Reader   // nil is the system's; whatever else is for tests
}

// Service proves callers and hands out what proves them. It is safe for concurrent use.
type Service struct {
	store  Store
	clock  clock.Clock
	random io.Reader

	keys     *cache[access.Principal]
	sessions *cache[Signed]
	throttle *throttle

	mu      sync.Mutex
	signing []byte // makes CSRF tokens; set by Start
	touched access.Touched
}

// New makes a Service. Start must run before it serves.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &Service{
		store: o.Store, clock: o.Clock, random: o.Random,
		keys: newCache[access.Principal](), sessions: newCache[Signed](), throttle: newThrottle(o.Clock),
		touched: untouched(),
	}
}

func (s *Service) now() int64 { return s.clock.Now().UnixNano() }

// Authenticate proves a caller by the text of a key. Every doubt is an Unauthenticated error; a store that fails is its
// own error. The answer is kept for a minute and forgotten at once when anything is revoked through this Service.
func (s *Service) Authenticate(ctx context.Context, text string) (access.Principal, error) {
	now, name := s.now(), cacheName(text)
	if p, ok := s.keys.find(name, now); ok {
		s.touchKey(p.KeyID, now)
		return p, nil
	}
	seen := s.keys.generation() // before the read, so that what is revoked meanwhile is not kept
	k, err := s.findKey(ctx, text, now)
	if err != nil {
		return access.Principal{}, err
	}
	p := k.Principal()
	s.keys.keep(seen, name, p, now, k.Expires)
	s.touchKey(k.ID, now)
	return p, nil
}

// findKey looks a usable key up by its text.
func (s *Service) findKey(ctx context.Context, text string, now int64) (access.Key, error) {
	unknown := errs.New(errs.CodeUnauthenticated, "this key is not known here")
	prefix, ok := access.PrefixOf(text)
	if !ok {
		return access.Key{}, unknown
	}
	list, err := s.store.KeysByPrefix(ctx, prefix)
	if err != nil {
		return access.Key{}, err
	}
	for _, k := range list {
		if k.Matches(text) {
			return k, k.Usable(now)
		}
	}
	return access.Key{}, unknown
}

// NewKey says what a key is to be. Expires is in Unix nanoseconds, zero for never.
type NewKey struct {
	Project project.ID
	Name    string
	Scopes  []string
	Pin     access.Pin
	Expires int64
	Reason  string
}

// CreateKey makes a key and answers it with its text, which is nowhere kept. Nobody can give more than they hold.
func (s *Service) CreateKey(ctx context.Context, by access.Principal, n NewKey) (_ access.Key, text string, err error) {
	scopes, err := access.ParseScopes(n.Scopes)
	if err != nil {
		return access.Key{}, "", err
	}
	if err := checkNames(n); err != nil {
		return access.Key{}, "", err
	}
	now := s.now()
	if n.Expires != 0 && n.Expires <= now {
		return access.Key{}, "", errs.Invalid("expires lies in the past").With("field", "expires")
	}
	if err := by.MayGrant(access.ActionsOf(scopes), n.Project, false); err != nil {
		return access.Key{}, "", err
	}
	k, text, err := s.drawKey(n.Name, n.Project, scopes, now)
	if err != nil {
		return access.Key{}, "", err
	}
	k.Pin, k.Expires, k.Maker = n.Pin, n.Expires, by.Actor()
	k.Owner = access.Actor{ID: k.ID, Kind: access.Service, Name: k.Name}
	err = s.store.Change(ctx, by.Actor(), n.Reason, func(tx control.Tx) error { return tx.CreateKey(k) })
	if err != nil {
		return access.Key{}, "", err
	}
	return k, text, nil
}

// RevokeKey ends a key and the browser sessions begun with it. It is in force in this process when it returns.
// Only who acts in all projects may revoke the operator's; the next start then makes a new one.
func (s *Service) RevokeKey(ctx context.Context, by access.Principal, in project.ID, key, reason string) error {
	k, err := s.store.KeyByID(ctx, key)
	if err != nil {
		return err
	}
	if k.Project != in {
		return errs.NotFound("there is no such key")
	}
	if k.AllProjects && !by.AllProjects {
		return errs.New(errs.CodeForbidden, "only the operator may revoke the operator's key")
	}
	err = s.store.Change(ctx, by.Actor(), reason, func(tx control.Tx) error { return tx.RevokeKey(in, key, s.now()) })
	// Also after an error: the change may have been committed although its answer was lost.
	s.keys.clear()
	s.sessions.clear()
	return err
}

// LookAgain forgets every proof, so that what was taken away by another verb does not stand for the rest of its minute.
func (s *Service) LookAgain() {
	s.keys.clear()
	s.sessions.clear()
}

func checkNames(n NewKey) error {
	for _, f := range []struct {
		name, value string
		max         int
	}{{"name", n.Name, 100}, {"environment", n.Pin.Environment, 200}, {"release", n.Pin.Release, 200}} {
		if err := checkText(f.name, f.value, f.max); err != nil {
			return err
		}
	}
	if n.Name == "" {
		return errs.Invalid("name is empty; say what the key is for").With("field", "name")
	}
	return nil
}
