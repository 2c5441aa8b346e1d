package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
)

const keyColumns = `id, project, all_projects, name, prefix, scopes, environment, release, owner_id, owner_kind, owner_name,
	maker_id, maker_kind, maker_name, scheme, hash, created, last_used, expires, revoked, shared_trace, shared_session`

// CreateKey implements access.Writer.
func (t *tx) CreateKey(k access.Key) error {
	scopes, err := json.Marshal(k.Scopes)
	if err != nil {
		return err
	}
	what := noted{k.Project, "key.create", "key", k.ID, map[string]any{
		"name": k.Name, "prefix": k.Prefix, "scopes": k.Scopes, "environment": k.Pin.Environment, "release": k.Pin.Release,
	}}
	if !k.Shared.IsZero() {
		what = noted{k.Project, "share.create", "share", k.ID, map[string]any{"name": k.Name, "trace": k.Shared.Trace, "session": k.Shared.Session, "expires": k.Expires}}
	}
	_, err = t.exec(what, `INSERT INTO keys (`+keyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.ID, k.Project, k.AllProjects, k.Name, k.Prefix, string(scopes), k.Pin.Environment, k.Pin.Release,
		k.Owner.ID, k.Owner.Kind, k.Owner.Name, k.Maker.ID, k.Maker.Kind, k.Maker.Name, k.Scheme, k.Hash, k.Created, k.LastUsed, k.Expires, k.Revoked,
		k.Shared.Trace, k.Shared.Session)
	return err
}

// RevokeKey implements access.Writer.
func (t *tx) RevokeKey(p project.ID, key string, at int64) error {
	n, err := t.exec(noted{p, "key.revoke", "key", key, nil},
		`UPDATE keys SET revoked = ? WHERE id = ? AND project = ? AND revoked = 0`, at, key, p)
	if err != nil || n > 0 {
		return err
	}
	return t.exists("key", `SELECT 1 FROM keys WHERE id = ? AND project = ?`, key, p)
}

// KeysByPrefix implements access.Keys.
func (s *Store) KeysByPrefix(ctx context.Context, prefix string) ([]access.Key, error) {
	return many(ctx, s.read, scanKey, `SELECT `+keyColumns+` FROM keys WHERE prefix = ?`, prefix)
}

// KeyByID implements access.Keys.
func (s *Store) KeyByID(ctx context.Context, key string) (access.Key, error) {
	return one(ctx, s.read, scanKey, "key", `SELECT `+keyColumns+` FROM keys WHERE id = ?`, key)
}

// ListKeys implements access.Keys.
func (s *Store) ListKeys(ctx context.Context, p project.ID, after page.Cursor, limit int) (page.Page[access.Key], error) {
	return s.listKeys(ctx, p, false, after, limit)
}

// ListShares implements access.Keys.
func (s *Store) ListShares(ctx context.Context, p project.ID, after page.Cursor, limit int) (page.Page[access.Key], error) {
	return s.listKeys(ctx, p, true, after, limit)
}

func (s *Store) listKeys(ctx context.Context, p project.ID, shares bool, after page.Cursor, limit int) (_ page.Page[access.Key], err error) {
	defer errs.Op(&err, "sqlite.ListKeys")
	var where conditions
	where.add("project = ?", p)
	where.add("(shared_trace <> '' OR shared_session <> '') = ?", shares)
	if after.ID != "" {
		where.add("id < ?", after.ID)
	}
	list, err := many(ctx, s.read, scanKey, `SELECT `+keyColumns+` FROM keys`+where.sql()+` ORDER BY id DESC LIMIT ?`,
		append(where.args, limit+1)...)
	return pageOf(list, limit, func(k access.Key) string { return k.ID }), err
}

func scanKey(r row) (k access.Key, err error) {
	var scopes string
	err = r.Scan(&k.ID, &k.Project, &k.AllProjects, &k.Name, &k.Prefix, &scopes, &k.Pin.Environment, &k.Pin.Release,
		&k.Owner.ID, &k.Owner.Kind, &k.Owner.Name, &k.Maker.ID, &k.Maker.Kind, &k.Maker.Name, &k.Scheme, &k.Hash, &k.Created, &k.LastUsed, &k.Expires, &k.Revoked,
		&k.Shared.Trace, &k.Shared.Session)
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(scopes), &k.Scopes)
}

const sessionColumns = `id, hash, who_id, who_kind, who_name, role, key_id, project, all_projects, created, last_seen,
	expires, revoked, address, agent`

// CreateSession implements access.Writer. Sessions that ended a session's life ago go with it; their changes stay.
func (t *tx) CreateSession(b access.BrowserSession) error {
	_, err := t.sql.ExecContext(t.ctx, `DELETE FROM browser_sessions WHERE last_seen < ?`, b.Created-2*int64(access.SessionLife))
	if err != nil {
		return failure(err)
	}
	_, err = t.exec(noted{b.Project, "session.create", "session", b.ID, map[string]any{
		"who": b.Who.Name, "role": b.Role, "address": b.Address,
	}}, `INSERT INTO browser_sessions (`+sessionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		b.ID, b.Hash, b.Who.ID, b.Who.Kind, b.Who.Name, b.Role, b.KeyID, b.Project, b.AllProjects, b.Created, b.LastSeen,
		b.Expires, b.Revoked, b.Address, b.Agent)
	return err
}

