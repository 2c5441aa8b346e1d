package row

import (
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// SelectList answers the columns that a Scanner reads, for SELECT, each with the prefix (for example "s." or "").
// Without content it leaves the heavy ones out.
func SelectList(prefix string, content bool) string {
	var b strings.Builder
	for _, c := range spanColumns() {
		if c.get == nil || c.Heavy && !content {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(prefix + c.Name)
	}
	return b.String()
}

// Scanner rebuilds spans from rows of SelectList. Use: rows.Scan(s.Dest()...), then Span.
type Scanner struct {
	dest  []any
	whole bool

	s           trace.Span
	tool        trace.Tool
	reported    usage.Money
	hasReported bool
	problems    []trace.ProblemCode
	details     []string
	attributes  []byte
	inputText   []byte
	outputText  []byte
	content     []byte
	doc         []byte
}

// NewScanner answers a Scanner for rows of SelectList with the same choice of content.
func NewScanner(content bool) *Scanner {
	d := &Scanner{whole: content}
	for _, c := range spanColumns() {
		if c.get != nil && (content || !c.Heavy) {
			d.dest = append(d.dest, c.get(d))
		}
	}
	return d
}

// Dest answers where to scan the next row, in the order of SelectList. What stands there is lost.
func (d *Scanner) Dest() []any {
	d.s = trace.Span{}
	d.tool, d.reported, d.hasReported = trace.Tool{}, usage.Money{}, false
	return d.dest
}

// Span answers the row that was scanned; it belongs to the caller. Without content, input, output, attributes, events
// and all else that the heavy columns hold are absent, but a tool has its name and call id.
func (d *Scanner) Span() (trace.Span, error) {
	s := d.s
	if s.Cost.State == usage.Unpriced {
		s.Cost.Price, s.Cost.Reason = "", s.Cost.Price
	}
	if d.hasReported {
		m := d.reported
		s.ReportedCost = &m
	}
	for i, code := range d.problems {
		p := trace.Problem{Code: code}
		if i < len(d.details) {
			p.Detail = d.details[i]
		}
		s.Problems = append(s.Problems, p)
	}
	if !d.whole {
		if d.tool.Name != "" || d.tool.CallID != "" {
			t := d.tool
			s.Tool = &t
		}
		return s, nil
	}
	d.doc = append(append(d.doc[:0], d.inputText...), d.outputText...)
	split := len(d.doc)
	var err error
	var more rest
	if d.doc, err = unpack(d.doc, d.content); err == nil {
		more, err = readContent(d.doc[split:], &s)
	}
	if err == nil {
		err = exactAmounts(&s, more, d.reported.Currency)
	}
	if err == nil {
		s.Attributes, err = joinAttributes(d.attributes, more.left)
	}
	if s.Tool != nil {
		s.Tool.Digest = d.tool.Digest
	}
	if err != nil {
		return trace.Span{}, fmt.Errorf("span %s of trace %s: %w", s.ID, s.Trace, err)
	}
	return s, nil
}

// exactAmounts restores what the DECIMAL columns could only round or not hold at all.
func exactAmounts(s *trace.Span, more rest, currency string) (err error) {
	if more.cost != "" {
		if s.Cost.Amount, err = decimal.NewFromString(more.cost); err != nil {
			return err
		}
	}
	if more.reported != "" {
		m := usage.Money{Currency: currency}
		if m.Amount, err = decimal.NewFromString(more.reported); err != nil {
			return err
		}
		s.ReportedCost = &m
	}
	return nil
}

// joinAttributes puts the attributes of the column and those kept in content back in their order.
func joinAttributes(column []byte, left []leftOut) (attr.Attrs, error) {
	kept, err := readAttributes(column)
	if err != nil {
		return nil, err
	}
	if len(left) == 0 {
		return kept, nil
	}
	out := make(attr.Attrs, 0, len(kept)+len(left))
	for _, l := range left {
		for len(out) < l.at && len(kept) > 0 {
			out = append(out, kept[0])
			kept = kept[1:]
		}
		out = append(out, l.kv)
	}
	return append(out, kept...), nil
}

func readAttributes(column []byte) (attr.Attrs, error) {
	if len(column) <= 2 {
		return nil, nil
	}
	var a attr.Attrs
	if err := a.UnmarshalJSON(column); err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	return a, nil
}

// traceID scans a UUID; NULL is the zero id.
type traceID trace.ID

func (t *traceID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = traceID{}
		return nil
	case []byte:
		if len(v) == len(t) {
			copy(t[:], v)
			return nil
		}
	case duckdb.UUID:
		*t = traceID(v)
		return nil
	}
	return fmt.Errorf("trace id is a %T", src)
}

// spanID scans a UBIGINT; NULL is the zero id.
type spanID trace.SpanID

func (s *spanID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s = spanID{}
		return nil
	case uint64:
		*s = spanID(SpanIDOf(v))
		return nil
	}
	return fmt.Errorf("span id is a %T", src)
}

// nullInt scans a BIGINT; NULL is 0.
type nullInt int64

func (n *nullInt) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*n = 0
		return nil
	case int64:
		*n = nullInt(v)
		return nil
	}
	return fmt.Errorf("number is a %T", src)
}

// money scans a DECIMAL; NULL is zero and leaves set alone.
type money struct {
	to  *decimal.Decimal
	set *bool
}

func (m *money) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.to = decimal.Decimal{}
		return nil
	case duckdb.Decimal:
		*m.to = Money(v)
		if m.set != nil {
			*m.set = true
		}
		return nil
	}
	return fmt.Errorf("amount is a %T", src)
}

// Money turns the engine's decimal into ours.
func Money(d duckdb.Decimal) decimal.Decimal { return decimal.NewFromBigInt(d.Value, -int32(d.Scale)) }

// list scans a VARCHAR[]; an empty one is nil.
type list[T ~string] []T

func (l *list[T]) Scan(src any) error {
	*l = nil
	if src == nil {
		return nil
	}
	all, ok := src.([]any)
	if !ok {
		return fmt.Errorf("list is a %T", src)
	}
	for _, e := range all {
		s, ok := e.(string)
		if !ok {
			return fmt.Errorf("list element is a %T", e)
		}
		*l = append(*l, T(s))
	}
	return nil
}
