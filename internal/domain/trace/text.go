package trace

import (
	"strings"

	"steward/internal/base/attr"
)

// MaxSearchText is how much of Text stays searchable per span, in bytes. Callers cut (at a rune) and say that they did.
const MaxSearchText = 32 << 10

// Text answers everything in the content that a person could read or search for, one piece a line: the input's parts, a
// tool's arguments, the output's parts, a tool's result, the documents. Structures appear as JSON; bytes and addresses
// of media do not appear. It is not cut.
func (c *Canonical) Text() string {
	var b strings.Builder
	messagesText(&b, c.Input)
	if c.Tool != nil {
		valueLine(&b, c.Tool.Arguments)
	}
	messagesText(&b, c.Output)
	if c.Tool != nil {
		valueLine(&b, c.Tool.Result)
	}
	for i := range c.Documents {
		line(&b, c.Documents[i].Content)
	}
	return b.String()
}

func messagesText(b *strings.Builder, msgs []Message) {
	for i := range msgs {
		for j := range msgs[i].Parts {
			switch p := &msgs[i].Parts[j]; p.Type {
			case PartText, PartReasoning:
				line(b, p.Text)
			case PartToolCall, PartToolResult, PartData:
				valueLine(b, p.Value)
			}
		}
	}
}

func valueLine(b *strings.Builder, v attr.Value) {
	if !v.IsNull() {
		line(b, v.Text())
	}
}

func line(b *strings.Builder, s string) {
	if s == "" {
		return
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(s)
}
