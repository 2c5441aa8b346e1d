package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/control"
	"steward/internal/domain/jobs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/work/keep"
)

// town sends two people's traffic in the same requests and waits until it can be read.
func town(t *testing.T) (w *workshop, victim, other *person, shared string) {
	w, victim, other, shared = newWorkshop(t), newPerson(), newPerson(), marker("shared-")
	now := time.Now().Add(-time.Minute)
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	for _, p := range []*person{victim, other} {
		p.chat(td, now, shared)
		p.logs(ld, now)
	}
	w.sendLogs(ld)
	w.sendSpans(td)
	victim.scores(w)
	other.scores(w)
	if got := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+victim.trace.String(), nil); len(got.Items) != 2 {
		t.Fatalf("the trace has %d spans", len(got.Items))
	}
	return w, victim, other, shared
}

// whole asks for everything that the other sent.
func (p *person) whole(w *workshop, shared string) {
	w.t.Helper()
	spans := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+p.trace.String(), nil).Items
	if len(spans) != 2 {
		w.t.Fatalf("the other has %d spans left", len(spans))
	}
	for _, s := range spans {
		rec := w.do(http.MethodGet, "/api/v1/traces/"+p.trace.String()+"/spans/"+s.SpanID, "", nil)
		if s.Kind == "llm" {
			for _, word := range []string{p.prompt, p.answer, strings.Repeat(p.large+" ", 5000), strings.Repeat(shared, 5000)} {
				if !strings.Contains(rec.Body.String(), word) {
					w.t.Fatalf("the other's %.40s is gone", word)
				}
			}
		}
	}
	list := call[api.List[api.Score]](w, http.StatusOK, http.MethodGet, "/api/v1/scores", nil)
	if len(list.Items) != 2 {
		w.t.Fatalf("%d scores are left, not the other's 2", len(list.Items))
	}
	if found := w.holding(p.event, p.waiting); len(found) < 2 {
		w.t.Fatalf("the other's log records are gone, only %v is left", found)
	}
}

func TestDeletionLeavesNoByte(t *testing.T) {
	for name, target := range map[string]func(*person) api.DeletionTarget{
		"user":    func(p *person) api.DeletionTarget { return api.DeletionTarget{User: p.user} },
		"session": func(p *person) api.DeletionTarget { return api.DeletionTarget{Session: p.session} },
		"trace":   func(p *person) api.DeletionTarget { return api.DeletionTarget{Traces: []string{p.trace.String()}} },
	} {
		t.Run(name, func(t *testing.T) {
			w, victim, other, shared := town(t)
			for _, word := range []string{victim.user, victim.large, victim.judged, victim.waiting} {
				if len(w.holding(word)) == 0 {
					t.Fatalf("%s is in no file before the deletion, so its absence would prove nothing", word)
				}
			}
			d := w.deleted(target(victim))
			if d.Removed.Spans != 2 || d.Removed.Scores != 2 || d.Removed.Logs != 2 || d.Removed.Blobs != 2 || d.Removed.IntakeRecords < 1 || len(d.Partitions) < 3 || d.Backups == nil || d.Finished == nil {
				t.Fatalf("receipt: %+v", d)
			}
			words := append(victim.words(), victim.trace.String())
			if name == "trace" { // the receipt names it, and it names nobody
				words = victim.words()
			}
			if found := w.holding(words...); len(found) > 0 {
				t.Fatalf("still there: %s", strings.Join(found, "\n"))
			}
			for _, path := range []string{"/api/v1/traces/" + victim.trace.String(), "/api/v1/sessions/" + victim.session} {
				if rec := w.do(http.MethodGet, path, "", nil); rec.Code != http.StatusNotFound {
					t.Errorf("%s answers %d: %s", path, rec.Code, rec.Body)
				}
			}
			if got := call[api.List[api.Span]](w, http.StatusOK, http.MethodGet, "/api/v1/spans?filter="+victim.prompt, nil); len(got.Items) > 0 {
				t.Errorf("search still finds %d spans", len(got.Items))
			}
			other.whole(w, shared)

			w.again()
			if found := w.holding(words...); len(found) > 0 {
				t.Fatalf("there again after a restart: %s", strings.Join(found, "\n"))
			}
			other.whole(w, shared)
			again := w.deleted(target(victim))
			if again.Removed != (api.Removed{}) {
				t.Errorf("deleting again removed %+v", again.Removed)
			}
			if list := call[api.List[api.Deletion]](w, http.StatusOK, http.MethodGet, "/api/v1/deletions?limit=1", nil); len(list.Items) != 1 || list.Items[0].ID != again.ID || list.NextCursor == nil {
				t.Errorf("list: %+v", list)
			}
		})
	}
}

