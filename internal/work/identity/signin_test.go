package identity

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
)

func (h *house) invite(t *testing.T, role, name string) string {
	t.Helper()
	token, until, err := h.Invite(t.Context(), h.principal(t, h.operator), Invitation{Name: name, Role: role, Project: project.Default, Reason: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if want := h.clock.Now().Add(15 * time.Minute); !until.Equal(want) {
		t.Errorf("the link works until %v, want %v", until, want)
	}
	return token
}

func TestSignInByLink(t *testing.T) {
	h := newHouse(t)
	for _, role := range []access.Role{access.Viewer, access.Developer, access.Admin, access.Operator} {
		token := h.invite(t, string(role), "Ann")
		signed, cookie, err := h.SignIn(t.Context(), Attempt{Token: token, Address: "10.0.0.1", Agent: strings.Repeat("é", 300)})
		if err != nil {
			t.Fatal(err)
		}
		p := signed.Principal
		if p.Role != role || p.Actions != role.Actions()|access.SetOf(access.Self) || p.AllProjects != (role == access.Operator) || p.Name != "Ann" || p.Kind != access.User {
			t.Errorf("a %s is %+v", role, p)
		}
		if signed.CSRF == "" || len(cookie) < 43 {
			t.Errorf("CSRF %q, cookie %q", signed.CSRF, cookie)
		}
		_, _, err = h.SignIn(t.Context(), Attempt{Token: token, Address: "10.0.0.1"})
		wantCode(t, err, errs.CodeUnauthenticated)
	}
	late := h.invite(t, "viewer", "Late")
	h.clock.Advance(15 * time.Minute)
	_, _, err := h.SignIn(t.Context(), Attempt{Token: late, Address: "10.0.0.2"})
	wantCode(t, err, errs.CodeUnauthenticated)
	for _, bad := range []Attempt{{}, {Key: "a", Token: "b"}} {
		_, _, err := h.SignIn(t.Context(), bad)
		wantCode(t, err, errs.CodeInvalid)
	}
	_, _, err = h.Invite(t.Context(), h.principal(t, h.operator), Invitation{Role: "viewer", Project: project.Default, Reason: "test"})
	wantCode(t, err, errs.CodeInvalid)
}

func TestALinkThatTwoUseAtOnceLetsOneIn(t *testing.T) {
	h := newHouse(t)
	token := h.invite(t, "viewer", "Ann")
	results := make(chan error, 4)
	var wg sync.WaitGroup
	for i := range cap(results) {
		wg.Go(func() {
			_, _, err := h.SignIn(t.Context(), Attempt{Token: token, Address: fmt.Sprintf("10.0.0.%d", i)})
			results <- err
		})
	}
	wg.Wait()
	close(results)
	in := 0
	for err := range results {
		switch errs.CodeOf(err) {
		case "":
			in++
		case errs.CodeUnauthenticated:
		default:
			t.Error(err)
		}
	}
	if in != 1 {
		t.Errorf("%d came in", in)
	}
}

func TestSignInByKey(t *testing.T) {
	h := newHouse(t)
	_, ingest := h.key(t, "ingest")
	_, _, err := h.SignIn(t.Context(), Attempt{Key: ingest})
	wantCode(t, err, errs.CodeForbidden)
	k, text := h.key(t, "read")
	signed, cookie, err := h.SignIn(t.Context(), Attempt{Key: text})
	if err != nil || signed.Principal.KeyID != k.ID || signed.Principal.SessionID == "" {
		t.Fatalf("signed in as %+v, %v", signed.Principal, err)
	}
	again, err := h.Resume(t.Context(), cookie)
	if err != nil || again.Principal != signed.Principal {
		t.Errorf("resumed as %+v, %v", again.Principal, err)
	}
	changes, err := h.store.ListChanges(t.Context(), access.ChangeQuery{Kind: "session"}, page.Cursor{}, 5)
	if err != nil || len(changes.Items) != 1 || changes.Items[0].Actor.ID != k.Owner.ID {
		t.Errorf("changes: %+v, %v", changes.Items, err)
	}
}

func TestSessionSlides(t *testing.T) {
	h := newHouse(t)
	_, cookie, err := h.SignIn(t.Context(), Attempt{Token: h.welcome.Token})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 { // 80 days, never 30 without use
		h.clock.Advance(20 * 24 * time.Hour)
		signed, err := h.Resume(t.Context(), cookie)
		if err != nil {
			t.Fatal(err)
		}
		if want := h.clock.Now().Add(access.SessionLife); !signed.Expires.Equal(want) || !signed.Renew {
			t.Errorf("expires %v, renew %v; want %v", signed.Expires, signed.Renew, want)
		}
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.clock.Advance(access.SessionLife)
	_, err = h.Resume(t.Context(), cookie)
	wantCode(t, err, errs.CodeUnauthenticated)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	h := newHouse(t)
	operator := h.principal(t, h.operator)
	ann, annCookie, err := h.SignIn(t.Context(), Attempt{Token: h.invite(t, "viewer", "Ann")})
	if err != nil {
		t.Fatal(err)
	}
	bob, bobCookie, err := h.SignIn(t.Context(), Attempt{Token: h.invite(t, "admin", "Bob")})
	if err != nil {
		t.Fatal(err)
	}
	root, _, err := h.SignIn(t.Context(), Attempt{Token: h.invite(t, "operator", "Root")})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[*access.Principal]int{&ann.Principal: 1, &bob.Principal: 3, &operator: 3} {
		list, err := h.Sessions(t.Context(), *who, project.Default)
		if err != nil || len(list) != want {
			t.Errorf("%s sees %d sessions, %v; want %d", who.Name, len(list), err, want)
		}
	}
	wantCode(t, h.RevokeSession(t.Context(), bob.Principal, project.Default, root.Principal.SessionID, "test"), errs.CodeNotFound)
	if err := h.RevokeSession(t.Context(), bob.Principal, project.Default, ann.Principal.SessionID, "test"); err != nil {
		t.Fatal(err)
	}
	_, err = h.Resume(t.Context(), annCookie)
	wantCode(t, err, errs.CodeUnauthenticated)
	if err := h.SignOut(t.Context(), bob.Principal); err != nil {
		t.Fatal(err)
	}
	_, err = h.Resume(t.Context(), bobCookie)
	wantCode(t, err, errs.CodeUnauthenticated)
	wantCode(t, h.SignOut(t.Context(), operator), errs.CodeInvalid)
	_, err = h.Resume(t.Context(), "no such cookie")
	wantCode(t, err, errs.CodeUnauthenticated)
}

func TestFailedSignInsAreSlowed(t *testing.T) {
	h := newHouse(t)
	fail := func(address string) error {
		_, _, err := h.SignIn(t.Context(), Attempt{Key: "stw_wrong", Address: address})
		return err
	}
	for range peerFree {
		wantCode(t, fail("10.0.0.1"), errs.CodeUnauthenticated)
	}
	for _, want := range []time.Duration{1, 2, 4, 8} {
		err := fail("10.0.0.1")
		wantCode(t, err, errs.CodeOverloaded)
		if got := errs.From(err).RetryAfter; got != want*time.Second {
			t.Errorf("the wait is %v, want %v", got, want*time.Second)
		}
		h.clock.Advance(want*time.Second - 1)
		wantCode(t, fail("10.0.0.1"), errs.CodeOverloaded)
		h.clock.Advance(1)
		wantCode(t, fail("10.0.0.1"), errs.CodeUnauthenticated)
	}
	_, _, err := h.SignIn(t.Context(), Attempt{Key: h.operator, Address: "10.0.0.1"})
	wantCode(t, err, errs.CodeOverloaded) // also the right key waits, else the wait would tell
	if _, _, err := h.SignIn(t.Context(), Attempt{Key: h.operator, Address: "10.0.0.2"}); err != nil {
		t.Errorf("another address has to wait: %v", err)
	}
	h.clock.Advance(time.Minute)
	if _, _, err := h.SignIn(t.Context(), Attempt{Key: h.operator, Address: "10.0.0.1"}); err != nil {
		t.Error(err)
	}
	wantCode(t, fail("10.0.0.1"), errs.CodeUnauthenticated) // forgiven: the count begins again
}

func TestThrottle(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	th := newThrottle(c)
	waits := 0
	for i := range 20_000 { // every address fails once
		if th.begin(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)) != nil {
			waits++
			c.Advance(globalMost)
		}
	}
	if waits < 1000 {
		t.Errorf("failures from everywhere had to wait %d times", waits)
	}
	if len(th.peers) > peersMost {
		t.Errorf("%d addresses are remembered", len(th.peers))
	}
	c.Advance(time.Hour)
	if err := th.begin("10.9.9.9"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	for range 40 { // the wait has an end
		if err := th.begin("10.9.9.9"); err != nil {
			c.Advance(errs.From(err).RetryAfter)
			if errs.From(err).RetryAfter > peerMost {
				t.Fatalf("the wait is %v", errs.From(err).RetryAfter)
			}
		}
	}
	for a, b := range map[string]string{"2001:db8::1": "2001:db8::ffff", "::ffff:10.0.0.1": "10.0.0.1", "": "nonsense", "fe80::1%eth0": "fe80::2"} {
		if network(a) != network(b) {
			t.Errorf("%q and %q count as two", a, b)
		}
	}
	if network("2001:db8:0:1::1") == network("2001:db8:0:2::1") || network("10.0.0.1") == network("10.0.0.2") {
		t.Error("two networks count as one")
	}
}
