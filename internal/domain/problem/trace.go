package problem

import (
	"fmt"
	"slices"

	"steward/internal/domain/trace"
)

// manyTimes is from how many calls on a repetition is a problem.
const manyTimes = 3

// Repeat says that a tool was called N times with the same arguments in one trace. Group is the first of the calls.
type Repeat struct {
	Group trace.SpanID
	N     int
	name  string
}

// Problem answers the repetition as a span lists it.
func (r Repeat) Problem() trace.Problem {
	return trace.Problem{Code: trace.Repeated, Detail: Line(fmt.Sprintf("%s ×%d with the same arguments", r.name, r.N), maxDetail)}
}

// Repeats answers the calls of a trace, given in order of start, that were made three times or more. A tool span below
// one of the same call is that call, seen by another instrumentation, and counts only once. Calls whose arguments are
// not known are never the same.
func Repeats(spans []trace.Span) map[trace.SpanID]Repeat {
	at := index(spans)
	groups := map[uint64][]int{}
	for i := range spans {
		if t := spans[i].Tool; t != nil && t.Digest != 0 && !inside(spans, at, i) {
			groups[t.Digest] = append(groups[t.Digest], i)
		}
	}
	out := map[trace.SpanID]Repeat{}
	for _, calls := range groups {
		if len(calls) < manyTimes {
			continue
		}
		r := Repeat{Group: spans[calls[0]].ID, N: len(calls), name: spans[calls[0]].Tool.Name}
		for _, i := range calls {
			out[spans[i].ID] = r
		}
	}
	return out
}

// inside says whether a span above is the same call.
func inside(spans []trace.Span, at map[trace.SpanID]int, i int) bool {
	digest := spans[i].Tool.Digest
	for range maxAbove {
		up, ok := at[spans[i].Parent]
		if !ok {
			return false
		}
		if i = up; spans[i].Tool != nil && spans[i].Tool.Digest == digest {
			return true
		}
	}
	return false
}

// maxAbove is how many spans up another instrumentation of the same call is looked for.
const maxAbove = 16

func index(spans []trace.Span) map[trace.SpanID]int {
	at := make(map[trace.SpanID]int, len(spans))
	for i := range spans {
		at[spans[i].ID] = i
	}
	return at
}

// First answers where the trouble in a trace, given in order of start, began: the earliest span that ails while nothing
// below it does, because an error comes up through the spans above the one that failed. So a soft failure before a hard
// one comes first, and of an error that spread it is the deepest. A repeated call counts only where no span ails. ok is
// false where nothing is wrong.
func First(spans []trace.Span, repeats map[trace.SpanID]Repeat) (first trace.SpanID, ok bool) {
	at := index(spans)
	above := make([]bool, len(spans)) // something below it ails
	for i := range spans {
		if !spans[i].Ails() {
			continue
		}
		for up, ok := at[spans[i].Parent]; ok && up != i && !above[up]; up, ok = at[spans[up].Parent] {
			above[up] = true
		}
	}
	cycle := -1 // ails, and so does what stands below it, in a circle
	for i := range spans {
		if !spans[i].Ails() {
			continue
		}
		if !above[i] {
			return spans[i].ID, true
		}
		if cycle < 0 {
			cycle = i
		}
	}
	if cycle >= 0 {
		return spans[cycle].ID, true
	}
	for i := range spans {
		if r, repeated := repeats[spans[i].ID]; repeated {
			return r.Group, true
		}
	}
	return trace.SpanID{}, false
}

// Path answers the spans from the root, or the topmost span that is there, down to the span; nil where it is not among
// them.
func Path(spans []trace.Span, id trace.SpanID) []*trace.Span {
	at := index(spans)
	seen := map[int]bool{}
	var out []*trace.Span
	for i, ok := at[id]; ok && !seen[i]; i, ok = at[spans[i].Parent] {
		seen[i] = true
		out = append(out, &spans[i])
	}
	slices.Reverse(out)
	return out
}
