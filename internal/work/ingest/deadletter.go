package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"steward/internal/base/errs"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/intake"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
)

// A dead letter is tried again by a record of its own in the intake log, which names it. Loading that record loads the
// letter, as it is then, and removes it: positions make that happen once, whenever the process is killed.

// retryDeadLetters asks for every dead letter to be loaded again. It runs at every start: a newer program, or a
// repaired disk, may take what was refused.
func (g *Ingest) retryDeadLetters(ctx context.Context) {
	for _, letter := range g.o.DeadLetters.List() {
		head := appendHeader(nil, otlp.Arrival{Project: letter.Project, Received: g.o.Clock.Now().UnixNano()}, "")
		at, err := g.o.Log.Append(ctx, intake.Record{Kind: kindDeadLetter, Payload: [][]byte{head, []byte(letter.ID)}})
		if err != nil {
			if ctx.Err() == nil {
				g.o.Logger.Warn("dead letters are tried again at the next start", "error", err)
			}
			return
		}
		g.queue.put(at, &decoded{letter: letter.ID})
	}
}

// openLetters fills in the dead letters among the work. One that is gone, because a deletion took it or because it
// was loaded already, is nothing.
func (l *loader) openLetters(got []*work) {
	seen := map[string]bool{}
	for i, w := range got {
		if w.letter == "" {
			continue
		}
		opened := &work{entry: telemetry.Entry{Position: w.entry.Position}}
		if letter, err := l.openLetter(w.letter); err == nil && !seen[w.letter] {
			opened = l.g.prepare(intake.Position(w.entry.Position), letter)
			opened.letter = w.letter
		} else if err != nil && errs.CodeOf(err) != errs.CodeNotFound {
			l.g.o.Logger.Error("a dead letter cannot be read; it is left where it is", "letter", w.letter, "error", err)
		}
		seen[w.letter] = true
		got[i] = opened
	}
}

func (l *loader) openLetter(id string) (*decoded, error) {
	letter, err := l.g.o.DeadLetters.Letter(id)
	if err != nil {
		return nil, err
	}
	return decode(letter.Record.Kind, join(letter.Record.Payload))
}

// withoutLetters takes out of records that are read again, after a crash, what is set aside of them already: it comes
// with its letter.
func (l *loader) withoutLetters(got []*work) {
	for _, letter := range l.g.o.DeadLetters.List() {
		for _, w := range got {
			if letter.Position != intake.Position(w.entry.Position) {
				continue
			}
			out := &refusal{}
			switch {
			case letter.Signal == signalScores: // they replace what is stored
			case letter.Rows == nil:
				w.entry, w.derived = telemetry.Entry{Position: w.entry.Position}, nil
			case letter.Signal == signalSpans:
				out.spans = letter.Rows
			case letter.Signal == signalLogs:
				out.logs = letter.Rows
			case letter.Signal == signalMetrics:
				out.points = letter.Rows
			}
			w.drop(&w.entry, out)
		}
	}
}

// closeLetters removes the dead letters whose records are stored, or are set aside anew under the position at which
// they were tried again.
func (l *loader) closeLetters(got []*work) {
	for _, w := range got {
		if w.letter == "" {
			continue
		}
		if err := l.g.o.DeadLetters.Remove(w.letter); err != nil {
			l.g.o.Logger.Error("a dead letter that is loaded cannot be removed; its log records and points will be loaded twice", "letter", w.letter, "error", err)
		}
	}
}

// setAside keeps the refused rows of an entry as dead letters, durably, and takes them out of it. A span that was made
// of a log record goes with it.
func (l *loader) setAside(ctx context.Context, w *work, e *telemetry.Entry, bad *refusal) error {
	r, err := l.recordOf(ctx, w)
	if err != nil {
		return err
	}
	in, key, body, err := cutHeader(join(r.Payload))
	if err != nil {
		return err
	}
	if w.derived != nil {
		for _, n := range bad.spans {
			bad.logs = append(bad.logs, w.derived[n])
		}
		slices.Sort(bad.logs)
		bad.logs, bad.spans = slices.Compact(bad.logs), nil
	}
	head := appendHeader(nil, in, key)
	letter := intake.DeadLetter{Position: intake.Position(e.Position), Project: in.Project, Reason: reasonOf(bad.reason), Time: l.g.o.Clock.Now().UnixNano()}
	if w.letter != "" {
		old, err := l.g.o.DeadLetters.Letter(w.letter)
		if err != nil {
			return err
		}
		letter.Time = old.Time
	}
	for _, part := range []struct {
		name   string
		signal otlp.Signal
		rows   []int
		at     *origins
	}{{signalSpans, otlp.Traces, bad.spans, &w.spansAt}, {signalLogs, otlp.LogRecords, bad.logs, &w.logsAt}, {signalMetrics, otlp.Metrics, bad.points, &w.pointsAt}} {
		if len(part.rows) == 0 {
			continue
		}
		name(&letter, part.name)
		letter.Rows = part.at.of(part.rows)
		if before, err := l.g.o.DeadLetters.Letter(letter.ID); err == nil {
			letter.Rows = union(letter.Rows, before.Rows)
		}
		only, err := otlp.Only(part.signal, body, in, letter.Rows)
		if err != nil {
			return err
		}
		letter.Records, letter.Record = len(letter.Rows), intake.Record{Kind: r.Kind, Payload: [][]byte{head, only}}
		if err := l.put(letter, len(part.rows), w); err != nil {
			return err
		}
	}
	if len(bad.scores) > 0 {
		if err := l.setAsideScores(w, e, bad.scores, letter, head); err != nil {
			return err
		}
	}
	w.drop(e, bad)
	return nil
}

