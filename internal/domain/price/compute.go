package price

import (
	"maps"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"steward/internal/domain/usage"
)

// Call is what a cost is derived from. Counts follow usage.Tokens: Input includes what was cached and what was audio,
// Output includes reasoning and audio.
type Call struct {
	Provider  string // as the emitter wrote it; empty when it said nothing
	Model     string
	Requested string // another name of the model, for when no price is known for Model: an answer may carry any name
	At        int64  // Unix nanoseconds, UTC: prices are dated
	Tokens    usage.Tokens
	Source    usage.Source // "" means that nothing is known about what was used, and the call stays unpriced
	Batch     bool         // sent through the provider's batch service

	// CacheWriteHour is the part of Tokens.CacheWrite kept for an hour instead of five minutes.
	CacheWriteHour int64
	// CacheReadAudio is the part of Tokens.CacheRead that is also part of Tokens.InputAudio.
	CacheReadAudio int64
	// ContextTokens decides the tier; zero means Tokens.Input.
	ContextTokens int64
	// Units counts what the provider bills by the piece. What the caller runs itself (its own tools) does not belong here.
	Units        usage.Units
	UnitsAssumed bool // some of Units may not be billed

	// Kind and Name are for entries that are about calls of a kind: the span's kind, and its tool's name or else its own.
	Kind, Name string
}

// maxCount bounds what is believed of one call's counts; it keeps every amount within DECIMAL(38,12).
const maxCount = 1 << 40

// tariff is a price made ready for arithmetic. Every coefficient of a tariff has one scale: that of an amount for a
// million tokens, plus six. Request and services are stretched by a million to share it.
type tariff struct {
	text     string // what a cost records
	currency string
	scale    int
	tables   []table // by rising over; the first is for any context
	services map[string]piece
	batch    *amount // nil where none is published
	tokens   bool    // whether any token has a price
}

// piece is the price of one, or of however many a call took.
type piece struct {
	coef *big.Int
	once bool
}

// metered says that a call's price depends on what it used, and not on the call alone.
func (t *tariff) metered() bool { return t.tokens || len(t.services) > 0 }

type table struct {
	over  int64
	coefs [unitCount]*big.Int // fallbacks resolved; nil where nothing has a price
	think bool                // reasoning has a rate of its own
}

const perMillion = 6

// compile makes a tariff of a price.
func compile(p *Price) *tariff {
	t := &tariff{text: p.ID, currency: p.Currency}
	widest := 0
	widen := func(d decimal.Decimal) { widest = max(widest, exact(d).scale) }
	tiers := append([]Tier{{Rates: p.Rates}}, p.Tiers...)
	for _, tier := range tiers {
		for _, d := range tier.Rates {
			widen(d)
		}
	}
	for _, d := range p.Services {
		widen(d)
	}
	t.scale = widest + perMillion
	for _, tier := range tiers {
		tb := table{over: tier.Over}
		for i, u := range tokenUnits {
			if d, ok := tier.Rates[u]; ok {
				tb.coefs[i] = atScale(d, widest)
				t.tokens = t.tokens || u != Request
			}
		}
		tb.think = tb.coefs[iReasoning] != nil
		own := tb.coefs
		for i := range tb.coefs {
			for at := i; own[i] == nil && tb.coefs[i] == nil && at >= 0; at = fallback[at] {
				tb.coefs[i] = own[at]
			}
		}
		if r := tb.coefs[iRequest]; r != nil {
			tb.coefs[iRequest] = new(big.Int).Mul(r, pow10(perMillion))
		}
		t.tables = append(t.tables, tb)
	}
	if len(p.Services) > 0 {
		t.services = make(map[string]piece, len(p.Services))
		for name, d := range p.Services {
			t.services[name] = piece{atScale(d, t.scale), slices.Contains(p.Once, name)}
		}
	}
	if p.HasBatch {
		b := exact(p.Batch)
		t.batch = &b
	}
	return t
}

// parts are a call's counts, each token in exactly one of them. Doubt says that the counts contradicted themselves.
type parts struct {
	n     [unitCount]int64 // the call itself is not counted
	doubt bool
}

