package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/domain/price/schema"
)

// What we read of the source's file. Its numbers are kept as text, so that no price passes through a float.
type (
	inProvider struct {
		ID         string    `json:"id"`
		ModelMatch *inClause `json:"model_match"`
		Fallback   []string  `json:"fallback_model_providers"`
		Models     []inModel `json:"models"`
	}
	inModel struct {
		ID     string          `json:"id"`
		Match  *inClause       `json:"match"`
		Window int64           `json:"context_window"`
		Prices json.RawMessage `json:"prices"`
	}
	inClause struct {
		StartsWith string      `json:"starts_with"`
		EndsWith   string      `json:"ends_with"`
		Contains   string      `json:"contains"`
		Regex      string      `json:"regex"`
		Equals     string      `json:"equals"`
		Or         []*inClause `json:"or"`
		And        []*inClause `json:"and"`
	}
	inConditional struct {
		Constraint *struct {
			StartDate string `json:"start_date"`
			StartTime string `json:"start_time"`
			EndTime   string `json:"end_time"`
		} `json:"constraint"`
		Prices map[string]json.RawMessage `json:"prices"`
	}
	inTiered struct {
		Base  json.Number `json:"base"`
		Tiers []struct {
			Start int64       `json:"start"`
			Price json.Number `json:"price"`
		} `json:"tiers"`
	}
)

// units maps the source's fields to ours. A field that is not here fails the conversion: a price must never be lost
// unseen.
var units = map[string]string{
	"input_mtok":            "input",
	"output_mtok":           "output",
	"cache_read_mtok":       "cache_read",
	"cache_write_mtok":      "cache_write",
	"input_audio_mtok":      "audio_input",
	"output_audio_mtok":     "audio_output",
	"cache_audio_read_mtok": "cache_read_audio",
	"requests_kcount":       "request",
}

// patterns writes a match clause as our patterns, any of which suffices.
func patterns(c *inClause) ([]string, error) {
	switch {
	case c == nil:
		return nil, nil
	case len(c.And) > 0:
		return nil, fmt.Errorf("a clause joined by and cannot be written as patterns")
	case c.Regex != "":
		return []string{"re:" + c.Regex}, nil
	}
	for _, s := range []string{c.StartsWith, c.EndsWith, c.Contains, c.Equals} {
		if strings.Contains(s, "*") || strings.HasPrefix(s, "re:") {
			return nil, fmt.Errorf("%q would change its meaning as a pattern", s)
		}
	}
	switch {
	case c.StartsWith != "":
		return []string{strings.ToLower(c.StartsWith) + "*"}, nil
	case c.EndsWith != "":
		return []string{"*" + strings.ToLower(c.EndsWith)}, nil
	case c.Contains != "":
		return []string{"*" + strings.ToLower(c.Contains) + "*"}, nil
	case c.Equals != "":
		return []string{strings.ToLower(c.Equals)}, nil
	}
	var out []string
	for _, sub := range c.Or {
		list, err := patterns(sub)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("a match clause of an unknown kind")
	}
	return out, nil
}

// periods answers a model's prices as a list, whichever of its two forms the source uses.
func (m *inModel) periods() ([]inConditional, error) {
	if strings.HasPrefix(strings.TrimSpace(string(m.Prices)), "[") {
		var list []inConditional
		err := json.Unmarshal(m.Prices, &list)
		return list, err
	}
	var one inConditional
	err := json.Unmarshal(m.Prices, &one.Prices)
	return []inConditional{one}, err
}

// period converts one set of prices. An empty set means a free model, which gets explicit zeros.
func (c *inConditional) period() (schema.Period, error) {
	pd := schema.Period{Rates: map[string]string{}}
	if c.Constraint != nil {
		pd.ValidFrom = c.Constraint.StartDate
		if c.Constraint.StartTime != "" {
			pd.Daily = []string{clockTime(c.Constraint.StartTime), clockTime(c.Constraint.EndTime)}
		}
	}
	if len(c.Prices) == 0 {
		pd.Rates = map[string]string{"input": "0", "output": "0"}
		return pd, nil
	}
	tiered := map[string]inTiered{}
	var starts []int64
	for _, field := range slices.Sorted(maps.Keys(c.Prices)) {
		unit, ok := units[field]
		if !ok {
			return pd, fmt.Errorf("no unit of ours for the price field %s", field)
		}
		var t inTiered
		if raw := c.Prices[field]; raw[0] == '{' {
			if err := json.Unmarshal(raw, &t); err != nil {
				return pd, err
			}
			tiered[unit] = t
			for _, tier := range t.Tiers {
				starts = append(starts, tier.Start)
			}
		} else {
			t.Base = json.Number(raw)
		}
		amount, err := amountOf(unit, t.Base)
		if err != nil {
			return pd, err
		}
		pd.Rates[unit] = amount
	}
	slices.Sort(starts)
	for _, start := range slices.Compact(starts) {
		tier := schema.Tier{Over: start, Rates: maps.Clone(pd.Rates)}
		for unit, t := range tiered {
			for _, step := range t.Tiers {
				if step.Start > start {
					continue
				}
				amount, err := amountOf(unit, step.Price)
				if err != nil {
					return pd, err
				}
				tier.Rates[unit] = amount
			}
		}
		pd.Tiers = append(pd.Tiers, tier)
	}
	return pd, nil
}

// amountOf writes a price in our decimals, at most twelve places; the source gives requests by the thousand, we by one.
func amountOf(unit string, n json.Number) (string, error) {
	d, err := decimal.NewFromString(n.String())
	if err != nil {
		return "", err
	}
	if unit == "request" {
		d = d.Shift(-3)
	}
	return d.RoundBank(12).String(), nil
}

// clockTime cuts "00:30:00Z" to "00:30".
func clockTime(s string) string { return s[:min(5, len(s))] }
