package deadletter

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
)

func letter(id string, at intake.Position, payload string) intake.DeadLetter {
	return intake.DeadLetter{ID: id, Position: at, Project: "p", Signal: "logs", Records: 2, Rows: []int{4, 7}, Reason: "the store\nsaid no", Time: 5,
		Record: intake.Record{Kind: 2, Payload: [][]byte{[]byte(payload[:1]), []byte(payload[1:])}}}
}

func TestLettersAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "letters")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []intake.DeadLetter{letter("b", 7, "line\nline"), letter("a", 9, "x"), letter("a", 3, "newer")} {
		if err := s.Put(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "c.letter.tmp"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, must(Open(dir))} {
		list := s.List()
		if len(list) != 2 || list[0].ID != "a" || list[0].Position != 3 || list[1].ID != "b" || list[1].Record.Payload != nil {
			t.Fatalf("list: %+v", list)
		}
		got, err := s.Letter("b")
		want := letter("b", 7, "line\nline")
		want.Record.Payload = [][]byte{[]byte("line\nline")}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	s = must(Open(dir))
	for range 2 {
		if err := s.Remove("b"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Letter("b"); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("a removed letter answers %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func must(s *Store, err error) *Store {
	if err != nil {
		panic(err)
	}
	return s
}

func TestLettersAreBounded(t *testing.T) {
	s := must(Open(t.TempDir()))
	s.max = 500
	if err := s.Put(letter("a", 1, strings.Repeat("x", 200))); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(letter("b", 1, strings.Repeat("x", 200))); errs.CodeOf(err) != errs.CodeUnavailable {
		t.Errorf("beyond the bound: %v", err)
	}
	if err := s.Put(letter("a", 1, strings.Repeat("y", 210))); err != nil {
		t.Errorf("in place of another: %v", err)
	}
	if err := s.Put(letter("../a", 1, "x")); err == nil {
		t.Error("a letter was put beside the folder")
	}
}

func TestDamageIsSeen(t *testing.T) {
	dir := t.TempDir()
	s := must(Open(dir))
	if err := s.Put(letter("a", 1, "payload")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.letter")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"payload": bytes.Replace(whole, []byte("payload"), []byte("paylord"), 1), "head": whole[5:],
		"newer": bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s := must(Open(dir))
		if list := s.List(); len(list) != 1 || !strings.Contains(list[0].Reason, path) {
			t.Errorf("%s: listed as %+v", name, list)
		}
		if _, err := s.Letter("a"); err == nil {
			t.Errorf("%s: the letter is answered", name)
		}
	}
}
