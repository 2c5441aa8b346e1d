package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"steward/internal/domain/access"
	"steward/internal/domain/project"
)

// PriceEntry is one dated line of a project's own prices. What Data says is the price package's business.
// Times are Unix nanoseconds, UTC.
type PriceEntry struct {
	ID      string
	Project project.ID
	Data    json.RawMessage
	By      access.Actor
	Created int64
	Removed int64 // zero while it counts
}

// ImportState is how far an import is.
type ImportState string

// The states of an import.
const (
	ImportRunning ImportState = "running"
	ImportDone    ImportState = "done"
	ImportFailed  ImportState = "failed"
)

// Import is one file that came in or is coming in. A project has one per digest, so that sending a file again continues
// with the same BaseTime and makes the same spans.
type Import struct {
	ID       string
	Project  project.ID
	Digest   string // SHA-256 of the file, hex
	Format   string
	Name     string // of the file, for people
	BaseTime int64  // Unix nanoseconds from which assigned times count
	Done     int64
	Total    int64
	State    ImportState
	Created  int64
	Updated  int64
}

// State is how far a job or a deletion is.
type State string

// The states. Done and Failed are final.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Final says whether nothing follows.
func (s State) Final() bool { return s == Done || s == Failed }

// Target names what a deletion removes; one of the fields is set.
type Target struct {
	Traces  []string `json:"traces,omitempty"`
	Session string   `json:"session,omitempty"`
	User    string   `json:"user,omitempty"`
	Project string   `json:"project,omitempty"` // all of another project; the receipt outlives it
}

// sealed begins a word of a sealed target.
const sealed = "sha256:"

// Sealed answers the target with the session's or user's name replaced by its fingerprint, "sha256:" and the hash in
// hex: a receipt must not keep the name that was to be forgotten, and who knows the name can still find its receipt.
// Sealing twice changes nothing.
func (t Target) Sealed() Target {
	t.Session, t.User = seal(t.Session), seal(t.User)
	return t
}

func seal(name string) string {
	if name == "" || strings.HasPrefix(name, sealed) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return sealed + hex.EncodeToString(sum[:])
}

// Removed counts what a deletion took away.
type Removed struct {
	Spans         int64 `json:"spans"`
	Scores        int64 `json:"scores"`
	Logs          int64 `json:"logs"`
	Metrics       int64 `json:"metrics"`
	Blobs         int64 `json:"blobs"`
	IntakeRecords int64 `json:"intake_records"`
}

// Deletion is a request to forget and its receipt. Times are Unix nanoseconds, UTC.
type Deletion struct {
	ID         string
	Project    project.ID
	State      State
	Requested  int64
	Finished   int64
	By         access.Actor
	Reason     string
	Target     Target
	Removed    Removed
	Partitions []string // days that were rewritten
	Backups    []string // that still hold the data
	Error      string   // safe to show, "" unless failed
}

// Job is long work that survives a restart. Params say what to do, Checkpoint how far it is; both are JSON that only
// the job's own kind reads. Times are Unix nanoseconds, UTC; zero means not yet.
type Job struct {
	ID         string
	Project    project.ID
	Kind       string // "remap", "reprice"
	Params     json.RawMessage
	State      State
	Done       int64
	Total      int64
	Checkpoint json.RawMessage // nil means from the beginning
	Error      string          // safe to show, "" unless failed
	Result     json.RawMessage // nil until done
	By         access.Actor
	Created    int64
	Started    int64
	Finished   int64
}

// IngestDay counts what became of a signal's records on one day of arrival. The counters are sums and only grow.
type IngestDay struct {
	Project    project.ID
	Day        string // "2006-01-02", UTC, of arrival
	Signal     string // "spans", "logs", "metrics", "scores"
	Received   int64
	Stored     int64
	Duplicates int64
	Conflicts  int64
	Unmapped   int64
	Rejected   map[string]int64 // by reason
}
