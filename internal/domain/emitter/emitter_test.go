package emitter_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
)

func kv(pairs ...any) attr.Attrs {
	var out attr.Attrs
	for i := 0; i < len(pairs); i += 2 {
		v := attr.Value{}
		switch x := pairs[i+1].(type) {
		case string:
			v = attr.Str(x)
		case int:
			v = attr.Int64(int64(x))
		case float64:
			v = attr.Float64(x)
		case bool:
			v = attr.Boolean(x)
		case attr.Value:
			v = x
		}
		out = append(out, attr.KV{Key: pairs[i].(string), Value: v})
	}
	return out
}

func mapOf(pairs ...any) (trace.Canonical, []trace.Mark) {
	return emitter.Map(&trace.Raw{Name: "n", Attributes: kv(pairs...)})
}

func TestOddNumbersAreIgnoredAndMarked(t *testing.T) {
	cases := []struct {
		name  string
		attrs []any
		in    int64
		cost  string
		bad   bool
	}{
		{"whole number", []any{"gen_ai.usage.input_tokens", 5}, 5, "", false},
		{"whole double", []any{"gen_ai.usage.input_tokens", 5.0}, 5, "", false},
		{"number in a string", []any{"gen_ai.usage.input_tokens", "5"}, 5, "", false},
		{"NaN", []any{"gen_ai.usage.input_tokens", math.NaN()}, 0, "", true},
		{"infinite", []any{"gen_ai.usage.input_tokens", math.Inf(1)}, 0, "", true},
		{"negative", []any{"gen_ai.usage.input_tokens", -1}, 0, "", true},
		{"fraction", []any{"gen_ai.usage.input_tokens", 1.5}, 0, "", true},
		{"huge", []any{"gen_ai.usage.input_tokens", 1e300}, 0, "", true},
		{"word", []any{"gen_ai.usage.input_tokens", "many"}, 0, "", true},
		{"bool", []any{"gen_ai.usage.input_tokens", true}, 0, "", true},
		{"the next source counts", []any{"gen_ai.usage.input_tokens", -1, "llm.token_count.prompt", 7}, 7, "", true},
		{"negative in JSON", []any{"mlflow.chat.tokenUsage", `{"input_tokens":-4,"output_tokens":2}`}, 0, "", true},
		{"negative cost", []any{"llm.cost.total", -0.5}, 0, "", true},
		{"NaN cost", []any{"operation.cost", math.NaN()}, 0, "", true},
		{"absurd cost", []any{"operation.cost", 1e200}, 0, "", true},
		{"negative cost in JSON", []any{"langfuse.observation.cost_details", `{"total":-1,"input":0.5}`}, 0, "0.5", true},
		{"cost as text", []any{"gen_ai.usage.cost", "0.0000000000015"}, 0, "0.000000000002", false},
		{"cost with a vast exponent", []any{"gen_ai.usage.cost", "0e-999999999"}, 0, "0", false},
		{"cost in parts", []any{"llm.cost.prompt", 0.1, "llm.cost.completion", 0.2}, 0, "0.3", false},
		{"negative time to first chunk", []any{"gen_ai.response.time_to_first_chunk", -3.0}, 0, "", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, marks := mapOf(c.attrs...)
			if got.Usage.Input != c.in {
				t.Errorf("input %d, want %d", got.Usage.Input, c.in)
			}
			if bad := slices.Contains(marks, trace.MarkBadNumber); bad != c.bad || len(marks) > 1 {
				t.Errorf("marks %v, bad number wanted: %v", marks, c.bad)
			}
			cost := ""
			if got.ReportedCost != nil {
				cost = got.ReportedCost.Amount.String()
			}
			if cost != c.cost {
				t.Errorf("cost %q, want %q", cost, c.cost)
			}
		})
	}
}

func TestPinsAndResourceComeFirst(t *testing.T) {
	raw := &trace.Raw{
		Attributes: kv("deployment.environment", "span", "service.version", "span"),
		Resource:   &trace.Origin{Attributes: kv("langfuse.environment", "resource", "deployment.environment", "better")},
	}
	c, _ := emitter.Map(raw)
	if c.Environment != "better" || c.Release != "span" {
		t.Errorf("environment %q release %q", c.Environment, c.Release)
	}
	raw.Pin = trace.Pin{Environment: "pinned", Release: "r"}
	if c, _ = emitter.Map(raw); c.Environment != "pinned" || c.Release != "r" {
		t.Errorf("environment %q release %q", c.Environment, c.Release)
	}
}

