package ask

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/trace"
)

// A list of groups (traces, sessions) in order of their true start, newest first, is found by walking back through
// time in steps. A step yields the groups with a matching span in it, by their first span in it. A group whose true
// start lies in the step is in its place; one that began earlier is carried along until the walk reaches its start.
// So the walk stops as soon as the page is full, each group appears once, and nothing older has been opened.
//
// The cursor names the last group given, the step in which the walk stood and the groups carried. Where too many are
// carried, the next page walks again from the newest end, skipping what was given: slower, and still exact.

// Rows per step, roughly. The first is small, because the newest rows often fill the page. Those after it are larger:
// text search wants them small enough to stop in time, and large enough to span row groups, which is what the engine
// works on in parallel.
const (
	firstStep = 20_000
	textStep  = 200_000
	plainStep = 400_000
	maxCarry  = 64
)

// around is how far beside its day a trace's spans are sought for totals in a filter (trace.cost>1): a trace that goes
// on longer is judged there by the part within. The totals that answers show are always whole.
const around = int64(24 * time.Hour)

// place is a position in the list: a group's start and its key, which breaks ties.
type place struct {
	Start int64  `json:"t"`
	Key   string `json:"k"`
}

// after says that p comes after q in the list, which is newest first.
func (p place) after(q place) bool {
	return p.Start < q.Start || p.Start == q.Start && p.Key < q.Key
}

// step is a stretch of time within one partition, half-open.
type step struct{ Lo, Hi int64 }

// mark is what a cursor remembers of a walk.
type mark struct {
	Last  place    `json:"p"`
	Step  step     `json:"s"`           // where the walk stood; all newer ones are done
	Carry []string `json:"c,omitempty"` // groups found that begin after Last, each key with its note
	Again bool     `json:"a,omitempty"` // too many are carried: begin at the newest end
}

func readMark(c page.Cursor, sort string) (*mark, error) {
	if c == (page.Cursor{}) {
		return nil, nil
	}
	var m mark
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || c.Sort != sort || json.Unmarshal(raw, &m) != nil {
		return nil, errs.Invalid("cursor is not one of this list; start again without cursor")
	}
	return &m, nil
}

func (m mark) cursor(sort string) (page.Cursor, error) {
	raw, err := json.Marshal(m)
	return page.Cursor{Sort: sort, Value: base64.RawURLEncoding.EncodeToString(raw), ID: m.Last.Key}, err
}

// found is a group that a step yields: first is the start of its first span in the step, note what else find learnt.
type found struct {
	first     int64
	key, note string
}

// group is a described group.
type group[T any] struct {
	place
	item T
	note string
}

// walker is one walk.
type walker[T any] struct {
	r     *Reader
	span  trace.Range
	sort  string
	limit int
	text  bool
	wide  bool // find wants the partitions of the days around too
	// find answers up to n groups with a matching span in the step that come after the place, in list order.
	find func(ctx context.Context, o opened, s step, after place, n int) ([]found, error)
	// partly counts spans of the step that might match but were searched only partly; nil without text.
	partly func(ctx context.Context, o opened, s step) (int64, error)
	// describe answers the groups that exist, by key.
	describe func(ctx context.Context, keys []string) (map[string]group[T], error)
	// noted writes a note into an item; nil where find makes none.
	noted func(item *T, note string)

	from  place // give only what comes after it
	again bool  // the walk began anew: what comes before from was given already, but must be looked at
	out   []group[T]
	carry []group[T] // sorted in list order
	seen  map[string]bool
	now   step
}

// last is a key behind all others.
const last = "\U0010ffff"

func newest() place { return place{Start: math.MaxInt64, Key: last} }

func (p place) isNewest() bool { return p.Start == math.MaxInt64 }

// opened is what find reads: the step's partition and, where asked for, those around it.
type opened struct {
	c      *sql.Conn
	part   Part
	around []Part
}

