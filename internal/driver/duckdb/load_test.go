package duckdb

import (
	"context"
	"strings"
	"testing"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
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

// grudge makes a day's file refuse a second record of a name.
func grudge(t *testing.T, e *Engine, k partKey, column string) {
	t.Helper()
	p, err := e.partFor(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.using(t.Context(), p, func() error {
		_, err := e.writer.ExecContext(t.Context(), "CREATE UNIQUE INDEX grudge ON "+p.table()+" ("+column+")")
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestLoadSaysWhatItStoredBeforeItFailed: spans are stored, a log record is refused.
func TestLoadSaysWhatItStoredBeforeItFailed(t *testing.T) {
	e := open(t, t.TempDir(), Options{})
	grudge(t, e, partKey{telemetry.Logs, dayOf(storetest.Day.UnixNano())}, "service")
	record := func(n int, service string) logs.Record {
		r := storetest.Record(n, storetest.Day, trace.ID{})
		r.Service = service
		return r
	}
	entries := []telemetry.Entry{{Position: 1, Spans: llm(0, 9, storetest.Day), Logs: []logs.Record{record(0, "a"), record(1, "b"), record(2, "a")}}}
	if err := e.Check(t.Context(), entries); err == nil || errs.CodeOf(err) == errs.CodeUnavailable {
		t.Fatalf("check answers %v", err)
	}
	r, err := e.Load(t.Context(), entries)
	if c := r.Projects[project.Default]; err == nil || c.Spans != 9 || c.Logs != 0 || len(r.Stored) != 9 {
		t.Fatalf("%+v, %v", c, err)
	}
	if r, err = e.Load(t.Context(), entries); err == nil || len(r.Projects) != 0 {
		t.Fatalf("the second try reports what the first has stored: %+v, %v", r.Projects, err)
	}
	entries[0].Logs = entries[0].Logs[:2]
	if err := e.Check(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	if c := mustLoad(t, e, entries...).Projects[project.Default]; c != (telemetry.Counts{Logs: 2}) {
		t.Fatalf("without the refused one: %+v", c)
	}
	if s, l := rowsIn(t, e, telemetry.Spans), rowsIn(t, e, telemetry.Logs); s != 9 || l != 2 {
		t.Errorf("%d spans and %d log records are stored", s, l)
	}
}

func TestARecordThatCannotBeARowIsAnError(t *testing.T) {
	err := newSpanWriter().each([]*trace.Span{nil}, func(*row.Chunk) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("answered %v", err)
	}
}
