// Package price owns the price catalogue and the computation of what a call cost.
//
// It is pure: the built-in catalogue is embedded, entries of a project are handed in, times come with the calls. It
// must not know where entries are kept, how spans are mapped, or what a page shows. Start at Book.Cost; a price is
// found by Catalogue.Resolve, and the arithmetic stands in compute.go.
package price

import (
	"slices"

	"github.com/shopspring/decimal"

	"steward/internal/domain/usage"
)

// Unit names what a rate is charged for. Rates of tokens are per million of them.
type Unit string

// The token units. Request is charged once per call.
const (
	Input          Unit = "input"            // text tokens neither cached nor audio
	Output         Unit = "output"           // text tokens, reasoning included unless it has a rate of its own
	CacheRead      Unit = "cache_read"       // input tokens served from the provider's cache
	CacheWrite     Unit = "cache_write"      // input tokens stored there for the provider's usual time (five minutes)
	CacheWriteHour Unit = "cache_write_1h"   // input tokens stored there for an hour
	AudioInput     Unit = "audio_input"      // input tokens that stand for audio
	AudioOutput    Unit = "audio_output"     // output tokens that stand for audio
	CacheReadAudio Unit = "cache_read_audio" // cached input tokens that stand for audio
	Reasoning      Unit = "reasoning"        // output tokens spent on thought
	Request        Unit = "request"          // the call itself, per call and not per million
)

// tokenUnits is every unit that Rates may hold, in the order of the arrays that index them.
var tokenUnits = [...]Unit{Input, Output, CacheRead, CacheWrite, CacheWriteHour, AudioInput, AudioOutput,
	CacheReadAudio, Reasoning, Request}

const (
	iInput = iota
	iOutput
	iCacheRead
	iCacheWrite
	iCacheWriteHour
	iAudioInput
	iAudioOutput
	iCacheReadAudio
	iReasoning
	iRequest
	unitCount
)

// fallback names, for a unit without a rate, the unit whose rate stands in; -1 ends the chain. A request without a
// rate costs nothing.
var fallback = [unitCount]int{
	iInput:          -1,
	iOutput:         -1,
	iCacheRead:      iInput,
	iCacheWrite:     iInput,
	iCacheWriteHour: iCacheWrite,
	iAudioInput:     iInput,
	iAudioOutput:    iOutput,
	iCacheReadAudio: iCacheRead,
	iReasoning:      iOutput,
	iRequest:        -1,
}

// Rates are amounts of one currency per million tokens, Request per call. An absent unit has no rate of its own.
type Rates map[Unit]decimal.Decimal

// Services are amounts per piece of a service that the provider bills beside tokens: web_search, image, rerank,
// audio_second, character and so on. Names are as usage.ValidPiece has them.
type Services map[string]decimal.Decimal

// Tier replaces all token rates of a price when the call's context is larger than Over tokens.
type Tier struct {
	Over  int64
	Rates Rates
}

// Daily limits a price to a part of each day, in minutes after midnight UTC: From inclusive, To exclusive. A To before
// From passes midnight. Nil means the whole day.
type Daily struct{ From, To int }

// covers says whether the nanosecond time t lies in the daily part.
func (d *Daily) covers(t int64) bool {
	if d == nil {
		return true
	}
	const day = 24 * 60 * minute
	at := int(((t%day)+day)%day) / minute
	if d.From <= d.To {
		return d.From <= at && at < d.To
	}
	return at >= d.From || at < d.To
}

const minute = 60 * 1_000_000_000

// Period is what a model costs from ValidFrom on (Unix nanoseconds, UTC; 0 means always). Of a model's periods the
// last one that covers the time applies.
type Period struct {
	ValidFrom int64
	Daily     *Daily
	Rates     Rates
	Services  Services
	Once      []string // of Services: charged once a call, however many pieces it took
	Tiers     []Tier   // by rising Over
}

// Price is the answer of Catalogue.Resolve: what a model costs at a time. It shares its maps with the catalogue, so it
// must not be changed.
type Price struct {
	ID       string // "builtin/2026-11-21 openai/gpt-4o": what a cost records
	Provider string // canonical provider id
	Model    string // model id in the catalogue
	Currency string // ISO 4217
	Batch    decimal.Decimal
	HasBatch bool // whether the provider publishes a factor for batches; Batch is that factor
	Period
}

// RatesFor answers the token rates for a context of so many tokens.
func (p Price) RatesFor(context int64) Rates {
	rates := p.Rates
	for _, t := range p.Tiers {
		if context > t.Over {
			rates = t.Rates
		}
	}
	return rates
}

// validService says whether name may name a service.
func validService(name string) bool {
	return usage.ValidPiece(name) && !slices.Contains(tokenUnits[:], Unit(name))
}
