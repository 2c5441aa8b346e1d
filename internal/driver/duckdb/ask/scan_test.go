package ask_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"testing"

	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/storetest"
)

// counting counts how often the partitions are opened.
type counting struct {
	*memory
	opened int
}

func (c *counting) Spans(ctx context.Context, r trace.Range, fn func(*sql.Conn, []ask.Part) error) error {
	c.opened++
	return c.memory.Spans(ctx, r, fn)
}

// TestScanOfOneInstant scans spans that all start in the same nanosecond, a few at a time.
func TestScanOfOneInstant(t *testing.T) {
	const n, batch = 95, 10
	at := storetest.Day.UnixNano()
	var spans []trace.Span
	for i := range uint64(n) {
		s := storetest.LLMSpan(i, at, 50)
		s.Project = "p"
		s.Trace = trace.ID{byte(i % 3 * 100)} // high bytes too: the engine's order and ours must be one
		binary.BigEndian.PutUint64(s.ID[:], (i+1)<<57|i)
		spans = append(spans, s)
	}
	m := &counting{memory: holding(t, spans, nil)}
	r := ask.New(m, ask.Options{ScanBatch: batch})
	for _, text := range []string{"", "kind:llm", "trace.spans:>0"} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[trace.Key]bool{}
		m.opened = 0
		q := trace.Query{Project: "p", Range: trace.Range{From: at, To: at + 1}, Filter: e}
		err = r.Scan(context.Background(), q, func(some []trace.Span) error {
			if len(some) > batch {
				t.Errorf("%d spans come at once", len(some))
			}
			for i := range some {
				seen[some[i].Key()] = true
			}
			return nil
		})
		if want := 1 + (n+batch-1)/batch; err != nil || len(seen) != n || m.opened != want {
			t.Errorf("%q: %d of %d spans in %d openings, want %d: %v", text, len(seen), n, m.opened, want, err)
		}
	}
}
