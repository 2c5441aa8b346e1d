package home

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/work/look"
)

// news lists agents, tools, models, releases and errors that were not seen in the four weeks before the period. Where
// nothing at all was seen before, everything would be new, and nothing is said.
func (r *report) news() error {
	earlier := func(terms string, metrics, by []string) ([]trace.AggregateRow, error) {
		return r.ask.Aggregate(r.ctx, look.AggregateQuestion{Project: r.s.Project, Filter: r.in(terms), From: r.out.From.Add(-lookback), To: r.out.From, Metrics: metrics, By: by, Limit: 10_000})
	}
	any, err := earlier("", []string{"spans"}, nil)
	if err != nil || len(any) == 0 || any[0].Numbers["spans"] == 0 {
		return err
	}
	var rows []Row
	for _, field := range []string{"agent", "tool", "model", "release"} {
		now := r.subjects[field][0]
		if field == "release" {
			got, err := r.now("", []string{"traces"}, []string{field}, 1000)
			if err != nil {
				return err
			}
			now = map[string]trace.AggregateRow{}
			for _, row := range got {
				now[row.By[field]] = row
			}
		}
		old, err := earlier("", []string{"spans"}, []string{field})
		if err != nil {
			return err
		}
		for _, row := range old {
			delete(now, row.By[field])
		}
		for value, row := range now {
			if value != "" {
				rows = append(rows, news(field, value, row.Numbers["traces"], r.in(is(field, value))))
			}
		}
	}
	more, err := r.newErrors(earlier)
	if err != nil {
		return err
	}
	rows = append(rows, more...)
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(rankOf(a.Field), rankOf(b.Field)), -cmp.Compare(a.Number, b.Number), cmp.Compare(a.Value, b.Value))
	})
	r.out.Rows = append(r.out.Rows, rows[:min(len(rows), mostNew)]...)
	return nil
}

func rankOf(field string) int {
	return slices.Index([]string{"error", "release", "model", "agent", "tool"}, field)
}

func news(field, value string, traces float64, question string) Row {
	return Row{Kind: First, Field: field, Value: value, Number: traces, Unit: "traces", Verdict: Fresh,
		Link: Question{List: "traces", Filter: question, Count: int64(traces)}}
}

// newErrors compares messages by their shape, so that ids and numbers in them make no new error.
func (r *report) newErrors(earlier func(string, []string, []string) ([]trace.AggregateRow, error)) ([]Row, error) {
	const failed = "status:error status.message:*"
	by := []string{"status.message"}
	old, err := earlier(failed, []string{"spans"}, by)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, row := range old {
		known[Shape(row.By["status.message"])] = true
	}
	now, err := r.now(failed, []string{"spans"}, by, 10_000)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(now, func(a, b trace.AggregateRow) int {
		return cmp.Or(-cmp.Compare(a.Numbers["spans"], b.Numbers["spans"]), cmp.Compare(a.By["status.message"], b.By["status.message"]))
	})
	var fresh []string // commonest messages first
	for _, row := range now {
		if s := Shape(row.By["status.message"]); !known[s] {
			known[s] = true
			fresh = append(fresh, s)
		}
	}
	var out []Row
	for _, shape := range fresh[:min(len(fresh), mostNew)] {
		question := "status:error status.message:" + pattern(shape)
		got, err := r.now(question, []string{"traces"}, nil, 1)
		if err != nil {
			return nil, err
		}
		if len(got) > 0 {
			out = append(out, news("error", shape, got[0].Numbers["traces"], r.in(question)))
		}
	}
	return out, nil
}

// variable is what differs between two messages of the same error: ids, numbers, quoted values, addresses.
var variable = regexp.MustCompile(`"[^"]*"|'[^']*'|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\b[A-Za-z_-]*[0-9][A-Za-z0-9_.:/-]*`)

// maxShape bounds the shape of a message, in bytes.
const maxShape = 160

// Shape answers a message with its variable parts, and the end of a long one, as "*".
func Shape(message string) string {
	s := variable.ReplaceAllString(message, "*")
	if len(s) > maxShape {
		s = strings.ToValidUTF8(s[:maxShape], "") + "*"
	}
	for strings.Contains(s, "**") {
		s = strings.ReplaceAll(s, "**", "*")
	}
	return s
}

// pattern writes a shape as a filter value: its pieces quoted, its stars bare.
func pattern(shape string) string {
	var b strings.Builder
	for i, piece := range strings.Split(shape, "*") {
		if i > 0 {
			b.WriteByte('*')
		}
		if piece != "" {
			b.WriteString(filter.Quote(piece))
		}
	}
	return b.String()
}
