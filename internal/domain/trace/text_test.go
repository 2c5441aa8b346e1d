package trace

import (
	"testing"

	"steward/internal/base/attr"
)

func TestTextKeepsTheOrderOfReading(t *testing.T) {
	c := Canonical{
		Input: []Message{
			{Role: "system", Parts: []Part{{Type: PartText, Text: "Be brief."}}},
			{Role: "user", Parts: []Part{{Type: PartText, Text: "Look"}, {Type: PartMedia, MIME: "image/png", Bytes: []byte("png")}, {Type: PartText}}},
			{Role: "tool", Parts: []Part{{Type: PartToolResult, Value: attr.Str("rain")}}},
		},
		Output: []Message{{Role: "assistant", Parts: []Part{
			{Type: PartReasoning, Text: "Hm.", Value: attr.Str("signature")},
			{Type: PartToolCall, Name: "f", Value: attr.MapOf(attr.Attrs{{Key: "city", Value: attr.Str("Oslo")}})},
			{Type: PartData, Value: attr.ListOf(attr.Int64(1))},
		}}},
		Tool:      &Tool{Arguments: attr.Str("args"), Result: attr.Str("result")},
		Documents: []Document{{Content: "doc"}, {}},
	}
	want := "Be brief.\nLook\nrain\nargs\nHm.\nf\n{\"city\":\"Oslo\"}\n[1]\nresult\ndoc"
	if got := c.Text(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&Canonical{}).Text(); got != "" {
		t.Errorf("got %q of nothing", got)
	}
}
