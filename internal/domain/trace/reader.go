package trace

import (
	"context"

	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/usage"
)

// Range is a half-open interval of span starts, [From, To), in Unix nanoseconds.
type Range struct{ From, To int64 }

// Query asks for a page. Sort is a field, with '-' before it for descending: start, duration, cost, tokens;
// "" means -start. Filter nil means everything. Content asks for input, output and attributes too.
type Query struct {
	Project project.ID
	Range   Range
	Filter  filter.Expr
	Sort    string
	Limit   int
	Cursor  page.Cursor
	Content bool
}

// Searched says how far a text search has looked: newest first, back to From. Complete is false when it stopped for
// time; the page's cursor then goes on from there. Partly counts matching candidates whose text was beyond the
// searchable 32 KB and was searched only so far.
type Searched struct {
	From, To int64
	Complete bool
	Partly   int64
}

// Totals add up a trace or a session.
type Totals struct {
	Start, End    int64
	Spans, Errors int64
	Problems      int64 // spans that ail: ended in error or have a stored problem
	Tokens        usage.Tokens
	Cost          usage.Cost   // State is Mixed, without an amount, over several currencies; else unpriced when any call is, and the sum is then of the priced ones
	Reported      *usage.Money // Mixed, without an amount, over several currencies
	Models        []string
	Tags          []string
	User          string
	Environment   string
	Release       string
	Service       string
	Agent         Named
	FirstInput    string // first 120 characters of the first user message
	LastOutput    string // first 120 characters of the last answer
}

// Summary is a trace in a list.
type Summary struct {
	Project    project.ID
	Trace      ID
	Root       SpanID // the root span, or the earliest orphan
	Name       string
	Kind       Kind
	Status     StatusCode // error when the root failed, or, without a root, when any span did
	StatusText string
	Session    string
	Unfinished bool   // some span has not ended
	Orphans    int64  // spans whose parent is not stored
	Matched    SpanID // a span that matched the filter; zero without filter
	Totals
}

// SessionSummary is a session in a list.
type SessionSummary struct {
	Project project.ID
	Session string
	Traces  int64
	Failed  int64 // root spans that ended in error
	// Unfinished says that some span has not ended.
	Unfinished bool
	Totals
}

// FacetQuery asks for the commonest values of fields. By trace counts traces instead of spans.
type FacetQuery struct {
	Project project.ID
	Range   Range
	Filter  filter.Expr
	Fields  []string
	Prefix  string // only values that begin so, for completion
	Limit   int    // values a field; 0 means 20
	ByTrace bool
}

// Facet is a field with its commonest values; Others counts records with a value beyond those.
type Facet struct {
	Field  string
	Values []FacetValue
	Others int64
}

// FacetValue is a value and how many records have it.
type FacetValue struct {
	Value string
	Count int64
}

// AggregateQuery asks for numbers over time. Metrics: spans, traces, sessions, users, errors, problems, unpriced,
// cost, reported_cost, tokens, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
// duration_avg, duration_p50, duration_p90, duration_p95, duration_p99, duration_max, ttft_p50, ttft_p95,
// score_avg.NAME. By are filter fields with texts, words or booleans; those of the trace level group a span by its whole
// trace. Interval is nanoseconds, 0 for one row over all time.
// Tokens and cost sum no roll-ups.
type AggregateQuery struct {
	Project  project.ID
	Range    Range
	Filter   filter.Expr
	Metrics  []string
	By       []string
	Interval int64
	Limit    int // groups, the largest by the first metric; 0 means 1,000
}

// AggregateRow is one interval of one group; a missing key is "no data". Money of several currencies has no sum: it is
// there, Mixed.
type AggregateRow struct {
	Time    int64
	By      map[string]string
	Numbers map[string]float64
	Money   map[string]usage.Money
}

// SQLQuery is a read-only question over the documented views spans, sessions, scores and usage.
type SQLQuery struct {
	Project project.ID
	Range   Range
	Text    string
	MaxRows int
}

// Column is a column of an SQL answer or of a view.
type Column struct{ Name, Type, Meaning string }

// View is a documented view.
type View struct {
	Name    string
	Meaning string
	Columns []Column
}

// Rows streams an SQL answer. Values are nil, bool, int64, float64, string, decimal.Decimal or time.Time, or lists
// and maps of these.
type Rows struct {
	Columns   []Column
	Rows      [][]any
	Truncated bool
}

// Reader answers questions about spans. Every answer is of one project. It opens only the partitions that the range
// asks for. Where an engine cannot answer it says so with an error, never with an empty result.
type Reader interface {
	// Traces lists traces with a span in the range that matches the whole filter; trace.* fields are about totals.
	Traces(ctx context.Context, q Query) (page.Page[Summary], Searched, error)
	// Spans lists spans.
	Spans(ctx context.Context, q Query) (page.Page[Span], Searched, error)
	// Sessions lists sessions with a matching span in the range.
	Sessions(ctx context.Context, q Query) (page.Page[SessionSummary], Searched, error)
	// Trace answers all spans of a trace in order of start, whenever they happened, without content unless asked.
	// It is errs.NotFound when there are none.
	Trace(ctx context.Context, project project.ID, id ID, content bool) ([]Span, error)
	// Span answers one span, whole; errs.NotFound when it is not stored.
	Span(ctx context.Context, key Key) (Span, error)
	// SpansOf answers those of the spans that are stored, whole, in no order. It is for many at once.
	SpansOf(ctx context.Context, keys []Key) ([]Span, error)
	// Summaries answers the summaries of the traces that exist, in no particular order.
	Summaries(ctx context.Context, project project.ID, ids []ID) ([]Summary, error)
	// Session answers a session's totals and its traces, oldest first; errs.NotFound when there is none.
	Session(ctx context.Context, project project.ID, session string) (SessionSummary, []Summary, error)
	// Scan calls fn with whole spans in order of start, in batches that belong to fn; for export, remap and reprice.
	Scan(ctx context.Context, q Query, fn func([]Span) error) error
	Facets(ctx context.Context, q FacetQuery) ([]Facet, error)
	Aggregate(ctx context.Context, q AggregateQuery) ([]AggregateRow, error)
	// SQL runs one SELECT. Anything else, and any table that is not a documented view, is errs.Invalid.
	SQL(ctx context.Context, q SQLQuery) (Rows, error)
	// Views documents what SQL may read.
	Views() []View
	// ExportParquet writes the spans view of the query's range and filter to the file path as Parquet.
	ExportParquet(ctx context.Context, q Query, path string) error
}
