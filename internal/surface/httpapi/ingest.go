package httpapi

import (
	"context"
	"net/http"
	"time"

	"steward/api"
	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/work/ingest"
)

// IngestWay is the way in: its counts so far and how its loader stands. It is work/ingest.
type IngestWay interface {
	FlushCounts(ctx context.Context) error
	State() ingest.State
}

// IngestCounter reads the counts of a project.
type IngestCounter interface {
	Ingest(ctx context.Context, id project.ID, from string) ([]control.IngestDay, error)
}

// IngestParts are what IngestRoutes need.
type IngestParts struct {
	Way   IngestWay
	Count IngestCounter
	Parts func(ctx context.Context) ([]telemetry.Part, error) // files of the telemetry engine
	Free  func() (uint64, error)                              // bytes free where data is kept
	Clock clock.Clock
}

// IngestRoutes says what became of what came in.
func IngestRoutes(p IngestParts) []Route {
	return []Route{{Method: http.MethodGet, Pattern: "/api/v1/ingest", Action: access.IngestRead, Handle: p.answer,
		Doc: Doc{Tag: "operations", Summary: "Count what came in today and in all, and say how the way in stands", Out: api.Ingest{},
			Detail: "Counts belong to the project. A crash may lose the counts of the last seconds, never the records."}}}
}

func (p IngestParts) answer(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), CallerOf(r.Context())
	if err := p.Way.FlushCounts(ctx); err != nil {
		return err
	}
	days, err := p.Count.Ingest(ctx, c.Project, "")
	if err != nil {
		return err
	}
	free, err := p.Free()
	if err != nil {
		return err
	}
	state := p.Way.State()
	out := api.Ingest{Day: p.Clock.Now().UTC().Format(time.DateOnly), DiskFree: int64(free), Storage: []api.IngestStorage{}, //nolint:gosec // disks are smaller than 2^63
		Loader: api.IngestLoader{Waiting: int64(state.Tail - min(state.Loaded, state.Tail)), QueueBytes: state.QueueBytes, LogBytes: state.LogBytes, LogBound: state.LogBound}} //nolint:gosec // likewise
	if state.Failing != nil {
		out.Loader.Failing = errs.From(state.Failing).Message
	}
	out.Signals = ingestSignals(days, out.Day)
	if c.Principal.AllProjects {
		parts, err := p.Parts(ctx)
		if err != nil {
			return err
		}
		out.Storage = ingestStorage(parts)
	}
	return JSON(w, http.StatusOK, out)
}

func ingestSignals(days []control.IngestDay, today string) []api.IngestSignal {
	out := []api.IngestSignal{}
	at := map[string]int{}
	for _, name := range []string{"spans", "logs", "metrics", "scores"} {
		at[name] = len(out)
		out = append(out, api.IngestSignal{Signal: name, Today: api.IngestCounts{Rejected: map[string]int64{}}, Total: api.IngestCounts{Rejected: map[string]int64{}}})
	}
	for i := range days {
		k, known := at[days[i].Signal]
		if !known {
			continue
		}
		addCounts(&out[k].Total, &days[i])
		if days[i].Day == today {
			addCounts(&out[k].Today, &days[i])
		}
	}
	return out
}

func addCounts(to *api.IngestCounts, d *control.IngestDay) {
	to.Received += d.Received
	to.Stored += d.Stored
	to.Duplicates += d.Duplicates
	to.Conflicts += d.Conflicts
	to.Unmapped += d.Unmapped
	for reason, n := range d.Rejected {
		to.Rejected[reason] += n
	}
}

func ingestStorage(parts []telemetry.Part) []api.IngestStorage {
	out := []api.IngestStorage{}
	for _, kind := range []telemetry.Kind{telemetry.Spans, telemetry.Logs, telemetry.Points, telemetry.Scores} {
		sum := api.IngestStorage{Kind: string(kind)}
		for _, p := range parts {
			if p.Kind == kind {
				sum.Parts, sum.Rows, sum.Bytes = sum.Parts+1, sum.Rows+p.Rows, sum.Bytes+p.Bytes
			}
		}
		out = append(out, sum)
	}
	return out
}
