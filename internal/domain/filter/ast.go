// Package filter owns Steward's one filter language: its fields, its grammar, its errors, its completion and its
// meaning. The API, the UI and the CLI all speak it; docs/filter.md is its guide.
//
// It knows nothing of SQL, storage or HTTP: drivers compile the tree to their own dialect, and Match is the meaning
// that they must reproduce. Start reading at Parse, then at Expr.
package filter

import (
	"time"

	"github.com/shopspring/decimal"
)

// Expr is a filter's tree: And, Or, Not, Cmp or Text, and nothing else. A nil Expr is the empty filter, which holds
// for everything. Trees from Parse are normal: And and Or have two or more terms and never contain their own kind
// directly, and Not never contains Not. Treat a tree as immutable; it may be shared.
type Expr interface {
	// String answers the canonical text, which parses back to an equal tree. It may be longer than MaxText,
	// because value lists and dates are written out.
	String() string
	// Pos answers where the expression stands in the text that it was parsed from.
	Pos() Pos
	sealed()
}

// Pos is a place in the filter's text: Column counts runes from 1, Length is in runes.
type Pos struct {
	Column, Length int
}

// And holds where every term holds.
type And struct {
	Terms []Expr
	At    Pos
}

// Or holds where one term holds.
type Or struct {
	Terms []Expr
	At    Pos
}

// Not holds where Term does not. There is no third truth value: a comparison with an absent value does not hold, so
// its negation does, and SQL's NULL must be compiled accordingly.
type Not struct {
	Term Expr
	At   Pos
}

// Cmp compares a field. Where a field has several values (tags, scores) it holds when one of them satisfies it.
type Cmp struct {
	Field Ref
	Op    Op
	Value Value // unused for OpExists
	High  Value // the upper end, included, for OpRange only
	At    Pos
}

// Text holds where the searchable text of the messages contains Phrase, letter case aside (see Fold).
type Text struct {
	Phrase string
	At     Pos
}

// Ref names a field: Name is canonical, Key is the raw key for the families score, attributes and resource.
type Ref struct {
	Name string
	Key  string
}

// Op is what a comparison asks. The operators = and != are written away by Parse: = is OpEqual, != is Not of it.
type Op string

// The operators.
const (
	OpEqual     Op = "equal"    // text: Value.Pattern matches the whole value; else: equal
	OpContains  Op = "contains" // search fields: the folded text contains the folded literal pattern
	OpLess      Op = "<"
	OpLessEq    Op = "<="
	OpGreater   Op = ">"
	OpGreaterEq Op = ">="
	OpRange     Op = "range"  // Value <= x <= High
	OpExists    Op = "exists" // the field has a value; an empty text is none, except for attributes
)

// Value is one parsed value. Type says which of the other members count: Pattern for text, enum (always one literal,
// lower case) and search; Number for number, money, duration (nanoseconds) and time (Unix nanoseconds, or
// nanoseconds from now where Relative); Bool for boolean. A Value's Type is the field's, except for scores (number,
// boolean or text) and attributes (number or text), where it depends on what was written.
type Value struct {
	Type     Type
	Pattern  Pattern
	Number   decimal.Decimal // at most 26 digits before the point and 12 behind it
	Bool     bool
	Relative bool
}

func (And) sealed()  {}
func (Or) sealed()   {}
func (Not) sealed()  {}
func (Cmp) sealed()  {}
func (Text) sealed() {}

// Pos answers where it stands.
func (e And) Pos() Pos { return e.At }

// Pos answers where it stands.
func (e Or) Pos() Pos { return e.At }

// Pos answers where it stands.
func (e Not) Pos() Pos { return e.At }

// Pos answers where it stands.
func (e Cmp) Pos() Pos { return e.At }

// Pos answers where it stands.
func (e Text) Pos() Pos { return e.At }

// Walk calls visit for every node, parents first. It does nothing for nil.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case And:
		for _, t := range e.Terms {
			Walk(t, visit)
		}
	case Or:
		for _, t := range e.Terms {
			Walk(t, visit)
		}
	case Not:
		Walk(e.Term, visit)
	}
}

// Resolve answers the expression with every relative time (start>-24h) fixed at now. Match and drivers take resolved
// expressions only.
func Resolve(e Expr, now time.Time) Expr {
	switch e := e.(type) {
	case And:
		return And{Terms: resolveAll(e.Terms, now), At: e.At}
	case Or:
		return Or{Terms: resolveAll(e.Terms, now), At: e.At}
	case Not:
		return Not{Term: Resolve(e.Term, now), At: e.At}
	case Cmp:
		e.Value, e.High = e.Value.resolve(now), e.High.resolve(now)
		return e
	}
	return e
}

func resolveAll(terms []Expr, now time.Time) []Expr {
	out := make([]Expr, len(terms))
	for i, t := range terms {
		out[i] = Resolve(t, now)
	}
	return out
}

func (v Value) resolve(now time.Time) Value {
	if v.Relative {
		v.Relative = false
		v.Number = v.Number.Add(decimal.NewFromInt(now.UnixNano()))
	}
	return v
}

// Equal says whether two expressions are the same, positions aside.
func Equal(a, b Expr) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case And:
		b, ok := b.(And)
		return ok && equalAll(a.Terms, b.Terms)
	case Or:
		b, ok := b.(Or)
		return ok && equalAll(a.Terms, b.Terms)
	case Not:
		b, ok := b.(Not)
		return ok && Equal(a.Term, b.Term)
	case Cmp:
		b, ok := b.(Cmp)
		return ok && a.Field == b.Field && a.Op == b.Op && a.Value.equal(b.Value) && a.High.equal(b.High)
	case Text:
		b, ok := b.(Text)
		return ok && a.Phrase == b.Phrase
	}
	return false
}

func equalAll(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (v Value) equal(w Value) bool {
	return v.Type == w.Type && v.Bool == w.Bool && v.Relative == w.Relative &&
		v.Number.Equal(w.Number) && v.Pattern.equal(w.Pattern)
}
