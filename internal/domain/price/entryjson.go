package price

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/price/schema"
)

// entryJSON is an entry on the wire and in exports: amounts are strings, times RFC 3339.
type entryJSON struct {
	ID        string            `json:"id,omitempty"`
	Kind      string            `json:"kind"`
	Provider  string            `json:"provider,omitempty"`
	Model     string            `json:"model,omitempty"`
	ValidFrom string            `json:"valid_from"`
	ValidTo   string            `json:"valid_to,omitempty"`
	Note      string            `json:"note,omitempty"`
	Calls     string            `json:"calls,omitempty"`
	Name      string            `json:"name,omitempty"`
	Currency  string            `json:"currency,omitempty"`
	Rates     map[string]string `json:"rates,omitempty"`
	Services  map[string]string `json:"services,omitempty"`
	Once      []string          `json:"once,omitempty"`
	Tiers     []schema.Tier     `json:"tiers,omitempty"`
	Batch     string            `json:"batch,omitempty"`
	Monthly   string            `json:"monthly,omitempty"`
	Percent   string            `json:"percent,omitempty"`
	From      string            `json:"from,omitempty"`
	To        string            `json:"to,omitempty"`
	Rate      string            `json:"rate,omitempty"`
}

// common are the keys of every kind; keysOf adds those of one kind.
var common = []string{"id", "kind", "valid_from", "valid_to", "note"}

func keysOf(kind Kind) []string {
	switch kind {
	case KindPrice:
		return append([]string{"provider", "model", "calls", "name", "currency", "rates", "services", "once", "tiers", "batch"}, common...)
	case KindCommitment:
		return append([]string{"provider", "model", "currency", "monthly"}, common...)
	case KindDiscount:
		return append([]string{"provider", "model", "percent"}, common...)
	case KindRate:
		return append([]string{"from", "to", "rate"}, common...)
	case KindCurrency:
		return append([]string{"currency"}, common...)
	}
	return nil
}

const maxEntryBytes = 64 << 10

// ParseEntry reads an entry from JSON. It refuses unknown keys, keys of another kind, amounts that are not strings and
// values out of range; errors are CodeInvalid, name the key and say what to write. The id may be absent.
func ParseEntry(data []byte) (Entry, error) {
	if len(data) > maxEntryBytes {
		return Entry{}, errs.New(errs.CodeTooLarge, "a price entry has at most %d bytes", maxEntryBytes)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil || keys == nil {
		return Entry{}, errs.Wrap(errs.CodeInvalid, err, "a price entry is a JSON object such as {\"kind\": \"discount\", \"percent\": \"15\", \"valid_from\": \"2026-01-01\"}")
	}
	kind, err := parseKind(keys["kind"])
	if err != nil {
		return Entry{}, err
	}
	allowed := keysOf(kind)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !slices.Contains(allowed, key) {
			return Entry{}, errs.Invalid("%q is no key of a %s entry; it has %s", key, kind, strings.Join(slices.Sorted(slices.Values(allowed)), ", ")).With("key", key)
		}
	}
	var w entryJSON
	if err := json.Unmarshal(data, &w); err != nil {
		return Entry{}, wrongType(err)
	}
	e, err := w.entry()
	if err != nil {
		return Entry{}, err
	}
	return e, e.Validate()
}

func parseKind(raw json.RawMessage) (Kind, error) {
	var s string
	if raw != nil {
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", errs.Invalid("kind: write one of %s in quotes", kindList())
		}
	}
	if !slices.Contains(kinds, Kind(s)) {
		return "", errs.Invalid("kind: %q is no kind of entry; use one of %s", s, kindList())
	}
	return Kind(s), nil
}

// wrongType names the key whose value has the wrong type.
func wrongType(err error) error {
	t, ok := err.(*json.UnmarshalTypeError)
	if !ok {
		return errs.Wrap(errs.CodeInvalid, err, "the price entry is no valid JSON")
	}
	want := "text in quotes; amounts too, for example \"2.50\""
	if strings.HasSuffix(t.Field, "over") {
		want = "a whole number of tokens"
	} else if t.Type.Kind().String() != "string" {
		want = "the shape the documentation shows"
	}
	return errs.Wrap(errs.CodeInvalid, err, "%s: a %s is not accepted; write %s", t.Field, t.Value, want).With("key", t.Field)
}

