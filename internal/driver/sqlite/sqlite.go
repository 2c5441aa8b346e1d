// Package sqlite keeps the control records in one SQLite file. It owns the schema and its migrations, the two
// connection pools and the sealing of secrets; it knows nothing of what the records mean beyond their shape. Its
// contract is control.Store, proven by driver/storetest. Start reading at Open and Change.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/secretbox"
	"steward/internal/domain/control"
)

// Options says what a Store needs. Path is the database file; its folder must exist.
type Options struct {
	Path   string
	Box    *secretbox.Box // seals secrets
	Clock  clock.Clock    // nil is the system's
	Logger *slog.Logger   // nil logs nothing
}

// readers is how many reads run at once. Control reads are short; more would only hold memory.
const readers = 4

// Store implements control.Store. SQLite has one writer at a time, so writes have a pool of exactly one connection,
// where they queue in Go instead of failing as busy; reads have their own pool and never wait for a write.
type Store struct {
	write *sql.DB
	read  *sql.DB
	box   *secretbox.Box
	clock clock.Clock

	closing sync.Once
	closed  error
}

var _ control.Store = (*Store)(nil)

// Open opens the file, creating it with mode 0600, and brings its schema up to date. A file with a newer schema than
// this program knows is refused with Conflict and left as it is. The caller must Close the Store.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	defer errs.Op(&err, "sqlite.Open "+o.Path)
	if o.Box == nil {
		return nil, errors.New("a secret box is needed")
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(o.Path) // a URI has no other form that is safe
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	s := &Store{box: o.Box, clock: o.Clock}
	if s.write, err = sql.Open("sqlite", source(path, false)); err != nil {
		return nil, err
	}
	if s.read, err = sql.Open("sqlite", source(path, true)); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.write.SetMaxOpenConns(1)
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	from, to, err := migrate(ctx, s.write)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if from != to {
		o.Logger.Info("control schema migrated", "from", from, "to", to)
	}
	return s, nil
}

// source answers the driver's name for the file. synchronous=FULL makes a commit durable in WAL mode; secure_delete
// overwrites what is deleted; txlock immediate takes the write lock at the beginning, so that a transaction cannot
// fail half way because another process wrote.
func source(path string, readOnly bool) string {
	q := url.Values{}
	for _, p := range []string{
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)",
	} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// Close waits for what is under way. A second Close answers what the first did.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = errors.Join(s.read.Close(), s.write.Close()) })
	return s.closed
}

// Purge moves everything from the write-ahead log into the main file, where secure_delete has overwritten what was
// deleted, and empties the log. It answers Unavailable when a reader stands in the way for ten seconds.
func (s *Store) Purge(ctx context.Context) (err error) {
	defer errs.Op(&err, "sqlite.Purge")
	var busy, inLog, moved int
	err = s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &inLog, &moved)
	if err != nil {
		return failure(err)
	}
	if busy != 0 {
		return errs.Unavailable(10*time.Second, nil, "the control store is busy; deleted records are not purged yet")
	}
	return nil
}

// failure gives an engine's error its code: a full or failing disk passes with time, all else is our fault.
func failure(err error) error {
	var known *errs.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch primary(err) {
	case sqlite3.SQLITE_FULL:
		return errs.Unavailable(30*time.Second, err, "the disk that holds the control store is full")
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return errs.Unavailable(10*time.Second, err, "the control store cannot be written now")
	}
	return errs.Wrap(errs.CodeInternal, err, "the control store failed")
}

// primary answers SQLite's primary result code, 0 for another error.
func primary(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// taken says whether err is a uniqueness that does not hold.
func taken(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// orphan says whether err is a reference to a row that is not there.
func orphan(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// queryer is a pool or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// row is one result row, of Query and QueryRow alike.
type row interface{ Scan(dest ...any) error }

// one answers the single row of a query, NotFound with what for none.
func one[T any](ctx context.Context, q queryer, scan func(row) (T, error), what, query string, args ...any) (T, error) {
	v, err := scan(q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, errs.NotFound("there is no such %s", what)
	}
	return v, failure(err)
}

// many answers all rows of a query.
func many[T any](ctx context.Context, q queryer, scan func(row) (T, error), query string, args ...any) (_ []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, failure(fmt.Errorf("scan: %w", err))
		}
		list = append(list, v)
	}
	return list, failure(rows.Err())
}
