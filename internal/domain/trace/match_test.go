package trace_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

func full() *trace.Span {
	messages := func(role, text string) []trace.Message {
		return []trace.Message{{Role: role, Parts: []trace.Part{{Type: trace.PartText, Text: text}}}}
	}
	return &trace.Span{
		Raw: trace.Raw{Project: "p", Trace: trace.ID{1}, ID: trace.SpanID{2}, Parent: trace.SpanID{3}, Name: "chat",
			Start: 1_000_000_000, End: 4_000_000_000, StatusCode: trace.StatusError, StatusText: "timeout",
			Attributes: attr.Attrs{{Key: "KEY", Value: attr.Int64(7)}},
			Resource:   &trace.Origin{Attributes: attr.Attrs{{Key: "KEY", Value: attr.Str("web-1")}}},
			Marks:      []trace.Mark{trace.MarkTimeAssumed}},
		Canonical: trace.Canonical{Kind: trace.LLM, FirstToken: 300_000_000, Service: "svc", Environment: "production",
			Release: "r1", Level: "warning", Session: "s", User: "ann", Agent: trace.Named{Name: "planner", Version: "3"},
			Tags: []string{"beta", "vip"}, Derived: true,
			Model:        trace.Model{Provider: "openai", Requested: "gpt-4o", Used: "gpt-4o-2024-08-06"},
			FinishReason: "length", Input: messages("user", "What is the Refund Policy?"), Output: messages("assistant", "Sorry."),
			Usage: usage.Usage{Source: usage.Reported, Rollup: true, Tokens: usage.Tokens{Input: 10, Output: 5, CacheRead: 4,
				CacheWrite: 3, Reasoning: 2}},
			Cost:         usage.Cost{Amount: decimal.RequireFromString("0.25"), Currency: "USD", State: usage.Priced},
			ReportedCost: &usage.Money{Amount: decimal.RequireFromString("0.3"), Currency: "USD"},
			Tool:         &trace.Tool{Name: "search", CallID: "call_9", Arguments: attr.Str("needle")},
			Prompt:       trace.Named{Name: "refund", Version: "12"},
			Problems:     []trace.Problem{{Code: trace.Cut}, {Code: trace.ContextFull}},
			Mapper:       trace.Mapper{Version: 1, Emitter: "otel"}},
	}
}

func TestRecordAnswersEveryField(t *testing.T) {
	score := 0.4
	r := full().Record(map[string][]filter.Score{"NAME": {{Number: &score}}})
	for _, f := range filter.Fields() {
		has := false
		switch f.Type {
		case filter.TypeText, filter.TypeEnum, filter.TypeSearch:
			texts := r.Texts(f.Name)
			has = len(texts) > 0 && texts[0] != ""
			if f.Type == filter.TypeEnum && has && !contains(f.Values, texts[0]) {
				t.Errorf("%s answers %q, which is none of %v", f.Name, texts[0], f.Values)
			}
		case filter.TypeNumber, filter.TypeMoney, filter.TypeDuration, filter.TypeTime:
			var n decimal.Decimal
			n, has = r.Number(f.Name)
			has = has && n.IsPositive()
		case filter.TypeBoolean:
			_, has = r.Bool(f.Name)
		case filter.TypeAttribute:
			_, has = r.Attribute(f.Name, f.Key)
		case filter.TypeScore:
			has = len(r.Scores(f.Key)) > 0
		default:
			t.Errorf("%s has a type that the test does not know: %s", f.Name, f.Type)
		}
		if want := f.Level == filter.LevelSpan; has != want {
			t.Errorf("%s: answered is %v, want %v", f.Title(), has, want)
		}
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// An empty span has no value but those that every span has.
func TestRecordOfAnEmptySpan(t *testing.T) {
	r := (&trace.Span{}).Record(nil)
	always := map[string]bool{"trace": true, "span": true, "start": true}
	for _, f := range filter.Fields() {
		switch f.Type {
		case filter.TypeText, filter.TypeEnum, filter.TypeSearch:
			for _, s := range r.Texts(f.Name) {
				if s != "" && !always[f.Name] {
					t.Errorf("%s answers %q", f.Name, s)
				}
			}
		case filter.TypeNumber, filter.TypeMoney, filter.TypeDuration, filter.TypeTime:
			if n, ok := r.Number(f.Name); ok && !always[f.Name] {
				t.Errorf("%s answers %s", f.Name, n)
			}
		case filter.TypeAttribute:
			if _, ok := r.Attribute(f.Name, f.Key); ok {
				t.Errorf("%s has a value", f.Title())
			}
		}
	}
}

func TestRecordMatches(t *testing.T) {
	score := 0.4
	scores := map[string][]filter.Score{"helpful": {{Number: &score}}}
	unpriced := full()
	unpriced.Cost = usage.Cost{State: usage.Unpriced, Amount: decimal.RequireFromString("9")}
	unpriced.End, unpriced.Parent, unpriced.Usage.Source = 0, trace.SpanID{}, ""
	long := full()
	long.Input[0].Parts[0].Text = strings.Repeat("x", trace.MaxSearchText) + "beyond"
	for _, c := range []struct {
		span   *trace.Span
		filter string
		want   bool
	}{
		{full(), `model:gpt-4o* cost>0.2 duration>2s status:error user:ann score.helpful<0.5 env:production "refund policy"`, true},
		{full(), "root:true", false},
		{full(), "parent:0300000000000000 trace:01* span:0200000000000000", true},
		{full(), "tokens:15 input_tokens:10 ttft:300ms end:1970-01-01", true},
		{full(), "needle input:needle NOT output:needle", true},
		{full(), "attributes.KEY>6 resource.KEY:web-*", true},
		{full(), "tag:vip mark:time_assumed derived:true rollup:true", true},
		{full(), "trace.cost<1000 OR trace.spans>=0", false},
		{unpriced, "cost>1", false},
		{unpriced, "cost.state:unpriced root:true NOT duration:* NOT end:* NOT tokens:*", true},
		{long, "beyond", false},
	} {
		e, err := filter.Parse(c.filter)
		if err != nil {
			t.Errorf("%s: %v", c.filter, err)
			continue
		}
		if got := filter.Match(e, c.span.Record(scores)); got != c.want {
			t.Errorf("%s: %v, want %v", c.filter, got, c.want)
		}
	}
}

func TestEnumsAreTheConstants(t *testing.T) {
	var kinds []string
	for _, k := range trace.Kinds() {
		kinds = append(kinds, string(k))
	}
	for name, want := range map[string][]string{
		"kind":         kinds,
		"status":       {string(trace.StatusOK), string(trace.StatusError), string(trace.StatusUnset)},
		"cost.state":   {string(usage.Priced), string(usage.CostEstimated), string(usage.Unpriced)},
		"usage.source": {string(usage.Reported), string(usage.Counted), string(usage.Estimated)},
	} {
		f, ok := filter.Lookup(name)
		if !ok || strings.Join(f.Values, " ") != strings.Join(want, " ") {
			t.Errorf("%s allows %v, want %v", name, f.Values, want)
		}
	}
}
