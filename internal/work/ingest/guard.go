package ingest

import (
	"sync"

	"steward/internal/domain/trace"
	"steward/internal/work/understand"
)

// maxComplaints bounds the emitters that are remembered as having been complained about.
const maxComplaints = 1000

// complaints are the emitters whose records made us panic: one is logged once, all are counted.
type complaints struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (c *complaints) first(emitter string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[emitter] || len(c.seen) >= maxComplaints {
		return false
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[emitter] = true
	return true
}

// guard runs fn, which reads what an emitter sent, and says whether it came to its end. A panic is counted, and logged
// once for each emitter. Of raw only the origin is looked at.
func (g *Ingest) guard(raw *trace.Raw, fn func()) bool {
	failed := understand.Guard(fn)
	if failed == nil {
		return true
	}
	g.faults.read.Add(1)
	if by := sender(raw); g.complaints.first(by) {
		g.o.Logger.Error("what this emitter sends makes the mapper panic; it is stored as it was sent, and counted without another word", "emitter", by,
			"project", raw.Project, "trace", raw.Trace.String(), "span", raw.ID.String(), "panic", failed.Panic, "stack", string(failed.Stack))
	}
	return false
}

// sender names who made a record: what instrumented it, else the service.
func sender(raw *trace.Raw) string {
	if raw.Scope != nil && raw.Scope.Name != "" {
		return raw.Scope.Name + " " + raw.Scope.Version
	}
	if raw.Resource != nil {
		if s := raw.Resource.Attributes.Str("service.name"); s != "" {
			return s
		}
	}
	return "unknown"
}
