package trace

import (
	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/filter"
	"steward/internal/domain/usage"
)

// Record answers the span as filters ask of it, for the live tail and as the measure of what engines compile. scores
// are those of the span, its trace and its session by name, and may be nil. The span must be whole, content included,
// and must not change while the record is in use. Totals of the trace (trace.…) are not known here: a comparison with
// one does not hold.
func (s *Span) Record(scores map[string][]filter.Score) filter.Record {
	return record{span: s, scores: scores}
}

type record struct {
	span   *Span
	scores map[string][]filter.Score
}

func (r record) Texts(field string) []string {
	s := r.span
	switch field {
	case "tag":
		return s.Tags
	case "mark":
		out := make([]string, len(s.Marks))
		for i, m := range s.Marks {
			out[i] = string(m)
		}
		return out
	case "problem":
		out := make([]string, len(s.Problems))
		for i, p := range s.Problems {
			out[i] = string(p.Code)
		}
		return out
	case "input":
		return []string{searched(s.AppendInputText(nil))}
	case "output":
		return []string{searched(s.AppendOutputText(nil))}
	case "text":
		return []string{searched(s.AppendInputText(nil)), searched(s.AppendOutputText(nil))}
	}
	if t := r.text(field); t != "" {
		return []string{t}
	}
	return nil
}

// searched cuts a side's text to what search sees of it.
func searched(b []byte) string { return string(CutText(b, MaxSearchText)) }

func (r record) text(field string) string {
	s := r.span
	switch field {
	case "trace":
		return s.Trace.String()
	case "span":
		return s.ID.String()
	case "parent":
		if s.Parent.IsZero() {
			return ""
		}
		return s.Parent.String()
	case "name":
		return s.Name
	case "kind":
		return string(s.Kind)
	case "status":
		return string(s.StatusCode)
	case "status.message":
		return s.StatusText
	case "service":
		return s.Service
	case "env":
		return s.Environment
	case "release":
		return s.Release
	case "level":
		return s.Level
	case "session":
		return s.Session
	case "user":
		return s.User
	case "agent":
		return s.Agent.Name
	case "agent.version":
		return s.Agent.Version
	case "model":
		return s.Model.Name()
	case "model.requested":
		return s.Model.Requested
	case "model.used":
		return s.Model.Used
	case "provider":
		return s.Model.Provider
	case "finish_reason":
		return s.FinishReason
	case "prompt":
		return s.Prompt.Name
	case "prompt.version":
		return s.Prompt.Version
	case "cost.state":
		return string(s.Cost.State)
	case "usage.source":
		return string(s.Usage.Source)
	case "emitter":
		return s.Mapper.Emitter
	}
	if s.Tool == nil {
		return ""
	}
	switch field {
	case "tool":
		return s.Tool.Name
	case "tool.call_id":
		return s.Tool.CallID
	}
	return ""
}

func (r record) Number(field string) (decimal.Decimal, bool) {
	s := r.span
	switch field {
	case "duration":
		return decimal.NewFromInt(s.Duration()), s.End != 0
	case "ttft":
		return decimal.NewFromInt(s.FirstToken), s.FirstToken != 0
	case "start":
		return decimal.NewFromInt(s.Start), true
	case "end":
		return decimal.NewFromInt(s.End), s.End != 0
	case "cost":
		return s.Cost.Amount, s.Cost.State == usage.Priced || s.Cost.State == usage.CostEstimated
	case "reported_cost":
		if s.ReportedCost == nil {
			return decimal.Zero, false
		}
		return s.ReportedCost.Amount, true
	}
	if s.Usage.Source == "" {
		return decimal.Zero, false
	}
	switch field {
	case "tokens":
		return decimal.NewFromInt(s.Usage.Total()), true
	case "input_tokens":
		return decimal.NewFromInt(s.Usage.Input), true
	case "output_tokens":
		return decimal.NewFromInt(s.Usage.Output), true
	case "cache_read_tokens":
		return decimal.NewFromInt(s.Usage.CacheRead), true
	case "cache_write_tokens":
		return decimal.NewFromInt(s.Usage.CacheWrite), true
	case "reasoning_tokens":
		return decimal.NewFromInt(s.Usage.Reasoning), true
	}
	return decimal.Zero, false
}

func (r record) Bool(field string) (value, ok bool) {
	s := r.span
	switch field {
	case "derived":
		return s.Derived, true
	case "rollup":
		return s.Usage.Rollup, true
	case "content":
		return len(s.AppendInputText(nil)) > 0 || len(s.AppendOutputText(nil)) > 0 || len(s.AppendBlobs(nil)) > 0, true
	case "error":
		return s.StatusCode == StatusError, true
	case "root":
		return s.Parent.IsZero(), true
	}
	return false, false
}

func (r record) Attribute(family, key string) (attr.Value, bool) {
	switch family {
	case "attributes":
		return r.span.Attributes.Get(key)
	case "resource":
		if r.span.Resource != nil {
			return r.span.Resource.Attributes.Get(key)
		}
	}
	return attr.Value{}, false
}

func (r record) Scores(name string) []filter.Score { return r.scores[name] }
