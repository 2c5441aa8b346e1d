package intake

import "steward/internal/domain/project"

// DeadLetter is a record of the log, or a part of one, that the telemetry store refused for good. It was acknowledged,
// so it is kept and shown until the store takes it or a deletion or the project's retention removes it.
type DeadLetter struct {
	ID       string     // names it, unique and fit for a file name
	Position Position   // where it stood in the log
	Project  project.ID // whose it is
	Signal   string     // spans, logs, metrics or scores
	Records  int        // how many of these it holds, at least 1
	Rows     []int      // which of the record's they were, by their place in it; nil for all of it
	Reason   string     // what the store said; for the operator
	Time     int64      // when it was set aside; Unix nanoseconds, UTC
	Record   Record     // what Append was given, without what the store took; not filled in lists
}

// DeadLetters keeps dead letters. It is safe for concurrent use.
type DeadLetters interface {
	// Put keeps a letter durably; it replaces the one of the same ID. It answers errs.Unavailable on a full disk, and
	// when the letters would take more room than they may.
	Put(l DeadLetter) error
	// List answers all, by position.
	List() []DeadLetter
	// Letter answers one with its record; errs.NotFound when there is none.
	Letter(id string) (DeadLetter, error)
	// Remove forgets a letter durably. One that is gone already is no error.
	Remove(id string) error
}
