package home

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/stat"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

const (
	mostFailing      = 8
	mostContributors = 3
	mostNew          = 10
	// lookback is how far before the period something must not have been seen to be new.
	lookback = 28 * 24 * time.Hour
)

// ails is what counts as failing: an error, or a problem whatever the status says.
const ails = "(status:error OR problem:*)"

// failing ranks agents, tools and models by how many sessions they failed in; by traces where there are no sessions.
func (r *report) failing() error {
	r.subjects = map[string][2]map[string]trace.AggregateRow{}
	var rows []Row
	for _, field := range []string{"agent", "tool", "model"} {
		got, err := r.both("", []string{"sessions", "traces", "failing_sessions", "failing_traces"}, field)
		if err != nil {
			return err
		}
		r.subjects[field] = got
		for value, now := range got[0] {
			if value == "" || now.Numbers["failing_traces"] == 0 {
				continue
			}
			rows = append(rows, failed(field, value, now, got[1][value], r.in(join(is(field, value), ails))))
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(-cmp.Compare(a.Number, b.Number), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Value, b.Value))
	})
	r.out.Rows = append(r.out.Rows, rows[:min(len(rows), mostFailing)]...)
	return nil
}

func failed(field, value string, now, before trace.AggregateRow, question string) Row {
	unit := "sessions"
	if now.Numbers["failing_sessions"] == 0 {
		unit = "traces"
	}
	out := Row{Kind: Failing, Field: field, Value: value, Unit: unit, Number: now.Numbers["failing_"+unit], Of: now.Numbers[unit],
		Before: before.Numbers["failing_"+unit], OfPrior: before.Numbers[unit],
		Link: Question{List: unit, Filter: question, Count: int64(now.Numbers["failing_"+unit])}}
	if out.OfPrior == 0 {
		out.Verdict = Fresh
		return out
	}
	change := stat.Newcombe(out.Number, out.Of, out.Before, out.OfPrior, stat.Z95)
	out.Range, out.Verdict = &change, verdict(change)
	return out
}

// verdict reads the interval of a change for which more is worse.
func verdict(change stat.Interval) Verdict {
	switch {
	case change.Low > 0:
		return Worse
	case change.High < 0:
		return Better
	}
	return Unclear
}

// cost says how spending changed, and through which pairs of agent and model.
func (r *report) cost() error {
	now, before := r.out.Now.Cost, r.out.Before.Cost
	if now == nil && before == nil || now != nil && before != nil && now.Unlike(*before) {
		return nil
	}
	by := []string{"agent", "model"}
	type pair struct {
		agent, model string
		c            Change
		traces       int64
	}
	pairs := map[[2]string]*pair{}
	at := func(row trace.AggregateRow) *pair {
		k := [2]string{row.By["agent"], row.By["model"]}
		if pairs[k] == nil {
			pairs[k] = &pair{agent: k[0], model: k[1]}
		}
		return pairs[k]
	}
	rows, err := r.now("cost:*", []string{"cost", "traces"}, by, 1000)
	if err != nil {
		return err
	}
	for _, row := range rows {
		p := at(row)
		p.c.Now, p.traces = row.Money["cost"], int64(row.Numbers["traces"])
	}
	if rows, err = r.before("cost:*", []string{"cost"}, by, 1000); err != nil {
		return err
	}
	for _, row := range rows {
		at(row).c.Before = row.Money["cost"]
	}
	list := make([]*pair, 0, len(pairs))
	for _, p := range pairs {
		if !p.c.Now.Unlike(p.c.Before) {
			list = append(list, p)
		}
	}
	delta := func(p *pair) decimal.Decimal { return p.c.Now.Amount.Sub(p.c.Before.Amount).Abs() }
	slices.SortFunc(list, func(a, b *pair) int {
		return cmp.Or(delta(b).Cmp(delta(a)), cmp.Compare(a.agent, b.agent), cmp.Compare(a.model, b.model))
	})
	total, err := r.now("cost:*", []string{"traces"}, nil, 1)
	if err != nil {
		return err
	}
	whole := Row{Kind: Cost, Money: change(now, before), Verdict: Unclear, Link: Question{List: "traces", Filter: r.in("cost:*"), Sort: "-cost"}}
	if len(total) > 0 {
		whole.Link.Count = int64(total[0].Numbers["traces"])
	}
	whole.price()
	r.out.Rows = append(r.out.Rows, whole)
	for _, p := range list[:min(len(list), mostContributors)] {
		if delta(p).IsZero() {
			break
		}
		c := p.c
		row := Row{Kind: Cost, Field: "agent,model", Value: named(p.agent, p.model), Money: &c,
			Link: Question{List: "traces", Filter: r.in("cost:* " + is("agent", p.agent) + " " + is("model", p.model)), Sort: "-cost", Count: p.traces}}
		row.price()
		r.out.Rows = append(r.out.Rows, row)
	}
	return nil
}

