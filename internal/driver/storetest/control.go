package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// Control proves that a control store keeps its contract. open answers an empty store and closes it when t ends.
func Control(t *testing.T, open func(t *testing.T) control.Store) {
	for name, test := range map[string]func(*testing.T, control.Store){
		"a unit of work is whole":            unitIsWhole,
		"a change needs actor and reason":    changeNeedsWho,
		"every write leaves one change":      everyWriteNoted,
		"changes are paged, newest first":    changesPaged,
		"units of work queue":                unitsQueue,
		"projects and retention":             projectsAndRetention,
		"a project goes whole":               projectGoes,
		"keys":                               keysKept,
		"browser sessions":                   sessionsKept,
		"sign-in links work once":            linksOnce,
		"touch moves forward only":           touchForward,
		"an import is one per digest":        importPerDigest,
		"price entries":                      priceEntries,
		"jobs":                               jobsKept,
		"deletions":                          deletionsKept,
		"saved views":                        viewsKept,
		"ingest counters add up":             ingestAddsUp,
		"settings and secrets":               settingsAndSecrets,
		"nothing crosses between projects":   nothingCrosses,
		"a project that is not there":        noProject,
		"close twice, and nothing after one": closeTwice,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var ann = access.Actor{ID: "u-1", Kind: access.User, Name: "Ann"}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// change runs fn in a unit of work that must succeed.
func change(t *testing.T, s control.Store, fn func(control.Tx) error) {
	t.Helper()
	must(t, s.Change(t.Context(), ann, "test", fn))
}

// withProjects makes the projects a and b.
func withProjects(t *testing.T, s control.Store) {
	t.Helper()
	change(t, s, func(tx control.Tx) error {
		return errors.Join(tx.CreateProject(project.Project{ID: "a", Title: "A", Created: 1}),
			tx.CreateProject(project.Project{ID: "b", Title: "B", Created: 2}))
	})
}

func changesIn(t *testing.T, s control.Store, q access.ChangeQuery) []access.Change {
	t.Helper()
	list, err := s.ListChanges(t.Context(), q, page.Cursor{}, page.MaxLimit)
	must(t, err)
	return list.Items
}

func unitIsWhole(t *testing.T, s control.Store) {
	stop := errors.New("stop")
	err := s.Change(t.Context(), ann, "test", func(tx control.Tx) error {
		must(t, tx.CreateProject(project.Project{ID: "a"}))
		must(t, tx.SetRetention("a", control.Retention{SpansDays: 3}))
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("Change answered %v, not the error of fn", err)
	}
	_, err = s.Project(t.Context(), "a")
	wantCode(t, err, errs.CodeNotFound)
	if n := len(changesIn(t, s, access.ChangeQuery{})); n != 0 {
		t.Fatalf("%d changes of an undone unit are there", n)
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.Change(t.Context(), ann, "test", func(tx control.Tx) error {
			must(t, tx.CreateProject(project.Project{ID: "a"}))
			panic("in the middle")
		})
	}()
	_, err = s.Project(t.Context(), "a")
	wantCode(t, err, errs.CodeNotFound)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Change(gone, ann, "test", func(control.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Fatalf("Change under an ended context answered %v", err)
	}
	withProjects(t, s) // and the store still works
}

func changeNeedsWho(t *testing.T, s control.Store) {
	ran := func(control.Tx) error { t.Error("fn ran"); return nil }
	wantCode(t, s.Change(t.Context(), access.Actor{}, "why", ran), errs.CodeInvalid)
	wantCode(t, s.Change(t.Context(), ann, "  ", ran), errs.CodeInvalid)
}

func everyWriteNoted(t *testing.T, s control.Store) {
	withProjects(t, s)
	secretText := []byte("do not write me down")
	writes := []struct {
		action, kind string
		do           func(control.Tx) error
	}{
		{"retention.set", "retention", func(tx control.Tx) error { return tx.SetRetention("a", control.Retention{LogsDays: 1}) }},
		{"key.create", "key", func(tx control.Tx) error { return tx.CreateKey(sampleKey("k", "a")) }},
		{"key.revoke", "key", func(tx control.Tx) error { return tx.RevokeKey("a", "k", 9) }},
		{"session.create", "session", func(tx control.Tx) error { return tx.CreateSession(sampleSession("s", "a")) }},
		{"session.revoke", "session", func(tx control.Tx) error { return tx.RevokeSession("s", 9) }},
		{"login-link.create", "login-link", func(tx control.Tx) error { return tx.CreateLink(sampleLink("l", "a")) }},
		{"login-link.use", "login-link", func(tx control.Tx) error { return tx.UseLink("l", 9) }},
		{"price-entry.create", "price-entry", func(tx control.Tx) error {
			return tx.CreatePriceEntry(control.PriceEntry{ID: "p", Project: "a", Data: []byte(`{}`)})
		}},
		{"price-entry.remove", "price-entry", func(tx control.Tx) error { return tx.RemovePriceEntry("a", "p", 9) }},
		{"import.create", "import", func(tx control.Tx) error {
			_, err := tx.CreateImport(control.Import{ID: "i", Project: "a", Digest: "d"})
			return err
		}},
		{"data.delete", "deletion", func(tx control.Tx) error { return tx.CreateDeletion(control.Deletion{ID: "d", Project: "a"}) }},
		{"deletion.finish", "deletion", func(tx control.Tx) error {
			return tx.FinishDeletion(control.Deletion{ID: "d", Project: "a", State: control.Done})
		}},
		{"job.create", "job", func(tx control.Tx) error {
			return tx.CreateJob(control.Job{ID: "j", Project: "a", Params: []byte(`{}`)})
		}},
		{"job.finish", "job", func(tx control.Tx) error {
			return tx.FinishJob(control.Job{ID: "j", Project: "a", State: control.Done})
		}},
		{"view.create", "view", func(tx control.Tx) error { return tx.CreateView(control.View{ID: "v", Project: "a", Name: "n"}) }},
		{"view.update", "view", func(tx control.Tx) error { return tx.UpdateView(control.View{ID: "v", Project: "a", Name: "m"}) }},
		{"view.remove", "view", func(tx control.Tx) error { return tx.RemoveView("a", "v") }},
		{"setting.set", "setting", func(tx control.Tx) error { return tx.SetSetting("a", "x", []byte(`1`)) }},
		{"setting.remove", "setting", func(tx control.Tx) error { return tx.SetSetting("a", "x", nil) }},
		{"secret.set", "secret", func(tx control.Tx) error { return tx.SetSecret("a", "x", secretText) }},
		{"secret.remove", "secret", func(tx control.Tx) error { return tx.SetSecret("a", "x", nil) }},
	}
	for _, w := range writes {
		before := changesIn(t, s, access.ChangeQuery{})
		must(t, s.Change(t.Context(), ann, "because "+w.action, w.do))
		after := changesIn(t, s, access.ChangeQuery{})
		if len(after) != len(before)+1 {
			t.Fatalf("%s left %d changes, want 1", w.action, len(after)-len(before))
		}
		c := after[0]
		if c.Action != w.action || c.Kind != w.kind || c.Name == "" || c.Actor != ann || c.Reason != "because "+w.action ||
			c.Project != "a" || c.Time == 0 || !id.Valid(c.ID) {
			t.Errorf("%s left the change %+v", w.action, c)
		}
		if text := fmt.Sprintf("%s %+v", c.Details, c); strings.Contains(text, string(secretText)) {
			t.Errorf("%s wrote the secret down: %s", w.action, text)
		}
	}
	// What changes nothing leaves nothing.
	before := len(changesIn(t, s, access.ChangeQuery{}))
	change(t, s, func(tx control.Tx) error {
		_, err := tx.CreateImport(control.Import{ID: "other", Project: "a", Digest: "d"})
		return errors.Join(err, tx.RevokeKey("a", "k", 10), tx.RevokeSession("s", 10), tx.RemovePriceEntry("a", "p", 10),
			tx.SetSetting("a", "gone", nil), tx.SetSecret("a", "gone", nil))
	})
	if after := len(changesIn(t, s, access.ChangeQuery{})); after != before {
		t.Errorf("writes without effect left %d changes", after-before)
	}
}

func changesPaged(t *testing.T, s control.Store) {
	withProjects(t, s)
	for i := range 7 {
		change(t, s, func(tx control.Tx) error { return tx.SetSetting("a", fmt.Sprintf("n%d", i), []byte(`1`)) })
	}
	change(t, s, func(tx control.Tx) error { return tx.SetSetting("", "everywhere", []byte(`1`)) })
	var names []string
	var after page.Cursor
	for {
		p, err := s.ListChanges(t.Context(), access.ChangeQuery{Project: "a", Installation: true}, after, 3)
		must(t, err)
		for _, c := range p.Items {
			names = append(names, c.Name)
		}
		if after = p.Next; after == (page.Cursor{}) {
			break
		}
	}
	if want := []string{"everywhere", "n6", "n5", "n4", "n3", "n2", "n1", "n0", "a"}; !slices.Equal(names, want) {
		t.Errorf("pages hold %v, want %v", names, want)
	}
	if got := changesIn(t, s, access.ChangeQuery{Project: "a", Kind: "setting", Name: "n3"}); len(got) != 1 {
		t.Errorf("narrowed to one thing: %d changes, want 1", len(got))
	}
	if got := changesIn(t, s, access.ChangeQuery{Project: "b", Installation: false}); len(got) != 1 {
		t.Errorf("of project b: %d changes, want 1", len(got))
	}
}

func unitsQueue(t *testing.T, s control.Store) {
	withProjects(t, s)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				err := s.Change(t.Context(), ann, "test", func(tx control.Tx) error {
					return tx.SetSetting("a", fmt.Sprintf("%d-%d", i, j), []byte(`true`))
				})
				if err != nil {
					t.Error(err)
				}
				if _, err := s.Setting(t.Context(), "a", fmt.Sprintf("%d-%d", i, j)); err != nil {
					t.Error("a change that returned is not seen:", err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(changesIn(t, s, access.ChangeQuery{Kind: "setting"})); n != 80 {
		t.Errorf("%d changes, want 80", n)
	}
}

func projectsAndRetention(t *testing.T, s control.Store) {
	withProjects(t, s)
	list, err := s.Projects(t.Context())
	must(t, err)
	if want := []project.Project{{ID: "a", Title: "A", Created: 1}, {ID: "b", Title: "B", Created: 2}}; !slices.Equal(list, want) {
		t.Errorf("Projects = %v", list)
	}
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error {
		return tx.CreateProject(project.Project{ID: "a"})
	}), errs.CodeConflict)
	r, err := s.Retention(t.Context(), "a")
	must(t, err)
	if r != control.DefaultRetention() {
		t.Errorf("a new project's retention is %+v", r)
	}
	want := control.Retention{SpansDays: 1, LogsDays: 2, MetricsDays: 3, ScoresDays: 4, BlobsDays: 5}
	for _, v := range []control.Retention{{SpansDays: 9}, want} {
		change(t, s, func(tx control.Tx) error { return tx.SetRetention("a", v) })
	}
	r, err = s.Retention(t.Context(), "a")
	must(t, err)
	if r != want {
		t.Errorf("Retention = %+v, want %+v", r, want)
	}
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error {
		return tx.SetRetention("a", control.Retention{SpansDays: -1})
	}), errs.CodeInvalid)
}

func settingsAndSecrets(t *testing.T, s control.Store) {
	withProjects(t, s)
	_, err := s.Setting(t.Context(), "a", "x")
	wantCode(t, err, errs.CodeNotFound)
	_, err = s.Secret(t.Context(), "a", "x")
	wantCode(t, err, errs.CodeNotFound)
	for _, v := range []string{`{"old":1}`, `{"new":2}`} {
		change(t, s, func(tx control.Tx) error {
			return errors.Join(tx.SetSetting("a", "x", []byte(v)), tx.SetSecret("a", "x", []byte("\x00"+v)))
		})
	}
	v, err := s.Setting(t.Context(), "a", "x")
	if must(t, err); string(v) != `{"new":2}` {
		t.Errorf("Setting = %s", v)
	}
	v, err = s.Secret(t.Context(), "a", "x")
	if must(t, err); string(v) != "\x00{\"new\":2}" {
		t.Errorf("Secret = %q", v)
	}
	change(t, s, func(tx control.Tx) error {
		return errors.Join(tx.SetSetting("a", "x", nil), tx.SetSecret("a", "x", nil))
	})
	_, err = s.Setting(t.Context(), "a", "x")
	wantCode(t, err, errs.CodeNotFound)
	_, err = s.Secret(t.Context(), "a", "x")
	wantCode(t, err, errs.CodeNotFound)
}

func closeTwice(t *testing.T, s control.Store) {
	withProjects(t, s)
	must(t, s.Purge(t.Context()))
	must(t, s.Close())
	must(t, s.Close())
	if err := s.Change(t.Context(), ann, "test", func(control.Tx) error { return nil }); err == nil {
		t.Error("a closed store took a change")
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