func TestLastOfARepeatedKeyCounts(t *testing.T) {
	c, _ := mapOf("user.id", "first", "user.id", "last", "llm.input_messages.0.message.content", "a", "llm.input_messages.0.message.content", "b")
	if c.User != "last" || c.Text() != "b" {
		t.Errorf("user %q text %q", c.User, c.Text())
	}
}

func TestUnmappedIsBounded(t *testing.T) {
	var attrs attr.Attrs
	for i := range 10_000 {
		attrs = append(attrs, attr.KV{Key: fmt.Sprintf("k%05d", 9_999-i), Value: attr.Int64(1)})
	}
	c, _ := emitter.Map(&trace.Raw{Attributes: attrs})
	u := c.Mapper.Unmapped
	if len(u) != emitter.MaxUnmapped+1 || u[0] != "k00000" || u[emitter.MaxUnmapped] != "… and 9800 more" {
		t.Errorf("%d entries, first %q, last %q", len(u), u[0], u[len(u)-1])
	}
}

// Flattened keys in any order, with gaps, repeats and odd indexes, give messages in the order of their numbers.
func TestFlattenedInAnyOrder(t *testing.T) {
	var attrs attr.Attrs
	for i := 499; i >= 0; i-- {
		attrs = append(attrs, kv(fmt.Sprintf("gen_ai.prompt.%d.content", i*3), fmt.Sprint("m", i))...)
	}
	for i := range 500 {
		attrs = append(attrs, kv(fmt.Sprintf("gen_ai.prompt.%d.role", i*3), "user")...)
	}
	attrs = append(attrs, kv("gen_ai.prompt.99999999999999999999.content", "beyond")...)
	c, _ := emitter.Map(&trace.Raw{Attributes: attrs[:len(attrs)-1]})
	if len(c.Input) != 500 || c.Input[7].Parts[0].Text != "m7" || c.Input[7].Role != "user" {
		t.Fatalf("%d messages, eighth %+v", len(c.Input), c.Input[7])
	}
	if c, _ = emitter.Map(&trace.Raw{Attributes: attrs}); len(c.Mapper.Unmapped) != 0 {
		t.Errorf("unmapped %v", c.Mapper.Unmapped)
	}
}

