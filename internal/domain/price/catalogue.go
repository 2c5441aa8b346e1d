package price

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
)

//go:generate go run ./gen -date 2026-11-21 -out catalogue.gen.json $STEWARD_TESTDATA/genai-prices/data.json

//go:embed catalogue.gen.json
var builtinJSON []byte

// Catalogue is an immutable list of published prices.
type Catalogue struct {
	id        string // name and date, for example "builtin/2026-11-21"
	source    string
	currency  string
	digest    string // of the file, so that two catalogues of one id are told apart
	providers []*provider
	byName    map[string]*provider // by every normalised name
}

type provider struct {
	id         string
	infer      []pattern // model names that mean this provider when none is given
	inferNot   []pattern
	fallback   []string // providers whose models this one also serves, at their prices
	batch      decimal.Decimal
	hasBatch   bool
	services   Services
	models     []*model
	exact      map[string]*model // by lower-case id and literal name
	globs      []glob
}

type glob struct {
	pattern pattern
	model   *model
}

type model struct {
	id       string
	unpriced bool // known, but no price is published
	periods  []Period
}

// The file's schema. Amounts are decimal strings; dates are days, UTC.
type (
	catalogueFile struct {
		ID        string         `json:"id"`
		Source    string         `json:"source"`
		Currency  string         `json:"currency"`
		Providers []providerFile `json:"providers"`
	}
	providerFile struct {
		ID         string            `json:"id"`
		Names      []string          `json:"names,omitempty"`
		Infer      []string          `json:"infer,omitempty"`
		InferNot   []string          `json:"infer_not,omitempty"`
		Fallback   []string          `json:"fallback,omitempty"`
		Batch      string            `json:"batch,omitempty"`
		Services   map[string]string `json:"services,omitempty"`
		Models     []modelFile       `json:"models"`
	}
	modelFile struct {
		ID       string       `json:"id"`
		Match    []string     `json:"match,omitempty"`
		Unpriced bool         `json:"unpriced,omitempty"`
		Prices   []periodFile `json:"prices,omitempty"`
	}
	periodFile struct {
		ValidFrom string            `json:"valid_from,omitempty"`
		Daily     []string          `json:"daily,omitempty"` // from and to, "15:04"
		Rates     map[string]string `json:"rates,omitempty"`
		Services  map[string]string `json:"services,omitempty"`
		Tiers     []tierFile        `json:"tiers,omitempty"`
	}
	tierFile struct {
		Over  int64             `json:"over"`
		Rates map[string]string `json:"rates"`
	}
)

var builtin = sync.OnceValue(func() *Catalogue {
	c, err := ParseCatalogue(builtinJSON)
	if err != nil {
		panic("price: the embedded catalogue is broken: " + err.Error())
	}
	return c
})

// Builtin answers the catalogue that ships with the program, parsed once. It panics when the program was built with a
// broken catalogue, which the tests rule out.
func Builtin() *Catalogue { return builtin() }

// ID is the catalogue's name and date, for example "builtin/2026-11-21".
func (c *Catalogue) ID() string { return c.id }

// Source says in words where the facts come from.
func (c *Catalogue) Source() string { return c.source }

// Currency is the currency of every amount, ISO 4217.
func (c *Catalogue) Currency() string { return c.currency }

// ParseCatalogue reads a catalogue file. Errors are CodeInvalid and say which provider and model are at fault.
func ParseCatalogue(data []byte) (*Catalogue, error) {
	var f catalogueFile
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, errs.Wrap(errs.CodeInvalid, err, "the price catalogue is not in its format: %v", err)
	}
	if f.ID == "" || !validCurrency(f.Currency) {
		return nil, errs.Invalid("the price catalogue needs an id and a currency such as USD")
	}
	sum := sha256.Sum256(data)
	c := &Catalogue{id: f.ID, source: f.Source, currency: f.Currency, digest: hex.EncodeToString(sum[:]),
		byName: make(map[string]*provider, 4*len(f.Providers))}
	for i := range f.Providers {
		p, err := parseProvider(&f.Providers[i])
		if err != nil {
			return nil, err
		}
		c.providers = append(c.providers, p)
		for _, name := range append([]string{p.id}, f.Providers[i].Names...) {
			if other := c.byName[normalise(name)]; other != nil && other != p {
				return nil, errs.Invalid("the price catalogue names %q for both %s and %s", name, other.id, p.id)
			}
			c.byName[normalise(name)] = p
		}
	}
	for _, p := range c.providers {
		for _, id := range p.fallback {
			if c.byName[normalise(id)] == nil {
				return nil, errs.Invalid("provider %s falls back to %q, which the catalogue does not hold", p.id, id)
			}
		}
	}
	return c, nil
}

func parseProvider(f *providerFile) (*provider, error) {
	p := &provider{id: f.ID, fallback: f.Fallback, exact: make(map[string]*model, 2*len(f.Models))}
	var err error
	if p.infer, err = parsePatterns(f.Infer); err != nil {
		return nil, err
	}
	if p.inferNot, err = parsePatterns(f.InferNot); err != nil {
		return nil, err
	}
	if f.Batch != "" {
		p.hasBatch = true
		if p.batch, err = parseAmount(f.ID+".batch", f.Batch); err != nil {
			return nil, err
		}
	}
	if p.services, err = parseServices(f.ID+".services", f.Services); err != nil {
		return nil, err
	}
	// Ids come first: another model's match never takes a model's own id.
	for i := range f.Models {
		m, err := parseModel(f.ID, &f.Models[i])
		if err != nil {
			return nil, err
		}
		if p.exact[strings.ToLower(m.id)] != nil {
			return nil, errs.Invalid("provider %s holds model %q twice", f.ID, m.id)
		}
		p.models = append(p.models, m)
		p.exact[strings.ToLower(m.id)] = m
	}
	for i := range f.Models {
		patterns, err := parsePatterns(f.Models[i].Match)
		if err != nil {
			return nil, err
		}
		for _, pt := range patterns {
			if !pt.isLiteral() {
				p.globs = append(p.globs, glob{pt, p.models[i]})
			} else if p.exact[pt.literal] == nil {
				p.exact[pt.literal] = p.models[i]
			}
		}
	}
	return p, nil
}

