package api

import (
	"encoding/json"
	"time"
)

// NewRemap asks that a newer mapper runs over stored spans.
type NewRemap struct {
	From   *time.Time `json:"from,omitempty"` // by default everything
	To     *time.Time `json:"to,omitempty"`
	Filter string     `json:"filter,omitempty"`
}

// NewReprice asks that costs are derived again from the prices of today.
type NewReprice struct {
	From   *time.Time `json:"from,omitempty"` // by default everything
	To     *time.Time `json:"to,omitempty"`
	Filter string     `json:"filter,omitempty"`
}

// Job is long work that survives a restart.
type Job struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`
	State    string          `json:"state" enum:"queued,running,done,failed"`
	Done     int64           `json:"done"`
	Total    int64           `json:"total"`
	Error    string          `json:"error"`
	Result   json.RawMessage `json:"result"`
	Created  time.Time       `json:"created"`
	Finished *time.Time      `json:"finished"`
}

// Final says whether nothing follows.
func (j *Job) Final() bool { return j.State == "done" || j.State == "failed" }
