package api

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Tail calls onSpan for every span that comes in and matches, until ctx ends, onSpan fails or the server goes. onDropped
// is told how many came too quickly to be sent; it may be nil.
func (c *Client) Tail(ctx context.Context, filter string, onSpan func(Span) error, onDropped func(int64)) error {
	resp, err := c.send(ctx, call{method: http.MethodGet, path: "/api/v1/tail", query: Range{Filter: filter}.query(),
		accept: "text/event-stream", repeat: true})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return events(resp.Body, func(event string, data []byte) error {
		switch event {
		case "span":
			var s Span
			if err := json.Unmarshal(data, &s); err != nil {
				return fmt.Errorf("tail: %w", err)
			}
			return onSpan(s)
		case "dropped":
			var d struct {
				Count int64 `json:"count"`
			}
			if err := json.Unmarshal(data, &d); err != nil {
				return fmt.Errorf("tail: %w", err)
			}
			if onDropped != nil {
				onDropped(d.Count)
			}
		}
		return nil
	})
}

// maxEvent bounds one server-sent event.
const maxEvent = 8 << 20

// events reads server-sent events.
func events(r io.Reader, fn func(event string, data []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxEvent)
	event, data := "", []byte(nil)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if data != nil {
				if err := fn(event, data); err != nil {
					return err
				}
			}
			event, data = "", nil
		case field == "event":
			event = value
		case field == "data":
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, value...)
		}
	}
	return lines.Err()
}

// Export streams all matching spans as jsonl, parquet or otlp. The answer is the caller's to close.
func (c *Client) Export(ctx context.Context, format string, r Range) (io.ReadCloser, error) {
	q := r.query()
	q.Set("format", format)
	resp, err := c.send(ctx, call{method: http.MethodGet, path: "/api/v1/export", query: q, repeat: true})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// Taken is what a server said to an OTLP export: how many records it did not take, and why.
type Taken struct {
	Rejected int64
	Message  string
}

// SendOTLP sends an OTLP export request in protobuf; signal is traces, logs or metrics. What it does not reject is durable
// when it returns. It goes to the key's own project.
func (c *Client) SendOTLP(ctx context.Context, signal string, body []byte) (Taken, error) {
	k := call{method: http.MethodPost, path: "/otlp/v1/" + url.PathEscape(signal), body: body, kind: "application/x-protobuf", repeat: true}
	if len(body) > 16<<10 && !c.near() {
		var z bytes.Buffer
		w, err := gzip.NewWriterLevel(&z, gzip.BestSpeed)
		if err != nil {
			return Taken{}, err
		}
		if _, err = w.Write(body); err == nil {
			err = w.Close()
		}
		if err != nil {
			return Taken{}, err
		}
		k.body, k.zipped = z.Bytes(), true
	}
	resp, err := c.InOwnProject().send(ctx, k)
	if err != nil {
		return Taken{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxFailure))
	if err != nil {
		return Taken{}, err
	}
	return partialSuccess(b), nil
}

// near says whether the server is on this machine, where compressing costs more than it saves.
func (c *Client) near() bool {
	host := c.base.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// partialSuccess reads an Export…ServiceResponse; the three signals number its fields alike. What it cannot read counts
// as a full success, which is what the status said.
func partialSuccess(b []byte) (out Taken) {
	fields(b, func(num protowire.Number, _ uint64, data []byte) {
		if num != 1 {
			return
		}
		fields(data, func(num protowire.Number, n uint64, data []byte) {
			switch num {
			case 1:
				out.Rejected = int64(n)
			case 2:
				out.Message = string(data)
			}
		})
	})
	return out
}

func fields(b []byte, fn func(num protowire.Number, n uint64, data []byte)) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return
		}
		b = b[n:]
		var number uint64
		var data []byte
		switch typ {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return
		}
		b = b[n:]
		fn(num, number, data)
	}
}
