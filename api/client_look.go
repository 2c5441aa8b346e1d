package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Range is a filter and a half-open interval of span starts; zero times are the server's defaults (the last 24 hours).
type Range struct {
	Filter   string
	From, To time.Time
}

// Page asks for a page of a list.
type Page struct {
	Range
	Sort    string // "" is -start
	Limit   int    // 0 is the server's default
	Cursor  string
	Content bool // input, output and attributes too
}

func (r Range) query() url.Values {
	q := url.Values{}
	if r.Filter != "" {
		q.Set("filter", r.Filter)
	}
	if !r.From.IsZero() {
		q.Set("from", r.From.UTC().Format(time.RFC3339Nano))
	}
	if !r.To.IsZero() {
		q.Set("to", r.To.UTC().Format(time.RFC3339Nano))
	}
	return q
}

func (p Page) query() url.Values {
	q := p.Range.query()
	if p.Sort != "" {
		q.Set("sort", p.Sort)
	}
	if p.Limit > 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Cursor != "" {
		q.Set("cursor", p.Cursor)
	}
	if p.Content {
		q.Set("include", "content")
	}
	return q
}

// Me says who the key is and what it may do.
func (c *Client) Me(ctx context.Context) (out Me, err error) {
	return out, c.get(ctx, "/api/v1/me", nil, &out)
}

// Traces answers a page of traces.
func (c *Client) Traces(ctx context.Context, p Page) (out TraceList, err error) {
	return out, c.get(ctx, "/api/v1/traces", p.query(), &out)
}

// Trace answers a trace with its spans.
func (c *Client) Trace(ctx context.Context, id string) (out TraceDetail, err error) {
	return out, c.get(ctx, "/api/v1/traces/"+url.PathEscape(id), nil, &out)
}

// Markdown answers the path from a trace's root to the span, or for "" to where the trouble began, to be passed on.
func (c *Client) Markdown(ctx context.Context, trace, span string) (string, error) {
	q := url.Values{}
	if span != "" {
		q.Set("span", span)
	}
	resp, err := c.send(ctx, call{method: http.MethodGet, path: "/api/v1/traces/" + url.PathEscape(trace) + "/markdown", query: q,
		accept: "text/markdown", repeat: true})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// Span answers a span, whole.
func (c *Client) Span(ctx context.Context, trace, span string) (out Span, err error) {
	return out, c.get(ctx, "/api/v1/traces/"+url.PathEscape(trace)+"/spans/"+url.PathEscape(span), nil, &out)
}

// Spans answers a page of spans.
func (c *Client) Spans(ctx context.Context, p Page) (out SpanList, err error) {
	return out, c.get(ctx, "/api/v1/spans", p.query(), &out)
}

// Sessions answers a page of sessions.
func (c *Client) Sessions(ctx context.Context, p Page) (out SessionList, err error) {
	return out, c.get(ctx, "/api/v1/sessions", p.query(), &out)
}

// Home answers what changed between the period and the one before it.
func (c *Client) Home(ctx context.Context, from, to time.Time, environment string) (out Home, err error) {
	q := url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
	if environment != "" {
		q.Set("environment", environment)
	}
	return out, c.get(ctx, "/api/v1/home", q, &out)
}

// Session answers a session with its traces, oldest first.
func (c *Client) Session(ctx context.Context, id string) (out SessionDetail, err error) {
	return out, c.get(ctx, "/api/v1/sessions/"+url.PathEscape(id), nil, &out)
}

// Scores answers a page of scores, newest first, of one name or of all ("").
func (c *Client) Scores(ctx context.Context, name string, p Page) (out List[Score], err error) {
	q := p.query()
	if name != "" {
		q.Set("name", name)
	}
	return out, c.get(ctx, "/api/v1/scores", q, &out)
}

// MaxScores is how many scores one request may bring.
const MaxScores = 1000

// AddScores stores scores, all or none, durable when it returns. It may be repeated when every score has an id.
func (c *Client) AddScores(ctx context.Context, scores []NewScore) (out ScoreIDs, err error) {
	repeat := true
	for i := range scores {
		repeat = repeat && scores[i].ID != ""
	}
	k := call{method: http.MethodPost, path: "/api/v1/scores", in: NewScores{Items: scores}, repeat: repeat}
	return out, c.do(ctx, k, &out)
}

// Aggregate answers numbers over time; interval 0 is one row a group.
func (c *Client) Aggregate(ctx context.Context, r Range, metrics, by []string, interval time.Duration) (out Aggregate, err error) {
	q := r.query()
	q.Set("metrics", strings.Join(metrics, ","))
	if len(by) > 0 {
		q.Set("by", strings.Join(by, ","))
	}
	if interval > 0 {
		q.Set("interval", interval.String())
	}
	return out, c.get(ctx, "/api/v1/aggregate", q, &out)
}

// Query runs one SELECT over the documented views.
func (c *Client) Query(ctx context.Context, in Query) (out QueryAnswer, err error) {
	return out, c.do(ctx, call{method: http.MethodPost, path: "/api/v1/query", in: in, repeat: true}, &out)
}

// Views answers the views that Query may read.
func (c *Client) Views(ctx context.Context) (out Views, err error) {
	return out, c.get(ctx, "/api/v1/query/views", nil, &out)
}

// Link answers the address of a page of the UI.
func (c *Client) Link(page string, query url.Values) string {
	if c.options.Project != "" && query.Get("project") == "" {
		query.Set("project", c.options.Project)
	}
	if len(query) == 0 {
		return c.base.String() + page
	}
	return fmt.Sprintf("%s%s?%s", c.base, page, query.Encode())
}
