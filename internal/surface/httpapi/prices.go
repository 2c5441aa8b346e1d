package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"steward/api"
	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/price"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/rework"
)

// PriceBooks answers price books; it is work/pricing.
type PriceBooks interface {
	Book(ctx context.Context, id project.ID) (*price.Book, error)
}

// PriceEntries changes a project's own prices; it is work/pricing.
type PriceEntries interface {
	List(ctx context.Context, p project.ID) ([]control.PriceEntry, error)
	Create(ctx context.Context, by access.Actor, p project.ID, data []byte, reason string) (control.PriceEntry, price.Entry, error)
	Remove(ctx context.Context, by access.Actor, p project.ID, entry, reason string) (control.PriceEntry, price.Entry, error)
}

// PriceRoutes looks prices up and changes a project's own.
func PriceRoutes(books PriceBooks, entries PriceEntries, again Reworker, c clock.Clock) []Route {
	h := prices{books, entries, again, c}
	const pattern = "/api/v1/prices/entries"
	reprice := Param{Name: "reprice", Meaning: "true begins a job at once that derives the costs concerned again", Enum: []string{"true", "false"}}
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/prices", Action: access.PriceRead, Handle: h.resolve,
			Doc: Doc{Tag: "prices", Summary: "Say what a call costs in the project", Out: api.Price{}, Query: []Param{
				{Name: "calls", Meaning: "the span's kind, for entries that are about one; by default llm", Enum: []string{"llm", "embedding", "rerank", "tool", "retrieval", "guardrail"}},
				{Name: "name", Meaning: "the tool's name, or the span's"},
				{Name: "provider", Meaning: "as emitters write it; may be empty where the model's name says it"}, {Name: "model", Meaning: "as emitters write it"},
				{Name: "at", Meaning: "RFC 3339; by default now"}}}},
		{Method: http.MethodGet, Pattern: pattern, Action: access.PriceRead, Handle: h.list,
			Doc: Doc{Tag: "prices", Summary: "List the project's own price entries, the oldest first", Out: api.List[api.PriceEntry]{}}},
		{Method: http.MethodPost, Pattern: pattern, Action: access.PriceManage, Handle: h.create,
			Doc: Doc{Tag: "prices", Summary: "Add a price, discount, commitment, rate of exchange or the project's currency", In: map[string]any{}, Out: api.PriceChange{}, Status: http.StatusCreated, Query: []Param{reprice},
				Detail: "It counts for calls that come in from now on. Stored costs change when they are derived again, which a change of currency begins by itself."}},
		{Method: http.MethodDelete, Pattern: pattern + "/{id}", Action: access.PriceManage, Handle: h.remove,
			Doc: Doc{Tag: "prices", Summary: "Remove a price entry", Out: api.PriceChange{}, Query: []Param{reprice}}},
	}
}

type prices struct {
	books   PriceBooks
	entries PriceEntries
	again   Reworker
	clock   clock.Clock
}

func (h prices) resolve(w http.ResponseWriter, r *http.Request) error {
	p := CallerOf(r.Context()).Project
	at, err := moment(r, "at")
	if err != nil {
		return err
	}
	if at.IsZero() {
		at = h.clock.Now()
	}
	ns, err := nanos("at", at)
	if err != nil {
		return err
	}
	out := api.Price{Provider: r.URL.Query().Get("provider"), Model: r.URL.Query().Get("model"), At: at.UTC(), Entries: []json.RawMessage{}}
	kind := cmp.Or(r.URL.Query().Get("calls"), string(trace.LLM))
	model := kind == string(trace.LLM) || kind == string(trace.Embedding) || kind == string(trace.Rerank)
	if out.Model == "" && model {
		return errs.Invalid("model is missing; name one, for example ?provider=openai&model=gpt-4o, or a kind of call with calls")
	}
	book, err := h.books.Book(r.Context(), p)
	if err != nil {
		return err
	}
	// the smallest call there is finds out which price applies
	smallest := price.Call{Provider: out.Provider, Model: out.Model, At: ns, Tokens: usage.Tokens{Input: 1, Output: 1}, Source: usage.Reported,
		Kind: kind, Name: r.URL.Query().Get("name")}
	cost := usage.Cost{State: "none", Currency: book.Currency(ns), Reason: "no entry of the project is about this call, so that none applies"}
	if model {
		cost = book.Cost(smallest)
	} else if fee, ok := book.Fee(smallest); ok {
		cost = fee
	}
	out.State, out.Price, out.Reason, out.Currency, out.Book = string(cost.State), cost.Price, cost.Reason, cost.Currency, cost.Book
	if found, ok := book.Catalogue().Resolve(out.Provider, out.Model, ns); ok {
		out.Catalogue = wireCataloguePrice(found)
	}
	own, err := h.entries.List(r.Context(), p)
	if err != nil {
		return err
	}
	for _, e := range own {
		if strings.Contains(cost.Price, "entry/"+e.ID) {
			out.Entries = append(out.Entries, e.Data)
		}
	}
	return JSON(w, http.StatusOK, out)
}

