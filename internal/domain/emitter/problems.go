package emitter

import (
	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// problems notes what only the emitter's own words tell. What canonical fields show is domain/problem's to find.
func (m *mapping) problems() {
	if m.raw.StatusCode == trace.StatusError {
		return
	}
	switch m.out.Kind {
	case trace.ToolCall:
		if words := m.toolFailed(); words != "" {
			m.out.Problems = []trace.Problem{{Code: trace.ToolError, Detail: words}}
		}
	case trace.Retrieval:
		if m.raw.End != 0 && m.foundNone() {
			m.out.Problems = []trace.Problem{{Code: trace.EmptyRetrieval, Detail: "no documents found"}}
		}
	}
}

// toolFailed answers what the envelope of a tool's result says of an error, "" where it says none: the envelope is not
// kept in the canonical result.
func (m *mapping) toolFailed() string {
	if s := m.text(fErrorType); s != "" {
		return "error.type is " + s
	}
	result := unquoted(m.value(fToolResult))
	if m.outIsResult() {
		result = unquoted(m.value(fOutValue))
	}
	if msg := toolMessage(result); msg != nil && msg.Str("status") == "error" {
		return pick(msg, "content").Text()
	}
	if typ := result.Map().Str("type"); typ == "error-text" || typ == "error-json" {
		return resultValue(result).Text()
	}
	return ""
}

// foundNone says that the emitter sends what a retrieval found, or how much, and that this was nothing. What is not
// sent is not empty.
func (m *mapping) foundNone() bool {
	switch {
	case len(m.out.Documents) > 0:
		return false
	case m.has(fDocuments):
		return emptyList(structured(m.value(fDocuments)))
	case m.has(fFound):
		n, _ := m.value(fFound).Number()
		return n == 0
	case m.has(fOutValue):
		return emptyList(foundList(unquoted(m.value(fOutValue))))
	}
	return false
}

func emptyList(v attr.Value) bool { return v.Kind() == attr.List && len(v.List()) == 0 }
