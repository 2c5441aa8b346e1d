package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"steward/internal/base/errs"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

const viewColumns = `id, project, list, name, filter, environment, period, sort, columns, shared,
	owner_id, owner_kind, owner_name, created, updated`

// CreateView implements control.Tx.
func (t *tx) CreateView(v control.View) error {
	columns, err := columnsText(v.Columns)
	if err != nil {
		return err
	}
	_, err = t.exec(notedView(v, "view.create"), `INSERT INTO views (`+viewColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.Project, v.List, v.Name, v.Filter, v.Environment, v.Period, v.Sort, columns, v.Shared,
		v.Owner.ID, v.Owner.Kind, v.Owner.Name, v.Created, v.Updated)
	return err
}

// UpdateView implements control.Tx.
func (t *tx) UpdateView(v control.View) error {
	columns, err := columnsText(v.Columns)
	if err != nil {
		return err
	}
	n, err := t.exec(notedView(v, "view.update"), `UPDATE views SET list = ?, name = ?, filter = ?, environment = ?, period = ?, sort = ?,
		columns = ?, shared = ?, updated = ? WHERE project = ? AND id = ?`,
		v.List, v.Name, v.Filter, v.Environment, v.Period, v.Sort, columns, v.Shared, v.Updated, v.Project, v.ID)
	return oneView(n, err)
}

// RemoveView implements control.Tx.
func (t *tx) RemoveView(p project.ID, view string) error {
	n, err := t.exec(noted{p, "view.remove", "view", view, nil}, `DELETE FROM views WHERE project = ? AND id = ?`, p, view)
	return oneView(n, err)
}

func oneView(n int64, err error) error {
	if err == nil && n == 0 {
		return errs.NotFound("there is no such view")
	}
	return err
}

func notedView(v control.View, action string) noted {
	return noted{v.Project, action, "view", v.ID, map[string]any{"name": v.Name, "list": v.List, "filter": v.Filter, "shared": v.Shared}}
}

func columnsText(columns []control.ViewColumn) (string, error) {
	if len(columns) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(columns)
	if err != nil {
		return "", fmt.Errorf("columns of a view: %w", err)
	}
	return string(b), nil
}

// Views implements control.Reader.
func (s *Store) Views(ctx context.Context, p project.ID, list control.ViewList) ([]control.View, error) {
	return many(ctx, s.read, scanView, `SELECT `+viewColumns+` FROM views WHERE project = ? AND list = ? ORDER BY name, id`, p, list)
}

// View implements control.Reader.
func (s *Store) View(ctx context.Context, p project.ID, view string) (control.View, error) {
	return one(ctx, s.read, scanView, "view", `SELECT `+viewColumns+` FROM views WHERE project = ? AND id = ?`, p, view)
}

func scanView(r row) (v control.View, err error) {
	var columns string
	err = r.Scan(&v.ID, &v.Project, &v.List, &v.Name, &v.Filter, &v.Environment, &v.Period, &v.Sort, &columns, &v.Shared,
		&v.Owner.ID, &v.Owner.Kind, &v.Owner.Name, &v.Created, &v.Updated)
	if err != nil || columns == "[]" {
		return v, err
	}
	return v, json.Unmarshal([]byte(columns), &v.Columns)
}