// TestDeletionFindsRecordsByTheNamesInThem: log records without a trace, and metric points, of two people in the same
// requests.
func TestDeletionFindsRecordsByTheNamesInThem(t *testing.T) {
	for name, target := range map[string]func(*person) api.DeletionTarget{
		"user":    func(p *person) api.DeletionTarget { return api.DeletionTarget{User: p.user} },
		"session": func(p *person) api.DeletionTarget { return api.DeletionTarget{Session: p.session} },
	} {
		t.Run(name, func(t *testing.T) {
			w, victim, other := newWorkshop(t), newPerson(), newPerson()
			now := pcommon.NewTimestampFromTime(time.Now().Add(-time.Minute))
			ld, md := plog.NewLogs(), pmetric.NewMetrics()
			for _, p := range []*person{victim, other} {
				r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
				r.SetTimestamp(now)
				r.Body().SetStr(p.event)
				m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
				m.SetName("claude_code.token.usage")
				point := m.SetEmptySum().DataPoints().AppendEmpty()
				point.SetTimestamp(now)
				for _, a := range []pcommon.Map{r.Attributes(), point.Attributes()} {
					a.PutStr("enduser.id", p.user)
					a.PutStr("session.id", p.session)
				}
			}
			w.sendLogs(ld)
			body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
			if err != nil {
				t.Fatal(err)
			}
			if rec := w.do(http.MethodPost, "/otlp/v1/metrics", "application/x-protobuf", body); rec.Code != http.StatusOK {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
			if err := w.app.ingest.Settled(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(w.holding(victim.user)) < 3 {
				t.Fatal("the name is not in the intake log, a file of logs and one of metrics, so its absence would prove nothing")
			}
			d := w.deleted(target(victim))
			if d.Removed.Logs != 1 || d.Removed.Metrics != 1 || len(d.Partitions) != 2 {
				t.Errorf("receipt: %+v", d)
			}
			if found := w.holding(victim.words()...); len(found) > 0 {
				t.Errorf("still there: %s", strings.Join(found, "\n"))
			}
			parts, err := w.app.engine.Parts(t.Context())
			if err != nil || len(parts) != 2 || parts[0].Rows != 1 || parts[1].Rows != 1 {
				t.Errorf("the other's log record and point are not all that is left: %+v, %v", parts, err)
			}
		})
	}
}

// faulty is the engine and the blob store of a disk that fails at one step.
type faulty struct {
	keep.Engine
	blob.Store
	step string
}

var errFault = errs.Unavailable(time.Second, nil, "the disk fails")

func (f faulty) Doomed(ctx context.Context, t telemetry.Target) (telemetry.Doomed, error) {
	if f.step == "find" {
		return telemetry.Doomed{}, errFault
	}
	return f.Engine.Doomed(ctx, t)
}

func (f faulty) Erase(ctx context.Context, t telemetry.Target) (telemetry.Erased, error) {
	if f.step == "erase" {
		return telemetry.Erased{}, errFault
	}
	return f.Engine.Erase(ctx, t)
}

func (f faulty) Delete(ctx context.Context, p project.ID, d blob.Digest) error {
	if f.step == "blobs" {
		return errFault
	}
	return f.Store.Delete(ctx, p, d)
}

// TestDeletionCutShort stops deletions at each step and finishes them after a restart.
func TestDeletionCutShort(t *testing.T) {
	for _, step := range []string{"find", "erase", "blobs"} {
		t.Run(step, func(t *testing.T) {
			w, victim, other, shared := town(t)
			if err := w.app.labour.runner.Stop(); err != nil {
				t.Fatal(err)
			}
			target := control.Target{User: victim.user}
			d := control.Deletion{ID: id.New(), Project: "default", State: control.Queued, Requested: time.Now().UnixNano(), By: access.Steward(), Target: target}
			if err := w.app.control.Change(t.Context(), d.By, "test", func(tx control.Tx) error { return tx.CreateDeletion(d) }); err != nil {
				t.Fatal(err)
			}
			broken := faulty{w.app.engine, w.app.blobs, step}
			k := keep.New(keep.Options{Store: w.app.control, Engine: broken, Ingest: w.app.ingest, Log: w.app.log, DeadLetters: w.app.letters, Blobs: broken,
				Queue: w.app.labour.runner, Clock: w.app.clock, Logger: w.app.logger})
			if err := k.Handlers()[0].Run(t.Context(), jobs.Call{Key: "default/" + d.ID, Try: 1}); !errors.Is(err, errFault) {
				t.Fatalf("the first try answers %v", err)
			}
			if len(w.holding(victim.large)) == 0 {
				t.Fatal("nothing was left behind, so the test proves nothing")
			}
			w.again()
			got := until(w, "/api/v1/deletions/"+d.ID, func(d api.Deletion) bool { return d.Final() })
			if got.State != "done" || got.Removed.Spans != 2 || got.Removed.Blobs != 2 || got.Target.User != target.Sealed().User {
				t.Fatalf("receipt: %+v", got)
			}
			if found := w.holding(victim.words()...); len(found) > 0 {
				t.Fatalf("still there: %s", strings.Join(found, "\n"))
			}
			other.whole(w, shared)
		})
	}
}

// halfway is an engine whose disk fails after it has erased.
type halfway struct{ keep.Engine }

func (h halfway) Erase(ctx context.Context, t telemetry.Target) (telemetry.Erased, error) {
	out, err := h.Engine.Erase(ctx, t)
	return out, errors.Join(err, errFault)
}

// TestDeletionThatFailsMidway: what went before the disk failed is on the receipt, although the next try finds nothing.
func TestDeletionThatFailsMidway(t *testing.T) {
	w, victim, _, _ := town(t)
	d := control.Deletion{ID: id.New(), Project: "default", State: control.Queued, Requested: time.Now().UnixNano(), By: access.Steward(), Target: control.Target{User: victim.user}}
	if err := w.app.control.Change(t.Context(), d.By, "test", func(tx control.Tx) error { return tx.CreateDeletion(d) }); err != nil {
		t.Fatal(err)
	}
	try := func(e keep.Engine) error {
		k := keep.New(keep.Options{Store: w.app.control, Engine: e, Ingest: w.app.ingest, Log: w.app.log, DeadLetters: w.app.letters, Blobs: w.app.blobs,
			Queue: w.app.labour.runner, Clock: w.app.clock, Logger: w.app.logger})
		return k.Handlers()[0].Run(t.Context(), jobs.Call{Key: "default/" + d.ID, Try: 1})
	}
	if err := try(halfway{w.app.engine}); !errors.Is(err, errFault) {
		t.Fatal(err)
	}
	got := call[api.Deletion](w, http.StatusOK, http.MethodGet, "/api/v1/deletions/"+d.ID, nil)
	if got.State != "running" || got.Removed.Spans != 2 || got.Removed.Scores != 2 || len(got.Partitions) < 3 {
		t.Fatalf("after the first try: %+v", got)
	}
	if err := try(w.app.engine); err != nil {
		t.Fatal(err)
	}
	done := call[api.Deletion](w, http.StatusOK, http.MethodGet, "/api/v1/deletions/"+d.ID, nil)
	if done.State != "done" || done.Removed.Spans != 2 || done.Removed.Blobs != 2 || len(done.Partitions) != len(got.Partitions) {
		t.Fatalf("in the end: %+v", done)
	}
	if found := w.holding(victim.words()...); len(found) > 0 {
		t.Errorf("still there: %s", strings.Join(found, "\n"))
	}
}

// TestDeletionGivenUp says on the receipt why a deletion failed, without naming whom it was about.
func TestDeletionGivenUp(t *testing.T) {
	w, victim, _, _ := town(t)
	d := control.Deletion{ID: id.New(), Project: "default", State: control.Queued, By: access.Steward(), Target: control.Target{User: victim.user}}
	if err := w.app.control.Change(t.Context(), d.By, "test", func(tx control.Tx) error { return tx.CreateDeletion(d) }); err != nil {
		t.Fatal(err)
	}
	broken := faulty{w.app.engine, w.app.blobs, "erase"}
	k := keep.New(keep.Options{Store: w.app.control, Engine: broken, Ingest: w.app.ingest, Log: w.app.log, DeadLetters: w.app.letters, Blobs: broken,
		Queue: w.app.labour.runner, Clock: w.app.clock, Logger: w.app.logger})
	if err := k.Handlers()[0].Run(t.Context(), jobs.Call{Key: "default/" + d.ID, Try: 25, Last: true}); !errors.Is(err, errFault) {
		t.Fatal(err)
	}
	got := call[api.Deletion](w, http.StatusOK, http.MethodGet, "/api/v1/deletions/"+d.ID, nil)
	if got.State != "failed" || got.Error != "the disk fails" || got.Finished == nil || strings.Contains(got.Target.User, victim.user) {
		t.Fatalf("%+v", got)
	}
}

func TestDeletionsRefused(t *testing.T) {
	w := newWorkshop(t)
	for name, in := range map[string]api.NewDeletion{
		"nothing named":    {},
		"two named":        {DeletionTarget: api.DeletionTarget{User: "a", Session: "b"}},
		"no trace id":      {DeletionTarget: api.DeletionTarget{Traces: []string{"abc"}}},
		"endless name":     {DeletionTarget: api.DeletionTarget{User: strings.Repeat("a", 5000)}},
		"too long a story": {DeletionTarget: api.DeletionTarget{User: "a"}, Reason: strings.Repeat("a", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			got := call[api.ErrorBody](w, http.StatusBadRequest, http.MethodPost, "/api/v1/deletions", in)
			if got.Error.Code != "invalid" || got.Error.Message == "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func (w *workshop) keeper(at time.Time) *keep.Keeper {
	return keep.New(keep.Options{Store: w.app.control, Engine: w.app.engine, Ingest: w.app.ingest, Log: w.app.log, DeadLetters: w.app.letters, Blobs: w.app.blobs,
		Queue: w.app.labour.runner, Clock: clock.NewFake(at), Logger: w.app.logger})
}

func TestRetention(t *testing.T) {
	w, old, young := newWorkshop(t), newPerson(), newPerson()
	shared := marker("shared-")
	now := time.Now()
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	old.chat(td, now.Add(-9*24*time.Hour), shared)
	young.chat(td, now.Add(-time.Minute), shared)
	w.sendSpans(td)
	old.logs(ld, now.Add(-9*24*time.Hour))
	young.logs(ld, now.Add(-time.Minute))
	w.sendLogs(ld)
	if err := w.app.ingest.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := func() int {
		from := now.Add(-20 * 24 * time.Hour).UTC().Format(time.RFC3339)
		return len(call[api.List[api.Span]](w, http.StatusOK, http.MethodGet, "/api/v1/spans?from="+from, nil).Items)
	}
	expire := func(at time.Time, r api.Retention) {
		t.Helper()
		call[api.Retention](w, http.StatusOK, http.MethodPut, "/api/v1/projects/default/retention", r)
		if err := w.keeper(at).Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	expire(now, api.Retention{})
	if n := spans(); n != 4 {
		t.Fatalf("for ever left %d spans", n)
	}
	expire(now, api.Retention{SpansDays: 9, LogsDays: 30})
	if n := spans(); n != 4 {
		t.Fatalf("nine whole days have not passed, yet %d spans are left", n)
	}
	expire(now, api.Retention{SpansDays: 8, LogsDays: 30})
	if n := spans(); n != 2 {
		t.Fatalf("%d spans are left, not the young one's 2", n)
	}
	parts := func(kind telemetry.Kind) (n int) {
		all, err := w.app.engine.Parts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Kind == kind {
				n++
			}
		}
		return n
	}
	if parts(telemetry.Spans) != 1 || parts(telemetry.Logs) != 2 {
		t.Fatalf("%d days of spans and %d of logs, not 1 and 2", parts(telemetry.Spans), parts(telemetry.Logs))
	}
	expire(now, api.Retention{SpansDays: 8, LogsDays: 2})
	if parts(telemetry.Logs) != 1 {
		t.Fatalf("%d days of logs, not 1", parts(telemetry.Logs))
	}

	// Blobs go by their own age; the spans that named them stay and can be read.
	expire(now.Add(50*time.Hour), api.Retention{BlobsDays: 1})
	for info, err := range w.app.blobs.List(t.Context(), "default") {
		t.Fatalf("blob %v, %v is left", info, err)
	}
	detail := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+young.trace.String(), nil)
	for _, s := range detail.Items {
		got := call[api.Span](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+young.trace.String()+"/spans/"+s.SpanID, nil)
		if s.Kind == "llm" && len(got.Output) == 0 {
			t.Errorf("the span lost more than the blob: %+v", got)
		}
	}
	// Mapping such a span again would lose what the blob held, so it is left alone.
	if got := w.job(call[api.Job](w, http.StatusAccepted, http.MethodPost, "/api/v1/remap", api.NewRemap{})); got["skipped"] != 1.0 || got["changed"] != 0.0 {
		t.Errorf("remap after blobs expired: %v", got)
	}
}

func TestOrphanSweep(t *testing.T) {
	w, p := newWorkshop(t), newPerson()
	td := ptrace.NewTraces()
	p.chat(td, time.Now().Add(-time.Minute), marker("shared-"))
	w.sendSpans(td)
	if err := w.app.ingest.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	orphan, err := w.app.blobs.Put(t.Context(), "default", strings.NewReader("nobody names me"))
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		for _, err := range w.app.blobs.List(t.Context(), "default") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	named := count() - 1
	if err := w.keeper(time.Now().Add(23 * time.Hour)).SweepBlobs(t.Context()); err != nil || count() != named+1 {
		t.Fatalf("%v; %d blobs within the grace period, not %d", err, count(), named+1)
	}
	if err := w.keeper(time.Now().Add(25 * time.Hour)).SweepBlobs(t.Context()); err != nil || count() != named {
		t.Fatalf("%v; %d blobs are left, not %d", err, count(), named)
	}
	if _, err := w.app.blobs.Stat(t.Context(), "default", blob.Digest(orphan.SHA256)); err == nil {
		t.Fatal("the orphan is still there")
	}
	id, err := trace.ParseID(p.trace.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.look.Span(t.Context(), trace.Key{Project: "default", Trace: id, Span: trace.SpanID{2, p.trace[0]}}); err != nil {
		t.Fatal(err)
	}
}
