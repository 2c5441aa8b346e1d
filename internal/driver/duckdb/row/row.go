// Package row owns the span table's columns: one list says how each is named, typed, written and read back, so that
// what goes in comes out again, attribute kinds included. It knows nothing of files, transactions or questions.
// Start reading at spanColumns; document.go and pack.go are the format of the content column.
//
// Texts are never NULL: absent is ”. Flags and counts are never NULL: absent is false or 0. end_ns is 0 while a span
// is not finished. NULL stands for absent in parent_id, duration_ns (unfinished), ttft_ns, cost (no amount: unpriced or
// no cost applies), reported_cost, and problems and problem_details (which are never []). Other lists are never NULL:
// absent is [].
package row

import (
	"cmp"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/domain/trace"
)

// MaxText bounds each of the two searchable text columns of a span, in bytes.
const MaxText = trace.MaxSearchText

// maxAttribute bounds an attribute in the attributes column, in bytes of its stored form; larger ones are in content.
const maxAttribute = 256

// PreviewChars is how many characters input_preview and output_preview hold.
const PreviewChars = 120

// Column describes a column of a table.
type Column struct {
	Name string
	Type string // without constraints
	// Zstd asks for that compression; the engine chooses by itself elsewhere.
	Zstd bool
	// Null says that NULL stands for absent.
	Null bool
	// Heavy columns are read only when content is asked for.
	Heavy bool

	put func(e *Encoder) driver.Value
	get func(d *Scanner) any // destination for Scan; nil where reading a span back does not need the column
}

func text(name string, put func(*trace.Span) string, get func(*trace.Span) any) Column {
	return Column{Name: name, Type: "VARCHAR",
		put: func(e *Encoder) driver.Value { return boxText(put(e.s)) },
		get: func(d *Scanner) any { return get(&d.s) }}
}

func count(name string, at func(*trace.Span) *int64) Column {
	return Column{Name: name, Type: "BIGINT",
		put: func(e *Encoder) driver.Value { return *at(e.s) },
		get: func(d *Scanner) any { return at(&d.s) }}
}

func flag(name string, at func(*trace.Span) *bool) Column {
	return Column{Name: name, Type: "BOOLEAN",
		put: func(e *Encoder) driver.Value { return *at(e.s) },
		get: func(d *Scanner) any { return at(&d.s) }}
}

// made is a column that only queries read: it is derived from the span and not needed to rebuild it.
func made(name, typ string, put func(*Encoder) driver.Value) Column {
	return Column{Name: name, Type: typ, put: put}
}

