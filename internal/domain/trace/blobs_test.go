package trace

import (
	"slices"
	"testing"

	"steward/internal/base/attr"
)

func TestBlobsAreFoundWhereverTheyAreNamed(t *testing.T) {
	ref := func(name string) attr.Value { return BlobValue(name, "string", 70_000) }
	s := Span{Raw: Raw{
		Attributes: attr.Attrs{{Key: "a", Value: ref("attribute")}, {Key: "again", Value: ref("attribute")},
			{Key: "deep", Value: attr.ListOf(attr.MapOf(attr.Attrs{{Key: "k", Value: ref("nested")}}))},
			{Key: "lookalike", Value: attr.MapOf(attr.Attrs{{Key: refKey, Value: attr.Str("no")}})}},
		Events: []Event{{Body: ref("body"), Attributes: attr.Attrs{{Key: "e", Value: ref("event")}}}},
	}, Canonical: Canonical{
		Input:  []Message{{Parts: []Part{{Type: PartText, Blob: "text"}, {Type: PartToolCall, Value: ref("call")}}}},
		Output: []Message{{Parts: []Part{{Type: PartMedia, Blob: "media"}}}},
		Tool:   &Tool{Arguments: ref("arguments"), Result: ref("result")},
	}}
	got := s.AppendBlobs(nil)
	want := []string{"arguments", "attribute", "body", "call", "event", "media", "nested", "result", "text"}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
