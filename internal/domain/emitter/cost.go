package emitter

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// maxCost bounds a believable reported cost of one span, in any currency.
const maxCost = 1e12

// cost fills what the emitter says that the call cost, in US dollars unless it names another currency.
func (m *mapping) cost() {
	if v := m.at[fCost]; v != nil {
		if d, ok := m.money(*v); ok {
			m.reported(d)
			return
		}
	}
	if m.has(fCostIn) || m.has(fCostOut) {
		in, okIn := m.money(m.value(fCostIn))
		out, okOut := m.money(m.value(fCostOut))
		if okIn || okOut {
			m.reported(in.Add(out))
			return
		}
	}
	if m.has(fCostJSON) {
		m.costJSON(structured(m.value(fCostJSON)).Map())
	}
}

func (m *mapping) reported(d decimal.Decimal) {
	currency := "USD"
	if c := strings.ToUpper(strings.TrimSpace(m.text(fCostCurrency))); c != "" {
		if !usage.ValidCurrency(c) { // credits, for example: no money that anything can be added to
			m.mark(trace.MarkBadNumber)
			return
		}
		currency = c
	}
	m.out.ReportedCost = &usage.Money{Amount: d.RoundBank(usage.Scale), Currency: currency}
}

// costJSON takes the total, or the sum of the parts where there is none.
func (m *mapping) costJSON(c attr.Attrs) {
	if v := pick(c, "total", "total_cost", "totalCost"); !v.IsNull() {
		if d, ok := m.money(v); ok {
			m.reported(d)
			return
		}
	}
	sum, any := decimal.Decimal{}, false
	for _, kv := range c {
		if kv.Key == "total" || kv.Key == "total_cost" || kv.Key == "totalCost" {
			continue
		}
		if d, ok := m.money(kv.Value); ok {
			sum, any = sum.Add(d), true
		}
	}
	if any {
		m.reported(sum)
	}
}

// money reads an amount of at least zero. Null is no amount; everything else that is none is marked.
func (m *mapping) money(v attr.Value) (decimal.Decimal, bool) {
	if v.IsNull() {
		return decimal.Decimal{}, false
	}
	f, ok := v.Number()
	if !ok || f < 0 || f > maxCost {
		m.mark(trace.MarkBadNumber)
		return decimal.Decimal{}, false
	}
	// A decimal's size follows its exponent, so only plain digits are read as text.
	if s := v.Str(); s != "" && len(s) < 64 && !strings.ContainsAny(s, "eExXpP_") {
		if d, err := decimal.NewFromString(s); err == nil {
			return d, true
		}
	}
	if f < 1e-15 {
		return decimal.Decimal{}, true
	}
	return decimal.NewFromFloat(f), true
}

// firstToken fills the time to the first token: a duration that the emitter states, else a moment.
func (m *mapping) firstToken() {
	if v := m.at[fChunkSeconds]; v != nil {
		m.setFirstToken(*v, time.Second)
		return
	}
	if v := m.at[fChunkMillis]; v != nil {
		m.setFirstToken(*v, time.Millisecond)
		return
	}
	at := m.firstEvent
	if s := m.text(fChunkTime); s != "" {
		at = parseTime(strings.Trim(s, `"`))
	}
	if m.raw.Start > 0 && at > m.raw.Start {
		m.out.FirstToken = at - m.raw.Start
	}
}

func (m *mapping) setFirstToken(v attr.Value, unit time.Duration) {
	n, _ := v.Number()
	if ns := n * float64(unit); ns < 1e18 {
		m.out.FirstToken = int64(ns)
		return
	}
	m.mark(trace.MarkBadNumber)
}

// parseTime reads ISO 8601 with or without a zone (then UTC); 0 where it is neither.
func parseTime(s string) int64 {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1970 && t.Year() < 2262 {
			return t.UnixNano()
		}
	}
	return 0
}
