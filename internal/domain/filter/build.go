package filter

import "unicode"

// both, either and negate build normal trees: flat, without single terms and without double negation.

func both(terms []Expr, at Pos) Expr {
	flat := make([]Expr, 0, len(terms))
	for _, t := range terms {
		if a, ok := t.(And); ok {
			flat = append(flat, a.Terms...)
		} else {
			flat = append(flat, t)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return And{Terms: flat, At: at}
}

func either(terms []Expr, at Pos) Expr {
	flat := make([]Expr, 0, len(terms))
	for _, t := range terms {
		if o, ok := t.(Or); ok {
			flat = append(flat, o.Terms...)
		} else {
			flat = append(flat, t)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return Or{Terms: flat, At: at}
}

func negate(e Expr, at Pos) Expr {
	if n, ok := e.(Not); ok {
		return n.Term
	}
	return Not{Term: e, At: at}
}

func isSpace(r rune) bool { return unicode.IsSpace(r) }
