package api

import "time"

// NewImport announces a file that is about to come in. A project has one import per digest: announcing the same file
// again answers the import that there is, with its base time and how far it came.
type NewImport struct {
	Digest string     `json:"digest"` // SHA-256 of the file, 64 hexadecimal digits
	Format string     `json:"format"`
	Name   string     `json:"name"`            // of the file, for people
	Start  *time.Time `json:"start,omitempty"` // base time of a new import; by default now
}

// Import is a file that came in or is coming in. Records without times of their own are placed just before BaseTime.
type Import struct {
	ID       string    `json:"id"`
	Digest   string    `json:"digest"`
	Format   string    `json:"format"`
	Name     string    `json:"name"` // as it was first announced
	BaseTime time.Time `json:"base_time"`
	Done     int64     `json:"done"` // records of the file that are durable
	Total    int64     `json:"total"`
	State    string    `json:"state" enum:"running,done,failed"`
	Created  time.Time `json:"created"`
}

// ImportProgress says how far an import is. Done never goes back.
type ImportProgress struct {
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	State string `json:"state" enum:"running,done,failed"`
}
