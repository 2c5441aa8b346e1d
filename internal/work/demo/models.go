package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// model is what answers, as far as an application sees it.
type model struct {
	provider, requested, used string
	host                      string
	id                        string        // how its answers' ids begin
	first                     time.Duration // typical time to the first token
	perInput                  time.Duration // more for each input token
	speed                     float64       // output tokens a second
	caches                    bool          // instructions and tools are read from the provider's cache
	reasons                   bool
	maxOutput                 int
}

var (
	// reader sorts what comes in.
	reader = &model{provider: "gcp.gemini", requested: "gemini-3.1-flash-lite", used: "gemini-3.1-flash-lite",
		host: "generativelanguage.googleapis.com", id: "gen-", first: 240 * time.Millisecond, perInput: 15 * time.Microsecond, speed: 230, maxOutput: 512}
	// extractor takes the facts out of a claim, and stands in where the main model is away.
	extractor = &model{provider: "openai", requested: "gpt-5.4-mini", used: "gpt-5.4-mini-2026-03-17",
		host: "api.openai.com", id: "chatcmpl-", first: 390 * time.Millisecond, perInput: 20 * time.Microsecond, speed: 165, reasons: true, maxOutput: 1024}
	// tuned is the insurer's own: no price list knows it.
	tuned = &model{provider: "vllm", requested: "claims-extract-8b-ft3", used: "claims-extract-8b-ft3",
		host: "models.tarnwick.example", id: "cmpl-", first: 110 * time.Millisecond, perInput: 30 * time.Microsecond, speed: 88, maxOutput: 1024}
	// thinker plans, checks and writes.
	thinker = &model{provider: "anthropic", requested: "claude-opus-4-5", used: "claude-opus-4-5-20251101",
		host: "api.anthropic.com", id: "msg_", first: 980 * time.Millisecond, perInput: 60 * time.Microsecond, speed: 72, caches: true, maxOutput: 900}
)

// tokens is about how many a text takes: four bytes each.
func tokens(bytes int) int { return (bytes + 3) / 4 }

// latency answers the time to the first token and to the last.
func (m *model) latency(r *rand.Rand, in, out int) (first, all time.Duration) {
	// a log-normal spread: most calls are near the typical time, some take three times as long
	first = time.Duration(float64(m.first+m.perInput*time.Duration(in)) * math.Exp(0.32*r.NormFloat64()))
	all = first + time.Duration(float64(out)/m.speed*math.Exp(0.18*r.NormFloat64())*float64(time.Second))
	return first, all
}