func (w *entryJSON) entry() (Entry, error) {
	e := Entry{ID: w.ID, Kind: Kind(w.Kind), Provider: w.Provider, Model: w.Model, Note: w.Note, Currency: w.Currency,
		Calls: w.Calls, Name: w.Name, Once: w.Once, From: w.From, To: w.To}
	var err error
	if e.ValidFrom, err = parseTime("valid_from", w.ValidFrom); err != nil {
		return e, err
	}
	if w.ValidTo != "" {
		if e.ValidTo, err = parseTime("valid_to", w.ValidTo); err != nil {
			return e, err
		}
	}
	if e.Rates, err = parseRates("rates", w.Rates); err != nil {
		return e, err
	}
	if e.Services, err = parseServices("services", w.Services); err != nil {
		return e, err
	}
	if e.Tiers, err = parseTiers("tiers", w.Tiers); err != nil {
		return e, err
	}
	if w.Batch != "" {
		batch, err := parseAmount("batch", w.Batch)
		if err != nil {
			return e, err
		}
		e.Batch = &batch
	}
	needed := map[Kind]struct {
		key, text string
		to        *decimal.Decimal
	}{
		KindCommitment: {"monthly", w.Monthly, &e.Monthly},
		KindDiscount:   {"percent", w.Percent, &e.Percent},
		KindRate:       {"rate", w.Rate, &e.Rate},
	}
	if n, ok := needed[e.Kind]; ok {
		if n.text == "" {
			return e, errs.Invalid("%s: a %s entry needs it", n.key, e.Kind)
		}
		*n.to, err = parseAmount(n.key, n.text)
	}
	return e, err
}

// parseTime reads RFC 3339 or a day, which begins at midnight UTC.
func parseTime(key, s string) (int64, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			if y := t.Year(); y < 1970 || y > 2200 {
				return 0, errs.Invalid("%s: the year %d is outside 1970 to 2200", key, y)
			}
			return t.UnixNano(), nil
		}
	}
	return 0, errs.Invalid("%s: %q is no time; write a day such as 2026-01-01 or RFC 3339 such as 2026-01-01T12:00:00Z", key, s)
}

// MarshalJSON writes what ParseEntry reads.
func (e Entry) MarshalJSON() ([]byte, error) {
	w := entryJSON{ID: e.ID, Kind: string(e.Kind), Provider: e.Provider, Model: e.Model, Note: e.Note,
		Currency: e.Currency, Calls: e.Calls, Name: e.Name, Once: e.Once, From: e.From, To: e.To, ValidFrom: writeTime(e.ValidFrom),
		Rates: writeAmounts(e.Rates), Services: writeAmounts(e.Services)}
	if e.ValidTo != 0 {
		w.ValidTo = writeTime(e.ValidTo)
	}
	for _, t := range e.Tiers {
		w.Tiers = append(w.Tiers, schema.Tier{Over: t.Over, Rates: writeAmounts(t.Rates)})
	}
	if e.Batch != nil {
		w.Batch = e.Batch.String()
	}
	switch e.Kind {
	case KindCommitment:
		w.Monthly = e.Monthly.String()
	case KindDiscount:
		w.Percent = e.Percent.String()
	case KindRate:
		w.Rate = e.Rate.String()
	}
	return json.Marshal(w)
}

// UnmarshalJSON is ParseEntry.
func (e *Entry) UnmarshalJSON(data []byte) (err error) {
	*e, err = ParseEntry(data)
	return err
}

func writeDay(t int64) string { return time.Unix(0, t).UTC().Format(time.DateOnly) }

func writeTime(t int64) string { return time.Unix(0, t).UTC().Format(time.RFC3339Nano) }

func writeAmounts[K ~string](m map[K]decimal.Decimal) map[string]string {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, d := range m {
		out[string(k)] = d.String()
	}
	return out
}
