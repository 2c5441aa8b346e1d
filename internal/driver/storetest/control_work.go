package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
)

func importPerDigest(t *testing.T, s control.Store) {
	withProjects(t, s)
	first := control.Import{
		ID: "i1", Project: "a", Digest: "d", Format: "jsonl", Name: "f", BaseTime: 5, Total: 10, State: control.ImportRunning, Created: 1, Updated: 1,
	}
	again := first
	again.ID, again.BaseTime = "i2", 99
	elsewhere := again
	elsewhere.Project = "b"
	for _, c := range []struct{ in, want control.Import }{{first, first}, {again, first}, {elsewhere, elsewhere}} {
		change(t, s, func(tx control.Tx) error {
			got, err := tx.CreateImport(c.in)
			same(t, "CreateImport", got, c.want)
			return err
		})
	}
	first.Done, first.State, first.Updated = 7, control.ImportDone, 8
	must(t, s.SaveImport(t.Context(), first))
	back := first
	back.Done = 3
	must(t, s.SaveImport(t.Context(), back))
	got, err := s.Import(t.Context(), "a", "i1")
	must(t, err)
	same(t, "Import", got, first)
	wantCode(t, s.SaveImport(t.Context(), control.Import{ID: "none", Project: "a"}), errs.CodeNotFound)
}

func priceEntries(t *testing.T, s control.Store) {
	withProjects(t, s)
	e1 := control.PriceEntry{ID: "p1", Project: "a", Data: []byte(`{"model":"m","input":"0.1"}`), By: ann, Created: 1}
	e2 := control.PriceEntry{ID: "p2", Project: "a", Data: []byte(`{}`), By: ann, Created: 2}
	change(t, s, func(tx control.Tx) error { return errors.Join(tx.CreatePriceEntry(e1), tx.CreatePriceEntry(e2)) })
	list, err := s.PriceEntries(t.Context(), "a")
	must(t, err)
	same(t, "PriceEntries", list, []control.PriceEntry{e1, e2})
	change(t, s, func(tx control.Tx) error { return tx.RemovePriceEntry("a", "p1", 9) })
	list, err = s.PriceEntries(t.Context(), "a")
	must(t, err)
	same(t, "PriceEntries after a removal", list, []control.PriceEntry{e2})
	got, err := s.PriceEntry(t.Context(), "a", "p1")
	must(t, err)
	e1.Removed = 9
	same(t, "a removed entry stays readable", got, e1)
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.RemovePriceEntry("a", "none", 9) }), errs.CodeNotFound)
}

func jobsKept(t *testing.T, s control.Store) {
	withProjects(t, s)
	j1 := control.Job{ID: "j1", Project: "a", Kind: "remap", Params: []byte(`{"from":1}`), State: control.Queued, By: ann, Created: 1}
	j2 := control.Job{ID: "j2", Project: "b", Kind: "reprice", Params: []byte(`{}`), State: control.Queued, By: ann, Created: 2}
	change(t, s, func(tx control.Tx) error { return errors.Join(tx.CreateJob(j1), tx.CreateJob(j2)) })
	open, err := s.OpenJobs(t.Context())
	must(t, err)
	same(t, "OpenJobs", open, []control.Job{j1, j2})
	j1.State, j1.Started, j1.Done, j1.Total, j1.Checkpoint = control.Running, 3, 4, 10, []byte(`{"day":"x"}`)
	must(t, s.SaveJob(t.Context(), j1))
	got, err := s.Job(t.Context(), "a", "j1")
	must(t, err)
	same(t, "a running job", got, j1)
	j1.State, j1.Done, j1.Result, j1.Finished = control.Done, 10, []byte(`{"changed":3}`), 20
	change(t, s, func(tx control.Tx) error { return tx.FinishJob(j1) })
	got, err = s.Job(t.Context(), "a", "j1")
	must(t, err)
	same(t, "a finished job", got, j1)
	open, err = s.OpenJobs(t.Context())
	must(t, err)
	same(t, "OpenJobs after one finished", open, []control.Job{j2})
	j3 := j2
	j3.ID, j3.Project = "j3", "a"
	change(t, s, func(tx control.Tx) error { return tx.CreateJob(j3) })
	list, err := s.Jobs(t.Context(), "a", "", 1)
	must(t, err)
	same(t, "first page of Jobs", list, []control.Job{j3})
	list, err = s.Jobs(t.Context(), "a", "j3", 5)
	must(t, err)
	same(t, "second page of Jobs", list, []control.Job{j1})
	wantCode(t, s.SaveJob(t.Context(), control.Job{ID: "none", Project: "a"}), errs.CodeNotFound)
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error {
		return tx.FinishJob(control.Job{ID: "j2", Project: "a"})
	}), errs.CodeNotFound)
}

