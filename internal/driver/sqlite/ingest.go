package sqlite

import (
	"context"
	"database/sql"

	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

// AddIngest implements control.Bookkeeper.
func (s *Store) AddIngest(ctx context.Context, deltas []control.IngestDay) error {
	return s.atomically(ctx, func(t *sql.Tx) error {
		for _, d := range deltas {
			_, err := t.ExecContext(ctx, `INSERT INTO ingest (project, day, signal, received, stored, duplicates, conflicts, unmapped)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, day, signal) DO UPDATE SET
				received = received + excluded.received, stored = stored + excluded.stored,
				duplicates = duplicates + excluded.duplicates, conflicts = conflicts + excluded.conflicts,
				unmapped = unmapped + excluded.unmapped`,
				d.Project, d.Day, d.Signal, d.Received, d.Stored, d.Duplicates, d.Conflicts, d.Unmapped)
			if err != nil {
				return err
			}
			for reason, n := range d.Rejected {
				_, err := t.ExecContext(ctx, `INSERT INTO ingest_rejected (project, day, signal, reason, count) VALUES (?, ?, ?, ?, ?)
					ON CONFLICT (project, day, signal, reason) DO UPDATE SET count = count + excluded.count`,
					d.Project, d.Day, d.Signal, reason, n)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// ForgetIngest implements control.Bookkeeper.
func (s *Store) ForgetIngest(ctx context.Context, p project.ID) error {
	return s.atomically(ctx, func(t *sql.Tx) error {
		for _, table := range []string{"ingest", "ingest_rejected"} {
			if _, err := t.ExecContext(ctx, `DELETE FROM `+table+` WHERE project = ?`, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// Ingest implements control.Reader. Both tables are read in one snapshot.
func (s *Store) Ingest(ctx context.Context, p project.ID, from string) ([]control.IngestDay, error) {
	t, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, failure(err)
	}
	defer func() { _ = t.Rollback() }() // nothing was written
	days, err := many(ctx, t, func(r row) (d control.IngestDay, err error) {
		err = r.Scan(&d.Project, &d.Day, &d.Signal, &d.Received, &d.Stored, &d.Duplicates, &d.Conflicts, &d.Unmapped)
		d.Rejected = map[string]int64{}
		return d, err
	}, `SELECT project, day, signal, received, stored, duplicates, conflicts, unmapped FROM ingest
		WHERE project = ? AND day >= ? ORDER BY day, signal`, p, from)
	if err != nil {
		return nil, err
	}
	type rejected struct {
		day, signal, reason string
		count               int64
	}
	list, err := many(ctx, t, func(r row) (x rejected, err error) {
		err = r.Scan(&x.day, &x.signal, &x.reason, &x.count)
		return x, err
	}, `SELECT day, signal, reason, count FROM ingest_rejected WHERE project = ? AND day >= ?`, p, from)
	if err != nil {
		return nil, err
	}
	at := make(map[[2]string]int, len(days))
	for i, d := range days {
		at[[2]string{d.Day, d.Signal}] = i
	}
	for _, x := range list { // AddIngest writes the day's row first, so it is there
		days[at[[2]string{x.day, x.signal}]].Rejected[x.reason] = x.count
	}
	return days, nil
}
