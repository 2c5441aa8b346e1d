package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// recorder writes a trace down as an OpenTelemetry SDK would: spans open, nest and end while its time goes on.
type recorder struct {
	r      *rand.Rand
	at     int64 // now, Unix nanoseconds
	trace  trace.ID
	next   uint64
	origin *trace.Origin
	common attr.Attrs // on every span, as a baggage processor puts them
	open   []*trace.Raw
	spans  []*trace.Raw
}

// scope is the instrumentation that the agent uses.
var scope = &trace.Origin{Name: "tarnwick.agents", Version: "3.2.0", SchemaURL: "https://opentelemetry.io/schemas/gen-ai/1.42.0"}

func newRecorder(r *rand.Rand, seed [32]byte, turn int, at time.Time, origin *trace.Origin, common attr.Attrs) *recorder {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(seed[:], uint64(turn)))
	c := &recorder{r: r, at: at.UnixNano(), next: binary.BigEndian.Uint64(sum[16:]), origin: origin, common: common}
	copy(c.trace[:], sum[:16])
	return c
}

// spanID draws the next id (splitmix64).
func (c *recorder) spanID() (id trace.SpanID) {
	c.next += 0x9e3779b97f4a7c15
	z := c.next
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	binary.BigEndian.PutUint64(id[:], z^z>>31|1)
	return id
}

// token draws letters for ids that others would make, such as a provider's.
func (c *recorder) token(n int) string {
	b := make([]byte, n/2)
	for i := range b {
		b[i] = byte(c.r.Uint32())
	}
	return hex.EncodeToString(b)
}

func (c *recorder) now() time.Time { return time.Unix(0, c.at).UTC() }

// pass lets time go by.
func (c *recorder) pass(d time.Duration) { c.at += int64(d) }

// between draws a duration.
func (c *recorder) between(low, high time.Duration) time.Duration {
	return low + time.Duration(c.r.Int64N(int64(high-low)))
}

// begin opens a span below the one that is open. kind is OpenTelemetry's.
func (c *recorder) begin(name, kind string, attrs ...attr.KV) *trace.Raw {
	s := &trace.Raw{Trace: c.trace, ID: c.spanID(), Name: name, OTelKind: kind, Start: c.at, StatusCode: trace.StatusUnset,
		Resource: c.origin, Scope: scope, Attributes: append(slices.Clip(attrs), c.common...)}
	if n := len(c.open); n > 0 {
		s.Parent = c.open[n-1].ID
	}
	c.open = append(c.open, s)
	c.spans = append(c.spans, s)
	return s
}

// end closes the span that was opened last.
func (c *recorder) end(attrs ...attr.KV) {
	n := len(c.open) - 1
	s := c.open[n]
	c.open = c.open[:n]
	s.End = c.at
	s.Attributes = append(s.Attributes, attrs...)
	c.pass(c.between(time.Millisecond, 6*time.Millisecond))
}

// fail marks the span that was opened last as failed.
func (c *recorder) fail(kind, message string) {
	s := c.open[len(c.open)-1]
	s.StatusCode, s.StatusText = trace.StatusError, message
	s.Attributes = append(s.Attributes, text("error.type", kind))
	s.Events = append(s.Events, trace.Event{Time: c.at, Name: "exception",
		Attributes: attr.Attrs{text("exception.type", kind), text("exception.message", message)}})
}

func text(key, value string) attr.KV   { return attr.KV{Key: key, Value: attr.Str(value)} }
func number(key string, n int) attr.KV { return attr.KV{Key: key, Value: attr.Int64(int64(n))} }
func seconds(key string, d time.Duration) attr.KV {
	return attr.KV{Key: key, Value: attr.Float64(d.Round(time.Microsecond).Seconds())}
}

// object is a JSON object of names and values, in their order.
func object(pairs ...any) string {
	m := make(attr.Attrs, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m = append(m, attr.KV{Key: pairs[i].(string), Value: value(pairs[i+1])})
	}
	return attr.MapOf(m).Text()
}

// raw is text that is JSON already.
type raw string

func value(v any) attr.Value {
	switch v := v.(type) {
	case nil:
		return attr.Value{}
	case string:
		return attr.Str(v)
	case language:
		return attr.Str(string(v))
	case bool:
		return attr.Boolean(v)
	case int:
		return attr.Int64(int64(v))
	case cents:
		return v.json()
	case []string:
		list := make([]attr.Value, len(v))
		for i, s := range v {
			list[i] = attr.Str(s)
		}
		return attr.ListOf(list...)
	case raw:
		parsed, ok := attr.ParseJSON(string(v))
		if !ok {
			panic("demo: not JSON: " + string(v))
		}
		return parsed
	}
	panic("demo: no JSON of such a value")
}

// quoted is a JSON string.
func quoted(s string) string { return string(attr.AppendString(nil, s)) }

// The messages of the GenAI conventions.

func said(role, content string) string {
	return `{"role":"` + role + `","parts":[{"type":"text","content":` + quoted(content) + `}]}`
}

func toolAnswered(id, result string) string {
	return `{"role":"tool","parts":[{"type":"tool_call_response","id":"` + id + `","response":` + result + `}]}`
}

// call is a model's wish to have a tool called. Arguments are JSON.
type call struct{ id, tool, arguments string }

// answered is a model's message.
func answered(content string, calls []call, finish string) string {
	var b strings.Builder
	b.WriteString(`{"role":"assistant","parts":[`)
	if content != "" {
		b.WriteString(`{"type":"text","content":` + quoted(content) + `}`)
	}
	for i, k := range calls {
		if i > 0 || content != "" {
			b.WriteByte(',')
		}
		b.WriteString(`{"type":"tool_call","id":"` + k.id + `","name":"` + k.tool + `","arguments":` + k.arguments + `}`)
	}
	b.WriteString(`],"finish_reason":"` + finish + `"}`)
	return b.String()
}
