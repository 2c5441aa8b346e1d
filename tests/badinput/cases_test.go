package badinput

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"

	"steward/api"
	"steward/tests/server"
)

// oddities are the cases about one span, by their name in docs/bad-input.md.
func oddities() map[string][]odd {
	start := func(at time.Time) func(ptrace.Span) {
		return func(s ptrace.Span) {
			s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Second)))
		}
	}
	noCounts := func(t *testing.T, s api.Span) {
		if s.Usage != nil && (s.Usage.Input != 0 || s.Usage.Output != 0) {
			t.Errorf("usage is %+v", s.Usage)
		}
	}
	return map[string][]odd{
		"trace id of zeros":         {{bytes: id(1, make([]byte, 16)), rejected: "bad_trace_id"}, {bytes: id(1, nil), rejected: "bad_trace_id"}},
		"trace id of wrong length":  {{bytes: id(1, make([]byte, 15)), rejected: "bad_trace_id", noJSON: "length"}, {bytes: id(1, bytes.Repeat([]byte{1}, 17)), rejected: "bad_trace_id", noJSON: "length"}},
		"span id of zeros":          {{bytes: id(2, make([]byte, 8)), rejected: "bad_span_id"}, {bytes: id(2, nil), rejected: "bad_span_id"}},
		"span id of wrong length":   {{bytes: id(2, bytes.Repeat([]byte{1}, 7)), rejected: "bad_span_id", noJSON: "length"}, {bytes: id(2, bytes.Repeat([]byte{1}, 9)), rejected: "bad_span_id", noJSON: "length"}},
		"parent id of wrong length": {{spoil: func(s ptrace.Span) { s.SetParentSpanID([8]byte{9, 9, 9, 9, 9, 9, 9, 9}) }, bytes: id(4, bytes.Repeat([]byte{1}, 7)), rejected: "bad_parent_id", noJSON: "length"}},
		"end before start": {{marks: []string{"end_before_start"}, spoil: func(s ptrace.Span) {
			s.SetEndTimestamp(s.StartTimestamp() - pcommon.Timestamp(time.Second))
		}, check: func(t *testing.T, s api.Span) {
			if s.End == nil || !s.End.Equal(s.Start) {
				t.Errorf("from %v to %v", s.Start, s.End)
			}
		}}},
		"unfinished span": {{spoil: func(s ptrace.Span) { s.SetEndTimestamp(0) }, check: func(t *testing.T, s api.Span) {
			if s.End != nil {
				t.Errorf("ended %v", s.End)
			}
		}}},
		"time in 1970":   {{spoil: start(time.Unix(1, 7e8)), rejected: "time_too_old"}, {spoil: func(s ptrace.Span) { s.SetStartTimestamp(0) }, rejected: "time_too_old"}},
		"time in 2100":   {{spoil: start(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)), rejected: "time_in_future"}, {spoil: func(s ptrace.Span) { s.SetStartTimestamp(math.MaxUint64) }, rejected: "time_"}},
		"clock ahead":    {{spoil: start(time.Now().Add(time.Hour)), marks: []string{"clock_ahead"}}},
		"duplicate keys": {{bytes: attributes("again", "first", "again", "second"), marks: []string{"duplicate_keys"}, check: has("again", "second")}},
		"invalid UTF-8": {{spoil: func(s ptrace.Span) {
			s.SetName("chat \xff\xfe")
			s.Attributes().PutStr("text", "caf\xe9")
		}, bytes: unescaped, marks: []string{"utf8_repaired"}, check: func(t *testing.T, s api.Span) {
			has("text", "caf\uFFFD")(t, s)
			if !strings.HasPrefix(s.Name, "chat \uFFFD") {
				t.Errorf("name is %q", s.Name)
			}
		}}},
		"10,000 attributes": {{spoil: func(s ptrace.Span) {
			for i := range 10_000 {
				s.Attributes().PutInt(fmt.Sprintf("key.%d", i), int64(i))
			}
		}, check: func(t *testing.T, s api.Span) { has("key.0", 0)(t, s); has("key.9999", 9999)(t, s) }}},
		"1 MB attribute": {{spoil: func(s ptrace.Span) { s.Attributes().PutStr("large", server.Prose(1<<20)) }, check: has("large", server.Prose(1<<20))}},
		"deep nesting":   {{spoil: depth(200), marks: []string{"deep_value"}}, {spoil: depth(3_000), marks: []string{"deep_value"}}},
		"cyclic parents": {{bytes: cycle, trace: func(t *testing.T, d api.TraceDetail) {
			if len(d.Items) != 2 || d.Items[0].ParentID != d.Items[1].SpanID || d.Items[1].ParentID != d.Items[0].SpanID {
				t.Errorf("the trace is %+v", d.Items)
			}
		}}},
		"own parent": {{spoil: func(s ptrace.Span) { s.SetParentSpanID(s.SpanID()) }, marks: []string{"self_parent"}, check: func(t *testing.T, s api.Span) {
			if s.ParentID != "" {
				t.Errorf("its parent is %q", s.ParentID)
			}
		}}},
		"NaN tokens": {{spoil: func(s ptrace.Span) {
			s.Attributes().PutDouble("gen_ai.usage.input_tokens", math.NaN())
			s.Attributes().PutDouble("gen_ai.usage.output_tokens", math.Inf(1))
		}, marks: []string{"bad_number"}, check: noCounts}},
		"negative tokens": {{spoil: func(s ptrace.Span) {
			s.Attributes().PutInt("gen_ai.usage.input_tokens", -5)
			s.Attributes().PutDouble("gen_ai.usage.output_tokens", -1e300)
		}, marks: []string{"bad_number"}, check: noCounts}},
		"negative cost": {{spoil: func(s ptrace.Span) { s.Attributes().PutDouble("gen_ai.usage.cost", -0.5) }, marks: []string{"bad_number"}, check: func(t *testing.T, s api.Span) {
			if s.ReportedCost != nil {
				t.Errorf("reported cost is %+v", s.ReportedCost)
			}
		}}},
	}
}

