package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"steward/internal/base/errs"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// CreatePriceEntry implements control.Tx.
func (t *tx) CreatePriceEntry(e control.PriceEntry) error {
	_, err := t.exec(noted{e.Project, "price-entry.create", "price-entry", e.ID, map[string]any{"data": e.Data}},
		`INSERT INTO price_entries (id, project, data, by_id, by_kind, by_name, created, removed) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		e.ID, e.Project, string(e.Data), e.By.ID, e.By.Kind, e.By.Name, e.Created)
	return err
}

// RemovePriceEntry implements control.Tx.
func (t *tx) RemovePriceEntry(p project.ID, entry string, at int64) error {
	n, err := t.exec(noted{p, "price-entry.remove", "price-entry", entry, nil},
		`UPDATE price_entries SET removed = ? WHERE project = ? AND id = ? AND removed = 0`, at, p, entry)
	if err != nil || n > 0 {
		return err
	}
	return t.exists("price entry", `SELECT 1 FROM price_entries WHERE project = ? AND id = ?`, p, entry)
}

const priceColumns = `id, project, data, by_id, by_kind, by_name, created, removed`

// PriceEntries implements control.Reader.
func (s *Store) PriceEntries(ctx context.Context, p project.ID) ([]control.PriceEntry, error) {
	return many(ctx, s.read, scanPrice, `SELECT `+priceColumns+` FROM price_entries
		WHERE project = ? AND removed = 0 ORDER BY id`, p)
}

// PriceEntry implements control.Reader.
func (s *Store) PriceEntry(ctx context.Context, p project.ID, entry string) (control.PriceEntry, error) {
	return one(ctx, s.read, scanPrice, "price entry", `SELECT `+priceColumns+` FROM price_entries
		WHERE project = ? AND id = ?`, p, entry)
}

func scanPrice(r row) (e control.PriceEntry, err error) {
	err = r.Scan(&e.ID, &e.Project, (*[]byte)(&e.Data), &e.By.ID, &e.By.Kind, &e.By.Name, &e.Created, &e.Removed)
	return e, err
}

const importColumns = `id, project, digest, format, name, base_time, done, total, state, created, updated`

// CreateImport implements control.Tx.
func (t *tx) CreateImport(i control.Import) (control.Import, error) {
	found, err := one(t.ctx, t.sql, scanImport, "import", `SELECT `+importColumns+` FROM imports
		WHERE project = ? AND digest = ?`, i.Project, i.Digest)
	if errs.CodeOf(err) != errs.CodeNotFound {
		return found, err
	}
	_, err = t.exec(noted{i.Project, "import.create", "import", i.ID, map[string]any{
		"name": i.Name, "format": i.Format, "digest": i.Digest,
	}}, `INSERT INTO imports (`+importColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		i.ID, i.Project, i.Digest, i.Format, i.Name, i.BaseTime, i.Done, i.Total, i.State, i.Created, i.Updated)
	return i, err
}

// Import implements control.Reader.
func (s *Store) Import(ctx context.Context, p project.ID, imp string) (control.Import, error) {
	return one(ctx, s.read, scanImport, "import", `SELECT `+importColumns+` FROM imports WHERE project = ? AND id = ?`, p, imp)
}

// ImportOf implements control.Reader.
func (s *Store) ImportOf(ctx context.Context, p project.ID, digest string) (control.Import, error) {
	return one(ctx, s.read, scanImport, "import", `SELECT `+importColumns+` FROM imports WHERE project = ? AND digest = ?`, p, digest)
}

// SaveImport implements control.Bookkeeper.
func (s *Store) SaveImport(ctx context.Context, i control.Import) error {
	return s.save(ctx, "import", `UPDATE imports SET done = max(done, ?), total = ?, state = ?, updated = ?
		WHERE project = ? AND id = ?`, i.Done, i.Total, i.State, i.Updated, i.Project, i.ID)
}

func scanImport(r row) (i control.Import, err error) {
	err = r.Scan(&i.ID, &i.Project, &i.Digest, &i.Format, &i.Name, &i.BaseTime, &i.Done, &i.Total, &i.State, &i.Created, &i.Updated)
	return i, err
}

const jobColumns = `id, project, kind, params, state, done, total, checkpoint, error, result, by_id, by_kind, by_name,
	created, started, finished`

// CreateJob implements control.Tx.
func (t *tx) CreateJob(j control.Job) error {
	_, err := t.exec(noted{j.Project, "job.create", "job", j.ID, map[string]any{"kind": j.Kind, "params": j.Params}},
		`INSERT INTO jobs (`+jobColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		j.ID, j.Project, j.Kind, string(j.Params), j.State, j.Done, j.Total, text(j.Checkpoint), j.Error, text(j.Result),
		j.By.ID, j.By.Kind, j.By.Name, j.Created, j.Started, j.Finished)
	return err
}

// FinishJob implements control.Tx.
func (t *tx) FinishJob(j control.Job) error {
	n, err := t.exec(noted{j.Project, "job.finish", "job", j.ID, map[string]any{"kind": j.Kind, "state": j.State, "error": j.Error}},
		`UPDATE jobs SET state = ?, done = ?, total = ?, error = ?, result = ?, finished = ? WHERE project = ? AND id = ?`,
		j.State, j.Done, j.Total, j.Error, text(j.Result), j.Finished, j.Project, j.ID)
	if err == nil && n == 0 {
		return errs.NotFound("there is no such job")
	}
	return err
}

// SaveJob implements control.Bookkeeper.
func (s *Store) SaveJob(ctx context.Context, j control.Job) error {
	return s.save(ctx, "job", `UPDATE jobs SET state = ?, started = ?, done = ?, total = ?, checkpoint = ?
		WHERE project = ? AND id = ?`, j.State, j.Started, j.Done, j.Total, text(j.Checkpoint), j.Project, j.ID)
}

// Job implements control.Reader.
func (s *Store) Job(ctx context.Context, p project.ID, job string) (control.Job, error) {
	return one(ctx, s.read, scanJob, "job", `SELECT `+jobColumns+` FROM jobs WHERE project = ? AND id = ?`, p, job)
}

// Jobs implements control.Reader.
func (s *Store) Jobs(ctx context.Context, p project.ID, before string, limit int) ([]control.Job, error) {
	return many(ctx, s.read, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE project = ?1 AND (?2 = '' OR id < ?2)
		ORDER BY id DESC LIMIT ?3`, p, before, limit)
}

// OpenJobs implements control.Reader.
func (s *Store) OpenJobs(ctx context.Context) ([]control.Job, error) {
	return many(ctx, s.read, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE state IN ('queued', 'running') ORDER BY id`)
}

func scanJob(r row) (j control.Job, err error) {
	err = r.Scan(&j.ID, &j.Project, &j.Kind, (*[]byte)(&j.Params), &j.State, &j.Done, &j.Total, (*[]byte)(&j.Checkpoint), &j.Error,
		(*[]byte)(&j.Result), &j.By.ID, &j.By.Kind, &j.By.Name, &j.Created, &j.Started, &j.Finished)
	return j, err
}

const deletionColumns = `id, project, state, requested, finished, by_id, by_kind, by_name, reason, target, removed, partitions, backups, error`

// CreateDeletion implements control.Tx.
func (t *tx) CreateDeletion(d control.Deletion) error {
	target, receipt, err := deletionJSON(d)
	if err != nil {
		return err
	}
	_, err = t.exec(noted{d.Project, "data.delete", "deletion", d.ID, map[string]any{"target": d.Target.Sealed()}},
		`INSERT INTO deletions (`+deletionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.Project, d.State, d.Requested, d.Finished, d.By.ID, d.By.Kind, d.By.Name, d.Reason, target,
		receipt[0], receipt[1], receipt[2], d.Error)
	return err
}

// FinishDeletion implements control.Tx.
func (t *tx) FinishDeletion(d control.Deletion) error {
	target, receipt, err := deletionJSON(d)
	if err != nil {
		return err
	}
	n, err := t.exec(noted{d.Project, "deletion.finish", "deletion", d.ID, map[string]any{
		"state": d.State, "removed": d.Removed, "error": d.Error,
	}}, `UPDATE deletions SET state = ?, finished = ?, target = ?, removed = ?, partitions = ?, backups = ?, error = ? WHERE project = ? AND id = ?`,
		d.State, d.Finished, target, receipt[0], receipt[1], receipt[2], d.Error, d.Project, d.ID)
	if err == nil && n == 0 {
		return errs.NotFound("there is no such deletion")
	}
	return err
}

// SaveDeletion implements control.Bookkeeper.
func (s *Store) SaveDeletion(ctx context.Context, d control.Deletion) error {
	target, receipt, err := deletionJSON(d)
	if err != nil {
		return err
	}
	return s.save(ctx, "deletion", `UPDATE deletions SET state = ?, target = ?, removed = ?, partitions = ?, backups = ?
		WHERE project = ? AND id = ?`, d.State, target, receipt[0], receipt[1], receipt[2], d.Project, d.ID)
}

// Deletion implements control.Reader.
func (s *Store) Deletion(ctx context.Context, p project.ID, del string) (control.Deletion, error) {
	return one(ctx, s.read, scanDeletion, "deletion", `SELECT `+deletionColumns+` FROM deletions WHERE project = ? AND id = ?`, p, del)
}

// Deletions implements control.Reader.
func (s *Store) Deletions(ctx context.Context, p project.ID, before string, limit int) ([]control.Deletion, error) {
	return many(ctx, s.read, scanDeletion, `SELECT `+deletionColumns+` FROM deletions WHERE project = ?1 AND (?2 = '' OR id < ?2)
		ORDER BY id DESC LIMIT ?3`, p, before, limit)
}

// OpenDeletions implements control.Reader.
func (s *Store) OpenDeletions(ctx context.Context) ([]control.Deletion, error) {
	return many(ctx, s.read, scanDeletion, `SELECT `+deletionColumns+` FROM deletions
		WHERE state IN ('queued', 'running') ORDER BY id`)
}

// deletionJSON answers the target, and removed, partitions and backups, as they are stored.
func deletionJSON(d control.Deletion) (target string, receipt [3]string, err error) {
	t, err := json.Marshal(d.Target)
	for i, v := range []any{d.Removed, d.Partitions, d.Backups} {
		b, e := json.Marshal(v)
		receipt[i], err = string(b), errors.Join(err, e)
	}
	return string(t), receipt, err
}

func scanDeletion(r row) (d control.Deletion, err error) {
	var target, removed, partitions, backups []byte
	err = r.Scan(&d.ID, &d.Project, &d.State, &d.Requested, &d.Finished, &d.By.ID, &d.By.Kind, &d.By.Name, &d.Reason,
		&target, &removed, &partitions, &backups, &d.Error)
	if err != nil {
		return d, err
	}
	return d, errors.Join(json.Unmarshal(target, &d.Target), json.Unmarshal(removed, &d.Removed),
		json.Unmarshal(partitions, &d.Partitions), json.Unmarshal(backups, &d.Backups))
}

// save runs a bookkeeping update of one row, NotFound with what for none.
func (s *Store) save(ctx context.Context, what, query string, args ...any) error {
	return s.atomically(ctx, func(t *sql.Tx) error {
		res, err := t.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return errs.NotFound("there is no such %s", what)
	})
}

// text answers JSON as SQLite text, NULL for nil.
func text(j json.RawMessage) any {
	if j == nil {
		return nil
	}
	return string(j)
}
