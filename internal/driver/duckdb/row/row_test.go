package row

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

type dice struct{ *rand.Rand }

func (d dice) one(p float64) bool { return d.Float64() < p }

func (d dice) word() string {
	words := []string{"", "a", "gpt-4o", "refund \"policy\"\n", "übermäßig 漢字", "nul\x00byte", "bad\xffutf8", `\u0000`, strings.Repeat("long text ", d.IntN(300))}
	return words[d.IntN(len(words))]
}

// clean is a word that the columns can hold as it is: valid UTF-8.
func (d dice) clean() string { return strings.ToValidUTF8(d.word(), "?") }

func (d dice) value(depth int) attr.Value {
	switch k := d.IntN(10); {
	case k == 0:
		return attr.Value{}
	case k == 1:
		return attr.Boolean(d.one(.5))
	case k == 2:
		return attr.Int64(int64(d.Uint64()))
	case k == 3:
		return attr.Float64([]float64{0, 1, -2.5, 1e300, math.Inf(1), math.Copysign(0, -1), float64(d.IntN(1000))}[d.IntN(7)])
	case k == 4:
		return attr.Blob([]byte(d.word()))
	case k == 5 && depth < 4:
		l := []attr.Value{}
		for range d.IntN(4) {
			l = append(l, d.value(depth+1))
		}
		return attr.ListOf(l...)
	case k == 6 && depth < 4:
		return attr.MapOf(d.attrs(depth + 1))
	}
	return attr.Str(d.word())
}

func (d dice) attrs(depth int) attr.Attrs {
	a := attr.Attrs{}
	for range d.IntN(5) {
		a = append(a, attr.KV{Key: []string{"k", "gen_ai.x", "$bytes", "bad\xfe", "l\"q", d.word()}[d.IntN(6)], Value: d.value(depth)})
	}
	return a
}

func (d dice) origin() *trace.Origin {
	if d.one(.3) {
		return nil
	}
	return &trace.Origin{Name: d.word(), Version: d.word(), SchemaURL: d.word(), Attributes: d.attrs(0)}
}

func (d dice) messages() []trace.Message {
	var out []trace.Message
	for range d.IntN(4) {
		m := trace.Message{Role: []string{"user", "assistant", d.word()}[d.IntN(3)], Name: d.word(), FinishReason: d.word()}
		for range d.IntN(4) {
			m.Parts = append(m.Parts, trace.Part{Type: trace.PartText, Text: d.word(), ID: d.word(), Name: d.word(), Value: d.value(0),
				MIME: d.word(), URI: d.word(), Bytes: [][]byte{nil, {1, 2}}[d.IntN(2)]})
		}
		out = append(out, m)
	}
	return out
}

func (d dice) money() decimal.Decimal {
	all := []string{"0", "0.0012", "-3", "123456789012345678901234.123456789012", "0.1234567890123456", "99999999999999999999999999999", "1e50"}
	return decimal.RequireFromString(all[d.IntN(len(all))])
}

func (d dice) span() trace.Span {
	s := trace.Span{Rev: int32(d.IntN(3)), Hash: d.Uint64()}
	for i := range s.Trace {
		s.Trace[i] = byte(d.Uint32())
	}
	for i := range s.ID {
		s.ID[i] = byte(d.Uint32())
	}
	if d.one(.5) {
		s.Parent = trace.SpanID{byte(d.IntN(256)), 2}
	}
	s.Project, s.TraceState, s.Name, s.OTelKind = "default", d.word(), d.clean(), "client"
	s.Start = int64(d.Uint64())
	s.End = []int64{0, s.Start, s.Start + 12345}[d.IntN(3)]
	s.StatusCode, s.StatusText = trace.StatusError, d.clean()
	s.Attributes, s.Resource, s.Scope = d.attrs(0), d.origin(), d.origin()
	if d.one(.1) {
		for range 40 {
			s.Attributes = append(s.Attributes, d.attrs(0)...)
		}
	}
	for range d.IntN(3) {
		s.Events = append(s.Events, trace.Event{Time: s.Start + int64(d.IntN(9)) - 4, Name: d.word(), Attributes: d.attrs(0), Body: d.value(0), FromLog: d.one(.5)})
	}
	for range d.IntN(3) {
		s.Links = append(s.Links, trace.Link{Trace: s.Trace, Span: s.ID, TraceState: d.word(), Attributes: d.attrs(0)})
	}
	if d.one(.3) {
		s.Dropped = trace.Dropped{Attributes: 1, Events: math.MaxUint32}
		s.Marks = []trace.Mark{trace.MarkDeep, trace.MarkUTF8}
		s.Pin = trace.Pin{Environment: d.word()}
	}
	s.Canonical = d.canonical()
	return s
}

