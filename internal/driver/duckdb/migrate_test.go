package duckdb

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/migrations"
	"steward/internal/driver/storetest"
)

// update writes the fixture of the newest schema of spans, once, when that schema is new. Fixtures of released schemas
// stay.
var update = flag.Bool("update", false, "write the fixture of the newest schema of spans, if there is none yet")

func fixture(version int) string {
	return filepath.Join("testdata", fmt.Sprintf("spans-%04d", version))
}

// kept are the spans of every fixture, as of the first schema.
func kept() []trace.Span {
	out := llm(0, 4, storetest.Day)
	out[1].StatusCode, out[1].StatusText = trace.StatusError, "the provider hung up"
	out[2].Kind, out[2].Model = trace.ToolCall, trace.Model{}
	out[2].Tool = &trace.Tool{Name: "search", CallID: "c1", Arguments: attr.MapOf(attr.Attrs{{Key: "q", Value: attr.Str("refund")}}), Result: attr.Str("Error: no route")}
	return out
}

func TestFixtures(t *testing.T) {
	steps, err := migrations.Of("spans")
	if err != nil {
		t.Fatal(err)
	}
	newest := len(steps)
	if _, err := os.Stat(fixture(newest)); *update && os.IsNotExist(err) {
		e := open(t, fixture(newest), Options{})
		mustLoad(t, e, telemetry.Entry{Position: 1, Spans: kept()})
		if err := e.Checkpoint(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for version := 1; version <= newest; version++ {
		t.Run(fmt.Sprintf("from schema %d", version), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(fixture(version))); err != nil {
				t.Fatalf("%v; make it with go test -run TestFixtures -update", err)
			}
			checkKept(t, open(t, dir, Options{}))
		})
	}
}

// checkKept reads a fixture's spans back, writes a revision and a new span beside them, and reads again.
func checkKept(t *testing.T, e *Engine) {
	t.Helper()
	ctx := context.Background()
	want := kept()
	same := func(s trace.Span) {
		t.Helper()
		got, err := e.Span(ctx, s.Key())
		if err != nil || !trace.Same(&got.Canonical, &s.Canonical) || got.Rev != s.Rev {
			t.Fatalf("span %s: %v\ngot  %+v\nwant %+v", s.ID, err, got.Canonical, s.Canonical)
		}
	}
	for _, s := range want {
		same(s)
	}
	want[3].Rev, want[3].User = 1, "ann"
	if n, err := e.Revise(ctx, want[3:]); n != 1 || err != nil {
		t.Fatalf("revised %d: %v", n, err)
	}
	more := llm(4, 1, storetest.Day)
	more[0].Problems = []trace.Problem{{Code: trace.Cut, Detail: "finish reason length"}}
	mustLoad(t, e, telemetry.Entry{Position: 2, Spans: more})
	same(want[3])
	same(more[0])
	sums, err := e.Summaries(ctx, project.Default, []trace.ID{want[0].Trace})
	if err != nil || len(sums) != 1 || sums[0].Spans != 5 || sums[0].Errors != 1 || sums[0].Problems != 2 {
		t.Errorf("%+v %v", sums, err)
	}
}