func named(agent, model string) string {
	switch {
	case agent == "":
		return model
	case model == "":
		return agent
	}
	return agent + " with " + model
}

func change(now, before *usage.Money) *Change {
	c := &Change{}
	if now != nil {
		c.Now = *now
	}
	if before != nil {
		c.Before = *before
	}
	return c
}

// price sets the verdict of an exact amount: sums have no chance in them.
func (row *Row) price() {
	row.Unit = cmp.Or(row.Money.Now.Currency, row.Money.Before.Currency)
	switch d := row.Money.Now.Amount.Cmp(row.Money.Before.Amount); {
	case row.Money.Before.Amount.IsZero():
		row.Verdict = Fresh
	case d > 0:
		row.Verdict = Worse
	case d < 0:
		row.Verdict = Better
	default:
		row.Verdict = Unclear
	}
}

// latency compares the 95th percentile of root spans. It is a change only when the two intervals do not meet, which is
// stricter than 95 %.
func (r *report) latency() error {
	const roots = "root:true duration:*"
	var p95 [2]float64
	var interval [2]*stat.Interval
	for i, ask := range []func(string, []string, []string, int) ([]trace.AggregateRow, error){r.now, r.before} {
		rows, err := ask(roots, []string{"spans", "duration_p95"}, nil, 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		p95[i] = rows[0].Numbers["duration_p95"] / 1e6
		low, high, ok := stat.QuantileRanks(0.95, rows[0].Numbers["spans"], stat.Z95)
		if !ok {
			continue
		}
		names := []string{percentile(low), percentile(high)}
		if rows, err = ask(roots, names, nil, 1); err != nil {
			return err
		}
		if len(rows) > 0 {
			interval[i] = &stat.Interval{Low: rows[0].Numbers[names[0]] / 1e6, High: rows[0].Numbers[names[1]] / 1e6}
		}
	}
	r.out.Now.P95, r.out.Before.P95 = p95[0], p95[1]
	if interval[0] == nil || interval[1] == nil {
		return nil
	}
	row := Row{Kind: Latency, Number: p95[0], Before: p95[1], Unit: "ms", Range: interval[0], Verdict: Unclear}
	switch {
	case interval[0].Low > interval[1].High:
		row.Verdict = Worse
	case interval[0].High < interval[1].Low:
		row.Verdict = Better
	default:
		return nil
	}
	slow := fmt.Sprintf("root:true duration>%sms", strconv.FormatFloat(math.Floor(p95[0]), 'f', 0, 64))
	rows, err := r.now(slow, []string{"traces"}, nil, 1)
	if err != nil {
		return err
	}
	row.Link = Question{List: "traces", Filter: r.in(slow), Sort: "-duration"}
	if len(rows) > 0 {
		row.Link.Count = int64(rows[0].Numbers["traces"])
	}
	r.out.Rows = append(r.out.Rows, row)
	return nil
}

func percentile(fraction float64) string {
	return "duration_p" + strconv.FormatFloat(fraction*100, 'f', 6, 64)
}

// unpriced lists the models whose calls have no price.
func (r *report) unpriced() error {
	rows, err := r.now("cost.state:unpriced", []string{"spans", "traces"}, []string{"model"}, 20)
	if err != nil {
		return err
	}
	for _, row := range rows {
		model := row.By["model"]
		r.out.Rows = append(r.out.Rows, Row{Kind: Unpriced, Field: "model", Value: model, Number: row.Numbers["spans"], Unit: "calls", Verdict: Unclear,
			Link: Question{List: "traces", Filter: r.in("cost.state:unpriced " + is("model", model)), Count: int64(row.Numbers["traces"])}})
	}
	return nil
}
