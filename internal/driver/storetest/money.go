package storetest

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// purse adds money up as a Reader must: what is in several currencies has no sum.
type purse struct {
	sum  usage.Money
	some bool
}

func (p *purse) put(amount decimal.Decimal, currency string) {
	if p.some && p.sum.Currency != currency || p.sum.Mixed {
		p.sum = usage.Money{Mixed: true}
	} else {
		p.sum = usage.Money{Amount: p.sum.Amount.Add(amount), Currency: currency}
	}
	p.some = true
}

func (p *purse) is(m usage.Money) bool {
	return m.Mixed == p.sum.Mixed && m.Currency == p.sum.Currency && m.Amount.Equal(p.sum.Amount)
}

func (p *purse) cost(s *trace.Span) {
	if !s.Usage.Rollup && (s.Cost.State == usage.Priced || s.Cost.State == usage.CostEstimated) {
		p.put(s.Cost.Amount, s.Cost.Currency)
	}
}

func (p *purse) reported(s *trace.Span) {
	if !s.Usage.Rollup && s.ReportedCost != nil {
		p.put(s.ReportedCost.Amount, s.ReportedCost.Currency)
	}
}

// Currencies proves that amounts in two currencies are never added up, wherever an engine answers a total.
func Currencies(t *testing.T, open Holding) {
	w := newWorld(12, 0)
	spend := func(session string, currencies ...string) trace.ID {
		id := w.id()
		for i, c := range currencies {
			s := w.span(one)
			s.Trace, s.Session, s.Start, s.Kind = id, session, worldDay+hour+int64(i), trace.LLM
			s.Usage = usage.Usage{Source: usage.Reported, Tokens: usage.Tokens{Input: 1}}
			s.Cost = usage.Cost{Amount: decimal.NewFromInt(int64(10 + i)), Currency: c, State: usage.Priced, Price: "entry/x"}
			s.ReportedCost = &usage.Money{Amount: decimal.NewFromInt(int64(20 + i)), Currency: c}
			if c == "" {
				s.Cost, s.ReportedCost = usage.Cost{State: usage.Unpriced, Currency: "JPY", Reason: "no rate"}, nil
			}
			w.spans = append(w.spans, s)
		}
		return id
	}
	both, euros, lacking := spend("both", "USD", "EUR", "USD"), spend("euros", "EUR", "EUR"), spend("lacking", "USD", "")
	spend("both", "EUR")
	r := open(t, w.spans, nil)
	ctx := context.Background()
	q := trace.Query{Project: one, Range: ever(), Sort: "-cost"}

	traces, _, err := r.Traces(ctx, q)
	if err != nil || len(traces.Items) != 4 || traces.Items[3].Trace != both {
		t.Fatalf("a trace without a sum is last by -cost: %v, %+v", err, traces.Items)
	}
	for _, got := range traces.Items {
		c, m := got.Cost, got.Reported
		switch got.Trace {
		case both:
			if c.State != usage.Mixed || !c.Amount.IsZero() || c.Currency != "" || m == nil || !m.Mixed || !m.Amount.IsZero() || m.Currency != "" {
				t.Errorf("two currencies: %+v, reported %+v", c, m)
			}
		case euros:
			if c.State != usage.Priced || !c.Amount.Equal(decimal.NewFromInt(21)) || c.Currency != "EUR" || m.Mixed || !m.Amount.Equal(decimal.NewFromInt(41)) || m.Currency != "EUR" {
				t.Errorf("one currency: %+v, reported %+v", c, m)
			}
		case lacking: // what has no amount does not mix, whatever its currency
			if c.State != usage.Unpriced || !c.Amount.Equal(decimal.NewFromInt(10)) || c.Currency != "USD" {
				t.Errorf("one unpriced: %+v", c)
			}
		}
	}
	session, _, err := r.Session(ctx, one, "both")
	if err != nil || session.Cost.State != usage.Mixed || session.Reported == nil || !session.Reported.Mixed {
		t.Errorf("session: %v, %+v, %+v", err, session.Cost, session.Reported)
	}
	var sessions page.Page[trace.SessionSummary]
	if sessions, _, err = r.Sessions(ctx, q); err != nil || len(sessions.Items) != 3 || sessions.Items[2].Session != "both" {
		t.Errorf("a session without a sum is last by -cost: %v, %+v", err, sessions.Items)
	}
	for text, want := range map[string]int{"trace.cost>0": 3, "trace.cost:*": 3, "NOT trace.cost:*": 1} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := r.Traces(ctx, trace.Query{Project: one, Range: ever(), Filter: e})
		if err != nil || len(got.Items) != want {
			t.Errorf("%s: %d traces, want %d; %v", text, len(got.Items), want, err)
		}
	}
	rows, err := r.Aggregate(ctx, trace.AggregateQuery{Project: one, Range: ever(), Metrics: []string{"cost", "reported_cost"}, By: []string{"session"}})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %+v", err, rows)
	}
	for _, row := range rows {
		for name, m := range row.Money {
			if mixed := row.By["session"] == "both"; m.Mixed != mixed || m.Amount.IsZero() != mixed || (m.Currency == "") != mixed {
				t.Errorf("%s of %s: %+v", name, row.By["session"], m)
			}
		}
	}
	got, err := r.SQL(ctx, trace.SQLQuery{Project: one, Range: ever(), Text: "SELECT count(*) FROM sessions WHERE cost IS NULL AND currency = ''"})
	if err != nil || got.Rows[0][0] != int64(1) {
		t.Errorf("SQL: %v, %v", got.Rows, err)
	}
}
