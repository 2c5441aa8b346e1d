package api

import (
	"encoding/json"
	"time"
)

// Price says what a call costs in a project at a time. State none is of calls that are no model's and that no entry is
// about: no cost applies to them.
type Price struct {
	Provider  string            `json:"provider"` // as asked for
	Model     string            `json:"model"`
	At        time.Time         `json:"at"`
	State     string            `json:"state" enum:"priced,estimated,unpriced,none"`
	Price     string            `json:"price"`  // what a cost would record; "" while unpriced
	Reason    string            `json:"reason"` // while there is no price: what is missing
	Currency  string            `json:"currency"`
	Book      string            `json:"book"`      // version of the project's price book
	Catalogue *CataloguePrice   `json:"catalogue"` // what the built-in catalogue says; null where it does not know the model
	Entries   []json.RawMessage `json:"entries"`   // the project's own entries that apply, as they are listed
}

// CataloguePrice is a price of the catalogue. Rates are amounts per million tokens (request: per call), services
// amounts per piece; all are decimal strings.
type CataloguePrice struct {
	ID       string            `json:"id"`
	Provider string            `json:"provider"`
	Model    string            `json:"model"`
	Currency string            `json:"currency"`
	Rates    map[string]string `json:"rates"`
	Services map[string]string `json:"services"`
	Once     []string          `json:"once,omitempty"` // services that are charged once a call, however many pieces it took
	Tiers    []PriceTier       `json:"tiers"`
	Batch    string            `json:"batch,omitempty"` // factor for batches
}

// PriceTier replaces the rates when a call's context is larger than so many tokens.
type PriceTier struct {
	Over  int64             `json:"over"`
	Rates map[string]string `json:"rates"`
}

// PriceEntry is one dated line of a project's own prices; docs/prices.md describes the entry.
type PriceEntry struct {
	Entry   json.RawMessage `json:"entry"` // with its id
	By      Actor           `json:"by"`
	Created time.Time       `json:"created"`
}

// PriceChange answers a change of entries. Costs that are stored stay as they are until a reprice job derives them
// again; Reprice says which are concerned, and Job is that job where it was asked for. A change of the project's currency
// always begins it: until it is done, totals over both currencies are mixed.
type PriceChange struct {
	Entry   json.RawMessage `json:"entry"`
	Reprice NewReprice      `json:"reprice"`
	Job     *Job            `json:"job"`
}
