package price

import (
	"regexp"
	"strings"

	"steward/internal/base/errs"
)

// pattern recognises a model's name: a literal, a glob with "*", or, after "re:", a regular expression (RE2). Names
// are compared in lower case.
type pattern struct {
	literal string // without "*"; set when parts is nil and re is nil
	parts   []string
	re      *regexp.Regexp
	weight  int // literal bytes of a glob
}

const regexpPrefix = "re:"

// parsePattern compiles one pattern.
func parsePattern(s string) (pattern, error) {
	if expr, ok := strings.CutPrefix(s, regexpPrefix); ok {
		re, err := regexp.Compile("(?i)" + expr)
		if err != nil {
			return pattern{}, errs.Wrap(errs.CodeInvalid, err, "pattern %q is no regular expression", s)
		}
		return pattern{re: re}, nil
	}
	s = strings.ToLower(s)
	if !strings.Contains(s, "*") {
		return pattern{literal: s}, nil
	}
	parts := strings.Split(s, "*")
	return pattern{parts: parts, weight: len(s) - len(parts) + 1}, nil
}

// isLiteral says whether the pattern recognises one name only.
func (p *pattern) isLiteral() bool { return p.parts == nil && p.re == nil }

// match answers how many bytes of a lower-case name the pattern names itself, which orders patterns by how specific
// they are, and whether it recognises the name at all.
func (p *pattern) match(name string) (weight int, ok bool) {
	switch {
	case p.re != nil:
		at := p.re.FindStringIndex(name)
		if at == nil {
			return 0, false
		}
		return at[1] - at[0], true
	case p.parts == nil:
		return len(name), name == p.literal
	}
	first, last := p.parts[0], p.parts[len(p.parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return 0, false
	}
	rest := name[len(first) : len(name)-len(last)]
	for _, part := range p.parts[1 : len(p.parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return 0, false
		}
		rest = rest[i+len(part):]
	}
	return p.weight, true
}

// parsePatterns compiles a list.
func parsePatterns(list []string) ([]pattern, error) {
	out := make([]pattern, 0, len(list))
	for _, s := range list {
		p, err := parsePattern(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// matchAny says whether one of the patterns recognises the lower-case name.
func matchAny(list []pattern, name string) bool {
	for i := range list {
		if _, ok := list[i].match(name); ok {
			return true
		}
	}
	return false
}
