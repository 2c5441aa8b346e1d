package price

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/usage"
)

// Kind is what an entry does.
type Kind string

// The kinds of entries.
const (
	// KindPrice sets the price of matching calls in place of the catalogue's.
	KindPrice Kind = "price"
	// KindCommitment sets the marginal price of matching calls to zero; Monthly is the fee paid for that. No call
	// carries a part of the fee: it is listed beside the calls.
	KindCommitment Kind = "commitment"
	// KindDiscount takes Percent off the catalogue's price of matching calls. It never touches an entry's price, which
	// already is what the project pays.
	KindDiscount Kind = "discount"
	// KindRate converts costs from one currency into another.
	KindRate Kind = "rate"
	// KindCurrency sets what the project counts in, for all calls of the entry's time.
	KindCurrency Kind = "currency"
)

var kinds = []Kind{KindPrice, KindCommitment, KindDiscount, KindRate, KindCurrency}

// Entry is one dated line of a project's own price list. It applies to calls from ValidFrom on and before ValidTo
// (Unix nanoseconds, UTC; a ValidTo of 0 has no end). Of several that apply the one with the newest ValidFrom counts,
// and among those the one with the greatest id.
type Entry struct {
	ID        string
	Kind      Kind
	Provider  string // as emitters write it; "" matches every provider
	Model     string // name or glob with "*"; "" matches every model
	ValidFrom int64
	ValidTo   int64
	Note      string

	// Of a price, optional: Calls narrows it to spans of one kind, and Name to those whose tool has a name, or which have
	// it themselves where they are no tool call; a name or glob with "*".
	Calls string
	Name  string

	// Of a price: Currency (ISO 4217) and the amounts. Batch is the factor for batches, nil where there is none.
	// A commitment has Currency and Monthly, a currency Currency alone.
	Currency string
	Rates    Rates
	Services Services
	Once     []string // of Services: charged once a call, however many pieces it took
	Tiers    []Tier
	Batch    *decimal.Decimal
	Monthly  decimal.Decimal

	Percent decimal.Decimal // of a discount, 0 to 100

	From, To string          // of a rate: currencies, ISO 4217
	Rate     decimal.Decimal // how many To one From is worth
}

// applies says whether the entry is in force at a time.
func (e *Entry) applies(at int64) bool {
	return e.ValidFrom <= at && (e.ValidTo == 0 || at < e.ValidTo)
}

// before orders entries: what counts first comes first.
func (e *Entry) before(o *Entry) int {
	switch {
	case e.ValidFrom != o.ValidFrom:
		if e.ValidFrom > o.ValidFrom {
			return -1
		}
		return 1
	default:
		return strings.Compare(o.ID, e.ID)
	}
}

// Validate checks what the kind of an entry asks for. Errors are CodeInvalid and name the field.
func (e *Entry) Validate() error {
	if e.ValidTo != 0 && e.ValidTo <= e.ValidFrom {
		return errs.Invalid("valid_to: the entry ends before it begins; leave valid_to out for an entry without end")
	}
	if len(e.Provider) > maxName || len(e.Model) > maxName {
		return errs.Invalid("provider and model: at most %d bytes each", maxName)
	}
	if strings.HasPrefix(strings.ToLower(e.Model), regexpPrefix) {
		return errs.Invalid("model: %q is a regular expression; write a name or a pattern with *, for example gpt-4o*", e.Model)
	}
	switch e.Kind {
	case KindPrice:
		return e.validatePrice()
	case KindCommitment:
		if err := e.validateCurrency(); err != nil {
			return err
		}
		return checkAmount("monthly", e.Monthly)
	case KindDiscount:
		if e.Percent.GreaterThan(decimal.NewFromInt(100)) {
			return errs.Invalid("percent: %s is not between 0 and 100", e.Percent)
		}
		return checkAmount("percent", e.Percent)
	case KindRate:
		return e.validateRate()
	case KindCurrency:
		if e.Provider != "" || e.Model != "" {
			return errs.Invalid("provider and model: a project has one currency for all calls; leave them out")
		}
		return e.validateCurrency()
	default:
		return errs.Invalid("kind: %q is no kind of entry; use one of %s", e.Kind, kindList())
	}
}

