package api

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// NewSavedView is what a view shows. Period ends whenever one looks. A shared view is everybody's in the project.
type NewSavedView struct {
	List        string       `json:"list" enum:"traces,sessions"`
	Name        string       `json:"name"`
	Filter      string       `json:"filter,omitempty"`
	Environment string       `json:"environment,omitempty"`
	Period      string       `json:"period,omitempty"` // for example 7d; absent is the list's own
	Sort        string       `json:"sort,omitempty"`
	Columns     []ViewColumn `json:"columns,omitempty"` // in their order; absent is the list's own
	Shared      bool         `json:"shared"`
}

// ViewColumn is a column that shows. Width is CSS pixels; absent is the column's own.
type ViewColumn struct {
	ID    string `json:"id"`
	Width int    `json:"width,omitempty"`
}

// SavedView is a saved view. Starters come with Steward: they have no owner and cannot be changed.
type SavedView struct {
	ID string `json:"id"`
	NewSavedView
	Starter bool       `json:"starter"`
	Owner   *Actor     `json:"owner"`
	Created *time.Time `json:"created"`
	Updated *time.Time `json:"updated"`
}

// SavedViews answers the views of a list: one's own, the shared ones and the starters.
func (c *Client) SavedViews(ctx context.Context, list string) (out List[SavedView], err error) {
	return out, c.get(ctx, "/api/v1/views", url.Values{"list": {list}}, &out)
}

// CreateSavedView saves a view.
func (c *Client) CreateSavedView(ctx context.Context, in NewSavedView) (out SavedView, err error) {
	return out, c.post(ctx, "/api/v1/views", in, &out)
}

// UpdateSavedView replaces what a view shows.
func (c *Client) UpdateSavedView(ctx context.Context, id string, in NewSavedView) (out SavedView, err error) {
	return out, c.do(ctx, call{method: http.MethodPut, path: "/api/v1/views/" + url.PathEscape(id), in: in, repeat: true}, &out)
}

// RemoveSavedView removes a view.
func (c *Client) RemoveSavedView(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/views/" + url.PathEscape(id), repeat: true}, nil)
}