// setAsideScores keeps scores, whatever kind of record they came in.
func (l *loader) setAsideScores(w *work, e *telemetry.Entry, rows []int, letter intake.DeadLetter, head []byte) error {
	name(&letter, signalScores)
	var scores []score.Score
	if before, err := l.openLetter(letter.ID); err == nil {
		scores = before.scores
	}
	for _, n := range rows {
		again := func(s score.Score) bool { return s.ID == e.Scores[n].ID }
		scores = append(slices.DeleteFunc(scores, again), e.Scores[n])
	}
	text, err := encodeScores(scores)
	if err != nil {
		return err
	}
	letter.Rows, letter.Records = rows, len(scores)
	letter.Record = intake.Record{Kind: kindScores, Payload: [][]byte{head, text}}
	return l.put(letter, len(rows), w)
}

// setAsideWhole keeps a batch's one record as it came in: not even what it needs of the store could be had.
func (l *loader) setAsideWhole(ctx context.Context, b *batch, why error) error {
	w, e := b.got[0], &b.entries[0]
	r, err := l.recordOf(ctx, w)
	if err != nil {
		return err
	}
	in, _, _, err := cutHeader(join(r.Payload))
	if err != nil {
		return err
	}
	letter := intake.DeadLetter{Position: intake.Position(e.Position), Project: in.Project, Reason: reasonOf(why), Time: l.g.o.Clock.Now().UnixNano(), Record: r}
	name(&letter, signalOf[r.Kind])
	letter.Records = rowsOf(e)
	if err := l.put(letter, letter.Records, w); err != nil {
		return err
	}
	b.entries, b.got = nil, nil
	return nil
}

// name says which signal's records a letter holds, and gives it its ID: one a position and signal.
func name(letter *intake.DeadLetter, signal string) {
	letter.Signal, letter.ID = signal, fmt.Sprintf("%020d-%s", letter.Position, signal)
}

func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// put makes a letter durable and says so to people. fresh are how many records are new in it. What is set aside once
// more is not counted once more.
func (l *loader) put(letter intake.DeadLetter, fresh int, w *work) error {
	if err := l.g.o.DeadLetters.Put(letter); err != nil {
		return err
	}
	if w.letter == "" {
		l.g.tally.setAside(letter.Project, letter.Signal, fresh)
	}
	l.g.o.Logger.Error("records that the telemetry store refuses are set aside and tried again at the next start", "position", letter.Position,
		"project", letter.Project, "signal", letter.Signal, "records", fresh, "reason", letter.Reason)
	return nil
}

// maxReason bounds what is kept of an error, in bytes: it may repeat what it complains about.
const maxReason = 500

func reasonOf(err error) string {
	text := err.Error()
	return text[:min(len(text), maxReason)]
}

// recordOf answers a piece of work as it was acknowledged.
func (l *loader) recordOf(ctx context.Context, w *work) (out intake.Record, err error) {
	if w.letter != "" {
		letter, err := l.g.o.DeadLetters.Letter(w.letter)
		return letter.Record, err
	}
	at := intake.Position(w.entry.Position)
	found := errors.New("found")
	err = l.g.o.Log.Read(ctx, at-1, func(have intake.Position, r intake.Record) error {
		if have == at {
			out = intake.Record{Kind: r.Kind, Payload: [][]byte{bytes.Clone(join(r.Payload))}}
		}
		return found
	})
	if errors.Is(err, found) {
		err = nil
	}
	if err == nil && out.Payload == nil {
		err = errs.New(errs.CodeInternal, "the intake log has no record at position %d", at)
	}
	return out, err
}
