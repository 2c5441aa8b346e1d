package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"steward/internal/base/errs"
)

// The migrations are numbered without gaps from 1 and go forward only. One that was released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// step is one migration.
type step struct {
	number int
	sql    string
}

// steps answers the embedded migrations in order.
func steps() ([]step, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var list []step
	for i, name := range names {
		number, err := strconv.Atoi(strings.TrimPrefix(name, "migrations/")[:4])
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %s is not number %04d", name, i+1)
		}
		body, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list = append(list, step{number, string(body)})
	}
	return list, nil
}

// SchemaVersion answers the schema that this program writes.
func SchemaVersion() (int, error) {
	list, err := steps()
	return len(list), err
}

// migrate brings db from the schema it has to the newest, each step in a transaction of its own together with its
// number, so that a crash leaves a schema that was released. It answers both numbers.
func migrate(ctx context.Context, db *sql.DB) (from, to int, err error) {
	list, err := steps()
	if err != nil {
		return 0, 0, err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&from); err != nil {
		return 0, 0, failure(err)
	}
	if from > len(list) {
		return from, from, errs.New(errs.CodeConflict,
			"the control store has schema %d and this program knows schemas up to %d; start a newer program, or restore a backup made by this one",
			from, len(list))
	}
	for _, s := range list[from:] {
		if err := apply(ctx, db, s); err != nil {
			return from, s.number - 1, fmt.Errorf("migration %04d: %w", s.number, failure(err))
		}
	}
	return from, len(list), nil
}

func apply(ctx context.Context, db *sql.DB, s step) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	if _, err = tx.ExecContext(ctx, s.sql); err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(s.number)); err != nil {
		return err
	}
	return tx.Commit()
}
