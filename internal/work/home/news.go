package home

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
)

// news lists agents, tools, models, releases and errors that were not seen in the four weeks before the period. Where
// nothing at all was seen before, everything would be new, and nothing is said.
func (r *report) news() error {
	var rows []Row
	seen, any, err := r.earlier("", "release", itself)
	if err != nil || !any {
		return err
	}
	for _, field := range []string{"release", "agent", "tool", "model"} {
		now := r.subjects[field][0]
		if field == "release" {
			got, err := r.now("", []string{"traces"}, []string{field}, 1000)
			if err != nil {
				return err
			}
			now = values(got, field)
		} else if seen, _, err = r.earlier("", field, itself); err != nil {
			return err
		}
		for value, row := range now {
			if value != "" && !seen(value) {
				rows = append(rows, news(field, value, row.Numbers["traces"], r.in(is(field, value))))
			}
		}
	}
	more, err := r.newErrors()
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
func (r *report) newErrors() ([]Row, error) {
	const failed = "status:error status.message:*"
	by := []string{"status.message"}
	seen, _, err := r.earlier(failed, by[0], Shape)
	if err != nil {
		return nil, err
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
		if s := Shape(row.By["status.message"]); !seen(s) && !slices.Contains(fresh, s) {
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
