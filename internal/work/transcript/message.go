package transcript

import (
	"strings"

	"steward/internal/base/attr"
)

// turn is one message, already in OpenTelemetry's form (role and parts).
type turn struct {
	source  attr.Attrs // the message as it came
	role    string
	name    string
	message attr.Value
	encoded string // message as JSON
	calls   []call
	results []result
	time    int64 // the message's own, 0 where it has none
}

type call struct {
	id, name  string
	arguments attr.Value
}

type result struct {
	id, name string
	value    attr.Value
	failed   bool
}

// readTurn reads a message of OpenAI's chat form; content parts may also be Anthropic's or OpenTelemetry's own.
func readTurn(m attr.Attrs) turn {
	t := turn{source: m, name: pick(m, "name").Text()}
	t.role = roleOf(pick(m, "role", "from").Text())
	t.time, _ = timeOf(pick(m, "timestamp", "created_at", "create_time", "time"))
	if content := pick(m, "content", "parts", "value"); t.role == "tool" && !hasResultPart(content.List()) {
		t.results = []result{{id: pick(m, "tool_call_id", "id").Text(), name: t.name, value: content}}
		t.finish([]attr.Value{resultPart(t.results[0])})
		return t
	}
	var parts []attr.Value
	if s := pick(m, "reasoning_content", "reasoning").Str(); s != "" {
		parts = append(parts, part("reasoning", attr.KV{Key: "content", Value: attr.Str(s)}))
	}
	parts = t.content(parts, pick(m, "content", "parts", "value"))
	if s := pick(m, "refusal").Str(); s != "" {
		parts = append(parts, part("refusal", attr.KV{Key: "refusal", Value: attr.Str(s)}))
	}
	for _, c := range pick(m, "tool_calls").List() {
		parts = t.addCall(parts, c.Map())
	}
	if f := pick(m, "function_call").Map(); f != nil {
		parts = t.addCall(parts, f)
	}
	t.finish(parts)
	return t
}

func (t *turn) finish(parts []attr.Value) {
	m := attr.Attrs{{Key: "role", Value: attr.Str(t.role)}}
	if t.name != "" {
		m = append(m, attr.KV{Key: "name", Value: attr.Str(t.name)})
	}
	m = append(m, attr.KV{Key: "parts", Value: attr.ListOf(parts...)})
	if s := pick(t.source, "finish_reason", "stop_reason").Text(); s != "" {
		m = append(m, attr.KV{Key: "finish_reason", Value: attr.Str(s)})
	}
	t.message = attr.MapOf(m)
	t.encoded = string(t.message.AppendJSON(nil))
}

// text answers the message's plain text, "" where it has none.
func (t *turn) text() string {
	var b []string
	for _, p := range pick(t.message.Map(), "parts").List() {
		if p.Map().Str("type") == "text" {
			b = append(b, p.Map().Str("content"))
		}
	}
	return strings.Join(b, "\n")
}

func (t *turn) addCall(parts []attr.Value, m attr.Attrs) []attr.Value {
	c := call{id: pick(m, "id", "call_id").Text()}
	if f := pick(m, "function").Map(); f != nil {
		m = f
	}
	c.name, c.arguments = pick(m, "name").Text(), pick(m, "arguments", "input", "args", "value")
	t.calls = append(t.calls, c)
	return append(parts, callPart(c))
}

func (t *turn) content(parts []attr.Value, v attr.Value) []attr.Value {
	switch v.Kind() {
	case attr.Null:
		return parts
	case attr.List:
		for _, e := range v.List() {
			parts = t.content(parts, e)
		}
		return parts
	case attr.Map:
		return t.part(parts, v)
	}
	if s := v.Text(); s != "" {
		parts = append(parts, textPart(s))
	}
	return parts
}

// part brings one content part into OpenTelemetry's form; what it does not know it keeps as it is.
func (t *turn) part(parts []attr.Value, v attr.Value) []attr.Value {
	m := v.Map()
	switch m.Str("type") {
	case "text", "input_text", "output_text":
		if s := pick(m, "text", "content"); s.Kind() == attr.String {
			return append(parts, textPart(s.Str()))
		}
	case "thinking":
		if s := pick(m, "thinking"); s.Kind() == attr.String {
			return append(parts, part("reasoning", attr.KV{Key: "content", Value: s}))
		}
	case "tool_use", "tool_call":
		return t.addCall(parts, m)
	case "tool_result", "tool_call_response":
		r := result{id: pick(m, "tool_use_id", "id", "call_id").Text(), name: pick(m, "name").Text(),
			value: pick(m, "content", "response", "result", "value"), failed: pick(m, "is_error").Bool()}
		t.results = append(t.results, r)
		return append(parts, resultPart(r))
	case "media": // Steward's own
		if uri := pick(m, "uri"); uri.Kind() == attr.String {
			return append(parts, part("uri", attr.KV{Key: "mime_type", Value: pick(m, "mime")}, attr.KV{Key: "uri", Value: uri}))
		}
	case "data": // likewise
		if inner := pick(m, "value"); inner.Kind() == attr.Map {
			return append(parts, inner)
		}
	case "image_url":
		url := pick(m, "image_url")
		if url.Kind() == attr.Map {
			url = pick(url.Map(), "url")
		}
		if url.Kind() == attr.String {
			return append(parts, imagePart(url.Str()))
		}
	case "input_audio":
		a := pick(m, "input_audio").Map()
		if data := pick(a, "data"); data.Kind() == attr.String {
			return append(parts, part("blob", attr.KV{Key: "modality", Value: attr.Str("audio")},
				attr.KV{Key: "mime_type", Value: attr.Str("audio/" + a.Str("format"))}, attr.KV{Key: "content", Value: data}))
		}
	}
	return append(parts, v)
}

func part(typ string, rest ...attr.KV) attr.Value {
	return attr.MapOf(append(attr.Attrs{{Key: "type", Value: attr.Str(typ)}}, rest...))
}

func textPart(s string) attr.Value {
	return part("text", attr.KV{Key: "content", Value: attr.Str(s)})
}

func callPart(c call) attr.Value {
	return part("tool_call", attr.KV{Key: "id", Value: attr.Str(c.id)}, attr.KV{Key: "name", Value: attr.Str(c.name)},
		attr.KV{Key: "arguments", Value: c.arguments})
}

func resultPart(r result) attr.Value {
	return part("tool_call_response", attr.KV{Key: "id", Value: attr.Str(r.id)}, attr.KV{Key: "response", Value: r.value})
}

// imagePart takes a data URL apart, so that the bytes can be kept as bytes.
func imagePart(url string) attr.Value {
	image := attr.KV{Key: "modality", Value: attr.Str("image")}
	if head, data, ok := strings.Cut(url, ";base64,"); ok && strings.HasPrefix(head, "data:") {
		return part("blob", image, attr.KV{Key: "mime_type", Value: attr.Str(head[len("data:"):])},
			attr.KV{Key: "content", Value: attr.Str(data)})
	}
	return part("uri", image, attr.KV{Key: "uri", Value: attr.Str(url)})
}

func hasResultPart(list []attr.Value) bool {
	for _, v := range list {
		if t := v.Map().Str("type"); t == "tool_result" || t == "tool_call_response" {
			return true
		}
	}
	return false
}

// roleOf answers OpenAI's word for a role.
func roleOf(s string) string {
	switch strings.ToLower(s) {
	case "human":
		return "user"
	case "ai", "gpt", "model", "bot":
		return "assistant"
	case "function", "observation":
		return "tool"
	case "developer":
		return "system"
	}
	return strings.ToLower(s)
}
