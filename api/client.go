package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client speaks Steward's API. Make it with NewClient; it is safe for concurrent use. Its methods answer a *Failure
// when the server refused, and any other error when there was no answer.
type Client struct {
	base     *url.URL
	options  ClientOptions
	sleep    func(ctx context.Context, d time.Duration) error
	patience time.Duration
}

// ClientOptions says where the server is and who asks.
type ClientOptions struct {
	Server  string // base URL; "" is http://127.0.0.1:7171
	Key     string
	Project string // "" leaves it to the key
	Agent   string // User-Agent
	// HTTP is the transport; nil is a plain one without an overall timeout, because streams have no end.
	HTTP *http.Client
	// Patience bounds how long a request that may be repeated waits, in all, for a server that is overloaded, away or
	// not yet up. 0 asks once.
	Patience time.Duration
}

// DefaultServer is where a server without configuration listens.
const DefaultServer = "http://127.0.0.1:7171"

// Failure is the server's refusal.
type Failure struct {
	Status     int
	Code       string // see Error; "" where the answer was not Steward's
	Message    string
	Details    map[string]any
	RetryAfter time.Duration
}

// Error answers the server's words.
func (f *Failure) Error() string { return f.Message }

// FailureCode answers the code of a *Failure in err's chain, "" for any other error.
func FailureCode(err error) string {
	var f *Failure
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// NewClient answers a client; it does not connect. An error says what is wrong with Server.
func NewClient(o ClientOptions) (*Client, error) {
	if o.Server == "" {
		o.Server = DefaultServer
	}
	if !strings.Contains(o.Server, "://") {
		o.Server = "http://" + o.Server
	}
	base, err := url.Parse(strings.TrimRight(o.Server, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("server %q is not an address such as %s", o.Server, DefaultServer)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	return &Client{base: base, options: o, sleep: sleep, patience: o.Patience}, nil
}

// Server answers the base URL, without a slash at the end.
func (c *Client) Server() string { return c.base.String() }

// Project answers the project that was asked for, "" when it is left to the key.
func (c *Client) Project() string { return c.options.Project }

// With answers a client with another key and project.
func (c *Client) With(key, project string) *Client {
	out := *c
	out.options.Key, out.options.Project = key, project
	return &out
}

// InOwnProject answers a client that leaves the project to the key.
func (c *Client) InOwnProject() *Client { return c.With(c.options.Key, "") }

// call is one request.
type call struct {
	method string
	path   string // below the base URL, already escaped
	query  url.Values
	in     any    // JSON body; nil for none
	body   []byte // instead of in
	kind   string // content type of body
	zipped bool   // body is gzip
	accept string
	reason string // why, for the record of changes
	repeat bool   // may be sent again although it may have been carried out
}

func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, query: query, repeat: true}, out)
}

// do sends a call and decodes the answer into out, unless out is nil.
func (c *Client) do(ctx context.Context, k call, out any) error {
	resp, err := c.send(ctx, k)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what Steward sends: %w", k.method, k.path, err)
	}
	return nil
}

// send answers a response with a status below 300; its body is the caller's to close.
func (c *Client) send(ctx context.Context, k call) (*http.Response, error) {
	if k.in != nil {
		b, err := json.Marshal(k.in)
		if err != nil {
			return nil, err
		}
		k.body, k.kind = b, "application/json"
	}
	var waited time.Duration
	for try := 0; ; try++ {
		resp, err := c.once(ctx, k)
		if err == nil {
			return resp, nil
		}
		wait, again := retry(err, try)
		if !again || !k.repeat || waited+wait > c.patience || ctx.Err() != nil {
			return nil, err
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, err
		}
		waited += wait
	}
}

func (c *Client) once(ctx context.Context, k call) (*http.Response, error) {
	address := c.base.String() + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	var body io.Reader
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address, body)
	if err != nil {
		return nil, err
	}
	if k.kind != "" {
		req.Header.Set("Content-Type", k.kind)
	}
	if k.zipped {
		req.Header.Set("Content-Encoding", "gzip")
	}
	if k.accept != "" {
		req.Header.Set("Accept", k.accept)
	}
	if c.options.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.options.Key)
	}
	if c.options.Project != "" {
		req.Header.Set("Steward-Project", c.options.Project)
	}
	if k.reason != "" {
		req.Header.Set("Steward-Reason", k.reason)
	}
	if c.options.Agent != "" {
		req.Header.Set("User-Agent", c.options.Agent)
	}
	resp, err := c.options.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, failure(resp)
}

// maxFailure bounds how much of a refusal is read.
const maxFailure = 64 << 10

func failure(resp *http.Response) error {
	f := &Failure{Status: resp.StatusCode}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s >= 0 {
		f.RetryAfter = time.Duration(s) * time.Second
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxFailure))
	if err != nil {
		return err
	}
	var e ErrorBody
	if json.Unmarshal(b, &e) == nil && e.Error.Message != "" {
		f.Code, f.Message, f.Details = e.Error.Code, e.Error.Message, e.Error.Details
		return f
	}
	f.Message = fmt.Sprintf("%s answered %s", resp.Request.URL.Host, resp.Status)
	if text := strings.TrimSpace(string(b)); text != "" && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		f.Message += ": " + text
	}
	return f
}

// retry says whether an error may pass, and when to ask again.
func retry(err error, try int) (time.Duration, bool) {
	backoff := min(time.Second<<min(try, 4), 10*time.Second)
	var f *Failure
	if !errors.As(err, &f) {
		return backoff, true // no answer: the server may be starting again
	}
	if f.Status != http.StatusTooManyRequests && f.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	if f.RetryAfter > 0 {
		return f.RetryAfter, true
	}
	return backoff, true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