func spanColumns() []Column {
	type S = trace.Span
	cols := []Column{
		text("project", func(s *S) string { return string(s.Project) }, func(s *S) any { return &s.Project }),
		{Name: "trace_id", Type: "UUID",
			put: func(e *Encoder) driver.Value { return duckdb.UUID(e.s.Trace) },
			get: func(d *Scanner) any { return (*traceID)(&d.s.Trace) }},
		{Name: "span_id", Type: "UBIGINT",
			put: func(e *Encoder) driver.Value { return SpanID(e.s.ID) },
			get: func(d *Scanner) any { return (*spanID)(&d.s.ID) }},
		{Name: "parent_id", Type: "UBIGINT", Null: true,
			put: func(e *Encoder) driver.Value {
				if e.s.Parent.IsZero() {
					return nil
				}
				return SpanID(e.s.Parent)
			},
			get: func(d *Scanner) any { return (*spanID)(&d.s.Parent) }},
		{Name: "rev", Type: "INTEGER",
			put: func(e *Encoder) driver.Value { return e.s.Rev },
			get: func(d *Scanner) any { return &d.s.Rev }},
		{Name: "hash", Type: "UBIGINT",
			put: func(e *Encoder) driver.Value { return e.s.Hash },
			get: func(d *Scanner) any { return &d.s.Hash }},
		text("name", func(s *S) string { return s.Name }, func(s *S) any { return &s.Name }),
		text("kind", func(s *S) string { return string(s.Kind) }, func(s *S) any { return &s.Kind }),
		text("otel_kind", func(s *S) string { return s.OTelKind }, func(s *S) any { return &s.OTelKind }),
		count("start_ns", func(s *S) *int64 { return &s.Start }),
		count("end_ns", func(s *S) *int64 { return &s.End }),
		orNull(made("duration_ns", "BIGINT", func(e *Encoder) driver.Value {
			if e.s.End == 0 {
				return nil
			}
			return e.s.Duration()
		})),
		{Name: "ttft_ns", Type: "BIGINT", Null: true,
			put: func(e *Encoder) driver.Value {
				if e.s.FirstToken == 0 {
					return nil
				}
				return e.s.FirstToken
			},
			get: func(d *Scanner) any { return (*nullInt)(&d.s.FirstToken) }},
		text("status", func(s *S) string { return string(s.StatusCode) }, func(s *S) any { return &s.StatusCode }),
		text("status_message", func(s *S) string { return s.StatusText }, func(s *S) any { return &s.StatusText }),
		text("service", func(s *S) string { return s.Service }, func(s *S) any { return &s.Service }),
		text("environment", func(s *S) string { return s.Environment }, func(s *S) any { return &s.Environment }),
		text("release", func(s *S) string { return s.Release }, func(s *S) any { return &s.Release }),
		text("level", func(s *S) string { return s.Level }, func(s *S) any { return &s.Level }),
		text("session", func(s *S) string { return s.Session }, func(s *S) any { return &s.Session }),
		text("user_id", func(s *S) string { return s.User }, func(s *S) any { return &s.User }),
		text("agent", func(s *S) string { return s.Agent.Name }, func(s *S) any { return &s.Agent.Name }),
		text("agent_version", func(s *S) string { return s.Agent.Version }, func(s *S) any { return &s.Agent.Version }),
		texts("tags", func(s *S) *[]string { return &s.Tags }),
		flag("derived", func(s *S) *bool { return &s.Derived }),
		text("provider", func(s *S) string { return s.Model.Provider }, func(s *S) any { return &s.Model.Provider }),
		text("model_requested", func(s *S) string { return s.Model.Requested }, func(s *S) any { return &s.Model.Requested }),
		text("model_used", func(s *S) string { return s.Model.Used }, func(s *S) any { return &s.Model.Used }),
		made("model", "VARCHAR", func(e *Encoder) driver.Value { return boxText(e.s.Model.Name()) }),
		text("finish_reason", func(s *S) string { return s.FinishReason }, func(s *S) any { return &s.FinishReason }),
		text("prompt", func(s *S) string { return s.Prompt.Name }, func(s *S) any { return &s.Prompt.Name }),
		text("prompt_version", func(s *S) string { return s.Prompt.Version }, func(s *S) any { return &s.Prompt.Version }),
		tool("tool", func(t *trace.Tool) *string { return &t.Name }),
		tool("tool_call_id", func(t *trace.Tool) *string { return &t.CallID }),
		count("input_tokens", func(s *S) *int64 { return &s.Usage.Input }),
		count("output_tokens", func(s *S) *int64 { return &s.Usage.Output }),
		count("cache_read_tokens", func(s *S) *int64 { return &s.Usage.CacheRead }),
		count("cache_write_tokens", func(s *S) *int64 { return &s.Usage.CacheWrite }),
		count("reasoning_tokens", func(s *S) *int64 { return &s.Usage.Reasoning }),
		count("input_audio_tokens", func(s *S) *int64 { return &s.Usage.InputAudio }),
		count("output_audio_tokens", func(s *S) *int64 { return &s.Usage.OutputAudio }),
		text("usage_source", func(s *S) string { return string(s.Usage.Source) }, func(s *S) any { return &s.Usage.Source }),
		flag("rollup", func(s *S) *bool { return &s.Usage.Rollup }),
		{Name: "cost", Type: "DECIMAL(38,12)", Null: true,
			put: func(e *Encoder) driver.Value { return e.cost() },
			get: func(d *Scanner) any { return &money{&d.s.Cost.Amount, nil} }},
		text("currency", func(s *S) string { return s.Cost.Currency }, func(s *S) any { return &s.Cost.Currency }),
		text("cost_state", func(s *S) string { return string(s.Cost.State) }, func(s *S) any { return &s.Cost.State }),
		// of an unpriced cost, which has no price, the reason
		text("price", func(s *S) string { return cmp.Or(s.Cost.Price, s.Cost.Reason) }, func(s *S) any { return &s.Cost.Price }),
		text("book", func(s *S) string { return s.Cost.Book }, func(s *S) any { return &s.Cost.Book }),
		{Name: "reported_cost", Type: "DECIMAL(38,12)", Null: true,
			put: func(e *Encoder) driver.Value { return e.reported() },
			get: func(d *Scanner) any { return &money{&d.reported.Amount, &d.hasReported} }},
		{Name: "reported_currency", Type: "VARCHAR",
			put: func(e *Encoder) driver.Value { return boxText(reportedCurrency(e.s)) },
			get: func(d *Scanner) any { return &d.reported.Currency }},
		text("emitter", func(s *S) string { return s.Mapper.Emitter }, func(s *S) any { return &s.Mapper.Emitter }),
		{Name: "mapper_version", Type: "INTEGER",
			put: func(e *Encoder) driver.Value { return int32(e.s.Mapper.Version) },
			get: func(d *Scanner) any { return &d.s.Mapper.Version }},
		texts("unmapped", func(s *S) *[]string { return &s.Mapper.Unmapped }),
		{Name: "marks", Type: "VARCHAR[]",
			put: func(e *Encoder) driver.Value { return boxList(e.s.Marks) },
			get: func(d *Scanner) any { return (*list[trace.Mark])(&d.s.Marks) }},
		made("input_preview", "VARCHAR", func(e *Encoder) driver.Value { return boxText(firstUserText(e.s)) }),
		made("output_preview", "VARCHAR", func(e *Encoder) driver.Value { return boxText(lastAnswerText(e.s)) }),
		heavy("attributes", true, func(e *Encoder) driver.Value { return e.own(e.attributes) }, func(d *Scanner) any { return &d.attributes }),
		heavy("resource", false, func(e *Encoder) driver.Value { return boxText(e.resource) }, nil),
		heavy("input_text", true, func(e *Encoder) driver.Value { return e.own(e.inputText) }, func(d *Scanner) any { return &d.inputText }),
		heavy("output_text", true, func(e *Encoder) driver.Value { return e.own(e.outputText) }, func(d *Scanner) any { return &d.outputText }),
		made("text_partly", "BOOLEAN", func(e *Encoder) driver.Value { return e.partly }),
		{Name: "content", Type: "BLOB", Zstd: true, Heavy: true,
			put: func(e *Encoder) driver.Value { return e.own(e.content) },
			get: func(d *Scanner) any { return &d.content }},
		made("blobs", "VARCHAR[]", func(e *Encoder) driver.Value { return boxList(e.blobs) }),
		{Name: "problems", Type: "VARCHAR[]", Null: true,
			put: func(e *Encoder) driver.Value {
				return boxProblems(e.s, func(p trace.Problem) string { return string(p.Code) })
			},
			get: func(d *Scanner) any { return (*list[trace.ProblemCode])(&d.problems) }},
		{Name: "problem_details", Type: "VARCHAR[]", Null: true,
			put: func(e *Encoder) driver.Value {
				return boxProblems(e.s, func(p trace.Problem) string { return p.Detail })
			},
			get: func(d *Scanner) any { return (*list[string])(&d.details) }},
		{Name: "call_digest", Type: "UBIGINT",
			put: func(e *Encoder) driver.Value {
				if e.s.Tool == nil {
					return uint64(0)
				}
				return e.s.Tool.Digest
			},
			get: func(d *Scanner) any { return &d.tool.Digest }},
	}
	return cols
}

