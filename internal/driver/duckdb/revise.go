package duckdb

import (
	"context"
	"fmt"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// Revise implements telemetry.Loader: the old row is deleted and the new one inserted in one transaction a day, so
// that readers see exactly one row of an identity.
func (e *Engine) Revise(ctx context.Context, spans []trace.Span) (replaced int, err error) {
	defer errs.Op(&err, "duckdb.Revise")
	e.write.Lock()
	defer e.write.Unlock()
	newest := map[trace.Key]*trace.Span{}
	for i := range spans {
		s := &spans[i]
		if old := newest[s.Key()]; old == nil || s.Rev > old.Rev {
			newest[s.Key()] = s
		}
	}
	days := map[int64][]*trace.Span{}
	for i := range spans {
		if s := &spans[i]; newest[s.Key()] == s {
			d := dayOf(s.Start)
			days[d] = append(days[d], s)
		}
	}
	for _, day := range inOrder(days) {
		n, err := e.reviseDay(ctx, day, days[day])
		replaced += n
		if err != nil {
			return replaced, err
		}
	}
	return replaced, nil
}

func (e *Engine) reviseDay(ctx context.Context, day int64, spans []*trace.Span) (int, error) {
	e.mu.Lock()
	p := e.parts[partKey{telemetry.Spans, day}]
	e.mu.Unlock()
	if p == nil {
		return 0, nil
	}
	var newer []*trace.Span
	err := e.onPart(ctx, p, func() (change, error) {
		newer = newer[:0]
		err := e.lookUp(ctx, p, spans, func(s *trace.Span, rev int32, _ uint64) {
			if s.Rev > rev {
				newer = append(newer, s)
			}
		})
		if err != nil || len(newer) == 0 {
			return change{}, err
		}
		if err := e.loadKeys(ctx, p); err != nil {
			return change{}, err
		}
		if err := e.nominate(ctx, newer); err != nil {
			return change{}, err
		}
		res, err := e.writer.ExecContext(ctx, "DELETE FROM "+p.table()+
			" s USING temp.main.candidates c WHERE s.trace_id = c.trace_id AND s.span_id = c.span_id AND s.project = c.project")
		if err != nil {
			return change{}, err
		}
		if n, err := res.RowsAffected(); err != nil || n != int64(len(newer)) {
			return change{}, fmt.Errorf("%d rows of %d revised spans: %w", n, len(newer), err)
		}
		p.note(newer)
		return change{wrote: true}, e.appendSpans(p, newer)
	})
	if err != nil {
		return 0, err
	}
	return len(newer), nil
}
