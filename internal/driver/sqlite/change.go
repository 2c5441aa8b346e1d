package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// Change implements control.Changer.
func (s *Store) Change(ctx context.Context, by access.Actor, reason string, fn func(control.Tx) error) error {
	if by.ID == "" || by.Kind == "" {
		return errs.Invalid("a change needs an actor")
	}
	if strings.TrimSpace(reason) == "" {
		return errs.Invalid("a change needs a reason")
	}
	return s.atomically(ctx, func(sqlTx *sql.Tx) error {
		return fn(&tx{ctx: ctx, sql: sqlTx, store: s, by: by, reason: reason})
	})
}

// atomically runs fn in a write transaction; a panic of fn undoes it too.
func (s *Store) atomically(ctx context.Context, fn func(*sql.Tx) error) error {
	sqlTx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failure(err)
	}
	committed := false
	defer func() {
		if !committed {
			_ = sqlTx.Rollback() // the first error is the one to tell; an open transaction cannot outlive its connection
		}
	}()
	if err := fn(sqlTx); err != nil {
		return failure(err)
	}
	if err := sqlTx.Commit(); err != nil {
		return failure(err)
	}
	committed = true
	return nil
}

// tx implements control.Tx.
type tx struct {
	ctx    context.Context // of the unit of work, which is as long as tx lives
	sql    *sql.Tx
	store  *Store
	by     access.Actor
	reason string
}

// noted is what a write says about itself for its change row.
type noted struct {
	project project.ID
	action  string
	kind    string
	name    string
	details map[string]any
}

// exec runs a write and leaves its change row. It answers how many rows the write touched; with none, nothing is noted.
func (t *tx) exec(n noted, query string, args ...any) (int64, error) {
	res, err := t.sql.ExecContext(t.ctx, query, args...)
	if err != nil {
		switch {
		case taken(err):
			return 0, errs.Wrap(errs.CodeConflict, err, "there already is such a %s", n.kind)
		case orphan(err):
			return 0, errs.Wrap(errs.CodeNotFound, err, "there is no project %q", n.project)
		}
		return 0, failure(err)
	}
	rows, err := res.RowsAffected()
	if err != nil || rows == 0 {
		return rows, err
	}
	return rows, t.note(n)
}

func (t *tx) note(n noted) error {
	details := "{}"
	if len(n.details) > 0 {
		b, err := json.Marshal(n.details)
		if err != nil {
			return fmt.Errorf("details of %s: %w", n.action, err)
		}
		details = string(b)
	}
	_, err := t.sql.ExecContext(t.ctx, `INSERT INTO changes
		(id, time, project, actor_id, actor_kind, actor_name, action, kind, name, reason, details)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id.New(), t.store.clock.Now().UnixNano(), n.project, t.by.ID, t.by.Kind, t.by.Name,
		n.action, n.kind, n.name, t.reason, details)
	return failure(err)
}

// exists answers NotFound with what unless the query finds a row; it tells "already so" from "no such".
func (t *tx) exists(what, query string, args ...any) error {
	var found int
	err := t.sql.QueryRowContext(t.ctx, query, args...).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return errs.NotFound("there is no such %s", what)
	}
	return failure(err)
}

// ListChanges implements access.Changes.
func (s *Store) ListChanges(ctx context.Context, q access.ChangeQuery, after page.Cursor, limit int) (_ page.Page[access.Change], err error) {
	defer errs.Op(&err, "sqlite.ListChanges")
	var where conditions
	switch {
	case q.Project != "" && q.Installation:
		where.add("project IN (?, '')", q.Project)
	case q.Project != "":
		where.add("project = ?", q.Project)
	}
	if q.Kind != "" {
		where.add("kind = ?", q.Kind)
	}
	if q.Name != "" {
		where.add("name = ?", q.Name)
	}
	if after.ID != "" {
		where.add("id < ?", after.ID)
	}
	list, err := many(ctx, s.read, scanChange, `SELECT id, time, project, actor_id, actor_kind, actor_name, action, kind,
		name, reason, details FROM changes`+where.sql()+` ORDER BY id DESC LIMIT ?`, append(where.args, limit+1)...)
	return pageOf(list, limit, func(c access.Change) string { return c.ID }), err
}

func scanChange(r row) (c access.Change, err error) {
	var details string
	err = r.Scan(&c.ID, &c.Time, &c.Project, &c.Actor.ID, &c.Actor.Kind, &c.Actor.Name, &c.Action, &c.Kind, &c.Name, &c.Reason, &details)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(details), &c.Details)
}

// conditions gathers what a WHERE joins by AND.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(part string, args ...any) {
	c.parts = append(c.parts, part)
	c.args = append(c.args, args...)
}

func (c *conditions) sql() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// pageOf cuts a list that was asked for with one row too many, newest first by id.
func pageOf[T any](list []T, limit int, idOf func(T) string) page.Page[T] {
	if len(list) <= limit {
		return page.Page[T]{Items: list}
	}
	list = list[:limit]
	return page.Page[T]{Items: list, Next: page.Cursor{Sort: "-id", ID: idOf(list[limit-1])}}
}
