package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// PriceQuery asks what a call costs: of a model, or of another kind such as a tool, by name.
type PriceQuery struct {
	Provider, Model string
	Calls, Name     string
	At              string // RFC 3339; "" is now
}

// Price answers what a call costs in the project.
func (c *Client) Price(ctx context.Context, p PriceQuery) (out Price, err error) {
	q := url.Values{}
	for key, v := range map[string]string{"provider": p.Provider, "model": p.Model, "calls": p.Calls, "name": p.Name, "at": p.At} {
		if v != "" {
			q.Set(key, v)
		}
	}
	return out, c.get(ctx, "/api/v1/prices", q, &out)
}

// PriceEntries answers the project's own price entries, the oldest first.
func (c *Client) PriceEntries(ctx context.Context) (out List[PriceEntry], err error) {
	return out, c.get(ctx, "/api/v1/prices/entries", nil, &out)
}

// AddPriceEntry adds an entry; reprice derives the costs concerned again at once.
func (c *Client) AddPriceEntry(ctx context.Context, entry json.RawMessage, reprice bool) (out PriceChange, err error) {
	return out, c.do(ctx, call{method: http.MethodPost, path: "/api/v1/prices/entries", query: repriced(reprice), in: entry}, &out)
}

// RemovePriceEntry takes an entry out of the list; reprice derives the costs concerned again at once.
func (c *Client) RemovePriceEntry(ctx context.Context, id string, reprice bool) (out PriceChange, err error) {
	return out, c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/prices/entries/" + url.PathEscape(id), query: repriced(reprice)}, &out)
}

func repriced(yes bool) url.Values {
	if !yes {
		return nil
	}
	return url.Values{"reprice": {"true"}}
}
