package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
)

// window is a filter and a time range as flags.
type window struct {
	filter, from, to, since string
}

func (w *window) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&w.filter, "filter", "f", "", `filter, for example 'model:gpt-4o* cost>0.05 status:error'`)
	f.StringVar(&w.from, "from", "", "beginning: 2026-01-31, 2026-01-31T15:04:05Z, or a time ago such as 3h or 7d")
	f.StringVar(&w.to, "to", "", "end, likewise; by default now")
	f.StringVar(&w.since, "since", "", "a time ago, such as 30m, 24h or 7d; by default 24h")
}

func (w *window) read(p *program) (r api.Range, err error) {
	r.Filter = w.filter
	if w.since != "" && w.from != "" {
		return r, usage("--since and --from say the same; give one of them")
	}
	from := w.from
	if w.since != "" {
		from = w.since
	}
	if r.From, err = p.moment("--from", from); err != nil {
		return r, err
	}
	if r.To, err = p.moment("--to", w.to); err != nil {
		return r, err
	}
	if !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To) {
		return r, usage("--from is not before --to")
	}
	return r, nil
}

// moment reads a time, or how long ago it was. Times without a zone are the reader's.
func (p *program) moment(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, ok := ago(s); ok {
		return p.Clock.Now().Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	for _, form := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(form, s, p.Location); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("%s is %q; write 2026-01-31, 2026-01-31T15:04:05Z, or a time ago such as 3h or 7d", flag, s)
}

// ago reads Go's durations and days ("7d").
func ago(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n > 0 && n <= 36_500
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d > 0
}

// paged is a window with an order and a number of rows.
type paged struct {
	window
	sort  string
	limit int
}

func (l *paged) flags(c *cobra.Command) {
	l.window.flags(c)
	c.Flags().StringVar(&l.sort, "sort", "", "start, duration, cost or tokens; -cost for the largest first; by default -start")
	c.Flags().IntVarP(&l.limit, "limit", "n", 50, "how many at most")
}

// maxPage is how many rows one answer may have.
const maxPage = 1000

// pages calls fetch for page after page until limit rows came or there are no more. fetch answers how many came and
// where the next page begins. It answers the cursor after the last page.
func (l *paged) pages(p *program, fetch func(api.Page) (int, *string, error)) (next *string, err error) {
	if l.limit < 1 {
		return nil, usage("--limit is %d; at least 1 is needed", l.limit)
	}
	r, err := l.read(p)
	if err != nil {
		return nil, err
	}
	ask := api.Page{Range: r, Sort: l.sort}
	for left := l.limit; left > 0; {
		ask.Limit = min(left, maxPage)
		n, cursor, err := fetch(ask)
		if err != nil || cursor == nil {
			return nil, err
		}
		next, ask.Cursor = cursor, *cursor
		left -= n
	}
	return next, nil
}
