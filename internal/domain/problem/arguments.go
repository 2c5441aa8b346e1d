package problem

import (
	"fmt"
	"slices"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// maxCalls is how many calls of one answer are looked at.
const maxCalls = 64

// badCalls answers in words which of the answer's tool calls is not as the tool was offered, "" where all are, or where
// it cannot be told.
func (c *Checker) badCalls(s *trace.Span) string {
	if !slices.ContainsFunc(s.Output, func(m trace.Message) bool { return slices.ContainsFunc(m.Parts, isCall) }) {
		return ""
	}
	offered := make(map[string]attr.Value, len(s.ToolsOffered))
	known := len(s.ToolsOffered) > 0
	for i := range s.ToolsOffered {
		offered[s.ToolsOffered[i].Name] = s.ToolsOffered[i].Schema
		// A tool without a schema may be one of the provider's, which brings names of its own.
		known = known && !s.ToolsOffered[i].Schema.IsNull()
	}
	first, more, seen := "", 0, 0
	for i := range s.Output {
		for j := range s.Output[i].Parts {
			p := &s.Output[i].Parts[j]
			if !isCall(*p) {
				continue
			}
			if seen++; seen > maxCalls {
				break
			}
			schema, has := offered[p.Name]
			words := ""
			if known && !has {
				words = "was not offered"
			} else {
				words = c.misfit(p.Value, schema)
			}
			switch {
			case words == "":
			case first == "":
				first = p.Name + ": " + words
			default:
				more++
			}
		}
	}
	if more > 0 {
		first = fmt.Sprintf("%s, and %d more", Line(first, maxDetail-20), more)
	}
	return first
}

func isCall(p trace.Part) bool { return p.Type == trace.PartToolCall && p.Name != "" }

// misfit answers how arguments are not what a tool takes, "" where they are. Absent ones are unknown, not wrong.
func (c *Checker) misfit(v, schema attr.Value) string {
	if v.Kind() == attr.String {
		text := strings.TrimSpace(v.Str())
		if text == "" {
			return ""
		}
		parsed, ok := attr.ParseJSON(text)
		if inner := strings.TrimSpace(parsed.Str()); ok && strings.HasPrefix(inner, "{") { // written as JSON twice
			parsed, ok = attr.ParseJSON(inner)
			text = inner
		}
		switch {
		case ok:
			v = parsed
		case strings.HasPrefix(text, "{"), takesObject(schema):
			return "arguments are not JSON"
		default:
			return "" // a tool that takes plain text
		}
	}
	if v.IsNull() || schema.Kind() != attr.Map {
		return ""
	}
	return c.schemas.misfit(v, schema)
}

func takesObject(schema attr.Value) bool {
	m := schema.Map()
	_, has := m.Get("properties")
	return has || m.Str("type") == "object"
}
