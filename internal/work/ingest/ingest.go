// Package ingest is the one durable path of design §3: what surfaces take in is appended to the intake log,
// acknowledged then, and loaded into the telemetry engine in order by one loader. It knows no transport and no
// engine. Start reading at Ingest.Traces for the way in and at loader.go for the way on.
package ingest

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/intake"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/work/payload"
	"steward/internal/work/understand"
)

// Ledger adds to the counts of what came in.
type Ledger interface {
	AddIngest(ctx context.Context, days []control.IngestDay) error
}

// Engine is what ingest needs of a telemetry engine.
type Engine interface {
	telemetry.Loader
	Span(ctx context.Context, key trace.Key) (trace.Span, error)
	SpansOf(ctx context.Context, keys []trace.Key) ([]trace.Span, error)
	Spans(ctx context.Context, q trace.Query) (page.Page[trace.Span], trace.Searched, error)
}

// Options are an Ingest's parts. All are required but those with a default.
type Options struct {
	Log         intake.Log
	DeadLetters intake.DeadLetters
	Engine      Engine
	Blobs       blob.Store
	Pricer      understand.Pricer
	Ledger      Ledger
	Projects    Projects // nil: a project that was barred stays so
	Clock       clock.Clock
	Logger      *slog.Logger
	Workers     int // mapping workers; default 2
	// MaxQueue bounds the decoded records that wait in memory for the loader, in bytes of their wire form; beyond it
	// they are read back from the log. Default 24 MiB.
	MaxQueue int64
	// MaxBacklog is how many bytes may be acknowledged and not loaded before requests have to wait for the loader, so
	// that reads, which wait for it too, stay quick. It does not apply while the engine is down: then the log is there
	// to take things in. Default 96 MiB.
	MaxBacklog int64
	// MaxInflight bounds the bytes of requests that are being read and decoded at once. Default 256 MiB.
	MaxInflight int64
}

// Source says who sends: a key's project and what the key imposes.
type Source struct {
	Project project.ID
	Key     string
	Pin     trace.Pin
}

// Outcome says what became of an acknowledged request. Rejected records were not stored, for the reason given.
type Outcome struct {
	Taken    int
	Rejected []otlp.Rejection
	Newest   int64 // the latest end or time of what was taken, Unix nanoseconds; 0 where none has one
}

// Ingest takes records in. Make it with New, then Start; it is safe for concurrent use.
type Ingest struct {
	o          Options
	budget     *budget
	queue      *queue
	loader     *loader
	hub        *Hub
	tally      *tallies
	payload    *payload.Mover
	bars       bars
	reader     *understand.Reader
	faults     faults
	complaints complaints
	wg         sync.WaitGroup
	stop       context.CancelFunc
}

// faults count what went wrong with what was acknowledged, since the start.
type faults struct {
	revisions atomic.Int64 // revisions that the engine refused
	read      atomic.Int64 // spans and log records that made the mapper panic
}

// New makes an Ingest that does nothing until Start.
func New(o Options) *Ingest {
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = 24 << 20
	}
	if o.MaxBacklog == 0 {
		o.MaxBacklog = 96 << 20
	}
	if o.MaxInflight == 0 {
		o.MaxInflight = 256 << 20
	}
	g := &Ingest{o: o, budget: newBudget(o.MaxInflight), hub: newHub(), tally: newTallies(o.Clock, o.Ledger), payload: payload.New(o.Blobs),
		reader: understand.New(o.Pricer)}
	g.queue = newQueue(o.Log.Released(), o.Log.Tail(), o.MaxQueue)
	g.loader = newLoader(g)
	return g
}

// Start begins mapping and loading, first of what the log still holds.
func (g *Ingest) Start() {
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	for range g.o.Workers {
		g.wg.Go(func() { g.queue.work(g.prepare) })
	}
	g.wg.Go(func() { g.loader.run(ctx) })
	g.wg.Go(func() { g.retryDeadLetters(ctx) })
	g.wg.Go(func() { g.tally.run(ctx, g.o.Logger) })
}

// Drain waits until everything acknowledged is loaded, or ctx ends; then it stops the loader and its helpers. What is
// not loaded is still in the log and will be after the next start.
func (g *Ingest) Drain(ctx context.Context) error {
	err := g.Settled(ctx)
	g.queue.close()
	g.stop()
	g.wg.Wait()
	g.hub.close()
	return err
}

