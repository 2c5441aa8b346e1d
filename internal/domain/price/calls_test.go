package price

import (
	"strings"
	"testing"

	"steward/internal/domain/usage"
)

const (
	lookup   = `{"id":"t1","kind":"price","calls":"tool","name":"web_*","valid_from":"2026-01-01","valid_to":"2026-06-01","currency":"USD","rates":{"request":"0.008"}}`
	lookup2  = `{"id":"t2","kind":"price","calls":"tool","name":"web_lookup","valid_from":"2026-03-01","currency":"EUR","rates":{"request":"0.005"}}`
	anyTool  = `{"id":"t0","kind":"price","calls":"tool","valid_from":"2025-01-01","currency":"USD","rates":{"request":"0.0001"}}`
	vectors  = `{"id":"v1","kind":"price","calls":"retrieval","name":"query policies","valid_from":"2026-01-01","currency":"USD","rates":{"request":"0.0004"}}`
	embedder = `{"id":"e1","kind":"price","calls":"embedding","provider":"acme","model":"embed-*","valid_from":"2026-01-01","currency":"USD","rates":{"request":"0.001"}}`
	ranker   = `{"id":"r9","kind":"price","calls":"rerank","provider":"cohere","valid_from":"2026-01-01","currency":"USD","rates":{"request":"0.0015"}}`
	dollars  = `{"id":"x1","kind":"rate","from":"EUR","to":"USD","rate":"1.1","valid_from":"2026-01-01"}`
	grounded = `{"id":"g1","kind":"price","provider":"google","model":"gemini-2.5-pro","valid_from":"2026-01-01","currency":"USD","rates":{"input":"1"},"services":{"web_search":"0.03"},"once":["web_search"]}`
)

func TestFees(t *testing.T) {
	b := book(t, lookup, lookup2, anyTool, vectors, dollars)
	cases := []struct{ name, kind, called, at, amount, price string }{
		{"by a pattern", "tool", "web_search", "2026-02-01", "0.008", "entry/t1"},
		{"letter case does not matter", "tool", "Web_Search", "2026-02-01", "0.008", "entry/t1"},
		{"the newest that names it, in another currency", "tool", "web_lookup", "2026-04-01", "0.0055", "entry/t2 + entry/x1"},
		{"before it the pattern", "tool", "web_lookup", "2026-02-28", "0.008", "entry/t1"},
		{"after its end the entry for all tools", "tool", "web_search", "2026-06-01", "0.0001", "entry/t0"},
		{"a retrieval by the span's name", "retrieval", "query policies", "2026-02-01", "0.0004", "entry/v1"},
		{"of another name", "retrieval", "query claims", "2026-02-01", "", ""},
		{"of another kind", "guardrail", "web_search", "2026-02-01", "", ""},
		{"before any entry", "tool", "web_search", "2024-12-31", "", ""},
	}
	for _, c := range cases {
		got, ok := b.Fee(Call{Kind: c.kind, Name: c.called, At: day(t, c.at)})
		if ok != (c.price != "") || ok && (!got.Amount.Equal(dec(t, c.amount)) || got.Price != c.price || got.State != usage.Priced || got.Currency != "USD") {
			t.Errorf("%s: %+v, %v", c.name, got, ok)
		}
	}
	pages := book(t, `{"id":"o1","kind":"price","calls":"tool","name":"ocr","valid_from":"2026-01-01","currency":"USD","services":{"page":"0.0015"}}`)
	scan := Call{Kind: "tool", Name: "ocr", At: day(t, "2026-02-01"), Source: usage.Reported, Units: usage.Units{"page": 3}}
	if got, ok := pages.Fee(scan); !ok || !got.Amount.Equal(dec(t, "0.0045")) || got.Price != "entry/o1 + page" || got.State != usage.Priced {
		t.Errorf("by the piece: %+v, %v", got, ok)
	}
	scan.Source, scan.Units = "", nil
	if got, ok := pages.Fee(scan); !ok || got.State != usage.Unpriced || got.Reason != noUsage {
		t.Errorf("by the piece, none told: %+v, %v", got, ok)
	}
	without := book(t, lookup2)
	if got, ok := without.Fee(Call{Kind: "tool", Name: "web_lookup", At: day(t, "2026-04-01")}); !ok || got.State != usage.Unpriced || !strings.Contains(got.Reason, "from EUR to USD") {
		t.Errorf("a fee without a rate: %+v, %v", got, ok)
	}
}

// Models' calls may be charged by the call too, and then it does not matter what is known of their tokens.
func TestModelsChargedByTheCall(t *testing.T) {
	b := book(t, embedder, ranker, anyTool, vectors)
	cases := []struct {
		name  string
		call  Call
		want  string
		state usage.CostState
		price string
	}{
		{"an embedding without usage", Call{Kind: "embedding", Provider: "acme", Model: "embed-1"}, "0.001", usage.Priced, "entry/e1"},
		{"an embedding with tokens", Call{Kind: "embedding", Provider: "acme", Model: "embed-1", Source: usage.Estimated, Tokens: usage.Tokens{Input: 5000}}, "0.001", usage.Priced, "entry/e1"},
		{"a chat with the same model is another call", Call{Kind: "llm", Provider: "acme", Model: "embed-1", Source: usage.Reported}, "0", usage.Unpriced, ""},
		{"a rerank by the call, pieces or not", Call{Kind: "rerank", Provider: "cohere", Model: "rerank-v3.5", Source: usage.Reported}, "0.0015", usage.Priced, "entry/r9"},
		{"a piece that the entry does not price", Call{Kind: "rerank", Provider: "cohere", Model: "rerank-v3.5", Source: usage.Reported, Units: usage.Units{"rerank": 2}}, "0.0015", usage.CostEstimated, "entry/r9 + rerank (no price)"},
		{"a model is no tool", Call{Kind: "llm", Provider: "acme", Model: "chat-1", Name: "web_search", Source: usage.Reported}, "0", usage.Unpriced, ""},
	}
	for _, c := range cases {
		c.call.At = day(t, "2026-02-01")
		got := b.Cost(c.call)
		if !got.Amount.Equal(dec(t, c.want)) || got.State != c.state || got.Price != c.price || (got.Reason == "") != (got.State != usage.Unpriced) {
			t.Errorf("%s: %+v, want %s %s %q", c.name, got, c.want, c.state, c.price)
		}
	}
}