func parseModel(provider string, f *modelFile) (*model, error) {
	where := provider + "/" + f.ID
	if f.ID == "" || f.Unpriced != (len(f.Prices) == 0) {
		return nil, errs.Invalid("%s: a model has an id and either prices or the mark unpriced", where)
	}
	m := &model{id: f.ID, unpriced: f.Unpriced}
	for i := range f.Prices {
		pd, err := parsePeriod(fmt.Sprintf("%s.prices[%d]", where, i), &f.Prices[i])
		if err != nil {
			return nil, err
		}
		m.periods = append(m.periods, pd)
	}
	return m, nil
}

func parsePeriod(where string, f *periodFile) (Period, error) {
	var pd Period
	var err error
	if f.ValidFrom != "" {
		day, err := time.Parse(time.DateOnly, f.ValidFrom)
		if err != nil {
			return pd, errs.Invalid("%s.valid_from: %q is no date such as 2026-03-13", where, f.ValidFrom)
		}
		pd.ValidFrom = day.UnixNano()
	}
	if len(f.Daily) > 0 {
		if pd.Daily, err = parseDaily(f.Daily); err != nil {
			return pd, errs.Wrap(errs.CodeInvalid, err, "%s.daily: write two times such as 00:30 and 16:30", where)
		}
	}
	if pd.Rates, err = parseRates(where+".rates", f.Rates); err != nil {
		return pd, err
	}
	if pd.Services, err = parseServices(where+".services", f.Services); err != nil {
		return pd, err
	}
	pd.Tiers, err = parseTiers(where+".tiers", f.Tiers)
	return pd, err
}

func parseDaily(s []string) (*Daily, error) {
	if len(s) != 2 {
		return nil, errs.Invalid("%d times given", len(s))
	}
	var at [2]int
	for i, text := range s {
		t, err := time.Parse("15:04", text)
		if err != nil {
			return nil, err
		}
		at[i] = t.Hour()*60 + t.Minute()
	}
	return &Daily{From: at[0], To: at[1]}, nil
}

func parseRates(where string, in map[string]string) (Rates, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(Rates, len(in))
	for name, text := range in {
		if !slices.Contains(tokenUnits[:], Unit(name)) {
			return nil, errs.Invalid("%s: %q is no unit; use one of %s, or services for anything else", where, name, unitList())
		}
		d, err := parseAmount(where+"."+name, text)
		if err != nil {
			return nil, err
		}
		out[Unit(name)] = d
	}
	return out, nil
}

func parseServices(where string, in map[string]string) (Services, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(Services, len(in))
	for name, text := range in {
		if !validService(name) {
			return nil, errs.Invalid("%s: %q is no service name; write lower-case words such as web_search, and token units under rates", where, name)
		}
		d, err := parseAmount(where+"."+name, text)
		if err != nil {
			return nil, err
		}
		out[name] = d
	}
	return out, nil
}

func parseTiers(where string, in []tierFile) ([]Tier, error) {
	var out []Tier
	for i := range in {
		if in[i].Over <= 0 || i > 0 && in[i].Over <= in[i-1].Over {
			return nil, errs.Invalid("%s[%d].over: %d is not above the tier before it; tiers rise and start above zero", where, i, in[i].Over)
		}
		rates, err := parseRates(fmt.Sprintf("%s[%d].rates", where, i), in[i].Rates)
		if err != nil {
			return nil, err
		}
		if len(rates) == 0 {
			return nil, errs.Invalid("%s[%d].rates: a tier names every rate that applies in it", where, i)
		}
		out = append(out, Tier{Over: in[i].Over, Rates: rates})
	}
	return out, nil
}

func unitList() string {
	names := make([]string, len(tokenUnits))
	for i, u := range tokenUnits {
		names[i] = string(u)
	}
	return strings.Join(names, ", ")
}

// Amounts have at most amountScale decimal places and stay below maxAmount, so that no call's cost outgrows
// DECIMAL(38,12).
const amountScale = 12

var maxAmount = decimal.New(1, 6)

// parseAmount reads a decimal string that is neither negative, nor finer than amountScale, nor above a million.
func parseAmount(where, s string) (decimal.Decimal, error) {
	d, err := parseDecimal(s)
	switch {
	case err != nil:
		return decimal.Decimal{}, errs.Invalid("%s: %q is no amount; write a decimal number in quotes, for example \"2.50\"", where, s)
	case d.IsNegative():
		return decimal.Decimal{}, errs.Invalid("%s: %s is negative", where, s)
	case d.GreaterThan(maxAmount):
		return decimal.Decimal{}, errs.Invalid("%s: %s is above the limit of %s", where, s, maxAmount)
	case !d.Equal(d.Truncate(amountScale)):
		return decimal.Decimal{}, errs.Invalid("%s: %s has more than %d decimal places", where, s, amountScale)
	}
	return d, nil
}

// parseDecimal reads plain digits with an optional sign and point. Exponents are refused: a short text such as 1e999999
// would make arithmetic unbounded.
func parseDecimal(s string) (decimal.Decimal, error) {
	if s == "" || len(s) > 40 || strings.Trim(s, "-.0123456789") != "" {
		return decimal.Decimal{}, errs.Invalid("not a plain decimal number")
	}
	return decimal.NewFromString(s)
}

func validCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
