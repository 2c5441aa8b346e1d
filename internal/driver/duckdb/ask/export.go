package ask

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
)

// ExportParquet writes the documented view spans to path, oldest day first.
func (r *Reader) ExportParquet(ctx context.Context, q trace.Query, path string) (err error) {
	defer errs.Op(&err, "ask.ExportParquet")
	done, err := r.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	scores, _, totals, _ := needs(q.Filter)
	opens := q.Range
	if totals {
		opens = trace.Range{From: opens.From - around, To: opens.To + around}
	}
	return r.src.Spans(ctx, opens, func(c *sql.Conn, parts []Part) error {
		return r.withScores(ctx, scores, func(table string) error {
			f, err := compile(q.Filter, q.Project, table)
			if err != nil {
				return err
			}
			spans := views()[0]
			from := &query{}
			if asked := overlapping(parts, q.Range); len(asked) > 0 {
				slices.Reverse(asked)
				matchingRows(from, q.Project, asked, parts, f, within(q.Project, step{q.Range.From, q.Range.To}), cond{sql: selectList(spans.columns)})
			} else {
				empty, err := viewSQL(spans, nil, "", q.Project, q.Range)
				if err != nil {
					return err
				}
				from.add(empty)
			}
			text := fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd)", from.String(), strings.ReplaceAll(path, "'", "''"))
			_, err = c.ExecContext(ctx, text, from.args...)
			return engineError(ctx, err)
		})
	})
}
