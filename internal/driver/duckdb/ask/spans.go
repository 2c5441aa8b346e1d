package ask

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// Spans lists spans. Newest first it walks back step by step and stops when the page is full; in other orders it
// sorts all matching spans of the range.
func (r *Reader) Spans(ctx context.Context, q trace.Query) (out page.Page[trace.Span], s trace.Searched, err error) {
	defer errs.Op(&err, "ask.Spans")
	limit, err := page.Limit(q.Limit)
	if err != nil {
		return out, s, err
	}
	if q.Sort, err = sortOf(q.Sort); err != nil {
		return out, s, err
	}
	l := &spanList{r: r, q: q, limit: limit, order: orderOf(q.Sort)}
	if l.after, err = l.order.bound(q); err != nil {
		return out, s, err
	}
	return l.run(ctx)
}

// order is how a list of spans is sorted: by a number, then by trace and span id.
type order struct {
	sort, expr, direction, compare string
}

func orderOf(sort string) order {
	o := order{sort: sort, direction: "ASC", compare: ">"}
	if sort[0] == '-' {
		o.direction, o.compare = "DESC", "<"
	}
	o.expr = map[string]string{
		"start": "s.start_ns", "duration": "coalesce(s.duration_ns, 0)", "cost": "coalesce(s.cost, 0)",
		"tokens": "(s.input_tokens + s.output_tokens)",
	}[strings.TrimPrefix(sort, "-")]
	return o
}

// bound answers the condition that a span comes after the cursor.
func (o order) bound(q trace.Query) (cond, error) {
	c := q.Cursor
	if c == (page.Cursor{}) {
		return cond{sql: "TRUE"}, nil
	}
	bad := errs.Invalid("cursor is not one of this list; start again without cursor")
	t, span, _ := strings.Cut(c.ID, "/")
	if c.Sort != o.sort {
		return cond{}, bad
	}
	v, err := o.value(c.Value)
	if err != nil {
		return cond{}, bad
	}
	if c.ID == "" { // a search that ran out of time names no span
		return cond{o.expr + " " + o.compare + " " + v.sql, v.args}, nil
	}
	id, err := trace.ParseID(t)
	if err != nil {
		return cond{}, bad
	}
	sid, err := trace.ParseSpanID(span)
	if err != nil {
		return cond{}, bad
	}
	ids := fmt.Sprintf("(s.trace_id, s.span_id) %s (%s, %d::UBIGINT)", o.compare, row.TraceLiteral(id), row.SpanID(sid))
	return cond{fmt.Sprintf("(%[1]s %[2]s %[4]s OR %[1]s = %[4]s AND %[3]s)", o.expr, o.compare, ids, v.sql), append(v.args, v.args...)}, nil
}

// value binds a cursor's sort value.
func (o order) value(s string) (cond, error) {
	if d, err := decimal.NewFromString(s); err == nil && len(s) < 40 {
		return number(d, strings.TrimPrefix(o.sort, "-") != "cost"), nil
	}
	return cond{}, errs.Invalid("cursor value %q is not a number", s)
}

type spanList struct {
	r     *Reader
	q     trace.Query
	limit int
	order order
	after cond
	items []trace.Span
	keys  []string // the sort value of each item
}

