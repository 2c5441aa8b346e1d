package filter

import (
	"strings"
)

// Expect says what may stand at a cursor.
type Expect string

// What may be expected.
const (
	ExpectTerm  Expect = "term"  // a field, a word, NOT or a group; after a term also AND and OR
	ExpectKey   Expect = "key"   // the key of a family: ask the facets of Completion.Facet for names
	ExpectValue Expect = "value" // a value of Completion.Field
	ExpectText  Expect = "text"  // free text, nothing to offer
)

// Completion is what Complete knows. Start and End are the runes, from 0 and half-open, that a chosen candidate
// replaces; Prefix is what is typed of it before the cursor, without quotes and escapes.
type Completion struct {
	Expect     Expect
	Field      string // the field whose value or key is expected, canonical
	Facet      string // the facet that knows more values or keys; "" where there is none
	Prefix     string
	Start, End int
	Candidates []Candidate
}

// CandidateKind says what a candidate is.
type CandidateKind string

// The kinds of candidate.
const (
	CandidateField      CandidateKind = "field"
	CandidateOperator   CandidateKind = "operator"   // a field with its operator
	CandidateValue      CandidateKind = "value"      // an enum's value, a boolean, * or an example
	CandidateConnective CandidateKind = "connective" // AND, OR, NOT
)

// Candidate is one proposal; Text is what replaces Start to End.
type Candidate struct {
	Kind   CandidateKind
	Text   string
	Detail string
}

// Complete says what is expected at the cursor (runes before it, from 0) and which static candidates fit. Callers
// add the values of Facet, each written with Quote. It never fails: what is wrong before the cursor is skipped.
func Complete(text string, cursor int) Completion {
	full := []rune(text)
	cursor = max(0, min(cursor, len(full)))
	c := completer{scanner: scanner{src: full[:cursor]}, full: full}
	return c.run()
}

// Quote writes a value so that a filter takes it literally.
func Quote(value string) string { return quote(value, "_-./@+:") }

type completer struct {
	scanner
	full  []rune
	after bool // a term stands before, so that AND and OR may follow
}

func (c *completer) run() Completion {
	for {
		c.space()
		switch r := c.at(0); {
		case c.done():
			return c.term(word{start: c.pos, end: c.pos})
		case r == '(' || r == '-':
			c.pos, c.after = c.pos+1, false
			continue
		case r == ')':
			c.pos, c.after = c.pos+1, true
			continue
		}
		w := c.scanner.term()
		if c.done() && w.end > w.start {
			return c.term(w)
		}
		c.space()
		op := c.operator()
		c.pos += len(op)
		if op == "" {
			c.after = w.connective() == ""
			continue
		}
		if done, ok := c.values(w); ok {
			return done
		}
		c.after = true
	}
}

// values reads what stands behind an operator, and completes it where the cursor is there.
func (c *completer) values(name word) (Completion, bool) {
	list := false
	for {
		c.space()
		if c.at(0) == '(' && !list {
			list = true
			c.pos++
			continue
		}
		w := c.value()
		if c.done() {
			return c.valueOf(name, w), true
		}
		if !list {
			return Completion{}, false
		}
		if w.start == w.end {
			closed := c.at(0) == ')'
			c.pos++
			if closed {
				return Completion{}, false
			}
		}
	}
}

// term completes a bare word: a field's name, a family's key, or a connective.
func (c *completer) term(w word) Completion {
	out := Completion{Expect: ExpectTerm, Prefix: w.String(), Start: w.start, End: c.endOf(w, true)}
	if family, key, dotted := strings.Cut(out.Prefix, "."); dotted {
		if f, ok := lookupFamily(family); ok {
			out.Expect, out.Field, out.Facet, out.Prefix = ExpectKey, f.Name, f.Name, key
			out.Start += len([]rune(family)) + 1
			return out
		}
	}
	if len(w.glyphs) != w.end-w.start { // quoted or escaped: text to search for
		return Completion{Expect: ExpectText, Prefix: out.Prefix, Start: out.Start, End: out.End}
	}
	typed := strings.ToLower(out.Prefix)
	if f, ok := Lookup(typed); ok && typed != "" && f.Key == "" {
		for _, op := range f.Operators() {
			out.Candidates = append(out.Candidates, Candidate{CandidateOperator, f.Name + op, f.Description})
		}
	}
	out.Candidates = append(out.Candidates, fieldsLike(typed)...)
	for _, word := range []string{"AND", "OR", "NOT"} {
		if strings.HasPrefix(word, strings.ToUpper(typed)) && (c.after || word == "NOT") {
			out.Candidates = append(out.Candidates, Candidate{CandidateConnective, word, ""})
		}
	}
	return out
}

// fieldsLike answers the fields that begin with what is typed, then those with a later part that does.
func fieldsLike(typed string) []Candidate {
	var first, later []Candidate
	for _, f := range registry {
		text := f.Name + ":"
		switch {
		case f.Key != "":
			text = f.Name + "."
		case f.Ordered():
			text = f.Name
		}
		candidate := Candidate{CandidateField, text, f.Description}
		begins, within := false, false
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			begins = begins || strings.HasPrefix(name, typed)
			within = within || strings.Contains(name, "."+typed) || strings.Contains(name, "_"+typed)
		}
		if begins {
			first = append(first, candidate)
		} else if within {
			later = append(later, candidate)
		}
	}
	return append(first, later...)
}

// valueOf completes a value of the named field.
func (c *completer) valueOf(name, w word) Completion {
	out := Completion{Expect: ExpectValue, Prefix: w.String(), Start: w.start, End: c.endOf(w, false)}
	p := parser{scanner: scanner{src: c.full}}
	f, ref, err := p.field(name)
	if err != nil || f.Type == TypeSearch {
		out.Expect = ExpectText
		return out
	}
	out.Field = ref.String()
	if f.Facet {
		out.Facet = out.Field
	}
	typed := strings.ToLower(out.Prefix)
	for _, v := range f.samples() {
		if strings.HasPrefix(v, typed) {
			out.Candidates = append(out.Candidates, Candidate{CandidateValue, v, ""})
		}
	}
	if typed == "" {
		out.Candidates = append(out.Candidates, Candidate{CandidateValue, "*", "any value"})
	}
	return out
}

// samples answers all values of a closed type and typical ones of an open type.
func (f Field) samples() []string {
	switch f.Type {
	case TypeEnum:
		return f.Values
	case TypeBoolean:
		return []string{"true", "false"}
	case TypeDuration:
		return []string{"100ms", "500ms", "1s", "5s", "30s", "1m", "5m"}
	case TypeTime:
		return []string{"-15m", "-1h", "-24h", "-7d", "-30d"}
	}
	return nil
}

// endOf answers where the word under the cursor ends in the whole text.
func (c *completer) endOf(w word, term bool) int {
	s := scanner{src: c.full, pos: w.start}
	return s.word(term).end
}
