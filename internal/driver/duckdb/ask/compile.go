package ask

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// cond is a piece of SQL and its arguments. As a condition it is true or false, never NULL, so that NOT means what
// filter.Not says.
type cond struct {
	sql  string
	args []any
}

func (c cond) and(d cond) cond {
	return cond{"(" + c.sql + " AND " + d.sql + ")", append(append([]any(nil), c.args...), d.args...)}
}

// compiled is a filter as a condition on a span row with alias s.
type compiled struct {
	cond
	text   bool // it searches message text
	totals bool // it reads the trace's totals, alias t
	roots  bool // and among them name or status
	// loose holds wherever cond may hold, and neither searches text nor reads totals.
	loose cond
	// noText is cond with every search in text taken as found.
	noText cond
}

// compiler knows what a filter cannot say itself. scores is the scores table, "" where needs says that none is read.
type compiler struct {
	project project.ID
	scores  string
	cols    map[string]column
	skip    func(filter.Expr) bool // comparisons to take as unknown
}

// needs says what a filter reads beyond the span's own row.
func needs(e filter.Expr) (scores, text, totals, roots bool) {
	filter.Walk(e, func(e filter.Expr) {
		switch e := e.(type) {
		case filter.Text:
			text = true
		case filter.Cmp:
			scores = scores || e.Field.Name == "score"
			text = text || searches(e)
			totals = totals || ofTrace(e)
			roots = roots || e.Field.Name == "trace.name" || e.Field.Name == "trace.status"
		}
	})
	return
}

func searches(e filter.Expr) bool {
	switch e := e.(type) {
	case filter.Text:
		return true
	case filter.Cmp:
		f, _ := filter.Lookup(e.Field.Name)
		return f.Type == filter.TypeSearch && e.Op == filter.OpContains
	}
	return false
}

func ofTrace(e filter.Expr) bool {
	c, ok := e.(filter.Cmp)
	return ok && strings.HasPrefix(c.Field.Name, "trace.")
}

// compile turns a resolved filter into SQL. Values are always arguments, never text.
func compile(e filter.Expr, p project.ID, scores string) (out compiled, err error) {
	k := &compiler{project: p, scores: scores, cols: columns()}
	_, out.text, out.totals, out.roots = needs(e)
	if out.cond, err = k.expr(e, true); err != nil {
		return out, err
	}
	out.loose, out.noText = out.cond, out.cond
	if out.text || out.totals {
		k.skip = func(e filter.Expr) bool { return searches(e) || ofTrace(e) }
		if out.loose, err = k.expr(e, true); err != nil {
			return out, err
		}
		k.skip = searches
		out.noText, err = k.expr(e, true)
	}
	return out, err
}

// expr compiles e; positive is false below an odd number of Nots, where an unknown condition is false instead of true.
func (k *compiler) expr(e filter.Expr, positive bool) (cond, error) {
	if e != nil && k.skip != nil && k.skip(e) {
		if positive {
			return cond{sql: "TRUE"}, nil
		}
		return cond{sql: "FALSE"}, nil
	}
	switch e := e.(type) {
	case nil:
		return cond{sql: "TRUE"}, nil
	case filter.And:
		return k.join(e.Terms, " AND ", positive)
	case filter.Or:
		return k.join(e.Terms, " OR ", positive)
	case filter.Not:
		c, err := k.expr(e.Term, !positive)
		return cond{"NOT (" + c.sql + ")", c.args}, err
	case filter.Text:
		return search("text", e.Phrase), nil
	case filter.Cmp:
		return k.cmp(e)
	}
	return cond{}, fmt.Errorf("filter node %T has no SQL", e)
}

func (k *compiler) join(terms []filter.Expr, op string, positive bool) (cond, error) {
	var out cond
	parts := make([]string, len(terms))
	for i, t := range terms {
		c, err := k.expr(t, positive)
		if err != nil {
			return out, err
		}
		parts[i] = c.sql
		out.args = append(out.args, c.args...)
	}
	out.sql = "(" + strings.Join(parts, op) + ")"
	return out, nil
}