// Hub answers where loaded spans can be watched.
func (g *Ingest) Hub() *Hub { return g.hub }

// Traces takes an ExportTraceServiceRequest in protobuf form. When it returns without error, everything but Rejected
// is durable. It keeps body.
func (g *Ingest) Traces(ctx context.Context, from Source, body []byte) (Outcome, error) {
	in := g.arrival(from)
	spans, err := otlp.DecodeTraces(body, in)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Taken: len(spans.Raws), Rejected: spans.Rejected}
	for i := range spans.Raws {
		out.Newest = max(out.Newest, spans.Raws[i].End, spans.Raws[i].Start)
	}
	g.tally.received(from.Project, signalSpans, len(spans.Raws)+len(spans.Rejected), spans.Rejected)
	if out.Taken == 0 {
		return out, nil
	}
	return out, g.append(ctx, kindTraces, in, from.Key, body, &decoded{spans: &spans})
}

// Logs takes an ExportLogsServiceRequest, as Traces does.
func (g *Ingest) Logs(ctx context.Context, from Source, body []byte) (Outcome, error) {
	in := g.arrival(from)
	got, err := otlp.DecodeLogs(body, in)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Taken: len(got.Records), Rejected: got.Rejected}
	for i := range got.Records {
		out.Newest = max(out.Newest, got.Records[i].Time)
	}
	g.tally.received(from.Project, signalLogs, len(got.Records)+len(got.Rejected), got.Rejected)
	if out.Taken == 0 {
		return out, nil
	}
	return out, g.append(ctx, kindLogs, in, from.Key, body, &decoded{logs: &got})
}

// Metrics takes an ExportMetricsServiceRequest, as Traces does.
func (g *Ingest) Metrics(ctx context.Context, from Source, body []byte) (Outcome, error) {
	in := g.arrival(from)
	got, err := otlp.DecodeMetrics(body, in)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Taken: len(got.Points), Rejected: got.Rejected}
	for i := range got.Points {
		out.Newest = max(out.Newest, got.Points[i].Time)
	}
	g.tally.received(from.Project, signalMetrics, len(got.Points)+len(got.Rejected), got.Rejected)
	if out.Taken == 0 {
		return out, nil
	}
	return out, g.append(ctx, kindMetrics, in, from.Key, body, &decoded{points: &got})
}

// Scores takes judgements, all or none. They must be valid; ids and times must be set.
func (g *Ingest) Scores(ctx context.Context, from Source, scores []score.Score) error {
	in := g.arrival(from)
	for i := range scores {
		if err := scores[i].Validate(); err != nil {
			return errs.From(err).With("item", i)
		}
		scores[i].Project = from.Project
	}
	if len(scores) == 0 {
		return nil
	}
	body, err := encodeScores(scores)
	if err != nil {
		return err
	}
	g.tally.received(from.Project, signalScores, len(scores), nil)
	return g.append(ctx, kindScores, in, from.Key, body, &decoded{scores: scores})
}

func (g *Ingest) arrival(from Source) otlp.Arrival {
	return otlp.Arrival{Project: from.Project, Received: g.o.Clock.Now().UnixNano(), Pin: from.Pin}
}

func (g *Ingest) append(ctx context.Context, kind intake.Kind, in otlp.Arrival, key string, body []byte, d *decoded) error {
	if err := g.loader.room(ctx); err != nil {
		g.tally.refused(in.Project, signalOf[kind])
		return err
	}
	leave, err := g.pass(ctx, in.Project)
	if err != nil {
		return err
	}
	defer leave()
	head := appendHeader(make([]byte, 0, 96), in, key)
	at, err := g.o.Log.Append(ctx, intake.Record{Kind: kind, Payload: [][]byte{head, body}})
	if err != nil {
		g.tally.refused(in.Project, signalOf[kind])
		return err
	}
	d.size = int64(len(body))
	g.queue.put(at, d)
	return nil
}

// Settled waits until everything that was acknowledged before the call is loaded and so visible to reads.
func (g *Ingest) Settled(ctx context.Context) error { return g.loader.wait(ctx, g.o.Log.Tail()) }

// maxSettle is how long a read waits for the loader before it says that it cannot answer truthfully.
const maxSettle = 20 * time.Second
