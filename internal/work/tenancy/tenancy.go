// Package tenancy owns making projects and saying how long they keep what they hold. It knows nothing of how old records
// are removed, of HTTP or of SQL. Start reading at Service.
package tenancy

import (
	"context"
	"unicode/utf8"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// Store is what the service needs of the control store.
type Store interface {
	control.Changer
	Project(ctx context.Context, id project.ID) (project.Project, error)
	Projects(ctx context.Context) ([]project.Project, error)
	Retention(ctx context.Context, id project.ID) (control.Retention, error)
	OpenDeletions(ctx context.Context) ([]control.Deletion, error)
}

// Service keeps projects. It is safe for concurrent use.
type Service struct {
	store Store
	clock clock.Clock
}

// New makes a Service.
func New(store Store, c clock.Clock) *Service { return &Service{store, c} }

// Create makes a project. An empty title is the id. Conflict when there is one of that id.
func (s *Service) Create(ctx context.Context, by access.Actor, id, title, reason string) (project.Project, error) {
	name, err := project.ParseID(id)
	if err != nil {
		return project.Project{}, err
	}
	if title == "" {
		title = id
	}
	if len(title) > 200 || !utf8.ValidString(title) {
		return project.Project{}, errs.Invalid("title must be text of at most 200 bytes").With("field", "title")
	}
	if err := s.Available(ctx, name); err != nil {
		return project.Project{}, err
	}
	p := project.Project{ID: name, Title: title, Created: s.clock.Now().UnixNano()}
	err = s.store.Change(ctx, by, reason, func(tx control.Tx) error { return tx.CreateProject(p) })
	return p, err
}

// Available answers Conflict while a project of that id is being deleted: what a new one holds would go, too.
func (s *Service) Available(ctx context.Context, id project.ID) error {
	open, err := s.store.OpenDeletions(ctx)
	for _, d := range open {
		if d.Target.Project == string(id) {
			return errs.New(errs.CodeConflict, "the project %q is just being deleted (%s); try again when that has ended", id, d.ID)
		}
	}
	return err
}

// Visible answers the projects in which p may do anything, by id.
func (s *Service) Visible(ctx context.Context, p access.Principal) ([]project.Project, error) {
	if p.AllProjects {
		return s.store.Projects(ctx)
	}
	own, err := s.store.Project(ctx, p.Project)
	return []project.Project{own}, err
}

// Retention answers how long a project keeps what it holds.
func (s *Service) Retention(ctx context.Context, id project.ID) (control.Retention, error) {
	return s.store.Retention(ctx, id)
}

// SetRetention says how long a project keeps what it holds. It takes effect when the next sweep runs.
func (s *Service) SetRetention(ctx context.Context, by access.Actor, id project.ID, r control.Retention, reason string) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.store.Change(ctx, by, reason, func(tx control.Tx) error { return tx.SetRetention(id, r) })
}
