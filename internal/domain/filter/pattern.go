package filter

import (
	"slices"
	"strings"
)

// Pattern is a text with wildcards: the literal parts between them, in order. One part is an exact text; "a*b" is
// ["a" "b"], "a*" is ["a" ""]. A wildcard stands for any text, also none and also line breaks.
type Pattern struct {
	Parts []string
}

// Literal answers the exact text, and whether the pattern is one.
func (p Pattern) Literal() (string, bool) {
	if len(p.Parts) == 1 {
		return p.Parts[0], true
	}
	return "", false
}

// Match says whether the pattern matches the whole of s, letter case included.
func (p Pattern) Match(s string) bool {
	n := len(p.Parts)
	switch n {
	case 0:
		return false
	case 1:
		return s == p.Parts[0]
	}
	first, last := p.Parts[0], p.Parts[n-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range p.Parts[1 : n-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

func (p Pattern) equal(q Pattern) bool { return slices.Equal(p.Parts, q.Parts) }

// anything says whether the pattern is wildcards alone.
func (p Pattern) anything() bool {
	return len(p.Parts) > 1 && !slices.ContainsFunc(p.Parts, func(s string) bool { return s != "" })
}

// Fold answers the form of s in which text search compares: lower case, rune by rune. Drivers fold the phrase with
// it and the column with their engine's own lower().
func Fold(s string) string { return strings.ToLower(s) }
