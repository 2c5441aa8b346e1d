// Package problem finds what went wrong in a span whatever its status says, and where in a trace the trouble began.
// The rules prefer silence to a false alarm; docs/problems.md states them one by one. It reads canonical spans and
// knows nothing of emitters: what only an emitter's own words tell, the mapper has noted already (emitter/problems.go).
// Start reading at Checker.Find; trace.go is about whole traces.
package problem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"steward/internal/domain/trace"
)

// Checker finds problems of single spans. It remembers compiled schemas, and is safe for concurrent use.
type Checker struct{ schemas schemas }

// NewChecker makes a Checker.
func NewChecker() *Checker { return &Checker{schemas: newSchemas()} }

// Find adds to s.Problems what the canonical fields show, in the order of trace.ProblemCodes. s must be whole and fresh
// from the mapper. window is how many tokens its model takes in at most, 0 where that is not known.
func (c *Checker) Find(s *trace.Span, window int64) {
	switch s.Kind {
	case trace.ToolCall:
		if s.StatusCode != trace.StatusError && s.Tool != nil {
			if words, failed := failure(s.Tool.Result, 0); failed {
				add(s, trace.ToolError, words)
			}
		}
	case trace.LLM:
		c.call(s, window)
	}
}

func (c *Checker) call(s *trace.Span, window int64) {
	for _, reason := range finishReasons(s) {
		switch ending(reason) {
		case trace.Cut:
			words := "finish reason " + reason
			if s.Usage.Output > 0 {
				words += fmt.Sprintf(" after %s output tokens", humanize.Comma(s.Usage.Output))
			}
			add(s, trace.Cut, words)
		case trace.Filtered:
			add(s, trace.Filtered, "finish reason "+reason)
		}
	}
	if words := refusal(s.Output); words != "" {
		add(s, trace.Filtered, words)
	}
	if words := c.badCalls(s); words != "" {
		add(s, trace.BadArguments, words)
	}
	// An input beyond the window shows that the window is another than we know.
	if in := s.Usage.Input; window > 0 && !s.Usage.Rollup && in <= window && in > window-window/10 {
		add(s, trace.ContextFull, fmt.Sprintf("%s of %s tokens (%d %%)", humanize.Comma(in), humanize.Comma(window), in*100/window))
	}
	slices.SortStableFunc(s.Problems, func(a, b trace.Problem) int {
		codes := trace.ProblemCodes()
		return slices.Index(codes, a.Code) - slices.Index(codes, b.Code)
	})
}

// add notes a problem, once a code; the first to say it counts.
func add(s *trace.Span, code trace.ProblemCode, detail string) {
	for _, p := range s.Problems {
		if p.Code == code {
			return
		}
	}
	s.Problems = append(s.Problems, trace.Problem{Code: code, Detail: Line(detail, maxDetail)})
}

// maxDetail bounds a detail, in characters.
const maxDetail = 200

// Line answers text as one line of at most n characters; what is cut shows as "…".
func Line(text string, n int) string {
	if cut := 8 * n; len(text) > cut { // more than enough for n characters
		text = strings.ToValidUTF8(text[:cut], "")
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}
