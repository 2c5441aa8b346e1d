package duckdb

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/migrations"
	"steward/internal/driver/duckdb/row"
	"steward/internal/driver/storetest"
)

func TestMigrationsMakeTheColumns(t *testing.T) {
	e := open(t, t.TempDir(), Options{})
	want := map[telemetry.Kind][]row.Column{telemetry.Spans: row.Columns(), telemetry.Logs: row.Describe(row.LogFields()),
		telemetry.Points: row.Describe(row.PointFields()), telemetry.Scores: row.Describe(row.ScoreFields())}
	for kind, cols := range want {
		p := e.newPart(partKey{kind, 0})
		if err := e.attach(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		var got, expect []string
		rows, err := e.db.Query("SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index", p.alias, string(kind))
		err = scanRows(rows, err, func(scan func(...any) error) error {
			var name, typ string
			var null bool
			err := scan(&name, &typ, &null)
			got = append(got, fmt.Sprint(name, " ", typ, " ", null))
			return err
		})
		for _, c := range cols {
			expect = append(expect, fmt.Sprint(c.Name, " ", c.Type, " ", c.Null))
		}
		if err != nil || strings.Join(got, "\n") != strings.Join(expect, "\n") {
			t.Errorf("%s: %v\n%s\nwant\n%s", kind, err, got, expect)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir, Options{})
	mustLoad(t, e, telemetry.Entry{Position: 1, Spans: llm(0, 3, storetest.Day)})
	p := e.within(telemetry.Spans, always)[0]
	if err := e.onPart(context.Background(), p, func() (change, error) {
		_, err := e.writer.ExecContext(context.Background(), "UPDATE "+p.meta()+" SET value = 99 WHERE key = 'schema'")
		p.schema = 99
		return change{wrote: true}, err
	}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for _, with := range []string{"with its index", "without"} {
		_, err := Open(dir, Options{})
		steps, _ := migrations.Of("spans")
		if err == nil || !strings.Contains(err.Error(), p.path) || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), fmt.Sprint(len(steps))) {
			t.Fatalf("%s: %v", with, err)
		}
		if err := os.Remove(p.sidecar()); with == "with its index" && err != nil {
			t.Fatal(err)
		}
	}
}

func TestAttachedAreBounded(t *testing.T) {
	for _, days := range []int{3, 4} { // one and two more than may stay attached
		e := open(t, t.TempDir(), Options{MaxAttached: 2})
		for d := range days {
			mustLoad(t, e, telemetry.Entry{Position: uint64(d + 1), Spans: llm(uint64(d)*100, 8, storetest.Day.AddDate(0, 0, d))})
		}
		for d := range days {
			s := llm(uint64(d)*100, 1, storetest.Day.AddDate(0, 0, d))[0]
			if _, err := e.Span(context.Background(), s.Key()); err != nil {
				t.Errorf("day %d of %d: %v", d, days, err)
			}
			if n := attached(e); n > 2 {
				t.Errorf("%d files are attached", n)
			}
		}
		n := 0
		err := e.Scan(context.Background(), trace.Query{Project: project.Default, Range: trace.Range{From: 0, To: 1 << 62}}, func(s []trace.Span) error {
			n += len(s)
			return nil
		})
		if err != nil || n != 8*days || attached(e) > 2 {
			t.Errorf("%d spans, %d attached: %v", n, attached(e), err)
		}
	}
}

func attached(e *Engine) (n int) {
	for _, p := range e.listParts() {
		p.mu.Lock()
		if p.attached {
			n++
		}
		p.mu.Unlock()
	}
	return n
}

func TestTraceTouchesOnlyItsDay(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir, Options{})
	for d := range 30 {
		mustLoad(t, e, telemetry.Entry{Position: uint64(d + 1), Spans: llm(uint64(d)*1000, 16, storetest.Day.AddDate(0, 0, d))})
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir, Options{})
	want := llm(7000, 1, storetest.Day.AddDate(0, 0, 7))[0]
	if _, err := e.Trace(context.Background(), project.Default, want.Trace, true); err != nil {
		t.Fatal(err)
	}
	if n := attached(e); n > 2 { // the day, and the scores if they were asked
		t.Errorf("%d files were opened for one trace", n)
	}
	if err := e.Trim(0); err != nil || attached(e) != 0 {
		t.Errorf("%d stay attached: %v", attached(e), err)
	}
	if _, _, err := e.Session(context.Background(), project.Default, want.Session); err != nil {
		t.Fatal(err)
	}
	if n := attached(e); n > 2 {
		t.Errorf("%d files were opened for one session", n)
	}
}

// incompressible answers text that no compression can hide.
func incompressible(r *rand.Rand) string {
	b := make([]byte, 24)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)
}

