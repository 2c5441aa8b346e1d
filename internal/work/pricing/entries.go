package pricing

import (
	"context"
	"encoding/json"

	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/price"
	"steward/internal/domain/project"
)

// EntryStore is what changing entries needs of the control store.
type EntryStore interface {
	Store
	control.Changer
	PriceEntry(ctx context.Context, id project.ID, entry string) (control.PriceEntry, error)
}

// maxEntries bounds a project's own price list.
const maxEntries = 10_000

// Entries changes price lists. Costs that are stored stay as they are until they are derived again.
type Entries struct {
	pricing *Pricing
	store   EntryStore
	now     func() int64
}

// NewEntries makes an Entries; now answers Unix nanoseconds.
func NewEntries(p *Pricing, store EntryStore, now func() int64) *Entries {
	return &Entries{p, store, now}
}

// List answers a project's entries that count, the oldest first.
func (e *Entries) List(ctx context.Context, p project.ID) ([]control.PriceEntry, error) {
	return e.store.PriceEntries(ctx, p)
}

// Create adds an entry, which counts from the next call on.
func (e *Entries) Create(ctx context.Context, by access.Actor, p project.ID, data []byte, reason string) (control.PriceEntry, price.Entry, error) {
	var out control.PriceEntry
	entry, err := price.ParseEntry(data)
	if err != nil {
		return out, entry, err
	}
	if entry.ID != "" {
		return out, entry, errs.Invalid("id: an entry gets its id from the server; leave it out").With("field", "id")
	}
	have, err := e.store.PriceEntries(ctx, p)
	if err != nil {
		return out, entry, err
	}
	if len(have) >= maxEntries {
		return out, entry, errs.New(errs.CodeConflict, "the project has %d price entries already; remove some", len(have))
	}
	entry.ID = id.New()
	if _, err := price.NewBook(price.Builtin(), []price.Entry{entry}); err != nil {
		return out, entry, err
	}
	text, err := json.Marshal(entry)
	if err != nil {
		return out, entry, err
	}
	out = control.PriceEntry{ID: entry.ID, Project: p, Data: text, By: by, Created: e.now()}
	err = e.store.Change(ctx, by, reason, func(tx control.Tx) error { return tx.CreatePriceEntry(out) })
	e.pricing.Forget(p)
	return out, entry, err
}

// Remove takes an entry out of the list and answers it. What its price made of stored costs stays readable.
func (e *Entries) Remove(ctx context.Context, by access.Actor, p project.ID, entryID, reason string) (control.PriceEntry, price.Entry, error) {
	stored, err := e.store.PriceEntry(ctx, p, entryID)
	if err != nil {
		return stored, price.Entry{}, err
	}
	entry, err := price.ParseEntry(stored.Data)
	if err != nil {
		return stored, entry, err
	}
	err = e.store.Change(ctx, by, reason, func(tx control.Tx) error { return tx.RemovePriceEntry(p, entryID, e.now()) })
	e.pricing.Forget(p)
	return stored, entry, err
}
