package folder

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/blob"
	"steward/internal/driver/storetest"
)

func TestContract(t *testing.T) {
	storetest.Blobs(t, func(t *testing.T) blob.Store { return store(t, t.TempDir(), clock.System{}) })
}

func store(t *testing.T, root string, c clock.Clock) *Store {
	t.Helper()
	s, err := New(root, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, content string) blob.Ref {
	t.Helper()
	ref, err := s.Put(context.Background(), "p", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestADamagedBlobIsAnErrorAndPuttingItAgainHealsIt(t *testing.T) {
	s := store(t, t.TempDir(), clock.System{})
	ref := put(t, s, "precious")
	path := s.path("p", ref.SHA256)
	for name, damaged := range map[string]string{"flipped": "precioux", "cut": "prec", "grown": "precious!", "emptied": ""} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(context.Background(), "p", ref.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(r)
		if e := errs.From(err); e == nil || e.Code != errs.CodeInternal || !strings.Contains(e.Message, path) {
			t.Errorf("%s: %v", name, err)
		}
		r.Close()
	}
	put(t, s, "precious")
	r, err := s.Open(context.Background(), "p", ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != "precious" {
		t.Fatalf("%q %v", b, err)
	}
}

func TestTimesComeFromTheClockAndFilesArePrivate(t *testing.T) {
	root := filepath.Join(t.TempDir(), "data", "blobs")
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := clock.NewFake(at)
	s := store(t, root, c)
	ref := put(t, s, "x")
	c.Advance(time.Hour)
	stale := put(t, s, "y")
	put(t, s, "x")
	i, err := s.Stat(context.Background(), "p", ref.SHA256)
	if err != nil || !i.Modified.Equal(at.Add(time.Hour)) {
		t.Fatalf("modified %v, %v", i.Modified, err)
	}
	c.Advance(time.Hour)
	put(t, s, "x")
	for d, want := range map[blob.Digest]bool{ref.SHA256: false, stale.SHA256: true} {
		if gone, err := s.DeleteUnmodified(context.Background(), "p", d, at.Add(90*time.Minute)); gone != want || err != nil {
			t.Errorf("%s: gone %v, %v", d, gone, err)
		}
	}
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := e.Info()
		if err == nil && i.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, i.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLeftoversOfACrashAreRemovedAndForeignFilesLeftAlone(t *testing.T) {
	root := t.TempDir()
	s := store(t, root, clock.System{})
	ref := put(t, s, "x")
	left := filepath.Join(root, tempFolder, "put-123")
	foreign := filepath.Join(filepath.Dir(s.path("p", ref.SHA256)), "notes.txt")
	misplaced := filepath.Join(root, "p", ref.SHA256.String())
	for _, path := range []string{left, foreign, misplaced} {
		if err := os.WriteFile(path, []byte("?"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = store(t, root, clock.System{})
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the unfinished file is still there: %v", err)
	}
	n := 0
	for _, err := range s.List(context.Background(), "p") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 1 {
		t.Errorf("%d blobs listed", n)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
}

func TestABrokenFolderIsUnavailable(t *testing.T) {
	root := t.TempDir()
	s := store(t, root, clock.System{})
	if err := os.WriteFile(filepath.Join(root, "p"), nil, 0o600); err != nil { // where the project's folder should be
		t.Fatal(err)
	}
	if _, err := s.Put(context.Background(), "p", bytes.NewReader([]byte("x"))); errs.CodeOf(err) != errs.CodeUnavailable {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(filepath.Join(root, tempFolder)); err != nil || len(names) != 0 {
		t.Fatalf("%d temporary files are left, %v", len(names), err)
	}
}
