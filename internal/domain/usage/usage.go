// Package usage owns what a call took: tokens and money, and how sure we are of each. It knows no price list
// (domain/price) and no emitter (domain/emitter).
package usage

import (
	"strings"

	"github.com/shopspring/decimal"
)

// Source says how a count came to be known.
type Source string

// The sources, best first.
const (
	Reported  Source = "reported"  // the provider said so
	Counted   Source = "counted"   // we counted with the model's own tokenizer
	Estimated Source = "estimated" // we guessed
)

// Tokens are a call's counts, never negative. Input includes cache reads and writes and audio; Output includes
// reasoning and audio; the others are parts of these two and are never added to them.
type Tokens struct {
	Input, Output           int64
	CacheRead, CacheWrite   int64 // parts of Input
	Reasoning               int64 // part of Output
	InputAudio, OutputAudio int64 // parts of Input and Output
}

// Total is Input + Output.
func (t Tokens) Total() int64 { return t.Input + t.Output }

// IsZero says whether nothing was counted.
func (t Tokens) IsZero() bool { return t == Tokens{} }

// The pieces that providers bill beside tokens, by the names under which price lists know them. There are more: a name
// is what ValidPiece accepts.
const (
	WebSearch  = "web_search"  // a search that the provider ran
	XSearch    = "x_search"    // xAI's search of X
	FileSearch = "file_search" // a search of files that the provider keeps
	CodeRun    = "code_execution"
	Image      = "image"  // an image made
	Rerank     = "rerank" // a search unit of a reranker: one query with up to 100 documents
)

// Units counts pieces by name; counts are above zero. Nil where there are none.
type Units map[string]int64

// ValidPiece says whether name may name a piece: lower-case words joined by underscores, at most 64 bytes.
func ValidPiece(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// Usage is what one span took. Rollup marks a wrapper that repeats its children's usage: no total sums it.
type Usage struct {
	Tokens
	Units  Units
	Source Source // "" where the span carries no usage
	Rollup bool
}

// CostState says what an Amount means.
type CostState string

// The states. Unpriced is not free: the amount is then meaningless and shown as such. Mixed is a total's only: its parts
// are in several currencies, so there is no amount. "" means no cost applies (a span that is no model call and took
// nothing).
const (
	Priced        CostState = "priced"
	CostEstimated CostState = "estimated"
	Unpriced      CostState = "unpriced"
	Mixed         CostState = "mixed"
)

// Scale is the number of decimal places of money, rounded half-even once per call.
const Scale = 12

// ValidCurrency says whether s may be an ISO 4217 code: three capital letters.
func ValidCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Cost is a call's price, or a total of such. Amount has at most Scale decimal places; Currency is ISO 4217, and "" where
// the state is Mixed.
type Cost struct {
	Amount   decimal.Decimal
	Currency string
	State    CostState
	Price    string // catalogue id and date with the entry used, for example "builtin/2026-11-21 openai/gpt-4o"
	Reason   string // of an unpriced call: what is missing, for people
	Book     string // version of the price book that derived it
}

// Money is an amount as somebody else reported it, or a total of such. Mixed is a total's only: its parts are in several
// currencies, so there is neither amount nor currency.
type Money struct {
	Amount   decimal.Decimal
	Currency string
	Mixed    bool
}

// Unlike says whether two amounts can neither be added nor compared: one is Mixed, or they are in two currencies. Where
// there is no currency there is nothing to differ from.
func (m Money) Unlike(o Money) bool {
	return m.Mixed || o.Mixed || m.Currency != "" && o.Currency != "" && m.Currency != o.Currency
}
