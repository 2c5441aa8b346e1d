package row

import (
	"bytes"
	"database/sql/driver"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Encoder turns spans into appender rows. It reuses its buffers, so that a row is valid until the next call of Row.
// It is not safe for concurrent use.
type Encoder struct {
	cols []Column
	row  []driver.Value

	s          *trace.Span
	attributes []byte
	resource   string
	inputText  []byte
	outputText []byte
	partly     bool
	content    []byte
	blobs      []string

	keep       *Chunk
	left       []int
	doc        writer
	pack       *packer
	origins    map[*trace.Origin]string
	costText   string
	reportText string
	costValue  driver.Value
	reportCost driver.Value
}

// NewEncoder answers an Encoder for rows of Columns.
func NewEncoder() *Encoder {
	cols := spanColumns()
	return &Encoder{cols: cols, row: make([]driver.Value, len(cols)), pack: new(packer), origins: map[*trace.Origin]string{}}
}

// Reset forgets the resources it has seen; call it between batches.
func (e *Encoder) Reset() { clear(e.origins) }

// Row answers s as the values of Columns. s is not kept beyond the next call.
func (e *Encoder) Row(s *trace.Span) []driver.Value {
	e.fill(e.row, s)
	return e.row
}

func (e *Encoder) fill(row []driver.Value, s *trace.Span) {
	e.prepare(s)
	for i := range e.cols {
		row[i] = e.cols[i].put(e)
	}
}

// Chunk holds encoded rows that stay valid until it is filled again, so that one goroutine can encode while another
// appends.
type Chunk struct {
	values []driver.Value
	width  int
	arena  []byte
}

// Len answers the number of rows, Row one of them.
func (c *Chunk) Len() int                 { return len(c.values) / max(1, c.width) }
func (c *Chunk) Row(i int) []driver.Value { return c.values[i*c.width : (i+1)*c.width] }

// Fill replaces the chunk's rows by those of the spans. It refers to the spans' own strings.
func (e *Encoder) Fill(c *Chunk, spans []*trace.Span) {
	c.width = len(e.cols)
	c.values = slices.Grow(c.values[:0], len(spans)*c.width)[:len(spans)*c.width]
	c.arena = c.arena[:0]
	for i, s := range spans {
		e.keep = c
		e.fill(c.Row(i), s)
	}
	e.keep = nil
}

// own answers b as it may stand in a row: for a Chunk, a copy in its arena. When the arena grows, rows keep the old one.
func (e *Encoder) own(b []byte) []byte {
	c := e.keep
	if c == nil {
		return b
	}
	at := len(c.arena)
	c.arena = append(c.arena, b...)
	return c.arena[at:len(c.arena):len(c.arena)]
}

func (e *Encoder) prepare(s *trace.Span) {
	e.s = s
	e.costValue, e.costText = amount(s.Cost.Amount, s.Cost.State == usage.Priced || s.Cost.State == usage.CostEstimated || !s.Cost.Amount.IsZero())
	e.reportCost, e.reportText = nil, ""
	if s.ReportedCost != nil {
		e.reportCost, e.reportText = amount(s.ReportedCost.Amount, true)
	}
	e.splitAttributes()
	e.resource = e.origin(s.Resource)
	e.blobs = s.AppendBlobs(e.blobs[:0])

	e.inputText = s.AppendInputText(e.inputText[:0])
	e.outputText = s.AppendOutputText(e.outputText[:0])
	e.partly = len(e.inputText) > MaxText || len(e.outputText) > MaxText
	e.inputText = bytesValid(trace.CutText(e.inputText, MaxText))
	e.outputText = bytesValid(trace.CutText(e.outputText, MaxText))

	e.doc.b = append(append(e.doc.b[:0], e.inputText...), e.outputText...)
	split := len(e.doc.b)
	writeContent(&e.doc, s, e.left, e.costText, e.reportText)
	e.content = e.pack.pack(e.content[:0], e.doc.b, split)
}

// splitAttributes writes the attributes column and notes which attributes it leaves out: those that are large, and of
// a repeated key all but the last.
func (e *Encoder) splitAttributes() {
	e.left = e.left[:0]
	b := append(e.attributes[:0], '{')
	attrs := e.s.Attributes
	repeated := repeats(attrs)
	for i := range attrs {
		key := attrs[i].Key
		if repeated != nil && repeated[key] != i || strings.HasPrefix(key, "$") || !utf8.ValidString(key) || !storable(attrs[i].Value, 0) {
			e.left = append(e.left, i)
			continue
		}
		before := len(b)
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = attr.AppendString(b, key)
		b = append(b, ':')
		at := len(b)
		if b = attrs[i].Value.AppendJSON(b); len(b)-at > maxAttribute {
			b = b[:before]
			e.left = append(e.left, i)
		}
	}
	e.attributes = append(b, '}')
}

// storable says whether the attributes column may hold v: JSON gives it back exactly, and it is not plainly too long
// (which is asked before anything is copied).
func storable(v attr.Value, depth int) bool {
	switch v.Kind() {
	case attr.String:
		s := v.Str()
		return len(s) <= maxAttribute && utf8.ValidString(s)
	case attr.List:
		l := v.List()
		if depth > attr.MaxDepth/2 || len(l) > maxAttribute {
			return false
		}
		for i := range l {
			if !storable(l[i], depth+1) {
				return false
			}
		}
	case attr.Map:
		m := v.Map()
		// A map with one key may look like JSON's stand-in for bytes or a NaN.
		if depth > attr.MaxDepth/2 || len(m) > maxAttribute || len(m) == 1 && strings.HasPrefix(m[0].Key, "$") || repeats(m) != nil {
			return false
		}
		for i := range m {
			if !utf8.ValidString(m[i].Key) || !storable(m[i].Value, depth+1) {
				return false
			}
		}
	}
	return true
}

// repeats answers the last place of every key when a key is repeated, else nil.
func repeats(a attr.Attrs) map[string]int {
	if len(a) <= 32 {
		for i := range a {
			for j := i + 1; j < len(a); j++ {
				if a[i].Key == a[j].Key {
					return lastPlaces(a)
				}
			}
		}
		return nil
	}
	if last := lastPlaces(a); len(last) < len(a) {
		return last
	}
	return nil
}

func lastPlaces(a attr.Attrs) map[string]int {
	last := make(map[string]int, len(a))
	for i := range a {
		last[a[i].Key] = i
	}
	return last
}

// origin answers a resource's attributes as JSON; resources are shared by many spans of a batch.
func (e *Encoder) origin(o *trace.Origin) string {
	if o == nil {
		return "{}"
	}
	s, ok := e.origins[o]
	if !ok {
		s = string(o.Attributes.AppendJSON(nil))
		e.origins[o] = s
	}
	return s
}

func (e *Encoder) cost() driver.Value     { return e.costValue }
func (e *Encoder) reported() driver.Value { return e.reportCost }

var limit = new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)

// amount answers d for a DECIMAL(38,12) column, rounded half-even, and d's exact text where the column cannot hold it.
func amount(d decimal.Decimal, set bool) (driver.Value, string) {
	if !set {
		return nil, ""
	}
	exact := ""
	r := d.RoundBank(usage.Scale)
	if !r.Equal(d) {
		exact = d.String()
	}
	c := r.Coefficient()
	if x := usage.Scale + int64(r.Exponent()); x > 0 {
		if x > 60 {
			return nil, d.String()
		}
		c.Mul(c, new(big.Int).Exp(big.NewInt(10), big.NewInt(x), nil))
	}
	if c.CmpAbs(limit) >= 0 {
		return nil, d.String()
	}
	return duckdb.Decimal{Width: 38, Scale: usage.Scale, Value: c}, exact
}

func bytesValid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\ufffd"))
}
