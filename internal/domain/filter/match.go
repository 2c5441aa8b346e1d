package filter

import (
	"math"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
)

// Record is what a filter can ask of one span. Field names are canonical. The families score, attributes and
// resource have their own methods.
type Record interface {
	// Texts answers the values of a text, enum or search field, none or empty ones where it has none. The search
	// fields input, output and text answer what full-text search sees.
	Texts(field string) []string
	// Number answers a number, money, a duration in nanoseconds or a time in Unix nanoseconds; ok is false where it
	// is not known: the cost of an unpriced span, the duration of an unfinished one.
	Number(field string) (n decimal.Decimal, ok bool)
	// Bool answers a boolean field; ok is false where it is not known.
	Bool(field string) (value, ok bool)
	// Attribute answers a raw attribute; family is attributes or resource.
	Attribute(family, key string) (attr.Value, bool)
	// Scores answers the scores of that name on the span, its trace and its session.
	Scores(name string) []Score
}

// Score is a judgement as filters see it: at most one of its members is set.
type Score struct {
	Number  *float64
	Label   string
	Boolean *bool
}

// Match says whether the filter holds for the record; nil holds for all. It is the language's meaning: a driver's
// compiled form must agree with it. Expressions with relative times must be resolved first (Resolve); such a time
// left unresolved compares as an instant near 1970.
func Match(e Expr, r Record) bool {
	switch e := e.(type) {
	case nil:
		return true
	case And:
		for _, t := range e.Terms {
			if !Match(t, r) {
				return false
			}
		}
		return true
	case Or:
		for _, t := range e.Terms {
			if Match(t, r) {
				return true
			}
		}
		return false
	case Not:
		return !Match(e.Term, r)
	case Text:
		return contains(r.Texts("text"), e.Phrase)
	case Cmp:
		return e.match(r)
	}
	return false
}

func (e Cmp) match(r Record) bool {
	f, ok := Lookup(e.Field.Name)
	if !ok {
		return false
	}
	switch f.Type {
	case TypeScore:
		for _, s := range r.Scores(e.Field.Key) {
			if e.matchScore(s) {
				return true
			}
		}
		return false
	case TypeAttribute:
		v, ok := r.Attribute(e.Field.Name, e.Field.Key)
		return ok && !v.IsNull() && e.matchAttribute(v)
	case TypeText, TypeEnum, TypeSearch:
		return e.matchTexts(r.Texts(e.Field.Name))
	case TypeBoolean:
		v, ok := r.Bool(e.Field.Name)
		return ok && (e.Op == OpExists || v == e.Value.Bool)
	}
	n, ok := r.Number(e.Field.Name)
	return ok && e.holds(n)
}

func (e Cmp) matchTexts(texts []string) bool {
	if e.Op == OpContains {
		phrase, _ := e.Value.Pattern.Literal()
		return contains(texts, phrase)
	}
	for _, t := range texts {
		if t != "" && (e.Op == OpExists || e.Value.Pattern.Match(t)) {
			return true
		}
	}
	return false
}

func (e Cmp) matchScore(s Score) bool {
	switch {
	case e.Op == OpExists:
		return true
	case e.Value.Type == TypeBoolean:
		return s.Boolean != nil && *s.Boolean == e.Value.Bool
	case e.Value.Type == TypeText:
		return s.Label != "" && e.Value.Pattern.Match(s.Label)
	}
	if s.Number == nil || math.IsNaN(*s.Number) || math.IsInf(*s.Number, 0) {
		return false
	}
	return e.holds(decimal.NewFromFloat(*s.Number))
}

// matchAttribute compares text with the attribute's readable form (attr.Value.Text) and numbers with numbers.
func (e Cmp) matchAttribute(v attr.Value) bool {
	if e.Op == OpExists {
		return true
	}
	if e.Value.Type == TypeNumber {
		n, ok := attributeNumber(v)
		return ok && e.holds(n)
	}
	if e.Op == OpEqual {
		return e.Value.Pattern.Match(v.Text())
	}
	limit, _ := e.Value.Pattern.Literal()
	return ordered(e.Op, strings.Compare(v.Text(), limit))
}

func attributeNumber(v attr.Value) (decimal.Decimal, bool) {
	if v.Kind() == attr.Int {
		return decimal.NewFromInt(v.Int()), true
	}
	if strings.ContainsAny(v.Str(), "xXpP_") { // forms that Go reads as numbers and no engine does
		return decimal.Zero, false
	}
	f, ok := v.Number()
	if !ok {
		return decimal.Zero, false
	}
	return decimal.NewFromFloat(f), true
}

func (e Cmp) holds(n decimal.Decimal) bool {
	switch e.Op {
	case OpExists:
		return true
	case OpEqual:
		return n.Equal(e.Value.Number)
	case OpRange:
		return n.GreaterThanOrEqual(e.Value.Number) && n.LessThanOrEqual(e.High.Number)
	}
	return ordered(e.Op, n.Cmp(e.Value.Number))
}

func ordered(op Op, c int) bool {
	switch op {
	case OpLess:
		return c < 0
	case OpLessEq:
		return c <= 0
	case OpGreater:
		return c > 0
	case OpGreaterEq:
		return c >= 0
	}
	return false
}

func contains(texts []string, phrase string) bool {
	phrase = Fold(phrase)
	for _, t := range texts {
		if strings.Contains(Fold(t), phrase) {
			return true
		}
	}
	return false
}
