package httpapi

import (
	"encoding/json"

	"steward/api"
	"steward/internal/base/attr"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/look"
)

// WireSpan answers a span as it goes over the wire.
func WireSpan(in look.Span) api.Span {
	s := in.Span
	out := api.Span{
		Project: string(s.Project), TraceID: s.Trace.String(), SpanID: s.ID.String(), Name: s.Name, Kind: string(s.Kind),
		OTelKind: s.OTelKind, Start: Time(s.Start), End: TimeOrNull(s.End),
		Status:  api.Status{Code: string(s.StatusCode), Message: s.StatusText},
		Service: s.Service, Environment: s.Environment, Release: s.Release, Level: s.Level, Session: s.Session, User: s.User,
		Agent: wireNamed(s.Agent), Tags: list(s.Tags), Derived: s.Derived,
		Model:        api.Model{Provider: s.Model.Provider, Requested: s.Model.Requested, Used: s.Model.Used, ContextWindow: in.Window},
		FinishReason: s.FinishReason, Usage: wireUsage(s.Usage), Cost: wireCost(s.Cost), ReportedCost: wireMoney(s.ReportedCost),
		Prompt: wireNamed(s.Prompt), Assets: s.Assets, Scores: wireScores(in.Scores), TraceState: s.TraceState,
		Problems: make([]api.Problem, len(s.Problems)), Marks: make([]string, len(s.Marks)), Rev: s.Rev,
		Mapper: api.Mapper{Version: s.Mapper.Version, Emitter: s.Mapper.Emitter, Unmapped: list(s.Mapper.Unmapped)},
	}
	if !s.Parent.IsZero() {
		out.ParentID = s.Parent.String()
	}
	if s.End != 0 {
		out.DurationMS = millis(s.Duration())
	}
	if s.FirstToken != 0 {
		out.FirstTokenMS = millis(s.FirstToken)
	}
	for i, m := range s.Marks {
		out.Marks[i] = string(m)
	}
	if s.Dropped != (trace.Dropped{}) {
		out.Dropped = &api.Dropped{Attributes: s.Dropped.Attributes, Events: s.Dropped.Events, Links: s.Dropped.Links}
	}
	for i, p := range s.Problems {
		out.Problems[i] = api.Problem{Code: string(p.Code), Detail: p.Detail}
	}
	if in.Repeat != nil {
		out.Repeat = &api.Repeat{Group: in.Repeat.Group.String(), N: in.Repeat.N}
	}
	if in.Omitted {
		out.Content = "omitted"
	}
	wireContent(&out, &s)
	return out
}

func wireContent(out *api.Span, s *trace.Span) {
	out.Input, out.Output = wireMessages(s.Input), wireMessages(s.Output)
	for _, t := range s.ToolsOffered {
		out.ToolsOffered = append(out.ToolsOffered, api.ToolOffer{Name: t.Name, Description: t.Description, Schema: wireValue(t.Schema)})
	}
	if s.Tool != nil {
		out.Tool = &api.Tool{Name: s.Tool.Name, CallID: s.Tool.CallID, Arguments: wireValue(s.Tool.Arguments), Result: wireValue(s.Tool.Result)}
	}
	for _, d := range s.Documents {
		out.Documents = append(out.Documents, api.Document{ID: d.ID, Content: d.Content, Score: d.Score, Metadata: wireValue(d.Metadata)})
	}
	out.Attributes = wireAttrs(s.Attributes)
	if s.Resource != nil {
		out.Resource = wireAttrs(s.Resource.Attributes)
	}
	if s.Scope != nil {
		out.Scope = &api.Scope{Name: s.Scope.Name, Version: s.Scope.Version, Attributes: wireAttrs(s.Scope.Attributes)}
	}
	for _, e := range s.Events {
		out.Events = append(out.Events, api.Event{Time: Time(e.Time), Name: e.Name, Attributes: wireAttrs(e.Attributes), Body: wireValue(e.Body), FromLog: e.FromLog})
	}
	for _, l := range s.Links {
		out.Links = append(out.Links, api.Link{TraceID: l.Trace.String(), SpanID: l.Span.String(), Attributes: wireAttrs(l.Attributes)})
	}
}

func wireMessages(in []trace.Message) []api.Message {
	if len(in) == 0 {
		return nil
	}
	out := make([]api.Message, len(in))
	for i, m := range in {
		out[i] = api.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason, Parts: make([]api.Part, len(m.Parts))}
		for k, p := range m.Parts {
			out[i].Parts[k] = api.Part{Type: string(p.Type), Text: p.Text, ID: p.ID, Name: p.Name, Value: wireValue(p.Value), MIME: p.MIME, Blob: p.Blob, URI: p.URI}
		}
	}
	return out
}

func wireNamed(n trace.Named) api.Named { return api.Named{Name: n.Name, Version: n.Version} }

func wireTokens(t usage.Tokens) api.Tokens {
	return api.Tokens{Input: t.Input, Output: t.Output, CacheRead: t.CacheRead, CacheWrite: t.CacheWrite, Reasoning: t.Reasoning,
		InputAudio: t.InputAudio, OutputAudio: t.OutputAudio}
}

