package app

import (
	"context"
	"path/filepath"

	"steward/internal/domain/project"
	"steward/internal/driver/durable"
	"steward/internal/driver/river"
	"steward/internal/surface/httpapi"
	"steward/internal/work/home"
	"steward/internal/work/imports"
	"steward/internal/work/keep"
	"steward/internal/work/payload"
	"steward/internal/work/pricing"
	"steward/internal/work/rework"
)

// jobsFile holds what River knows of jobs. What people see of them is in the control store.
const jobsFile = "jobs.db"

// labour is the work that changes what is stored, after the fact and beside requests.
type labour struct {
	runner *river.Runner
	keeper *keep.Keeper
	rework *rework.Rework
}

// openWork starts the work that changes stored telemetry, first on what an earlier process left. Ingest must run: a
// deletion waits for the loader.
func (a *App) openWork(ctx context.Context) (err error) {
	a.labour.runner, err = river.Open(ctx, river.Options{Path: filepath.Join(a.config.Data, jobsFile), Logger: a.logger})
	if err != nil {
		return err
	}
	a.onStop(func() { a.report("stop jobs", a.labour.runner.Stop()) })
	a.labour.keeper = keep.New(keep.Options{Store: a.control, Engine: a.engine, Ingest: a.ingest, Log: a.log, DeadLetters: a.letters, Blobs: a.blobs,
		Queue: a.labour.runner, Clock: a.clock, Logger: a.logger,
		Gone: func(p project.ID) { a.identity.LookAgain(); a.pricing.Forget(p) }})
	a.labour.rework = rework.New(rework.Options{Store: a.control, Engine: a.engine, Ingest: a.ingest, Pricing: a.pricing,
		Payload: payload.New(a.blobs), Queue: a.labour.runner, Clock: a.clock})
	if err := a.labour.runner.Handle(append(a.labour.keeper.Handlers(), a.labour.rework.Handlers()...)...); err != nil {
		return err
	}
	if err := a.labour.keeper.Resume(ctx); err != nil {
		return err
	}
	if err := a.labour.rework.Resume(ctx); err != nil {
		return err
	}
	return a.labour.runner.Start(ctx)
}

// workRoutes are the routes of that work, and of what tells how the installation stands.
func (a *App) workRoutes() []httpapi.Route {
	entries := pricing.NewEntries(a.pricing, a.control, func() int64 { return a.clock.Now().UnixNano() })
	way := httpapi.IngestParts{Way: a.ingest, Count: a.control, Parts: a.engine.Parts, Clock: a.clock,
		Free: func() (uint64, error) { return durable.Free(a.config.Data) }}
	var all []httpapi.Route
	for _, routes := range [][]httpapi.Route{
		httpapi.DeletionRoutes(a.labour.keeper, a.control),
		httpapi.JobRoutes(a.control),
		httpapi.ReworkRoutes(a.labour.rework),
		httpapi.PriceRoutes(a.pricing, entries, a.labour.rework, a.clock),
		httpapi.ImportRoutes(imports.New(a.control, a.clock)),
		httpapi.IngestRoutes(way),
		httpapi.HomeRoutes(home.New(a.look, a.clock), way, a.arrivals),
		httpapi.DoctorRoutes(a.examine),
	} {
		all = append(all, routes...)
	}
	return all
}