// run answers a page.
func (w *walker[T]) run(ctx context.Context, cursor page.Cursor) (items []T, next page.Cursor, searched trace.Searched, err error) {
	m, err := readMark(cursor, w.sort)
	if err != nil {
		return nil, next, searched, err
	}
	w.seen, w.from = map[string]bool{}, newest()
	if m != nil {
		w.from, w.again = m.Last, m.Again
		if err := w.take(ctx, m.Carry); err != nil {
			return nil, next, searched, err
		}
	}
	searched = trace.Searched{From: w.span.From, To: w.span.To, Complete: true}
	deadline := w.r.opt.Clock.Now().Add(w.r.opt.Search)
	steps, err := w.steps(ctx, m)
	if err != nil {
		return nil, next, searched, err
	}
	for i, s := range steps {
		full, partly, err := w.step(ctx, s)
		searched.Partly += partly
		if err != nil {
			return nil, next, searched, err
		}
		if full {
			searched.From = s.Lo
			return w.page(searched)
		}
		late := w.text && !w.r.opt.Clock.Now().Before(deadline)
		if late && i < len(steps)-1 && (!w.again || s.Lo < w.from.Start) {
			searched.From, searched.Complete = s.Lo, false
			w.now = step{s.Lo, s.Lo}
			return w.stopped(searched)
		}
	}
	w.flush(place{Start: math.MinInt64})
	return w.page(searched)
}

// steps cuts the rest of the range into steps, newest first.
func (w *walker[T]) steps(ctx context.Context, m *mark) ([]step, error) {
	top := w.span.To
	var out []step
	if m != nil && !m.Again {
		top = m.Step.Lo
		if m.Step.Lo < m.Step.Hi {
			out = append(out, m.Step)
		}
	}
	days, err := w.r.src.Days(ctx, trace.Range{From: w.span.From, To: top})
	if err != nil {
		return nil, err
	}
	rows := int64(plainStep)
	if w.text {
		rows = textStep
	}
	for i, d := range days {
		size := d.span(rows)
		hi := min(d.To, top)
		for lo := max(d.From, w.span.From); hi > lo; {
			s := step{max(lo, d.From+(hi-1-d.From)/size*size), hi}
			if i == 0 && hi == top {
				s.Lo = max(s.Lo, hi-d.span(firstStep))
			}
			out = append(out, s)
			hi = s.Lo
		}
	}
	return out, nil
}

// span answers the length of time in which the partition holds so many rows, if they are spread evenly.
func (p Part) span(rows int64) int64 {
	return max(int64(time.Second), (p.To-p.From)/max(1, (p.Rows+rows-1)/rows))
}

// step gives the groups of one step; full says that the page has all it needs, and one more.
func (w *walker[T]) step(ctx context.Context, s step) (full bool, partly int64, err error) {
	w.now = s
	after := newest()
	if !w.again && s.Lo <= w.from.Start && w.from.Start < s.Hi {
		after = w.from
	}
	opens := trace.Range{From: s.Lo, To: s.Hi}
	if w.wide {
		opens = trace.Range{From: s.Lo - around, To: s.Hi + around}
	}
	n := w.limit + 1
	if w.again {
		n = page.MaxLimit
	}
	for {
		var batch []found
		err = w.r.src.Spans(ctx, opens, func(c *sql.Conn, parts []Part) (err error) {
			i := slices.IndexFunc(parts, func(p Part) bool { return p.From <= s.Lo && s.Lo < p.To })
			if i < 0 {
				return nil
			}
			o := opened{c, parts[i], parts}
			if batch, err = w.find(ctx, o, s, after, n); err == nil && w.partly != nil && after.isNewest() {
				partly, err = w.partly(ctx, o, s)
			}
			return err
		})
		if err != nil {
			return false, partly, err
		}
		if full, err = w.place(ctx, batch, s); full || err != nil {
			return full, partly, err
		}
		if len(batch) < n {
			break
		}
		after = place{batch[len(batch)-1].first, batch[len(batch)-1].key}
		n = min(4*n, page.MaxLimit) // most of the batch was carried; look at more at once
	}
	return w.flush(place{Start: s.Lo}), partly, nil
}

