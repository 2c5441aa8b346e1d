package emitter

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"

	"github.com/zeebo/xxh3"

	"steward/internal/base/attr"
	"steward/internal/domain/logs"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// evaluationEvent is the event by which OTel GenAI reports a judgement, as a log record or as a span event.
const evaluationEvent = "gen_ai.evaluation.result"

// CarriesContent says whether a log record of this event name holds content of the span that it names.
func CarriesContent(event string) bool {
	switch event {
	case "gen_ai.client.inference.operation.details", "gen_ai.choice", "gen_ai.content.prompt", "gen_ai.content.completion":
		return true
	}
	return strings.HasPrefix(event, "gen_ai.") && strings.HasSuffix(event, ".message")
}

// ScoreOfLog answers the score that a log record is, if it is one.
func ScoreOfLog(r *logs.Record) (score.Score, bool) {
	if r.EventName != evaluationEvent || r.Trace.IsZero() {
		return score.Score{}, false
	}
	return scoreOf(r.Project, r.Trace, r.Span, r.Time, r.Attributes)
}

// ScoresOfSpan answers the scores that a span carries as events.
func ScoresOfSpan(raw *trace.Raw) []score.Score {
	var out []score.Score
	for i := range raw.Events {
		if raw.Events[i].Name != evaluationEvent {
			continue
		}
		if s, ok := scoreOf(raw.Project, raw.Trace, raw.ID, raw.Events[i].Time, raw.Events[i].Attributes); ok {
			s.Day = raw.Start
			out = append(out, s)
		}
	}
	return out
}

// scoreOf reads gen_ai.evaluation.* attributes. The id follows from the content, so that the same event sent twice is
// one score. A number wins over a label; an event with neither is a judge that could not tell.
func scoreOf(p project.ID, t trace.ID, span trace.SpanID, at int64, attrs attr.Attrs) (score.Score, bool) {
	s := score.Score{Project: p, Trace: t, Span: span, Name: attrs.Str("gen_ai.evaluation.name"), Source: score.Judge,
		Explanation: attrs.Str("gen_ai.evaluation.explanation"), Time: at}
	if s.Name == "" {
		return s, false
	}
	if v, ok := attrs.Get("gen_ai.evaluation.score.value"); ok {
		if f, ok := v.Number(); ok {
			s.Value = &f
		}
	}
	if s.Value == nil {
		s.Label = attrs.Str("gen_ai.evaluation.score.label")
	}
	s.SourceName = attrs.Str("gen_ai.response.model")
	h := xxh3.New()
	_, _ = h.Write(t[:]) // a hash's Write never fails
	_, _ = h.Write(span[:])
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(at)))
	if s.Value != nil {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(*s.Value)))
	}
	_, _ = h.WriteString(s.Name + "\x00" + s.Label + "\x00" + s.Explanation)
	sum := h.Sum128().Bytes()
	s.ID = "otel-" + hex.EncodeToString(sum[:])
	return s, s.Validate() == nil
}
