package trace

import (
	"unicode/utf8"

	"steward/internal/base/attr"
)

// MaxSearchText is how much of a side's text stays searchable per span, in bytes; callers cut and say that they did.
const MaxSearchText = 32 << 10

// Text answers everything in the content that a person could read or search for, one piece a line: the input, then
// the output. It is not cut.
func (s *Canonical) Text() string {
	in := s.AppendInputText(nil)
	if out := s.AppendOutputText(nil); len(out) > 0 {
		if len(in) > 0 {
			in = append(in, '\n')
		}
		in = append(in, out...)
	}
	return string(in)
}

// AppendInputText appends what full-text search sees of the span's input: its messages and, for a tool, the arguments.
// Pieces are parted by line breaks. JSON values appear in their stored form.
func (s *Canonical) AppendInputText(b []byte) []byte {
	b = appendMessages(b, s.Input)
	if s.Tool != nil {
		b = appendPiece(b, s.Tool.Arguments)
	}
	return b
}

// AppendOutputText is AppendInputText for the answers, a tool's result and the documents found.
func (s *Canonical) AppendOutputText(b []byte) []byte {
	b = appendMessages(b, s.Output)
	if s.Tool != nil {
		b = appendPiece(b, s.Tool.Result)
	}
	for i := range s.Documents {
		b = appendLine(b, s.Documents[i].Content)
	}
	return b
}

// Text answers a message's text parts, parted by line breaks.
func (m *Message) Text() string {
	var out string
	for i := range m.Parts {
		if p := &m.Parts[i]; p.Type == PartText && p.Text != "" {
			if out != "" {
				out += "\n"
			}
			out += p.Text
		}
	}
	return out
}

func appendMessages(b []byte, messages []Message) []byte {
	for i := range messages {
		for j := range messages[i].Parts {
			p := &messages[i].Parts[j]
			if p.Type == PartToolCall {
				b = appendLine(b, p.Name)
			}
			b = appendLine(b, p.Text)
			if p.Type != PartReasoning { // there it is a signature
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
	}
	if len(b) > 0 {
		b = append(b, '\n')
	}
	return v.AppendJSON(b)
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

// CutText answers the longest prefix of b that has at most n bytes and ends on the border of a character.
func CutText(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}
