package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/jobs"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/work/identity"
	"steward/internal/work/ingest"
	"steward/internal/work/keep"
)

// stuck is the engine and the blob store of a disk that fails when it removes one kind.
type stuck struct {
	keep.Engine
	blob.Store
	at string
}

func (s stuck) Expire(ctx context.Context, p project.ID, kind telemetry.Kind, before time.Time) (telemetry.Erased, error) {
	if string(kind) == s.at {
		return telemetry.Erased{}, errFault
	}
	return s.Engine.Expire(ctx, p, kind, before)
}

func (s stuck) Delete(ctx context.Context, p project.ID, d blob.Digest) error {
	if s.at == "blobs" {
		return errFault
	}
	return s.Store.Delete(ctx, p, d)
}

// shop fills a project of its own beside the project default; somebody in default stays.
func shop(t *testing.T) (w *workshop, gone, stays *person, shared string) {
	w, gone, stays, shared = newWorkshop(t), newPerson(), newPerson(), marker("shared-")
	call[api.Project](w, http.StatusCreated, http.MethodPost, "/api/v1/projects", api.NewProject{ID: "shop"})
	operator := access.Principal{ID: "operator", Kind: access.OperatorAccount, AllProjects: true, Actions: access.Everything(), Project: "shop"}
	_, key, err := w.app.identity.CreateKey(t.Context(), operator, identity.NewKey{Project: "shop", Name: "shop", Scopes: []string{"operate", "ingest"}, Reason: "test"})
	if err != nil {
		t.Fatal(err)
	}
	now, own := time.Now().Add(-time.Minute), w.key
	for _, x := range []struct {
		p   *person
		key string
	}{{stays, own}, {gone, key}} {
		w.key = x.key
		td, ld := ptrace.NewTraces(), plog.NewLogs()
		x.p.chat(td, now, shared)
		x.p.logs(ld, now)
		w.sendLogs(ld)
		w.sendSpans(td)
		x.p.scores(w)
	}
	w.key = own
	if err := w.app.ingest.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, gone, stays, shared
}

// TestProjectDeletionCutShort stops the deletion of a project at each kind of record and finishes it after a restart.
func TestProjectDeletionCutShort(t *testing.T) {
	for _, at := range []string{"spans", "scores", "blobs"} {
		t.Run(at, func(t *testing.T) {
			w, gone, stays, shared := shop(t)
			if err := w.app.labour.runner.Stop(); err != nil {
				t.Fatal(err)
			}
			d, err := w.app.labour.keeper.DeleteProject(t.Context(), keep.ProjectRequest{Project: "shop", By: access.Steward(), Reason: "test"})
			if d.ID == "" { // an error says only that the stopped runner takes no job
				t.Fatal(err)
			}
			got := call[api.ErrorBody](w, http.StatusConflict, http.MethodPost, "/api/v1/projects", api.NewProject{ID: "shop"})
			if !strings.Contains(got.Error.Message, d.ID) {
				t.Errorf("a project that is being deleted is made again: %+v", got)
			}
			broken := stuck{w.app.engine, w.app.blobs, at}
			k := keep.New(keep.Options{Store: w.app.control, Engine: broken, Ingest: w.app.ingest, Log: w.app.log, DeadLetters: w.app.letters, Blobs: broken,
				Queue: w.app.labour.runner, Clock: w.app.clock, Logger: w.app.logger})
			if err := k.Handlers()[0].Run(t.Context(), jobs.Call{Key: "default/" + d.ID, Try: 1}); !errors.Is(err, errFault) {
				t.Fatalf("the first try answers %v", err)
			}
			if len(w.holding(gone.large)) == 0 {
				t.Fatal("nothing was left behind, so the test proves nothing")
			}
			w.again()
			out := until(w, "/api/v1/deletions/"+d.ID, func(d api.Deletion) bool { return d.Final() })
			if out.State != "done" || out.Removed.Spans != 2 || out.Removed.Scores != 2 || out.Removed.Blobs != 3 || out.Target.Project != "shop" {
				t.Fatalf("receipt: %+v", out)
			}
			if found := w.holding(gone.words()...); len(found) > 0 {
				t.Fatalf("still there: %s", strings.Join(found, "\n"))
			}
			stays.whole(w, shared)
		})
	}
}

// TestDeletedProjectTakesNothingIn lets a request come that was let in before its project was deleted.
func TestDeletedProjectTakesNothingIn(t *testing.T) {
	w, gone, stays, shared := shop(t)
	d := call[api.Deletion](w, http.StatusAccepted, http.MethodDelete, "/api/v1/projects/shop", nil)
	until(w, "/api/v1/deletions/"+d.ID, func(d api.Deletion) bool { return d.Final() })
	late := func() error {
		td := ptrace.NewTraces()
		gone.chat(td, time.Now().Add(-time.Second), shared)
		body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.app.ingest.Traces(t.Context(), ingest.Source{Project: "shop", Key: "of before"}, body)
		return err
	}
	if err := late(); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("a late request is answered %v", err)
	}
	if found := w.holding(gone.words()...); len(found) > 0 {
		t.Fatalf("there again: %s", strings.Join(found, "\n"))
	}
	stays.whole(w, shared)
	call[api.Project](w, http.StatusCreated, http.MethodPost, "/api/v1/projects", api.NewProject{ID: "shop"})
	if err := late(); err != nil {
		t.Errorf("the new project of that name takes nothing in: %v", err)
	}
	if got := call[api.ErrorBody](w, http.StatusBadRequest, http.MethodDelete, "/api/v1/projects/default", nil); got.Error.Code != "invalid" {
		t.Errorf("deleting default: %+v", got)
	}
}
