package row

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/attr"
	"steward/internal/domain/logs"
	"steward/internal/domain/metric"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Field is a column of the simpler tables, whose values follow from the record alone.
type Field[T any] struct {
	Column
	Put func(*T) driver.Value
	Get func(*T) any // destination for Scan; nil where records are not read back
}

// Describe answers the fields' columns.
func Describe[T any](fields []Field[T]) []Column {
	out := make([]Column, len(fields))
	for i := range fields {
		out[i] = fields[i].Column
	}
	return out
}

// Fill writes r's values into dst, which has one place a field.
func Fill[T any](dst []driver.Value, fields []Field[T], r *T) {
	for i := range fields {
		dst[i] = fields[i].Put(r)
	}
}

func field[T any](name, typ string, put func(*T) driver.Value, get func(*T) any) Field[T] {
	return Field[T]{Column: Column{Name: name, Type: typ}, Put: put, Get: get}
}

func (f Field[T]) null() Field[T] { f.Null = true; return f }
func (f Field[T]) zstd() Field[T] { f.Zstd = true; return f }

// ScoreFields are the scores table. A row is one score; (project, id) is unique. value, boolean, trace_id and span_id
// are NULL where absent; texts are ” where absent. day_ns is the start of what is judged, 0 where unknown.
func ScoreFields() []Field[score.Score] {
	type S = score.Score
	return []Field[S]{
		field("project", "VARCHAR", func(s *S) driver.Value { return boxText(string(s.Project)) }, func(s *S) any { return &s.Project }),
		field("id", "VARCHAR", func(s *S) driver.Value { return boxText(s.ID) }, func(s *S) any { return &s.ID }),
		field("trace_id", "UUID", func(s *S) driver.Value { return nullTrace(s.Trace) }, func(s *S) any { return (*traceID)(&s.Trace) }).null(),
		field("span_id", "UBIGINT", func(s *S) driver.Value { return nullSpan(s.Span) }, func(s *S) any { return (*spanID)(&s.Span) }).null(),
		field("session", "VARCHAR", func(s *S) driver.Value { return boxText(s.Session) }, func(s *S) any { return &s.Session }),
		field("name", "VARCHAR", func(s *S) driver.Value { return boxText(s.Name) }, func(s *S) any { return &s.Name }),
		field("value", "DOUBLE", func(s *S) driver.Value { return orNil(s.Value) }, func(s *S) any { return &s.Value }).null(),
		field("label", "VARCHAR", func(s *S) driver.Value { return boxText(s.Label) }, func(s *S) any { return &s.Label }),
		field("boolean", "BOOLEAN", func(s *S) driver.Value { return orNil(s.Boolean) }, func(s *S) any { return &s.Boolean }).null(),
		field("source", "VARCHAR", func(s *S) driver.Value { return boxText(string(s.Source)) }, func(s *S) any { return &s.Source }),
		field("source_name", "VARCHAR", func(s *S) driver.Value { return boxText(s.SourceName) }, func(s *S) any { return &s.SourceName }),
		field("explanation", "VARCHAR", func(s *S) driver.Value { return boxText(s.Explanation) }, func(s *S) any { return &s.Explanation }).zstd(),
		field("time_ns", "BIGINT", func(s *S) driver.Value { return s.Time }, func(s *S) any { return &s.Time }),
		field("day_ns", "BIGINT", func(s *S) driver.Value { return s.Day }, func(s *S) any { return &s.Day }),
	}
}

// ScoreSelect answers the columns that ScanScore reads, each with the prefix.
func ScoreSelect(prefix string) string {
	var b strings.Builder
	for i, f := range ScoreFields() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(prefix + f.Name)
	}
	return b.String()
}

// ScanScore reads a row of ScoreSelect; scan is rows.Scan.
func ScanScore(scan func(...any) error) (s score.Score, err error) {
	fields := ScoreFields()
	dest := make([]any, len(fields))
	for i := range fields {
		dest[i] = fields[i].Get(&s)
	}
	if err := scan(dest...); err != nil {
		return score.Score{}, fmt.Errorf("scan score: %w", err)
	}
	return s, nil
}

// LogFields are the logs table. Nested values are JSON in attr's stored form.
func LogFields() []Field[logs.Record] {
	type R = logs.Record
	return []Field[R]{
		field("project", "VARCHAR", func(r *R) driver.Value { return boxText(string(r.Project)) }, nil),
		field("time_ns", "BIGINT", func(r *R) driver.Value { return r.Time }, nil),
		field("observed_ns", "BIGINT", func(r *R) driver.Value { return r.Observed }, nil),
		field("trace_id", "UUID", func(r *R) driver.Value { return nullTrace(r.Trace) }, nil).null(),
		field("span_id", "UBIGINT", func(r *R) driver.Value { return nullSpan(r.Span) }, nil).null(),
		field("event_name", "VARCHAR", func(r *R) driver.Value { return boxText(r.EventName) }, nil),
		field("severity", "INTEGER", func(r *R) driver.Value { return r.Severity }, nil),
		field("severity_text", "VARCHAR", func(r *R) driver.Value { return boxText(r.SeverityText) }, nil),
		field("service", "VARCHAR", func(r *R) driver.Value { return boxText(r.Service) }, nil),
		field("environment", "VARCHAR", func(r *R) driver.Value { return boxText(r.Environment) }, nil),
		field("joined", "BOOLEAN", func(r *R) driver.Value { return r.Joined }, nil),
		field("body", "VARCHAR", func(r *R) driver.Value { return valueJSON(r.Body) }, nil).zstd(),
		field("attributes", "VARCHAR", func(r *R) driver.Value { return r.Attributes.AppendJSON(nil) }, nil).zstd(),
		field("resource", "VARCHAR", func(r *R) driver.Value { return originJSON(r.Resource) }, nil),
		field("scope", "VARCHAR", func(r *R) driver.Value { return originJSON(r.Scope) }, nil),
	}
}

