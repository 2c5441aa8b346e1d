package price

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/domain/usage"
)

const (
	override = `{"id":"p1","kind":"price","provider":"openai","model":"gpt-4o*","valid_from":"2026-02-01","valid_to":"2026-06-01","currency":"USD","rates":{"input":"1","output":"2"},"batch":"0.25"}`
	newer    = `{"id":"p2","kind":"price","provider":"openai","model":"gpt-4o","valid_from":"2026-03-01","currency":"USD","rates":{"input":"3","output":"4"}}`
	discount = `{"id":"d1","kind":"discount","provider":"openai","percent":"10","valid_from":"2026-01-01"}`
	deeper   = `{"id":"d2","kind":"discount","provider":"openai","model":"o3","percent":"12.5","valid_from":"2026-02-01"}`
	commit   = `{"id":"c1","kind":"commitment","provider":"aws.bedrock","model":"*","valid_from":"2026-01-01","currency":"USD","monthly":"5000"}`
	euro     = `{"id":"r1","kind":"rate","from":"USD","to":"EUR","rate":"0.9","valid_from":"2026-01-01"}`
	euroNew  = `{"id":"r2","kind":"rate","from":"USD","to":"EUR","rate":"0.85","valid_from":"2026-04-01"}`
	counted  = `{"id":"k1","kind":"currency","currency":"EUR","valid_from":"2026-01-01"}`
	pounds   = `{"id":"k2","kind":"currency","currency":"GBP","valid_from":"2026-05-01"}`
	sterling = `{"id":"s1","kind":"rate","from":"USD","to":"GBP","rate":"0.8","valid_from":"2026-01-01"}`
	jpy      = `{"id":"k3","kind":"currency","currency":"JPY","valid_from":"2026-01-01"}`
	yen      = `{"id":"y1","kind":"price","provider":"acme","model":"*","valid_from":"2026-01-01","currency":"JPY","rates":{"input":"100","output":"100"}}`
)

