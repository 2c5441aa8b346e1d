// Package telemetry is the contract that a telemetry engine keeps: loading what the intake log holds, exactly once,
// and forgetting it for good. Questions are in trace.Reader and score.Reader. One writer loads at a time.
package telemetry

import (
	"context"
	"time"

	"steward/internal/domain/logs"
	"steward/internal/domain/metric"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Entry is what one intake record holds. Position is its place in the intake log.
type Entry struct {
	Position uint64
	Spans    []trace.Span
	Scores   []score.Score
	Logs     []logs.Record
	Points   []metric.Point
}

// Counts is what became of the records of a project.
type Counts struct {
	Spans, Duplicates, Conflicts int64
	Scores, Logs, Points         int64
	Unmapped                     int64 // spans with at least one attribute that no rule read
}

// Receipt says what a Load did, per project. Keys of spans that were conflicts are listed, the first 100.
type Receipt struct {
	Projects  map[project.ID]Counts
	Conflicts []trace.Key
	Stored    []*trace.Span // the spans that were stored, where they stand in the entries; no duplicates, no conflicts
}

// Loader takes records in.
type Loader interface {
	// Load commits the entries, in order; they are durable and visible to every read that begins after it returns.
	// An entry whose Position a partition has already seen is skipped there, so that loading the same log again
	// after a crash at any moment changes nothing. A span already stored is counted as duplicate, or as conflict
	// when its Hash differs, and not stored again; that look-up touches only the partition of its start day.
	// A score whose id is stored replaces it. The caller keeps ownership of entries until Load returns and must not
	// change them meanwhile. It answers errs.Unavailable when the disk is full. After any error nothing that it was
	// given may be considered loaded, and the same entries may be loaded again; the receipt says what was stored all
	// the same, and the next Load of entries that have a Position does not count that again.
	Load(ctx context.Context, entries []Entry) (Receipt, error)

	// Check says whether Load would take the entries: it does what Load does and keeps nothing of it. It is for
	// finding out which of many records the engine refuses. An engine that cannot know answers nil.
	Check(ctx context.Context, entries []Entry) error

	// Revise replaces stored spans by newer revisions (Rev greater than the stored one; others are ignored), for
	// joins, remap, reprice and masking. Spans that are not stored are ignored. It answers how many were replaced.
	Revise(ctx context.Context, spans []trace.Span) (int, error)

	// Checkpoint makes the engine's files compact and its start quick. It may take seconds; Load waits meanwhile.
	Checkpoint(ctx context.Context) error
}

// Eraser forgets.
type Eraser interface {
	// Doomed says what Erase would take, for the stores that hold the same things: the traces, whether or not spans of
	// them are stored, and the sessions that would lose their last trace.
	Doomed(ctx context.Context, target Target) (Doomed, error)

	// Erase removes what target names so that the bytes are gone from the engine's files when it returns, and says
	// what went. Calling it again removes nothing and is no error.
	Erase(ctx context.Context, target Target) (Erased, error)

	// Expire removes whole partitions of a kind that ended before the given time, for one project.
	Expire(ctx context.Context, project project.ID, kind Kind, before time.Time) (Erased, error)
}

// Kind is a kind of record with a retention of its own.
type Kind string

// The kinds.
const (
	Spans  Kind = "spans"
	Logs   Kind = "logs"
	Points Kind = "metrics"
	Scores Kind = "scores"
)

// Target names what to erase; one of the fields is set. A trace goes with its logs and scores, a session with its
// traces, a user with all traces in which a span names the user, and with scores that they gave. Log records and points
// go with the session or user that their attributes name (emitter.Names), whatever their trace; for a user also those
// that name a session which loses its last trace.
type Target struct {
	Project project.ID
	Traces  []trace.ID
	Session string
	User    string
}

// Doomed is what an erasure is about to take.
type Doomed struct {
	Traces   []trace.ID
	Sessions []string
}

// Erased is the engine's part of a deletion receipt.
type Erased struct {
	Spans, Scores, Logs, Points int64
	Traces                      []trace.ID // all traces that were touched
	Blobs                       []string   // SHA-256 of blobs that the removed rows named
	Partitions                  []string   // names of the partitions that were rewritten or dropped
}

// Part is a partition on disk, for doctor, retention and the disk page.
type Part struct {
	Kind  Kind
	Day   string // YYYY-MM-DD, "" for what is not partitioned
	Rows  int64
	Bytes int64
}

// Engine is a whole telemetry engine.
type Engine interface {
	Loader
	Eraser
	trace.Reader
	score.Reader
	Parts(ctx context.Context) ([]Part, error)
	// BlobsNamed calls fn with every blob address that rows of the project name, for mark and sweep.
	BlobsNamed(ctx context.Context, project project.ID, fn func(sha256 string) error) error
	Close() error
}
