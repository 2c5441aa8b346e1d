package api

import (
	"context"
	"net/http"
	"net/url"
)

func (c *Client) post(ctx context.Context, path string, in, out any) error {
	return c.do(ctx, call{method: http.MethodPost, path: path, in: in}, out)
}

// Projects answers all projects that the key may see.
func (c *Client) Projects(ctx context.Context) (out List[Project], err error) {
	return out, c.get(ctx, "/api/v1/projects", nil, &out)
}

// CreateProject makes a project.
func (c *Client) CreateProject(ctx context.Context, in NewProject) (out Project, err error) {
	return out, c.post(ctx, "/api/v1/projects", in, &out)
}

// DeleteProject deletes a project with everything in it; its receipt is the project default's.
func (c *Client) DeleteProject(ctx context.Context, id, reason string) (out Deletion, err error) {
	return out, c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/projects/" + url.PathEscape(id), reason: reason}, &out)
}

// Demo answers how the demo stands, with its tour.
func (c *Client) Demo(ctx context.Context) (out Demo, err error) {
	return out, c.get(ctx, "/api/v1/demo", nil, &out)
}

// StartDemo starts the demo, also when it was removed before.
func (c *Client) StartDemo(ctx context.Context) (out Demo, err error) {
	return out, c.do(ctx, call{method: http.MethodPost, path: "/api/v1/demo"}, &out)
}

// Keys answers a page of the project's keys.
func (c *Client) Keys(ctx context.Context, cursor string) (out List[Key], err error) {
	return out, c.get(ctx, "/api/v1/keys", Page{Cursor: cursor}.query(), &out)
}

// CreateKey makes a key and answers its text, which is nowhere kept.
func (c *Client) CreateKey(ctx context.Context, in NewKey) (out KeyMade, err error) {
	return out, c.post(ctx, "/api/v1/keys", in, &out)
}

// RevokeKey ends a key.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/keys/" + url.PathEscape(id), repeat: true}, nil)
}

// Shares lists a page of the read-only links.
func (c *Client) Shares(ctx context.Context, cursor string) (out List[Share], err error) {
	return out, c.get(ctx, "/api/v1/shares", Page{Cursor: cursor}.query(), &out)
}

// CreateShare makes a read-only link, which is nowhere kept.
func (c *Client) CreateShare(ctx context.Context, in NewShare) (out ShareMade, err error) {
	return out, c.post(ctx, "/api/v1/shares", in, &out)
}

// RevokeShare ends a read-only link.
func (c *Client) RevokeShare(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/shares/" + url.PathEscape(id), repeat: true}, nil)
}

// CreateLoginLink makes a link by which one person signs in once.
func (c *Client) CreateLoginLink(ctx context.Context, in NewLoginLink) (out LoginLink, err error) {
	return out, c.post(ctx, "/api/v1/login-links", in, &out)
}

// CreateImport announces a file; the same digest answers the same import.
func (c *Client) CreateImport(ctx context.Context, in NewImport) (out Import, err error) {
	return out, c.do(ctx, call{method: http.MethodPost, path: "/api/v1/imports", in: in, repeat: true}, &out)
}

// Import answers an import.
func (c *Client) Import(ctx context.Context, id string) (out Import, err error) {
	return out, c.get(ctx, "/api/v1/imports/"+url.PathEscape(id), nil, &out)
}

// SaveImport notes how far an import is.
func (c *Client) SaveImport(ctx context.Context, id string, p ImportProgress) (out Import, err error) {
	k := call{method: http.MethodPatch, path: "/api/v1/imports/" + url.PathEscape(id), in: p, repeat: true}
	return out, c.do(ctx, k, &out)
}

// Remap runs a newer mapper over stored spans.
func (c *Client) Remap(ctx context.Context, in NewRemap) (out Job, err error) {
	return out, c.post(ctx, "/api/v1/remap", in, &out)
}

// Reprice derives costs again.
func (c *Client) Reprice(ctx context.Context, in NewReprice) (out Job, err error) {
	return out, c.post(ctx, "/api/v1/reprice", in, &out)
}

// Job answers a job.
func (c *Client) Job(ctx context.Context, id string) (out Job, err error) {
	return out, c.get(ctx, "/api/v1/jobs/"+url.PathEscape(id), nil, &out)
}

// Jobs answers the newest jobs.
func (c *Client) Jobs(ctx context.Context) (out List[Job], err error) {
	return out, c.get(ctx, "/api/v1/jobs", nil, &out)
}

// Delete asks to forget traces, a session or a user.
func (c *Client) Delete(ctx context.Context, in NewDeletion) (out Deletion, err error) {
	return out, c.post(ctx, "/api/v1/deletions", in, &out)
}

// Deletion answers a deletion with its receipt.
func (c *Client) Deletion(ctx context.Context, id string) (out Deletion, err error) {
	return out, c.get(ctx, "/api/v1/deletions/"+url.PathEscape(id), nil, &out)
}

// Deletions answers the newest deletions.
func (c *Client) Deletions(ctx context.Context) (out List[Deletion], err error) {
	return out, c.get(ctx, "/api/v1/deletions", nil, &out)
}

// Arrivals answers who tried to send telemetry to the project within the last hour.
func (c *Client) Arrivals(ctx context.Context) (out Arrivals, err error) {
	return out, c.get(ctx, "/api/v1/arrivals", nil, &out)
}

// Doctor answers what the server found when it looked at itself.
func (c *Client) Doctor(ctx context.Context) (out Doctor, err error) {
	return out, c.get(ctx, "/api/v1/doctor", nil, &out)
}
