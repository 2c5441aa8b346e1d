package filter

import (
	"strings"
	"unicode"
)

// glyph is one rune of a word. Only a plain one, neither quoted nor escaped, may be an operator or a wildcard.
type glyph struct {
	r     rune
	plain bool
}

// word is a run of text without a break: plain runes, escaped runes and quoted pieces, joined as a shell joins them.
type word struct {
	glyphs     []glyph
	start, end int  // runes of the source, half-open
	open       bool // a quote was not closed, or the text ends in a backslash
}

func (w word) String() string {
	var b strings.Builder
	for _, g := range w.glyphs {
		b.WriteRune(g.r)
	}
	return b.String()
}

// bare says whether nothing in the word is quoted or escaped, and whether there is anything at all.
func (w word) bare() bool {
	for _, g := range w.glyphs {
		if !g.plain {
			return false
		}
	}
	return len(w.glyphs) > 0
}

func (w word) startsWith(r rune) bool { return len(w.glyphs) > 0 && w.glyphs[0] == glyph{r, true} }

// pattern reads plain stars as wildcards; several in a row are one.
func (w word) pattern() Pattern {
	var parts []string
	var part strings.Builder
	star := false
	for _, g := range w.glyphs {
		if g.plain && g.r == '*' {
			if !star {
				parts = append(parts, part.String())
				part.Reset()
			}
			star = true
			continue
		}
		star = false
		part.WriteRune(g.r)
	}
	return Pattern{append(parts, part.String())}
}

// connective answers AND, OR or NOT where the word is that operator, else "".
func (w word) connective() string {
	if s := w.String(); w.bare() && isConnective(s) {
		return s
	}
	return ""
}

func isConnective(s string) bool { return s == "AND" || s == "OR" || s == "NOT" }

// scanner walks over the runes of a filter. It has no tokens of its own: what a rune means depends on whether a term
// or a value stands there (a value may hold colons, a term may not).
type scanner struct {
	src []rune
	pos int
}

// at answers the rune n places ahead, 0 beyond the end.
func (s *scanner) at(n int) rune {
	if s.pos+n >= len(s.src) {
		return 0
	}
	return s.src[s.pos+n]
}

func (s *scanner) done() bool { return s.pos >= len(s.src) }

func (s *scanner) space() {
	for !s.done() && unicode.IsSpace(s.src[s.pos]) {
		s.pos++
	}
}

// term reads the word of a bare term or a field's name; it ends before a comparison operator.
func (s *scanner) term() word { return s.word(true) }

// value reads the word of a value.
func (s *scanner) value() word { return s.word(false) }

func (s *scanner) word(term bool) word {
	w := word{start: s.pos}
	for !s.done() && !w.open {
		r := s.src[s.pos]
		if unicode.IsSpace(r) || r == '(' || r == ')' || term && s.operator() != "" {
			break
		}
		s.pos++
		switch r {
		case '"':
			w.open = !s.quoted(&w)
		case '\\':
			if w.open = s.done(); !w.open {
				w.glyphs = append(w.glyphs, glyph{s.src[s.pos], false})
				s.pos++
			}
		default:
			w.glyphs = append(w.glyphs, glyph{r, true})
		}
	}
	w.end = s.pos
	return w
}

// quoted reads up to the closing quote and says whether there is one.
func (s *scanner) quoted(w *word) bool {
	for !s.done() {
		r := s.src[s.pos]
		s.pos++
		if r == '"' {
			return true
		}
		if r == '\\' {
			if s.done() {
				return false
			}
			r = s.src[s.pos]
			s.pos++
		}
		w.glyphs = append(w.glyphs, glyph{r, false})
	}
	return false
}

// operator answers the comparison operator that stands here, or "". A colon before an order means nothing
// (cost:>5 is cost>5).
func (s *scanner) operator() string {
	switch s.at(0) {
	case ':':
		if r := s.at(1); r == '<' || r == '>' {
			if s.at(2) == '=' {
				return string(s.src[s.pos : s.pos+3])
			}
			return string(s.src[s.pos : s.pos+2])
		}
		return ":"
	case '=':
		return "="
	case '<', '>':
		if s.at(1) == '=' {
			return string(s.src[s.pos : s.pos+2])
		}
		return string(s.at(0))
	case '!':
		if s.at(1) == '=' {
			return "!="
		}
	}
	return ""
}
