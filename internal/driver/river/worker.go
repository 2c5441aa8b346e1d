package river

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"steward/internal/domain/jobs"
)

// worker hands tasks to their handlers.
type worker struct {
	river.WorkerDefaults[args]
	r *Runner
}

// Timeout implements river.Worker: a task runs as long as it takes.
func (*worker) Timeout(*river.Job[args]) time.Duration { return -1 }

// NextRetry implements river.Worker: pauses double from one second to ten minutes.
func (*worker) NextRetry(j *river.Job[args]) time.Time {
	pause := longestPause
	if j.Attempt < 20 {
		pause = min(firstPause<<(max(1, j.Attempt)-1), longestPause)
	}
	return time.Now().UTC().Add(pause)
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, j *river.Job[args]) (err error) {
	h, known := w.r.handlers[j.Args.kind]
	if !known {
		return river.JobCancel(fmt.Errorf("no handler for tasks of kind %q", j.Args.kind))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.r.stopping, cancel)()
	err = h.Run(ctx, jobs.Call{Key: j.Args.key, Try: j.Attempt, Last: j.Attempt >= j.MaxAttempts})
	if err != nil && w.r.stopping.Err() != nil {
		return river.JobSnooze(0) // cut short by us: this try does not count
	}
	return err
}

// warnings passes on what is a warning or worse, but not that River's own queries were cut short because we stop.
type warnings struct {
	slog.Handler
	stopping context.Context
}

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	cut := false
	if w.stopping.Err() != nil {
		r.Attrs(func(a slog.Attr) bool {
			cut = cut || strings.Contains(a.Value.String(), context.Canceled.Error())
			return !cut
		})
	}
	if cut {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(a), w.stopping}
}

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler {
	return warnings{w.Handler.WithGroup(name), w.stopping}
}
