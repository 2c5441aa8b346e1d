package ingest

import (
	"context"
	"sync"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Projects says which projects exist.
type Projects interface {
	// Project answers NotFound for one that does not.
	Project(ctx context.Context, id project.ID) (project.Project, error)
}

// bars are projects that nothing is taken in for any more.
type bars struct {
	mu       sync.RWMutex
	projects map[project.ID]bool
}

// Bar refuses what comes for a project from now on, and returns when the requests that were let in before are in the
// log or refused: a request can be long under way when its project is deleted. It holds until the process ends, or
// until Options.Projects says that there is a project of that id again.
func (g *Ingest) Bar(p project.ID) {
	g.bars.mu.Lock()
	defer g.bars.mu.Unlock()
	if g.bars.projects == nil {
		g.bars.projects = map[project.ID]bool{}
	}
	g.bars.projects[p] = true
}

// pass answers NotFound for a barred project. Without an error the caller must call leave when its record is in the log.
func (g *Ingest) pass(ctx context.Context, p project.ID) (leave func(), err error) {
	g.bars.mu.RLock()
	if !g.bars.projects[p] {
		return g.bars.mu.RUnlock, nil
	}
	g.bars.mu.RUnlock()
	if g.o.Projects == nil {
		return nil, errs.NotFound("the project %q was deleted", p)
	}
	if _, err := g.o.Projects.Project(ctx, p); err != nil {
		return nil, err
	}
	g.bars.mu.Lock()
	delete(g.bars.projects, p)
	g.bars.mu.Unlock()
	return g.pass(ctx, p)
}

// ProjectOf answers whose a record of the intake log is.
func ProjectOf(r intake.Record) (project.ID, error) {
	in, _, _, err := cutHeader(join(r.Payload))
	return in.Project, err
}

// ForgetProject drops log records of a project that wait in memory for their spans.
func (h *Hold) ForgetProject(p project.ID) {
	h.g.loader.join.forget(func(k trace.Key, _ *trace.Event) bool { return k.Project == p })
}
