package ask_test

import (
	"context"
	"testing"

	"steward/internal/domain/filter"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/storetest"
)

// TestTextAndScores asks for both at once, in every list: each must open the scores once only. The Source panics else.
func TestTextAndScores(t *testing.T) {
	s := storetest.LLMSpan(1, storetest.Day.UnixNano(), 300)
	s.Project, s.Session = "p", "s"
	value := 0.9
	judged := score.Score{ID: "1", Project: "p", Trace: s.Trace, Span: s.ID, Name: "quality", Value: &value, Source: score.Human, Time: 1}
	m := holding(t, []trace.Span{s}, []score.Score{judged})
	r := ask.New(m, ask.Options{})
	for _, text := range []string{`"nowhere" score.quality:>0.5`, `"nowhere" score.quality:>0.5 trace.cost:>=0`} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, sort := range []string{"", "start", "-cost"} {
			q := trace.Query{Project: "p", Range: trace.Range{From: 0, To: 1 << 62}, Filter: e, Sort: sort}
			if _, _, err := r.Spans(context.Background(), q); err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.Traces(context.Background(), q); err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.Sessions(context.Background(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
}