func (d dice) canonical() trace.Canonical {
	c := trace.Canonical{Kind: trace.LLM, FirstToken: int64(d.IntN(3)), Service: d.clean(), Environment: d.clean(), Release: d.clean(),
		Level: d.clean(), Session: d.clean(), User: d.clean(), Agent: trace.Named{Name: d.clean(), Version: d.clean()}, Derived: d.one(.5),
		Model: trace.Model{Provider: d.clean(), Requested: d.clean(), Used: d.clean()}, FinishReason: d.clean(),
		Prompt: trace.Named{Name: d.clean(), Version: d.clean()}, Input: d.messages(), Output: d.messages()}
	for range d.IntN(3) {
		c.Problems = append(c.Problems, trace.Problem{Code: trace.Cut, Detail: d.clean()})
		c.Tags = append(c.Tags, d.clean())
		c.Mapper.Unmapped = append(c.Mapper.Unmapped, d.clean())
		f := d.Float64()
		c.Documents = append(c.Documents, trace.Document{ID: d.word(), Content: d.word(), Score: []*float64{nil, &f}[d.IntN(2)], Metadata: d.value(0)})
		c.ToolsOffered = append(c.ToolsOffered, trace.ToolOffer{Name: d.word(), Description: d.word(), Schema: d.value(0)})
	}
	c.Mapper.Version, c.Mapper.Emitter = d.IntN(9), d.clean()
	c.Usage = usage.Usage{Tokens: usage.Tokens{Input: int64(d.IntN(1e6)), Output: 5, CacheRead: 4, CacheWrite: 3, Reasoning: 2, InputAudio: 1, OutputAudio: 9}, Source: usage.Reported, Rollup: d.one(.5)}
	if d.one(.5) {
		c.Usage.Units = usage.Units{"web_search": int64(d.IntN(9) + 1), d.clean(): 1}
	}
	c.Cost = usage.Cost{Amount: d.money(), Currency: "USD", State: usage.Priced, Price: d.clean(), Book: d.clean()}
	if d.one(.5) {
		c.ReportedCost = &usage.Money{Amount: d.money(), Currency: "EUR"}
	}
	if d.one(.5) {
		c.Tool = &trace.Tool{Name: d.clean(), CallID: d.clean(), Arguments: d.value(0), Result: d.value(0), Digest: d.Uint64()}
		c.Assets = map[string]string{"prompt/a": d.word(), "b": ""}
	}
	return c
}

