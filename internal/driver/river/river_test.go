package river

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"steward/internal/domain/jobs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string, hs ...jobs.Handler) *Runner {
	t.Helper()
	r, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Handle(hs...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func receive[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came in 30 s")
	}
	return v
}

func TestTaskRunsAfterStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	ran := make(chan jobs.Call, 10)
	h := jobs.Handler{Kind: "work", Run: func(_ context.Context, c jobs.Call) error { ran <- c; return nil }}
	before := open(t, path, h)
	if err := before.Enqueue(t.Context(), jobs.Task{Kind: "work", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := before.Enqueue(t.Context(), jobs.Task{Kind: "work", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := before.Stop(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	r := open(t, path, h)
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, ran); got != (jobs.Call{Key: "a", Try: 1}) {
		t.Fatalf("got %+v", got)
	}
	if err := r.Enqueue(t.Context(), jobs.Task{Kind: "work", Key: "b"}); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, ran); got.Key != "b" {
		t.Fatalf("a task that waited twice ran twice, or not b came next: %+v", got)
	}
	if err := r.Enqueue(t.Context(), jobs.Task{Kind: "unknown"}); err == nil {
		t.Fatal("a task that nobody works on was taken")
	}
}

func TestErrorIsTriedAgainAndTheLastTryIsKnown(t *testing.T) {
	ran := make(chan jobs.Call, 10)
	r := open(t, filepath.Join(t.TempDir(), "jobs.db"), jobs.Handler{Kind: "work", Tries: 2, Run: func(_ context.Context, c jobs.Call) error {
		ran <- c
		return errors.New("not this time")
	}})
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Enqueue(t.Context(), jobs.Task{Kind: "work", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, ran); got.Last {
		t.Fatalf("first try: %+v", got)
	}
	if got := receive(t, ran); got != (jobs.Call{Key: "k", Try: 2, Last: true}) {
		t.Fatalf("second try: %+v", got)
	}
}

func TestStopCutsATaskShortAndTheNextStartTakesItUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	begun := make(chan jobs.Call, 10)
	slow := jobs.Handler{Kind: "work", Tries: 1, Run: func(ctx context.Context, c jobs.Call) error {
		begun <- c
		<-ctx.Done()
		return ctx.Err()
	}}
	first := open(t, path, slow)
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.Enqueue(t.Context(), jobs.Task{Kind: "work", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	quick := jobs.Handler{Kind: "work", Tries: 1, Run: func(_ context.Context, c jobs.Call) error { begun <- c; return nil }}
	second := open(t, path, quick)
	if err := second.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, begun); got.Key != "k" {
		t.Fatalf("got %+v", got)
	}
}

func TestTaskOfACrashedProcessIsTakenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	ran := make(chan jobs.Call, 10)
	h := jobs.Handler{Kind: "work", Tries: 1, Run: func(_ context.Context, c jobs.Call) error { ran <- c; return nil }}
	r := open(t, path, h)
	if err := r.Enqueue(t.Context(), jobs.Task{Kind: "work", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	// what a process leaves that was killed while it worked
	if _, err := r.db.Exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP`); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, ran); got.Key != "k" {
		t.Fatalf("got %+v", got)
	}
}

func TestNothingWaitsForALongTask(t *testing.T) {
	begun, ran := make(chan struct{}), make(chan jobs.Call, 1)
	r := open(t, filepath.Join(t.TempDir(), "jobs.db"),
		jobs.Handler{Kind: "hours", Long: true, Run: func(ctx context.Context, _ jobs.Call) error { close(begun); <-ctx.Done(); return ctx.Err() }},
		jobs.Handler{Kind: "short", Run: func(_ context.Context, c jobs.Call) error { ran <- c; return nil }})
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Enqueue(t.Context(), jobs.Task{Kind: "hours"}); err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	if err := r.Enqueue(t.Context(), jobs.Task{Kind: "short"}); err != nil {
		t.Fatal(err)
	}
	receive(t, ran)
}

func TestScheduleRunsAtStartAndThenEveryInterval(t *testing.T) {
	ran := make(chan jobs.Call, 10)
	r := open(t, filepath.Join(t.TempDir(), "jobs.db"), jobs.Handler{Kind: "sweep", Every: time.Second,
		Run: func(_ context.Context, c jobs.Call) error { ran <- c; return nil }})
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := receive(t, ran); got.Key != "" || !got.Last {
			t.Fatalf("got %+v", got)
		}
	}
}
