package transcript

import (
	"slices"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
)

// shape is what a record is.
type shape string

const (
	conversationShape shape = "a conversation"
	historyShape      shape = "a multi-agent history"
	otlpShape         shape = "OTLP JSON"
	spanShape         shape = "a span"
)

// messageKeys are the keys under which records keep their messages, best first.
var messageKeys = []string{"traj", "messages", "conversation", "conversations", "trajectory", "transcript"}

// spanKeys are the keys by which a record is taken for a span.
var spanKeys = []string{"span_id", "trace_id", "name", "input", "output", "start", "start_time", "prompt", "completion", "attributes"}

// recognise says what a record is, and refuses what the asked format does not hold.
func recognise(v attr.Value, format Format) (shape, error) {
	got, err := shapeOf(v)
	if err != nil {
		return "", err
	}
	if format == Auto || slices.Contains(holds(format), got) {
		return got, nil
	}
	return "", errs.Invalid("this is %s, which --format %s does not hold; use --format %s", got, format, fits(got))
}

func holds(f Format) []shape {
	switch f {
	case OpenAIMessages:
		return []shape{conversationShape, historyShape}
	case WhoAndWhen:
		return []shape{historyShape}
	case OTLPJSON:
		return []shape{otlpShape}
	case JSONL:
		return []shape{spanShape, conversationShape}
	}
	return nil
}

func fits(s shape) Format {
	switch s {
	case historyShape:
		return WhoAndWhen
	case otlpShape:
		return OTLPJSON
	case spanShape:
		return JSONL
	}
	return OpenAIMessages
}

func shapeOf(v attr.Value) (shape, error) {
	if l := v.List(); v.Kind() == attr.List {
		if len(l) > 0 && isMessage(l[0]) {
			return conversationShape, nil
		}
		return "", errs.Invalid("expected an object or a list of messages, found a list of something else")
	}
	m := v.Map()
	for _, key := range []string{"resourceSpans", "resourceLogs", "resourceMetrics", "resource_spans", "resource_logs", "resource_metrics"} {
		if _, ok := m.Get(key); ok {
			return otlpShape, nil
		}
	}
	if pick(m, "history").Kind() == attr.List && (has(m, "question") || has(m, "mistake_agent")) {
		return historyShape, nil
	}
	if _, list := messagesOf(m); list != nil {
		return conversationShape, nil
	}
	for _, key := range spanKeys {
		if has(m, key) {
			return spanShape, nil
		}
	}
	return "", errs.Invalid("cannot tell what this record is (its keys are %s); expected messages, history, resourceSpans, or a span with name, input, output", keysOf(m))
}

// messagesOf answers the messages of a conversation and the key that they stand under; also those of a logged request.
func messagesOf(m attr.Attrs) (key string, list []attr.Value) {
	for _, key := range messageKeys {
		if l := pick(m, key).List(); len(l) > 0 && isMessage(l[0]) {
			return key, l
		}
	}
	for _, key := range []string{"request", "body"} {
		if l := pick(pick(m, key).Map(), "messages").List(); len(l) > 0 && isMessage(l[0]) {
			return key, l
		}
	}
	return "", nil
}

// isMessage says whether v is one turn: OpenAI's {role, content}, or the {from, value} of older data sets.
func isMessage(v attr.Value) bool {
	m := v.Map()
	if m.Str("role") != "" {
		return has(m, "content") || has(m, "parts") || has(m, "tool_calls") || has(m, "function_call")
	}
	return m.Str("from") != "" && has(m, "value")
}

func keysOf(m attr.Attrs) string {
	var keys []string
	for i := range m {
		if len(keys) == 8 {
			keys = append(keys, "…")
			break
		}
		keys = append(keys, shorten(m[i].Key, 40))
	}
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, ", ")
}

// pick answers the first of keys that m holds with a value other than null.
func pick(m attr.Attrs, keys ...string) attr.Value {
	for _, k := range keys {
		if v, ok := m.Get(k); ok && !v.IsNull() {
			return v
		}
	}
	return attr.Value{}
}

func has(m attr.Attrs, key string) bool {
	_, ok := m.Get(key)
	return ok
}

// shorten cuts s to at most n bytes at a rune's border and says so.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