// The complaints about today's tools that concern mapping, one test each.
func TestComplaints(t *testing.T) {
	input := `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`
	t.Run("content does not depend on the scope's name", func(t *testing.T) {
		for _, scope := range []*trace.Origin{nil, {Name: "ai"}, {Name: "langfuse-sdk"}, {Name: "my.own.tracer", Version: "0"}} {
			c, _ := emitter.Map(&trace.Raw{Scope: scope, Attributes: kv("gen_ai.input.messages", input, "output.value", "yes")})
			if c.Text() != "hi\nyes" || c.Kind != trace.LLM {
				t.Errorf("scope %+v: kind %s text %q", scope, c.Kind, c.Text())
			}
		}
	})
	t.Run("any one of the content keys is enough", func(t *testing.T) {
		for _, key := range []string{"gen_ai.input.messages", "llm.input_messages.0.message.content", "gen_ai.prompt.0.content",
			"gen_ai.prompt", "ai.prompt", "ai.prompt.messages", "langfuse.observation.input", "langfuse.trace.input", "input.value",
			"traceloop.entity.input", "mlflow.spanInputs", "request_data", "input", "pydantic_ai.all_messages"} {
			if c, _ := mapOf(key, "hello there"); c.Text() != "hello there" || c.Input[0].Role != "user" {
				t.Errorf("%s: %q", key, c.Text())
			}
		}
	})
	t.Run("renamed keys mean the same", func(t *testing.T) {
		for _, names := range [][2]string{{"gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens"},
			{"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"}, {"llm.usage.prompt_tokens", "llm.usage.completion_tokens"},
			{"llm.token_count.prompt", "llm.token_count.completion"}, {"ai.usage.promptTokens", "ai.usage.completionTokens"},
			{"ai.usage.inputTokens", "ai.usage.outputTokens"}} {
			if c, _ := mapOf("gen_ai.request.model", "m", names[0], 3, names[1], 4); c.Usage.Input != 3 || c.Usage.Output != 4 {
				t.Errorf("%v: %+v", names, c.Usage)
			}
		}
	})
	t.Run("ids are not touched", func(t *testing.T) {
		raw := &trace.Raw{Trace: trace.ID{1}, ID: trace.SpanID{2}, Parent: trace.SpanID{3},
			Attributes: kv("langfuse.internal.as_root", true, "langfuse.internal.is_app_root", true, "graph.node.parent_id", "other")}
		emitter.Map(raw)
		if raw.Trace != (trace.ID{1}) || raw.ID != (trace.SpanID{2}) || raw.Parent != (trace.SpanID{3}) {
			t.Errorf("ids changed: %+v", raw)
		}
	})
	t.Run("content borne by events counts", func(t *testing.T) {
		for _, log := range []bool{false, true} {
			c, _ := emitter.Map(&trace.Raw{Events: []trace.Event{
				{Name: "gen_ai.user.message", Body: attr.MapOf(kv("content", "hi")), FromLog: log},
				{Name: "gen_ai.choice", Body: attr.MapOf(kv("message", attr.MapOf(kv("content", "yes")))), FromLog: log}}})
			if c.Text() != "hi\nyes" || c.Kind != trace.LLM || c.Mapper.Emitter != "otel-1.36" {
				t.Errorf("log %v: kind %s emitter %q text %q", log, c.Kind, c.Mapper.Emitter, c.Text())
			}
		}
	})
	t.Run("cached tokens count once", func(t *testing.T) {
		cases := []struct {
			name       string
			attrs      []any
			in, cached int64
		}{
			{"OTel includes", []any{"gen_ai.usage.input_tokens", 100, "gen_ai.usage.cache_read.input_tokens", 60}, 100, 60},
			{"both names of the cache", []any{"gen_ai.usage.input_tokens", 100, "gen_ai.usage.cache_read.input_tokens", 60, "gen_ai.usage.details.cache_read_tokens", 60}, 100, 60},
			{"larger than its whole", []any{"gen_ai.usage.input_tokens", 10, "gen_ai.usage.cache_read_input_tokens", 60}, 70, 60},
			{"the total shows it inside", []any{"gen_ai.usage.input_tokens", 100, "gen_ai.usage.output_tokens", 5, "llm.usage.total_tokens", 105, "gen_ai.usage.cache_read_input_tokens", 60}, 100, 60},
			{"the total shows it apart", []any{"gen_ai.usage.input_tokens", 100, "gen_ai.usage.output_tokens", 5, "llm.usage.total_tokens", 165, "gen_ai.usage.cache_read_input_tokens", 60}, 160, 60},
			{"Langfuse excludes", []any{"langfuse.observation.usage_details", `{"input":40,"input_cached_tokens":60,"output":1}`}, 100, 60},
			{"MLflow includes", []any{"mlflow.chat.tokenUsage", `{"input_tokens":100,"cache_read_input_tokens":60,"output_tokens":1}`}, 100, 60},
			{"Vercel says what is not cached", []any{"ai.usage.inputTokens", 100, "ai.usage.cachedInputTokens", 60, "ai.usage.inputTokenDetails.noCacheTokens", 40}, 100, 60},
		}
		for _, c := range cases {
			if got, marks := mapOf(c.attrs...); got.Usage.Input != c.in || got.Usage.CacheRead != c.cached || marks != nil {
				t.Errorf("%s: %+v %v", c.name, got.Usage, marks)
			}
		}
	})
	t.Run("a model that no list knows keeps its name and tokens", func(t *testing.T) {
		c, _ := mapOf("gen_ai.operation.name", "chat", "gen_ai.request.model", "in-house-7b", "gen_ai.usage.input_tokens", 3)
		if c.Model.Name() != "in-house-7b" || c.ReportedCost != nil || c.Cost.State != "" || c.Usage.Source != "reported" {
			t.Errorf("%+v %+v %+v", c.Model, c.Usage, c.Cost)
		}
	})
}

// A tree of a wrapper and its model call holds the tokens once.
func TestOneCallIsOneLLMSpan(t *testing.T) {
	tree := []attr.Attrs{
		kv("ai.operationId", "ai.streamText", "ai.usage.inputTokens", 10, "ai.usage.outputTokens", 2),
		kv("ai.operationId", "ai.streamText.doStream", "ai.usage.inputTokens", 10, "ai.usage.outputTokens", 2),
		kv("http.request.method", "POST"),
	}
	total, llm := int64(0), 0
	for _, a := range tree {
		c, _ := emitter.Map(&trace.Raw{Attributes: a})
		if c.Kind == trace.LLM {
			llm++
		}
		if !c.Usage.Rollup {
			total += c.Usage.Total()
		}
	}
	if llm != 1 || total != 12 {
		t.Errorf("%d llm spans, %d tokens", llm, total)
	}
}

