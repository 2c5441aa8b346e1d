// Package app puts Steward together by hand: configuration, data folder, engines, verbs, surfaces, and the order in
// which they start and stop. It is the only package that sees all others. Start reading at Run.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/driver/blob/folder"
	"steward/internal/driver/deadletter"
	"steward/internal/driver/duckdb"
	"steward/internal/driver/durable"
	"steward/internal/driver/intakelog"
	"steward/internal/driver/sqlite"
	"steward/internal/work/arrivals"
	"steward/internal/work/demo"
	"steward/internal/work/identity"
	"steward/internal/work/ingest"
	"steward/internal/work/look"
	"steward/internal/work/payload"
	"steward/internal/work/pricing"
	"steward/internal/work/tenancy"
)

// Version is the build's own name; main sets it from the linker.
type Version string

// App is a running Steward.
type App struct {
	config  Config
	version Version
	logger  *slog.Logger
	clock   clock.Clock
	unlock  func()

	control  *sqlite.Store
	log      *intakelog.Log
	letters  *deadletter.Store
	engine   *duckdb.Engine
	blobs    *folder.Store
	identity *identity.Service
	tenancy  *tenancy.Service
	pricing  *pricing.Pricing
	ingest   *ingest.Ingest
	arrivals *arrivals.Book
	look     *look.Look
	labour   labour
	welcome  identity.Welcome
	demo     demonstration
	doors    *doors
	ready    readiness
	stops    []func() // in order of starting; run in reverse
}

// Files of the data folder.
const (
	controlFile   = "control.db"
	secretFile    = "secret.key"
	operatorFile  = "operator.key"
	intakeDir     = "intake"
	letterDir     = "dead-letters"
	telemetryDir  = "telemetry"
	blobDir       = "blobs"
	scratchDir    = "scratch"
	drainPatience = 20 * time.Second
	closePatience = 5 * time.Second
)

// goMemory is what Go's heap should stay below; the telemetry engine has its own bound beside it. Together they keep a
// busy server under a gigabyte.
const goMemory = 320 << 20

// Run serves until ctx ends, then stops in order: no new requests, the running ones end, everything acknowledged is
// loaded, the engines close. It writes the greeting to out and logs to logs.
func Run(ctx context.Context, c Config, v Version, out, logs io.Writer) error {
	logger, err := c.Log.logger(logs)
	if err != nil {
		return err
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // GOMEMLIMIT says otherwise
		debug.SetMemoryLimit(goMemory)
	}
	a := &App{config: c, version: v, logger: logger, clock: clock.System{}}
	defer a.stop()
	if err := a.open(ctx); err != nil {
		return err
	}
	return a.serve(ctx, out)
}

// open brings up everything below the surfaces.
func (a *App) open(ctx context.Context) error {
	a.arrivals = arrivals.New(a.clock)
	data := a.config.Data
	if err := durable.MkdirAll(data); err != nil {
		return errs.Wrap(errs.CodeUnavailable, err, "the data folder %s cannot be made", data)
	}
	if err := os.Chmod(data, 0o700); err != nil { //nolint:gosec // a folder needs its x bit
		return errs.Wrap(errs.CodeUnavailable, err, "the data folder %s must belong to the user that runs Steward", data)
	}
	var err error
	if a.unlock, err = lockFolder(data, lockNote(a.config.Listen)); err != nil {
		return err
	}
	a.onStop(a.unlock)
	for _, dir := range []string{scratchDir} {
		if err := os.RemoveAll(filepath.Join(data, dir)); err != nil {
			return errs.Wrap(errs.CodeUnavailable, err, "the folder %s cannot be cleared", dir)
		}
		if err := durable.MkdirAll(filepath.Join(data, dir)); err != nil {
			return errs.Wrap(errs.CodeUnavailable, err, "the folder %s cannot be made", dir)
		}
	}
	if err := a.openControl(ctx); err != nil {
		return err
	}
	if err := a.openTelemetry(); err != nil {
		return err
	}
	return a.openWork(ctx)
}

