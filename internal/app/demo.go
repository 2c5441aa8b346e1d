package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/surface/httpapi"
	"steward/internal/work/demo"
	"steward/internal/work/identity"
)

// demonstration is the demo while the server serves: a client of its own, which sends OTLP and scores to the public
// listener with an ingest key of the project, like anybody's.
//
// What must outlive the process stands in the project, so that it goes with it: an import whose base time is when the
// demo began and whose progress is the feed's, and the key's text as a secret.
type demonstration struct {
	mu    sync.Mutex
	base  string // URL of the own listener, "" until there is one
	thin  int    // for tests, see demo.Thin
	world *demo.World
	stop  func() // ends the feed that runs and waits for it; nil when none does
}

// demoSecret is where the text of the demo's key is kept.
const demoSecret = "demo/key"

// demoDigest is the import's digest.
var demoDigest = func() string {
	sum := sha256.Sum256([]byte("steward demo"))
	return hex.EncodeToString(sum[:])
}()

var errDemoRemoved = errs.New(errs.CodeConflict, "the demo was removed; \"steward demo add\" brings it back")

// serveDemo says where the server listens, and starts the demo if the configuration asks for it.
func (a *App) serveDemo(ctx context.Context, base string) {
	a.demo.mu.Lock()
	a.demo.base = base
	a.demo.mu.Unlock()
	a.onStop(a.endDemo)
	if !a.config.Demo {
		return
	}
	err := a.startDemo(ctx, access.Steward(), "started with --demo", false)
	switch {
	case errors.Is(err, errDemoRemoved):
		a.logger.Info(errDemoRemoved.Message)
	case err != nil:
		a.logger.Error("the demo does not start", "error", err)
	}
}

// startDemo makes the demo where there is none, and its traffic go on where it was. asked says that somebody wants it
// although it was removed before.
func (a *App) startDemo(ctx context.Context, by access.Actor, reason string, asked bool) error {
	a.demo.mu.Lock()
	defer a.demo.mu.Unlock()
	record, err := a.demoRecord(ctx, by, reason, asked)
	if err != nil {
		return err
	}
	if a.demo.stop != nil {
		if a.demo.world.Began().UnixNano() == record.BaseTime {
			return nil
		}
		a.demo.stop()
	}
	key, err := a.demoKey(ctx)
	if err != nil {
		return err
	}
	client, err := api.NewClient(api.ClientOptions{Server: a.demo.base, Key: key, Agent: "steward-demo/" + string(a.version), Patience: time.Minute})
	if err != nil {
		return err
	}
	a.demo.world = demo.Thin(time.Unix(0, record.BaseTime), a.demo.thin)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	a.demo.stop = sync.OnceFunc(func() { cancel(); <-ended })
	go func(world *demo.World) {
		a.feedDemo(ctx, world, demoClient{client}, record)
		close(ended)
		a.demo.mu.Lock()
		defer a.demo.mu.Unlock()
		if a.demo.world == world {
			a.demo.stop = nil
		}
	}(a.demo.world)
	return nil
}

