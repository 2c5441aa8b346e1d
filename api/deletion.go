package api

import "time"

// DeletionTarget names what a deletion removes; one of the fields is set.
type DeletionTarget struct {
	Traces  []string `json:"traces,omitempty"`
	Session string   `json:"session,omitempty"`
	User    string   `json:"user,omitempty"`
	Project string   `json:"project,omitempty"` // on receipts only; see DELETE /api/v1/projects/{id}
}

// NewDeletion asks to forget.
type NewDeletion struct {
	DeletionTarget
	Reason string `json:"reason"`
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

// Deletion is a request to forget, and its receipt.
type Deletion struct {
	ID         string         `json:"id"`
	State      string         `json:"state" enum:"queued,running,done,failed"`
	Requested  time.Time      `json:"requested"`
	Finished   *time.Time     `json:"finished"`
	Reason     string         `json:"reason"`
	Target     DeletionTarget `json:"target"`
	Removed    Removed        `json:"removed"`
	Partitions []string       `json:"partitions"` // days that were rewritten
	Backups    []string       `json:"backups"`    // that still hold the data
	Error      string         `json:"error,omitempty"`
}

// Final says whether nothing follows.
func (d *Deletion) Final() bool { return d.State == "done" || d.State == "failed" }
