// Package river keeps tasks in a SQLite file of their own with River, which brings durability, retries and schedules.
// It implements jobs.Runner and knows nothing of what tasks do. The reasons are in docs/adr/0009-jobs.md.
// Start reading at Open.
package river

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	_ "modernc.org/sqlite" // the engine

	"steward/internal/base/errs"
	"steward/internal/domain/jobs"
)

// Options are a Runner's parts.
type Options struct {
	Path   string       // of the database file; its folder must exist
	Logger *slog.Logger // nil logs nothing
}

const (
	longQueue    = "long"
	defaultTries = 10
	firstPause   = time.Second
	longestPause = 10 * time.Minute
	// poll is how soon a task is noticed that became due by time; what is enqueued here is noticed at once.
	poll = 2 * time.Second
	// never: the one process that may use the file knows by itself that a task was cut short, see rescue.
	never = 10 * 365 * 24 * time.Hour
)

// Runner implements jobs.Runner.
type Runner struct {
	db       *sql.DB
	client   *river.Client[*sql.Tx]
	handlers map[string]jobs.Handler // does not change after Start

	stopping context.Context // ends when Stop begins
	cut      context.CancelFunc

	mu      sync.Mutex
	started bool
	closed  bool
}

var _ jobs.Runner = (*Runner)(nil)

// Open opens the file, creating it with mode 0600, and brings River's schema up to date. Nothing runs until Start; the
// caller must Stop it.
func Open(ctx context.Context, o Options) (_ *Runner, err error) {
	defer errs.Op(&err, "river.Open "+o.Path)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := openFile(o.Path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	r := &Runner{db: db, handlers: map[string]jobs.Handler{}}
	r.stopping, r.cut = context.WithCancel(context.Background())
	quiet := slog.New(warnings{o.Logger.Handler(), r.stopping}) // River tells of every start and every minute
	driver := riversqlite.New(db)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &worker{r: r}); err != nil {
		return nil, err
	}
	r.client, err = river.NewClient(driver, &river.Config{
		Logger: quiet, Workers: workers,
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}, longQueue: {MaxWorkers: 1}},
		JobTimeout: -1, RescueStuckJobsAfter: never, FetchPollInterval: poll,
	})
	return r, err
}

// openFile opens the database with one connection, as River on SQLite needs it. A commit need not reach the disk at
// once: whoever enqueues keeps the record that matters elsewhere and enqueues again at start.
func openFile(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "secure_delete(1)"} {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// Handle implements jobs.Runner.
func (r *Runner) Handle(handlers ...jobs.Handler) error {
	for _, h := range handlers {
		if h.Tries == 0 {
			h.Tries = defaultTries
		}
		if h.Every > 0 {
			h.Tries = 1
			_, err := r.client.PeriodicJobs().AddSafely(river.NewPeriodicJob(river.PeriodicInterval(h.Every),
				func() (river.JobArgs, *river.InsertOpts) { return args{kind: h.Kind}, r.insertOpts(h.Kind) },
				&river.PeriodicJobOpts{ID: h.Kind, RunOnStart: true}))
			if err != nil {
				return fmt.Errorf("river.Handle %s: %w", h.Kind, err)
			}
		}
		r.handlers[h.Kind] = h
	}
	return nil
}

// Start implements jobs.Runner.
func (r *Runner) Start(ctx context.Context) (err error) {
	defer errs.Op(&err, "river.Start")
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started || r.closed {
		return errors.New("started already, or stopped")
	}
	if err := r.rescue(ctx); err != nil {
		return err
	}
	// The context given to River would stop it without waiting; Stop is the one way out.
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	r.started = true
	return nil
}

// rescue makes tasks available that an earlier process was working on when it ended: one process at a time uses the
// file, so nobody is.
func (r *Runner) rescue(ctx context.Context) error {
	_, err := r.db.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP,
		max_attempts = max(max_attempts, attempt + 1) WHERE state IN ('running', 'retryable')`)
	return err
}

// Stop implements jobs.Runner.
func (r *Runner) Stop() (err error) {
	defer errs.Op(&err, "river.Stop")
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	r.cut()
	if r.started {
		err = r.client.StopAndCancel(context.Background())
	}
	return errors.Join(err, r.db.Close())
}

// Enqueue implements jobs.Queue.
func (r *Runner) Enqueue(ctx context.Context, t jobs.Task) (err error) {
	defer errs.Op(&err, "river.Enqueue "+t.Kind)
	if _, known := r.handlers[t.Kind]; !known {
		return fmt.Errorf("nobody works on tasks of kind %q", t.Kind)
	}
	if _, err := r.client.Insert(ctx, args{t.Kind, t.Key}, r.insertOpts(t.Kind)); err != nil {
		return errs.Unavailable(10*time.Second, err, "the job cannot be queued now; it is queued when the server starts again")
	}
	return nil
}

func (r *Runner) insertOpts(kind string) *river.InsertOpts {
	queue := river.QueueDefault
	if r.handlers[kind].Long {
		queue = longQueue
	}
	return &river.InsertOpts{Queue: queue, MaxAttempts: r.handlers[kind].Tries, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}
}

// args is a task as River keeps it. All tasks have one kind there, so that handlers need no Go type each.
type args struct{ kind, key string }

// Kind implements river.JobArgs.
func (args) Kind() string { return "task" }

type argsJSON struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// MarshalJSON writes what UnmarshalJSON reads.
func (a args) MarshalJSON() ([]byte, error) { return json.Marshal(argsJSON{a.kind, a.key}) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *args) UnmarshalJSON(b []byte) error {
	var w argsJSON
	err := json.Unmarshal(b, &w)
	a.kind, a.key = w.Kind, w.Key
	return err
}
