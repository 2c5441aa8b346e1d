package duckdb

import (
	"context"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/storetest"
)

// TestManyDaysAtOnce brings more days in one call than fit into memory attached.
func TestManyDaysAtOnce(t *testing.T) {
	few := func(days int, memory int64) (*Engine, []trace.Span) {
		e := open(t, t.TempDir(), Options{MemoryLimit: memory, MaxAttached: 4})
		spans := make([]trace.Span, days)
		for d := range spans {
			spans[d] = llm(uint64(d), 1, storetest.Day.AddDate(0, 0, d))[0]
		}
		c := mustLoad(t, e, telemetry.Entry{Position: 1, Spans: spans, Logs: []logs.Record{{Project: project.Default, Time: spans[0].Start}}})
		if c := c.Projects[project.Default]; c.Spans != int64(days) || c.Logs != 1 || attached(e) > 4 {
			t.Fatalf("%+v, %d attached", c, attached(e))
		}
		return e, spans
	}
	few(401, 100<<20)
	e, spans := few(80, 32<<20)
	for i := range spans {
		spans[i].Rev++
	}
	if n, err := e.Revise(context.Background(), spans); err != nil || n != len(spans) || attached(e) > 4 {
		t.Fatalf("%d of %d revised, %d attached: %v", n, len(spans), attached(e), err)
	}
	if err := e.Checkpoint(context.Background()); err != nil || e.Unsaved() != 0 || attached(e) > 4 {
		t.Fatalf("%d bytes unsaved, %d attached: %v", e.Unsaved(), attached(e), err)
	}
}

// TestScratchIsBounded asks what does not fit into memory, nor into the scratch folder.
func TestScratchIsBounded(t *testing.T) {
	e := open(t, t.TempDir(), Options{MemoryLimit: 40 << 20, ScratchLimit: 20 << 20, Threads: 1})
	_, err := e.SQL(context.Background(), trace.SQLQuery{Project: "p", Range: trace.Range{To: 1},
		Text: "SELECT range, md5(range::VARCHAR) AS h FROM range(3000000) ORDER BY h"})
	if errs.CodeOf(err) != errs.CodeTooLarge {
		t.Fatalf("%v", err)
	}
}
