package transcript

import (
	"fmt"
	"math"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/score"
)

// scores reads a record's judgements: reward, and scores as {name: value} or as a list of {name, value, ...}.
func (t *talk) scores() []score.Score {
	var out []score.Score
	if v := pick(t.fields, "reward"); !v.IsNull() {
		if s, ok := scoreOf("reward", v); ok {
			s.SourceName = stem(t.file)
			s.Explanation = t.rewardReason()
			out = append(out, s)
		}
	}
	return append(out, scoreList(pick(t.fields, "scores"))...)
}

func scoreList(v attr.Value) []score.Score {
	var out []score.Score
	for _, kv := range v.Map() {
		if s, ok := scoreOf(kv.Key, kv.Value); ok {
			out = append(out, s)
		}
	}
	for _, e := range v.List() {
		if s, ok := scoreOf(pick(e.Map(), "name").Text(), e); ok {
			out = append(out, s)
		}
	}
	return out
}

// scoreOf reads one judgement: a number, a text, a boolean, or an object with value, label or boolean and more.
func scoreOf(name string, v attr.Value) (score.Score, bool) {
	s := score.Score{Name: name, Source: score.Code, SourceName: "import"}
	if m := v.Map(); v.Kind() == attr.Map {
		s.Explanation = pick(m, "explanation", "reason", "comment").Text()
		source := pick(m, "source")
		kind := source.Text()
		if source.Kind() == attr.Map {
			kind = source.Map().Str("kind")
			s.SourceName = source.Map().Str("name")
		}
		switch k := score.SourceKind(kind); k {
		case score.Human, score.Code, score.Judge, score.User:
			s.Source = k
		}
		s.Time, _ = timeOf(pick(m, "time", "timestamp"))
		v = pick(m, "value", "score", "label", "boolean")
	}
	switch v.Kind() {
	case attr.String:
		s.Label = v.Str()
	case attr.Bool:
		b := v.Bool()
		s.Boolean = &b
	default:
		f, ok := v.Number()
		if !ok || math.IsInf(f, 0) {
			return s, false
		}
		s.Value = &f
	}
	return s, s.Name != "" && len(s.Name) <= score.MaxName
}

// rewardReason says on what a reward rests, as far as the record tells.
func (t *talk) rewardReason() string {
	info := pick(t.fields, "info").Map()
	reward := pick(info, "reward_info").Map()
	var facts []string
	if actions := pick(pick(info, "task").Map(), "actions").List(); actions != nil {
		facts = append(facts, fmt.Sprintf("expected actions: %d", len(actions)))
	}
	for _, kv := range pick(reward, "info").Map() {
		switch kv.Value.Kind() {
		case attr.Int, attr.Float, attr.Bool:
			facts = append(facts, kv.Key+" = "+kv.Value.Text())
		}
	}
	return strings.Join(facts, "; ")
}
