package understand_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steward/internal/domain/problem"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/transcript"
	"steward/internal/work/understand"
)

// free prices nothing and knows no window.
type free struct{}

func (free) Price(*trace.Span) usage.Cost { return usage.Cost{} }
func (free) Window(*trace.Span) int64     { return 0 }

// imported answers a recording's spans as they would be stored, by trace, in order of start.
func imported(t *testing.T, name string) map[trace.ID][]trace.Span {
	t.Helper()
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		dir = "../../../../shared/data"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real recordings are not here (STEWARD_TESTDATA): %v", err)
	}
	files := []transcript.File{{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}}
	in, err := transcript.Look(files, transcript.Auto, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, out := understand.New(free{}), map[trace.ID][]trace.Span{}
	for b, err := range transcript.Read(files, in, transcript.Options{Format: transcript.Auto, Import: "i", BaseTime: 1_780_000_000_000_000_000}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range b.Spans {
			s := trace.Span{Raw: *raw}
			r.Span(&s)
			out[s.Trace] = append(out[s.Trace], s)
		}
	}
	for _, spans := range out {
		slices.SortStableFunc(spans, func(a, b trace.Span) int { return int(a.Start - b.Start) })
	}
	return out
}

// TestRealRuns imports 200 real runs: what failed in them are the simulator's errors, and a run's trouble begins at its
// first one.
func TestRealRuns(t *testing.T) {
	runs := imported(t, "tau-bench/gpt-4o-airline.json")
	failed, began := 0, 0
	for id, spans := range runs {
		var want trace.SpanID
		for _, s := range spans {
			fails := s.Tool != nil && strings.HasPrefix(s.Tool.Result.Text(), "Error")
			if got := len(s.Problems) > 0; got != fails {
				t.Errorf("%s %s: %+v", id, s.Name, s.Problems)
			}
			if fails {
				failed++
				if want.IsZero() {
					want = s.ID
				}
			}
		}
		repeats := problem.Repeats(spans)
		first, ok := problem.First(spans, repeats)
		if !want.IsZero() {
			began++
			if first != want {
				t.Errorf("%s begins at %s, want %s", id, first, want)
			}
		} else if ok && len(repeats) == 0 {
			t.Errorf("%s begins at %s although nothing is wrong", id, first)
		}
	}
	if len(runs) != 200 || failed != 73 || began != 36 {
		t.Errorf("%d runs, %d failed calls, %d runs with trouble; want 200, 73, 36", len(runs), failed, began)
	}
}
