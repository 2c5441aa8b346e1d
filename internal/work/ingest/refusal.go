package ingest

import (
	"slices"

	"steward/internal/domain/telemetry"
)

// refusal names the rows of an entry that the engine refuses, by their place in its lists.
type refusal struct {
	borders             [3]int // where log records, points and scores begin
	spans, logs, points []int
	scores              []int
	reason              error // of the first
}

func newRefusal(e *telemetry.Entry) *refusal {
	n := len(e.Spans)
	return &refusal{borders: [3]int{n, n + len(e.Logs), n + len(e.Logs) + len(e.Points)}}
}

// add names one row more, counted through all of the entry's.
func (r *refusal) add(n int, why error) {
	if r.reason == nil {
		r.reason = why
	}
	switch {
	case n < r.borders[0]:
		r.spans = append(r.spans, n)
	case n < r.borders[1]:
		r.logs = append(r.logs, n-r.borders[0])
	case n < r.borders[2]:
		r.points = append(r.points, n-r.borders[1])
	default:
		r.scores = append(r.scores, n-r.borders[2])
	}
}

// origins says where the rows of a list stood in the record that they came in; nil means in the same places.
type origins []int

func (o origins) of(rows []int) []int {
	if o == nil {
		return rows
	}
	out := make([]int, len(rows))
	for i, n := range rows {
		out[i] = o[n]
	}
	return out
}

// drop takes the refused rows out of an entry. The lists are made anew, because what was stored of them is still
// looked at.
func (w *work) drop(e *telemetry.Entry, bad *refusal) {
	e.Points = dropRows(e.Points, bad.points, &w.pointsAt)
	e.Scores = dropRows(e.Scores, bad.scores, new(origins))
	if w.derived != nil {
		gone := map[int]bool{}
		for _, n := range bad.logs {
			gone[n] = true
		}
		for n, from := range w.derived {
			if gone[from] {
				bad.spans = append(bad.spans, n)
			}
		}
		w.derived = dropRows(w.derived, bad.spans, new(origins))
		for i, from := range w.derived {
			w.derived[i] = from - countBelow(bad.logs, from)
		}
	}
	e.Spans = dropRows(e.Spans, bad.spans, &w.spansAt)
	e.Logs = dropRows(e.Logs, bad.logs, &w.logsAt)
}

func countBelow(sorted []int, n int) int {
	at, _ := slices.BinarySearch(sorted, n)
	return at
}

// dropRows answers the list without the rows of these places, which are sorted, and keeps at in step.
func dropRows[T any](list []T, gone []int, at *origins) []T {
	if len(gone) == 0 {
		return list
	}
	kept, from := make([]T, 0, len(list)-len(gone)), make(origins, 0, len(list)-len(gone))
	for n := range list {
		if _, is := slices.BinarySearch(gone, n); is {
			continue
		}
		kept, from = append(kept, list[n]), append(from, at.of([]int{n})...)
	}
	*at = from
	return kept
}
