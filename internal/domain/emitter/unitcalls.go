package emitter

import (
	"iter"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// calls counts what the provider ran by itself, as its own output tells it call by call.
func (m *mapping) calls() tally {
	for _, f := range [...]field{fOutMessages, fOutValue} {
		v := m.value(f)
		if s := v.Str(); v.IsNull() || s != "" && !mayCount(s) {
			continue
		}
		t := tally{}
		t.countCalls(structured(v), 0)
		if len(t) > 0 {
			return t
		}
	}
	return nil
}

// maxCallDepth bounds how deep calls are looked for: answer, message, part and the lists between.
const maxCallDepth = 8

func (t tally) countCalls(v attr.Value, depth int) {
	if depth > maxCallDepth {
		return
	}
	for _, e := range v.List() {
		t.countCalls(structured(e), depth+1)
	}
	m := v.Map()
	if name := providerCall(m); name != "" {
		t[name]++
		return
	}
	for i := range m {
		switch m[i].Key { // what a call was given or answered is no call
		case "output", "content", "parts", "message", "messages", "choices", "response":
			t.countCalls(structured(m[i].Value), depth+1)
		}
	}
}

// providerCall answers the piece that a part of an output stands for, "" for none. Of OpenAI's searches only those that
// searched are billed, not pages that were opened; what failed is not billed.
func providerCall(m attr.Attrs) string {
	typ := m.Str("type")
	switch {
	case typ == "" || m.Str("status") == "failed":
		return ""
	case itemNames[typ] != "":
		if !searched(pick(m, "action").Map()) {
			return ""
		}
		return itemNames[typ]
	case typ == "server_tool_use", typ == "server_tool_call", typ == "tool_call" && pick(m, "builtin").Bool():
		tool := m.Str("name")
		if inner := pick(m, "server_tool_call").Map().Str("type"); inner != "" {
			tool = inner
		}
		return toolPiece(tool)
	}
	return ""
}

// itemNames are the items of an output of OpenAI that stand for what it ran.
var itemNames = map[string]string{"web_search_call": usage.WebSearch, "file_search_call": usage.FileSearch, "image_generation_call": usage.Image}

// searched says whether an action of OpenAI's web search is a search; others open a page or find something in one.
func searched(action attr.Attrs) bool {
	typ := action.Str("type")
	return typ == "" || typ == "search"
}

// toolPiece answers the piece that a provider's tool stands for, whose names carry dates and versions.
func toolPiece(tool string) string {
	for _, t := range [...]struct{ prefix, piece string }{{"web_search", usage.WebSearch}, {"google_search", usage.WebSearch},
		{"x_search", usage.XSearch}, {"file_search", usage.FileSearch}, {"image_generation", usage.Image}} {
		if strings.HasPrefix(tool, t.prefix) {
			return t.piece
		}
	}
	return ""
}

// namedCalls counts what the provider ran among the tool calls of the output: by the name of OpenAI's item, which
// OpenTelemetry's and OpenInference's instrumentations take for the tool's, or by the name under which the AI SDK offered a
// provider's tool. Where it is not told which of OpenAI's calls searched, all are taken for searches, and the span says so;
// known says that a better source tells how many searches there were.
func (m *mapping) namedCalls(known bool) tally {
	offered := m.providerTools()
	results := map[string]attr.Attrs{}
	for part := range m.outputParts() {
		if part.Type == trace.PartToolResult {
			results[part.ID] = part.Value.Map()
		}
	}
	t := tally{}
	for part := range m.outputParts() {
		if part.Type != trace.PartToolCall {
			continue
		}
		piece, action := itemNames[part.Name], part.Value.Map()
		told := action != nil
		if piece == "" {
			var result attr.Attrs
			piece = offered[part.Name]
			result, told = results[part.ID]
			action = pick(result, "action").Map()
		}
		switch {
		case piece == "", !searched(action):
			continue
		case piece == usage.WebSearch && !told && !known:
			m.mark(trace.MarkUnitsAssumed)
		}
		t[piece]++
	}
	return t
}

func (m *mapping) outputParts() iter.Seq[*trace.Part] {
	return func(yield func(*trace.Part) bool) {
		for i := range m.out.Output {
			for j := range m.out.Output[i].Parts {
				if !yield(&m.out.Output[i].Parts[j]) {
					return
				}
			}
		}
	}
}

// providerTools answers the pieces of the provider's own tools among those offered, by the name each has in this call.
func (m *mapping) providerTools() map[string]string {
	v := m.value(fTools)
	if s := v.Str(); v.IsNull() || s != "" && !strings.Contains(s, `"provider`) {
		return nil
	}
	var out map[string]string
	for _, e := range structured(v).List() {
		tool := structured(e).Map()
		if typ := tool.Str("type"); typ != "provider" && typ != "provider-defined" {
			continue
		}
		_, id, _ := strings.Cut(tool.Str("id"), ".") // openai.web_search
		if piece := toolPiece(id); piece != "" {
			if out == nil {
				out = map[string]string{}
			}
			out[tool.Str("name")] = piece
		}
	}
	return out
}
