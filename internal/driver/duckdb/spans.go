package duckdb

import (
	"context"
	"database/sql/driver"
	"slices"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/bloom"
	"steward/internal/driver/duckdb/row"
)

type placedSpan = placed[trace.Span]

// loadSpans loads the spans of one day. Identity is decided in three steps, so that a span which is new, as nearly all
// are, costs one look into memory: a Bloom filter of the day's identities; for its hits an exact look-up in the day's
// file and in the batch itself.
func (e *Engine) loadSpans(ctx context.Context, day int64, recs []placedSpan, t *tally) error {
	p, err := e.partFor(partKey{telemetry.Spans, day})
	if err != nil {
		return err
	}
	var fresh []*trace.Span
	var again []repeat
	err = e.onPart(ctx, p, func() (change, error) {
		fresh, again = fresh[:0], again[:0]
		recs := unseen(p, recs)
		if len(recs) == 0 {
			return change{}, nil
		}
		if err := e.loadFilters(ctx, p); err != nil {
			return change{}, err
		}
		var err error
		if fresh, again, err = e.sift(ctx, p, recs); err != nil {
			return change{}, err
		}
		p.note(fresh)
		return change{applied: recs[len(recs)-1].pos, rows: int64(len(fresh)), wrote: true}, e.appendSpans(p, fresh)
	})
	if err != nil {
		return err
	}
	t.stored = append(t.stored, fresh...)
	for _, s := range fresh {
		c := t.of(s.Project)
		c.Spans++
		if len(s.Mapper.Unmapped) > 0 {
			c.Unmapped++
		}
	}
	for _, r := range again {
		c := t.of(r.span.Project)
		if !r.conflict {
			c.Duplicates++
			continue
		}
		c.Conflicts++
		if len(t.conflicts) < maxConflicts {
			t.conflicts = append(t.conflicts, r.span.Key())
		}
	}
	return nil
}

// repeat is a span whose identity was taken already.
type repeat struct {
	span     *trace.Span
	conflict bool // by other content
}

// sift parts new spans from repeated ones.
func (e *Engine) sift(ctx context.Context, p *part, recs []placedSpan) (fresh []*trace.Span, again []repeat, err error) {
	suspects := map[trace.Key]uint64{}
	var order []*trace.Span
	p.mu.Lock()
	for _, r := range recs {
		if p.ids.Add(identHash(r.rec.Project, r.rec.Trace, r.rec.ID)) {
			if _, ok := suspects[r.rec.Key()]; !ok {
				suspects[r.rec.Key()] = 0
				order = append(order, r.rec)
			}
		}
	}
	p.mu.Unlock()
	fresh = make([]*trace.Span, 0, len(recs))
	if len(order) == 0 {
		for _, r := range recs {
			fresh = append(fresh, r.rec)
		}
		return fresh, nil, nil
	}
	taken := map[trace.Key]uint64{} // hash of the content that holds the identity
	if err := e.lookUp(ctx, p, order, func(s *trace.Span, _ int32, hash uint64) { taken[s.Key()] = hash }); err != nil {
		return nil, nil, err
	}
	for _, r := range recs {
		k := r.rec.Key()
		if _, suspect := suspects[k]; !suspect {
			fresh = append(fresh, r.rec)
			continue
		}
		if hash, ok := taken[k]; ok {
			again = append(again, repeat{r.rec, hash != r.rec.Hash})
			continue
		}
		taken[k] = r.rec.Hash
		fresh = append(fresh, r.rec)
	}
	return fresh, again, nil
}

// lookUp calls found for each of the spans that p stores, with the stored revision and hash.
func (e *Engine) lookUp(ctx context.Context, p *part, spans []*trace.Span, found func(s *trace.Span, rev int32, hash uint64)) error {
	if err := e.nominate(ctx, spans); err != nil {
		return err
	}
	rows, err := e.writer.QueryContext(ctx, "SELECT c.n, s.rev, s.hash FROM "+p.table()+
		" s JOIN temp.main.candidates c ON s.trace_id = c.trace_id AND s.span_id = c.span_id AND s.project = c.project")
	return scanRows(rows, err, func(scan func(...any) error) error {
		var n uint32
		var rev int32
		var hash uint64
		if err := scan(&n, &rev, &hash); err != nil {
			return err
		}
		found(spans[n], rev, hash)
		return nil
	})
}

