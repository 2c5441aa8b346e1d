package price

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
)

// Book is a project's price list: a catalogue and the project's entries, which also say what currency it counts in. It
// is immutable and safe for concurrent use; a change of entries makes a new one.
type Book struct {
	catalogue  *Catalogue
	entries    []Entry // what counts first comes first
	lines      []line  // prices and commitments, in the order of entries
	fees       []*line // those of lines that are about calls of a kind
	discounts  []line
	currencies []line
	exchange   map[pair][]line
	version    string

	mu    sync.RWMutex
	plans map[planKey]*plan
}

// line is an entry made ready.
type line struct {
	*Entry
	provider string // canonical id, "" for any
	model    pattern
	any      bool    // matches every model
	name     pattern // of calls of a kind
	tariff   *tariff // of a price or commitment
	factor   amount  // of a discount or rate
}

type planKey struct{ provider, model string }

// pair is a rate's direction: what currency becomes which.
type pair struct{ from, to string }

// plan is everything that can price one pair of provider and model, whatever the time.
type plan struct {
	model     *model
	window    int64
	tariffs   []*tariff // beside the model's periods
	lines     []*line
	discounts []*line
	why       string // without tariffs: what is missing
}

// maxPlans bounds the memory of resolved names. Full, it is emptied: names that are in use come back at once.
const maxPlans = 4096

// NewBook makes a book. Entries need distinct ids and must be valid; errors are CodeInvalid and name the entry.
func NewBook(c *Catalogue, entries []Entry) (*Book, error) {
	b := &Book{catalogue: c, entries: slices.Clone(entries), exchange: map[pair][]line{}, plans: map[planKey]*plan{}}
	slices.SortStableFunc(b.entries, func(x, y Entry) int { return x.before(&y) })
	seen := make(map[string]bool, len(entries))
	for i := range b.entries {
		e := &b.entries[i]
		if e.ID == "" || seen[e.ID] {
			return nil, errs.Invalid("price entry %q: every entry needs an id of its own", e.ID)
		}
		seen[e.ID] = true
		if err := b.add(e); err != nil {
			return nil, errs.Wrap(errs.CodeInvalid, err, "price entry %s: %s", e.ID, errs.From(err).Message)
		}
	}
	for i := range b.lines {
		if b.lines[i].Calls != "" {
			b.fees = append(b.fees, &b.lines[i])
		}
	}
	var err error
	b.version, err = b.digest()
	return b, err
}

// add makes an entry ready.
func (b *Book) add(e *Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	l := line{Entry: e, any: e.Model == "" || e.Model == "*"}
	if e.Provider != "" {
		l.provider = b.catalogue.ProviderID(e.Provider)
	}
	var err error
	if l.model, err = parsePattern(e.Model); err != nil {
		return err
	}
	switch e.Kind {
	case KindPrice:
		if l.name, err = parsePattern(e.Name); err != nil {
			return err
		}
		p := Price{ID: "entry/" + e.ID, Currency: e.Currency, Period: Period{Rates: e.Rates, Services: e.Services, Once: e.Once, Tiers: e.Tiers}}
		if e.Batch != nil {
			p.Batch, p.HasBatch = *e.Batch, true
		}
		l.tariff = compile(&p)
		b.lines = append(b.lines, l)
	case KindCommitment:
		l.tariff = &tariff{text: "entry/" + e.ID, currency: e.Currency}
		b.lines = append(b.lines, l)
	case KindDiscount:
		l.factor = exact(decimal.NewFromInt(100).Sub(e.Percent).Shift(-2))
		b.discounts = append(b.discounts, l)
	case KindRate:
		l.factor = exact(e.Rate)
		way := pair{e.From, e.To}
		b.exchange[way] = append(b.exchange[way], l)
	case KindCurrency:
		b.currencies = append(b.currencies, l)
	}
	return nil
}