func (a *App) openControl(ctx context.Context) error {
	path := filepath.Join(a.config.Data, controlFile)
	_, err := os.Stat(path)
	box, err := sqlite.OpenBox(filepath.Join(a.config.Data, secretFile), errors.Is(err, os.ErrNotExist))
	if err != nil {
		return err
	}
	if a.control, err = sqlite.Open(ctx, sqlite.Options{Path: path, Box: box, Clock: a.clock, Logger: a.logger}); err != nil {
		return err
	}
	a.onStop(func() { a.report("close control store", a.control.Close()) })
	a.identity = identity.New(identity.Options{Store: a.control, Clock: a.clock})
	a.tenancy = tenancy.New(a.control, a.clock)
	a.welcome, err = a.identity.Start(ctx, func(key string) error {
		return durable.WriteFile(a.operatorPath(), []byte(key+"\n"))
	})
	if err != nil {
		return err
	}
	a.background(func(ctx context.Context) {
		a.identity.Run(ctx, func(err error) { a.logger.Warn("last use of keys not saved", "error", err) })
	})
	return nil
}

// background runs f until the program stops what was started after it.
func (a *App) background(f func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	a.onStop(func() { cancel(); <-done })
}

func (a *App) operatorPath() string { return filepath.Join(a.config.Data, operatorFile) }

func (a *App) openTelemetry() error {
	dir := func(name string) string { return filepath.Join(a.config.Data, name) }
	var err error
	if a.blobs, err = folder.New(dir(blobDir), a.clock); err != nil {
		return err
	}
	a.engine, err = duckdb.Open(dir(telemetryDir), duckdb.Options{Logger: a.logger, Clock: a.clock, MemoryLimit: int64(a.config.Telemetry.Memory)})
	if err != nil {
		return err
	}
	a.onStop(func() { a.report("close telemetry store", a.engine.Close()) })
	a.background(a.trim)
	a.log, err = intakelog.Open(intakelog.Config{Dir: dir(intakeDir), MaxBytes: int64(a.config.Intake.MaxSize), MinFree: int64(a.config.Intake.MinFree),
		Clock: a.clock, Log: a.logger})
	if err != nil {
		return err
	}
	a.onStop(func() { a.report("close intake log", a.log.Close()) })
	if a.letters, err = deadletter.Open(dir(letterDir)); err != nil {
		return errs.Wrap(errs.CodeUnavailable, err, "the folder %s cannot be read", dir(letterDir))
	}
	a.pricing = pricing.New(a.control, a.logger)
	a.ingest = ingest.New(ingest.Options{Log: a.log, DeadLetters: a.letters, Engine: a.engine, Blobs: a.blobs, Pricer: a.pricing, Ledger: a.control, Projects: a.control,
		Clock: a.clock, Logger: a.logger, Workers: runtime.GOMAXPROCS(0)})
	a.ingest.Start()
	a.onStop(func() {
		ctx, cancel := context.WithTimeout(context.Background(), drainPatience)
		defer cancel()
		if err := a.ingest.Drain(ctx); err != nil {
			a.logger.Warn("not everything is loaded yet; the intake log keeps it for the next start", "error", err)
		}
	})
	a.look = look.New(a.engine, a.ingest, payload.New(a.blobs), a.pricing, a.clock)
	return nil
}

// idleFile is how long a telemetry file stays open after somebody looked.
const idleFile = 2 * time.Minute

// trim lets go of what nobody looks at any more, so that an idle server is a small one.
func (a *App) trim(ctx context.Context) {
	tick := time.NewTicker(idleFile / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := a.engine.Trim(idleFile); err != nil {
				a.logger.Warn("idle telemetry files not let go; tried again", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a *App) onStop(f func()) { a.stops = append(a.stops, f) }

// stop undoes what was started, the last first. Stopping twice is harmless.
func (a *App) stop() {
	for i := len(a.stops) - 1; i >= 0; i-- {
		a.stops[i]()
	}
	a.stops = nil
}

func (a *App) report(what string, err error) {
	if err != nil {
		a.logger.Error(what, "error", err)
	}
}

// landing names the project that a first look should open on.
func (a *App) landing() string {
	if a.config.Demo {
		return "&next=/?project=" + string(demo.Project)
	}
	return ""
}

// greet writes the four lines that a person needs first.
func (a *App) greet(out io.Writer, base string) {
	link := "steward login-link   (or open the page and paste the key)"
	if a.welcome.First {
		link = base + "/signin?token=" + a.welcome.Token + a.landing() + "   (works once, until " + a.welcome.Until.Local().Format("15:04") + ")"
	}
	_, _ = fmt.Fprintf(out, "Steward %s  %s\nSign in:   %s\nKey:       %s\nNext:      export OTEL_EXPORTER_OTLP_ENDPOINT=%s/otlp OTEL_EXPORTER_OTLP_HEADERS=\"Authorization=Bearer $(cat %s)\"\n",
		a.version, base, link, a.operatorPath(), base, a.operatorPath()) // nobody reads it if this fails
}
