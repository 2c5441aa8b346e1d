package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

func sampleKey(id string, p project.ID) access.Key {
	return access.Key{
		ID: id, Name: "name of " + id, Prefix: "stw_12345678", Project: p, Scopes: []access.Scope{access.ScopeIngest, access.ScopeRead},
		Pin: access.Pin{Environment: "production", Release: "r1"}, Owner: access.Actor{ID: id, Kind: access.Service, Name: id},
		Maker: ann, Scheme: access.SHA256, Hash: access.Digest(id), Created: 10, Expires: 1000,
	}
}

func sampleSession(id string, p project.ID) access.BrowserSession {
	return access.BrowserSession{
		ID: id, Hash: access.Digest(id), Who: access.Actor{ID: "who " + id, Kind: access.User, Name: "W"}, Role: access.Developer,
		KeyID: "", Project: p, Created: 10, LastSeen: 11, Expires: 1000, Address: "::1", Agent: "browser",
	}
}

func sampleLink(id string, p project.ID) access.LoginLink {
	return access.LoginLink{ID: id, Hash: access.Digest(id), Name: "Bob", Role: access.Viewer, Project: p, Created: 10, Expires: 1000}
}

func keysKept(t *testing.T, s control.Store) {
	withProjects(t, s)
	k1, k2, k3 := sampleKey("k1", "a"), sampleKey("k2", "a"), sampleKey("k3", "b")
	k2.AllProjects, k2.Prefix = true, "stw_other"
	change(t, s, func(tx control.Tx) error { return errors.Join(tx.CreateKey(k1), tx.CreateKey(k2), tx.CreateKey(k3)) })
	got, err := s.KeyByID(t.Context(), "k2")
	must(t, err)
	same(t, "KeyByID", got, k2)
	list, err := s.KeysByPrefix(t.Context(), "stw_12345678")
	must(t, err)
	if len(list) != 2 {
		t.Errorf("two keys share the prefix, KeysByPrefix answers %d", len(list))
	}
	if list, err := s.KeysByPrefix(t.Context(), "stw_12345"); err != nil || len(list) != 0 {
		t.Errorf("a part of the prefix finds %d keys, %v", len(list), err)
	}
	p, err := s.ListKeys(t.Context(), "a", page.Cursor{}, 1)
	must(t, err)
	same(t, "first page", p.Items, []access.Key{k2})
	p, err = s.ListKeys(t.Context(), "a", p.Next, 1)
	must(t, err)
	same(t, "second page", p.Items, []access.Key{k1})
	if p.Next != (page.Cursor{}) {
		t.Error("the last page has a next one")
	}
	share := sampleKey("k4", "a")
	share.Prefix, share.Scopes, share.Shared = "stw_share", []access.Scope{}, access.Shared{Session: "s"}
	change(t, s, func(tx control.Tx) error { return tx.CreateKey(share) })
	p, err = s.ListShares(t.Context(), "a", page.Cursor{}, 10)
	must(t, err)
	same(t, "shares", p.Items, []access.Key{share})
	if p, err = s.ListKeys(t.Context(), "a", page.Cursor{}, 10); err != nil || len(p.Items) != 2 {
		t.Errorf("with a share beside them there are %d keys, %v", len(p.Items), err)
	}
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.CreateKey(k1) }), errs.CodeConflict)
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.RevokeKey("b", "k1", 5) }), errs.CodeNotFound)
	for _, at := range []int64{50, 60} {
		change(t, s, func(tx control.Tx) error { return tx.RevokeKey("a", "k1", at) })
	}
	got, err = s.KeyByID(t.Context(), "k1")
	if must(t, err); got.Revoked != 50 {
		t.Errorf("revoked twice, at 50 and 60: Revoked = %d", got.Revoked)
	}
	_, err = s.KeyByID(t.Context(), "none")
	wantCode(t, err, errs.CodeNotFound)
}

