package storetest

import (
	"errors"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// projectGoes deletes a project that has some of everything, next to one that has the same.
func projectGoes(t *testing.T, s control.Store) {
	withProjects(t, s)
	fill := func(p project.ID) {
		x := string(p)
		change(t, s, func(tx control.Tx) error {
			_, err := tx.CreateImport(control.Import{ID: "i" + x, Project: p, Digest: "d"})
			return errors.Join(err, tx.SetRetention(p, control.Retention{SpansDays: 3}), tx.CreateKey(sampleKey("k"+x, p)), tx.CreateSession(sampleSession("s"+x, p)),
				tx.CreateLink(sampleLink("l"+x, p)), tx.CreatePriceEntry(control.PriceEntry{ID: "p" + x, Project: p, Data: []byte(`{}`), By: ann}),
				tx.CreateDeletion(control.Deletion{ID: "d" + x, Project: p, State: control.Queued, By: ann}),
				tx.CreateJob(control.Job{ID: "j" + x, Project: p, State: control.Queued, Params: []byte(`{}`), By: ann}),
				tx.SetSetting(p, "x", []byte(`1`)), tx.SetSecret(p, "x", []byte("plain")))
		})
		must(t, s.AddIngest(t.Context(), []control.IngestDay{{Project: p, Day: "2026-01-01", Signal: "spans", Received: 1, Rejected: map[string]int64{"r": 1}}}))
	}
	has := func(p project.ID) (found int) {
		ctx, x := t.Context(), string(p)
		count := func(n int, err error) {
			if err != nil {
				wantCode(t, err, errs.CodeNotFound)
				return
			}
			found += n
		}
		is := func(err error) { count(1, err) }
		_, err := s.Project(ctx, p)
		is(err)
		_, err = s.ImportOf(ctx, p, "d")
		is(err)
		_, err = s.KeyByID(ctx, "k"+x)
		is(err)
		_, err = s.SessionByID(ctx, "s"+x)
		is(err)
		_, err = s.LinkByHash(ctx, sampleLink("l"+x, p).Hash)
		is(err)
		_, err = s.PriceEntry(ctx, p, "p"+x)
		is(err)
		_, err = s.Deletion(ctx, p, "d"+x)
		is(err)
		_, err = s.Job(ctx, p, "j"+x)
		is(err)
		_, err = s.Setting(ctx, p, "x")
		is(err)
		_, err = s.Secret(ctx, p, "x")
		is(err)
		days, err := s.Ingest(ctx, p, "")
		count(len(days), err)
		if r, err := s.Retention(ctx, p); err == nil && r != control.DefaultRetention() {
			found++
		}
		return found
	}
	fill("a")
	fill("b")
	const everything = 12
	if a, b := has("a"), has("b"); a != everything || b != everything {
		t.Fatalf("the projects have %d and %d things, not %d", a, b, everything)
	}
	noted := len(changesIn(t, s, access.ChangeQuery{Project: "a"}))
	change(t, s, func(tx control.Tx) error { return tx.DeleteProject("a") })
	if a, b := has("a"), has("b"); a != 0 || b != everything {
		t.Errorf("after the deletion of one the projects have %d and %d things, not 0 and %d", a, b, everything)
	}
	if n := len(changesIn(t, s, access.ChangeQuery{Project: "a"})); n != noted {
		t.Errorf("%d of %d changes of the project are left", n, noted)
	}
	last, err := s.ListChanges(t.Context(), access.ChangeQuery{Kind: "project", Name: "a"}, page.Cursor{}, 1)
	if must(t, err); len(last.Items) != 1 || last.Items[0].Action != "project.delete" || last.Items[0].Project != "" || last.Items[0].Actor != ann {
		t.Errorf("the deletion is noted as %+v", last.Items)
	}
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.DeleteProject("a") }), errs.CodeNotFound)
	must(t, s.ForgetIngest(t.Context(), "b"))
	if has("b") != everything-1 {
		t.Error("the counts are not forgotten, or more than these")
	}
	change(t, s, func(tx control.Tx) error { return tx.CreateProject(project.Project{ID: "a"}) })
	if n := has("a"); n != 1 {
		t.Errorf("a new project of that name has %d things", n)
	}
}
