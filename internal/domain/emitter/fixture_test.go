package emitter_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/problem"
	"steward/internal/domain/trace"
)

// A fixture is one span and a part of what must come out of it. testdata/README.md describes the format.
type fixture struct {
	Origin string          `json:"origin"`
	Raw    json.RawMessage `json:"raw"`
	Want   json.RawMessage `json:"want"`
}

// ailing are the fixtures in which something went wrong though the status is no error.
var ailing = map[string]trace.ProblemCode{"chat_multimodal_cache.json": trace.BadArguments, "llm_request_value_only.json": trace.Cut}

func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".json"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var fx fixture
			if err := json.Unmarshal(b, &fx); err != nil {
				t.Fatal(err)
			}
			if fx.Origin == "" {
				t.Fatal("a fixture says where it comes from")
			}
			raw, err := readRaw(fx.Raw)
			if err != nil {
				t.Fatal(err)
			}
			c, marks := emitter.Map(raw)
			check(t, wire(&c, marks), fx.Want)
			s := trace.Span{Raw: *raw, Canonical: c}
			problem.NewChecker().Find(&s, 0)
			want, ails := ailing[filepath.Base(file)]
			if len(s.Problems) > 0 != ails || ails && s.Problems[0].Code != want {
				t.Errorf("problems %+v, want %q", s.Problems, want)
			}
		})
	}
}

// readRaw reads a span in the short form ({name, attributes: {k: v}, ...}) or as OTLP/JSON (attributes as a list of
// {key, value}; a whole ResourceSpans document gives its first span).
func readRaw(b []byte) (*trace.Raw, error) {
	var v attr.Value
	if err := v.UnmarshalJSON(b); err != nil {
		return nil, err
	}
	m := v.Map()
	raw := &trace.Raw{Trace: trace.ID{15: 1}, ID: trace.SpanID{7: 1}, StatusCode: trace.StatusUnset}
	if rs, ok := m.Get("resourceSpans"); ok && len(rs.List()) > 0 {
		r := rs.List()[0].Map()
		ss, _ := r.Get("scopeSpans")
		scope := ss.List()[0].Map()
		spans, _ := scope.Get("spans")
		raw.Resource, raw.Scope = readOrigin(r, "resource"), readOrigin(scope, "scope")
		m = spans.List()[0].Map()
	} else {
		raw.Resource, raw.Scope = readOrigin(m, "resource"), readOrigin(m, "scope")
	}
	raw.Name = m.Str("name")
	raw.OTelKind = m.Str("kind")
	raw.Start = readTime(m, "start", "startTimeUnixNano", "startTime")
	raw.End = readTime(m, "end", "endTimeUnixNano", "endTime")
	if m.Str("parent") != "" || m.Str("parentSpanId") != "" {
		raw.Parent = trace.SpanID{7: 9}
	}
	raw.Attributes = readAttrs(m, "attributes")
	evs, _ := m.Get("events")
	for _, e := range evs.List() {
		em := e.Map()
		ev := trace.Event{Name: em.Str("name"), Time: readTime(em, "time", "timeUnixNano"), Attributes: readAttrs(em, "attributes")}
		ev.Body, ev.FromLog = em.Get("body")
		raw.Events = append(raw.Events, ev)
	}
	return raw, nil
}

func readOrigin(m attr.Attrs, key string) *trace.Origin {
	v, ok := m.Get(key)
	if !ok {
		return nil
	}
	o := &trace.Origin{Name: v.Map().Str("name"), Version: v.Map().Str("version"), Attributes: readAttrs(v.Map(), "attributes")}
	if _, nested := v.Map().Get("attributes"); !nested && key == "resource" {
		o.Attributes = v.Map()
	}
	return o
}

func readAttrs(m attr.Attrs, key string) attr.Attrs {
	v, _ := m.Get(key)
	if v.Kind() == attr.Map {
		return v.Map()
	}
	var out attr.Attrs
	for _, e := range v.List() {
		val, _ := e.Map().Get("value")
		out = append(out, attr.KV{Key: e.Map().Str("key"), Value: anyValue(val)})
	}
	return out
}

// anyValue reads OTLP/JSON's AnyValue.
func anyValue(v attr.Value) attr.Value {
	for _, kv := range v.Map() {
		switch kv.Key {
		case "stringValue", "boolValue", "doubleValue":
			return kv.Value
		case "intValue":
			n, _ := strconv.ParseInt(kv.Value.Text(), 10, 64)
			return attr.Int64(n)
		case "bytesValue":
			b, _ := base64.StdEncoding.DecodeString(kv.Value.Str())
			return attr.Blob(b)
		case "arrayValue":
			var list []attr.Value
			vals, _ := kv.Value.Map().Get("values")
			for _, e := range vals.List() {
				list = append(list, anyValue(e))
			}
			return attr.ListOf(list...)
		case "kvlistValue":
			return attr.MapOf(readAttrs(kv.Value.Map(), "values"))
		}
	}
	return attr.Value{}
}

