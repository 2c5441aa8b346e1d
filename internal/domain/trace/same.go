package trace

import (
	"maps"
	"slices"

	"steward/internal/base/attr"
	"steward/internal/domain/usage"
)

// Same says whether two mappings of a span say the same. Absent and empty lists are the same, and so are amounts that
// differ only in how they are written; which price book derived a cost does not matter where the cost is the same.
func Same(a, b *Canonical) bool {
	return a.Kind == b.Kind && a.FirstToken == b.FirstToken && a.Service == b.Service && a.Environment == b.Environment &&
		a.Release == b.Release && a.Level == b.Level && a.Session == b.Session && a.User == b.User && a.Agent == b.Agent &&
		slices.Equal(a.Tags, b.Tags) && a.Derived == b.Derived && a.Model == b.Model && a.FinishReason == b.FinishReason &&
		sameUsage(a.Usage, b.Usage) && a.Prompt == b.Prompt && maps.Equal(a.Assets, b.Assets) &&
		SameCost(a.Cost, b.Cost) && sameMoney(a.ReportedCost, b.ReportedCost) && sameTool(a.Tool, b.Tool) &&
		slices.EqualFunc(a.ToolsOffered, b.ToolsOffered, sameOffer) && slices.EqualFunc(a.Input, b.Input, sameMessage) &&
		slices.Equal(a.Problems, b.Problems) && slices.EqualFunc(a.Output, b.Output, sameMessage) && slices.EqualFunc(a.Documents, b.Documents, sameDocument) &&
		a.Mapper.Version == b.Mapper.Version && a.Mapper.Emitter == b.Mapper.Emitter && slices.Equal(a.Mapper.Unmapped, b.Mapper.Unmapped)
}

func sameUsage(a, b usage.Usage) bool {
	return a.Tokens == b.Tokens && maps.Equal(a.Units, b.Units) && a.Source == b.Source && a.Rollup == b.Rollup
}

// SameCost says whether two costs are the same, whichever price book derived them.
func SameCost(a, b usage.Cost) bool {
	return a.State == b.State && a.Currency == b.Currency && a.Price == b.Price && a.Reason == b.Reason && a.Amount.Equal(b.Amount)
}

func sameMoney(a, b *usage.Money) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Currency == b.Currency && a.Mixed == b.Mixed && a.Amount.Equal(b.Amount)
}

func sameTool(a, b *Tool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Name == b.Name && a.CallID == b.CallID && a.Digest == b.Digest && attr.Equal(a.Arguments, b.Arguments) && attr.Equal(a.Result, b.Result)
}

func sameOffer(a, b ToolOffer) bool {
	return a.Name == b.Name && a.Description == b.Description && attr.Equal(a.Schema, b.Schema)
}

func sameMessage(a, b Message) bool {
	return a.Role == b.Role && a.Name == b.Name && a.FinishReason == b.FinishReason && slices.EqualFunc(a.Parts, b.Parts, samePart)
}

func samePart(a, b Part) bool {
	return a.Type == b.Type && a.Text == b.Text && a.ID == b.ID && a.Name == b.Name && attr.Equal(a.Value, b.Value) &&
		a.MIME == b.MIME && a.Blob == b.Blob && string(a.Bytes) == string(b.Bytes) && a.URI == b.URI
}

func sameDocument(a, b Document) bool {
	if (a.Score == nil) != (b.Score == nil) || a.Score != nil && *a.Score != *b.Score {
		return false
	}
	return a.ID == b.ID && a.Content == b.Content && attr.Equal(a.Metadata, b.Metadata)
}
