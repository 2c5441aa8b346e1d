package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/base/secretbox"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/driver/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a service on a real store, just started for the first time.
type house struct {
	*Service
	store    *sqlite.Store
	clock    *clock.Fake
	operator string // the key's text
	welcome  Welcome
}

func newHouse(t *testing.T) *house {
	t.Helper()
	box, err := secretbox.New(bytes.Repeat([]byte{1}, secretbox.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	path := filepath.Join(t.TempDir(), "control.db")
	h.store, err = sqlite.Open(t.Context(), sqlite.Options{Path: path, Box: box, Clock: h.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Service = New(Options{Store: h.store, Clock: h.clock})
	h.welcome, err = h.Start(t.Context(), func(key string) error { h.operator = key; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) principal(t *testing.T, text string) access.Principal {
	t.Helper()
	p, err := h.Authenticate(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (h *house) key(t *testing.T, scopes ...string) (access.Key, string) {
	t.Helper()
	k, text, err := h.CreateKey(t.Context(), h.principal(t, h.operator), NewKey{
		Project: project.Default, Name: "test", Scopes: scopes, Reason: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, text
}

func wantCode(t *testing.T, err error, want errs.Code) {
	t.Helper()
	if errs.CodeOf(err) != want {
		t.Fatalf("error is %v, of code %q; want %q", err, errs.CodeOf(err), want)
	}
}

func TestStart(t *testing.T) {
	h := newHouse(t)
	if !h.welcome.First || h.welcome.Token == "" || h.operator == "" {
		t.Fatalf("the first start answers %+v and the key %q", h.welcome, h.operator)
	}
	p := h.principal(t, h.operator)
	if p.Kind != access.OperatorAccount || !p.AllProjects || p.Actions != access.Everything() || p.Project != project.Default || p.Role != access.Operator {
		t.Errorf("the operator is %+v", p)
	}
	again := New(Options{Store: h.store, Clock: h.clock})
	w, err := again.Start(t.Context(), func(string) error { t.Error("a second key was saved"); return nil })
	if err != nil || w != (Welcome{}) {
		t.Errorf("the second start answers %+v, %v", w, err)
	}
	signed, cookie, err := h.SignIn(t.Context(), Attempt{Token: h.welcome.Token})
	if err != nil {
		t.Fatal(err)
	}
	later, err := again.Resume(t.Context(), cookie)
	if err != nil || later.CSRF != signed.CSRF {
		t.Errorf("after a restart the session has the CSRF token %q, %v; want %q", later.CSRF, err, signed.CSRF)
	}
}

func TestStartWithoutASavedKeyMakesNone(t *testing.T) {
	box, err := secretbox.New(make([]byte, secretbox.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "c.db"), Box: box})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	full := errors.New("disk full")
	s := New(Options{Store: store})
	if _, err := s.Start(t.Context(), func(string) error { return full }); !errors.Is(err, full) {
		t.Fatalf("Start answers %v", err)
	}
	if list, err := store.ListKeys(t.Context(), project.Default, page.Cursor{}, 10); err != nil || len(list.Items) != 0 {
		t.Errorf("keys that nobody knows: %v, %v", list.Items, err)
	}
	w, err := s.Start(t.Context(), func(string) error { return nil })
	if err != nil || !w.First {
		t.Errorf("the start after it answers %+v, %v", w, err)
	}
}

func TestOperatorKeyIsMadeAnewAfterRevocation(t *testing.T) {
	h := newHouse(t)
	p := h.principal(t, h.operator)
	if err := h.RevokeKey(t.Context(), p, project.Default, p.KeyID, "leaked"); err != nil {
		t.Fatal(err)
	}
	fresh := ""
	if _, err := New(Options{Store: h.store, Clock: h.clock}).Start(t.Context(), func(k string) error { fresh = k; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := h.principal(t, fresh); got.KeyID == p.KeyID || !got.AllProjects {
		t.Errorf("the new operator key proves %+v", got)
	}
	_, err := h.Authenticate(t.Context(), h.operator)
	wantCode(t, err, errs.CodeUnauthenticated)
}

func TestAuthenticate(t *testing.T) {
	h := newHouse(t)
	k, text := h.key(t, "read")
	if p := h.principal(t, text); p.KeyID != k.ID || p.Kind != access.Service || p.AllProjects || p.Project != project.Default {
		t.Errorf("the key proves %+v", p)
	}
	last := text[len(text)-1]
	for _, bad := range []string{"", "stw_", text[:len(text)-1], text + "x", text[:len(text)-1] + string(last^1), "sk-" + text, strings.ToUpper(text)} {
		_, err := h.Authenticate(t.Context(), bad)
		wantCode(t, err, errs.CodeUnauthenticated)
	}
}

func TestKeyExpiresAlsoInTheCache(t *testing.T) {
	h := newHouse(t)
	_, text, err := h.CreateKey(t.Context(), h.principal(t, h.operator), NewKey{
		Project: project.Default, Name: "short", Scopes: []string{"read"}, Reason: "test",
		Expires: h.clock.Now().Add(10 * time.Second).UnixNano(),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.principal(t, text)
	_, cookie, err := h.SignIn(t.Context(), Attempt{Key: text})
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(10 * time.Second)
	_, err = h.Authenticate(t.Context(), text)
	wantCode(t, err, errs.CodeUnauthenticated)
	_, err = h.Resume(t.Context(), cookie)
	wantCode(t, err, errs.CodeUnauthenticated)
}

func TestRevocationIsInForceAtOnce(t *testing.T) {
	h := newHouse(t)
	operator := h.principal(t, h.operator)
	for round := range 6 {
		k, text := h.key(t, "read")
		_, cookie, err := h.SignIn(t.Context(), Attempt{Key: text})
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 { // keeps filling the cache while the key goes
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, _ = h.Authenticate(t.Context(), text) // either answer is right until the revocation returned
						_, _ = h.Resume(t.Context(), cookie)
					}
				}
			})
		}
		if err := h.RevokeKey(t.Context(), operator, project.Default, k.ID, "test"); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if _, err := h.Authenticate(t.Context(), text); errs.CodeOf(err) != errs.CodeUnauthenticated {
				t.Fatalf("round %d: a revoked key proves somebody: %v", round, err)
			}
			if _, err := h.Resume(t.Context(), cookie); errs.CodeOf(err) != errs.CodeUnauthenticated {
				t.Fatalf("round %d: the session of a revoked key lives: %v", round, err)
			}
		}
		close(stop)
		wg.Wait()
	}
}

func TestNobodyGivesMoreThanTheyHold(t *testing.T) {
	h := newHouse(t)
	if err := h.store.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error {
		return tx.CreateProject(project.Project{ID: "shop"})
	}); err != nil {
		t.Fatal(err)
	}
	_, adminText := h.key(t, "admin")
	admin := h.principal(t, adminText)
	limited := admin
	limited.Actions = access.SetOf(access.KeyManage, access.UserInvite, access.TraceRead)
	operatorKey := h.principal(t, h.operator).KeyID
	for name, do := range map[string]func() error{
		"a key beyond the maker's scopes": func() error {
			_, _, err := h.CreateKey(t.Context(), limited, NewKey{Project: project.Default, Name: "n", Scopes: []string{"admin"}, Reason: "r"})
			return err
		},
		"a key in another project": func() error {
			_, _, err := h.CreateKey(t.Context(), admin, NewKey{Project: "shop", Name: "n", Scopes: []string{"read"}, Reason: "r"})
			return err
		},
		"an operator's link": func() error {
			_, _, err := h.Invite(t.Context(), admin, Invitation{Name: "n", Role: "operator", Project: project.Default, Reason: "r"})
			return err
		},
		"an admin's link from less": func() error {
			_, _, err := h.Invite(t.Context(), limited, Invitation{Name: "n", Role: "admin", Project: project.Default, Reason: "r"})
			return err
		},
		"the operator's key": func() error { return h.RevokeKey(t.Context(), admin, project.Default, operatorKey, "r") },
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, do(), errs.CodeForbidden) })
	}
	if _, _, err := h.Invite(t.Context(), admin, Invitation{Name: "Bob", Role: "admin", Project: project.Default, Reason: "r"}); err != nil {
		t.Error(err)
	}
}

func TestCreateKeyRefuses(t *testing.T) {
	h := newHouse(t)
	operator := h.principal(t, h.operator)
	for name, n := range map[string]NewKey{
		"no name":      {Scopes: []string{"read"}},
		"no scope":     {Name: "n"},
		"odd scope":    {Name: "n", Scopes: []string{"root"}},
		"long name":    {Name: strings.Repeat("x", 101), Scopes: []string{"read"}},
		"control name": {Name: "a\nb", Scopes: []string{"read"}},
		"not utf-8":    {Name: "n", Scopes: []string{"read"}, Pin: access.Pin{Release: "\xff"}},
		"past":         {Name: "n", Scopes: []string{"read"}, Expires: 1},
	} {
		t.Run(name, func(t *testing.T) {
			n.Project, n.Reason = project.Default, "test"
			_, _, err := h.CreateKey(t.Context(), operator, n)
			wantCode(t, err, errs.CodeInvalid)
		})
	}
}

func TestLastUseIsBatched(t *testing.T) {
	h := newHouse(t)
	k, text := h.key(t, "read")
	h.principal(t, text)
	h.clock.Advance(time.Second)
	h.principal(t, text)
	if got, err := h.store.KeyByID(t.Context(), k.ID); err != nil || got.LastUsed != 0 {
		t.Errorf("before the flush last use is %d, %v", got.LastUsed, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Flush(gone); err == nil {
		t.Error("a flush under an ended context succeeded")
	}
	h.Run(gone, func(err error) { t.Error(err) }) // its last flush is not under that context
	if got, err := h.store.KeyByID(t.Context(), k.ID); err != nil || got.LastUsed != h.now() {
		t.Errorf("after the flush last use is %d, %v; want %d", got.LastUsed, err, h.now())
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache[int]()
	for i := range cacheSize + 10 {
		c.keep(c.generation(), cacheName(fmt.Sprint(i)), i, 0, 0)
	}
	if len(c.entries) > cacheSize {
		t.Errorf("%d entries, at most %d are allowed", len(c.entries), cacheSize)
	}
	if v, ok := c.find(cacheName(fmt.Sprint(cacheSize+9)), 1); !ok || v != cacheSize+9 {
		t.Error("the newest entry is gone")
	}
	if _, ok := c.find(cacheName(fmt.Sprint(cacheSize+9)), int64(cacheLife)); ok {
		t.Error("an entry outlives the cache's time")
	}
}

func TestAFailingStoreIsNotAWrongKey(t *testing.T) {
	h := newHouse(t)
	_, text := h.key(t, "read")
	h.principal(t, h.operator)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), text); err == nil || errs.CodeOf(err) == errs.CodeUnauthenticated {
		t.Errorf("with the store gone, a good key answers %v", err)
	}
	if _, err := h.Authenticate(t.Context(), h.operator); err != nil {
		t.Errorf("a key proven a moment ago answers %v", err)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	box, err := secretbox.New(make([]byte, secretbox.KeySize))
	if err != nil {
		b.Fatal(err)
	}
	store, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "c.db"), Box: box})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	}()
	s, key := New(Options{Store: store}), ""
	if _, err := s.Start(b.Context(), func(k string) error { key = k; return nil }); err != nil {
		b.Fatal(err)
	}
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Authenticate(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("looked up", func(b *testing.B) {
		for b.Loop() {
			s.keys.clear()
			if _, err := s.Authenticate(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	})
}
