// Package pricing keeps each project's price book at hand and puts a cost on spans as they come in. What a price is
// and how a cost is reckoned is domain/price's business. Start reading at Pricing.Price.
package pricing

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"steward/internal/base/errs"
	"steward/internal/domain/control"
	"steward/internal/domain/price"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Store is what pricing needs of the control store.
type Store interface {
	PriceEntries(ctx context.Context, id project.ID) ([]control.PriceEntry, error)
}

// Pricing answers price books. It is safe for concurrent use.
type Pricing struct {
	store  Store
	logger *slog.Logger
	mu     sync.RWMutex
	books  map[project.ID]*price.Book
	forgot int // counts Forgets: a book that was being read meanwhile is not kept
}

// New makes a Pricing.
func New(store Store, logger *slog.Logger) *Pricing {
	return &Pricing{store: store, logger: logger, books: map[project.ID]*price.Book{}}
}

// Book answers the project's price book.
func (p *Pricing) Book(ctx context.Context, id project.ID) (_ *price.Book, err error) {
	p.mu.RLock()
	book, forgot := p.books[id], p.forgot
	p.mu.RUnlock()
	if book != nil {
		return book, nil
	}
	defer errs.Op(&err, "pricing.Book "+string(id))
	stored, err := p.store.PriceEntries(ctx, id)
	if err != nil {
		return nil, err
	}
	entries := make([]price.Entry, 0, len(stored))
	for _, e := range stored {
		entry, err := price.ParseEntry(e.Data)
		if err != nil {
			return nil, err
		}
		entry.ID = e.ID
		entries = append(entries, entry)
	}
	if book, err = price.NewBook(price.Builtin(), entries); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.forgot == forgot {
		p.books[id] = book
	}
	return book, nil
}

// Forget drops the project's book after its entries changed; the next call reads them anew.
func (p *Pricing) Forget(id project.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.books, id)
	p.forgot++
}

// billed says whether a span of this kind is a call that somebody charges for. Wrappers repeat such calls.
func billed(s *trace.Span) bool {
	switch s.Kind {
	case trace.LLM, trace.Embedding, trace.Rerank:
	default:
		if s.Usage.Source == "" || s.Model.Name() == "" {
			return false
		}
	}
	if s.Usage.Rollup {
		return false
	}
	// a call that failed and reports nothing took nothing that anybody knows of
	return s.Usage.Source != "" || s.StatusCode != trace.StatusError
}

// Window answers how many tokens the span's model takes in at most, 0 where that is not known. A deployment's answer may
// carry a name that no list knows; the name that was asked for then tells.
func (p *Pricing) Window(s *trace.Span) int64 {
	if s.Model.Name() == "" {
		return 0
	}
	book, err := p.Book(context.Background(), s.Project)
	if err != nil {
		return 0 // Price says so of the same span
	}
	if n := book.Window(s.Model.Provider, s.Model.Name()); n > 0 || s.Model.Requested == "" {
		return n
	}
	return book.Window(s.Model.Provider, s.Model.Requested)
}

// Price answers what the span's call cost, the zero Cost where none applies. A book that cannot be read gives
// unpriced; reprice puts that right later.
func (p *Pricing) Price(s *trace.Span) usage.Cost {
	model := billed(s)
	if !model && !mayCost(s) {
		return usage.Cost{}
	}
	book, err := p.Book(context.Background(), s.Project)
	if err != nil {
		p.logger.Error("the price book cannot be read; spans are stored unpriced", "project", string(s.Project), "error", err)
		if !model {
			return usage.Cost{}
		}
		return usage.Cost{State: usage.Unpriced, Currency: price.Builtin().Currency(), Reason: "the price book could not be read; reprice puts that right"}
	}
	call := price.Call{Provider: s.Model.Provider, Model: s.Model.Used, Requested: s.Model.Requested, At: s.Start,
		Tokens: s.Usage.Tokens, Units: s.Usage.Units, UnitsAssumed: slices.Contains(s.Marks, trace.MarkUnitsAssumed), Source: s.Usage.Source, Kind: string(s.Kind), Name: s.Name}
	if s.Tool != nil {
		call.Name = s.Tool.Name
	}
	if call.Model == "" {
		call.Model = s.Model.Requested
	}
	if model {
		return book.Cost(call)
	}
	fee, _ := book.Fee(call)
	return fee
}

// mayCost says whether a span that is no model's call may have a fee of its own. What failed is taken to cost nothing,
// and a wrapper's cost would be in no total.
func mayCost(s *trace.Span) bool {
	switch s.Kind {
	case trace.ToolCall, trace.Retrieval, trace.Guardrail:
		return !s.Usage.Rollup && s.StatusCode != trace.StatusError
	}
	return false
}
