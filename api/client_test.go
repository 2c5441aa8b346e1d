package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// serve answers a client of a server that behaves as h, and the waits that the client took.
func serve(t *testing.T, patience time.Duration, h http.HandlerFunc) (*Client, *[]time.Duration) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := NewClient(ClientOptions{Server: s.URL + "/", Key: "stw_k", Project: "p", Agent: "test/1", Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	waits := &[]time.Duration{}
	c.sleep = func(_ context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return nil
	}
	return c, waits
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(ErrorBody{Error{Code: code, Message: message, Details: map[string]any{"column": 4}}})
}

func TestFailures(t *testing.T) {
	c, _ := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/me" {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>proxy</html>")
			return
		}
		refuse(w, http.StatusBadRequest, "invalid", "filter: no such field")
	})
	_, err := c.Traces(t.Context(), Page{})
	var f *Failure
	if !errors.As(err, &f) || f.Status != 400 || f.Code != "invalid" || f.Message != "filter: no such field" || f.Details["column"] != 4.0 {
		t.Errorf("got %#v", err)
	}
	if _, err = c.Me(t.Context()); !errors.As(err, &f) || f.Status != 502 || f.Code != "" || !strings.Contains(f.Message, "502 Bad Gateway") {
		t.Errorf("got %#v", err)
	}
}

func TestRetries(t *testing.T) {
	tests := map[string]struct {
		patience time.Duration
		status   int
		after    string
		fails    int
		do       func(*Client) error
		waits    string
		ok       bool
	}{
		"waits as told":         {time.Minute, 503, "3", 2, getMe, "[3s 3s]", true},
		"backs off":             {time.Minute, 429, "", 3, getMe, "[1s 2s 4s]", true},
		"gives up":              {5 * time.Second, 429, "3", 9, getMe, "[3s]", false},
		"no patience":           {0, 503, "1", 1, getMe, "[]", false},
		"other refusals":        {time.Minute, 400, "", 1, getMe, "[]", false},
		"not what may be twice": {time.Minute, 503, "1", 1, makeKey, "[]", false},
		"scores with ids":       {time.Minute, 503, "1", 1, addScore, "[1s]", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fails := tt.fails
			c, waits := serve(t, tt.patience, func(w http.ResponseWriter, _ *http.Request) {
				if fails--; fails >= 0 {
					if tt.after != "" {
						w.Header().Set("Retry-After", tt.after)
					}
					refuse(w, tt.status, "overloaded", "later")
					return
				}
				_, _ = io.WriteString(w, "{}")
			})
			err := tt.do(c)
			if got := fmt.Sprint(*waits); got != tt.waits || (err == nil) != tt.ok {
				t.Errorf("waits %s, error %v", got, err)
			}
		})
	}
}

func getMe(c *Client) error   { _, err := c.Me(context.Background()); return err }
func makeKey(c *Client) error { _, err := c.CreateKey(context.Background(), NewKey{}); return err }
func addScore(c *Client) error {
	_, err := c.AddScores(context.Background(), []NewScore{{ID: "x"}})
	return err
}

func TestRequests(t *testing.T) {
	c, _ := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer stw_k" || r.Header.Get("User-Agent") != "test/1" {
			t.Errorf("headers %v", r.Header)
		}
		switch r.URL.Path {
		case "/api/v1/traces":
			if got := r.URL.RawQuery; got != "cursor=c&filter=a%3Ab&from=2026-01-02T03%3A04%3A05Z&include=content&limit=7&sort=cost" || r.Header.Get("Steward-Project") != "p" {
				t.Errorf("query %s", got)
			}
			_, _ = io.WriteString(w, `{"items":[{"trace_id":"t","spans":3}],"next_cursor":null}`)
		case "/api/v1/sessions/a/b":
			if r.URL.EscapedPath() != "/api/v1/sessions/a%2Fb" {
				t.Errorf("path %s", r.URL.EscapedPath())
			}
			_, _ = io.WriteString(w, `{"session":"a/b","traces":[{"trace_id":"t"}],"trace_count":1}`)
		case "/otlp/v1/traces":
			if r.Header.Get("Steward-Project") != "" || r.Header.Get("Content-Type") != "application/x-protobuf" {
				t.Errorf("headers %v", r.Header)
			}
			var inner, outer []byte
			inner = protowire.AppendVarint(protowire.AppendTag(inner, 1, protowire.VarintType), 2)
			inner = protowire.AppendString(protowire.AppendTag(inner, 2, protowire.BytesType), "2 spans rejected")
			outer = protowire.AppendBytes(protowire.AppendTag(outer, 1, protowire.BytesType), inner)
			_, _ = w.Write(outer)
		}
	})
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	list, err := c.Traces(t.Context(), Page{Range: Range{Filter: "a:b", From: at}, Sort: "cost", Limit: 7, Cursor: "c", Content: true})
	if err != nil || len(list.Items) != 1 || list.Items[0].Spans != 3 {
		t.Errorf("%+v %v", list, err)
	}
	session, err := c.Session(t.Context(), "a/b")
	if err != nil || session.Items[0].TraceID != "t" {
		t.Errorf("%+v %v", session, err)
	}
	taken, err := c.SendOTLP(t.Context(), "traces", []byte("x"))
	if err != nil || taken.Rejected != 2 || taken.Message != "2 spans rejected" {
		t.Errorf("%+v %v", taken, err)
	}
	if got := c.Link("/traces", url.Values{"filter": {"x:y z"}}); got != c.Server()+"/traces?filter=x%3Ay+z&project=p" {
		t.Error(got)
	}
}

func TestTail(t *testing.T) {
	c, _ := serve(t, 0, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, ": steward\n\nevent: span\ndata: {\"name\":\"a\"}\n\nevent: dropped\ndata: {\"count\":3}\n\n: beat\n\nevent: span\ndata: {\"name\":\ndata: \"b\"}\n\n")
	})
	var got []string
	err := c.Tail(t.Context(), "", func(s Span) error { got = append(got, s.Name); return nil },
		func(n int64) { got = append(got, fmt.Sprint(n)) })
	if err != nil || fmt.Sprint(got) != "[a 3 b]" {
		t.Errorf("%v %v", got, err)
	}
}

func TestBadServer(t *testing.T) {
	for _, s := range []string{"ftp://x", "http://", "::"} {
		if _, err := NewClient(ClientOptions{Server: s}); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	c, err := NewClient(ClientOptions{Server: "example.org:7171"})
	if err != nil || c.Server() != "http://example.org:7171" {
		t.Errorf("%v %v", c, err)
	}
}