func TestChargedOnce(t *testing.T) {
	for _, c := range []struct {
		name    string
		entries []string
		model   string
		n       int64
		want    string
	}{
		{"the catalogue, of Gemini before 3", nil, "gemini-2.5-flash", 3, "0.035"},
		{"one is as three", nil, "gemini-2.5-flash", 1, "0.035"},
		{"Gemini 3 by the search", nil, "gemini-3-pro-preview", 3, "0.042"},
		{"an entry", []string{grounded}, "gemini-2.5-pro", 5, "0.03"},
	} {
		got := book(t, c.entries...).Cost(Call{Provider: "google", Model: c.model, At: day(t, "2026-02-01"), Source: usage.Reported, Units: usage.Units{"web_search": c.n}})
		if !got.Amount.Equal(dec(t, c.want)) || got.State != usage.Priced || strings.Contains(got.Price, "charged once") != (c.want != "0.042") {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

// Worked out by hand, everything at once: a tier, cached, written and audio input, a batch, a service, a discount or an
// entry of one's own, and a rate of exchange. It is rounded once, at the end.
func TestByHand(t *testing.T) {
	own := `{"id":"p","kind":"price","provider":"acme","model":"m","valid_from":"2026-01-01","currency":"USD",
		"rates":{"input":"1","cache_read":"0.1","cache_write":"1.25","cache_write_1h":"2","audio_input":"8","output":"4","audio_output":"16","reasoning":"6","request":"0.01"},
		"services":{"web_search":"0.02"},"batch":"0.5",
		"tiers":[{"over":1000,"rates":{"input":"2","cache_read":"0.2","cache_write":"2.5","cache_write_1h":"4","audio_input":"16","output":"8","audio_output":"32","reasoning":"12","request":"0.01"}}]}`
	everything := Call{Provider: "acme", Model: "m", At: day(t, "2026-02-01"), Source: usage.Reported, Batch: true, CacheWriteHour: 50,
		Tokens: usage.Tokens{Input: 2000, CacheRead: 600, CacheWrite: 150, InputAudio: 250, Output: 700, OutputAudio: 100, Reasoning: 200},
		Units:  usage.Units{"web_search": 3}}
	// input 2000-600-150-250 = 1000×2 + 600×0.2 + 100×2.5 + 50×4 + 250×16 + output 700-100-200 = 400×8 + 100×32 + 200×12
	//  = 2000 + 120 + 250 + 200 + 4000 + 3200 + 3200 + 2400 = 15370 per million; halved 0.007685; + 0.01 + 3×0.02 = 0.077685
	small := everything
	small.Batch, small.Units = false, nil
	small.Tokens = usage.Tokens{Input: 1000, CacheRead: 400, Output: 3}
	small.CacheWriteHour = 0
	// 600×1 + 400×0.1 + 3×4 = 652 per million + 0.01 = 0.010652
	third := `{"id":"x","kind":"rate","from":"USD","to":"EUR","rate":"0.333333333333","valid_from":"2026-01-01"}`
	listed := Call{Provider: "anthropic", Model: "claude-sonnet-4-5", At: day(t, "2026-02-01"), Source: usage.Reported, Batch: true,
		Tokens: usage.Tokens{Input: 300_001, CacheRead: 100_000, CacheWrite: 1, Output: 7}, Units: usage.Units{"web_search": 1}}
	// above 200k: 200000×6 + 100000×0.6 + 1×7.5 + 7×22.5 = 1260165 per million = 1.260165; halved 0.6300825; + 0.01 = 0.6400825
	cases := []struct {
		name    string
		entries []string
		call    Call
		want    string
	}{
		{"an entry of one's own", []string{own}, everything, "0.077685"},
		{"no discount comes off it", []string{own, `{"id":"d","kind":"discount","percent":"50","valid_from":"2026-01-01"}`}, everything, "0.077685"},
		{"at the edge the lower tier", []string{own}, small, "0.010652"},
		{"converted and rounded once", []string{own, counted, third}, small, "0.003550666667"}, // 0.010652 × 0.333333333333 = 0.003550666666663116
		{"the list", nil, listed, "0.6400825"},
		{"a discount on tokens and services alike", []string{`{"id":"d","kind":"discount","provider":"anthropic","percent":"12.5","valid_from":"2026-01-01"}`}, listed, "0.5600721875"},
		{"then converted", []string{`{"id":"d","kind":"discount","provider":"anthropic","percent":"12.5","valid_from":"2026-01-01"}`, counted, third}, listed, "0.186690729166"}, // …1666479791…
		{"a commitment", []string{`{"id":"c","kind":"commitment","provider":"anthropic","valid_from":"2026-01-01","currency":"USD","monthly":"99"}`}, listed, "0"},
	}
	for _, c := range cases {
		got := book(t, c.entries...).Cost(c.call)
		if !got.Amount.Equal(dec(t, c.want)) || got.State != usage.Priced {
			t.Errorf("%s: %s %s %q, want %s", c.name, got.Amount, got.State, got.Price, c.want)
		}
	}
}