func (l *spanList) run(ctx context.Context) (out page.Page[trace.Span], s trace.Searched, err error) {
	_, text, totals, _ := needs(l.q.Filter)
	s = trace.Searched{From: l.q.Range.From, To: l.q.Range.To, Complete: true}
	steps := []step{{l.q.Range.From, l.q.Range.To}}
	if l.q.Sort == newestFirst {
		top := l.q.Range.To
		if at, err := strconv.ParseInt(l.q.Cursor.Value, 10, 64); err == nil && l.q.Cursor.Value != "" {
			if l.q.Cursor.ID != "" { // others may have started in the same nanosecond
				at++
			}
			top = min(top, at)
		}
		w := &walker[trace.Span]{r: l.r, span: trace.Range{From: l.q.Range.From, To: top}, text: text}
		if steps, err = w.steps(ctx, nil); err != nil {
			return out, s, err
		}
	}
	deadline := l.r.opt.Clock.Now().Add(l.r.opt.Search)
	for i, st := range steps {
		partly, err := l.step(ctx, st, text, totals)
		s.Partly += partly
		if err != nil {
			return out, s, err
		}
		if len(l.items) > l.limit {
			if len(steps) > 1 || l.q.Sort == newestFirst {
				s.From = st.Lo
			}
			l.items = l.items[:l.limit]
			last := &l.items[l.limit-1]
			out.Next = page.Cursor{Sort: l.q.Sort, Value: l.keys[l.limit-1], ID: last.Trace.String() + "/" + last.ID.String()}
			break
		}
		if text && i < len(steps)-1 && !l.r.opt.Clock.Now().Before(deadline) {
			s.From, s.Complete = st.Lo, false
			out.Next = page.Cursor{Sort: l.q.Sort, Value: strconv.FormatInt(st.Lo, 10)}
			break
		}
	}
	out.Items = l.items
	return out, s, nil
}

// step appends the matching spans of a step, one more than the page takes at most. It finds their rows by narrow
// columns first and reads the others for these rows only.
func (l *spanList) step(ctx context.Context, st step, text, totals bool) (partly int64, err error) {
	opens := trace.Range{From: st.Lo, To: st.Hi}
	if totals {
		opens = trace.Range{From: st.Lo - around, To: st.Hi + around}
	}
	scores, _, _, _ := needs(l.q.Filter)
	err = l.r.src.Spans(ctx, opens, func(c *sql.Conn, parts []Part) error {
		asked := overlapping(parts, trace.Range{From: st.Lo, To: st.Hi})
		if len(asked) == 0 {
			return nil
		}
		return l.r.withScores(ctx, scores, func(table string) error {
			return together(ctx, c, func() (err error) {
				f, err := compile(l.q.Filter, l.q.Project, table)
				if err != nil {
					return err
				}
				if text && l.q.Sort == newestFirst {
					if partly, err = f.partly(ctx, l.q.Project, opened{c, asked[0], parts}, st); err != nil {
						return err
					}
				}
				return l.find(ctx, c, f, asked, parts, st)
			})
		})
	})
	return partly, err
}

func (l *spanList) find(ctx context.Context, c *sql.Conn, f compiled, asked, parts []Part, st step) error {
	q := &query{}
	for i, p := range asked {
		if i > 0 {
			q.add(" UNION ALL ")
		}
		q.add(fmt.Sprintf("SELECT %d AS part, s.rowid AS place, %s AS key, s.trace_id, s.span_id FROM %s s", i, l.order.expr, p.Table))
		in := within(l.q.Project, st)
		if f.totals {
			only := &query{}
			only.add("s.trace_id IN (SELECT s.trace_id FROM " + p.Table + " s WHERE ")
			only.cond(in.and(f.loose))
			only.add(")")
			q.add(" JOIN ")
			traceTotals(q, parts, l.q.Project, cond{only.String(), only.args}, f.roots)
			q.add(" t ON t.trace_id = s.trace_id")
		}
		q.add(" WHERE ")
		q.cond(in.and(l.after).and(f.cond))
	}
	top := &query{}
	d := l.order.direction
	top.add(fmt.Sprintf("SELECT part, place, CAST(key AS VARCHAR) FROM (%s) ORDER BY key %s, trace_id %s, span_id %s LIMIT %d",
		q.String(), d, d, d, l.limit+1-len(l.items)), q.args...)
	type at struct {
		part int
		row  int64
	}
	var order []at
	rows := make([][]int64, len(asked))
	err := top.each(ctx, c, func(rs *sql.Rows) error {
		var a at
		var key string
		err := rs.Scan(&a.part, &a.row, &key)
		order, l.keys = append(order, a), append(l.keys, key)
		rows[a.part] = append(rows[a.part], a.row)
		return err
	})
	if err != nil {
		return err
	}
	got := map[at]trace.Span{}
	for i, p := range asked {
		err := fetch(ctx, c, p, rows[i], l.q.Content, func(id int64, s trace.Span) { got[at{i, id}] = s })
		if err != nil {
			return err
		}
	}
	for _, a := range order {
		l.items = append(l.items, got[a])
	}
	return nil
}

