package price

import (
	"maps"
	"slices"
	"strings"
)

// maxName bounds the names that are looked at; a longer one is no model's.
const maxName = 256

// gateways are names of programs that pass calls on and say nothing about who serves the model; the model's own name
// decides then.
var gateways = map[string]bool{"": true, "gateway": true, "ai-gateway": true, "vercel": true, "vercel-ai-gateway": true,
	"litellm": true, "litellm-proxy": true, "langchain": true, "other": true, "unknown": true}

// normalise writes a provider's name in lower case with every run of separators as one "-".
func normalise(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		switch r {
		case ' ', '.', '_', '-', '/', ':':
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte('-')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// provider finds the provider that a name means. A name such as "openai.responses" or "google.vertex.chat" is tried
// whole, then without its last words. Names of compatible or custom services mean nobody, whatever they begin with.
func (c *Catalogue) provider(name string) *provider {
	if len(name) > maxName {
		return nil
	}
	lower := strings.ToLower(strings.TrimSpace(name))
	if strings.Contains(lower, "compat") || strings.Contains(lower, "custom") {
		return nil
	}
	for lower != "" {
		if p := c.byName[normalise(lower)]; p != nil {
			return p
		}
		i := strings.LastIndexAny(lower, "./:")
		if i < 0 {
			return nil
		}
		lower = lower[:i]
	}
	return nil
}

// ProviderID answers the canonical id for a provider's name as an emitter writes it ("az.ai.openai" is "azure"); for a
// name the catalogue does not know it is the normalised name itself.
func (c *Catalogue) ProviderID(name string) string {
	if p := c.provider(name); p != nil {
		return p.id
	}
	if len(name) > maxName {
		return ""
	}
	return normalise(strings.TrimSpace(name))
}

// found is a model with the provider at whose price it is.
type found struct {
	provider *provider
	model    *model
}

// find looks a model up under a provider's name as emitters write it. The provider may be empty or a gateway's name;
// then the model's name must say who serves it.
func (c *Catalogue) find(providerName, modelName string) (found, bool) {
	name := strings.ToLower(strings.TrimSpace(modelName))
	if name == "" || len(name) > maxName || len(providerName) > maxName {
		return found{}, false
	}
	if p := c.provider(providerName); p != nil {
		return c.findIn(p, name)
	}
	switch n := normalise(strings.TrimSpace(providerName)); {
	case n == "huggingface" || n == "hf":
		return c.findRouted(name)
	case !gateways[n]:
		return found{}, false
	}
	return c.infer(name)
}

// findRouted reads "org/model:host", the form in which a router names who serves a model.
func (c *Catalogue) findRouted(name string) (found, bool) {
	i := strings.LastIndexByte(name, ':')
	if i < 0 {
		return found{}, false
	}
	p := c.byName[normalise("huggingface "+name[i+1:])]
	if p == nil {
		return found{}, false
	}
	return c.findIn(p, name[:i])
}

// findIn looks a lower-case name up with a provider and then with those whose models it serves.
func (c *Catalogue) findIn(p *provider, name string) (found, bool) {
	names := c.spellings(p, name)
	for _, n := range names {
		if m := p.lookup(n); m != nil {
			return found{p, m}, true
		}
	}
	for _, id := range p.fallback {
		other := c.byName[normalise(id)]
		for _, n := range names {
			if m := other.lookup(n); m != nil {
				return found{other, m}, true
			}
		}
	}
	return found{}, false
}

// lookup finds a model by id or literal name, else by the pattern that names most of it; among equals the first.
func (p *provider) lookup(name string) *model {
	if m := p.exact[name]; m != nil {
		return m
	}
	var best *model
	most := -1
	for i := range p.globs {
		if w, ok := p.globs[i].pattern.match(name); ok && w > most {
			best, most = p.globs[i].model, w
		}
	}
	return best
}

// bedrockRegions are the prefixes of inference profiles that keep traffic in a part of the world. "global." is not
// among them: it has prices of its own, and taking it away would charge a region's.
var bedrockRegions = []string{"us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "ca.", "sa.", "me.", "uk.", "in."}

// spellings lists the forms under which a provider's list may hold a model: as written, without the path of a resource
// name, without the provider's own name before it, without the region of an inference profile.
func (c *Catalogue) spellings(p *provider, name string) []string {
	out := append(make([]string, 0, 4), name)
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		if strings.HasPrefix(name, "arn:") || strings.HasPrefix(name, "models/") || strings.Contains(name, "/models/") {
			name = name[i+1:]
			out = append(out, name)
		} else if head, rest, _ := strings.Cut(name, "/"); c.byName[normalise(head)] == p {
			name = rest
			out = append(out, name)
		}
	}
	for _, prefix := range bedrockRegions {
		if rest, ok := strings.CutPrefix(name, prefix); ok && p.id == "aws" {
			return append(out, rest)
		}
	}
	return out
}

// infer finds the provider by the model's name alone: an ARN, a provider's name before the first slash, or a family of
// names that exactly one provider's rules claim and can price. Whatever two could have served stays unknown.
func (c *Catalogue) infer(name string) (found, bool) {
	if strings.HasPrefix(name, "arn:") {
		if p := c.byName["aws"]; p != nil && strings.Contains(name, ":bedrock:") {
			return c.findIn(p, name)
		}
		return found{}, false
	}
	if head, rest, ok := strings.Cut(name, "/"); ok {
		if p := c.provider(head); p != nil {
			return c.findIn(p, rest)
		}
		if gateways[normalise(head)] {
			return c.infer(rest)
		}
	}
	var only found
	for _, p := range c.providers {
		if !matchAny(p.infer, name) || matchAny(p.inferNot, name) {
			continue
		}
		f, ok := c.findIn(p, name)
		if !ok {
			continue
		}
		if only.model != nil && only.model != f.model {
			return found{}, false
		}
		only = f
	}
	return only, only.model != nil
}

// at answers the period that applies at a time: the last that covers it, else the first.
func (m *model) at(t int64) int {
	for i := len(m.periods) - 1; i > 0; i-- {
		if p := &m.periods[i]; (p.ValidFrom == 0 || p.ValidFrom <= t) && p.Daily.covers(t) {
			return i
		}
	}
	return 0
}

// Resolve answers what a model costs at a time (Unix nanoseconds, UTC), with names as emitters write them. It answers
// false when the model is unknown, when its name could mean several, and when no price is published for it.
func (c *Catalogue) Resolve(provider, model string, at int64) (Price, bool) {
	f, ok := c.find(provider, model)
	if !ok || f.model.unpriced {
		return Price{}, false
	}
	return c.price(f, f.model.at(at)), true
}

// price writes a found model's period as a Price; the provider's services stand in where the period names none.
func (c *Catalogue) price(f found, period int) Price {
	p := Price{ID: c.id + " " + f.provider.id + "/" + f.model.id, Provider: f.provider.id, Model: f.model.id,
		Currency: c.currency, Batch: f.provider.batch, HasBatch: f.provider.hasBatch, Period: f.model.periods[period]}
	if len(f.provider.services) == 0 {
		return p
	}
	services, once := maps.Clone(f.provider.services), slices.Clone(p.Once)
	for _, name := range f.provider.once {
		if _, own := p.Services[name]; !own {
			once = append(once, name)
		}
	}
	maps.Copy(services, p.Services)
	p.Services, p.Once = services, once
	return p
}
