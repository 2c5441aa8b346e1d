package price

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// sourceFile answers the price file that the catalogue was made from, or skips in one line where it is not at hand.
func sourceFile(t *testing.T) []byte {
	t.Helper()
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	data, err := os.ReadFile(filepath.Join(dir, "genai-prices", "data.json"))
	if err != nil {
		t.Skip("skipped: no genai-prices/data.json under STEWARD_TESTDATA")
	}
	return data
}

// Every model of every provider in the source resolves, by its own id, to the source's own numbers on every day that
// the source tells apart. The source is read here a second time, without the generator.
func TestCatalogueAgreesWithItsSource(t *testing.T) {
	type conditional struct {
		Constraint *struct {
			Date string `json:"start_date"`
			Time string `json:"start_time"`
		} `json:"constraint"`
		Prices map[string]json.RawMessage `json:"prices"`
	}
	var providers []struct {
		ID     string `json:"id"`
		Models []struct {
			ID     string          `json:"id"`
			Prices json.RawMessage `json:"prices"`
		} `json:"models"`
	}
	if err := json.Unmarshal(sourceFile(t), &providers); err != nil {
		t.Fatal(err)
	}
	checked, unpriced := 0, 0
	for _, p := range providers {
		for _, m := range p.Models {
			list := []conditional{{}}
			into := any(&list[0].Prices)
			if m.Prices[0] == '[' {
				into = &list
			}
			if err := json.Unmarshal(m.Prices, into); err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				at := day(t, "2020-01-01")
				if c.Constraint != nil && c.Constraint.Date != "" {
					at = day(t, c.Constraint.Date)
				} else if c.Constraint != nil {
					clock, err := time.Parse("15:04:05Z", c.Constraint.Time)
					if err != nil {
						t.Fatal(err)
					}
					at += int64(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
				}
				got, ok := Builtin().Resolve(p.ID, m.ID, at)
				if !ok && len(c.Prices) == 0 {
					unpriced++
					continue
				}
				if !ok || got.Provider != p.ID || got.Model != m.ID {
					t.Errorf("%s %s resolves to %q", p.ID, m.ID, got.ID)
					continue
				}
				for field, unit := range map[string]Unit{"input_mtok": Input, "output_mtok": Output, "cache_read_mtok": CacheRead, "cache_write_mtok": CacheWrite} {
					checkField(t, got, unit, c.Prices[field])
				}
				checked++
			}
		}
	}
	t.Logf("%d prices agree, %d models are listed without one", checked, unpriced)
	if checked < 1400 || unpriced > 5 {
		t.Errorf("%d prices checked, %d unpriced: the source or the test lost something", checked, unpriced)
	}
}

// checkField compares a number of the source, or its base and tiers, with a rate.
func checkField(t *testing.T, p Price, unit Unit, raw json.RawMessage) {
	t.Helper()
	if raw == nil {
		if d, ok := p.Rates[unit]; ok && !d.IsZero() {
			t.Errorf("%s: %s is %s and has no price in the source", p.ID, unit, d)
		}
		return
	}
	tiered := struct {
		Base  json.Number
		Tiers []struct {
			Start int64
			Price json.Number
		}
	}{Base: json.Number(raw)}
	if strings.HasPrefix(string(raw), "{") {
		if err := json.Unmarshal(raw, &tiered); err != nil {
			t.Fatal(err)
		}
	}
	same := func(got decimal.Decimal, want json.Number, where string) {
		d, err := decimal.NewFromString(want.String())
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(d.RoundBank(amountScale)) {
			t.Errorf("%s: %s %s is %s, want %s", p.ID, unit, where, got, want)
		}
	}
	same(p.Rates[unit], tiered.Base, "base")
	for _, tier := range tiered.Tiers {
		same(p.RatesFor(tier.Start)[unit], tiered.Base, "at the tier's edge")
		same(p.RatesFor(tier.Start + 1)[unit], tier.Price, "above the tier's edge")
	}
}
