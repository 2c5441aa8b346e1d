package ingest

import (
	"context"
	"errors"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// refusals is how often the engine must refuse a batch, for another reason than that it is away, before the batch is
// divided.
const refusals = 3

// take loads a batch and tries again until it is taken or ctx ends: what was acknowledged is not given up because a
// disk is full. What the engine refuses for good must not keep back the rest: then rest are the parts to go on with.
func (l *loader) take(ctx context.Context, b *batch) (rest []*batch, ok bool) {
	wait := retryFirst
	for refused := 0; ; wait = min(2*wait, retryMost) {
		err := l.try(ctx, b)
		if err == nil {
			return nil, true
		}
		if ctx.Err() != nil {
			return nil, false
		}
		if forGood(err) {
			refused++
		}
		if refused >= refusals || refused > 0 && b.suspect {
			refused = 0
			var failed error
			if rest, failed = l.divide(ctx, b, err); len(rest) > 0 {
				return rest, true
			}
			if failed != nil {
				err = failed
			}
		}
		l.fail(err)
		if !l.pause(ctx, wait) {
			return nil, false
		}
	}
}

// forGood says whether trying again is in vain, as far as the error tells.
func forGood(err error) bool {
	switch errs.CodeOf(err) {
	case errs.CodeUnavailable, errs.CodeOverloaded:
		return false
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// divide answers the parts of a batch that the engine refuses, without what it refuses, as far as that can be told;
// none when nothing can be done but to try again.
func (l *loader) divide(ctx context.Context, b *batch, why error) ([]*batch, error) {
	if b.loaded {
		if err := l.reviseApart(ctx, b.revisions); err != nil {
			return nil, err
		}
		b.revisions = nil
		return []*batch{b}, nil
	}
	if b.settled {
		found, err := l.setAsideRefused(ctx, b)
		switch {
		case err != nil:
			return nil, err
		case found:
			return []*batch{b}, nil
		}
	}
	switch {
	case len(b.entries) > 1:
		return b.halves(), nil
	case !b.settled:
		return []*batch{b}, l.setAsideWhole(ctx, b, why)
	}
	return nil, nil
}

// setAsideRefused finds the rows that the engine refuses, sets them aside and takes them out of the batch.
func (l *loader) setAsideRefused(ctx context.Context, b *batch) (found bool, err error) {
	n := 0
	for i := range b.entries {
		n += rowsOf(&b.entries[i])
	}
	why := map[int]error{}
	if err := l.refused(ctx, b.entries, 0, n, why); err != nil {
		return false, err
	}
	first := 0
	for i := range b.entries {
		e := &b.entries[i]
		rows := rowsOf(e)
		bad := newRefusal(e)
		for n := range rows {
			if err := why[first+n]; err != nil {
				bad.add(n, err)
			}
		}
		first += rows
		if bad.reason == nil {
			continue
		}
		if err := l.setAside(ctx, b.got[i], e, bad); err != nil {
			return found, err
		}
		found = true
	}
	return found, nil
}

// refused notes which rows from lo up to hi the engine refuses, and why. Rows are counted through entries and, within
// one, through its spans, log records, points and scores.
func (l *loader) refused(ctx context.Context, entries []telemetry.Entry, lo, hi int, why map[int]error) error {
	err := l.g.o.Engine.Check(ctx, between(entries, lo, hi))
	switch {
	case err == nil || lo == hi:
		return nil
	case ctx.Err() != nil || !forGood(err):
		return err
	case hi-lo == 1:
		why[lo] = err
		return nil
	}
	mid := (lo + hi) / 2
	if err := l.refused(ctx, entries, lo, mid, why); err != nil {
		return err
	}
	return l.refused(ctx, entries, mid, hi, why)
}

func rowsOf(e *telemetry.Entry) int {
	return len(e.Spans) + len(e.Logs) + len(e.Points) + len(e.Scores)
}

// between answers the entries with nothing but the rows from lo up to hi.
func between(entries []telemetry.Entry, lo, hi int) []telemetry.Entry {
	var out []telemetry.Entry
	for i := range entries {
		e := &entries[i]
		if max(lo, 0) < min(hi, rowsOf(e)) {
			part := telemetry.Entry{Position: e.Position}
			a, z := lo, hi
			part.Spans = cutOut(e.Spans, &a, &z)
			part.Logs = cutOut(e.Logs, &a, &z)
			part.Points = cutOut(e.Points, &a, &z)
			part.Scores = cutOut(e.Scores, &a, &z)
			out = append(out, part)
		}
		lo, hi = lo-rowsOf(e), hi-rowsOf(e)
	}
	return out
}

// cutOut answers what of the rows lies from lo up to hi, and moves both on behind the rows.
func cutOut[T any](rows []T, lo, hi *int) []T {
	a, z := min(max(*lo, 0), len(rows)), min(max(*hi, 0), len(rows))
	*lo, *hi = *lo-len(rows), *hi-len(rows)
	return rows[a:z]
}

// reviseApart stores the revisions that the engine takes. A span whose revision it refuses stays as it is stored: what a
// log record adds to it is found in the log record alone.
func (l *loader) reviseApart(ctx context.Context, spans []trace.Span) error {
	if len(spans) == 0 {
		return nil
	}
	_, err := l.g.o.Engine.Revise(ctx, spans)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || !forGood(err):
		return err
	case len(spans) == 1:
		s := &spans[0]
		l.g.faults.revisions.Add(1)
		l.g.o.Logger.Error("a span's revision is refused by the telemetry store; the span stays as it is", "project", s.Project,
			"trace", s.Trace.String(), "span", s.ID.String(), "error", err)
		return nil
	}
	mid := len(spans) / 2
	if err := l.reviseApart(ctx, spans[:mid]); err != nil {
		return err
	}
	return l.reviseApart(ctx, spans[mid:])
}

func (l *loader) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
