package duckdb

import (
	"context"
	"testing"
	"time"

	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/storetest"
)

func open(t testing.TB, dir string, o Options) *Engine {
	t.Helper()
	e, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func llm(from, n uint64, at time.Time) []trace.Span {
	out := make([]trace.Span, n)
	for i := range out {
		k := from + uint64(i)
		out[i] = storetest.LLMSpan(k, at.UnixNano()+int64(k)*int64(time.Millisecond), 1500)
	}
	return out
}

func mustLoad(t testing.TB, e *Engine, entries ...telemetry.Entry) telemetry.Receipt {
	t.Helper()
	r, err := e.Load(context.Background(), entries)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rowsIn(t testing.TB, e *Engine, kind telemetry.Kind) (n int64) {
	t.Helper()
	for _, p := range e.listParts() {
		if p.kind != kind {
			continue
		}
		var k int64
		if err := e.using(context.Background(), p, func() error {
			return e.db.QueryRow("SELECT count(*) FROM " + p.table()).Scan(&k)
		}); err != nil {
			t.Fatal(err)
		}
		n += k
	}
	return n
}

func TestLoadCountsRepeats(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir, Options{})
	spans := llm(0, 100, storetest.Day)
	twice := append(spans[:100:100], spans[:10]...)
	twice[105].Hash++ // a conflict within the batch
	c := mustLoad(t, e, telemetry.Entry{Position: 1, Spans: twice}).Projects[project.Default]
	if c.Spans != 100 || c.Duplicates != 9 || c.Conflicts != 1 {
		t.Fatalf("%+v", c)
	}
	other := llm(0, 101, storetest.Day)
	other[3].Hash++
	r := mustLoad(t, e, telemetry.Entry{Position: 2, Spans: other})
	if c := r.Projects[project.Default]; c.Spans != 1 || c.Duplicates != 99 || c.Conflicts != 1 || r.Conflicts[0] != other[3].Key() {
		t.Fatalf("%+v", r)
	}
	r = mustLoad(t, e, telemetry.Entry{Position: 1, Spans: llm(500, 10, storetest.Day)})
	if len(r.Projects) != 0 || rowsIn(t, e, telemetry.Spans) != 101 {
		t.Fatalf("an entry that was seen is loaded again: %+v", r)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir, Options{})
	c = mustLoad(t, e, telemetry.Entry{Position: 3, Spans: other}).Projects[project.Default]
	if c.Duplicates != 100 || c.Conflicts != 1 || rowsIn(t, e, telemetry.Spans) != 101 {
		t.Fatalf("after opening again: %+v", c)
	}
}
