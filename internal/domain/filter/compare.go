package filter

import (
	"strings"
)

// comparison = field ( match | order ); name is the word already read, the operator stands next.
func (p *parser) comparison(name word) (Expr, error) {
	f, ref, err := p.field(name)
	if err != nil {
		return nil, err
	}
	opStart, op := p.pos, p.operator()
	p.pos += len(op)
	if next := p.operator(); next != "" {
		return nil, p.fail(opStart, p.pos+len(next), "there is no operator %q; %s takes %s",
			string(p.src[opStart:p.pos+len(next)]), f.Title(), strings.Join(f.Operators(), " "))
	}
	if op != ":" {
		op = strings.TrimPrefix(op, ":")
	}
	if order := Op(op); ordering(order) && !f.Ordered() {
		return nil, p.fail(opStart, p.pos, "%s is %s and has no order; it takes %s", f.Title(), article(f.Type), strings.Join(f.Operators(), " "))
	}
	c := comparer{parser: p, field: f, ref: ref, start: name.start}
	p.space()
	var e Expr
	switch {
	case p.at(0) == '(' && ordering(Op(op)):
		return nil, p.fail(p.pos, p.pos+1, "%s takes one value; a list goes with : = or !=", op)
	case p.at(0) == '(':
		e, err = c.list()
	default:
		e, err = c.one(op)
	}
	if err != nil {
		return nil, err
	}
	if op == "!=" {
		e = negate(e, p.span(name.start))
	}
	return e, nil
}

// field = name | family "." key
func (p *parser) field(w word) (Field, Ref, error) {
	s := w.String()
	for _, g := range w.glyphs {
		if g == (glyph{'*', true}) {
			return Field{}, Ref{}, p.fail(w.start, w.end, "a field's name takes no *; quote a * that belongs to a key")
		}
	}
	if f, ok := Lookup(s); ok && f.Key == "" {
		return f, Ref{Name: f.Name}, nil
	}
	family, key, dotted := strings.Cut(s, ".")
	if f, ok := lookupFamily(family); ok {
		if !dotted || key == "" {
			return Field{}, Ref{}, p.fail(w.start, w.end, "%s needs what it is about: %s", f.Name, f.Title())
		}
		return f, Ref{Name: f.Name, Key: key}, nil
	}
	hint := "the guide lists the fields"
	if near := suggest(s); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return Field{}, Ref{}, p.fail(w.start, w.end, "there is no field %q; %s To search for the text, quote it", clip(s), sentence(hint))
}

// comparer reads the values of one comparison.
type comparer struct {
	*parser
	field Field
	ref   Ref
	start int // of the field's name
}

// list = "(" item { "OR" item } ")"
func (c *comparer) list() (Expr, error) {
	start, err := c.enter()
	if err != nil {
		return nil, err
	}
	var terms []Expr
	for {
		if c.space(); c.at(0) == '(' {
			return nil, c.fail(c.pos, c.pos+1, "a list of values holds no parentheses; quote a value that has them")
		}
		e, err := c.one(":")
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
		if c.take("OR") {
			if c.terms++; c.terms > MaxTerms {
				return nil, c.fail(c.pos, c.pos, "the filter has more than %d terms", MaxTerms)
			}
			continue
		}
		if c.space(); !c.done() && c.at(0) != ')' {
			return nil, c.fail(c.pos, c.pos+1, `values in a list are joined by OR: %s:(a OR b); quote a value that has spaces`, c.ref)
		}
		err = c.leave(start)
		return either(terms, c.span(c.start)), err
	}
}

// one reads a single value after op and makes the comparison.
func (c *comparer) one(op string) (Expr, error) {
	c.space()
	w := c.value()
	if err := c.checkValue(w); err != nil {
		return nil, err
	}
	at := c.place(c.start, w.end)
	if ordering(Op(op)) {
		return c.order(Op(op), w, at)
	}
	if w.bare() && anything(w) {
		return Cmp{Field: c.ref, Op: OpExists, At: at}, nil
	}
	return c.match(w, at)
}

func (c *comparer) checkValue(w word) error {
	switch {
	case w.open:
		return c.openWord(w)
	case w.start == w.end || w.connective() != "":
		return c.fail(w.start, w.end, "a value for %s is missing; %s", c.ref, c.field.expects())
	case w.startsWith('\''):
		return c.fail(w.start, w.end, "values are quoted with double quotes")
	case w.String() == "" && c.field.Type != TypeAttribute:
		return c.fail(w.start, w.end, "the value of %s is empty; NOT %s:* finds what has none", c.ref, c.ref)
	}
	return c.apart(w)
}

