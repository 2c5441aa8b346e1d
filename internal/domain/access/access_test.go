package access

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

func TestAllow(t *testing.T) {
	reader := Principal{ID: "k", Project: "shop", Actions: ScopeRead.Actions()}
	boss := Principal{ID: "operator", Project: "default", AllProjects: true, Actions: Everything()}
	for _, c := range []struct {
		name    string
		who     Principal
		action  Action
		project project.ID
		want    errs.Code
	}{
		{"nobody", Principal{}, TraceRead, "shop", errs.CodeUnauthenticated},
		{"nobody with everything", Principal{Actions: Everything(), AllProjects: true}, TraceRead, "shop", errs.CodeUnauthenticated},
		{"a reader reads", reader, TraceRead, "shop", ""},
		{"a reader does not write", reader, ScoreWrite, "shop", errs.CodeForbidden},
		{"a reader elsewhere", reader, TraceRead, "default", errs.CodeForbidden},
		{"self at home", reader, Self, "shop", ""},
		{"self elsewhere", reader, Self, "default", errs.CodeForbidden},
		{"an action that does not exist", boss, "trace.bake", "shop", errs.CodeForbidden},
		{"no action", boss, "", "shop", errs.CodeForbidden},
		{"the operator anywhere", boss, DataDelete, "shop", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Allow(c.who, c.action, c.project); errs.CodeOf(err) != c.want {
				t.Errorf("Allow = %v, want code %q", err, c.want)
			}
		})
	}
	if err := AllowEverywhere(boss, ProjectManage); err != nil {
		t.Error(err)
	}
	local := Principal{ID: "a", Project: "shop", Actions: Everything()}
	if err := AllowEverywhere(local, ProjectManage); errs.CodeOf(err) != errs.CodeForbidden {
		t.Errorf("a project's admin everywhere: %v", err)
	}
}

func BenchmarkAllow(b *testing.B) {
	p := Principal{ID: "k", Project: "shop", Actions: ScopeRead.Actions()}
	for b.Loop() {
		if err := Allow(p, AuditRead, "shop"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestScopesAndRoles(t *testing.T) {
	for _, a := range All() {
		if a.Meaning() == "" || !a.Valid() || !Everything().Has(a) {
			t.Errorf("%s has no meaning or is not in everything", a)
		}
		if strings.HasSuffix(string(a), ".read") != ScopeRead.Actions().Has(a) {
			t.Errorf("the scope read and %s do not fit", a)
		}
	}
	if !slices.Equal(ScopeIngest.Actions().List(), []Action{SpanWrite, LogWrite, MetricWrite, ScoreWrite}) {
		t.Errorf("ingest is %v", ScopeIngest.Actions().List())
	}
	for _, s := range []Action{DataDelete, KeyManage, ProjectManage, UserInvite, SessionManage} {
		if ScopeOperate.Actions().Has(s) || Developer.Actions().Has(s) {
			t.Errorf("operate or developer holds %s", s)
		}
	}
	order := []Role{Viewer, Developer, Admin, Operator}
	for i := range order[1:] {
		if !order[i+1].Actions().Covers(order[i].Actions()) {
			t.Errorf("%s does not cover %s", order[i+1], order[i])
		}
	}
	for _, a := range Viewer.Actions().List() {
		if !strings.HasSuffix(string(a), ".read") {
			t.Errorf("a viewer may %s", a)
		}
	}
	if Scope("root").Actions() != 0 || Role("root").Actions() != 0 || SetOf("root") != 0 {
		t.Error("an unknown name grants something")
	}
	got, err := ParseScopes([]string{"read", "ingest", "read"})
	if err != nil || !slices.Equal(got, []Scope{ScopeIngest, ScopeRead}) {
		t.Errorf("ParseScopes = %v, %v", got, err)
	}
	for _, bad := range [][]string{nil, {}, {""}, {"read", "root"}, {"READ"}} {
		if _, err := ParseScopes(bad); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("ParseScopes(%q): %v", bad, err)
		}
	}
}

func TestMayGrant(t *testing.T) {
	admin := Principal{ID: "a", Project: "shop", Actions: Everything()}
	for _, c := range []struct {
		who     Principal
		actions Set
		in      project.ID
		all     bool
		want    errs.Code
	}{
		{admin, ScopeAdmin.Actions(), "shop", false, ""},
		{admin, ScopeRead.Actions(), "other", false, errs.CodeForbidden},
		{admin, Operator.Actions(), "shop", true, errs.CodeForbidden},
		{Principal{ID: "o", Project: "shop", Actions: ScopeOperate.Actions()}, ScopeAdmin.Actions(), "shop", false, errs.CodeForbidden},
		{Principal{ID: "x", Project: "shop", AllProjects: true, Actions: Everything()}, Everything(), "other", true, ""},
	} {
		if err := c.who.MayGrant(c.actions, c.in, c.all); errs.CodeOf(err) != c.want {
			t.Errorf("%s grants %v in %s: %v", c.who.ID, c.actions.List(), c.in, err)
		}
	}
}

func TestKeyText(t *testing.T) {
	text, err := NewKeyText(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	prefix, ok := PrefixOf(text)
	if !ok || !strings.HasPrefix(text, prefix) || len(prefix) != 12 || len(text) != 38 {
		t.Errorf("key %q has the prefix %q, %v", text, prefix, ok)
	}
	k := Key{Prefix: prefix, Scheme: SHA256, Hash: Digest(text)}
	if !k.Matches(text) || k.Matches(text+"x") || k.Matches(text[:37]) || k.Matches("") {
		t.Error("Matches takes another text, or not the right one")
	}
	k.Scheme = "plain"
	if k.Matches(text) {
		t.Error("an unknown scheme matches")
	}
	other, err := NewKeyText(rand.Reader)
	if err != nil || other == text {
		t.Errorf("two draws are alike, %v", err)
	}
	if _, err := NewKeyText(bytes.NewReader([]byte("short"))); err == nil {
		t.Error("a key without enough chance was made")
	}
	// Bytes of 248 and more would favour the first letters and are left out.
	biased := bytes.NewReader(append(bytes.Repeat([]byte{255}, 4), 0, 1, 61, 62))
	if got, err := Draw(biased, 4); err != nil || got != "01z0" {
		t.Errorf("Draw = %q, %v", got, err)
	}
	for _, c := range []struct {
		k    Key
		want errs.Code
	}{
		{Key{}, ""}, {Key{Expires: 101}, ""}, {Key{Expires: 100}, errs.CodeUnauthenticated}, {Key{Revoked: 1}, errs.CodeUnauthenticated},
	} {
		if err := c.k.Usable(100); errs.CodeOf(err) != c.want {
			t.Errorf("%+v at 100: %v", c.k, err)
		}
	}
}

func FuzzPrefixOf(f *testing.F) {
	for _, s := range []string{"", "stw_", "stw_0123456789ABCDEFGHIJKLMNOPQRSTUVWX", "sk-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := PrefixOf(s); ok && !strings.HasPrefix(s, p) || !ok && p != "" {
			t.Errorf("PrefixOf(%q) = %q, %v", s, p, ok)
		}
	})
}

func TestErrorsOfAllowHoldNothingSecret(t *testing.T) {
	err := Key{Prefix: "stw_12345678", Revoked: 1, Hash: Digest("x")}.Usable(5)
	var e *errs.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "stw_12345678") {
		t.Errorf("the message does not say which key: %v", err)
	}
}