// RevokeSession implements access.Writer.
func (t *tx) RevokeSession(session string, at int64) error {
	var p project.ID
	err := t.sql.QueryRowContext(t.ctx, `SELECT project FROM browser_sessions WHERE id = ?`, session).Scan(&p)
	if err == sql.ErrNoRows {
		return errs.NotFound("there is no such session")
	}
	if err != nil {
		return failure(err)
	}
	_, err = t.exec(noted{p, "session.revoke", "session", session, nil},
		`UPDATE browser_sessions SET revoked = ? WHERE id = ? AND revoked = 0`, at, session)
	return err
}

// SessionByHash implements access.Sessions.
func (s *Store) SessionByHash(ctx context.Context, hash []byte) (access.BrowserSession, error) {
	return one(ctx, s.read, scanSession, "session", `SELECT `+sessionColumns+` FROM browser_sessions WHERE hash = ?`, hash)
}

// SessionByID implements access.Sessions.
func (s *Store) SessionByID(ctx context.Context, session string) (access.BrowserSession, error) {
	return one(ctx, s.read, scanSession, "session", `SELECT `+sessionColumns+` FROM browser_sessions WHERE id = ?`, session)
}

// ListSessions implements access.Sessions.
func (s *Store) ListSessions(ctx context.Context, p project.ID, who string, now int64) ([]access.BrowserSession, error) {
	var where conditions
	where.add("revoked = 0 AND expires > ?", now)
	if p != "" {
		where.add("project = ?", p)
	}
	if who != "" {
		where.add("who_id = ?", who)
	}
	return many(ctx, s.read, scanSession, `SELECT `+sessionColumns+` FROM browser_sessions`+where.sql()+
		` ORDER BY last_seen DESC, id DESC LIMIT ?`, append(where.args, page.MaxLimit)...)
}

func scanSession(r row) (b access.BrowserSession, err error) {
	err = r.Scan(&b.ID, &b.Hash, &b.Who.ID, &b.Who.Kind, &b.Who.Name, &b.Role, &b.KeyID, &b.Project, &b.AllProjects,
		&b.Created, &b.LastSeen, &b.Expires, &b.Revoked, &b.Address, &b.Agent)
	return b, err
}

// CreateLink implements access.Writer. Links that expired a day ago go with it; their changes stay.
func (t *tx) CreateLink(l access.LoginLink) error {
	_, err := t.sql.ExecContext(t.ctx, `DELETE FROM login_links WHERE expires < ?`, l.Created-int64(24*time.Hour))
	if err != nil {
		return failure(err)
	}
	_, err = t.exec(noted{l.Project, "login-link.create", "login-link", l.ID, map[string]any{
		"for": l.Name, "role": l.Role, "all_projects": l.AllProjects,
	}}, `INSERT INTO login_links (id, hash, name, role, project, all_projects, created, expires, used)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.ID, l.Hash, l.Name, l.Role, l.Project, l.AllProjects, l.Created, l.Expires, l.Used)
	return err
}

// UseLink implements access.Writer.
func (t *tx) UseLink(link string, at int64) error {
	var p project.ID
	err := t.sql.QueryRowContext(t.ctx, `SELECT project FROM login_links WHERE id = ?`, link).Scan(&p)
	if err == sql.ErrNoRows {
		return errs.NotFound("there is no such sign-in link")
	}
	if err != nil {
		return failure(err)
	}
	n, err := t.exec(noted{p, "login-link.use", "login-link", link, nil},
		`UPDATE login_links SET used = ? WHERE id = ? AND used = 0`, at, link)
	if err == nil && n == 0 {
		return errs.New(errs.CodeConflict, "this sign-in link was already used")
	}
	return err
}

// LinkByHash implements access.Sessions.
func (s *Store) LinkByHash(ctx context.Context, hash []byte) (access.LoginLink, error) {
	return one(ctx, s.read, func(r row) (l access.LoginLink, err error) {
		err = r.Scan(&l.ID, &l.Hash, &l.Name, &l.Role, &l.Project, &l.AllProjects, &l.Created, &l.Expires, &l.Used)
		return l, err
	}, "sign-in link", `SELECT id, hash, name, role, project, all_projects, created, expires, used FROM login_links
		WHERE hash = ?`, hash)
}

// Touch implements access.Toucher.
func (s *Store) Touch(ctx context.Context, touched access.Touched) error {
	return s.atomically(ctx, func(t *sql.Tx) error {
		for key, at := range touched.Keys {
			_, err := t.ExecContext(ctx, `UPDATE keys SET last_used = ?1 WHERE id = ?2 AND last_used < ?1`, at, key)
			if err != nil {
				return err
			}
		}
		for session, at := range touched.Sessions {
			_, err := t.ExecContext(ctx, `UPDATE browser_sessions SET last_seen = ?1, expires = ?2
				WHERE id = ?3 AND last_seen < ?1`, at, at+int64(access.SessionLife), session)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
