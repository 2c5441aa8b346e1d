package identity

import (
	"context"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// How long a share lasts.
const (
	DefaultShareLife = 7 * 24 * time.Hour
	maxShareLife     = 90 * 24 * time.Hour
)

// NewShare says what a share is to show. Expires is in Unix nanoseconds, zero for DefaultShareLife from now.
type NewShare struct {
	Project project.ID
	Name    string // what for, for the list of shares
	Shared  access.Shared
	Expires int64
	Reason  string
}

// CreateShare makes a key that shows one trace or session, read-only, until it expires or is revoked. It answers the
// key's text, which is nowhere kept. Revoke it with RevokeKey.
func (s *Service) CreateShare(ctx context.Context, by access.Principal, n NewShare) (_ access.Key, text string, err error) {
	now := s.now()
	if n.Expires == 0 {
		n.Expires = now + int64(DefaultShareLife)
	}
	switch {
	case (n.Shared.Trace == "") == (n.Shared.Session == ""):
		return access.Key{}, "", errs.Invalid("a share shows one trace or one session; give trace_id or session").With("field", "trace_id")
	case n.Expires <= now:
		return access.Key{}, "", errs.Invalid("expires lies in the past").With("field", "expires")
	case n.Expires > now+int64(maxShareLife):
		return access.Key{}, "", errs.Invalid("expires lies more than 90 days ahead").With("field", "expires")
	}
	if n.Name == "" {
		n.Name = "share"
	}
	if err := checkText("name", n.Name, 100); err != nil {
		return access.Key{}, "", err
	}
	k, text, err := s.drawKey(n.Name, n.Project, nil, now)
	if err != nil {
		return access.Key{}, "", err
	}
	k.Shared, k.Expires, k.Maker = n.Shared, n.Expires, by.Actor()
	k.Owner = access.Actor{ID: k.ID, Kind: access.Service, Name: k.Name}
	if err := s.store.Change(ctx, by.Actor(), n.Reason, func(tx control.Tx) error { return tx.CreateKey(k) }); err != nil {
		return access.Key{}, "", err
	}
	return k, text, nil
}
