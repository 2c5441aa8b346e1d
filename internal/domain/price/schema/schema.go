// Package schema is the price catalogue as its file is written: what the generator writes and price reads. It holds no
// rules; docs/prices.md describes the keys. Amounts are decimal strings, dates are days, UTC.
package schema

// Catalogue is the whole file.
type Catalogue struct {
	ID        string     `json:"id"`
	Source    string     `json:"source"`
	Currency  string     `json:"currency"`
	Providers []Provider `json:"providers"`
}

// Provider is who serves models, with what is true of all of them.
type Provider struct {
	ID       string            `json:"id"`
	Names    []string          `json:"names,omitempty"`
	Infer    []string          `json:"infer,omitempty"`
	InferNot []string          `json:"infer_not,omitempty"`
	Fallback []string          `json:"fallback,omitempty"`
	Batch    string            `json:"batch,omitempty"`
	Services map[string]string `json:"services,omitempty"`
	Once     []string          `json:"once,omitempty"` // of Services: charged once a call, however many pieces it took
	Models   []Model           `json:"models"`
}

// Model is a model with its prices, oldest first, or the mark that none is published.
type Model struct {
	ID       string   `json:"id"`
	Match    []string `json:"match,omitempty"`
	Window   int64    `json:"context_window,omitempty"` // tokens it takes in at most
	Unpriced bool     `json:"unpriced,omitempty"`
	Prices   []Period `json:"prices,omitempty"`
}

// Period is a price from a day on.
type Period struct {
	ValidFrom string            `json:"valid_from,omitempty"`
	Daily     []string          `json:"daily,omitempty"` // from and to, "15:04"
	Rates     map[string]string `json:"rates,omitempty"`
	Services  map[string]string `json:"services,omitempty"`
	Once      []string          `json:"once,omitempty"`
	Tiers     []Tier            `json:"tiers,omitempty"`
}

// Tier replaces the rates when a call's context is larger than Over tokens.
type Tier struct {
	Over  int64             `json:"over"`
	Rates map[string]string `json:"rates"`
}
