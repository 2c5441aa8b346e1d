package price

import (
	"strings"
	"testing"
)

func TestWindow(t *testing.T) {
	b, err := NewBook(Builtin(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		provider, model string
		want            int64
	}{
		{"openai", "gpt-4o-2024-08-06", 128_000},
		{"anthropic", "claude-3-5-sonnet-20241022", 200_000},
		{"", "gpt-4.1", 1_000_000},
		{"openai", "o3", 0}, // priced, but its window is not published
		{"openai", "nobody-knows", 0},
		{"openai", strings.Repeat("x", 300), 0},
	} {
		if got := b.Window(c.provider, c.model); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.provider, c.model, got, c.want)
		}
	}
	if _, err := ParseCatalogue([]byte(`{"id":"c","currency":"USD","providers":[{"id":"p","models":[{"id":"m","unpriced":true,"context_window":-1}]}]}`)); err == nil {
		t.Error("a window below zero is taken")
	}
}

func TestResolveNames(t *testing.T) {
	cases := []struct{ provider, model, want string }{
		// Names of providers as emitters write them.
		{"openai", "gpt-4o", "openai/gpt-4o"},
		{"OpenAI", "GPT-4o", "openai/gpt-4o"},
		{" openai ", " gpt-4o ", "openai/gpt-4o"},
		{"openai.chat", "gpt-4o", "openai/gpt-4o"},
		{"openai.responses", "gpt-5", "openai/gpt-5"},
		{"anthropic.messages", "claude-haiku-4-5", "anthropic/claude-haiku-4-5"},
		{"google.generative-ai", "gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"google.vertex.chat", "gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"gcp.vertex_ai", "gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"gcp.gemini", "models/gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"vertex_ai", "publishers/anthropic/models/claude-3-5-sonnet@20240620", "google/claude-3-5-sonnet"},
		{"google_genai", "gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"gemini", "gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"x_ai", "grok-4.5", "x-ai/grok-4.5"},
		{"xai", "grok-4.5", "x-ai/grok-4.5"},
		{"mistral_ai", "mistral-large-latest", "mistral/mistral-large"},
		{"mistralai", "mistral-large-latest", "mistral/mistral-large"},
		{"cohere", "command-r-plus", "cohere/command-r-plus"},
		{"groq", "llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"},
		{"perplexity", "sonar", "perplexity/sonar"},
		{"huggingface", "openai/gpt-oss-120b:groq", "huggingface_groq/openai/gpt-oss-120b"},
		// Azure serves OpenAI's models; a deployment's name is only a name.
		{"azure", "gpt-4o", "openai/gpt-4o"},
		{"azure.ai.openai", "gpt-35-turbo", "openai/gpt-3.5-turbo"},
		{"az.ai.openai", "o3-mini", "azure/o3-mini"},
		{"azure.openai", "our-deployment", ""},
		// Bedrock: regions, profiles, resource names.
		{"aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0"},
		{"aws.bedrock", "ca.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0"},
		{"bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0"},
		{"amazon_bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0", "aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0"},
		{"bedrock", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws/regional.anthropic.claude-3-5-haiku-20241022-v1:0"},
		{"", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0", "aws/amazon.nova-lite-v1:0"},
		{"bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", ""},
		{"", "us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws/regional.anthropic.claude-3-5-haiku-20241022-v1:0"},
		// No provider: the name decides, where only one can be meant.
		{"", "gpt-4o", "openai/gpt-4o"},
		{"", "gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini"},
		{"", "text-embedding-3-small", "openai/text-embedding-3-small"},
		{"", "claude-3-5-sonnet-20241022", "anthropic/claude-3-5-sonnet"},
		{"", "gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"", "publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro"},
		{"", "openai/gpt-4o", "openai/gpt-4o"},
		{"", "anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4-5"},
		{"", "openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o"},
		{"", "azure/gpt-4o", "openai/gpt-4o"},
		{"litellm", "bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws/regional.anthropic.claude-3-5-haiku-20241022-v1:0"},
		{"gateway", "openai/gpt-4o", "openai/gpt-4o"},
		{"openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4o"},
		{"", "sonar-pro", "perplexity/sonar-pro"},
		{"", "deepseek-chat", "deepseek/deepseek-chat"},
		// Open weights that many serve, and local tags, say nothing about a price.
		{"", "deepseek-r1-distill-llama-70b", ""},
		{"", "deepseek-r1:8b", ""},
		{"", "gpt-oss-120b", ""},
		{"", "llama3", ""},
		{"", "meta-llama/Llama-3-70b-chat-hf", ""},
		{"together", "meta-llama/Llama-3-70b-chat-hf", "together/meta-llama/Llama-3-70b-chat-hf"},
		// Services of one's own, and models that a provider does not have.
		{"openai-compatible", "gpt-4o", ""},
		{"openai_compatible.chat", "gpt-4o", ""},
		{"custom_openai", "gpt-4o", ""},
		{"my-proxy", "gpt-4o", ""},
		{"ollama", "gpt-4o", ""},
		{"openai", "gpt-99", ""},
		{"openai", "claude-haiku-4-5", ""},
		{"ibm.watsonx.ai", "granite-13b", ""},
		{"", "", ""},
		{"openai", "", ""},
		{"", "gpt-", ""},
		{"", strings.Repeat("gpt-4o", 100), ""},
		{strings.Repeat("openai.", 100), "gpt-4o", ""},
	}
	at := day(t, "2026-11-01")
	for _, c := range cases {
		p, ok := Builtin().Resolve(c.provider, c.model, at)
		got := ""
		if ok {
			got = p.Provider + "/" + p.Model
			if p.ID != Builtin().ID()+" "+got {
				t.Errorf("id %q", p.ID)
			}
		}
		if got != c.want {
			t.Errorf("%q %q: %q, want %q", c.provider, c.model, got, c.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	cases := []struct {
		pattern, name string
		weight        int
		ok            bool
	}{
		{"gpt-4o", "gpt-4o", 6, true},
		{"gpt-4o", "gpt-4o-mini", 6, false},
		{"GPT-4o*", "gpt-4o-mini", 6, true},
		{"*gpt*", "x-gpt-y", 3, true},
		{"*gpt", "x-gpt-y", 3, false},
		{"a*b*c", "a-b-b-c", 3, true},
		{"a*b*c", "ac", 0, false},
		{"ab*ba", "aba", 0, false},
		{"*", "", 0, true},
		{"**", "anything", 0, true},
		{`re:^o[134]$`, "o3", 2, true},
		{`re:^o[134]$`, "o3x", 0, false},
	}
	for _, c := range cases {
		p, err := parsePattern(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if w, ok := p.match(c.name); ok != c.ok || ok && w != c.weight {
			t.Errorf("%q on %q: %d %v", c.pattern, c.name, w, ok)
		}
	}
	if _, err := parsePattern("re:("); err == nil {
		t.Error("a broken expression is accepted")
	}
}

// The longest name wins, not the first: "nova-2-lite" is not "nova".
func TestMostSpecificPatternWins(t *testing.T) {
	c, err := ParseCatalogue([]byte(`{"id":"t/1","source":"","currency":"USD","providers":[{"id":"p","models":[
		{"id":"a","match":["x*"],"prices":[{"rates":{"input":"1"}}]},
		{"id":"b","match":["x-long*"],"prices":[{"rates":{"input":"2"}}]},
		{"id":"x-own","match":["x-taken"],"prices":[{"rates":{"input":"3"}}]},
		{"id":"x-taken","prices":[{"rates":{"input":"4"}}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"x1": "a", "x-long-er": "b", "x-own": "x-own", "x-taken": "x-taken"} {
		if p, ok := c.Resolve("p", name, 0); !ok || p.Model != want {
			t.Errorf("%s is %s, want %s", name, p.Model, want)
		}
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	model := func(s string) string {
		return `{"id":"t/1","source":"","currency":"USD","providers":[{"id":"p","models":[` + s + `]}]}`
	}
	cases := map[string]string{
		`{`:                                     "format",
		`{"id":"t","currency":"usd"}`:           "currency",
		`{"id":"t","currency":"USD","extra":1}`: "extra",
		model(`{"id":"a"}`):                     "p/a",
		model(`{"id":"a","unpriced":true,"prices":[{"rates":{"input":"1"}}]}`):                                                             "unpriced",
		model(`{"id":"a","prices":[{"rates":{"inptu":"1"}}]}`):                                                                             "inptu",
		model(`{"id":"a","prices":[{"rates":{"input":"-1"}}]}`):                                                                            "negative",
		model(`{"id":"a","prices":[{"rates":{"input":"1e5"}}]}`):                                                                           "1e5",
		model(`{"id":"a","prices":[{"valid_from":"2026","rates":{"input":"1"}}]}`):                                                         "valid_from",
		model(`{"id":"a","prices":[{"daily":["00:30"],"rates":{"input":"1"}}]}`):                                                           "daily",
		model(`{"id":"a","prices":[{"daily":["00:30","25:00"],"rates":{"input":"1"}}]}`):                                                   "daily",
		model(`{"id":"a","prices":[{"services":{"Web Search":"1"}}]}`):                                                                     "Web Search",
		model(`{"id":"a","match":["re:("],"prices":[{"rates":{"input":"1"}}]}`):                                                            "re:(",
		model(`{"id":"a","unpriced":true},{"id":"A","unpriced":true}`):                                                                     "twice",
		model(`{"id":"a","prices":[{"rates":{"input":"1"},"tiers":[{"over":5,"rates":{"input":"2"}},{"over":5,"rates":{"input":"3"}}]}]}`): "over",
		`{"id":"t","currency":"USD","providers":[{"id":"p","fallback":["q"],"models":[]}]}`:                                                "q",
		`{"id":"t","currency":"USD","providers":[{"id":"p","models":[]},{"id":"q","names":["P"],"models":[]}]}`:                            "both",
	}
	for text, want := range cases {
		if _, err := ParseCatalogue([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", text, err, want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	for _, seed := range [][2]string{{"openai", "gpt-4o"}, {"", "arn:aws:bedrock:x/y"}, {"huggingface", "a/b:groq"}, {"", "////"},
		{"a.b/c:d", "us.us.anthropic.claude"}, {"\xff\x00", "\xffgpt-"}, {"litellm", "litellm/litellm/gpt-4o"}, {"İ", "ﬀ*"}} {
		f.Add(seed[0], seed[1], int64(0))
	}
	f.Fuzz(func(t *testing.T, provider, model string, at int64) {
		p, ok := Builtin().Resolve(provider, model, at)
		if !ok {
			return
		}
		// Whatever is found is found again under its own names, at the same price.
		own, ok := Builtin().Resolve(p.Provider, p.Model, at)
		if !ok || own.ID != p.ID || !own.Rates[Input].Equal(p.Rates[Input]) {
			t.Fatalf("%q %q is %s, which is %s, %v", provider, model, p.ID, own.ID, ok)
		}
	})
}
