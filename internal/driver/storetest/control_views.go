package storetest

import (
	"errors"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
)

func viewsKept(t *testing.T, s control.Store) {
	withProjects(t, s)
	bob := access.Actor{ID: "u-2", Kind: access.User, Name: "Bob"}
	shared := control.View{ID: "v1", Project: "a", List: control.ViewTraces, Name: "slow", Filter: "duration>2s", Environment: "production", Period: "7d",
		Sort: "-duration", Columns: []control.ViewColumn{{ID: "name", Width: 240}, {ID: "cost"}}, Shared: true, Owner: ann, Created: 1, Updated: 1}
	mine, his, sessions := shared, shared, shared
	mine.ID, mine.Shared, mine.Columns = "v2", false, nil
	his.ID, his.Shared, his.Owner = "v3", false, bob
	sessions.ID, sessions.List = "v4", control.ViewSessions
	change(t, s, func(tx control.Tx) error {
		return errors.Join(tx.CreateView(shared), tx.CreateView(mine), tx.CreateView(his), tx.CreateView(sessions))
	})
	list, err := s.Views(t.Context(), "a", control.ViewTraces)
	must(t, err)
	same(t, "Views", list, []control.View{shared, mine, his})
	for _, taken := range []control.View{shared, mine} {
		taken.ID = "v9"
		wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.CreateView(taken) }), errs.CodeConflict)
	}
	mine.Name, mine.Filter, mine.Columns, mine.Updated = "a slow one", "", []control.ViewColumn{{ID: "user"}}, 5
	change(t, s, func(tx control.Tx) error { return tx.UpdateView(mine) })
	got, err := s.View(t.Context(), "a", "v2")
	must(t, err)
	same(t, "a view that was changed", got, mine)
	list, err = s.Views(t.Context(), "a", control.ViewTraces)
	must(t, err)
	same(t, "Views by name", list, []control.View{mine, shared, his})

	_, err = s.View(t.Context(), "b", "v1")
	wantCode(t, err, errs.CodeNotFound)
	elsewhere := mine
	elsewhere.Project = "b"
	for _, write := range []func(control.Tx) error{
		func(tx control.Tx) error { return tx.RemoveView("b", "v1") },
		func(tx control.Tx) error { return tx.UpdateView(elsewhere) },
	} {
		wantCode(t, s.Change(t.Context(), ann, "test", write), errs.CodeNotFound)
	}
	change(t, s, func(tx control.Tx) error { return tx.RemoveView("a", "v1") })
	_, err = s.View(t.Context(), "a", "v1")
	wantCode(t, err, errs.CodeNotFound)
}
