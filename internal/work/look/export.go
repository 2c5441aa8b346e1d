package look

import (
	"context"
	"os"
	"path/filepath"

	"steward/internal/base/errs"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
)

// Scan calls fn with whole spans of the range that match, in order of start; payloads are brought back.
func (l *Look) Scan(ctx context.Context, q Question, fn func([]Span) error) error {
	q.Limit, q.Content = 0, true
	query, err := l.query(ctx, q)
	if err != nil {
		return err
	}
	return l.engine.Scan(ctx, query, func(spans []trace.Span) error {
		for i := range spans {
			if err := l.payload.Restore(ctx, &spans[i]); err != nil {
				return err
			}
		}
		out, err := l.spans(ctx, q.Project, spans)
		if err != nil {
			return err
		}
		return fn(out)
	})
}

// Parquet writes the matching spans as a Parquet file and hands it over, open for reading; done removes it.
func (l *Look) Parquet(ctx context.Context, q Question, dir string) (f *os.File, done func(), err error) {
	q.Limit = 0
	query, err := l.query(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp(dir, "export-")
	if err != nil {
		return nil, nil, errs.Unavailable(0, err, "there is no room to write the export")
	}
	remove := func() { _ = os.RemoveAll(folder) } // what is left is swept at the next start
	path := filepath.Join(folder, "spans.parquet")
	if err := l.engine.ExportParquet(ctx, query, path); err != nil {
		remove()
		return nil, nil, err
	}
	if f, err = os.Open(path); err != nil {
		remove()
		return nil, nil, errs.Wrap(errs.CodeInternal, err, "the export cannot be read back")
	}
	return f, func() { _ = f.Close(); remove() }, nil
}

// Matcher answers a test for spans as they come in. Totals of a trace and scores are not known then: a filter that
// asks for them matches nothing.
func (l *Look) Matcher(text string) (func(*trace.Span) bool, error) {
	expr, err := l.filter(text)
	if err != nil {
		return nil, err
	}
	return func(s *trace.Span) bool { return expr == nil || filter.Match(expr, s.Record(nil)) }, nil
}

// Bare answers a copy of the span without content.
func Bare(s *trace.Span) trace.Span {
	bare := *s
	dropContent(&bare)
	return bare
}
