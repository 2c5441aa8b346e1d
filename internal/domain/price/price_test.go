package price

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/domain/usage"
)

func day(t testing.TB, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		at, err = time.Parse(time.DateOnly, s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixNano()
}

func dec(t testing.TB, s string) decimal.Decimal {
	t.Helper()
	d, err := decimal.NewFromString(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func book(t testing.TB, entries ...string) *Book {
	t.Helper()
	var list []Entry
	for _, text := range entries {
		e, err := ParseEntry([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		list = append(list, e)
	}
	b, err := NewBook(Builtin(), list)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Amounts are worked out by hand from the providers' published prices.
func TestPublishedPrices(t *testing.T) {
	b := book(t)
	type tokens = usage.Tokens
	cases := []struct {
		name  string
		call  Call
		want  string
		state usage.CostState
		price string
	}{
		{"gpt-4o 2.50 in, 10 out",
			Call{Provider: "openai", Model: "gpt-4o", Tokens: tokens{Input: 1000, Output: 500}},
			"0.0075", usage.Priced, "builtin/2026-11-21 openai/gpt-4o"},
		{"gpt-4o cached 1.25, taken out of the input",
			Call{Provider: "openai", Model: "gpt-4o-2024-08-06", Tokens: tokens{Input: 1000, CacheRead: 600, Output: 500}},
			"0.00675", usage.Priced, "builtin/2026-11-21 openai/gpt-4o"}, // 400×2.5 + 600×1.25 + 500×10
		{"reasoning is output already",
			Call{Provider: "openai", Model: "o3", At: day(t, "2026-01-01"), Tokens: tokens{Input: 10, Output: 1000, Reasoning: 900}},
			"0.00802", usage.Priced, "builtin/2026-11-21 openai/o3"},
		{"claude sonnet 4.5 at 200k is the base tier",
			Call{Provider: "anthropic", Model: "claude-sonnet-4-5-20250929", Tokens: tokens{Input: 200_000, Output: 1000}},
			"0.615", usage.Priced, "builtin/2026-11-21 anthropic/claude-sonnet-4-5"},
		{"one token more moves every token",
			Call{Provider: "anthropic", Model: "claude-sonnet-4-5", Tokens: tokens{Input: 200_001, Output: 1000}},
			"1.222506", usage.Priced, "builtin/2026-11-21 anthropic/claude-sonnet-4-5"}, // 200001×6 + 1000×22.5
		{"the context decides, cached or not",
			Call{Provider: "anthropic", Model: "claude-sonnet-4-5", Tokens: tokens{Input: 210_000, CacheRead: 200_000, CacheWrite: 10_000}},
			"0.195", usage.Priced, "builtin/2026-11-21 anthropic/claude-sonnet-4-5"}, // 200000×0.60 + 10000×7.50
		{"a context told apart from the input",
			Call{Provider: "anthropic", Model: "claude-sonnet-4-5", ContextTokens: 300_000, Tokens: tokens{Input: 1000}},
			"0.006", usage.Priced, "builtin/2026-11-21 anthropic/claude-sonnet-4-5"},
		{"cache write for five minutes and for an hour",
			Call{Provider: "anthropic", Model: "claude-haiku-4-5", CacheWriteHour: 400, Tokens: tokens{Input: 2000, CacheWrite: 1000}},
			"0.00255", usage.Priced, "builtin/2026-11-21 anthropic/claude-haiku-4-5"}, // 1000×1 + 600×1.25 + 400×2
		{"gemini 2.5 pro up to 200k",
			Call{Provider: "gcp.gemini", Model: "gemini-2.5-pro", Tokens: tokens{Input: 200_000, Output: 100}},
			"0.251", usage.Priced, "builtin/2026-11-21 google/gemini-2.5-pro"},
		{"gemini 2.5 pro above",
			Call{Provider: "vertex_ai", Model: "gemini-2.5-pro", Tokens: tokens{Input: 200_001, Output: 100}},
			"0.5015025", usage.Priced, "builtin/2026-11-21 google/gemini-2.5-pro"},
		{"gemini audio and cached audio",
			Call{Provider: "google", Model: "gemini-2.5-flash", CacheReadAudio: 100,
				Tokens: tokens{Input: 1000, InputAudio: 300, CacheRead: 200}},
			"0.000393", usage.Priced, "builtin/2026-11-21 google/gemini-2.5-flash"}, // 600×0.3 + 200×1 + 100×0.03 + 100×0.1
		{"audio out of a realtime model",
			Call{Provider: "openai", Model: "gpt-realtime", Tokens: tokens{Output: 1000, OutputAudio: 700}},
			"0.0496", usage.Priced, "builtin/2026-11-21 openai/gpt-realtime"}, // 300×16 + 700×64
		{"a batch costs half",
			Call{Provider: "openai", Model: "gpt-4o", Batch: true, Tokens: tokens{Input: 1000, Output: 500}},
			"0.00375", usage.Priced, "builtin/2026-11-21 openai/gpt-4o"},
		{"a batch where no factor is published",
			Call{Provider: "deepseek", Model: "deepseek-chat", At: day(t, "2026-01-01"), Batch: true, Tokens: tokens{Input: 1000}},
			"0.000135", usage.CostEstimated, "builtin/2026-11-21 deepseek/deepseek-chat"},
		{"searches are billed in full beside a batch",
			Call{Provider: "anthropic", Model: "claude-haiku-4-5", Batch: true, Tokens: tokens{Input: 1000}, Units: map[string]int64{"web_search": 3}},
			"0.0305", usage.Priced, "builtin/2026-11-21 anthropic/claude-haiku-4-5 + web_search"},
		{"gemini 3 has its own price of a search",
			Call{Provider: "google", Model: "gemini-3-pro-preview", Tokens: tokens{Input: 1000}, Units: map[string]int64{"web_search": 1}},
			"0.016", usage.Priced, "builtin/2026-11-21 google/gemini-3-pro-preview + web_search"},
		{"a fee per request",
			Call{Provider: "perplexity", Model: "sonar", Tokens: tokens{Input: 1000, Output: 1000}},
			"0.014", usage.Priced, "builtin/2026-11-21 perplexity/sonar"},
		{"a rerank has no tokens",
			Call{Provider: "cohere", Model: "rerank-v3.5", Units: map[string]int64{"rerank": 5}},
			"0.01", usage.Priced, "builtin/2026-11-21 cohere/rerank-v3.5 + rerank"},
		{"speech by the character",
			Call{Provider: "openai", Model: "tts-1", Units: map[string]int64{"character": 2000}},
			"0.03", usage.Priced, "builtin/2026-11-21 openai/tts-1 + character"},
		{"a free model is priced, at nothing",
			Call{Provider: "openrouter", Model: "deepseek/deepseek-r1:free", Tokens: tokens{Input: 1000, Output: 1000}},
			"0", usage.Priced, "builtin/2026-11-21 openrouter/deepseek/deepseek-r1:free"},
		{"a cache price that is not published falls back to input",
			Call{Provider: "openai", Model: "gpt-4", Tokens: tokens{Input: 1000, CacheRead: 500}},
			"0.03", usage.Priced, "builtin/2026-11-21 openai/gpt-4"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.call.Source = usage.Reported
			got := b.Cost(c.call)
			if !got.Amount.Equal(dec(t, c.want)) || got.State != c.state || got.Price != c.price || got.Currency != "USD" {
				t.Errorf("got %s %s %s %q, want %s %s %q", got.Amount, got.Currency, got.State, got.Price, c.want, c.state, c.price)
			}
			if got.Book != b.Version() {
				t.Errorf("book %q", got.Book)
			}
		})
	}
}

func TestDatedPrices(t *testing.T) {
	cases := []struct{ provider, model, at, input string }{
		{"anthropic", "claude-sonnet-5", "2026-08-31T23:59:59Z", "2"},
		{"anthropic", "claude-sonnet-5", "2026-09-01T00:00:00Z", "3"},
		{"openai", "o3", "2025-06-09T23:59:59Z", "10"},
		{"openai", "o3", "2025-06-10T00:00:00Z", "2"},
		{"anthropic", "claude-opus-4-6", "2026-03-12", "5"},
		{"deepseek", "deepseek-chat", "2026-01-01T00:29:59Z", "0.135"},
		{"deepseek", "deepseek-chat", "2026-01-01T00:30:00Z", "0.27"},
		{"deepseek", "deepseek-chat", "2026-01-01T16:29:59Z", "0.27"},
		{"deepseek", "deepseek-chat", "2026-01-01T16:30:00Z", "0.135"},
		{"deepseek", "deepseek-chat", "1969-12-31T16:00:00Z", "0.27"},
	}
	for _, c := range cases {
		p, ok := Builtin().Resolve(c.provider, c.model, day(t, c.at))
		if !ok || !p.Rates[Input].Equal(dec(t, c.input)) {
			t.Errorf("%s at %s: input %s, want %s", c.model, c.at, p.Rates[Input], c.input)
		}
	}
	before, _ := Builtin().Resolve("anthropic", "claude-opus-4-6", day(t, "2026-03-12"))
	after, _ := Builtin().Resolve("anthropic", "claude-opus-4-6", day(t, "2026-03-13"))
	if len(before.Tiers) != 1 || len(after.Tiers) != 0 {
		t.Errorf("the tier above 200k ended on 2026-03-13: %d tiers before, %d after", len(before.Tiers), len(after.Tiers))
	}
	if got := before.RatesFor(200_001)[Input]; !got.Equal(dec(t, "10")) {
		t.Errorf("above 200k: %s", got)
	}
}

func TestDailyPassesMidnight(t *testing.T) {
	d := &Daily{From: 22 * 60, To: 6 * 60}
	for at, want := range map[string]bool{"2026-01-01T21:59:00Z": false, "2026-01-01T22:00:00Z": true,
		"2026-01-01T05:59:00Z": true, "2026-01-01T06:00:00Z": false} {
		if got := d.covers(day(t, at)); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}

func TestStates(t *testing.T) {
	b := book(t)
	known := Call{Provider: "openai", Model: "gpt-4o", Source: usage.Reported, Tokens: usage.Tokens{Input: 100, Output: 10}}
	with := func(f func(*Call)) Call {
		c := known
		f(&c)
		return c
	}
	cases := []struct {
		name string
		call Call
		want usage.CostState
	}{
		{"reported", known, usage.Priced},
		{"nothing used", with(func(c *Call) { c.Tokens = usage.Tokens{} }), usage.Priced},
		{"counted", with(func(c *Call) { c.Source = usage.Counted }), usage.CostEstimated},
		{"estimated", with(func(c *Call) { c.Source = usage.Estimated }), usage.CostEstimated},
		{"nothing known about use", with(func(c *Call) { c.Source = "" }), usage.Unpriced},
		{"unknown model", with(func(c *Call) { c.Model = "my-model" }), usage.Unpriced},
		{"no model", with(func(c *Call) { c.Model = "" }), usage.Unpriced},
		{"custom provider", with(func(c *Call) { c.Provider = "openai-compatible" }), usage.Unpriced},
		{"known model without a price", with(func(c *Call) { c.Provider, c.Model = "openrouter", "google/lyria-3-pro-preview" }), usage.Unpriced},
		{"more cached than sent", with(func(c *Call) { c.Tokens.CacheRead = 200 }), usage.CostEstimated},
		{"more audio than output", with(func(c *Call) { c.Tokens.OutputAudio = 20 }), usage.CostEstimated},
		{"a negative count", with(func(c *Call) { c.Tokens.Input = -1 }), usage.CostEstimated},
		{"an absurd count", with(func(c *Call) { c.Tokens.Input = 1 << 62 }), usage.CostEstimated},
		{"pieces of which some may not be billed", with(func(c *Call) { c.Units, c.UnitsAssumed = usage.Units{"web_search": 1}, true }), usage.CostEstimated},
		{"a service without a price", with(func(c *Call) { c.Units = map[string]int64{"teleport": 1} }), usage.CostEstimated},
		{"a service not used", with(func(c *Call) { c.Units = map[string]int64{"teleport": 0} }), usage.Priced},
		{"a negative service", with(func(c *Call) { c.Units = map[string]int64{"web_search": -1} }), usage.CostEstimated},
		{"output of a model without an output price", with(func(c *Call) { c.Model = "text-embedding-3-small" }), usage.CostEstimated},
		{"only what has no price", with(func(c *Call) { c.Model, c.Tokens.Input = "text-embedding-3-small", 0 }), usage.Unpriced},
		{"a model billed by the piece, no piece counted", with(func(c *Call) { c.Model, c.Tokens = "dall-e-3", usage.Tokens{} }), usage.Unpriced},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := b.Cost(c.call)
			if got.State != c.want {
				t.Errorf("state %s, want %s (%s, %s)", got.State, c.want, got.Amount, got.Price)
			}
			if got.Amount.IsNegative() || got.State == usage.Unpriced && !got.Amount.IsZero() {
				t.Errorf("amount %s", got.Amount)
			}
		})
	}
}

func TestRoundsHalfEvenOnce(t *testing.T) {
	// One token at these prices per million costs half of the last place, or a little beside it.
	cases := []struct{ rate, want string }{
		{"0.0000005", "0"},
		{"0.0000015", "0.000000000002"},
		{"0.0000025", "0.000000000002"},
		{"0.0000035", "0.000000000004"},
		{"0.000000500001", "0.000000000001"},
		{"0.000001499999", "0.000000000001"},
	}
	for _, c := range cases {
		b := book(t, `{"id":"e","kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"`+c.rate+`","output":"`+c.rate+`"}}`)
		got := b.Cost(Call{Model: "m", At: day(t, "2026-02-01"), Source: usage.Reported, Tokens: usage.Tokens{Input: 1}})
		if !got.Amount.Equal(dec(t, c.want)) {
			t.Errorf("%s: %s, want %s", c.rate, got.Amount, c.want)
		}
	}
	// Two halves make a whole: the parts are not rounded before they are summed.
	b := book(t, `{"id":"e","kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"0.0000005","output":"0.0000005"}}`)
	got := b.Cost(Call{Model: "m", At: day(t, "2026-02-01"), Source: usage.Reported, Tokens: usage.Tokens{Input: 1, Output: 1}})
	if !got.Amount.Equal(dec(t, "0.000000000001")) {
		t.Errorf("two halves: %s", got.Amount)
	}
}
