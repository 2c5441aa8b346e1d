package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// origin answers where the span came from: the key's pin, then the resource, then the span.
func (m *mapping) origin() {
	var res attr.Attrs
	if m.raw.Resource != nil {
		res = m.raw.Resource.Attributes
	}
	m.out.Service = scalar(res, "service.name")
	m.out.Environment, m.out.Release = m.raw.Pin.Environment, m.raw.Pin.Release
	if m.out.Environment == "" {
		m.out.Environment = firstOf(res, fEnvironment)
	}
	if m.out.Environment == "" {
		m.out.Environment = m.text(fEnvironment)
	}
	if m.out.Release == "" {
		m.out.Release = firstOf(res, fRelease)
	}
	if m.out.Release == "" {
		m.out.Release = m.text(fRelease)
	}
}

func scalar(a attr.Attrs, key string) string {
	v, _ := a.Get(key)
	return v.Text()
}

// firstOf answers the best source of a field among other attributes than the span's.
func firstOf(a attr.Attrs, f field) string {
	if len(a) == 0 {
		return ""
	}
	for i := range rules {
		if rules[i].field != f {
			continue
		}
		for _, key := range rules[i].keys {
			if s := scalar(a, key); s != "" {
				return s
			}
		}
	}
	return ""
}

func (m *mapping) who() {
	m.out.Session = m.text(fSession)
	m.out.User = m.text(fUser)
	if m.out.User == "" {
		m.out.User = m.metadata("user_id")
	}
	m.out.Agent = trace.Named{Name: m.text(fAgent), Version: m.text(fAgentVersion)}
	if m.out.Agent.Name == "" && m.out.Kind == trace.AgentRun {
		m.out.Agent.Name = m.text(fEntity)
	}
	m.out.Tags = m.tags()
	m.out.Level = m.level()
	m.out.Prompt = m.prompt()
}

// tags reads a list of strings, a JSON list in a string, or one tag.
func (m *mapping) tags() []string {
	v := structured(m.value(fTags))
	if v.Kind() != attr.List {
		if s := v.Text(); s != "" {
			return []string{s}
		}
		return nil
	}
	out := make([]string, 0, len(v.List()))
	for _, e := range v.List() {
		if s := e.Text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// level answers default, debug, warning or error. Logfire's numbers are those of OpenTelemetry's log severities.
func (m *mapping) level() string {
	switch strings.ToLower(m.text(fLevel)) {
	case "debug", "trace":
		return "debug"
	case "warning", "warn":
		return "warning"
	case "error", "critical", "fatal":
		return "error"
	case "":
	default:
		return "default"
	}
	if v := m.at[fLevelNumber]; v != nil {
		n, _ := v.Number()
		switch {
		case n >= 17:
			return "error"
		case n >= 13:
			return "warning"
		case n < 9:
			return "debug"
		}
	}
	return "default"
}

func (m *mapping) prompt() trace.Named {
	p := trace.Named{Name: m.text(fPromptName), Version: m.text(fPromptVersion)}
	if p.Name != "" {
		return p
	}
	v := structured(m.value(fPromptJSON))
	if l := v.List(); len(l) > 0 {
		v = l[0]
	}
	if name := scalar(v.Map(), "name"); name != "" {
		return trace.Named{Name: name, Version: scalar(v.Map(), "version")}
	}
	return p
}

func (m *mapping) model() {
	m.out.Model = trace.Model{
		Provider:  provider(m.text(fProvider), m.has(fVercelOp)),
		Requested: m.text(fModelRequested),
		Used:      m.text(fModelUsed),
	}
	if m.out.Model.Provider == "" {
		m.out.Model.Provider = langChainProvider(m.metadata("ls_provider"))
	}
	if m.out.Model.Requested == "" && m.has(fParameters) && strings.Contains(m.text(fParameters), `"model"`) {
		m.out.Model.Requested = scalar(structured(m.value(fParameters)).Map(), "model")
	}
	if m.out.Model.Requested == "" && m.out.Model.Used == "" && (m.out.Kind == trace.LLM || m.out.Kind == trace.Embedding) {
		m.out.Model.Requested, m.out.Model.Used = m.modelIn(fInValue), m.modelIn(fOutValue)
	}
}

// metadata answers an entry of OpenInference's metadata, which LangChain fills.
func (m *mapping) metadata(key string) string {
	if s := m.text(fMetadata); !strings.Contains(s, key) {
		return ""
	}
	return scalar(structured(m.value(fMetadata)).Map(), key)
}

// langChainProvider answers OpenTelemetry's name of a provider that LangChain names.
func langChainProvider(s string) string {
	switch s {
	case "azure":
		return "azure.ai.openai"
	case "google_genai":
		return "gcp.gemini"
	case "google_vertexai":
		return "gcp.vertex_ai"
	case "amazon_bedrock":
		return "aws.bedrock"
	case "mistral":
		return "mistral_ai"
	case "xai":
		return "x_ai"
	}
	return strings.ToLower(s)
}

// modelIn answers the model that a whole request or answer names.
func (m *mapping) modelIn(f field) string {
	if s := m.text(f); !looksJSON(s) || !strings.Contains(s, `"model"`) {
		return ""
	}
	return pick(structured(m.value(f)).Map(), "model").Str()
}

// vercelProviders are the AI SDK's provider names, which carry an API behind a dot, as OpenTelemetry names them.
var vercelProviders = [...][2]string{
	{"google.vertex", "gcp.vertex_ai"}, {"google-vertex", "gcp.vertex_ai"}, {"vertex", "gcp.vertex_ai"},
	{"google", "gcp.gemini"}, {"amazon-bedrock", "aws.bedrock"}, {"bedrock", "aws.bedrock"},
	{"azure-openai", "azure.ai.openai"}, {"azure", "azure.ai.openai"}, {"mistral", "mistral_ai"}, {"xai", "x_ai"},
}

// provider answers the provider's name in small letters; an AI SDK name loses its API ("openai.responses" is openai).
func provider(s string, vercel bool) string {
	s = strings.ToLower(s)
	if !vercel {
		return s
	}
	for _, p := range vercelProviders {
		if rest, ok := strings.CutPrefix(s, p[0]); ok && (rest == "" || rest[0] == '.' || rest[0] == '-') {
			return p[1]
		}
	}
	s, _, _ = strings.Cut(s, ".")
	return s
}