func (b *Book) digest() (string, error) {
	text, err := json.Marshal(struct {
		Catalogue, Digest string
		Entries           []Entry
	}{b.catalogue.id, b.catalogue.digest, b.entries})
	if err != nil {
		return "", errs.Wrap(errs.CodeInternal, err, "the price book could not be written")
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Version identifies the catalogue and every entry; two books of one version price every call alike.
func (b *Book) Version() string { return b.version }

// Currency is what the project counts calls of a time in, ISO 4217: that of the currency entry in force, else the
// catalogue's.
func (b *Book) Currency(at int64) string {
	if l := firstOf(b.currencies, at); l != nil {
		return l.Currency
	}
	return b.catalogue.currency
}

// Catalogue is the catalogue below the entries.
func (b *Book) Catalogue() *Catalogue { return b.catalogue }

// Commitments lists the commitments in force at a time, whose monthly fees no call carries.
func (b *Book) Commitments(at int64) []Entry {
	var out []Entry
	for i := range b.entries {
		if e := &b.entries[i]; e.Kind == KindCommitment && e.applies(at) {
			out = append(out, *e)
		}
	}
	return out
}

// Window answers how many tokens a model takes in at most, by the catalogue and with names as emitters write them; 0
// where that is not known.
func (b *Book) Window(provider, model string) int64 {
	if len(provider) > maxName || len(model) > maxName {
		return 0
	}
	return b.plan(provider, model).window
}

// plan finds the plan for a pair of names, from memory where it can.
func (b *Book) plan(provider, model string) *plan {
	key := planKey{provider, model}
	b.mu.RLock()
	pl := b.plans[key]
	b.mu.RUnlock()
	if pl != nil {
		return pl
	}
	pl = b.resolve(provider, model)
	// The key outlives the call, whose names may be slices of a large payload.
	key = planKey{strings.Clone(provider), strings.Clone(model)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.plans) >= maxPlans {
		clear(b.plans)
	}
	b.plans[key] = pl
	return pl
}

// resolve makes a plan. Entries are matched with the provider that served the call, which is not always the one at
// whose list price it is, and with the model's name as written and as the catalogue has it.
func (b *Book) resolve(provider, model string) *plan {
	pl := &plan{why: unknown}
	name := strings.ToLower(strings.TrimSpace(model))
	id, known := "", name
	if name == "" {
		pl.why = noModel
	}
	f, ok := b.catalogue.find(provider, model)
	if ok {
		id, known = f.provider.id, strings.ToLower(f.model.id)
		pl.window = f.model.window
		if f.model.unpriced {
			pl.why = unlisted
		} else {
			pl.model = f.model
			for i := range f.model.periods {
				p := b.catalogue.price(f, i)
				pl.tariffs = append(pl.tariffs, compile(&p))
			}
		}
	}
	if p := b.catalogue.provider(provider); p != nil {
		id = p.id
	} else if !ok {
		id = b.catalogue.ProviderID(provider)
	}
	pl.lines = matching(b.lines, id, name, known)
	pl.discounts = matching(b.discounts, id, name, known)
	return pl
}

func matching(lines []line, provider, written, known string) []*line {
	var out []*line
	for i := range lines {
		if lines[i].serves(provider, written, known) {
			out = append(out, &lines[i])
		}
	}
	return out
}

// serves says whether the line is about a provider (by its canonical id) and a model, by either of its names.
func (l *line) serves(provider, written, known string) bool {
	if l.provider != "" && l.provider != provider {
		return false
	}
	if l.any {
		return true
	}
	_, ok := l.model.match(written)
	if !ok {
		_, ok = l.model.match(known)
	}
	return ok
}

// about says whether the line is about all calls or about this one's kind and name.
func (l *line) about(c *Call) bool {
	if l.Calls == "" {
		return true
	}
	if l.Calls != c.Kind || len(c.Name) > maxName {
		return false
	}
	_, ok := l.name.match(strings.ToLower(c.Name))
	return ok || l.Name == ""
}