func TestEntries(t *testing.T) {
	cases := []struct {
		name            string
		entries         []string
		provider, model string
		at              string
		batch           bool
		amount, inMoney string
		price           string
	}{
		{"before the entry", []string{override}, "openai", "gpt-4o", "2026-01-31T23:59:59Z", false, "0.0125", "USD", "builtin/2026-11-21 openai/gpt-4o"},
		{"from its first moment", []string{override}, "openai", "gpt-4o", "2026-02-01", false, "0.003", "USD", "entry/p1"},
		{"to its last", []string{override}, "openai", "gpt-4o", "2026-05-31T23:59:59Z", false, "0.003", "USD", "entry/p1"},
		{"not after", []string{override}, "openai", "gpt-4o", "2026-06-01", false, "0.0125", "USD", "builtin/2026-11-21 openai/gpt-4o"},
		{"its own batch factor", []string{override}, "openai", "gpt-4o", "2026-02-01", true, "0.00075", "USD", "entry/p1"},
		{"the newest wins", []string{override, newer}, "openai", "gpt-4o", "2026-04-01", false, "0.007", "USD", "entry/p2"},
		{"in whatever order they come", []string{newer, override}, "openai", "gpt-4o", "2026-04-01", false, "0.007", "USD", "entry/p2"},
		{"the older where the newer does not match", []string{override, newer}, "openai", "gpt-4o-mini", "2026-04-01", false, "0.003", "USD", "entry/p1"},
		{"another provider's calls are not meant", []string{override}, "azure", "gpt-4o", "2026-04-01", false, "0.0125", "USD", "builtin/2026-11-21 openai/gpt-4o"},
		{"a provider found by the model's name is meant", []string{override}, "", "gpt-4o", "2026-04-01", false, "0.003", "USD", "entry/p1"},
		{"a name with a prefix", []string{newer}, "openai", "openai/gpt-4o", "2026-04-01", false, "0.007", "USD", "entry/p2"},
		{"ten percent off", []string{discount}, "openai", "gpt-4o", "2026-02-01", false, "0.01125", "USD", "builtin/2026-11-21 openai/gpt-4o + entry/d1"},
		{"discounts do not add up", []string{discount, deeper}, "openai", "o3", "2026-02-01", false, "0.00875", "USD", "builtin/2026-11-21 openai/o3 + entry/d2"},
		{"an entry's price is not discounted", []string{discount, override}, "openai", "gpt-4o", "2026-02-01", false, "0.003", "USD", "entry/p1"},
		{"a commitment makes calls cost nothing more", []string{commit}, "bedrock", "amazon.nova-lite-v1:0", "2026-02-01", false, "0", "USD", "entry/c1"},
		{"a currency", []string{counted, euro}, "openai", "gpt-4o", "2026-02-01", false, "0.01125", "EUR", "builtin/2026-11-21 openai/gpt-4o + entry/r1"},
		{"its rate is dated", []string{counted, euro, euroNew}, "openai", "gpt-4o", "2026-04-01", false, "0.010625", "EUR", "builtin/2026-11-21 openai/gpt-4o + entry/r2"},
		{"discount, then currency", []string{counted, discount, euro}, "openai", "gpt-4o", "2026-02-01", false, "0.010125", "EUR", "builtin/2026-11-21 openai/gpt-4o + entry/d1 + entry/r1"},
		{"a price in the project's currency needs no rate", []string{jpy, yen}, "acme", "m1", "2026-02-01", false, "0.2", "JPY", "entry/y1"},
		{"told apart by spelling only", []string{jpy, yen}, "ACME", "M1", "2026-02-01", false, "0.2", "JPY", "entry/y1"},
		{"before the project's currency changed", []string{counted, euro, pounds, sterling}, "openai", "gpt-4o", "2026-04-30", false, "0.01125", "EUR", "builtin/2026-11-21 openai/gpt-4o + entry/r1"},
		{"and after", []string{counted, euro, pounds, sterling}, "openai", "gpt-4o", "2026-05-01", false, "0.01", "GBP", "builtin/2026-11-21 openai/gpt-4o + entry/s1"},
		{"nothing is nothing in every currency", []string{jpy, commit}, "bedrock", "amazon.nova-lite-v1:0", "2026-02-01", false, "0", "JPY", "entry/c1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := book(t, c.entries...).Cost(Call{Provider: c.provider, Model: c.model, At: day(t, c.at),
				Batch: c.batch, Source: usage.Reported, Tokens: usage.Tokens{Input: 1000, Output: 1000}})
			if !got.Amount.Equal(dec(t, c.amount)) || got.Currency != c.inMoney || got.Price != c.price || got.State != usage.Priced {
				t.Errorf("got %s %s %s %q, want %s %s %q", got.Amount, got.Currency, got.State, got.Price, c.amount, c.inMoney, c.price)
			}
		})
	}
}

// A price in a currency that the project does not count in is worth nothing until a rate says what it is worth.
func TestWithoutARateACallIsUnpriced(t *testing.T) {
	cases := []struct {
		name    string
		entries []string
		model   string
		at      string
		money   string
		missing string // "" where it is priced
	}{
		{"an entry in another currency", []string{yen}, "m1", "2026-02-01", "USD", "from JPY to USD that is valid on 2026-02-01"},
		{"the catalogue in another currency", []string{counted}, "gpt-4o", "2026-02-01", "EUR", "from USD to EUR that is valid on 2026-02-01"},
		{"a rate that is not yet valid", []string{counted, euroNew}, "gpt-4o", "2026-03-31", "EUR", "from USD to EUR that is valid on 2026-03-31"},
		{"a rate into another currency", []string{pounds, euro}, "gpt-4o", "2026-06-01", "GBP", "from USD to GBP"},
		{"a rate is not turned round", []string{counted, yen, `{"id":"x","kind":"rate","from":"EUR","to":"JPY","rate":"170","valid_from":"2026-01-01"}`}, "m1", "2026-02-01", "EUR", "from JPY to EUR"},
		{"rates are not chained", []string{counted, yen, euro, `{"id":"x","kind":"rate","from":"JPY","to":"USD","rate":"0.006","valid_from":"2026-01-01"}`}, "m1", "2026-02-01", "EUR", "from JPY to EUR"},
		{"the rate given", []string{yen, `{"id":"x","kind":"rate","from":"JPY","to":"USD","rate":"0.006","valid_from":"2026-01-01"}`}, "m1", "2026-02-01", "USD", ""},
	}
	for _, c := range cases {
		provider := "openai"
		if c.model == "m1" {
			provider = "acme"
		}
		got := book(t, c.entries...).Cost(Call{Provider: provider, Model: c.model, At: day(t, c.at), Source: usage.Reported, Tokens: usage.Tokens{Input: 1000}})
		if got.Currency != c.money || (got.State == usage.Unpriced) != (c.missing != "") || !strings.Contains(got.Reason, c.missing) || got.State == usage.Unpriced && (got.Price != "" || !got.Amount.IsZero()) {
			t.Errorf("%s: %+v, want %s and a reason with %q", c.name, got, c.money, c.missing)
		}
	}
}

