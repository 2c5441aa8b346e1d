package ask

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// keysMost bounds the identities in one statement.
const keysMost = 1000

// SpansOf answers those of the spans that are stored, whole, in no order.
func (r *Reader) SpansOf(ctx context.Context, keys []trace.Key) (out []trace.Span, err error) {
	defer errs.Op(&err, "ask.SpansOf")
	byProject := map[project.ID][]trace.Key{}
	for _, k := range keys {
		byProject[k.Project] = append(byProject[k.Project], k)
	}
	newest := map[trace.Key]trace.Span{}
	for p, keys := range byProject {
		for some := range slices.Chunk(keys, keysMost) {
			err := r.src.SpansHolding(ctx, p, tracesOf(some), "", func(c *sql.Conn, parts []Part) error {
				got, err := readSpans(ctx, c, parts, true, amongKeys(p, some))
				for _, s := range got {
					if have, ok := newest[s.Key()]; !ok || have.Rev < s.Rev {
						newest[s.Key()] = s
					}
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for _, s := range newest {
		out = append(out, s)
	}
	return out, nil
}

func tracesOf(keys []trace.Key) (out []trace.ID) {
	seen := map[trace.ID]bool{}
	for _, k := range keys {
		if !seen[k.Trace] {
			seen[k.Trace] = true
			out = append(out, k.Trace)
		}
	}
	return out
}

func amongKeys(p project.ID, keys []trace.Key) cond {
	var traces, spans strings.Builder
	for i, k := range keys {
		if i > 0 {
			traces.WriteByte(',')
			spans.WriteByte(',')
		}
		traces.WriteString(row.TraceLiteral(k.Trace))
		spans.WriteString("(" + row.TraceLiteral(k.Trace) + "," + strconv.FormatUint(row.SpanID(k.Span), 10) + "::UBIGINT)")
	}
	return cond{"s.project = ? AND s.trace_id IN (" + traces.String() + ") AND (s.trace_id, s.span_id) IN (" + spans.String() + ")", []any{string(p)}}
}