// readTime reads nanoseconds, RFC 3339, or the OTel JS SDK's [seconds, nanoseconds].
func readTime(m attr.Attrs, keys ...string) int64 {
	for _, k := range keys {
		v, ok := m.Get(k)
		if !ok {
			continue
		}
		if l := v.List(); len(l) == 2 {
			return l[0].Int()*1e9 + l[1].Int()
		}
		if at, err := time.Parse(time.RFC3339Nano, v.Str()); err == nil {
			return at.UnixNano()
		}
		n, _ := strconv.ParseInt(v.Text(), 10, 64)
		return n
	}
	return 0
}

// wire shows a Canonical as the API does, as far as a mapper fills it, and the marks.
func wire(c *trace.Canonical, marks []trace.Mark) map[string]any {
	named := func(n trace.Named) any { return map[string]any{"name": n.Name, "version": n.Version} }
	out := map[string]any{
		"kind": c.Kind, "service": c.Service, "environment": c.Environment, "release": c.Release, "level": c.Level,
		"session": c.Session, "user": c.User, "agent": named(c.Agent), "prompt": named(c.Prompt), "tags": c.Tags,
		"first_token_ms": float64(c.FirstToken) / 1e6, "finish_reason": c.FinishReason,
		"model": map[string]any{"provider": c.Model.Provider, "requested": c.Model.Requested, "used": c.Model.Used},
		"input": wireMessages(c.Input), "output": wireMessages(c.Output),
		"usage": map[string]any{"input_tokens": c.Usage.Input, "output_tokens": c.Usage.Output,
			"cache_read_tokens": c.Usage.CacheRead, "cache_write_tokens": c.Usage.CacheWrite,
			"reasoning_tokens": c.Usage.Reasoning, "input_audio_tokens": c.Usage.InputAudio,
			"output_audio_tokens": c.Usage.OutputAudio, "units": c.Usage.Units, "source": c.Usage.Source, "rollup": c.Usage.Rollup},
		"mapper": map[string]any{"version": c.Mapper.Version, "emitter": c.Mapper.Emitter, "unmapped": c.Mapper.Unmapped},
		"marks":  marks,
	}
	if c.ReportedCost != nil {
		out["reported_cost"] = map[string]any{"amount": c.ReportedCost.Amount.String(), "currency": c.ReportedCost.Currency}
	}
	if c.Tool != nil {
		out["tool"] = map[string]any{"name": c.Tool.Name, "call_id": c.Tool.CallID, "arguments": c.Tool.Arguments, "result": c.Tool.Result}
	}
	var tools, docs []any
	for _, o := range c.ToolsOffered {
		tools = append(tools, map[string]any{"name": o.Name, "description": o.Description, "schema": o.Schema})
	}
	for _, d := range c.Documents {
		docs = append(docs, map[string]any{"id": d.ID, "content": d.Content, "score": d.Score, "metadata": d.Metadata})
	}
	out["tools_offered"], out["documents"] = tools, docs
	return out
}

func wireMessages(msgs []trace.Message) []any {
	var out []any
	for _, m := range msgs {
		var parts []any
		for _, p := range m.Parts {
			w := map[string]any{"type": p.Type}
			set := func(k, v string) {
				if v != "" {
					w[k] = v
				}
			}
			set("text", p.Text)
			set("id", p.ID)
			set("name", p.Name)
			set("mime", p.MIME)
			set("uri", p.URI)
			set("bytes", string(p.Bytes))
			if !p.Value.IsNull() {
				w["value"] = p.Value
			}
			parts = append(parts, w)
		}
		out = append(out, map[string]any{"role": m.Role, "name": m.Name, "finish_reason": m.FinishReason, "parts": parts})
	}
	return out
}

// check fails where got does not contain want: every key of an object, every element of a list, in order. A want of
// null or an empty list means absence.
func check(t *testing.T, got any, want []byte) {
	t.Helper()
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var g, w any
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatal(err)
	}
	for _, d := range differences("", g, w) {
		t.Error(d)
	}
	if t.Failed() {
		pretty, _ := json.MarshalIndent(g, "", " ")
		t.Logf("got %s", pretty)
	}
}

func differences(path string, got, want any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, want an object", path, got)}
		}
		var out []string
		for k, v := range w {
			out = append(out, differences(path+"."+k, g[k], v)...)
		}
		return out
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return []string{fmt.Sprintf("%s: got %d elements %v, want %d", path, len(g), got, len(w))}
		}
		var out []string
		for i := range w {
			out = append(out, differences(fmt.Sprintf("%s[%d]", path, i), g[i], w[i])...)
		}
		return out
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return []string{fmt.Sprintf("%s: got %#v, want %#v", path, got, want)}
	}
	return nil
}