// fetch reads whole rows by their row ids, in the transaction that found these.
func fetch(ctx context.Context, c *sql.Conn, p Part, ids []int64, content bool, give func(int64, trace.Span)) error {
	if len(ids) == 0 {
		return nil
	}
	var list strings.Builder
	for i, id := range ids {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(strconv.FormatInt(id, 10))
	}
	q := &query{}
	q.add("SELECT s.rowid, " + row.SelectList("s.", content) + " FROM " + p.Table + " s WHERE s.rowid IN (" + list.String() + ")")
	scan := row.NewScanner(content)
	n := 0
	err := q.each(ctx, c, func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(append([]any{&id}, scan.Dest()...)...); err != nil {
			return err
		}
		s, err := scan.Span()
		give(id, s)
		n++
		return err
	})
	if err == nil && n != len(ids) {
		err = errs.New(errs.CodeInternal, "%d of %d spans that were found on %s could not be read", len(ids)-n, len(ids), p.Day)
	}
	return err
}

// readSpans reads all spans of the parts where the condition holds, in no order.
func readSpans(ctx context.Context, c *sql.Conn, parts []Part, content bool, where cond) (out []trace.Span, err error) {
	scan := row.NewScanner(content)
	for i := range parts {
		q := &query{}
		late(q, parts[i:i+1], row.SelectList("", content), where)
		err := q.each(ctx, c, func(rows *sql.Rows) error {
			if err := rows.Scan(scan.Dest()...); err != nil {
				return err
			}
			s, err := scan.Span()
			out = append(out, s)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Trace answers a trace's spans in order of start.
func (r *Reader) Trace(ctx context.Context, p project.ID, id trace.ID, content bool) (out []trace.Span, err error) {
	defer errs.Op(&err, "ask.Trace")
	where := cond{"s.project = ? AND s.trace_id = " + row.TraceLiteral(id), []any{string(p)}}
	err = r.src.SpansHolding(ctx, p, []trace.ID{id}, "", func(c *sql.Conn, parts []Part) error {
		return together(ctx, c, func() (err error) {
			out, err = readSpans(ctx, c, parts, content, where)
			return err
		})
	})
	if err == nil && len(out) == 0 {
		err = errs.NotFound("trace %s is not stored in project %s", id, p)
	}
	slices.SortFunc(out, byStart)
	return out, err
}

func byStart(a, b trace.Span) int {
	if a.Start != b.Start {
		if a.Start < b.Start {
			return -1
		}
		return 1
	}
	return strings.Compare(string(a.ID[:]), string(b.ID[:]))
}

// Span answers one span, whole.
func (r *Reader) Span(ctx context.Context, key trace.Key) (out trace.Span, err error) {
	defer errs.Op(&err, "ask.Span")
	where := cond{fmt.Sprintf("s.project = ? AND s.trace_id = %s AND s.span_id = %d::UBIGINT", row.TraceLiteral(key.Trace), row.SpanID(key.Span)),
		[]any{string(key.Project)}}
	var all []trace.Span
	err = r.src.SpansHolding(ctx, key.Project, []trace.ID{key.Trace}, "", func(c *sql.Conn, parts []Part) (err error) {
		all, err = readSpans(ctx, c, parts, true, where)
		return err
	})
	if err != nil {
		return out, err
	}
	if len(all) == 0 {
		return out, errs.NotFound("span %s of trace %s is not stored in project %s", key.Span, key.Trace, key.Project)
	}
	return slices.MaxFunc(all, func(a, b trace.Span) int { return int(a.Rev) - int(b.Rev) }), nil
}
