package duckdb

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/storetest"
)

const (
	crashEnv     = "STEWARD_CRASH_DIR"
	crashEntries = 60
)

// crashEntry is entry n of the log that is loaded again after each kill: spans, records and points over two days, and
// scores that replace those of the entry before.
func crashEntry(n int) telemetry.Entry {
	midnight := storetest.Day.Add(24*time.Hour - time.Duration(n)*100*time.Millisecond - 20*time.Millisecond)
	en := telemetry.Entry{Position: uint64(n), Spans: storetest.Calls(uint64(n)*100, 40, midnight)}
	for i := range 10 {
		at := storetest.Day.Add(time.Duration(i*5) * time.Hour)
		en.Logs = append(en.Logs, storetest.Record(n*100+i, at, trace.ID{}))
		en.Points = append(en.Points, storetest.Point(n*100+i, at))
		value := float64(n)
		en.Scores = append(en.Scores, score.Score{ID: fmt.Sprint("id-", n/2, "-", i), Project: "default", Session: "s", Name: "x", Value: &value, Source: score.Code, Time: 1})
	}
	return en
}

// crashChild is the process that gets killed: it loads entries from a position on, says so after each Load, and
// checkpoints now and then.
func crashChild() bool {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		return false
	}
	e, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error", err)
		return true
	}
	from, _ := strconv.Atoi(os.Getenv(crashEnv + "_FROM"))
	for n := from; n <= crashEntries; n += 2 {
		if _, err := e.Load(context.Background(), []telemetry.Entry{crashEntry(n), crashEntry(n + 1)}); err != nil {
			fmt.Println("error", err)
			return true
		}
		fmt.Println("loaded", n+1)
		if n%10 == 1 {
			if err := e.Checkpoint(context.Background()); err != nil {
				fmt.Println("error", err)
				return true
			}
		}
	}
	fmt.Println("end")
	return true // without Close, like a crash
}

// TestKill kills a loading process at random moments. After each kill the log is loaded again from where the child
// last said it was, as the intake log would, and everything must be there exactly once.
func TestKill(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	dir := t.TempDir()
	acknowledged := 0
	for round := range 10 {
		acknowledged = killOnce(t, dir, max(1, acknowledged-1), time.Duration(30+r.IntN(400))*time.Millisecond, acknowledged)
		checkExactlyOnce(t, dir, round, acknowledged)
		if acknowledged >= crashEntries {
			dir, acknowledged = t.TempDir(), 0
		}
	}
}

func killOnce(t *testing.T, dir string, from int, after time.Duration, acknowledged int) int {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir, crashEnv+"_FROM="+strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	killed := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	for lines.Scan() {
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "loaded %d", &n); err == nil {
			acknowledged = max(acknowledged, n)
		} else if lines.Text() != "end" {
			t.Fatal(lines.Text())
		}
	}
	killed.Stop()
	_ = cmd.Wait()
	return acknowledged
}

// checkExactlyOnce loads the whole log again, up to one entry beyond what was acknowledged, and counts.
func checkExactlyOnce(t *testing.T, dir string, round, acknowledged int) {
	t.Helper()
	e, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if acknowledged == 0 {
		return
	}
	for n := 1; n <= acknowledged+1; n++ {
		mustLoad(t, e, crashEntry(n))
	}
	want := map[telemetry.Kind]int64{telemetry.Spans: int64(40 * (acknowledged + 1)), telemetry.Logs: int64(10 * (acknowledged + 1)),
		telemetry.Points: int64(10 * (acknowledged + 1)), telemetry.Scores: int64(10 * ((acknowledged+1)/2 + 1))}
	for kind, n := range want {
		got := rowsIn(t, e, kind)
		// The child may have committed one Load more than it could say, in some of the partitions.
		if more := n / int64(acknowledged+1) * 2; got < n || got > n+more {
			t.Errorf("round %d after %d entries: %d %s, want %d to %d", round, acknowledged, got, kind, n, n+more)
		}
	}
	identity := map[telemetry.Kind]string{telemetry.Spans: "project, trace_id, span_id", telemetry.Logs: "time_ns", telemetry.Points: "time_ns", telemetry.Scores: "id"}
	for _, p := range e.listParts() {
		var twice int
		q := "SELECT count(*) FROM (SELECT 1 FROM " + p.table() + " GROUP BY " + identity[p.kind] + " HAVING count(*) > 1)"
		if err := e.using(context.Background(), p, func() error { return e.db.QueryRow(q).Scan(&twice) }); err != nil || twice > 0 {
			t.Errorf("round %d: %d rows of %s stored twice: %v", round, twice, p.path, err)
		}
	}
}