func wireUsage(u usage.Usage) *api.Usage {
	if u.Source == "" {
		return nil
	}
	return &api.Usage{Tokens: wireTokens(u.Tokens), Units: u.Units, Source: string(u.Source), Rollup: u.Rollup}
}

func wireCost(c usage.Cost) *api.Cost {
	if c.State == "" {
		return nil
	}
	out := &api.Cost{Currency: c.Currency, State: string(c.State), Price: c.Price, Reason: c.Reason}
	if c.State != usage.Mixed {
		out.Amount = c.Amount.StringFixed(usage.Scale)
	}
	return out
}

func wireMoney(m *usage.Money) *api.Money {
	if m == nil {
		return nil
	}
	if m.Mixed {
		return &api.Money{Mixed: true}
	}
	return &api.Money{Amount: m.Amount.StringFixed(usage.Scale), Currency: m.Currency}
}

func millis(ns int64) *float64 {
	ms := float64(ns) / 1e6
	return &ms
}

// list answers s, or an empty list for nil: lists on the wire are never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func wireScores(in []score.Score) []api.Score {
	out := make([]api.Score, len(in))
	for i, s := range in {
		out[i] = api.Score{ID: s.ID, Name: s.Name, Value: s.Value, Boolean: s.Boolean, Explanation: s.Explanation, Time: Time(s.Time),
			Source: api.ScoreSource{Kind: string(s.Source), Name: s.SourceName}, Target: api.ScoreTarget{Session: s.Session}}
		if s.Label != "" {
			out[i].Label = &in[i].Label
		}
		if !s.Trace.IsZero() {
			out[i].Target.TraceID = s.Trace.String()
		}
		if !s.Span.IsZero() {
			out[i].Target.SpanID = s.Span.String()
		}
	}
	return out
}

func wireTrace(t look.Trace) api.Trace {
	out := api.Trace{Project: string(t.Project), TraceID: t.Trace.String(), RootSpanID: t.Root.String(), Name: t.Name, Kind: string(t.Kind),
		Status: api.Status{Code: string(t.Status), Message: t.StatusText}, Session: t.Session, Unfinished: t.Unfinished, Orphans: t.Orphans,
		Totals: wireTotals(t.Totals, t.Outcome(), t.Scores)}
	if !t.Matched.IsZero() {
		id := t.Matched.String()
		out.MatchedSpanID = &id
	}
	return out
}

func wireTraces(in []look.Trace) []api.Trace {
	out := make([]api.Trace, len(in))
	for i := range in {
		out[i] = wireTrace(in[i])
	}
	return out
}

func wireSession(s look.Session) api.Session {
	return api.Session{Project: string(s.Project), Session: s.Session, Traces: s.Traces, Totals: wireTotals(s.Totals, s.Outcome(), nil)}
}

func wireTotals(t trace.Totals, o trace.Outcome, scores []score.Score) api.Totals {
	return api.Totals{Start: Time(t.Start), End: Time(t.End), DurationMS: float64(max(0, t.End-t.Start)) / 1e6, Spans: t.Spans, Errors: t.Errors, Problems: t.Problems, Outcome: string(o),
		Tokens: wireTokens(t.Tokens), Cost: wireCost(t.Cost), ReportedCost: wireMoney(t.Reported), Models: list(t.Models), Tags: list(t.Tags),
		User: t.User, Environment: t.Environment, Release: t.Release, Service: t.Service, Agent: wireNamed(t.Agent),
		InputPreview: t.FirstInput, OutputPreview: t.LastOutput, Scores: wireScores(scores)}
}

// exact is the largest integer that every JSON reader keeps.
const exact = 1 << 53

func wireAttrs(a attr.Attrs) json.RawMessage {
	if a == nil {
		return nil
	}
	return wireValue(attr.MapOf(a))
}

// wireValue answers a value's stored form with integers beyond 2^53 as strings; nil for null.
func wireValue(v attr.Value) json.RawMessage {
	if v.IsNull() {
		return nil
	}
	if !large(v) {
		return v.AppendJSON(nil)
	}
	return shrink(v).AppendJSON(nil)
}

func large(v attr.Value) bool {
	switch v.Kind() {
	case attr.Int:
		return v.Int() > exact || v.Int() < -exact
	case attr.List:
		for _, e := range v.List() {
			if large(e) {
				return true
			}
		}
	case attr.Map:
		for _, kv := range v.Map() {
			if large(kv.Value) {
				return true
			}
		}
	}
	return false
}

func shrink(v attr.Value) attr.Value {
	switch v.Kind() {
	case attr.Int:
		if large(v) {
			return attr.Str(v.Text())
		}
	case attr.List:
		out := make([]attr.Value, len(v.List()))
		for i, e := range v.List() {
			out[i] = shrink(e)
		}
		return attr.ListOf(out...)
	case attr.Map:
		out := make(attr.Attrs, len(v.Map()))
		for i, kv := range v.Map() {
			out[i] = attr.KV{Key: kv.Key, Value: shrink(kv.Value)}
		}
		return attr.MapOf(out)
	}
	return v
}