// match compiles : with one value, by the field's type.
func (c *comparer) match(w word, at Pos) (Expr, error) {
	switch c.field.Type {
	case TypeText:
		return c.equal(Value{Type: TypeText, Pattern: w.pattern()}, at), nil
	case TypeAttribute:
		if low, high, ok := ends(w); ok && (isNumber(low) || isNumber(high)) {
			return c.between(w, at)
		}
		return c.equal(Value{Type: TypeText, Pattern: w.pattern()}, at), nil
	case TypeScore:
		return c.matchScore(w, at)
	case TypeSearch:
		return c.contains(w, at)
	case TypeEnum:
		v, err := c.enum(w)
		return c.equal(v, at), err
	case TypeBoolean:
		return c.boolean(w, at)
	}
	if _, _, ok := ends(w); ok {
		return c.between(w, at)
	}
	low, high, err := c.quantity(w.String(), w)
	if err != nil {
		return nil, err
	}
	return c.spread(low, high, at), nil
}

// matchScore reads a number, true or false, and anything else, or quoted, as a label.
func (c *comparer) matchScore(w word, at Pos) (Expr, error) {
	s := w.String()
	if low, high, ok := ends(w); ok && (isNumber(low) || isNumber(high)) {
		return c.between(w, at)
	}
	if w.bare() && isNumber(s) {
		v, _, err := c.quantity(s, w)
		return c.equal(v, at), err
	}
	if b, ok := truth(s); ok && w.bare() {
		return c.equal(Value{Type: TypeBoolean, Bool: b}, at), nil
	}
	return c.equal(Value{Type: TypeText, Pattern: w.pattern()}, at), nil
}

func (c *comparer) contains(w word, at Pos) (Expr, error) {
	lit, err := c.literal(w)
	if err != nil {
		return nil, err
	}
	if c.ref.Name == "text" {
		return Text{Phrase: lit, At: at}, nil
	}
	return Cmp{Field: c.ref, Op: OpContains, Value: Value{Type: TypeSearch, Pattern: Pattern{[]string{lit}}}, At: at}, nil
}

func (c *comparer) boolean(w word, at Pos) (Expr, error) {
	b, ok := truth(w.String())
	if !ok {
		return nil, c.fail(w.start, w.end, "%q is no value of %s; allowed are true and false", clip(w.String()), c.ref)
	}
	if c.ref.Name != "error" {
		return c.equal(Value{Type: TypeBoolean, Bool: b}, at), nil
	}
	e := Cmp{Field: Ref{Name: "status"}, Op: OpEqual, Value: Value{Type: TypeEnum, Pattern: Pattern{[]string{"error"}}}, At: at}
	if b {
		return e, nil
	}
	return negate(e, at), nil
}

// order compiles < <= > >= with one value.
func (c *comparer) order(op Op, w word, at Pos) (Expr, error) {
	s := w.String()
	if c.field.Type == TypeAttribute && !(w.bare() && isNumber(s)) {
		if anyStar(w) {
			return nil, c.fail(w.start, w.end, "%s takes no wildcard; quote a * that belongs to the value", op)
		}
		return Cmp{Field: c.ref, Op: op, Value: Value{Type: TypeText, Pattern: Pattern{[]string{s}}}, At: at}, nil
	}
	low, high, err := c.quantity(s, w)
	if err != nil {
		return nil, err
	}
	v := low
	if op == OpGreater || op == OpLessEq {
		v = high // a date stands for its whole day: after it, or up to its end
	}
	return Cmp{Field: c.ref, Op: op, Value: v, At: at}, nil
}

// between compiles LOW..HIGH, either of which may be left out.
func (c *comparer) between(w word, at Pos) (Expr, error) {
	from, to, _ := ends(w)
	var low, high Value
	var err error
	if from != "" {
		if low, _, err = c.quantity(from, w); err != nil {
			return nil, err
		}
	}
	if to != "" {
		if _, high, err = c.quantity(to, w); err != nil {
			return nil, err
		}
	}
	switch {
	case from == "" && to == "":
		return nil, c.fail(w.start, w.end, "the range has no end; write one of them, %s", c.field.expects())
	case to == "":
		return Cmp{Field: c.ref, Op: OpGreaterEq, Value: low, At: at}, nil
	case from == "":
		return Cmp{Field: c.ref, Op: OpLessEq, Value: high, At: at}, nil
	case low.Relative == high.Relative && low.Number.GreaterThan(high.Number):
		return nil, c.fail(w.start, w.end, "the range is upside down: %s is more than %s", from, to)
	}
	return Cmp{Field: c.ref, Op: OpRange, Value: low, High: high, At: at}, nil
}

func (c *comparer) equal(v Value, at Pos) Expr {
	return Cmp{Field: c.ref, Op: OpEqual, Value: v, At: at}
}

// spread is equality with a value that may stand for a stretch, as a date does.
func (c *comparer) spread(low, high Value, at Pos) Expr {
	if low.equal(high) {
		return c.equal(low, at)
	}
	return Cmp{Field: c.ref, Op: OpRange, Value: low, High: high, At: at}
}

func ordering(op Op) bool {
	return op == OpLess || op == OpLessEq || op == OpGreater || op == OpGreaterEq
}

func anything(w word) bool { return w.pattern().anything() }

func anyStar(w word) bool { return len(w.pattern().Parts) > 1 }

// ends splits an unquoted LOW..HIGH.
func ends(w word) (low, high string, ok bool) {
	if !w.bare() {
		return "", "", false
	}
	return strings.Cut(w.String(), "..")
}
