package emitter

import (
	"math"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// maxCount is the largest count that is believed: beyond it a JSON number no longer is exact.
const maxCount = 1 << 53

// counts is what a span says about tokens before it is settled whether parts are inside their wholes.
type counts struct {
	usage.Tokens
	total          int64
	hasIn, hasOut  bool
	hasTotal       bool
	partsApart     bool // the emitter's convention is that input and output exclude their parts
	inputConfirmed bool // it is known that input already includes the cache
}

// usage fills the tokens: Input includes cache reads and writes, Output includes reasoning, nothing is counted twice.
func (m *mapping) usage() {
	var c counts
	c.Input, c.hasIn = m.count(fInTokens)
	c.Output, c.hasOut = m.count(fOutTokens)
	c.CacheRead, _ = m.count(fCacheRead)
	c.CacheWrite, _ = m.count(fCacheWrite)
	c.Reasoning, _ = m.count(fReasoning)
	c.InputAudio, _ = m.count(fInAudio)
	c.OutputAudio, _ = m.count(fOutAudio)
	c.total, c.hasTotal = m.count(fTotal)
	if m.has(fUsageJSON) && !c.hasIn && !c.hasOut {
		m.usageJSON(&c)
	}
	c.inputConfirmed = m.has(fNoCache)
	if m.has(fProviderJSON) && !c.inputConfirmed {
		m.providerUsage(&c)
	}
	m.derive(&c)
	if !c.hasIn && !c.hasOut {
		return
	}
	c.settle()
	if c.InputAudio > c.Input || c.OutputAudio > c.Output {
		m.mark(trace.MarkBadNumber)
		c.InputAudio, c.OutputAudio = min(c.InputAudio, c.Input), min(c.OutputAudio, c.Output)
	}
	m.out.Usage = usage.Usage{Tokens: c.Tokens, Source: usage.Reported, Rollup: rollsUp(m.out.Kind)}
}

// rollsUp says whether tokens on a span of this kind repeat those of spans below it.
func rollsUp(k trace.Kind) bool {
	switch k {
	case trace.AgentRun, trace.Workflow, trace.Task, trace.ToolCall, trace.Other:
		return true
	}
	return false
}

// count answers a field as a count; what is no whole number within reason is ignored and marked.
func (m *mapping) count(f field) (int64, bool) {
	v := m.at[f]
	if v == nil {
		return 0, false
	}
	return m.whole(*v)
}

func (m *mapping) whole(v attr.Value) (int64, bool) {
	n, ok := v.Number()
	if !ok || n < 0 || n > maxCount || n != math.Trunc(n) {
		m.mark(trace.MarkBadNumber)
		return 0, false
	}
	return int64(n), true
}

// derive fills a missing whole from the total, and takes the total for the input where nothing is put out.
func (m *mapping) derive(c *counts) {
	if !c.hasTotal {
		return
	}
	switch {
	case c.hasIn && c.hasOut:
	case c.hasIn && c.total >= c.Input:
		c.Output, c.hasOut = c.total-c.Input, true
	case c.hasOut && c.total >= c.Output:
		c.Input, c.hasIn = c.total-c.Output, true
	case !c.hasIn && !c.hasOut && (m.out.Kind == trace.Embedding || m.out.Kind == trace.Rerank):
		c.Input, c.hasIn = c.total, true
	}
}

// settle makes the wholes include their parts. Arithmetic decides where it can: parts larger than their whole cannot be
// inside it, and a total shows what was added up. Else the emitter's convention holds.
func (c *counts) settle() {
	if cache := c.CacheRead + c.CacheWrite; cache > 0 {
		apart := c.partsApart
		switch {
		case cache > c.Input:
			apart = true
		case c.inputConfirmed:
			apart = false
		case !c.hasTotal:
		case c.total == c.Input+c.Output, c.partsApart && c.total == c.Input+c.Output+c.Reasoning:
			apart = false
		case c.total == c.Input+cache+c.Output, c.total == c.Input+cache+c.Output+c.Reasoning:
			apart = true
		}
		if apart {
			c.Input += cache
		}
	}
	if c.Reasoning > 0 {
		apart := c.partsApart
		switch {
		case c.Reasoning > c.Output:
			apart = true
		case !c.hasTotal:
		case c.total == c.Input+c.Output:
			apart = false
		case c.total == c.Input+c.Output+c.Reasoning:
			apart = true
		}
		if apart {
			c.Output += c.Reasoning
		}
	}
}

// usageJSON reads the JSON objects of MLflow and Langfuse. MLflow's input includes the cache. Langfuse's types are
// disjoint, and any key that begins with input or output adds to that side, except in OpenAI's own shape.
func (m *mapping) usageJSON(c *counts) {
	u := structured(m.value(fUsageJSON)).Map()
	langfuse := m.source(fUsageJSON) == "langfuse.observation.usage_details"
	shaped := false // OpenAI's names, with details in nested objects
	for _, kv := range u {
		if kv.Key == "prompt_tokens" || kv.Key == "input_tokens" || kv.Key == "completion_tokens" {
			shaped = true
		}
	}
	c.partsApart = langfuse && !shaped
	for _, kv := range u {
		if kv.Value.Kind() == attr.Map {
			for _, inner := range kv.Value.Map() {
				m.usageEntry(c, kv.Key+"."+inner.Key, inner.Value)
			}
			continue
		}
		m.usageEntry(c, kv.Key, kv.Value)
	}
}

func (m *mapping) usageEntry(c *counts, key string, v attr.Value) {
	if v.IsNull() {
		return
	}
	n, ok := m.whole(v)
	if !ok {
		return
	}
	switch key {
	case "input", "input_tokens", "prompt_tokens", "promptTokens", "inputTokens":
		c.Input, c.hasIn = c.Input+n, true
	case "output", "output_tokens", "completion_tokens", "completionTokens", "outputTokens":
		c.Output, c.hasOut = c.Output+n, true
	case "total", "total_tokens", "totalTokens":
		c.total, c.hasTotal = n, true
	default:
		m.usagePart(c, key, n)
	}
}

// usagePart files a part. An unknown part of a disjoint record still is tokens of its side.
func (m *mapping) usagePart(c *counts, key string, n int64) {
	in := strings.HasPrefix(key, "input") || strings.HasPrefix(key, "prompt")
	out := strings.HasPrefix(key, "output") || strings.HasPrefix(key, "completion")
	switch {
	case strings.Contains(key, "cache") && (strings.Contains(key, "creation") || strings.Contains(key, "write")):
		c.CacheWrite += n
	case strings.Contains(key, "cache") && !out:
		c.CacheRead += n
	case strings.Contains(key, "reasoning"), strings.Contains(key, "thought"):
		c.Reasoning += n
	case in && strings.Contains(key, "audio"):
		c.InputAudio += n
		c.addApart(&c.Input, n)
	case out && strings.Contains(key, "audio"):
		c.OutputAudio += n
		c.addApart(&c.Output, n)
	case in:
		c.addApart(&c.Input, n)
	case out:
		c.addApart(&c.Output, n)
	}
}

func (c *counts) addApart(side *int64, n int64) {
	if c.partsApart {
		*side += n
	}
}

// providerUsage reads what the AI SDK passes on from the provider. Before version 6 its input excluded the cache for
// Anthropic and Bedrock; the provider's own count beside it shows which of the two it is.
func (m *mapping) providerUsage(c *counts) {
	text := m.text(fProviderJSON)
	if !strings.Contains(text, `"cache`) {
		return
	}
	meta := structured(m.value(fProviderJSON)).Map()
	p := pick(meta, "anthropic", "bedrock").Map()
	if p == nil {
		return
	}
	u := pick(p, "usage").Map()
	read, hasRead := m.optional(pick(u, "cache_read_input_tokens", "cacheReadInputTokens"), pick(p, "cacheReadInputTokens"))
	write, hasWrite := m.optional(pick(u, "cache_creation_input_tokens", "cacheWriteInputTokens"), pick(p, "cacheCreationInputTokens"))
	if hasRead && c.CacheRead == 0 {
		c.CacheRead = read
	}
	if hasWrite && c.CacheWrite == 0 {
		c.CacheWrite = write
	}
	own, known := m.optional(pick(u, "input_tokens"), attr.Value{})
	if !c.hasIn || c.CacheRead+c.CacheWrite == 0 {
		return
	}
	if !known || own == c.Input {
		c.Input += c.CacheRead + c.CacheWrite
	}
	c.inputConfirmed = true
}

// optional answers the first of two values that is there.
func (m *mapping) optional(a, b attr.Value) (int64, bool) {
	if a.IsNull() {
		a = b
	}
	if a.IsNull() {
		return 0, false
	}
	return m.whole(a)
}