func sessionsKept(t *testing.T, s control.Store) {
	withProjects(t, s)
	s1, s2, s3 := sampleSession("s1", "a"), sampleSession("s2", "a"), sampleSession("s3", "b")
	s2.LastSeen, s3.AllProjects, s3.KeyID = 12, true, "k"
	change(t, s, func(tx control.Tx) error {
		return errors.Join(tx.CreateSession(s1), tx.CreateSession(s2), tx.CreateSession(s3))
	})
	got, err := s.SessionByHash(t.Context(), s3.Hash)
	must(t, err)
	same(t, "SessionByHash", got, s3)
	_, err = s.SessionByHash(t.Context(), []byte("none"))
	wantCode(t, err, errs.CodeNotFound)
	for _, c := range []struct {
		project project.ID
		who     string
		now     int64
		want    []access.BrowserSession
	}{
		{"a", "", 500, []access.BrowserSession{s2, s1}},
		{"", "", 500, []access.BrowserSession{s2, s3, s1}},
		{"a", "who s1", 500, []access.BrowserSession{s1}},
		{"a", "", 1000, nil},
	} {
		list, err := s.ListSessions(t.Context(), c.project, c.who, c.now)
		must(t, err)
		same(t, fmt.Sprintf("ListSessions(%q, %q, %d)", c.project, c.who, c.now), list, c.want)
	}
	change(t, s, func(tx control.Tx) error { return tx.RevokeSession("s1", 77) })
	got, err = s.SessionByID(t.Context(), "s1")
	if must(t, err); got.Revoked != 77 {
		t.Errorf("Revoked = %d", got.Revoked)
	}
	wantCode(t, s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.RevokeSession("none", 5) }), errs.CodeNotFound)
	late := sampleSession("s4", "a")
	late.Created = late.LastSeen + 3*int64(access.SessionLife)
	change(t, s, func(tx control.Tx) error { return tx.CreateSession(late) })
	_, err = s.SessionByID(t.Context(), "s1")
	wantCode(t, err, errs.CodeNotFound) // long over, cleared away
}

func linksOnce(t *testing.T, s control.Store) {
	withProjects(t, s)
	l := sampleLink("l1", "a")
	change(t, s, func(tx control.Tx) error { return tx.CreateLink(l) })
	got, err := s.LinkByHash(t.Context(), l.Hash)
	must(t, err)
	same(t, "LinkByHash", got, l)
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch err := s.Change(t.Context(), ann, "test", func(tx control.Tx) error { return tx.UseLink("l1", 20) }); errs.CodeOf(err) {
			case "":
				won.Add(1)
			case errs.CodeConflict:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 could use the link", won.Load())
	}
	next := sampleLink("l2", "a")
	next.Created = l.Expires + int64(48*time.Hour)
	change(t, s, func(tx control.Tx) error { return tx.CreateLink(next) })
	_, err = s.LinkByHash(t.Context(), l.Hash)
	wantCode(t, err, errs.CodeNotFound) // long over, cleared away
}

func touchForward(t *testing.T, s control.Store) {
	withProjects(t, s)
	change(t, s, func(tx control.Tx) error {
		return errors.Join(tx.CreateKey(sampleKey("k", "a")), tx.CreateSession(sampleSession("s", "a")))
	})
	before := len(changesIn(t, s, access.ChangeQuery{}))
	for _, at := range []int64{100, 300, 200} {
		must(t, s.Touch(t.Context(), access.Touched{
			Keys: map[string]int64{"k": at, "none": at}, Sessions: map[string]int64{"s": at, "none": at},
		}))
	}
	k, err := s.KeyByID(t.Context(), "k")
	must(t, err)
	b, err := s.SessionByID(t.Context(), "s")
	must(t, err)
	if k.LastUsed != 300 || b.LastSeen != 300 || b.Expires != 300+int64(access.SessionLife) {
		t.Errorf("after touches at 100, 300, 200: key %d, session %d until %d", k.LastUsed, b.LastSeen, b.Expires)
	}
	if n := len(changesIn(t, s, access.ChangeQuery{})); n != before {
		t.Errorf("touching left %d changes", n-before)
	}
}

func noProject(t *testing.T, s control.Store) {
	for name, do := range map[string]func(control.Tx) error{
		"key":       func(tx control.Tx) error { return tx.CreateKey(sampleKey("k", "none")) },
		"session":   func(tx control.Tx) error { return tx.CreateSession(sampleSession("s", "none")) },
		"link":      func(tx control.Tx) error { return tx.CreateLink(sampleLink("l", "none")) },
		"retention": func(tx control.Tx) error { return tx.SetRetention("none", control.Retention{}) },
		"job":       func(tx control.Tx) error { return tx.CreateJob(control.Job{ID: "j", Project: "none"}) },
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, s.Change(t.Context(), ann, "test", do), errs.CodeNotFound)
		})
	}
	_, err := s.Project(t.Context(), "none")
	wantCode(t, err, errs.CodeNotFound)
	_, err = s.Retention(t.Context(), "none")
	wantCode(t, err, errs.CodeNotFound)
}