// endDemo ends the traffic.
func (a *App) endDemo() {
	a.demo.mu.Lock()
	stop := a.demo.stop
	a.demo.stop = nil
	a.demo.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// demoRecord answers the demo's import, with a new one and the project where there is none.
func (a *App) demoRecord(ctx context.Context, by access.Actor, reason string, asked bool) (record control.Import, err error) {
	_, err = a.control.Project(ctx, demo.Project)
	exists := err == nil
	if err != nil && errs.CodeOf(err) != errs.CodeNotFound {
		return record, err
	}
	if !exists {
		if err := a.tenancy.Available(ctx, demo.Project); err != nil {
			return record, err
		}
		if removed, err := a.demoRemoved(ctx); err != nil || removed && !asked {
			return record, errors.Join(err, errDemoRemoved)
		}
	}
	now := a.clock.Now()
	fresh := control.Import{ID: id.New(), Project: demo.Project, Digest: demoDigest, Format: "demo", Name: "demo", State: control.ImportRunning,
		BaseTime: now.Truncate(time.Second).UnixNano(), Created: now.UnixNano(), Updated: now.UnixNano()}
	err = a.control.Change(ctx, by, reason, func(tx control.Tx) (err error) {
		if !exists {
			if err := tx.CreateProject(project.Project{ID: demo.Project, Title: "Demo", Created: now.UnixNano()}); err != nil {
				return err
			}
		}
		if record, err = tx.CreateImport(fresh); err == nil && exists && record.ID == fresh.ID {
			return errs.New(errs.CodeConflict, "there is a project %q that is not the demo's; the demo does not mix with it", demo.Project)
		}
		return err
	})
	return record, err
}

// demoRemoved says whether the last that happened to the project was its deletion.
func (a *App) demoRemoved(ctx context.Context) (bool, error) {
	last, err := a.control.ListChanges(ctx, access.ChangeQuery{Kind: "project", Name: string(demo.Project)}, page.Cursor{}, 1)
	return err == nil && len(last.Items) > 0 && last.Items[0].Action == "project.delete", err
}

// demoKey answers the text of the demo's ingest key. One that was revoked is replaced at the next start.
func (a *App) demoKey(ctx context.Context) (string, error) {
	kept, err := a.control.Secret(ctx, demo.Project, demoSecret)
	if err == nil {
		_, err = a.identity.Authenticate(ctx, string(kept))
	}
	switch errs.CodeOf(err) {
	case "":
		return string(kept), nil
	case errs.CodeNotFound, errs.CodeUnauthenticated:
	default:
		return "", err
	}
	const reason = "the demo sends with it"
	steward := access.Principal{ID: access.Steward().ID, Kind: access.System, Name: access.Steward().Name, AllProjects: true,
		Project: demo.Project, Actions: access.Everything()}
	_, text, err := a.identity.CreateKey(ctx, steward, identity.NewKey{Project: demo.Project, Name: "Demo traffic", Scopes: []string{string(access.ScopeIngest)}, Reason: reason})
	if err != nil {
		return "", err
	}
	return text, a.control.Change(ctx, access.Steward(), reason, func(tx control.Tx) error { return tx.SetSecret(demo.Project, demoSecret, []byte(text)) })
}

// demoRetry is how long the feed waits after a failure that may pass.
const demoRetry = 10 * time.Second

// feedDemo feeds until ctx ends or the key does not work any more.
func (a *App) feedDemo(ctx context.Context, world *demo.World, to demoClient, record control.Import) {
	done := record.Done
	save := func(ctx context.Context, n int64) error {
		record.Done, record.Total, record.Updated = n, max(n, demo.HistoryHours), a.clock.Now().UnixNano()
		if err := a.control.SaveImport(ctx, record); err != nil {
			return err
		}
		done = n
		return nil
	}
	for ctx.Err() == nil {
		feed := &demo.Feed{World: world, Sender: to, Settled: a.ingest.Settled, Done: done, Save: save, Clock: a.clock}
		err := feed.Run(ctx)
		if err == nil {
			return
		}
		var refused *api.Failure // OTLP's own form of it has a status and no code of ours
		gone := errs.CodeOf(err) == errs.CodeNotFound
		if errors.As(err, &refused) {
			gone = refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound
		}
		if gone {
			a.logger.Info("the demo's key or project is gone; its traffic ends")
			return
		}
		a.logger.Warn("the demo's traffic is interrupted; it goes on soon", "error", err)
		select {
		case <-time.After(demoRetry):
		case <-ctx.Done():
		}
	}
}

// demoClient sends through the public API.
type demoClient struct{ client *api.Client }

// Traces implements demo.Sender.
func (c demoClient) Traces(ctx context.Context, body []byte) error {
	taken, err := c.client.SendOTLP(ctx, "traces", body)
	if err == nil && taken.Rejected > 0 {
		return errs.Invalid("%d spans of the demo were rejected: %s", taken.Rejected, taken.Message)
	}
	return err
}

// Scores implements demo.Sender.
func (c demoClient) Scores(ctx context.Context, scores []score.Score) error {
	wire := make([]api.NewScore, len(scores))
	for i, s := range scores {
		at := time.Unix(0, s.Time).UTC()
		wire[i] = api.NewScore{ID: s.ID, Name: s.Name, Value: s.Value, Boolean: s.Boolean, Explanation: s.Explanation, Time: &at,
			Source: api.ScoreSource{Kind: string(s.Source), Name: s.SourceName}, Target: api.ScoreTarget{TraceID: s.Trace.String()}}
		if !s.Span.IsZero() {
			wire[i].Target.SpanID = s.Span.String()
		}
	}
	_, err := c.client.AddScores(ctx, wire)
	return err
}

// demoRoutes tell of the demo and bring it back.
func (a *App) demoRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Method: http.MethodGet, Pattern: "/api/v1/demo", Action: access.ProjectRead, Handle: a.answerDemo,
			Doc: httpapi.Doc{Tag: "demo", Summary: "Answer how the demo stands, and the tour through it", Out: api.Demo{},
				Detail: "The same whatever project is asked about: the demo lives in the project demo. Its stories are at fixed times, which the paths and ranges name."}},
		{Method: http.MethodPost, Pattern: "/api/v1/demo", Action: access.ProjectManage, Reach: httpapi.Everywhere, Handle: a.bringDemo,
			Doc: httpapi.Doc{Tag: "demo", Summary: "Start the demo, also when it was removed before", Out: api.Demo{},
				Detail: "Its traffic comes until the server stops, and again whenever it is started with --demo. DELETE /api/v1/projects/demo removes it with all it holds."}},
	}
}