func (h prices) list(w http.ResponseWriter, r *http.Request) error {
	own, err := h.entries.List(r.Context(), CallerOf(r.Context()).Project)
	if err != nil {
		return err
	}
	out := api.List[api.PriceEntry]{Items: []api.PriceEntry{}}
	for _, e := range own {
		out.Items = append(out.Items, api.PriceEntry{Entry: e.Data, By: wireActor(e.By), Created: Time(e.Created)})
	}
	return JSON(w, http.StatusOK, out)
}

func (h prices) create(w http.ResponseWriter, r *http.Request) error {
	body, err := Decode[json.RawMessage](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	stored, entry, err := h.entries.Create(r.Context(), c.Principal.Actor(), c.Project, body, c.Reason)
	if err != nil {
		return err
	}
	return h.changed(w, r, http.StatusCreated, stored, entry)
}

func (h prices) remove(w http.ResponseWriter, r *http.Request) error {
	c := CallerOf(r.Context())
	stored, entry, err := h.entries.Remove(r.Context(), c.Principal.Actor(), c.Project, r.PathValue("id"), c.Reason)
	if err != nil {
		return err
	}
	return h.changed(w, r, http.StatusOK, stored, entry)
}

// changed answers a change with what it takes to bring stored costs up to date.
func (h prices) changed(w http.ResponseWriter, r *http.Request, status int, stored control.PriceEntry, entry price.Entry) error {
	out := api.PriceChange{Entry: stored.Data}
	if entry.ValidFrom > 0 {
		from := Time(entry.ValidFrom)
		out.Reprice.From = &from
	}
	if entry.ValidTo > 0 {
		to := time.Unix(0, entry.ValidTo).UTC()
		out.Reprice.To = &to
	}
	if entry.Kind == price.KindCurrency || r.URL.Query().Get("reprice") == "true" {
		q := reworkRequest(r, rework.Reprice, out.Reprice)
		if now := h.clock.Now(); q.To.IsZero() && !q.From.Before(now) {
			q.To = q.From.Add(time.Hour) // it only counts from a later day on: nothing is concerned yet
		}
		j, err := h.again.Ask(r.Context(), q)
		if err != nil {
			return err
		}
		wire := wireJob(j)
		out.Job = &wire
	}
	return JSON(w, status, out)
}

func wireCataloguePrice(p price.Price) *api.CataloguePrice {
	out := &api.CataloguePrice{ID: p.ID, Provider: p.Provider, Model: p.Model, Currency: p.Currency, Rates: wireAmounts(p.Rates),
		Services: wireAmounts(p.Services), Once: p.Once, Tiers: []api.PriceTier{}}
	for _, t := range p.Tiers {
		out.Tiers = append(out.Tiers, api.PriceTier{Over: t.Over, Rates: wireAmounts(t.Rates)})
	}
	if p.HasBatch {
		out.Batch = p.Batch.String()
	}
	return out
}

func wireAmounts[K ~string](m map[K]decimal.Decimal) map[string]string {
	out := make(map[string]string, len(m))
	for k, d := range m {
		out[string(k)] = d.String()
	}
	return out
}