// nominate fills the candidates with the spans' identities; n is the place in spans.
func (e *Engine) nominate(ctx context.Context, spans []*trace.Span) error {
	return e.fillCandidates(ctx, len(spans), func(i int) []driver.Value {
		s := spans[i]
		return []driver.Value{uint32(i), string(s.Project), duckdb.UUID(s.Trace), row.SpanID(s.ID), ""}
	})
}

// note adds the spans' traces and sessions to the day's filter. It comes before the commit, so that a reader who sees
// the rows finds them; a commit that fails leaves harmless extra entries.
func (p *part) note(spans []*trace.Span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var last trace.ID
	session := ""
	for _, s := range spans {
		if s.Trace == last && s.Session == session {
			continue
		}
		p.keys.Add(traceHash(s.Project, s.Trace))
		if s.Session != "" {
			p.keys.Add(sessionHash(s.Project, s.Session))
		}
		last, session = s.Trace, s.Session
	}
}

// spanWriter turns spans into rows on a goroutine of its own, ahead of the appender. Its buffers live as long as the
// engine.
type spanWriter struct {
	enc    *row.Encoder
	chunks [3]row.Chunk
}

func newSpanWriter() *spanWriter { return &spanWriter{enc: row.NewEncoder()} }

// chunkRows is how many rows are encoded before they are appended.
const chunkRows = 512

// each calls fn with the rows of the spans, in order, and stops at its first error.
func (w *spanWriter) each(spans []*trace.Span, fn func(c *row.Chunk) error) error {
	w.enc.Reset()
	ready, free := make(chan *row.Chunk, len(w.chunks)), make(chan *row.Chunk, len(w.chunks))
	for i := range w.chunks {
		free <- &w.chunks[i]
	}
	var failed, broken error
	go func() {
		defer close(ready)
		broken = caught(func() error {
			for part := range slices.Chunk(spans, chunkRows) {
				c, ok := <-free
				if !ok {
					return nil
				}
				w.enc.Fill(c, part)
				ready <- c
			}
			return nil
		})
	}()
	for c := range ready {
		if failed == nil {
			if failed = fn(c); failed != nil {
				close(free)
			}
		}
		if failed == nil {
			free <- c
		}
	}
	if failed == nil {
		failed = broken // read after ready was closed
	}
	return failed
}

func (e *Engine) appendSpans(p *part, spans []*trace.Span) error {
	if len(spans) == 0 {
		return nil
	}
	return e.appendTo(p.alias, string(telemetry.Spans), func(a *duckdb.Appender) error {
		rows := 0
		return e.enc.each(spans, func(c *row.Chunk) error {
			for i := range c.Len() {
				if err := a.AppendRow(c.Row(i)...); err != nil {
					return err
				}
			}
			// A full row group is compressed now, while the next rows are being encoded.
			if rows += c.Len(); rows%rowGroup == 0 {
				return a.Flush()
			}
			return nil
		})
	})
}

// loadFilters brings both filters of an attached day of spans into memory. It runs inside a transaction that has not
// written yet, or outside of any.
func (e *Engine) loadFilters(ctx context.Context, p *part) error {
	if err := e.loadKeys(ctx, p); err != nil {
		return err
	}
	p.mu.Lock()
	known := p.ids != nil
	p.mu.Unlock()
	if known {
		return nil
	}
	ids := &bloom.Filter{}
	rows, err := e.writer.QueryContext(ctx, "SELECT project, trace_id, span_id FROM "+p.table())
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var proj project.ID
		var id duckdb.UUID
		var span uint64
		if err := scan(&proj, &id, &span); err != nil {
			return err
		}
		ids.Add(identHash(proj, trace.ID(id), row.SpanIDOf(span)))
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
