package price

import (
	"strings"

	"steward/internal/domain/usage"
)

// What is missing from an unpriced call; a missing rate of exchange is said by missingRate.
const (
	noUsage   = "nothing is known about what the call used"
	noModel   = "the call names no model"
	unknown   = "no price is known for this model of this provider; add a price entry"
	unlisted  = "no price is published for this model; add a price entry"
	nothing   = "nothing that the call used has a price"
	noPieces  = "the price is by the piece, and the call reports no pieces"
	nameRange = "the name of the provider or the model is too long to be one"
)

// Cost answers what a call cost. It never fails: what cannot be priced comes back as unpriced with the reason, and its
// amount means nothing. The amount is in the project's currency of the call's time, exact until it is rounded, once,
// half-even to usage.Scale decimals.
func (b *Book) Cost(c Call) usage.Cost {
	if len(c.Provider) > maxName || len(c.Model) > maxName || len(c.Requested) > maxName {
		return b.unpriced(c.At, nameRange)
	}
	pl := b.plan(c.Provider, c.Model)
	cost, ok := b.by(pl, &c)
	if !ok && c.Requested != "" && c.Requested != c.Model {
		cost, ok = b.by(b.plan(c.Provider, c.Requested), &c)
	}
	if !ok {
		return b.unpriced(c.At, pl.why)
	}
	return cost
}

// by answers what the plan makes of a call, false where it has no price for it.
func (b *Book) by(pl *plan, c *Call) (usage.Cost, bool) {
	for _, l := range pl.lines {
		if l.applies(c.At) && l.about(c) {
			return b.charge(c, l.tariff, nil), true
		}
	}
	if len(pl.tariffs) == 0 {
		return usage.Cost{}, false
	}
	return b.charge(c, pl.tariffs[pl.model.at(c.At)], first(pl.discounts, c.At)), true
}

// Fee answers what a call costs that is no model's: a tool, a search, a retrieval. It costs what an entry about calls of
// its kind says; false where there is none, because most such calls cost nothing by themselves.
func (b *Book) Fee(c Call) (usage.Cost, bool) {
	if len(b.fees) == 0 || len(c.Provider) > maxName || len(c.Model) > maxName {
		return usage.Cost{}, false
	}
	provider, model := b.catalogue.ProviderID(c.Provider), strings.ToLower(strings.TrimSpace(c.Model))
	for _, l := range b.fees {
		if l.applies(c.At) && l.about(&c) && l.serves(provider, model, model) {
			return b.charge(&c, l.tariff, nil), true
		}
	}
	return usage.Cost{}, false
}

func (b *Book) unpriced(at int64, why string) usage.Cost {
	return usage.Cost{Currency: b.Currency(at), State: usage.Unpriced, Reason: why, Book: b.version}
}

// charge applies a tariff, then a discount, then the rate of exchange into the project's currency.
func (b *Book) charge(c *Call, t *tariff, discount *line) usage.Cost {
	out := usage.Cost{Currency: b.Currency(c.At), State: usage.Priced, Price: t.text, Book: b.version}
	if t.metered() && c.Source == "" {
		return b.unpriced(c.At, noUsage)
	}
	if t.metered() && c.Source != usage.Reported || len(t.services) > 0 && c.UnitsAssumed {
		out.State = usage.CostEstimated
	}
	var sum bill
	if len(t.tables) > 0 {
		t.reckon(c, &sum)
		if why := sum.unpriced(t); why != "" {
			return b.unpriced(c.At, why)
		}
		if sum.missing > 0 {
			out.State = usage.CostEstimated
		}
		out.Price += sum.pieces
	}
	if discount != nil {
		sum.times(discount.factor)
		out.Price += " + entry/" + discount.ID
	}
	if t.currency != out.Currency && sum.coef.Sign() != 0 { // nothing is nothing in every currency
		l := firstOf(b.exchange[pair{t.currency, out.Currency}], c.At)
		if l == nil {
			return b.unpriced(c.At, missingRate(t.currency, out.Currency, c.At))
		}
		sum.times(l.factor)
		out.Price += " + entry/" + l.ID
	}
	out.Amount = round(&sum)
	return out
}

func missingRate(from, to string, at int64) string {
	return "the price is in " + from + " and the project counts in " + to + ": add a rate entry from " + from + " to " + to +
		" that is valid on " + writeDay(at) + ", then reprice"
}

func first(lines []*line, at int64) *line {
	for _, l := range lines {
		if l.applies(at) {
			return l
		}
	}
	return nil
}

func firstOf(lines []line, at int64) *line {
	for i := range lines {
		if lines[i].applies(at) {
			return &lines[i]
		}
	}
	return nil
}
