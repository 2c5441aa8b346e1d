package sqlite

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// update writes the fixture of the newest schema, once, when that schema is new. Fixtures of released schemas stay.
var update = flag.Bool("update", false, "write the fixture of the newest schema, if there is none yet")

func fixture(version int) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-%04d", version), "control.db")
}

// fill writes one of each record, as of the first schema.
func fill(tx control.Tx) error {
	who := access.Actor{ID: "u", Kind: access.User, Name: "Ann"}
	key := access.Key{
		ID: "k", Name: "exporter", Prefix: "stw_AAAAAAAA", Project: "shop", Scopes: []access.Scope{access.ScopeIngest},
		Pin: access.Pin{Environment: "production"}, Owner: who, Maker: who, Scheme: access.SHA256, Hash: access.Digest("k"), Created: 2,
	}
	session := access.BrowserSession{
		ID: "s", Hash: access.Digest("s"), Who: who, Role: access.Viewer, Project: "shop", Created: 3, LastSeen: 3, Expires: 4,
	}
	for _, err := range []error{
		tx.CreateProject(project.Project{ID: "shop", Title: "Shop", Created: 1}),
		tx.SetRetention("shop", control.Retention{SpansDays: 30}),
		tx.CreateKey(key),
		tx.CreateSession(session),
		tx.CreateLink(access.LoginLink{ID: "l", Hash: access.Digest("l"), Role: access.Viewer, Project: "shop", Expires: 5}),
		tx.CreatePriceEntry(control.PriceEntry{ID: "p", Project: "shop", Data: []byte(`{"a":1}`), By: who, Created: 6}),
		tx.CreateDeletion(control.Deletion{ID: "d", Project: "shop", State: control.Done, Target: control.Target{User: "bob"}, By: who}),
		tx.CreateJob(control.Job{ID: "j", Project: "shop", Kind: "remap", Params: []byte(`{}`), State: control.Queued, By: who}),
		tx.SetSetting("shop", "x", []byte(`true`)),
		tx.SetSecret("", "y", []byte("sealed since schema 1")),
	} {
		if err != nil {
			return err
		}
	}
	_, err := tx.CreateImport(control.Import{ID: "i", Project: "shop", Digest: "d", Format: "jsonl", State: control.ImportDone})
	return err
}

func TestFixtures(t *testing.T) {
	newest, err := SchemaVersion()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(fixture(newest)); *update && os.IsNotExist(err) {
		writeFixture(t, fixture(newest))
	}
	fresh := schemaOf(t, openAt(t, filepath.Join(t.TempDir(), "control.db")).read)
	for version := 1; version <= newest; version++ {
		t.Run(fmt.Sprintf("from schema %04d", version), func(t *testing.T) {
			b, err := os.ReadFile(fixture(version))
			if err != nil {
				t.Fatalf("%v; make it with go test -run TestFixtures -update", err)
			}
			path := filepath.Join(t.TempDir(), "control.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			s := openAt(t, path)
			if got := schemaOf(t, s.read); got != fresh {
				t.Errorf("upgraded, the schema differs from a new file's:\n%s\n---\n%s", got, fresh)
			}
			checkFilled(t, s)
		})
	}
}

func writeFixture(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path)
	if err := s.Change(t.Context(), access.Steward(), "fixture", fill); err != nil {
		t.Fatal(err)
	}
	day := control.IngestDay{Project: "shop", Day: "2026-01-02", Signal: "spans", Received: 3, Stored: 2, Rejected: map[string]int64{"x": 1}}
	if err := s.AddIngest(t.Context(), []control.IngestDay{day}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkFilled reads back what fill wrote, through today's contract.
func checkFilled(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	if k, err := s.KeyByID(ctx, "k"); err != nil || !k.Matches("k") || k.Pin.Environment != "production" || k.Maker.Name != "Ann" {
		t.Errorf("key: %+v, %v", k, err)
	}
	if b, err := s.SessionByHash(ctx, access.Digest("s")); err != nil || b.Role != access.Viewer {
		t.Errorf("session: %+v, %v", b, err)
	}
	if l, err := s.LinkByHash(ctx, access.Digest("l")); err != nil || l.Expires != 5 {
		t.Errorf("link: %+v, %v", l, err)
	}
	if r, err := s.Retention(ctx, "shop"); err != nil || r.SpansDays != 30 {
		t.Errorf("retention: %+v, %v", r, err)
	}
	if e, err := s.PriceEntries(ctx, "shop"); err != nil || len(e) != 1 || string(e[0].Data) != `{"a":1}` {
		t.Errorf("price entries: %+v, %v", e, err)
	}
	if d, err := s.Deletion(ctx, "shop", "d"); err != nil || d.Target.User != "bob" {
		t.Errorf("deletion: %+v, %v", d, err)
	}
	if j, err := s.OpenJobs(ctx); err != nil || len(j) != 1 {
		t.Errorf("jobs: %+v, %v", j, err)
	}
	if i, err := s.Import(ctx, "shop", "i"); err != nil || i.State != control.ImportDone {
		t.Errorf("import: %+v, %v", i, err)
	}
	if v, err := s.Setting(ctx, "shop", "x"); err != nil || string(v) != "true" {
		t.Errorf("setting: %s, %v", v, err)
	}
	if v, err := s.Secret(ctx, "", "y"); err != nil || string(v) != "sealed since schema 1" {
		t.Errorf("secret: %q, %v", v, err)
	}
	days, err := s.Ingest(ctx, "shop", "")
	if err != nil || len(days) != 1 || !reflect.DeepEqual(days[0].Rejected, map[string]int64{"x": 1}) {
		t.Errorf("ingest: %+v, %v", days, err)
	}
	changes, err := s.ListChanges(ctx, access.ChangeQuery{}, page.Cursor{}, 100)
	if err != nil || len(changes.Items) != 11 || changes.Items[0].Reason != "fixture" {
		t.Errorf("changes: %d, %v", len(changes.Items), err)
	}
}

func schemaOf(t *testing.T, db *sql.DB) string {
	t.Helper()
	list, err := many(t.Context(), db, func(r row) (s string, err error) { err = r.Scan(&s); return s, err },
		`SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.db")
	s := openAt(t, path)
	known, err := SchemaVersion()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), "PRAGMA user_version = 4711"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Path: path, Box: testBox(t)})
	if errs.CodeOf(err) != errs.CodeConflict || !strings.Contains(err.Error(), "schema 4711") || !strings.Contains(err.Error(), fmt.Sprintf("up to %d;", known)) {
		t.Errorf("Open of a newer file: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the refused file was touched, %v", err)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path, Box: testBox(t)}); err == nil {
		t.Error("opened what is no database")
	}
}
