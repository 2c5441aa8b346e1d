package transcript_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/work/transcript"
)

const base = int64(1_780_000_000_000_000_000)

// testdata answers a path in the folder of real recordings and skips the test where there is none.
func testdata(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("STEWARD_TESTDATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real recordings are not here (STEWARD_TESTDATA): %v", err)
	}
	return path
}

func onDisk(t testing.TB, path string) transcript.File {
	return transcript.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

func inMemory(name, text string) transcript.File {
	return transcript.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

type outcome struct {
	transcript.Contents
	spans   []*trace.Raw
	scores  []score.Score
	batches []transcript.Batch
}

func read(t testing.TB, o transcript.Options, files ...transcript.File) outcome {
	t.Helper()
	out, err := tryRead(o, files...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tryRead(o transcript.Options, files ...transcript.File) (out outcome, err error) {
	if o.Import == "" {
		o.Import, o.BaseTime = "imp-1", base
	}
	if o.Format == "" {
		o.Format = transcript.Auto
	}
	if out.Contents, err = transcript.Look(files, o.Format, nil); err != nil {
		return out, err
	}
	for b, err := range transcript.Read(files, out.Contents, o) {
		if err != nil {
			return out, err
		}
		out.batches = append(out.batches, b)
		out.spans = append(out.spans, b.Spans...)
		out.scores = append(out.scores, b.Scores...)
	}
	return out, nil
}

// canonical maps all spans and checks what every import must keep.
func canonical(t testing.TB, spans []*trace.Raw) []trace.Canonical {
	t.Helper()
	ids := map[string]bool{}
	var out []trace.Canonical
	for _, raw := range spans {
		key := raw.Trace.String() + raw.ID.String()
		if ids[key] {
			t.Fatalf("span id %s repeats", key)
		}
		ids[key] = true
		if raw.Attributes.Str(transcript.ImportAttr) != "imp-1" {
			t.Fatalf("span %s does not carry its import", raw.Name)
		}
		c, marks := emitter.Map(raw)
		if len(marks) > 0 {
			t.Fatalf("span %s is odd: %v", raw.Name, marks)
		}
		out = append(out, c)
	}
	return out
}

func TestTauBench(t *testing.T) {
	file := onDisk(t, testdata(t, "tau-bench/gpt-4o-airline.json"))
	out := read(t, transcript.Options{Format: transcript.OpenAIMessages}, file)
	sessions, kinds, traces := map[string]bool{}, map[trace.Kind]int{}, map[trace.ID]int64{}
	for i, c := range canonical(t, out.spans) {
		raw := out.spans[i]
		sessions[c.Session] = true
		kinds[c.Kind]++
		if c.Kind == trace.AgentRun {
			if last := int64(len(traces)) - 1; last >= 0 && raw.Start != base-(199-last)*1e9 {
				t.Fatalf("run %d begins at %d", last+1, raw.Start)
			}
			traces[raw.Trace] = raw.Start
		}
		if raw.Start < traces[raw.Trace] || raw.End > base || raw.End < raw.Start {
			t.Fatalf("span %s is outside its run", raw.Name)
		}
		if _, answered := raw.Attributes.Get("gen_ai.tool.call.result"); c.Kind == trace.ToolCall && (c.Tool.Name == "" || c.Tool.Arguments.IsNull() || !answered) {
			t.Fatalf("tool span without name, arguments or result: %+v", c.Tool)
		}
		if c.Kind == trace.LLM && (len(c.Output) != 1 || len(c.Input) < 2 || c.Input[0].Role != "system") {
			t.Fatalf("model call with %d messages in and %d out", len(c.Input), len(c.Output))
		}
		if _, ok := raw.Attributes.Get("task_id"); !ok {
			t.Fatalf("span %s has no task", raw.Name)
		}
	}
	if len(sessions) != 200 || len(traces) != 200 || !sessions["gpt-4o-airline-task3-trial1-"+out.Digest[:8]] {
		t.Errorf("%d sessions, %d traces", len(sessions), len(traces))
	}
	if kinds[trace.ToolCall] != 1164 || kinds[trace.LLM] != 2454 || kinds[trace.AgentRun] != 200 || len(kinds) != 3 {
		t.Errorf("kinds %v", kinds)
	}
	sum := 0.0
	for _, s := range out.scores {
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		if s.Name != "reward" || s.Source != score.Code || s.Explanation == "" || traces[s.Trace] != s.Day {
			t.Fatalf("score %+v", s)
		}
		sum += *s.Value
	}
	if len(out.scores) != 200 || math.Abs(sum/200-0.420) > 1e-9 {
		t.Errorf("%d rewards with mean %v", len(out.scores), sum/200)
	}
}

// A second import must send the same bytes.
func TestSameBytesAgain(t *testing.T) {
	file := onDisk(t, testdata(t, "tau-bench/gpt-4o-airline.json"))
	once := read(t, transcript.Options{}, file)
	twice := read(t, transcript.Options{}, file)
	for i := range once.batches {
		if !bytes.Equal(encode(t, once.batches[i].Spans), encode(t, twice.batches[i].Spans)) {
			t.Fatalf("batch %d differs", i)
		}
	}
	records := int64(0)
	for _, b := range once.batches {
		if b.Records < records {
			t.Fatalf("progress goes back from %d to %d", records, b.Records)
		}
		records = b.Records
	}
	if records != 200 {
		t.Errorf("ended at record %d", records)
	}
}

func encode(t testing.TB, spans []*trace.Raw) []byte {
	t.Helper()
	b, err := otlp.EncodeTraces(spans, false)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhoAndWhen(t *testing.T) {
	folder := testdata(t, "who-and-when")
	var files []transcript.File
	for _, kind := range []string{"generated", "hand-crafted"} {
		list, err := filepath.Glob(filepath.Join(folder, kind, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			f := onDisk(t, path)
			f.Name = kind + "/" + f.Name
			files = append(files, f)
		}
	}
	out := read(t, transcript.Options{Format: transcript.WhoAndWhen}, files...)
	kinds, sessions, byID := map[trace.Kind]int{}, map[string]bool{}, map[trace.SpanID]trace.Canonical{}
	for i, c := range canonical(t, out.spans) {
		kinds[c.Kind]++
		sessions[c.Session] = true
		byID[out.spans[i].ID] = c
	}
	if len(sessions) != 103 || kinds[trace.Workflow] != 103 || kinds[trace.AgentRun] == 0 || kinds[trace.ToolCall] == 0 {
		t.Errorf("%d sessions, kinds %v", len(sessions), kinds)
	}
	blamed, correct := 0, 0
	for _, s := range out.scores {
		switch s.Name {
		case "mistake":
			if c, ok := byID[s.Span]; ok && (c.Agent.Name == s.Label || c.Kind == trace.ToolCall) {
				blamed++
			} else if ok && c.Agent.Name != s.Label {
				t.Logf("the step of %s blames %q, its speaker is %q", s.Trace, s.Label, c.Agent.Name)
			}
		case "correct":
			correct++
		}
	}
	if blamed < 100 || correct != 103 {
		t.Errorf("%d mistakes on their turn, %d verdicts", blamed, correct)
	}
}

func TestPairing(t *testing.T) {
	out := read(t, transcript.Options{}, inMemory("run.json", `{"messages":[
		{"role":"user","content":"go"},
		{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"one","arguments":"{\"n\":1}"}},{"id":"b","type":"function","function":{"name":"two","arguments":"{}"}}]},
		{"role":"tool","tool_call_id":"b","content":"B"},
		{"role":"tool","tool_call_id":"a","content":"A"},
		{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"one","arguments":"{\"n\":2}"}}]},
		{"role":"tool","tool_call_id":"a","content":"A again"},
		{"role":"assistant","content":"x","tool_calls":[{"id":"z","type":"function","function":{"name":"never","arguments":"{}"}}]},
		{"role":"user","content":"bye"}]}`))
	var got []string
	for i, c := range canonical(t, out.spans) {
		if c.Kind == trace.ToolCall {
			got = append(got, c.Tool.Name+" "+c.Tool.Arguments.Text()+" "+c.Tool.Result.Text())
		}
		if i > 0 && out.spans[i].Parent != out.spans[0].ID {
			t.Errorf("span %s does not hang below the root", out.spans[i].Name)
		}
	}
	want := "two {} B|one {\"n\":1} A|one {\"n\":2} A again|never {} "
	if strings.Join(got, "|") != want {
		t.Errorf("got %s", strings.Join(got, "|"))
	}
	root := canonical(t, out.spans)[0]
	if n := len(root.Input); n != 2 || root.Input[1].Parts[0].Text != "bye" || len(root.Output) != 1 {
		t.Errorf("what follows the last answer is lost: %+v", root.Input)
	}
}

func TestShapes(t *testing.T) {
	turns := `{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}`
	tests := map[string]struct {
		name, text        string
		sessions, records int
		kinds             string
	}{
		"array of conversations":    {"a.json", `[{"messages":[` + turns + `]},{"messages":[` + turns + `]}]`, 2, 2, "agent llm agent llm"},
		"lines of conversations":    {"a.jsonl", `{"messages":[` + turns + `]}` + "\n" + `{"id":"s","messages":[` + turns + `]}`, 2, 2, "agent llm agent llm"},
		"array of messages":         {"a.json", "\ufeff[" + turns + "]", 1, 1, "agent llm"},
		"array of arrays":           {"a.json", "[[" + turns + "],[" + turns + "]]", 2, 2, "agent llm agent llm"},
		"lines of arrays":           {"a.jsonl", "[" + turns + "]\n[" + turns + "]\n", 2, 2, "agent llm agent llm"},
		"logged request and answer": {"a.json", `{"request":{"model":"m","messages":[{"role":"user","content":"hi"}]},"response":{"model":"m-1","choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}}`, 1, 1, "agent llm"},
		"from and value":            {"a.json", `[{"conversations":[{"from":"human","value":"hi"},{"from":"gpt","value":"yo"}]}]`, 1, 1, "agent llm"},
		"anthropic parts":           {"a.json", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r","is_error":true}]}]}`, 1, 1, "agent llm tool"},
		"generic spans":             {"a.jsonl", `{"name":"ask","model":"gpt-4o","input":"hi","output":"yo","start":"2026-01-02T03:04:05Z","duration_ms":12.5,"session":"s1"}` + "\n" + `{"name":"f","kind":"tool","input":{"a":1},"output":"ok","session":"s1"}`, 1, 2, "llm tool"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := read(t, transcript.Options{}, inMemory(tt.name, tt.text))
			sessions, kinds := map[string]bool{}, []string{}
			for _, c := range canonical(t, out.spans) {
				sessions[c.Session] = true
				kinds = append(kinds, string(c.Kind))
				if c.Kind == trace.LLM && (len(c.Input) == 0 || len(c.Output) != 1) {
					t.Errorf("model call with %d messages in and %d out", len(c.Input), len(c.Output))
				}
			}
			if got := strings.Join(kinds, " "); got != tt.kinds || len(sessions) != tt.sessions || out.Records != int64(tt.records) {
				t.Errorf("kinds %s, sessions %v, %d records", got, sessions, out.Records)
			}
		})
	}
}

// Where the bytes happen to be cut while reading makes no difference.
func TestAnyChunks(t *testing.T) {
	text := "\ufeff[ {\"messages\":[{\"role\":\"user\",\"content\":\"a \\\"quoted\\\" } ]\\\\\"},\n{\"role\":\"assistant\",\"content\":\"é\"}]} ,\n[{\"role\":\"user\",\"content\":\"b\"}]]"
	whole := read(t, transcript.Options{}, inMemory("f.json", text))
	f := transcript.File{Name: "f.json", Open: func() (io.ReadCloser, error) { return io.NopCloser(iotest.OneByteReader(strings.NewReader(text))), nil }}
	if got := read(t, transcript.Options{}, f); got.Records != 2 || !bytes.Equal(encode(t, got.spans), encode(t, whole.spans)) {
		t.Errorf("%d records", got.Records)
	}
}

func TestRefused(t *testing.T) {
	tests := map[string]struct {
		text   string
		format transcript.Format
		says   string
	}{
		"nothing":         {"", "", "nothing to import"},
		"not JSON":        {"hello", "", `line 1: expected a JSON object, found 'h'`},
		"cut off":         {"[{\"messages\":[\n", "", "cut off"},
		"cut array":       {`[{"messages":[{"role":"user","content":"x"}]}`, "", "ends inside its array"},
		"syntax":          {"{\"name\":\"x\"}\n{\"a\":\n tru}", "", "line 3: not valid JSON"},
		"no comma":        {`[{"name":"x"}{"name":"y"}]`, "", "expected a comma"},
		"unknown":         {`{"foo":1}`, "", "its keys are foo"},
		"other format":    {`{"resourceSpans":[]}`, transcript.OpenAIMessages, "use --format otlp-json"},
		"bad message":     {`{"messages":[{"role":"user","content":"x"},{"x":1}]}`, "", "message 1 has no role"},
		"deep":            {strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300), "", "nested deeper than"},
		"bad OTLP":        {`{"resourceSpans":"x"}`, "", "OTLP JSON"},
		"list of numbers": {`[[1,2]]`, "", "expected an object or a list of messages"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tryRead(transcript.Options{Format: tt.format}, inMemory("f.json", tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}

func TestOTLPLines(t *testing.T) {
	line := `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"SPAN","name":"n","startTimeUnixNano":"1780000000000000000","endTimeUnixNano":"1780000001000000000"}]}]}]}`
	text := strings.ReplaceAll(line, "SPAN", "eee19b7ec3c1b174") + "\n" + strings.ReplaceAll(line, "SPAN", "eee19b7ec3c1b175") +
		"\n" + `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1780000000000000000","body":{"stringValue":"x"}}]}]}]}` +
		"\n" + strings.ReplaceAll(line, "SPAN", "0000000000000000")
	out := read(t, transcript.Options{Format: transcript.OTLPJSON}, inMemory("f.jsonl", text))
	if len(canonical(t, out.spans)) != 2 || out.spans[0].Start != 1780000000000000000 || out.spans[0].Resource.Attributes.Str("service.name") != "s" {
		t.Errorf("spans %+v", out.spans)
	}
	last := out.batches[len(out.batches)-1]
	if len(last.Logs) != 1 || len(last.Refused) != 1 || last.Records != 4 {
		t.Errorf("last batch %+v", last)
	}
}

// What Steward exports comes in again as what it was.
func TestOwnExport(t *testing.T) {
	line := `{"project":"default","trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","parent_id":"eee19b7ec3c1b170","name":"chat gpt-4o","kind":"llm","otel_kind":"client","start":"2026-01-02T03:04:05.000000006Z","end":null,"status":{"code":"error","message":"no"},"service":"svc","environment":"production","release":"r1","session":"s","user":"u","agent":{"name":"ag","version":"2"},"tags":["t"],"model":{"provider":"openai","requested":"gpt-4o","used":"gpt-4o-2024"},"input":[{"role":"user","parts":[{"type":"text","text":"hi"},{"type":"media","mime":"image/png","uri":"https://x/y.png"}]},{"role":"tool","parts":[{"type":"tool_result","id":"c","value":{"a":1}}]}],"output":[{"role":"assistant","parts":[{"type":"reasoning","text":"hm"},{"type":"tool_call","id":"c","name":"f","value":{"b":2}}]}],"usage":{"input_tokens":5,"output_tokens":2,"reasoning_tokens":1,"units":{"web_search":2,"page":3}},"reported_cost":{"amount":"0.5","currency":"EUR"},"first_token_ms":250,"scores":[{"id":"sc","target":{"trace_id":"5b8efff798038103d269b633813fc60c"},"name":"helpful","value":0.5,"source":{"kind":"human","name":"ann"},"explanation":"so","time":"2026-01-02T03:05:05Z"}],"resource":{"service.name":"svc"},"scope":{"name":"sc","version":"1"},"attributes":{"gen_ai.operation.name":"chat","x":1.0,"y":9007199254740993},"events":[{"time":"2026-01-02T03:04:05Z","name":"e","attributes":{"k":"v"}}],"links":[{"trace_id":"5b8efff798038103d269b633813fc60d","span_id":"eee19b7ec3c1b171"}]}`
	out := read(t, transcript.Options{Format: transcript.JSONL}, inMemory("f.jsonl", line))
	raw, c := out.spans[0], canonical(t, out.spans)[0]
	if raw.Trace.String() != "5b8efff798038103d269b633813fc60c" || raw.ID.String() != "eee19b7ec3c1b174" || raw.Parent.String() != "eee19b7ec3c1b170" ||
		raw.Start != 1767323045000000006 || raw.End != 0 || raw.StatusCode != trace.StatusError || len(raw.Events) != 1 || len(raw.Links) != 1 || raw.Scope.Name != "sc" {
		t.Errorf("raw %+v", raw)
	}
	if y, _ := raw.Attributes.Get("y"); y.Int() != 9007199254740993 {
		t.Errorf("a large integer became %v", y)
	}
	if c.Kind != trace.LLM || c.Session != "s" || c.User != "u" || c.Agent.Version != "2" || c.Model.Used != "gpt-4o-2024" || c.Service != "svc" ||
		c.Environment != "production" || c.Release != "r1" || c.Usage.Input != 5 || c.Usage.Reasoning != 1 || c.FirstToken != 250_000_000 || len(c.Tags) != 1 {
		t.Errorf("canonical %+v", c)
	}
	if c.Usage.Units["web_search"] != 2 || c.Usage.Units["page"] != 3 || c.ReportedCost == nil || c.ReportedCost.Currency != "EUR" || c.ReportedCost.Amount.String() != "0.5" {
		t.Errorf("units %v, reported cost %+v", c.Usage.Units, c.ReportedCost)
	}
	if c.Input[0].Parts[1].URI != "https://x/y.png" || c.Input[1].Parts[0].Value.Text() != `{"a":1}` || c.Output[0].Parts[0].Text != "hm" || c.Output[0].Parts[1].Name != "f" {
		b, _ := json.Marshal(c)
		t.Errorf("messages %s", b)
	}
	if s := out.scores[0]; s.ID != "sc" || *s.Value != 0.5 || !s.Span.IsZero() || s.Source != score.Human || s.SourceName != "ann" {
		t.Errorf("score %+v", s)
	}
}

// A conversation that is too long to repeat in every call still costs linear space.
func TestLongConversation(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"messages":[{"role":"user","content":"start"}`)
	text := strings.Repeat("word ", 2000)
	for range 120 {
		b.WriteString(`,{"role":"assistant","content":"` + text + `"},{"role":"user","content":"` + text + `"}`)
	}
	b.WriteString("]}")
	out := read(t, transcript.Options{}, inMemory("long.json", b.String()))
	total, short := 0, 0
	for _, raw := range out.spans {
		total += len(raw.Attributes.Str("gen_ai.input.messages"))
		if raw.Attributes.Str(transcript.InputAttr) == "new" {
			short++
		}
	}
	if total > 100<<20 || short == 0 || len(out.spans) != 121 {
		t.Errorf("%d bytes, %d spans with only what is new, of %d", total, short, len(out.spans))
	}
	for _, batch := range out.batches {
		if len(encode(t, batch.Spans)) > 20<<20 {
			t.Error("a batch is too large for one request")
		}
	}
}

func FuzzOpenAIMessages(f *testing.F) {
	f.Add(`[{"task_id":1,"reward":1.0,"trial":0,"info":{},"traj":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"y"}]}]`)
	f.Add(`{"history":[{"role":"Orchestrator (thought)","content":"x"},{"role":"human","content":"y"}],"question":"q","mistake_agent":"A","mistake_step":"0"}`)
	f.Add(`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}],"timestamp":1}],"scores":{"a":1}}`)
	fuzz(f, transcript.Auto)
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"name":"x","input":"a","output":"b","model":"m","start":1780000000.5,"end":1e300}`)
	f.Add(`{"trace_id":"t","span_id":"5","parent_id":"5","kind":"tool","tool":{"name":"f"},"scores":[{"name":"s","value":1}],"attributes":{"a":{"$bytes":"AA=="}}}`)
	fuzz(f, transcript.JSONL)
}

func FuzzOTLPJSON(f *testing.F) {
	f.Add(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"n","startTimeUnixNano":"1780000000000000000"}]}]}]}`)
	f.Add(`{"resourceLogs":[]}`)
	fuzz(f, transcript.OTLPJSON)
}

// fuzz holds any input to this: no panic, and what is read can be encoded, decodes to as many spans, and is the same twice.
func fuzz(f *testing.F, format transcript.Format) {
	f.Fuzz(func(t *testing.T, text string) {
		o := transcript.Options{Format: format}
		once, err := tryRead(o, inMemory("f.json", text))
		if err != nil {
			return
		}
		twice, err := tryRead(o, inMemory("f.json", text))
		if err != nil {
			t.Fatal(err)
		}
		a, b := encode(t, once.spans), encode(t, twice.spans)
		if !bytes.Equal(a, b) {
			t.Fatal("a second reading differs")
		}
		got, err := otlp.DecodeTraces(a, otlp.Arrival{Received: base})
		if err != nil || len(got.Raws)+len(got.Rejected) != len(once.spans) {
			t.Fatalf("%d spans became %d and %d rejected: %v", len(once.spans), len(got.Raws), len(got.Rejected), err)
		}
		for _, s := range once.scores {
			if s.Time == 0 {
				t.Fatal("score without time")
			}
		}
	})
}
