package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"steward/internal/base/errs"
	"steward/internal/base/secretbox"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/driver/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testBox(t *testing.T) *secretbox.Box {
	t.Helper()
	box, err := secretbox.New(bytes.Repeat([]byte{7}, secretbox.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func openAt(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: path, Box: testBox(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestControl(t *testing.T) {
	storetest.Control(t, func(t *testing.T) control.Store { return openAt(t, filepath.Join(t.TempDir(), "control.db")) })
}

func TestWhatWasChangedIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space & ?", "control.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path)
	if err := s.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error {
		return errors.Join(tx.CreateProject(project.Project{ID: "a"}), tx.SetSecret("a", "n", []byte("v")))
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v; want 0600", info.Mode(), err)
	}
	s = openAt(t, path)
	if v, err := s.Secret(t.Context(), "a", "n"); err != nil || string(v) != "v" {
		t.Errorf("Secret after reopening = %q, %v", v, err)
	}
}

func TestEngineRunsAsPromised(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "control.db"))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "10000",
	} {
		for name, db := range map[string]queryer{"write": s.write, "read": s.read} {
			var got string
			if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s on the %s pool is %q, %v; want %q", pragma, name, got, err, want)
			}
		}
	}
	if _, err := s.read.ExecContext(t.Context(), `INSERT INTO projects VALUES ('x', '', 0)`); err == nil {
		t.Error("the read pool can write")
	}
	if _, err := s.write.ExecContext(t.Context(), `INSERT INTO changes VALUES ('1', 1, '', '', '', '', '', '', '', '', '{}')`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `UPDATE changes SET reason = 'other'`); err == nil {
		t.Error("a change can be altered")
	}
}

func TestPurgeLeavesNoBytes(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "control.db"))
	marker := strings.Repeat("SEEK-ME-", 600)
	set := func(value []byte) {
		t.Helper()
		if err := s.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error {
			return tx.SetSetting("", "x", value)
		}); err != nil {
			t.Fatal(err)
		}
	}
	set([]byte(marker))
	if !folderHolds(t, dir, "SEEK-ME-") {
		t.Fatal("the marker is not found even before the deletion, so this test proves nothing")
	}
	set(nil)
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if folderHolds(t, dir, "SEEK-ME-") {
		t.Error("deleted bytes are still in the files")
	}
}

func TestSecretsAreSealed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "control.db")
	s := openAt(t, path)
	if err := s.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error {
		return tx.SetSecret("", "x", []byte("HIDE-ME-HIDE-ME"))
	}); err != nil {
		t.Fatal(err)
	}
	if folderHolds(t, dir, "HIDE-ME") {
		t.Error("a secret stands in the files in the clear")
	}
	if _, err := s.write.ExecContext(t.Context(), `UPDATE secrets SET name = 'y'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Secret(t.Context(), "", "y"); errs.CodeOf(err) != errs.CodeInternal {
		t.Errorf("a secret moved to another name opens: %v", err)
	}
}

func folderHolds(t *testing.T, dir, text string) bool {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

func TestOpenBox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	if _, err := OpenBox(path, false); errs.CodeOf(err) != errs.CodeConflict {
		t.Fatalf("a lost key is %v, want a conflict", err)
	}
	box, err := OpenBox(path, true)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal([]byte("x"), "p")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := OpenBox(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := again.Open(sealed, "p"); err != nil || string(v) != "x" {
		t.Errorf("the key read back opens %q, %v", v, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != secretbox.KeySize {
		t.Errorf("secret.key is %v, %v; want mode 0600 and 32 bytes", info, err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBox(path, true); err == nil {
		t.Error("a short key was taken")
	}
}

func TestChangeAfterUse(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "control.db"))
	var kept control.Tx
	if err := s.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := kept.CreateProject(project.Project{ID: "late"}); err == nil {
		t.Error("a unit of work that is over took a write")
	}
	if _, err := s.Project(context.WithoutCancel(t.Context()), "late"); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("and it is there: %v", err)
	}
}

func TestFullDiskIsUnavailableAndPasses(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "control.db"))
	var pages int
	if err := s.write.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) { // the engine answers a file at its limit as it does a full disk
		t.Helper()
		if _, err := s.write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	big := []byte(`"` + strings.Repeat("x", 1<<16) + `"`)
	set := func() error {
		return s.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error { return tx.SetSetting("", "big", big) })
	}
	limit(pages)
	err := set()
	if errs.CodeOf(err) != errs.CodeUnavailable || errs.From(err).RetryAfter == 0 {
		t.Fatalf("a full disk is %v", err)
	}
	if _, err := s.Setting(t.Context(), "", "big"); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("half of the change is there: %v", err)
	}
	limit(1 << 20)
	if err := set(); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// TestWhatReturnedSurvivesTheProcess opens a copy of the files as they stand while the store is open, which is what a
// killed process leaves behind.
func TestWhatReturnedSurvivesTheProcess(t *testing.T) {
	dir, left := t.TempDir(), t.TempDir()
	s := openAt(t, filepath.Join(dir, "control.db"))
	for i := range 20 {
		err := s.Change(t.Context(), access.Steward(), "test", func(tx control.Tx) error {
			return tx.CreateProject(project.Project{ID: project.ID(fmt.Sprintf("p%02d", i))})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"control.db", "control.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := openAt(t, filepath.Join(left, "control.db")).Projects(t.Context())
	if err != nil || len(list) != 20 {
		t.Errorf("%d of 20 projects are left, %v", len(list), err)
	}
}