// PointFields are the metric points table. bounds, counts and quantile_values are those of a histogram or a summary, exp is an
// exponential histogram's buckets as JSON, ” where absent.
func PointFields() []Field[metric.Point] {
	type P = metric.Point
	return []Field[P]{
		field("project", "VARCHAR", func(p *P) driver.Value { return boxText(string(p.Project)) }, nil),
		field("name", "VARCHAR", func(p *P) driver.Value { return boxText(p.Name) }, nil),
		field("unit", "VARCHAR", func(p *P) driver.Value { return boxText(p.Unit) }, nil),
		field("description", "VARCHAR", func(p *P) driver.Value { return boxText(p.Description) }, nil),
		field("type", "VARCHAR", func(p *P) driver.Value { return boxText(string(p.Type)) }, nil),
		field("temporality", "VARCHAR", func(p *P) driver.Value { return boxText(p.Temporality) }, nil),
		field("monotonic", "BOOLEAN", func(p *P) driver.Value { return p.Monotonic }, nil),
		field("start_ns", "BIGINT", func(p *P) driver.Value { return p.Start }, nil),
		field("time_ns", "BIGINT", func(p *P) driver.Value { return p.Time }, nil),
		field("service", "VARCHAR", func(p *P) driver.Value { return boxText(p.Service) }, nil),
		field("environment", "VARCHAR", func(p *P) driver.Value { return boxText(p.Environment) }, nil),
		field("value", "DOUBLE", func(p *P) driver.Value { return p.Value }, nil),
		field("int_value", "BIGINT", func(p *P) driver.Value {
			if !p.IsInt {
				return nil
			}
			return p.IntValue
		}, nil).null(),
		field("count", "UBIGINT", func(p *P) driver.Value { return p.Count }, nil),
		field("min", "DOUBLE", func(p *P) driver.Value { return orNil(p.Min) }, nil).null(),
		field("max", "DOUBLE", func(p *P) driver.Value { return orNil(p.Max) }, nil).null(),
		field("bounds", "DOUBLE[]", func(p *P) driver.Value { return listOf(p.Bounds) }, nil),
		field("counts", "UBIGINT[]", func(p *P) driver.Value { return listOf(p.Counts) }, nil),
		field("quantile_values", "DOUBLE[]", func(p *P) driver.Value { return listOf(p.Values) }, nil),
		field("exp", "VARCHAR", func(p *P) driver.Value { return expJSON(p.Exp) }, nil),
		field("exemplar", "VARCHAR", func(p *P) driver.Value { return valueJSON(p.Exemplar) }, nil),
		field("attributes", "VARCHAR", func(p *P) driver.Value { return p.Attributes.AppendJSON(nil) }, nil),
		field("resource", "VARCHAR", func(p *P) driver.Value { return originJSON(p.Resource) }, nil),
		field("scope", "VARCHAR", func(p *P) driver.Value { return originJSON(p.Scope) }, nil),
	}
}

func nullTrace(id trace.ID) driver.Value {
	if id.IsZero() {
		return nil
	}
	return duckdb.UUID(id)
}

func nullSpan(id trace.SpanID) driver.Value {
	if id.IsZero() {
		return nil
	}
	return SpanID(id)
}

func orNil[T any](p *T) driver.Value {
	if p == nil {
		return nil
	}
	return *p
}

func listOf[T any](l []T) driver.Value {
	if len(l) == 0 {
		return emptyList
	}
	out := make([]any, len(l))
	for i := range l {
		out[i] = l[i]
	}
	return out
}

func valueJSON(v attr.Value) driver.Value {
	if v.IsNull() {
		return emptyBytes
	}
	return v.AppendJSON(nil)
}

func originJSON(o *trace.Origin) driver.Value {
	if o == nil {
		return emptyBytes
	}
	b := []byte(`{"name":`)
	b = attr.AppendString(b, o.Name)
	b = attr.AppendString(append(b, `,"version":`...), o.Version)
	b = attr.AppendString(append(b, `,"schema_url":`...), o.SchemaURL)
	b = o.Attributes.AppendJSON(append(b, `,"attributes":`...))
	return append(b, '}')
}

func expJSON(e *metric.Exponential) driver.Value {
	if e == nil {
		return emptyBytes
	}
	b, err := json.Marshal(e)
	if err != nil { // only a NaN threshold can fail; OTLP has no use for one
		c := *e
		c.ZeroThreshold = 0
		b, _ = json.Marshal(&c)
	}
	return b
}