func orNull(c Column) Column {
	c.Null = true
	return c
}

func heavy(name string, zstd bool, put func(*Encoder) driver.Value, get func(*Scanner) any) Column {
	return Column{Name: name, Type: "VARCHAR", Zstd: zstd, Heavy: true, put: put, get: get}
}

func texts(name string, at func(*trace.Span) *[]string) Column {
	return Column{Name: name, Type: "VARCHAR[]",
		put: func(e *Encoder) driver.Value { return boxList(*at(e.s)) },
		get: func(d *Scanner) any { return (*list[string])(at(&d.s)) }}
}

func tool(name string, at func(*trace.Tool) *string) Column {
	return Column{Name: name, Type: "VARCHAR",
		put: func(e *Encoder) driver.Value {
			if e.s.Tool == nil {
				return boxText("")
			}
			return boxText(*at(e.s.Tool))
		},
		get: func(d *Scanner) any { return at(&d.tool) }}
}

// Columns answers the span table's columns, in order. The caller owns the slice.
func Columns() []Column { return spanColumns() }

// CreateTable answers the statement that makes a table of these columns.
func CreateTable(table string, cols []Column) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n", table)
	for i, c := range cols {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "  %s %s", c.Name, c.Type)
		if !c.Null {
			b.WriteString(" NOT NULL")
		}
		if c.Zstd {
			b.WriteString(" USING COMPRESSION zstd")
		}
	}
	b.WriteString("\n)")
	return b.String()
}

// SpanID answers a span id as the number that the span_id and parent_id columns hold (big endian).
func SpanID(id trace.SpanID) uint64 { return binary.BigEndian.Uint64(id[:]) }

// SpanIDOf is the way back.
func SpanIDOf(n uint64) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

// TraceLiteral answers a trace id as an SQL literal of the trace_id column's type.
func TraceLiteral(id trace.ID) string { return "'" + uuidText(id) + "'::UUID" }

func uuidText(id trace.ID) string {
	var b [36]byte
	hex.Encode(b[0:8], id[0:4])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:36], id[10:16])
	return string(b[:])
}

var emptyList = []any{}

// boxText hands a text to the appender without copying it: the appender copies by itself. Invalid UTF-8, which the
// engine refuses, becomes U+FFFD.
func boxText(s string) driver.Value {
	if s == "" {
		return emptyBytes
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

var emptyBytes driver.Value = []byte{}

func boxList[T ~string](l []T) driver.Value {
	if len(l) == 0 {
		return emptyList
	}
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = boxText(string(s))
	}
	return out
}

func boxProblems(s *trace.Span, of func(trace.Problem) string) driver.Value {
	if len(s.Problems) == 0 {
		return nil
	}
	out := make([]any, len(s.Problems))
	for i, p := range s.Problems {
		out[i] = boxText(of(p))
	}
	return out
}

func reportedCurrency(s *trace.Span) string {
	if s.ReportedCost == nil {
		return ""
	}
	return s.ReportedCost.Currency
}