func deletionsKept(t *testing.T, s control.Store) {
	withProjects(t, s)
	d := control.Deletion{
		ID: "d1", Project: "a", State: control.Queued, Requested: 1, By: ann, Reason: "asked by mail", Target: control.Target{Traces: []string{"t1", "t2"}},
	}
	change(t, s, func(tx control.Tx) error { return tx.CreateDeletion(d) })
	open, err := s.OpenDeletions(t.Context())
	must(t, err)
	same(t, "OpenDeletions", open, []control.Deletion{d})
	d.State, d.Removed.Spans, d.Partitions = control.Running, 3, []string{"2026-01-02"}
	must(t, s.SaveDeletion(t.Context(), d))
	got, err := s.Deletion(t.Context(), "a", "d1")
	must(t, err)
	same(t, "a running deletion", got, d)
	d.State, d.Finished, d.Backups = control.Done, 9, []string{"monday"}
	d.Target.Traces = d.Target.Traces[:1]
	d.Removed = control.Removed{Spans: 3, Scores: 1, Logs: 2, Metrics: 4, Blobs: 5, IntakeRecords: 6}
	change(t, s, func(tx control.Tx) error { return tx.FinishDeletion(d) })
	list, err := s.Deletions(t.Context(), "a", "", 10)
	must(t, err)
	same(t, "Deletions", list, []control.Deletion{d})
	open, err = s.OpenDeletions(t.Context())
	must(t, err)
	same(t, "OpenDeletions after it finished", len(open), 0)
	byUser := control.Deletion{ID: "d2", Project: "a", State: control.Queued, By: ann, Reason: "asked", Target: control.Target{User: "bob@example.org"}}
	change(t, s, func(tx control.Tx) error { return tx.CreateDeletion(byUser) })
	changes, err := s.ListChanges(t.Context(), access.ChangeQuery{Project: "a", Kind: "deletion", Name: "d2"}, page.Cursor{}, 1)
	must(t, err)
	if text := fmt.Sprint(changes.Items); strings.Contains(text, "bob@") || !strings.Contains(text, byUser.Target.Sealed().User) {
		t.Errorf("the change must name the sealed target alone: %s", text)
	}
	wantCode(t, s.SaveDeletion(t.Context(), control.Deletion{ID: "none", Project: "a"}), errs.CodeNotFound)
}

func ingestAddsUp(t *testing.T, s control.Store) {
	d := control.IngestDay{
		Project: "a", Day: "2026-01-02", Signal: "spans", Received: 10, Stored: 7, Duplicates: 1, Conflicts: 1, Unmapped: 2,
		Rejected: map[string]int64{"no trace id": 1},
	}
	other := control.IngestDay{Project: "a", Day: "2026-01-01", Signal: "logs", Received: 1, Stored: 1}
	elsewhere := control.IngestDay{Project: "b", Day: "2026-01-02", Signal: "spans", Received: 5, Rejected: map[string]int64{"x": 5}}
	must(t, s.AddIngest(t.Context(), []control.IngestDay{d, other, elsewhere}))
	must(t, s.AddIngest(t.Context(), []control.IngestDay{{
		Project: "a", Day: "2026-01-02", Signal: "spans", Received: 1, Rejected: map[string]int64{"no trace id": 2, "too old": 1},
	}}))
	d.Received, d.Rejected = 11, map[string]int64{"no trace id": 3, "too old": 1}
	other.Rejected = map[string]int64{}
	all, err := s.Ingest(t.Context(), "a", "")
	must(t, err)
	same(t, "Ingest", all, []control.IngestDay{other, d})
	today, err := s.Ingest(t.Context(), "a", "2026-01-02")
	must(t, err)
	same(t, "Ingest of a day", today, []control.IngestDay{d})
}

// nothingCrosses asks project b for what belongs to a.
func nothingCrosses(t *testing.T, s control.Store) {
	withProjects(t, s)
	change(t, s, func(tx control.Tx) error {
		_, err := tx.CreateImport(control.Import{ID: "i", Project: "a", Digest: "d"})
		return errors.Join(err, tx.CreateJob(control.Job{ID: "j", Project: "a", Params: []byte(`{}`)}),
			tx.CreateDeletion(control.Deletion{ID: "d", Project: "a"}),
			tx.CreatePriceEntry(control.PriceEntry{ID: "p", Project: "a", Data: []byte(`{}`)}),
			tx.SetSetting("a", "x", []byte(`1`)), tx.SetSecret("a", "x", []byte("1")))
	})
	ctx := t.Context()
	for name, ask := range map[string]func() error{
		"import":      func() error { _, err := s.Import(ctx, "b", "i"); return err },
		"job":         func() error { _, err := s.Job(ctx, "b", "j"); return err },
		"deletion":    func() error { _, err := s.Deletion(ctx, "b", "d"); return err },
		"price entry": func() error { _, err := s.PriceEntry(ctx, "b", "p"); return err },
		"setting":     func() error { _, err := s.Setting(ctx, "b", "x"); return err },
		"secret":      func() error { _, err := s.Secret(ctx, "b", "x"); return err },
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, ask(), errs.CodeNotFound) })
	}
}