// place gives the groups whose start lies in the step and carries the others.
func (w *walker[T]) place(ctx context.Context, batch []found, s step) (full bool, err error) {
	var keys []string
	for _, f := range batch {
		if !w.seen[f.key] {
			keys = append(keys, f.key)
		}
	}
	groups, err := w.describe(ctx, keys)
	if err != nil {
		return false, err
	}
	for _, f := range batch {
		g, ok := groups[f.key]
		if !ok || w.seen[f.key] {
			continue
		}
		w.seen[f.key] = true
		g.note = f.note
		if g.Start < f.first {
			w.keep(g)
			continue
		}
		if w.flush(g.place) || w.give(g) {
			return true, nil
		}
	}
	return false, nil
}

// take describes carried groups again.
func (w *walker[T]) take(ctx context.Context, carried []string) error {
	keys, notes := make([]string, len(carried)), map[string]string{}
	for i, c := range carried {
		key, note, _ := strings.Cut(c, noteMark)
		keys[i], notes[key] = key, note
	}
	groups, err := w.describe(ctx, keys)
	for _, g := range groups {
		g.note = notes[g.Key]
		w.seen[g.Key] = true
		w.keep(g)
	}
	return err
}

// noteMark parts a carried group's key from its note.
const noteMark = "\x00"

func (w *walker[T]) keep(g group[T]) {
	i, _ := slices.BinarySearchFunc(w.carry, g, func(a, b group[T]) int {
		return cmp.Or(cmp.Compare(b.Start, a.Start), cmp.Compare(b.Key, a.Key))
	})
	w.carry = slices.Insert(w.carry, i, g)
}

// flush gives the carried groups that come before the place, or at its start without a key.
func (w *walker[T]) flush(until place) (full bool) {
	for len(w.carry) > 0 && !w.carry[0].after(until) {
		g := w.carry[0]
		if w.give(g) {
			return true
		}
		w.carry = w.carry[1:]
	}
	return false
}

// give appends a group; full says that it was one more than the page takes.
func (w *walker[T]) give(g group[T]) (full bool) {
	if !g.after(w.from) {
		return false
	}
	if w.noted != nil {
		w.noted(&g.item, g.note)
	}
	w.out = append(w.out, g)
	return len(w.out) > w.limit
}

// page answers what was given, with a cursor where there is more.
func (w *walker[T]) page(searched trace.Searched) ([]T, page.Cursor, trace.Searched, error) {
	if len(w.out) <= w.limit {
		return items(w.out), page.Cursor{}, searched, nil
	}
	// The one more is carried still, or its step, walked again, finds it.
	w.out = w.out[:w.limit]
	next, err := w.remember(mark{Last: w.out[w.limit-1].place, Step: w.now})
	return items(w.out), next, searched, err
}

// stopped answers what was given before time ran out.
func (w *walker[T]) stopped(searched trace.Searched) ([]T, page.Cursor, trace.Searched, error) {
	m := mark{Last: place{Start: w.now.Lo, Key: last}, Step: w.now}
	next, err := w.remember(m)
	return items(w.out), next, searched, err
}

func (w *walker[T]) remember(m mark) (page.Cursor, error) {
	if len(w.carry) > maxCarry {
		m.Again = true
		return m.cursor(w.sort)
	}
	for _, g := range w.carry {
		m.Carry = append(m.Carry, g.Key+noteMark+g.note)
	}
	return m.cursor(w.sort)
}

func items[T any](groups []group[T]) []T {
	out := make([]T, len(groups))
	for i := range groups {
		out[i] = groups[i].item
	}
	return out
}
