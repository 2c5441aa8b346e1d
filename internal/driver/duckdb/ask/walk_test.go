package ask_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/storetest"
)

// TestReadsInManySteps asks the whole suite of a reader that believes its days to be large, and whose text searches
// run out of time after every step.
func TestReadsInManySteps(t *testing.T) {
	storetest.Reads(t, func(t *testing.T, spans []trace.Span, scores []score.Score) storetest.Reader {
		m := holding(t, spans, scores)
		for i := range m.parts {
			m.parts[i].Rows = 900_000
		}
		return ask.New(m, ask.Options{Search: time.Nanosecond})
	})
}

// TestManyCarried pages through more traces than a cursor carries: they all begin before midnight and match after it.
func TestManyCarried(t *testing.T) {
	midnight := storetest.Day.UnixNano()
	var spans []trace.Span
	var want []trace.ID
	for n := range uint64(90) {
		var root, late trace.Span
		root.Project, root.Name, root.Kind = "p", "root", trace.Other
		root.Trace, root.ID = storetest.IDs(n, 2*n)
		root.Start, root.End = midnight-int64(n+1)*int64(time.Minute), midnight
		late = root
		binary.BigEndian.PutUint64(late.ID[:], 2*n+1)
		late.Parent, late.Name, late.Start, late.End = root.ID, "late", midnight+int64(n)*int64(time.Second), midnight+int64(time.Hour)
		late.Output = []trace.Message{{Role: "assistant", Parts: []trace.Part{{Type: trace.PartText, Text: "late answer"}}}}
		spans = append(spans, root, late)
		want = append(want, root.Trace)
	}
	m := holding(t, spans, nil)
	for _, text := range []string{"name:late", `"late answer"`} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r := ask.New(m, ask.Options{Search: time.Nanosecond})
		var got []trace.ID
		q := trace.Query{Project: "p", Range: trace.Range{From: midnight - nsPerDay, To: midnight + nsPerDay}, Filter: e, Limit: 20}
		for range 100 {
			p, _, err := r.Traces(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Items {
				got = append(got, s.Trace)
				if s.Matched == s.Root || s.Matched.IsZero() {
					t.Fatal("the root is not what matched")
				}
			}
			if q.Cursor = p.Next; q.Cursor == (page.Cursor{}) {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %d traces, want %d, or their order is wrong", text, len(got), len(want))
		}
	}
}
