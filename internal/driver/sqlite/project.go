package sqlite

import (
	"context"

	"steward/internal/base/errs"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// CreateProject implements control.Tx.
func (t *tx) CreateProject(p project.Project) error {
	_, err := t.exec(noted{p.ID, "project.create", "project", string(p.ID), map[string]any{"title": p.Title}},
		`INSERT INTO projects (id, title, created) VALUES (?, ?, ?)`, p.ID, p.Title, p.Created)
	return err
}

// DeleteProject implements control.Tx. It asks the schema which tables belong to projects, so that one that a later
// migration adds is not forgotten.
func (t *tx) DeleteProject(p project.ID) error {
	tables, err := many(t.ctx, t.sql, scanText, `SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND c.name = 'project' AND m.name <> 'changes'`)
	if err != nil {
		return err
	}
	if _, err := t.sql.ExecContext(t.ctx, `PRAGMA defer_foreign_keys = ON`); err != nil { // until the unit's end
		return failure(err)
	}
	for _, table := range tables {
		if _, err := t.sql.ExecContext(t.ctx, `DELETE FROM "`+table+`" WHERE project = ?`, p); err != nil {
			return failure(err)
		}
	}
	n, err := t.exec(noted{"", "project.delete", "project", string(p), nil}, `DELETE FROM projects WHERE id = ?`, p)
	if err == nil && n == 0 {
		return errs.NotFound("there is no project %q", p)
	}
	return err
}

// Project implements control.Reader.
func (s *Store) Project(ctx context.Context, p project.ID) (project.Project, error) {
	return one(ctx, s.read, scanProject, "project", `SELECT id, title, created FROM projects WHERE id = ?`, p)
}

// Projects implements control.Reader.
func (s *Store) Projects(ctx context.Context) ([]project.Project, error) {
	return many(ctx, s.read, scanProject, `SELECT id, title, created FROM projects ORDER BY id`)
}

func scanProject(r row) (p project.Project, err error) {
	err = r.Scan(&p.ID, &p.Title, &p.Created)
	return p, err
}

// SetRetention implements control.Tx.
func (t *tx) SetRetention(p project.ID, r control.Retention) error {
	if err := r.Check(); err != nil {
		return err
	}
	details := map[string]any{}
	for _, f := range r.Fields() {
		details[f.Name] = f.Days
	}
	_, err := t.exec(noted{p, "retention.set", "retention", string(p), details},
		`INSERT INTO retention (project, spans_days, logs_days, metrics_days, scores_days, blobs_days) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (project) DO UPDATE SET spans_days = excluded.spans_days, logs_days = excluded.logs_days,
		metrics_days = excluded.metrics_days, scores_days = excluded.scores_days, blobs_days = excluded.blobs_days`,
		p, r.SpansDays, r.LogsDays, r.MetricsDays, r.ScoresDays, r.BlobsDays)
	return err
}

// Retention implements control.Reader.
func (s *Store) Retention(ctx context.Context, p project.ID) (control.Retention, error) {
	r, err := one(ctx, s.read, func(r row) (c control.Retention, err error) {
		err = r.Scan(&c.SpansDays, &c.LogsDays, &c.MetricsDays, &c.ScoresDays, &c.BlobsDays)
		return c, err
	}, "retention", `SELECT spans_days, logs_days, metrics_days, scores_days, blobs_days FROM retention WHERE project = ?`, p)
	if errs.CodeOf(err) != errs.CodeNotFound {
		return r, err
	}
	if _, err := s.Project(ctx, p); err != nil {
		return control.Retention{}, err
	}
	return control.DefaultRetention(), nil
}

// SetSetting implements control.Tx.
func (t *tx) SetSetting(p project.ID, name string, value []byte) error {
	if value == nil {
		_, err := t.exec(noted{p, "setting.remove", "setting", name, nil},
			`DELETE FROM settings WHERE project = ? AND name = ?`, p, name)
		return err
	}
	_, err := t.exec(noted{p, "setting.set", "setting", name, nil},
		`INSERT INTO settings (project, name, value) VALUES (?, ?, ?)
		ON CONFLICT (project, name) DO UPDATE SET value = excluded.value`, p, name, string(value))
	return err
}

// Setting implements control.Reader.
func (s *Store) Setting(ctx context.Context, p project.ID, name string) ([]byte, error) {
	return one(ctx, s.read, scanBytes, "setting", `SELECT value FROM settings WHERE project = ? AND name = ?`, p, name)
}

// SetSecret implements control.Tx.
func (t *tx) SetSecret(p project.ID, name string, value []byte) error {
	if value == nil {
		_, err := t.exec(noted{p, "secret.remove", "secret", name, nil},
			`DELETE FROM secrets WHERE project = ? AND name = ?`, p, name)
		return err
	}
	sealed, err := t.store.box.Seal(value, secretPlace(p, name))
	if err != nil {
		return err
	}
	_, err = t.exec(noted{p, "secret.set", "secret", name, nil},
		`INSERT INTO secrets (project, name, sealed) VALUES (?, ?, ?)
		ON CONFLICT (project, name) DO UPDATE SET sealed = excluded.sealed`, p, name, sealed)
	return err
}

// Secret implements control.Reader.
func (s *Store) Secret(ctx context.Context, p project.ID, name string) ([]byte, error) {
	sealed, err := one(ctx, s.read, scanBytes, "secret", `SELECT sealed FROM secrets WHERE project = ? AND name = ?`, p, name)
	if err != nil {
		return nil, err
	}
	plain, err := s.box.Open(sealed, secretPlace(p, name))
	if err != nil {
		return nil, errs.Wrap(errs.CodeInternal, err, "the secret %q cannot be read with this installation's secret key", name)
	}
	return plain, nil
}

// secretPlace is what a sealed secret is bound to. A project's name holds no slash, so two places never read the same.
func secretPlace(p project.ID, name string) string { return "secrets/" + string(p) + "/" + name }

func scanText(r row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

func scanBytes(r row) (b []byte, err error) {
	err = r.Scan(&b)
	return b, err
}
