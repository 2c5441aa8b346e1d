package api

// Ingest says what became of what came in, and how the way in stands.
type Ingest struct {
	Day      string          `json:"day"` // today, UTC
	Signals  []IngestSignal  `json:"signals"`
	Loader   IngestLoader    `json:"loader"`
	DiskFree int64           `json:"disk_free"` // bytes
	Storage  []IngestStorage `json:"storage"`   // of all projects; only for who may act in all
}

// IngestSignal counts the records of one signal.
type IngestSignal struct {
	Signal string       `json:"signal" enum:"spans,logs,metrics,scores"`
	Today  IngestCounts `json:"today"`
	Total  IngestCounts `json:"total"`
}

// IngestCounts are sums of a project's records. Rejected is by reason.
type IngestCounts struct {
	Received   int64            `json:"received"`
	Stored     int64            `json:"stored"`
	Duplicates int64            `json:"duplicates"`
	Conflicts  int64            `json:"conflicts"`
	Unmapped   int64            `json:"unmapped"`
	Rejected   map[string]int64 `json:"rejected"`
}

// IngestLoader is the way from the intake log to the store. Records counts acknowledged requests.
type IngestLoader struct {
	Waiting    int64  `json:"waiting"`     // acknowledged requests that are not loaded yet
	QueueBytes int64  `json:"queue_bytes"` // of these in memory
	LogBytes   int64  `json:"log_bytes"`   // that the intake log retains
	LogBound   int64  `json:"log_bound"`   // beyond which it refuses
	Failing    string `json:"failing"`     // why the store takes nothing at the moment, "" while it does
}

// IngestStorage adds up the files of one kind.
type IngestStorage struct {
	Kind  string `json:"kind" enum:"spans,logs,metrics,scores"`
	Parts int64  `json:"parts"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}
