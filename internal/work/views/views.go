// Package views owns saved views: who may see and change which, and the starters that every project has. It knows
// nothing of HTTP, SQL or of how a list looks. Start reading at Service.
package views

import (
	"context"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
)

// Store is what the service needs of the control store.
type Store interface {
	control.Changer
	control.ViewReader
}

// Service keeps views. It is safe for concurrent use.
type Service struct {
	store Store
	clock clock.Clock
}

// New makes a Service.
func New(store Store, c clock.Clock) *Service { return &Service{store, c} }

// List answers the views of a list that who may see, its own and the shared ones, by name.
func (s *Service) List(ctx context.Context, who access.Principal, p project.ID, list control.ViewList) ([]control.View, error) {
	all, err := s.store.Views(ctx, p, list)
	var out []control.View
	for _, v := range all {
		if sees(who, v) {
			out = append(out, v)
		}
	}
	return out, err
}

// Create saves a view and answers it with its id.
func (s *Service) Create(ctx context.Context, who access.Principal, v control.View, reason string) (control.View, error) {
	if err := check(v); err != nil {
		return v, err
	}
	v.ID, v.Owner = id.New(), who.Actor()
	v.Created = s.clock.Now().UnixNano()
	v.Updated = v.Created
	return v, s.store.Change(ctx, who.Actor(), reason, func(tx control.Tx) error { return tx.CreateView(v) })
}

// Update replaces what a view shows. A shared view is everybody's to change; only its owner makes it private again.
func (s *Service) Update(ctx context.Context, who access.Principal, v control.View, reason string) (control.View, error) {
	old, err := s.seen(ctx, who, v.Project, v.ID)
	if err != nil {
		return v, err
	}
	if err := check(v); err != nil {
		return v, err
	}
	if !v.Shared && old.Owner.ID != who.ID {
		return v, errs.New(errs.CodeForbidden, "the view %q is shared; only its owner, %s, can make it private", old.Name, old.Owner.Name)
	}
	v.Owner, v.Created, v.Updated = old.Owner, old.Created, s.clock.Now().UnixNano()
	return v, s.store.Change(ctx, who.Actor(), reason, func(tx control.Tx) error { return tx.UpdateView(v) })
}

// Remove removes a view that who may see.
func (s *Service) Remove(ctx context.Context, who access.Principal, p project.ID, view, reason string) error {
	if _, err := s.seen(ctx, who, p, view); err != nil {
		return err
	}
	return s.store.Change(ctx, who.Actor(), reason, func(tx control.Tx) error { return tx.RemoveView(p, view) })
}

// seen answers a view; another's private one is as good as absent.
func (s *Service) seen(ctx context.Context, who access.Principal, p project.ID, view string) (control.View, error) {
	for _, v := range Starters(control.ViewTraces, control.ViewSessions) {
		if v.ID == view {
			return v, errs.Invalid("%q comes with Steward and cannot be changed; save it under a name of your own", v.Name)
		}
	}
	v, err := s.store.View(ctx, p, view)
	if err == nil && !sees(who, v) {
		return v, errs.NotFound("there is no such view")
	}
	return v, err
}

func sees(who access.Principal, v control.View) bool { return v.Shared || v.Owner.ID == who.ID }

func check(v control.View) error {
	if err := v.Check(); err != nil {
		return err
	}
	_, err := filter.Parse(v.Filter)
	return err
}

// Starters answers the views that every project has, of the lists that are named. They are not stored.
func Starters(lists ...control.ViewList) (out []control.View) {
	for _, list := range lists {
		for _, v := range []control.View{
			{ID: "errors", Name: "Errors", Filter: "trace.outcome:error"},
			{ID: "problems", Name: "Problems", Filter: "problem:*"},
			{ID: "slow", Name: "Slow", Sort: "-duration"},
			{ID: "expensive", Name: "Expensive", Sort: "-cost"},
			{ID: "unpriced", Name: "Unpriced", Filter: "cost.state:unpriced"},
			{ID: "thumbs-down", Name: "Thumbs down", Filter: "score.thumbs:false"},
		} {
			v.List, v.Shared = list, true
			out = append(out, v)
		}
	}
	return out
}