func (k *compiler) cmp(e filter.Cmp) (cond, error) {
	f, ok := filter.Lookup(e.Field.Name)
	if !ok {
		return cond{}, errs.Invalid("filter field %q is not known", e.Field.Name)
	}
	switch f.Type {
	case filter.TypeScore:
		return k.score(e), nil
	case filter.TypeAttribute:
		return compareAttribute(e), nil
	case filter.TypeSearch:
		return compareSearch(e), nil
	}
	col, ok := k.cols[f.Name]
	if !ok {
		return cond{}, fmt.Errorf("filter field %q has no column", f.Name)
	}
	switch f.Type {
	case filter.TypeText, filter.TypeEnum:
		return compareText(f.Name, col, e), nil
	case filter.TypeBoolean:
		if e.Op == filter.OpExists {
			return cond{sql: "TRUE"}, nil
		}
		return cond{"(" + col.sql + ") = ?", []any{e.Value.Bool}}, nil
	}
	c := compareNumber(col.sql, col.wide, e)
	return cond{"coalesce(" + c.sql + ", FALSE)", c.args}, nil
}

func compareText(name string, col column, e filter.Cmp) cond {
	if col.list {
		if e.Op == filter.OpExists {
			return cond{sql: "len(" + col.sql + ") > 0"}
		}
		if v, ok := e.Value.Pattern.Literal(); ok {
			return cond{"list_contains(" + col.sql + ", ?)", []any{v}}
		}
		c := matches("v", e.Value.Pattern)
		return cond{"len(list_filter(" + col.sql + ", lambda v: v <> '' AND " + c.sql + ")) > 0", c.args}
	}
	if e.Op == filter.OpExists {
		return cond{sql: col.sql + " <> ''"}
	}
	v, literal := e.Value.Pattern.Literal()
	switch {
	case literal && v == "":
		return cond{sql: "FALSE"}
	case literal && (name == "trace" || name == "span" || name == "parent"):
		return compareID(name, v)
	case literal:
		return cond{col.sql + " = ?", []any{v}}
	}
	c := matches(col.sql, e.Value.Pattern)
	return cond{"(" + col.sql + " <> '' AND " + c.sql + ")", c.args}
}

// compareID compares an id as the engine stores it, so that zone maps and hashes apply.
func compareID(name, v string) cond {
	if name == "trace" {
		if id, err := trace.ParseID(v); err == nil && id.String() == v {
			return cond{sql: "s.trace_id = " + row.TraceLiteral(id)}
		}
		return cond{sql: "FALSE"}
	}
	var id trace.SpanID
	if raw, err := hex.DecodeString(v); err != nil || len(raw) != len(id) || hex.EncodeToString(raw) != v {
		return cond{sql: "FALSE"}
	}
	id, err := trace.ParseSpanID(v)
	if err != nil {
		return cond{sql: "FALSE"}
	}
	col := "s.span_id"
	if name == "parent" {
		return cond{fmt.Sprintf("coalesce(s.parent_id = %d::UBIGINT, FALSE)", row.SpanID(id)), nil}
	}
	return cond{fmt.Sprintf("%s = %d::UBIGINT", col, row.SpanID(id)), nil}
}

// matches says that the pattern matches the whole of the text expression.
func matches(expr string, p filter.Pattern) cond {
	if v, ok := p.Literal(); ok {
		return cond{expr + " = ?", []any{v}}
	}
	if len(p.Parts) == 2 && p.Parts[1] == "" {
		return cond{"starts_with(" + expr + ", ?)", []any{p.Parts[0]}}
	}
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	parts := make([]string, len(p.Parts))
	for i, s := range p.Parts {
		parts[i] = escape.Replace(s)
	}
	return cond{expr + ` LIKE ? ESCAPE '\'`, []any{strings.Join(parts, "%")}}
}