func FuzzMap(f *testing.F) {
	keys := knownKeys(f)
	f.Add(uint16(0), uint16(40), `[{"role":"user","content":[{"type":"text","text":"x"}]}]`, int64(-5), 1.5, `{"input":3,"total":-1}`)
	f.Add(uint16(60), uint16(80), `{"messages":[[{"kwargs":{"content":"x"}}]],"choices":[{"delta":{}}]}`, int64(9), math.NaN(), `[[[[{}]]]]`)
	f.Add(uint16(90), uint16(160), `{"type":"image","source":{"type":"base64","data":"!"}}`, int64(math.MaxInt64), math.Inf(-1), `"quoted"`)
	f.Add(uint16(100), uint16(240), `data:image/png;base64,aGk=`, int64(1)<<60, 0.25, `{"prompt_tokens":1,"completion_tokens_details":{"reasoning_tokens":5}}`)
	f.Fuzz(func(t *testing.T, from, n uint16, text string, whole int64, float float64, other string) {
		raw := &trace.Raw{Name: "x", Start: 1}
		values := []attr.Value{attr.Str(text), attr.Int64(whole), attr.Float64(float), attr.Str(other), attr.ListOf(attr.Str(text), attr.Str(other))}
		if v, ok := attr.ParseJSON(text); ok {
			values = append(values, v)
		}
		for i := range int(n) % 512 {
			v := values[(i*7+int(from))%len(values)]
			raw.Attributes = append(raw.Attributes, attr.KV{Key: keys[(int(from)+i*13)%len(keys)], Value: v})
		}
		raw.Attributes = append(raw.Attributes, attr.KV{Key: "gen_ai.prompt." + text, Value: attr.Str(other)}, attr.KV{Key: other, Value: attr.Str(text)})
		for i, name := range []string{"gen_ai.user.message", "gen_ai.choice", "gen_ai.client.inference.operation.details", "gen_ai.tool.message"} {
			raw.Events = append(raw.Events, trace.Event{Name: name, Time: whole, Body: values[(i+int(from))%len(values)], Attributes: raw.Attributes[:min(len(raw.Attributes), 20)]})
		}
		before := string(raw.Attributes.AppendJSON(nil))
		c, marks := emitter.Map(raw)
		if string(raw.Attributes.AppendJSON(nil)) != before {
			t.Fatal("the raw attributes changed")
		}
		u := c.Usage
		for _, k := range []int64{u.Input, u.Output, u.CacheRead, u.CacheWrite, u.Reasoning, u.InputAudio, u.OutputAudio, c.FirstToken} {
			if k < 0 {
				t.Fatalf("negative: %+v first token %d", u, c.FirstToken)
			}
		}
		if u.CacheRead+u.CacheWrite > u.Input || u.Reasoning > u.Output || u.InputAudio > u.Input || u.OutputAudio > u.Output {
			t.Fatalf("parts larger than their whole: %+v", u)
		}
		if c.ReportedCost != nil && c.ReportedCost.Amount.LessThan(decimal.Zero) {
			t.Fatalf("negative cost %s", c.ReportedCost.Amount)
		}
		if !slices.Contains(trace.Kinds(), c.Kind) {
			t.Fatalf("kind %q", c.Kind)
		}
		again, marks2 := emitter.Map(raw)
		if a, b := fmt.Sprintf("%+v", wire(&c, marks)), fmt.Sprintf("%+v", wire(&again, marks2)); a != b {
			t.Fatalf("not the same twice:\n%s\n%s", a, b)
		}
		_ = c.Text()
	})
}

// knownKeys answers every key of the rules, and a few keys of each flattened family.
func knownKeys(f *testing.F) []string {
	var keys []string
	for _, k := range emitter.KnownKeys() {
		if p, ok := strings.CutSuffix(k, "*"); ok {
			for _, rest := range []string{"0.message.role", "0.message.content", "1.message.contents.0.message_content.image.image.url",
				"0.message.tool_calls.0.tool_call.function.arguments", "1.role", "1.content", "0", "0.document.content", "00000000000.x", "1.tool.json_schema"} {
				keys = append(keys, p+rest)
			}
			continue
		}
		keys = append(keys, k)
	}
	if len(keys) < 100 {
		f.Fatal("too few keys")
	}
	return keys
}
