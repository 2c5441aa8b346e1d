package row

import (
	"unicode/utf8"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// The two text columns part what trace.Canonical.Text gives as one, so that a filter can search either: the rules of
// what a reader sees are the same there and here.

func appendInputText(b []byte, s *trace.Span) []byte {
	b = appendMessages(b, s.Input)
	if s.Tool != nil {
		b = appendPiece(b, s.Tool.Arguments)
	}
	return b
}

func appendOutputText(b []byte, s *trace.Span) []byte {
	b = appendMessages(b, s.Output)
	if s.Tool != nil {
		b = appendPiece(b, s.Tool.Result)
	}
	for i := range s.Documents {
		b = appendLine(b, s.Documents[i].Content)
	}
	return b
}

func appendMessages(b []byte, messages []trace.Message) []byte {
	for i := range messages {
		for j := range messages[i].Parts {
			switch p := &messages[i].Parts[j]; p.Type {
			case trace.PartText, trace.PartReasoning:
				b = appendLine(b, p.Text)
			case trace.PartToolCall, trace.PartToolResult, trace.PartData:
				b = appendPiece(b, p.Value)
			}
		}
	}
	return b
}

func appendPiece(b []byte, v attr.Value) []byte {
	switch v.Kind() {
	case attr.Null:
		return b
	case attr.String:
		return appendLine(b, v.Str())
	case attr.List, attr.Map:
		if len(b) > 0 {
			b = append(b, '\n')
		}
		return v.AppendJSON(b)
	}
	return appendLine(b, v.Text())
}

func appendLine(b []byte, s string) []byte {
	if s == "" {
		return b
	}
	if len(b) > 0 {
		b = append(b, '\n')
	}
	return append(b, s...)
}

// cutText answers the longest prefix of b of at most n bytes that ends on the border of a character.
func cutText(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// firstUserText answers the text of the first user message that has any, cut after PreviewChars characters.
func firstUserText(s *trace.Span) string {
	for i := range s.Input {
		if s.Input[i].Role == "user" {
			if t := preview(&s.Input[i]); t != "" {
				return t
			}
		}
	}
	return ""
}

// lastAnswerText is firstUserText for the last output message that has any text.
func lastAnswerText(s *trace.Span) string {
	for i := len(s.Output) - 1; i >= 0; i-- {
		if t := preview(&s.Output[i]); t != "" {
			return t
		}
	}
	return ""
}

func preview(m *trace.Message) (out string) {
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.Type != trace.PartText || p.Text == "" {
			continue
		}
		if out != "" {
			out += "\n"
		}
		out += cutChars(p.Text, PreviewChars)
		if len(out) >= 4*PreviewChars {
			break
		}
	}
	return cutChars(out, PreviewChars)
}

func cutChars(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
