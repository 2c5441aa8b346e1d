// Package arrivals keeps, for the last hour, who tried to send telemetry and what became of it. It is a view of the
// present and lives in memory: a client that still has trouble shows again within seconds of a restart. What was stored
// is counted durably elsewhere (work/ingest). Start reading at Book.Seen.
package arrivals

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/arrival"
	"steward/internal/domain/project"
)

const (
	// MaxRows bounds the ways of coming that are kept apart; beyond it the one seen longest ago goes.
	MaxRows = 1000
	// maxText bounds the texts of a client's making.
	maxText = 200
	minutes = 60
)

// Book counts attempts. It is safe for concurrent use.
type Book struct {
	clock clock.Clock
	mu    sync.Mutex
	rows  map[key]*row
	gone  int64 // rows that made way within the last hour; counted since the start
}

// key is what makes two attempts the same way of coming.
type key struct {
	address, agent, method, path, encoding, status, keyID string
	transport                                             arrival.Transport
	port                                                  int
	code                                                  errs.Code
	hasKey                                                bool
	project                                               project.ID
}

type row struct {
	last    arrival.Attempt
	buckets [minutes]bucket // by minute, going round
}

type bucket struct {
	minute                   int64 // since 1970
	count, records, rejected int64
	timed                    bool
	late, ahead              int64
}

// New makes an empty Book.
func New(c clock.Clock) *Book { return &Book{clock: c, rows: map[key]*row{}} }

// Seen counts an attempt. It sets its time.
func (b *Book) Seen(a arrival.Attempt) {
	a.At = b.clock.Now().UnixNano()
	for _, s := range []*string{&a.Agent, &a.Path, &a.Encoding, &a.Method, &a.Message, &a.Reason} {
		*s = short(*s)
	}
	k := key{address: a.Address, agent: a.Agent, method: a.Method, path: a.Path, encoding: a.Encoding, status: a.Status, keyID: a.KeyID,
		transport: a.Transport, port: a.Port, code: a.Code, hasKey: a.HasKey, project: a.Project}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.rows[k]
	if r == nil {
		b.makeRoom(a.At)
		r = &row{}
		b.rows[k] = r
	}
	reason := r.last.Reason
	r.last = a
	if a.Reason == "" {
		r.last.Reason = reason
	}
	minute := a.At / int64(time.Minute)
	c := &r.buckets[minute%minutes]
	if c.minute != minute {
		*c = bucket{minute: minute}
	}
	c.count++
	c.records += int64(a.Records)
	c.rejected += int64(a.Rejected)
	if a.Newest > 0 {
		late := a.At - a.Newest
		if !c.timed {
			c.timed, c.late, c.ahead = true, late, -late
		}
		c.late, c.ahead = min(c.late, late), max(c.ahead, -late)
	}
}

// makeRoom forgets rows of before the last hour, and at the bound the one seen longest ago. The caller holds mu.
func (b *Book) makeRoom(now int64) {
	if len(b.rows) < MaxRows {
		return
	}
	var oldest key
	var found *row
	for k, r := range b.rows {
		if now-r.last.At > int64(time.Hour) {
			delete(b.rows, k)
		} else if found == nil || r.last.At < found.last.At {
			oldest, found = k, r
		}
	}
	if len(b.rows) >= MaxRows {
		delete(b.rows, oldest)
		b.gone++
	}
}

// List answers the ways in which clients came to the project within the last hour, the latest first; with strangers also
// those whom no key proved, who belong to no project. Gone is how many rows had to make way since the start.
func (b *Book) List(p project.ID, strangers bool) (out []arrival.Row, gone int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now().UnixNano()
	for _, r := range b.rows {
		if r.last.Project != p && (r.last.Project != "" || !strangers) {
			continue
		}
		if sum := r.sum(now); sum.Count > 0 {
			out = append(out, sum)
		}
	}
	slices.SortFunc(out, func(x, y arrival.Row) int {
		return cmp.Or(-cmp.Compare(x.At, y.At), strings.Compare(x.Path, y.Path), strings.Compare(x.Status, y.Status))
	})
	return out, b.gone
}

func (r *row) sum(now int64) arrival.Row {
	out := arrival.Row{Attempt: r.last}
	this := now / int64(time.Minute)
	for i := range minutes {
		minute := this - minutes + 1 + int64(i)
		c := &r.buckets[minute%minutes]
		if c.minute != minute {
			continue
		}
		if out.Count == 0 {
			out.First = minute * int64(time.Minute)
		}
		out.PerMinute[i] = c.count
		out.Count += c.count
		out.AllRecords += c.records
		out.AllRejected += c.rejected
		if c.timed {
			if !out.Timed {
				out.Timed, out.Late, out.Ahead = true, c.late, c.ahead
			}
			out.Late, out.Ahead = min(out.Late, c.late), max(out.Ahead, c.ahead)
		}
	}
	return out
}

func short(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}
