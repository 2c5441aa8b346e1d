package filter

import (
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
)

// String answers the canonical text.
func (e And) String() string { return join(e.Terms, " ") }

// String answers the canonical text.
func (e Or) String() string { return join(e.Terms, " OR ") }

// String answers the canonical text.
func (e Not) String() string {
	switch t := e.Term.(type) {
	case Cmp:
		if t.Op == OpEqual {
			return t.Field.String() + "!=" + t.Value.String()
		}
	case And, Or:
		return "NOT (" + t.String() + ")"
	}
	return "NOT " + e.Term.String()
}

// String answers the canonical text.
func (e Cmp) String() string {
	name := e.Field.String()
	switch e.Op {
	case OpExists:
		return name + ":*"
	case OpRange:
		return name + ":" + e.Value.String() + ".." + e.High.String()
	case OpEqual, OpContains:
		return name + ":" + e.Value.String()
	}
	return name + string(e.Op) + e.Value.String()
}

// String answers the canonical text.
func (e Text) String() string { return quote(e.Phrase, "_") }

// join puts terms in a row; an Or among And's terms needs its parentheses, an And among Or's does not.
func join(terms []Expr, by string) string {
	out := make([]string, len(terms))
	for i, t := range terms {
		out[i] = t.String()
		if _, or := t.(Or); or {
			out[i] = "(" + out[i] + ")"
		}
	}
	return strings.Join(out, by)
}

// String answers the field as it is written in a filter.
func (r Ref) String() string {
	if r.Key == "" {
		return r.Name
	}
	for _, c := range r.Key {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-./@", c) {
			return r.Name + "." + inQuotes(r.Key)
		}
	}
	return r.Name + "." + r.Key
}

// String answers the value as it is written in a filter.
func (v Value) String() string {
	switch v.Type {
	case TypeNumber, TypeMoney:
		return v.Number.String()
	case TypeDuration:
		return span(v.Number)
	case TypeTime:
		switch {
		case !v.Relative:
			return time.Unix(0, v.Number.IntPart()).UTC().Format(time.RFC3339Nano)
		case v.Number.IsZero():
			return "now"
		}
		return "-" + span(v.Number.Neg())
	case TypeBoolean:
		if v.Bool {
			return "true"
		}
		return "false"
	}
	out := make([]string, len(v.Pattern.Parts))
	for i, part := range v.Pattern.Parts {
		if part != "" || len(out) == 1 {
			out[i] = quote(part, "_-./@+:")
		}
	}
	return strings.Join(out, "*")
}

// span prints nanoseconds as 1m30s does.
func span(ns decimal.Decimal) string {
	s := time.Duration(ns.IntPart()).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// quote answers s bare where it can mean nothing else: a letter first, then letters, digits and what more allows,
// and no word of the language. Whatever looks like a number stays quoted, so that a label is not read as one.
func quote(s, more string) string {
	bare := s != "" && !isConnective(strings.ToUpper(s)) && !strings.Contains(s, "..")
	if _, reserved := truth(s); reserved {
		bare = false
	}
	for i, c := range s {
		if !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c) && !strings.ContainsRune(more, c)) {
			bare = false
		}
	}
	if bare {
		return s
	}
	return inQuotes(s)
}

func inQuotes(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