// sameSpan compares spans; amounts by value, nil and empty lists alike.
func sameSpan(t *testing.T, want, got trace.Span) {
	t.Helper()
	if !want.Cost.Amount.Equal(got.Cost.Amount) || (want.ReportedCost == nil) != (got.ReportedCost == nil) ||
		want.ReportedCost != nil && (!want.ReportedCost.Amount.Equal(got.ReportedCost.Amount) || want.ReportedCost.Currency != got.ReportedCost.Currency) {
		t.Fatalf("amounts: want %v %v, got %v %v", want.Cost, want.ReportedCost, got.Cost, got.ReportedCost)
	}
	for _, s := range []*trace.Span{&want, &got} {
		s.Cost.Amount, s.ReportedCost = decimal.Decimal{}, nil
		if len(s.Attributes) == 0 {
			s.Attributes = nil
		}
	}
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	for _, part := range []string{"Raw", "Canonical"} {
		wp, gp := w.FieldByName(part), g.FieldByName(part)
		for i := range wp.NumField() {
			if !reflect.DeepEqual(wp.Field(i).Interface(), gp.Field(i).Interface()) {
				t.Fatalf("%s.%s\nwant %#v\ngot  %#v", part, wp.Type().Field(i).Name, wp.Field(i).Interface(), gp.Field(i).Interface())
			}
		}
	}
	if want.Rev != got.Rev || want.Hash != got.Hash {
		t.Fatalf("rev or hash: want %d %d, got %d %d", want.Rev, want.Hash, got.Rev, got.Hash)
	}
}

func openTable(t testing.TB) *sql.Conn {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); db.Close() })
	if _, err := c.ExecContext(context.Background(), CreateTable("spans", Columns())); err != nil {
		t.Fatal(err)
	}
	return c
}

func insert(t testing.TB, c *sql.Conn, spans []trace.Span) {
	t.Helper()
	e := NewEncoder()
	err := c.Raw(func(dc any) error {
		a, err := duckdb.NewAppenderFromConn(dc.(driver.Conn), "", "spans")
		if err != nil {
			return err
		}
		for i := range spans {
			if err := a.AppendRow(e.Row(&spans[i])...); err != nil {
				t.Fatal(err)
			}
		}
		return a.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(1, 2))}
	spans := make([]trace.Span, 3000)
	for i := range spans {
		spans[i] = d.span()
	}
	c := openTable(t)
	insert(t, c, spans)
	rows, err := c.QueryContext(context.Background(), "SELECT "+SelectList("s.", true)+" FROM spans s ORDER BY rowid")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sc := NewScanner(true)
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(sc.Dest()...); err != nil {
			t.Fatal(err)
		}
		got, err := sc.Span()
		if err != nil {
			t.Fatal(err)
		}
		sameSpan(t, spans[n], got)
	}
	if err := rows.Err(); err != nil || n != len(spans) {
		t.Fatal(n, err)
	}
}

func TestWithoutContent(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(3, 4))}
	s := d.span()
	s.Tool = &trace.Tool{Name: "search", CallID: "c1", Arguments: attr.Str("x")}
	c := openTable(t)
	insert(t, c, []trace.Span{s})
	sc := NewScanner(false)
	if err := c.QueryRowContext(context.Background(), "SELECT "+SelectList("", false)+" FROM spans").Scan(sc.Dest()...); err != nil {
		t.Fatal(err)
	}
	got, err := sc.Span()
	if err != nil {
		t.Fatal(err)
	}
	if got.Tool == nil || got.Tool.Name != "search" || got.Tool.CallID != "c1" || got.Input != nil || got.Attributes != nil || got.Name != s.Name {
		t.Fatalf("got %+v", got)
	}
}

// TestSearchTextIsTheDomains holds the text columns to what the live tail and the filter's own evaluator search.
func TestSearchTextIsTheDomains(t *testing.T) {
	s := trace.Span{Canonical: trace.Canonical{
		Input:  []trace.Message{{Role: "user", Parts: []trace.Part{{Type: trace.PartText, Text: "where is my claim"}}}},
		Output: []trace.Message{{Role: "assistant", Parts: []trace.Part{{Type: trace.PartToolCall, Name: "look_up_policy", Value: attr.Int64(7)}}}},
	}}
	e := NewEncoder()
	e.Row(&s)
	if got, want := string(e.inputText), string(s.AppendInputText(nil)); got != want {
		t.Errorf("input text is %q, want %q", got, want)
	}
	if got := string(e.outputText); got != "look_up_policy\n7" {
		t.Errorf("output text is %q", got)
	}
}
