// Package imports keeps track of files that come in: one import per project and digest, so that sending a file again
// goes on where it was, with the same base time, and makes the same spans. It does not read the files; whoever sends
// them does. Start reading at Service.Begin.
package imports

import (
	"context"
	"time"
	"unicode/utf8"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// Store is what imports needs of the control store.
type Store interface {
	control.Changer
	Import(ctx context.Context, id project.ID, imp string) (control.Import, error)
	SaveImport(ctx context.Context, i control.Import) error
}

// Service keeps imports. It is safe for concurrent use.
type Service struct {
	store Store
	clock clock.Clock
}

// New makes a Service.
func New(store Store, c clock.Clock) *Service { return &Service{store, c} }

// Request announces a file. A zero Start is now.
type Request struct {
	Project project.ID
	Digest  string // SHA-256 of the file, hex
	Format  string
	Name    string
	Start   time.Time
	By      access.Actor
	Reason  string
}

// maxText bounds a file's name and format, in bytes.
const maxText = 1024

// Begin answers the project's import of the digest, a new one where there is none. A new one's base time is Start, or
// now in whole seconds.
func (s *Service) Begin(ctx context.Context, q Request) (control.Import, error) {
	if _, err := blob.ParseDigest(q.Digest); err != nil {
		return control.Import{}, errs.Invalid("digest must be the file's SHA-256 as 64 lower-case hexadecimal digits").With("field", "digest")
	}
	if len(q.Name) > maxText || len(q.Format) > maxText || q.Format == "" || !utf8.ValidString(q.Name+q.Format) {
		return control.Import{}, errs.Invalid("format is needed, and format and name are text of at most %d bytes", maxText)
	}
	now := s.clock.Now()
	base := now.Truncate(time.Second)
	if !q.Start.IsZero() {
		if y := q.Start.UTC().Year(); y < 2000 || q.Start.After(now.Add(24*time.Hour)) {
			return control.Import{}, errs.Invalid("start is %s; it must lie between the year 2000 and tomorrow", q.Start.UTC().Format(time.RFC3339)).With("field", "start")
		}
		base = q.Start
	}
	i := control.Import{ID: id.New(), Project: q.Project, Digest: q.Digest, Format: q.Format, Name: q.Name, BaseTime: base.UnixNano(),
		State: control.ImportRunning, Created: now.UnixNano(), Updated: now.UnixNano()}
	err := s.store.Change(ctx, q.By, q.Reason, func(tx control.Tx) (err error) {
		i, err = tx.CreateImport(i)
		return err
	})
	return i, err
}

// Import answers an import.
func (s *Service) Import(ctx context.Context, p project.ID, imp string) (control.Import, error) {
	return s.store.Import(ctx, p, imp)
}

// Save notes how far an import is. Done never goes back.
func (s *Service) Save(ctx context.Context, p project.ID, imp string, done, total int64, state control.ImportState) (control.Import, error) {
	switch state {
	case control.ImportRunning, control.ImportDone, control.ImportFailed:
	default:
		return control.Import{}, errs.Invalid("state is %q; allowed are running, done, failed", state).With("field", "state")
	}
	if done < 0 || total < 0 {
		return control.Import{}, errs.Invalid("done and total must not be negative")
	}
	i := control.Import{ID: imp, Project: p, Done: done, Total: total, State: state, Updated: s.clock.Now().UnixNano()}
	if err := s.store.SaveImport(ctx, i); err != nil {
		return control.Import{}, err
	}
	return s.store.Import(ctx, p, imp)
}
