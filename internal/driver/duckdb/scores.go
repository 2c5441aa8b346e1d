package duckdb

import (
	"context"
	"database/sql/driver"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/driver/duckdb/bloom"
	"steward/internal/driver/duckdb/row"
)

type scoreKey struct {
	project project.ID
	id      string
}

// loadScores stores scores; of those with one id the last counts, in the batch as in the file.
func (e *Engine) loadScores(ctx context.Context, recs []placed[score.Score], t *tally) error {
	p, err := e.partFor(partKey{kind: telemetry.Scores})
	if err != nil {
		return err
	}
	var latest []*score.Score
	seen := 0
	err = e.onPart(ctx, p, func() (change, error) {
		recs := unseen(p, recs)
		seen = len(recs)
		if len(recs) == 0 {
			return change{}, nil
		}
		if err := e.loadScoreIDs(ctx, p); err != nil {
			return change{}, err
		}
		var suspects []*score.Score
		latest, suspects = p.latest(recs)
		gone, err := e.deleteScores(ctx, p, suspects)
		if err != nil {
			return change{}, err
		}
		fields := row.ScoreFields()
		values := make([]driver.Value, len(fields))
		err = e.appendTo(p.alias, string(p.kind), func(a *duckdb.Appender) error {
			for _, s := range latest {
				row.Fill(values, fields, s)
				if err := a.AppendRow(values...); err != nil {
					return err
				}
			}
			return nil
		})
		return change{applied: recs[len(recs)-1].pos, rows: int64(len(latest)) - gone, wrote: true}, err
	})
	if err != nil {
		return err
	}
	for _, r := range recs[len(recs)-seen:] {
		t.of(r.rec.Project).Scores++
	}
	return nil
}

// latest answers the last score of each id, and of those the ones whose id may be stored.
func (p *part) latest(recs []placed[score.Score]) (latest, suspects []*score.Score) {
	at := make(map[scoreKey]int, len(recs))
	for _, r := range recs {
		k := scoreKey{r.rec.Project, r.rec.ID}
		if i, ok := at[k]; ok {
			latest[i] = r.rec
			continue
		}
		at[k] = len(latest)
		latest = append(latest, r.rec)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range latest {
		if p.ids.Add(scoreHash(s.Project, s.ID)) {
			suspects = append(suspects, s)
		}
	}
	return latest, suspects
}

func (e *Engine) deleteScores(ctx context.Context, p *part, scores []*score.Score) (int64, error) {
	if len(scores) == 0 {
		return 0, nil
	}
	err := e.fillCandidates(ctx, len(scores), func(i int) []driver.Value {
		return []driver.Value{uint32(i), string(scores[i].Project), nil, uint64(0), scores[i].ID}
	})
	if err != nil {
		return 0, err
	}
	res, err := e.writer.ExecContext(ctx, "DELETE FROM "+p.table()+" s USING temp.main.candidates c WHERE s.id = c.id AND s.project = c.project")
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (e *Engine) loadScoreIDs(ctx context.Context, p *part) error {
	p.mu.Lock()
	known := p.ids != nil
	p.mu.Unlock()
	if known {
		return nil
	}
	ids := &bloom.Filter{}
	rows, err := e.writer.QueryContext(ctx, "SELECT project, id FROM "+p.table())
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var k scoreKey
		if err := scan(&k.project, &k.id); err != nil {
			return err
		}
		ids.Add(scoreHash(k.project, k.id))
		return nil
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.ids = ids
	p.mu.Unlock()
	return nil
}