func depth(n int) func(ptrace.Span) {
	return func(s ptrace.Span) { nested(s.Attributes().PutEmpty("deep"), n) }
}

// rewrite changes the messages at a path of field numbers.
func rewrite(b []byte, path []protowire.Number, change func([]byte) []byte) (out []byte) {
	if len(path) == 0 {
		return change(b)
	}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		size := protowire.ConsumeFieldValue(num, typ, b[max(n, 0):])
		if n < 0 || size < 0 {
			panic("the request to change is malformed")
		}
		if num == path[0] && typ == protowire.BytesType {
			inner, _ := protowire.ConsumeBytes(b[n:])
			out = protowire.AppendTag(out, num, typ)
			out = protowire.AppendBytes(out, rewrite(inner, path[1:], change))
		} else {
			out = append(out, b[:n+size]...)
		}
		b = b[n+size:]
	}
	return out
}

// spans is the path to the spans of an ExportTraceServiceRequest.
var spans = []protowire.Number{1, 2, 2}

// onBad changes the bytes of the span with the id.
func onBad(body []byte, bad server.SpanID, change func([]byte) []byte) []byte {
	return rewrite(body, spans, func(s []byte) []byte {
		if bytes.Contains(s, bad.Span[:]) {
			return change(bytes.Clone(s))
		}
		return s
	})
}

var jsonIDs = map[protowire.Number]string{1: "traceId", 2: "spanId", 4: "parentSpanId"}

// id puts another value into an id field of the bad span; nil leaves the field out.
func id(num protowire.Number, value []byte) func([]byte, server.SpanID, bool) []byte {
	return func(body []byte, bad server.SpanID, pb bool) []byte {
		if !pb {
			old := map[protowire.Number]string{1: bad.TraceHex(), 2: bad.SpanHex(), 4: "0909090909090909"}[num]
			return bytes.Replace(body, []byte(`"`+jsonIDs[num]+`":"`+old+`"`), fmt.Appendf(nil, `"%s":"%x"`, jsonIDs[num], value), 1)
		}
		return onBad(body, bad, func(s []byte) []byte {
			s = rewrite(s, []protowire.Number{num}, func([]byte) []byte { return value })
			return s
		})
	}
}

// attributes adds attributes as they stand.
func attributes(kv ...string) func([]byte, server.SpanID, bool) []byte {
	return func(body []byte, bad server.SpanID, pb bool) []byte {
		if !pb {
			at := bytes.Index(body, []byte(bad.SpanHex()))
			list := at + bytes.Index(body[at:], []byte(`"attributes":[`)) + len(`"attributes":[`)
			var more []byte
			for i := 0; i < len(kv); i += 2 {
				more = fmt.Appendf(more, `{"key":%q,"value":{"stringValue":%q}},`, kv[i], kv[i+1])
			}
			return append(append(bytes.Clone(body[:list]), more...), body[list:]...)
		}
		return onBad(body, bad, func(s []byte) []byte {
			for i := 0; i < len(kv); i += 2 {
				value := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), kv[i+1])
				pair := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), kv[i])
				pair = protowire.AppendBytes(protowire.AppendTag(pair, 2, protowire.BytesType), value)
				s = protowire.AppendBytes(protowire.AppendTag(s, 9, protowire.BytesType), pair)
			}
			return s
		})
	}
}

// unescaped puts the raw bytes into JSON where the marshaller wrote the letter for what is not UTF-8.
func unescaped(body []byte, _ server.SpanID, pb bool) []byte {
	if pb {
		return body
	}
	for _, replacement := range []string{`\ufffd`, "\uFFFD"} {
		body = bytes.ReplaceAll(body, []byte(replacement), []byte{0xff})
	}
	return body
}

// cycle adds a second span, each the other's parent.
func cycle(body []byte, bad server.SpanID, pb bool) []byte {
	other := bad
	other.Span[0] ^= 0xff
	if !pb {
		own := fmt.Sprintf(`"spanId":"%s"`, bad.SpanHex())
		at := bytes.Index(body, []byte(own))
		begin := bytes.LastIndexByte(body[:at], '{')
		end := bytes.Index(body[at:], []byte(`}]}]`)) + at
		span := body[begin:end]
		first := strings.Replace(string(span), own, own+fmt.Sprintf(`,"parentSpanId":"%s"`, other.SpanHex()), 1)
		second := strings.Replace(string(span), own, fmt.Sprintf(`"spanId":"%s","parentSpanId":"%s"`, other.SpanHex(), bad.SpanHex()), 1)
		return []byte(string(body[:begin]) + first + "}," + second + string(body[end:]))
	}
	var second []byte
	parent := func(s []byte, p [8]byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(s, 4, protowire.BytesType), p[:])
	}
	body = onBad(body, bad, func(s []byte) []byte {
		second = parent(bytes.ReplaceAll(bytes.Clone(s), bad.Span[:], other.Span[:]), bad.Span)
		return parent(bytes.Clone(s), other.Span)
	})
	return rewrite(body, spans[:2], func(scope []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(bytes.Clone(scope), 2, protowire.BytesType), second)
	})
}
