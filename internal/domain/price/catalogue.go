package price

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/price/schema"
	"steward/internal/domain/usage"
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
	id       string
	infer    []pattern // model names that mean this provider when none is given
	inferNot []pattern
	fallback []string // providers whose models this one also serves, at their prices
	batch    decimal.Decimal
	hasBatch bool
	services Services
	once     []string
	models   []*model
	exact    map[string]*model // by lower-case id and literal name
	globs    []glob
}

type glob struct {
	pattern pattern
	model   *model
}

type model struct {
	id       string
	window   int64 // tokens of context, 0 where it is not known
	unpriced bool  // known, but no price is published
	periods  []Period
}

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
	var f schema.Catalogue
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, errs.Wrap(errs.CodeInvalid, err, "the price catalogue is not in its format: %v", err)
	}
	if f.ID == "" || !usage.ValidCurrency(f.Currency) {
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