func TestSameDayEntriesGoById(t *testing.T) {
	a := `{"id":"a","kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"1"}}`
	b := `{"id":"b","kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"2"}}`
	for _, entries := range [][]string{{a, b}, {b, a}} {
		got := book(t, entries...).Cost(Call{Model: "m", At: day(t, "2026-02-01"), Source: usage.Reported, Tokens: usage.Tokens{Input: 1}})
		if got.Price != "entry/b" {
			t.Errorf("%q", got.Price)
		}
	}
}

func TestVersion(t *testing.T) {
	one := book(t, override, discount)
	if other := book(t, discount, override); other.Version() != one.Version() {
		t.Error("the order of entries changes the version")
	}
	for name, other := range map[string]*Book{"fewer entries": book(t, override), "another currency": book(t, counted, override, discount),
		"another percent": book(t, override, strings.Replace(discount, `"10"`, `"11"`, 1))} {
		if other.Version() == one.Version() {
			t.Errorf("%s, same version", name)
		}
	}
}

func TestNewBookRefuses(t *testing.T) {
	good, err := ParseEntry([]byte(override))
	if err != nil {
		t.Fatal(err)
	}
	noID, bad, fine := good, good, good
	noID.ID = ""
	bad.ID, bad.Rates = "bad", Rates{Input: dec(t, "-1")}
	fine.ID, fine.Rates = "fine", Rates{Input: decimal.New(1, 40)}
	for name, list := range map[string][]Entry{"twice": {good, good}, "no id": {noID}, "negative": {bad}, "too much": {fine}} {
		if _, err := NewBook(Builtin(), list); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCommitmentsAreListed(t *testing.T) {
	b := book(t, commit, override)
	if got := b.Commitments(day(t, "2025-12-31")); len(got) != 0 {
		t.Errorf("%v before it begins", got)
	}
	got := b.Commitments(day(t, "2026-01-01"))
	if len(got) != 1 || !got[0].Monthly.Equal(dec(t, "5000")) {
		t.Errorf("%v", got)
	}
}

// Against the plain formula, written a second time with another arithmetic, over random calls of every tiered and
// untiered kind.
func TestCostIsTheSumOfItsParts(t *testing.T) {
	b := book(t, discount)
	models := [][2]string{{"openai", "gpt-4o"}, {"anthropic", "claude-sonnet-4-5"}, {"google", "gemini-2.5-flash"},
		{"openai", "gpt-realtime"}, {"perplexity", "sonar-pro"}, {"openrouter", "google/gemini-3.5-flash"}, {"openai", "gpt-5.6-luna"}}
	at := day(t, "2026-11-01")
	million := dec(t, "1000000")
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := models[r.IntN(len(models))]
		part := func() int64 { return r.Int64N(1 << r.IntN(19)) }
		text, read, write, hour, audio, both := part(), part(), part(), part(), part(), part()
		out, audioOut, searches := part(), part(), r.Int64N(3)
		c := Call{Provider: m[0], Model: m[1], At: at, Source: usage.Reported, Batch: r.IntN(2) == 0,
			Tokens: usage.Tokens{Input: text + read + write + hour + audio + both, CacheRead: read + both, CacheWrite: write + hour,
				InputAudio: audio + both, Output: out + audioOut, OutputAudio: audioOut, Reasoning: out / 2},
			CacheWriteHour: hour, CacheReadAudio: both, Units: map[string]int64{"web_search": searches}}
		p, ok := Builtin().Resolve(c.Provider, c.Model, c.At)
		if !ok {
			t.Fatal(m)
		}
		rates := p.RatesFor(c.Tokens.Input)
		rate := func(units ...Unit) decimal.Decimal {
			for _, u := range units {
				if d, ok := rates[u]; ok {
					return d
				}
			}
			t.Fatalf("%v has no rate for %v", m, units)
			return decimal.Zero
		}
		sum := decimal.Zero
		add := func(n int64, d decimal.Decimal) { sum = sum.Add(decimal.NewFromInt(n).Mul(d)) }
		add(text, rate(Input))
		add(read, rate(CacheRead, Input))
		add(write, rate(CacheWrite, Input))
		add(hour, rate(CacheWriteHour, CacheWrite, Input))
		add(audio, rate(AudioInput, Input))
		add(both, rate(CacheReadAudio, CacheRead, Input))
		add(out, rate(Output))
		add(audioOut, rate(AudioOutput, Output))
		if c.Batch && p.HasBatch {
			sum = sum.Mul(p.Batch)
		}
		if slices.Contains(p.Once, "web_search") {
			searches = min(searches, 1)
		}
		sum = sum.DivRound(million, 40).Add(rates[Request]).Add(p.Services["web_search"].Mul(decimal.NewFromInt(searches)))
		if m[0] == "openai" {
			sum = sum.Mul(dec(t, "0.9"))
		}
		got := b.Cost(c)
		if want := sum.RoundBank(usage.Scale); !got.Amount.Equal(want) {
			t.Fatalf("seed %d %v: %s, want %s", seed, m, got.Amount, want)
		}
	}
}

// Moving tokens from plain input to cached input never makes a call dearer, and never counts one twice.
func TestCachedTokensAreCountedOnce(t *testing.T) {
	b := book(t)
	last := dec(t, "1000")
	for read := int64(0); read <= 1000; read += 100 {
		got := b.Cost(Call{Provider: "openai", Model: "gpt-4o", Source: usage.Reported, Tokens: usage.Tokens{Input: 1000, CacheRead: read}})
		want := decimal.New((1000-read)*250+read*125, -8)
		if !got.Amount.Equal(want) || !got.Amount.LessThan(last) {
			t.Errorf("%d cached: %s, want %s", read, got.Amount, want)
		}
		last = got.Amount
	}
}

func TestBookIsBoundedAndConcurrent(t *testing.T) {
	b := book(t, override)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range maxPlans {
				b.Cost(Call{Provider: "openai", Model: fmt.Sprintf("m-%d-%d", worker, i), Source: usage.Reported})
				got := b.Cost(Call{Provider: "openai", Model: "gpt-4o", Source: usage.Reported, Tokens: usage.Tokens{Input: 400000}})
				if !got.Amount.Equal(decimal.NewFromInt(1)) {
					t.Errorf("%s", got.Amount)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := len(b.plans); n > maxPlans {
		t.Errorf("%d plans are kept", n)
	}
}

func BenchmarkCost(b *testing.B) {
	bk := book(b, counted, discount, euro)
	plain := book(b)
	call := Call{Provider: "openai", Model: "gpt-4o", At: day(b, "2026-11-01"), Source: usage.Reported,
		Tokens: usage.Tokens{Input: 12345, CacheRead: 10000, Output: 678, Reasoning: 100}}
	run := func(name string, bk *Book, c Call) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bk.Cost(c)
			}
		})
	}
	run("hit", plain, call)
	run("discount and currency", bk, call)
	call.Model = "unknown"
	run("unpriced", plain, call)
}

func BenchmarkResolveMiss(b *testing.B) {
	c := Builtin()
	for b.Loop() {
		c.Resolve("", "no-such-model", 0)
	}
}

func BenchmarkParseBuiltin(b *testing.B) {
	for b.Loop() {
		if _, err := ParseCatalogue(builtinJSON); err != nil {
			b.Fatal(err)
		}
	}
}
