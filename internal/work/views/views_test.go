package views_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/secretbox"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/driver/sqlite"
	"steward/internal/work/views"
)

var (
	ann = access.Principal{ID: "ann", Kind: access.User, Name: "Ann"}
	bob = access.Principal{ID: "bob", Kind: access.User, Name: "Bob"}
)

func open(t *testing.T) *views.Service {
	t.Helper()
	box, err := secretbox.New(bytes.Repeat([]byte{1}, secretbox.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "control.db"), Box: box, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	err = store.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error {
		return tx.CreateProject(project.Project{ID: "shop", Title: "Shop"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return views.New(store, c)
}

func save(t *testing.T, s *views.Service, who access.Principal, v control.View) control.View {
	t.Helper()
	v.Project, v.List = "shop", control.ViewTraces
	out, err := s.Create(t.Context(), who, v, "test")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func names(t *testing.T, s *views.Service, who access.Principal) (out string) {
	t.Helper()
	list, err := s.List(t.Context(), who, "shop", control.ViewTraces)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		out += v.Name + " "
	}
	return out
}

func want(t *testing.T, err error, code errs.Code) {
	t.Helper()
	if errs.CodeOf(err) != code {
		t.Fatalf("error is %v, want code %s", err, code)
	}
}

func TestPrivateViewsAreTheirOwnersAlone(t *testing.T) {
	s := open(t)
	mine := save(t, s, ann, control.View{Name: "mine"})
	save(t, s, ann, control.View{Name: "ours", Shared: true})
	if a, b := names(t, s, ann), names(t, s, bob); a != "mine ours " || b != "ours " {
		t.Fatalf("Ann sees %q, Bob %q", a, b)
	}
	_, err := s.Update(t.Context(), bob, mine, "test")
	want(t, err, errs.CodeNotFound)
	want(t, s.Remove(t.Context(), bob, "shop", mine.ID, "test"), errs.CodeNotFound)
	if err := s.Remove(t.Context(), ann, "shop", mine.ID, "test"); err != nil {
		t.Fatal(err)
	}
}

func TestSharedViewsAreEverybodysToChangeButNotToHide(t *testing.T) {
	s := open(t)
	v := save(t, s, ann, control.View{Name: "ours", Shared: true})
	v.Filter = "status:error"
	got, err := s.Update(t.Context(), bob, v, "test")
	if err != nil || got.Owner.ID != "ann" || got.Filter != "status:error" {
		t.Fatalf("%+v, %v", got, err)
	}
	v.Shared = false
	_, err = s.Update(t.Context(), bob, v, "test")
	want(t, err, errs.CodeForbidden)
	if _, err = s.Update(t.Context(), ann, v, "test"); err != nil {
		t.Fatal(err)
	}
	if b := names(t, s, bob); b != "" {
		t.Fatalf("Bob still sees %q", b)
	}
}

func TestWhatCannotShowIsRefused(t *testing.T) {
	s := open(t)
	good := control.View{Project: "shop", List: control.ViewTraces, Name: "n"}
	for what, spoil := range map[string]func(*control.View){
		"no name":           func(v *control.View) { v.Name = "" },
		"a name of spaces":  func(v *control.View) { v.Name = " n" },
		"an unknown list":   func(v *control.View) { v.List = "scores" },
		"a broken filter":   func(v *control.View) { v.Filter = "(status:error" },
		"an unknown sort":   func(v *control.View) { v.Sort = "-name" },
		"an unknown period": func(v *control.View) { v.Period = "soon" },
		"a column twice":    func(v *control.View) { v.Columns = []control.ViewColumn{{ID: "cost"}, {ID: "cost"}} },
		"a negative width":  func(v *control.View) { v.Columns = []control.ViewColumn{{ID: "cost", Width: -1}} },
	} {
		t.Run(what, func(t *testing.T) {
			v := good
			spoil(&v)
			_, err := s.Create(t.Context(), ann, v, "test")
			want(t, err, errs.CodeInvalid)
		})
	}
}

func TestStartersCanBeShownAndNotChanged(t *testing.T) {
	s := open(t)
	for _, v := range views.Starters(control.ViewTraces, control.ViewSessions) {
		if err := v.Check(); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if _, err := filter.Parse(v.Filter); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		want(t, s.Remove(t.Context(), ann, "shop", v.ID, "test"), errs.CodeInvalid)
	}
}
