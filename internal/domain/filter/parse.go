package filter

import (
	"strings"
	"unicode/utf8"

	"steward/internal/base/errs"
)

// Limits of one filter. Beyond them Parse answers an error.
const (
	MaxText  = 8 << 10 // bytes of text
	MaxDepth = 64      // parentheses inside each other
	MaxTerms = 256     // comparisons and phrases
)

// Parse reads a filter. Empty text gives nil, which holds for everything. Errors are *errs.Error of code invalid;
// their details are column (in runes, from 1), length (in runes, 0 at the end of the text) and text (what stands
// there).
func Parse(text string) (Expr, error) {
	if len(text) > MaxText {
		n := utf8.RuneCountInString(text[:MaxText])
		return nil, problem(n+1, 0, "", "the filter is %d bytes long, at most %d are allowed", len(text), MaxText)
	}
	return parse(text)
}

// parse is Parse without the bound on text, for canonical forms, which may be longer.
func parse(text string) (Expr, error) {
	if !utf8.ValidString(text) {
		return nil, invalidUTF8(text)
	}
	p := &parser{scanner: scanner{src: []rune(text)}}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nil, p.fail(utf8.RuneCountInString(text[:i]), utf8.RuneCountInString(text[:i])+1, "a filter cannot hold the NUL character")
	}
	p.space()
	if p.done() {
		return nil, nil
	}
	e, err := p.any()
	if err != nil {
		return nil, err
	}
	if !p.done() { // only a closing parenthesis stops any early
		return nil, p.fail(p.pos, p.pos+1, `this ")" closes nothing; remove it or quote it`)
	}
	return e, nil
}

type parser struct {
	scanner
	depth, terms int
}

// any = all { "OR" all }
func (p *parser) any() (Expr, error) {
	start := p.pos
	var terms []Expr
	for {
		e, err := p.all()
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
		if !p.take("OR") {
			return either(terms, p.span(start)), nil
		}
	}
}

// all = one { [ "AND" ] one }
func (p *parser) all() (Expr, error) {
	start := p.pos
	var terms []Expr
	for {
		e, err := p.one()
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
		if p.take("AND") {
			continue
		}
		p.space()
		if p.done() || p.at(0) == ')' || p.peek() == "OR" {
			return both(terms, p.span(start)), nil
		}
	}
}

// one = { "NOT" | "-" } ( group | comparison | phrase )
func (p *parser) one() (Expr, error) {
	p.space()
	start, negative := p.pos, false
	for {
		if p.take("NOT") {
			negative = !negative
		} else if r := p.at(1); p.at(0) == '-' && r != 0 && !isSpace(r) && r != ')' {
			p.pos++
			negative = !negative
		} else {
			break
		}
	}
	p.space()
	var e Expr
	var err error
	if p.at(0) == '(' {
		e, err = p.group()
	} else {
		e, err = p.leaf()
	}
	if err != nil || !negative {
		return e, err
	}
	return negate(e, p.span(start)), nil
}

// group = "(" any ")"
func (p *parser) group() (Expr, error) {
	start, err := p.enter()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at(0) == ')' {
		return nil, p.fail(start, p.pos+1, "the parentheses are empty; write a term in them or quote them")
	}
	e, err := p.any()
	if err != nil {
		return nil, err
	}
	return e, p.leave(start)
}

// enter takes an opening parenthesis and answers where it stood.
func (p *parser) enter() (int, error) {
	start := p.pos
	if p.depth++; p.depth > MaxDepth {
		return start, p.fail(start, start+1, "parentheses are nested deeper than %d", MaxDepth)
	}
	p.pos++
	return start, nil
}

// leave takes the closing parenthesis of the one at start.
func (p *parser) leave(start int) error {
	p.space()
	if p.at(0) != ')' {
		return p.fail(start, start+1, `this "(" is not closed; add ")" or quote it`)
	}
	p.pos++
	p.depth--
	return nil
}

// leaf reads a comparison or a phrase; both begin with a word.
func (p *parser) leaf() (Expr, error) {
	w := p.term()
	if err := p.checkTerm(w); err != nil {
		return nil, err
	}
	if p.terms++; p.terms > MaxTerms {
		return nil, p.fail(w.start, w.end, "the filter has more than %d terms", MaxTerms)
	}
	p.space()
	if p.operator() != "" {
		return p.comparison(w)
	}
	return p.phrase(w)
}

