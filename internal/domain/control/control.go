// Package control owns the records that steer an installation: projects and their retention, price entries, imports,
// deletions, jobs, saved views, ingest counters, settings and secrets; and the unit of work through which every one of them is
// changed. It knows nothing of SQL or HTTP, nor of what a price entry or a job's parameters mean. Start at Changer.
package control

import (
	"context"

	"steward/internal/domain/access"
	"steward/internal/domain/project"
)

// Changer is the one way to change control records.
type Changer interface {
	// Change runs fn in one transaction. Every write on tx leaves a row that says who, what and why, in the same
	// transaction: both are kept or neither is. It is durable when Change returns nil. An error of fn undoes all
	// and is answered as it is. An actor without id or an empty reason is Invalid and fn is not run.
	// Units of work are run one after the other; fn must not call Change, and must not use tx after it returned.
	// A read through the store inside fn does not see what tx wrote; read through tx instead.
	Change(ctx context.Context, by access.Actor, reason string, fn func(tx Tx) error) error
}

// Tx is what may be changed, within one unit of work.
type Tx interface {
	access.Writer
	ViewWriter

	// CreateProject answers Conflict when the id is taken.
	CreateProject(p project.Project) error
	// DeleteProject removes the project and every control record that belongs to it but the record of changes. NotFound
	// when there is none. What telemetry engines and blob stores hold is not its business.
	DeleteProject(id project.ID) error
	SetRetention(project project.ID, r Retention) error

	CreatePriceEntry(e PriceEntry) error
	// RemovePriceEntry marks it removed; the entry stays readable, because stored costs name it. NotFound when the
	// project has none with that id; again is a no-op.
	RemovePriceEntry(project project.ID, id string, at int64) error

	// CreateImport answers the import that the project already has for i.Digest, else stores i and answers it.
	CreateImport(i Import) (Import, error)

	// CreateDeletion's row among the changes names the sealed target.
	CreateDeletion(d Deletion) error
	// FinishDeletion stores what became of it: state, finished, target, removed, partitions, backups, error.
	FinishDeletion(d Deletion) error

	CreateJob(j Job) error
	// FinishJob stores state (done or failed), finished, progress, error and result.
	FinishJob(j Job) error

	// SetSetting stores a JSON document under a name; project "" is the installation's. nil removes it.
	SetSetting(project project.ID, name string, value []byte) error

	// SetSecret stores a value that can be read back, encrypted at rest; nil removes it. Change rows hold the name only.
	SetSecret(project project.ID, name string, value []byte) error
}

// Reader answers what is kept. It sees every Change that returned before the call. A missing record is NotFound.
type Reader interface {
	ViewReader

	Project(ctx context.Context, id project.ID) (project.Project, error)
	// Projects answers all, by id.
	Projects(ctx context.Context) ([]project.Project, error)
	// Retention answers DefaultRetention for a project that never set its own.
	Retention(ctx context.Context, id project.ID) (Retention, error)

	// PriceEntries answers a project's entries that are not removed, the oldest first.
	PriceEntries(ctx context.Context, id project.ID) ([]PriceEntry, error)
	PriceEntry(ctx context.Context, id project.ID, entry string) (PriceEntry, error)

	Import(ctx context.Context, id project.ID, imp string) (Import, error)
	// ImportOf answers the project's import of a digest.
	ImportOf(ctx context.Context, id project.ID, digest string) (Import, error)

	Deletion(ctx context.Context, id project.ID, del string) (Deletion, error)
	// Deletions answers the newest first, at most limit, beginning after the id before ("" for the first page).
	Deletions(ctx context.Context, id project.ID, before string, limit int) ([]Deletion, error)
	// OpenDeletions answers those of all projects that are not finished, the oldest first, for resuming at start.
	OpenDeletions(ctx context.Context) ([]Deletion, error)

	Job(ctx context.Context, id project.ID, job string) (Job, error)
	// Jobs answers the newest first, at most limit, beginning after the id before ("" for the first page).
	Jobs(ctx context.Context, id project.ID, before string, limit int) ([]Job, error)
	// OpenJobs answers those of all projects that are queued or running, the oldest first, for resuming at start.
	OpenJobs(ctx context.Context) ([]Job, error)

	// Ingest answers the counters of the days from and later ("2006-01-02"; "" for all), by day and signal.
	Ingest(ctx context.Context, id project.ID, from string) ([]IngestDay, error)

	Setting(ctx context.Context, id project.ID, name string) ([]byte, error)
	// Secret answers the plain value. Call it at the edge that needs it and keep it no longer than needed.
	Secret(ctx context.Context, id project.ID, name string) ([]byte, error)
}

// Bookkeeper notes progress and counts. These are measurements and not decisions: they leave no change behind.
type Bookkeeper interface {
	// SaveImport stores done, total and state. Done never goes back.
	SaveImport(ctx context.Context, i Import) error
	// SaveJob stores state (queued or running), started, progress and checkpoint.
	SaveJob(ctx context.Context, j Job) error
	// SaveDeletion stores the running state, the target, which is sealed once all is removed, and what was removed so far.
	SaveDeletion(ctx context.Context, d Deletion) error
	// AddIngest adds counts to the rows of their project, day and signal, all or none.
	AddIngest(ctx context.Context, deltas []IngestDay) error
	// ForgetIngest removes the counts of a project.
	ForgetIngest(ctx context.Context, id project.ID) error
}

// Store is a whole control store, as a driver offers it. Verbs declare the few methods that they use.
type Store interface {
	Changer
	Reader
	Bookkeeper
	access.Keys
	access.Sessions
	access.Changes
	access.Toucher

	// Purge makes sure that deleted bytes are in none of the store's files.
	Purge(ctx context.Context) error
	// Close waits for the unit of work under way. A second Close is a no-op.
	Close() error
}