func grep(t *testing.T, dir string, markers []string) (found int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range markers {
			raw, _ := hex.DecodeString(m)
			if bytes.Contains(b, []byte(m)) || bytes.Contains(b, raw) {
				found++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestErasedBytesAreGone(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir, Options{})
	r := rand.New(rand.NewPCG(3, 3))
	var markers []string
	mark := func() string {
		m := incompressible(r)
		markers = append(markers, m)
		return m
	}
	for batch := range 3 {
		spans := llm(uint64(batch)*1000, 80, storetest.Day.Add(24*time.Hour-time.Duration(40+batch*1000)*time.Millisecond))
		var en telemetry.Entry
		for i := range spans {
			s := &spans[i]
			if s.User = "kept"; i%2 == 0 {
				s.Trace = trace.ID{byte(batch + 1), byte(i / 16)}
				if s.User = ""; i%16 == 0 {
					s.User = "ann" // one span of the trace names her
				}
				s.Session = mark()
				s.Input[1].Parts[0].Text += mark()
				s.Attributes = append(s.Attributes, attr.KV{Key: "secret", Value: attr.Str(mark())}, attr.KV{Key: "large", Value: attr.Str(strings.Repeat(mark(), 20))})
				en.Logs = append(en.Logs, logs.Record{Project: s.Project, Time: s.Start, Trace: s.Trace, Body: attr.Str(mark())})
				en.Scores = append(en.Scores, score.Score{ID: mark(), Project: s.Project, Trace: s.Trace, Name: "n", Label: "l", Source: score.Human, SourceName: "ann", Explanation: mark(), Time: 1})
			}
		}
		en.Position, en.Spans = uint64(batch+1), spans
		mustLoad(t, e, en)
		if batch == 1 {
			if err := e.Checkpoint(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if grep(t, dir, markers) == 0 {
		t.Fatal("no marker is found before erasing: the test sees nothing")
	}
	got, err := e.Erase(context.Background(), telemetry.Target{Project: project.Default, User: "ann"})
	if err != nil || got.Spans != 120 || got.Logs != 120 || got.Scores != 120 {
		t.Fatalf("%+v %v", got, err)
	}
	check := func(e *Engine) {
		t.Helper()
		if n := grep(t, dir, markers); n > 0 {
			t.Errorf("%d of %d markers are still in the files", n, len(markers))
		}
		n := 0
		err := e.Scan(context.Background(), trace.Query{Project: project.Default, Range: trace.Range{From: 0, To: 1 << 62}, Content: true}, func(s []trace.Span) error {
			n += len(s)
			text := fmt.Sprintf("%+v", s)
			for _, m := range markers {
				if strings.Contains(text, m) {
					return fmt.Errorf("marker %s is still in a span", m)
				}
			}
			return nil
		})
		if err != nil || n != 120 {
			t.Errorf("%d spans left, want 120: %v", n, err)
		}
	}
	check(e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	check(open(t, dir, Options{}))
}

// TestEraseIsFinished stops an erasure after its note was written and begins again.
func TestEraseIsFinished(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir, Options{})
	spans := llm(0, 64, storetest.Day)
	mustLoad(t, e, telemetry.Entry{Position: 1, Spans: spans})
	d, err := e.doom(context.Background(), telemetry.Target{Project: project.Default, Session: spans[0].Session})
	if err != nil {
		t.Fatal(err)
	}
	note := fmt.Sprintf(`{"Project":"default","Session":%q,"Traces":[%s]}`, d.Session, strings.Trim(strings.Repeat("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],", 1), ","))
	if err := os.WriteFile(e.doomedPath(), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := e.Erase(context.Background(), telemetry.Target{Project: project.Default, Session: spans[0].Session})
	if err != nil || got.Spans != 32 || len(got.Traces) != 5 {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := os.Stat(e.doomedPath()); !os.IsNotExist(err) {
		t.Errorf("the note is still there: %v", err)
	}
}

// TestEraseThatFailsMidway: the disk fills up between two of three days; the receipts of both tries are the whole.
func TestEraseThatFailsMidway(t *testing.T) {
	rewrites := 0
	e := open(t, t.TempDir(), Options{Free: func(string) (uint64, error) {
		if rewrites++; rewrites == 3 {
			return 0, nil
		}
		return 1 << 40, nil
	}})
	const session = "one"
	for day := range 3 {
		spans := llm(uint64(day)*1000, 16, storetest.Day.AddDate(0, 0, day))
		for i := range spans {
			spans[i].Session = session
		}
		mustLoad(t, e, telemetry.Entry{Position: uint64(day + 1), Spans: spans})
	}
	rewrites = 0
	target := telemetry.Target{Project: project.Default, Session: session}
	first, err := e.Erase(t.Context(), target)
	if errs.CodeOf(err) != errs.CodeUnavailable || first.Spans == 0 || first.Spans == 48 {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := e.Erase(t.Context(), target)
	if err != nil || first.Spans+second.Spans != 48 || len(first.Partitions)+len(second.Partitions) != 3 || rowsIn(t, e, telemetry.Spans) != 0 {
		t.Fatalf("%+v, then %+v, %v", first, second, err)
	}
}

// TestEraseKeepsRequestsApart: what an erasure that was cut short had removed, and has still to remove, is not put on the
// receipt of another; and is on its own.
func TestEraseKeepsRequestsApart(t *testing.T) {
	spans := llm(0, 64, storetest.Day)
	first, second := spans[0].Trace, spans[63].Trace
	of := func(id trace.ID) telemetry.Target {
		return telemetry.Target{Project: project.Default, Traces: []trace.ID{id}}
	}
	for name, c := range map[string]struct {
		target telemetry.Target
		want   int64
	}{"another's": {of(second), 8}, "its own": {of(first), 8 + 100}} {
		t.Run(name, func(t *testing.T) {
			e := open(t, t.TempDir(), Options{})
			mustLoad(t, e, telemetry.Entry{Position: 1, Spans: spans})
			left, err := e.doom(t.Context(), of(first))
			if err != nil {
				t.Fatal(err)
			}
			left.Erased = telemetry.Erased{Spans: 100, Partitions: []string{"spans-2020-01-01.duckdb"}} // before the crash
			if err := e.noteDoomed(&left); err != nil {
				t.Fatal(err)
			}
			got, err := e.Erase(t.Context(), c.target)
			if err != nil || got.Spans != c.want || len(got.Traces) != 1 || got.Traces[0] != c.target.Traces[0] {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := e.Span(t.Context(), spans[0].Key()); errs.CodeOf(err) != errs.CodeNotFound {
				t.Errorf("what was cut short is not finished: %v", err)
			}
		})
	}
}

func TestNoRoomForCheckpoint(t *testing.T) {
	free := uint64(1 << 40)
	e := open(t, t.TempDir(), Options{Free: func(string) (uint64, error) { return free, nil }})
	mustLoad(t, e, telemetry.Entry{Position: 1, Spans: llm(0, 10, storetest.Day)})
	free = 1 << 20
	if err := e.Checkpoint(context.Background()); errs.CodeOf(err) != errs.CodeUnavailable {
		t.Errorf("checkpoint: %v", err)
	}
	if _, err := e.Erase(context.Background(), telemetry.Target{Project: project.Default, Traces: []trace.ID{llm(0, 1, storetest.Day)[0].Trace}}); errs.CodeOf(err) != errs.CodeUnavailable {
		t.Errorf("erase: %v", err)
	}
	mustLoad(t, e, telemetry.Entry{Position: 2, Spans: llm(100, 10, storetest.Day)})
	free = 1 << 40
	if err := e.Checkpoint(context.Background()); err != nil || e.Unsaved() != 0 {
		t.Errorf("with room again: %v, %d bytes unsaved", err, e.Unsaved())
	}
}

// TestDiskFull fills a small disk of its own. It needs root for the mount.
func TestDiskFull(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 10<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	e := open(t, dir, Options{})
	ctx := context.Background()
	day2 := storetest.Day.AddDate(0, 0, 1)
	n := uint64(0)
	var failed telemetry.Entry
	for {
		en := telemetry.Entry{Position: n + 1, Spans: append(llm(n*1000, 500, storetest.Day), llm(n*1000+500, 500, day2)...)}
		if _, err := e.Load(ctx, []telemetry.Entry{en}); err != nil {
			if errs.CodeOf(err) != errs.CodeUnavailable || errs.From(err).RetryAfter == 0 {
				t.Fatalf("a full disk answers %v", err)
			}
			failed = en
			break
		}
		if n++; n > 100 {
			t.Fatal("the disk never fills")
		}
	}
	if n == 0 {
		t.Fatal("nothing was loaded")
	}
	if err := e.Checkpoint(ctx); err != nil && errs.CodeOf(err) != errs.CodeUnavailable {
		t.Errorf("checkpoint on a full disk: %v", err)
	}
	if got := rowsIn(t, e, telemetry.Spans); got < int64(n)*1000 {
		t.Errorf("%d spans readable of %d while the disk is full", got, n*1000)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	mustLoad(t, e, failed)
	if got := rowsIn(t, e, telemetry.Spans); got != int64(n+1)*1000 {
		t.Errorf("%d spans with room again, want %d", got, (n+1)*1000)
	}
	if _, err := e.Span(ctx, failed.Spans[0].Key()); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	e = open(t, dir, Options{})
	if got := rowsIn(t, e, telemetry.Spans); got != int64(n+1)*1000 {
		t.Errorf("%d spans after opening again, want %d", got, (n+1)*1000)
	}
}