// compareNumber is NULL where the number is.
func compareNumber(expr string, wide bool, e filter.Cmp) cond {
	switch e.Op {
	case filter.OpExists:
		return cond{sql: expr + " IS NOT NULL"}
	case filter.OpRange:
		low, high := number(e.Value.Number, wide), number(e.High.Number, wide)
		return cond{"(" + expr + " >= " + low.sql + " AND " + expr + " <= " + high.sql + ")", append(low.args, high.args...)}
	case filter.OpEqual:
		v := number(e.Value.Number, wide)
		return cond{expr + " = " + v.sql, v.args}
	}
	v := number(e.Value.Number, wide)
	return cond{expr + " " + string(e.Op) + " " + v.sql, v.args}
}

// number binds a whole number as BIGINT where the column is one, so that zone maps apply, and else as DECIMAL.
func number(n decimal.Decimal, wide bool) cond {
	if wide && n.IsInteger() && n.BigInt().IsInt64() {
		return cond{"?", []any{n.IntPart()}}
	}
	return cond{"CAST(? AS DECIMAL(38,12))", []any{n.String()}}
}

func compareSearch(e filter.Cmp) cond {
	if e.Op != filter.OpExists {
		phrase, _ := e.Value.Pattern.Literal()
		return search(e.Field.Name, phrase)
	}
	switch e.Field.Name {
	case "input":
		return cond{sql: "s.input_text <> ''"}
	case "output":
		return cond{sql: "s.output_text <> ''"}
	}
	return cond{sql: "(s.input_text <> '' OR s.output_text <> '')"}
}

// search looks for a phrase in the messages. contains(lower(x)) takes less than half of ILIKE's time.
func search(field, phrase string) cond {
	p := filter.Fold(phrase)
	switch field {
	case "input":
		return cond{"contains(lower(s.input_text), ?)", []any{p}}
	case "output":
		return cond{"contains(lower(s.output_text), ?)", []any{p}}
	}
	return cond{"(contains(lower(s.input_text), ?) OR contains(lower(s.output_text), ?))", []any{p, p}}
}

// plainNumber is what both Go and the engine read as the same finite number.
const plainNumber = `[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?`

func compareAttribute(e filter.Cmp) cond {
	a := attribute(e.Field.Name, e.Field.Key)
	var c cond
	switch {
	case e.Op == filter.OpExists:
		return cond{a.sql + " IS NOT NULL", a.args}
	case e.Value.Type == filter.TypeNumber:
		n := compareDouble("TRY_CAST(a AS DOUBLE)", e)
		if exact := decimal.New(1<<53, 0); e.Value.Number.Abs().GreaterThan(exact) || e.High.Number.Abs().GreaterThan(exact) {
			n = compareNumber("TRY_CAST(a AS DECIMAL(38,12))", false, e)
			n.sql = "coalesce(" + n.sql + ", FALSE)"
		}
		c = cond{"a IS NOT NULL AND regexp_full_match(a, '" + plainNumber + "') AND isfinite(TRY_CAST(a AS DOUBLE)) AND " + n.sql, n.args}
	case e.Op == filter.OpEqual:
		c = matches("a", e.Value.Pattern)
	default:
		v, _ := e.Value.Pattern.Literal()
		c = cond{"a " + string(e.Op) + " ?", []any{v}}
	}
	// The lambda names the value once, however often the condition reads it.
	return cond{"coalesce(list_transform([" + a.sql + "], lambda a: " + c.sql + ")[1], FALSE)",
		append(append([]any(nil), a.args...), c.args...)}
}

// compareDouble compares what emitters wrote as floats or text, which needs a float's reach.
func compareDouble(expr string, e filter.Cmp) cond {
	v := func(n decimal.Decimal) any { f, _ := n.Float64(); return f }
	switch e.Op {
	case filter.OpRange:
		return cond{"(" + expr + " >= ? AND " + expr + " <= ?)", []any{v(e.Value.Number), v(e.High.Number)}}
	case filter.OpEqual:
		return cond{expr + " = ?", []any{v(e.Value.Number)}}
	}
	return cond{expr + " " + string(e.Op) + " ?", []any{v(e.Value.Number)}}
}
