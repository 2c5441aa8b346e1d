package home

import (
	"sync"
	"time"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/work/look"
)

const (
	// memoryLife bounds how long what was seen earlier is believed: late spans may add to it.
	memoryLife = 10 * time.Minute
	// memorySize bounds what is remembered; a full memory starts anew.
	memorySize = 256
)

// memory keeps which values of a field were seen in the four weeks before an hour, which costs a long read to learn and
// hardly changes.
type memory struct {
	mu   sync.Mutex
	seen map[memoryKey]remembered
}

type memoryKey struct {
	project     project.ID
	environment string
	field       string
	hour        int64
}

type remembered struct {
	values map[string]bool
	at     time.Time
}

func (m *memory) find(k memoryKey, now time.Time) (map[string]bool, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.seen[k]
	return r.values, ok && now.Sub(r.at) < memoryLife
}

func (m *memory) keep(k memoryKey, values map[string]bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil || len(m.seen) >= memorySize {
		m.seen = map[memoryKey]remembered{}
	}
	m.seen[k] = remembered{values, now}
}

// earlier answers a test for whether a value of field was seen in the four weeks before the period, among the spans that
// terms name, and whether there were any. of makes of a stored value what is compared.
func (r *report) earlier(terms, field string, of func(string) string) (seen func(string) bool, any bool, err error) {
	read := func(from, to time.Time) (map[string]bool, error) {
		out := map[string]bool{}
		if !from.Before(to) {
			return out, nil
		}
		rows, err := r.ask.Aggregate(r.ctx, look.AggregateQuestion{Project: r.s.Project, Filter: r.in(terms), From: from, To: to, Metrics: []string{"spans"}, By: []string{field}, Limit: 10_000})
		for _, row := range rows {
			out[of(row.By[field])] = true
		}
		return out, err
	}
	hour := r.out.From.Truncate(time.Hour)
	key := memoryKey{r.s.Project, r.s.Environment, field, hour.UnixNano()}
	long, ok := r.memory.find(key, r.clock.Now())
	if !ok {
		if long, err = read(hour.Add(-lookback), hour); err != nil {
			return nil, false, err
		}
		r.memory.keep(key, long, r.clock.Now())
	}
	short, err := read(hour, r.out.From)
	return func(value string) bool { return long[value] || short[value] }, len(long)+len(short) > 0, err
}

func itself(value string) string { return value }

// values answers the rows of now by their value of field.
func values(rows []trace.AggregateRow, field string) map[string]trace.AggregateRow {
	out := make(map[string]trace.AggregateRow, len(rows))
	for _, row := range rows {
		out[row.By[field]] = row
	}
	return out
}