// split takes the nested counts of a call apart. A negative remainder, which only contradictory counts give, becomes
// zero and raises doubt.
func split(c *Call, think bool) parts {
	var p parts
	bounded := func(n, most int64) int64 {
		if n < 0 || n > most {
			p.doubt = true
			return max(0, min(n, most))
		}
		return n
	}
	input, output := bounded(c.Tokens.Input, maxCount), bounded(c.Tokens.Output, maxCount)
	read, write := bounded(c.Tokens.CacheRead, maxCount), bounded(c.Tokens.CacheWrite, maxCount)
	audioIn, audioOut := bounded(c.Tokens.InputAudio, maxCount), bounded(c.Tokens.OutputAudio, maxCount)
	hour := bounded(c.CacheWriteHour, write)
	readAudio := bounded(c.CacheReadAudio, min(read, audioIn))
	var reasoning int64
	if think {
		reasoning = bounded(c.Tokens.Reasoning, maxCount)
	}
	p.n[iInput] = bounded(input-read-write-audioIn+readAudio, maxCount)
	p.n[iCacheRead] = read - readAudio
	p.n[iCacheWrite] = write - hour
	p.n[iCacheWriteHour] = hour
	p.n[iAudioInput] = audioIn - readAudio
	p.n[iCacheReadAudio] = readAudio
	p.n[iOutput] = bounded(output-audioOut-reasoning, maxCount)
	p.n[iAudioOutput] = audioOut
	p.n[iReasoning] = reasoning
	return p
}

// bill is a call's exact amount, coef × 10^-scale, and what was left out of it.
type bill struct {
	coef    big.Int
	scale   int
	priced  int    // kinds of counts that had a price
	missing int    // kinds of counts that had none, or could not be
	pieces  string // their names, as a cost's price shows them
}

// unpriced answers what is missing where nothing that was counted has a price, or a model that is billed by the piece
// counted none; "" where there is an amount.
func (b *bill) unpriced(t *tariff) string {
	switch {
	case b.priced > 0:
		return ""
	case b.missing > 0:
		return nothing
	case !t.tokens:
		return noPieces
	}
	return ""
}

// tableFor picks the rates for a context of so many tokens.
func (t *tariff) tableFor(context int64) *table {
	tb := &t.tables[0]
	for i := 1; i < len(t.tables); i++ {
		if context > t.tables[i].over {
			tb = &t.tables[i]
		}
	}
	return tb
}

// reckon multiplies a call's counts with the tariff. A batch's factor is taken off tokens only: the call itself and
// services are billed in full.
func (t *tariff) reckon(c *Call, b *bill) {
	context := c.ContextTokens
	if context <= 0 {
		context = c.Tokens.Input
	}
	tb := t.tableFor(context)
	b.scale = t.scale
	if t.tokens { // else tokens are not what is billed, however many there were
		t.addTokens(c, tb, b)
	}
	if tb.coefs[iRequest] != nil || len(c.Units) > 0 {
		t.addPieces(c, tb, b)
	}
}

func (t *tariff) addTokens(c *Call, tb *table, b *bill) {
	p := split(c, tb.think)
	if p.doubt {
		b.missing++
	}
	var n, product big.Int
	for i, count := range p.n {
		if count == 0 || i == iRequest {
			continue
		}
		if tb.coefs[i] == nil {
			b.missing++
			continue
		}
		b.priced++
		b.coef.Add(&b.coef, product.Mul(tb.coefs[i], n.SetInt64(count)))
	}
	switch {
	case c.Batch && t.batch != nil:
		b.coef.Mul(&b.coef, t.batch.coef)
		b.scale += t.batch.scale
	case c.Batch:
		b.missing++
	}
}

// addPieces adds the call's own fee and the services.
func (t *tariff) addPieces(c *Call, tb *table, b *bill) {
	var rest, n, product big.Int
	if fee := tb.coefs[iRequest]; fee != nil {
		b.priced++
		rest.Set(fee)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Units)) {
		count := c.Units[name]
		if count == 0 {
			continue
		}
		p, known := t.services[name]
		b.pieces += " + " + name
		switch {
		case count < 0 || count > maxCount || !known:
			b.missing++
			b.pieces += " (no price)"
			continue
		case p.once:
			count = 1
			b.pieces += " (charged once)"
		}
		b.priced++
		rest.Add(&rest, product.Mul(p.coef, n.SetInt64(count)))
	}
	b.coef.Add(&b.coef, rest.Mul(&rest, pow10(b.scale-t.scale)))
}

// times multiplies the bill by an exact factor.
func (b *bill) times(f amount) {
	b.coef.Mul(&b.coef, f.coef)
	b.scale += f.scale
}

// round makes money of an exact amount: usage.Scale decimals, half-even.
func round(b *bill) decimal.Decimal {
	coef, scale := &b.coef, b.scale
	if scale <= usage.Scale {
		return decimal.NewFromBigInt(coef, int32(-scale))
	}
	divisor := pow10(scale - usage.Scale)
	q, r := new(big.Int).QuoRem(coef, divisor, new(big.Int))
	if half := r.Lsh(r, 1).Cmp(divisor); half > 0 || half == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return decimal.NewFromBigInt(q, -usage.Scale)
}