func (e *Entry) validateCurrency() error {
	if !usage.ValidCurrency(e.Currency) {
		return errs.Invalid("currency: %q is no currency; write three capital letters, for example EUR", e.Currency)
	}
	return nil
}

// The kinds of call that a price may be about: those of a model, and the others, which have no tokens.
var (
	modelCalls = []string{"llm", "embedding", "rerank"}
	otherCalls = []string{"tool", "retrieval", "guardrail"}
)

func (e *Entry) validateCalls() error {
	all := append(slices.Clone(modelCalls), otherCalls...)
	switch {
	case len(e.Name) > maxName || strings.HasPrefix(strings.ToLower(e.Name), regexpPrefix):
		return errs.Invalid("name: write a name or a pattern with * of at most %d bytes, for example web_*", maxName)
	case e.Calls == "" && e.Name != "":
		return errs.Invalid("name: say with calls which kind of call it names: %s", strings.Join(all, ", "))
	case e.Calls != "" && !slices.Contains(all, e.Calls):
		return errs.Invalid("calls: %q is no kind of call that can have a price; use one of %s", e.Calls, strings.Join(all, ", "))
	case slices.Contains(otherCalls, e.Calls) && (e.metersTokens() || len(e.Tiers) > 0 || e.Batch != nil):
		return errs.Invalid("rates: a %s has no tokens; write what the call costs, {\"request\": \"0.008\"}, or services", e.Calls)
	}
	return nil
}

// metersTokens says whether a rate is for anything but the call itself.
func (e *Entry) metersTokens() bool {
	for unit := range e.Rates {
		if unit != Request {
			return true
		}
	}
	return false
}

func (e *Entry) validatePrice() error {
	if err := e.validateCurrency(); err != nil {
		return err
	}
	if err := e.validateCalls(); err != nil {
		return err
	}
	if len(e.Rates) == 0 && len(e.Services) == 0 {
		return errs.Invalid("rates: a price has at least one rate or service, for example {\"input\": \"2.50\", \"output\": \"10\"}")
	}
	if len(e.Tiers) > 0 && len(e.Rates) == 0 {
		return errs.Invalid("rates: a price with tiers also names the rates below the first tier")
	}
	if e.Batch != nil {
		if err := checkAmount("batch", *e.Batch); err != nil {
			return err
		}
	}
	for name, d := range e.Services {
		if !validService(name) {
			return errs.Invalid("services: %q is no service name; write lower-case words such as web_search", name)
		}
		if err := checkAmount("services."+name, d); err != nil {
			return err
		}
	}
	if _, err := parseOnce("once", e.Once, e.Services); err != nil {
		return err
	}
	if err := checkRates("rates", e.Rates); err != nil {
		return err
	}
	last := int64(0)
	for i, t := range e.Tiers {
		if t.Over <= last {
			return errs.Invalid("tiers[%d].over: %d is not above the tier before it; tiers rise and start above zero", i, t.Over)
		}
		last = t.Over
		if err := checkRates(fmt.Sprintf("tiers[%d].rates", i), t.Rates); err != nil {
			return err
		}
	}
	return nil
}

func checkRates(where string, rates Rates) error {
	for unit, d := range rates {
		if !slices.Contains(tokenUnits[:], unit) {
			return errs.Invalid("%s: %q is no unit; use one of %s, or services for anything else", where, unit, unitList())
		}
		if err := checkAmount(where+"."+string(unit), d); err != nil {
			return err
		}
	}
	return nil
}

func (e *Entry) validateRate() error {
	switch {
	case e.Provider != "" || e.Model != "":
		return errs.Invalid("provider and model: a rate of exchange is for all calls; leave them out")
	case !usage.ValidCurrency(e.From):
		return errs.Invalid("from: %q is no currency; write three capital letters, for example USD", e.From)
	case !usage.ValidCurrency(e.To):
		return errs.Invalid("to: %q is no currency; write three capital letters, for example EUR", e.To)
	case e.From == e.To:
		return errs.Invalid("to: %s converts into itself", e.To)
	case !e.Rate.IsPositive():
		return errs.Invalid("rate: %s is not above zero; it says how many %s one %s is worth", e.Rate, e.To, e.From)
	}
	return checkAmount("rate", e.Rate)
}

func kindList() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}