func (p *parser) checkTerm(w word) error {
	switch {
	case w.open:
		return p.openWord(w)
	case w.start == w.end && p.done():
		return p.fail(w.start, w.end, "a term is missing at the end; allowed are a comparison such as status:error, a word, a quoted phrase, NOT or a group")
	case w.start == w.end:
		return p.fail(w.start, w.start+1, "%q cannot stand here; allowed are a comparison such as status:error, a word, a quoted phrase, NOT or a group", string(p.at(0)))
	case w.connective() != "":
		return p.fail(w.start, w.end, "a term is missing before %s; write one, or quote the word to search for it", w.connective())
	case w.startsWith('!'):
		return p.fail(w.start, w.end, `"!" does not negate; write NOT or "-" before the term, or quote it`)
	case w.startsWith('\''):
		return p.fail(w.start, w.end, "phrases are quoted with double quotes")
	case w.String() == "":
		return p.fail(w.start, w.end, "the phrase is empty; write what to search for")
	case w.String() == "-" && w.bare():
		return p.fail(w.start, w.end, `"-" must stand directly before what it negates; quote it to search for it`)
	}
	return nil
}

func (p *parser) openWord(w word) error {
	if p.src[len(p.src)-1] == '\\' {
		return p.fail(len(p.src)-1, len(p.src), `a backslash must stand before the character that it escapes; write \\ for the backslash itself`)
	}
	i := w.start // the last opening quote: skip pieces that are closed
	for s := (scanner{src: p.src, pos: w.start}); !s.done(); {
		r := s.src[s.pos]
		s.pos++
		if r == '\\' {
			s.pos++
		} else if r == '"' {
			i = s.pos - 1
			s.quoted(&word{})
		}
	}
	return p.fail(i, len(p.src), `this quote is not closed; add "`)
}

// phrase = word | quoted; wildcards at its ends add nothing to "contains" and are dropped.
func (p *parser) phrase(w word) (Expr, error) {
	if up := strings.ToUpper(w.String()); isConnective(up) && w.bare() {
		return nil, p.fail(w.start, w.end, "operators are written in capitals: %s; quote the word to search for it", up)
	}
	if err := p.apart(w); err != nil {
		return nil, err
	}
	lit, err := p.literal(w)
	if err != nil {
		return nil, err
	}
	return Text{Phrase: lit, At: p.place(w.start, w.end)}, nil
}

// apart refuses a parenthesis that touches a word, because search(user) is more likely a name than two terms.
func (p *parser) apart(w word) error {
	if p.pos == w.end && p.at(0) == '(' {
		return p.fail(p.pos, p.pos+1, `put a space before "(" to begin a group, or quote the whole if it belongs to the text`)
	}
	return nil
}

// literal reads what text search looks for.
func (p *parser) literal(w word) (string, error) {
	parts := w.pattern().Parts
	if len(parts) > 1 && parts[0] == "" {
		parts = parts[1:]
	}
	if len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) > 1 {
		return "", p.fail(w.start, w.end, "text search finds words as they stand and takes no * inside them; write two terms, or quote the *")
	}
	if parts[0] == "" {
		return "", p.fail(w.start, w.end, "there is nothing to search for; write a word or a quoted phrase")
	}
	return parts[0], nil
}

// take reads the connective if it stands next.
func (p *parser) take(connective string) bool {
	p.space()
	if p.peek() != connective {
		return false
	}
	p.pos += len(connective)
	return true
}

// peek answers the connective that stands next, or "".
func (p *parser) peek() string {
	ahead := p.scanner
	ahead.space()
	w := ahead.term()
	if w.open {
		return ""
	}
	return w.connective()
}

func (p *parser) span(start int) Pos {
	end := p.pos
	for end > start && isSpace(p.src[end-1]) {
		end--
	}
	return p.place(start, end)
}

func (p *parser) place(start, end int) Pos { return Pos{Column: start + 1, Length: end - start} }

// fail makes the error for the runes start to end, half-open.
func (p *parser) fail(start, end int, format string, args ...any) *errs.Error {
	end = min(end, len(p.src))
	start = min(start, end)
	return problem(start+1, end-start, string(p.src[start:end]), format, args...)
}

func problem(column, length int, text, format string, args ...any) *errs.Error {
	e := errs.Invalid(format, args...)
	e.Details = map[string]any{"column": column, "length": length, "text": text}
	return e
}

func invalidUTF8(text string) error {
	column := 1
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && n == 1 {
			break
		}
		column++
		text = text[n:]
	}
	return problem(column, 1, "\ufffd", "the filter is not valid UTF-8")
}