func (a *App) answerDemo(w http.ResponseWriter, r *http.Request) error {
	out, err := a.demoState(r.Context())
	if err != nil {
		return err
	}
	return httpapi.JSON(w, http.StatusOK, out)
}

func (a *App) bringDemo(w http.ResponseWriter, r *http.Request) error {
	c := httpapi.CallerOf(r.Context())
	if err := a.startDemo(r.Context(), c.Principal.Actor(), c.Reason, true); err != nil {
		return err
	}
	return a.answerDemo(w, r)
}

func (a *App) demoState(ctx context.Context) (api.Demo, error) {
	out := api.Demo{Project: string(demo.Project), State: "absent", Questions: []api.DemoQuestion{}}
	record, err := a.control.ImportOf(ctx, demo.Project, demoDigest)
	if errs.CodeOf(err) == errs.CodeNotFound {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	began := time.Unix(0, record.BaseTime).UTC()
	out.Began, out.Filled, out.State = &began, demo.Filled(record.Done), "asleep"
	a.demo.mu.Lock()
	running := a.demo.stop != nil
	a.demo.mu.Unlock()
	switch {
	case running && out.Filled < 1:
		out.State = "filling"
	case running:
		out.State = "live"
	}
	for _, q := range demo.New(began).Tour() {
		wire := api.DemoQuestion{ID: q.ID, Question: q.Question, Answer: q.Answer, Looks: []api.DemoLook{}}
		for _, l := range q.Looks {
			wire.Looks = append(wire.Looks, api.DemoLook{Label: l.Label, Path: tracesPath(l), Filter: l.Filter, Sort: l.Sort, From: l.From, To: l.To})
		}
		out.Questions = append(out.Questions, wire)
	}
	return out, nil
}

// tracesPath is the page of a look, as web/src/lib/search.ts reads it.
func tracesPath(l demo.Look) string {
	q := url.Values{"project": {string(demo.Project)}, "from": {l.From.Format(time.RFC3339)}, "to": {l.To.Format(time.RFC3339)}}
	if l.Filter != "" {
		q.Set("filter", l.Filter)
	}
	if l.Sort != "" {
		q.Set("sort", l.Sort)
	}
	return "/traces?" + q.Encode()
}
