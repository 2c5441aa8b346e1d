package api

import (
	"encoding/json"
	"time"
)

// Span is an operation, whole or, in lists, without content. Durations are milliseconds, money is a decimal string,
// integers above 2^53 are strings.
type Span struct {
	Project      string            `json:"project"`
	TraceID      string            `json:"trace_id"`
	SpanID       string            `json:"span_id"`
	ParentID     string            `json:"parent_id,omitempty"`
	Name         string            `json:"name"`
	Kind         string            `json:"kind" enum:"llm,embedding,rerank,retrieval,tool,agent,workflow,guardrail,evaluation,task,other"`
	OTelKind     string            `json:"otel_kind"`
	Start        time.Time         `json:"start"`
	End          *time.Time        `json:"end"` // null while the span is not known to have ended
	DurationMS   *float64          `json:"duration_ms"`
	FirstTokenMS *float64          `json:"first_token_ms"`
	Status       Status            `json:"status"`
	Problems     []Problem         `json:"problems"`         // what went wrong though the status may be ok
	Repeat       *Repeat           `json:"repeat,omitempty"` // in a trace's answer, of a call that was made three times or more
	Service      string            `json:"service"`
	Environment  string            `json:"environment"`
	Release      string            `json:"release"`
	Level        string            `json:"level"`
	Session      string            `json:"session"`
	User         string            `json:"user"`
	Agent        Named             `json:"agent"`
	Tags         []string          `json:"tags"`
	Derived      bool              `json:"derived"`
	Model        Model             `json:"model"`
	FinishReason string            `json:"finish_reason"`
	ToolsOffered []ToolOffer       `json:"tools_offered,omitempty"`
	Input        []Message         `json:"input,omitempty"`
	Output       []Message         `json:"output,omitempty"`
	Usage        *Usage            `json:"usage"` // null where the span carries none
	Cost         *Cost             `json:"cost"`  // null where no cost applies
	ReportedCost *Money            `json:"reported_cost"`
	Tool         *Tool             `json:"tool,omitempty"`
	Documents    []Document        `json:"documents,omitempty"`
	Prompt       Named             `json:"prompt"`
	Assets       map[string]string `json:"assets,omitempty"`
	Scores       []Score           `json:"scores"`
	Resource     json.RawMessage   `json:"resource,omitempty"`
	Scope        *Scope            `json:"scope,omitempty"`
	Attributes   json.RawMessage   `json:"attributes,omitempty"`
	Events       []Event           `json:"events,omitempty"`
	Links        []Link            `json:"links,omitempty"`
	Marks        []string          `json:"marks"`
	Dropped      *Dropped          `json:"dropped,omitempty"` // what the emitter's own limits cut before it came here
	TraceState   string            `json:"trace_state,omitempty"`
	Mapper       Mapper            `json:"mapper"`
	Rev          int32             `json:"rev"`
	// Content is "omitted" when input, output and attributes were left out because the trace is large.
	Content string `json:"content,omitempty"`
}

// Status is a span's own verdict.
type Status struct {
	Code    string `json:"code" enum:"ok,error,unset"`
	Message string `json:"message"`
}

// Problem is something that went wrong in a span whatever its status says. Detail is for people, short, and one line.
// repeated is known only of a whole trace and stands only in its answer.
type Problem struct {
	Code   string `json:"code" enum:"tool_error,empty_retrieval,cut,filtered,bad_arguments,context_full,repeated"`
	Detail string `json:"detail"`
}

// Repeat says that a tool was called n times with the same arguments in one trace; group is the first such span.
type Repeat struct {
	Group string `json:"group"`
	N     int    `json:"n"`
}

// Named is a name with an optional version.
type Named struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Model names what answered. ContextWindow is how many tokens it takes in at most, by the price list; absent where that
// is not known.
type Model struct {
	Provider      string `json:"provider"`
	Requested     string `json:"requested"`
	Used          string `json:"used"`
	ContextWindow int64  `json:"context_window,omitempty"`
}

// ToolOffer is a tool that the model could have called.
type ToolOffer struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
}

// Message is one turn of a conversation.
type Message struct {
	Role         string `json:"role"`
	Name         string `json:"name,omitempty"`
	Parts        []Part `json:"parts"`
	FinishReason string `json:"finish_reason,omitempty"`
}

// Part is a piece of a message; Type says which fields count.
type Part struct {
	Type  string          `json:"type" enum:"text,reasoning,tool_call,tool_result,media,data"`
	Text  string          `json:"text,omitempty"`
	ID    string          `json:"id,omitempty"`
	Name  string          `json:"name,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	MIME  string          `json:"mime,omitempty"`
	Blob  string          `json:"blob,omitempty"` // SHA-256; see /api/v1/blobs/{sha256}
	URI   string          `json:"uri,omitempty"`
}

// Usage is what a span took. Input includes cached tokens, output includes reasoning. A rollup repeats its children's
// tokens and no total sums it.
type Usage struct {
	Tokens
	Units  map[string]int64 `json:"units,omitempty"` // pieces that the provider bills beside tokens, such as web_search; only with content
	Source string           `json:"source" enum:"reported,counted,estimated"`
	Rollup bool             `json:"rollup"`
}

// Tokens are counts.
type Tokens struct {
	Input       int64 `json:"input_tokens"`
	Output      int64 `json:"output_tokens"`
	CacheRead   int64 `json:"cache_read_tokens"`
	CacheWrite  int64 `json:"cache_write_tokens"`
	Reasoning   int64 `json:"reasoning_tokens"`
	InputAudio  int64 `json:"input_audio_tokens"`
	OutputAudio int64 `json:"output_audio_tokens"`
}

// Cost is derived from a price; with state unpriced the amount is the sum of what could be priced, often zero, and
// never means free. Mixed is a total over several currencies: amount and currency are empty.
type Cost struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	State    string `json:"state" enum:"priced,estimated,unpriced,mixed"`
	Price    string `json:"price,omitempty"`
	Reason   string `json:"reason,omitempty"` // of an unpriced span: what is missing
}

// Money is an amount as the emitter reported it. Mixed is a total over several currencies: amount and currency are empty.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Mixed    bool   `json:"mixed,omitempty"`
}

// Tool is a tool call with its outcome.
type Tool struct {
	Name      string          `json:"name"`
	CallID    string          `json:"call_id"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
}

// Document is what a retrieval found.
type Document struct {
	ID       string          `json:"id"`
	Content  string          `json:"content"`
	Score    *float64        `json:"score"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// Scope is the instrumentation that made a span.
type Scope struct {
	Name       string          `json:"name"`
	Version    string          `json:"version"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
}

// Event is a moment within a span; from_log marks a log record that was joined to it.
type Event struct {
	Time       time.Time       `json:"time"`
	Name       string          `json:"name"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
	Body       json.RawMessage `json:"body,omitempty"`
	FromLog    bool            `json:"from_log,omitempty"`
}

// Link points to a related span.
type Link struct {
	TraceID    string          `json:"trace_id"`
	SpanID     string          `json:"span_id"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
}

// Dropped counts what the emitter's own limits cut.
type Dropped struct {
	Attributes uint32 `json:"attributes"`
	Events     uint32 `json:"events"`
	Links      uint32 `json:"links"`
}

// Mapper says how the canonical fields came to be.
type Mapper struct {
	Version  int      `json:"version"`
	Emitter  string   `json:"emitter"`
	Unmapped []string `json:"unmapped"`
}

// Totals add up a trace or a session. Problems counts spans that ended in error or have a problem of their own. Outcome
// is error where a root failed, else unfinished where a span has not ended, else problem where there is any, else ok.
type Totals struct {
	Start         time.Time `json:"start"`
	End           time.Time `json:"end"`
	DurationMS    float64   `json:"duration_ms"`
	Spans         int64     `json:"spans"`
	Errors        int64     `json:"errors"`
	Problems      int64     `json:"problems"`
	Outcome       string    `json:"outcome" enum:"ok,error,problem,unfinished"`
	Tokens        Tokens    `json:"tokens"`
	Cost          *Cost     `json:"cost"`
	ReportedCost  *Money    `json:"reported_cost"`
	Models        []string  `json:"models"`
	Tags          []string  `json:"tags"`
	User          string    `json:"user"`
	Environment   string    `json:"environment"`
	Release       string    `json:"release"`
	Service       string    `json:"service"`
	Agent         Named     `json:"agent"`
	InputPreview  string    `json:"input_preview"`
	OutputPreview string    `json:"output_preview"`
	Scores        []Score   `json:"scores"`
}

// Trace is a trace in a list.
type Trace struct {
	Project       string  `json:"project"`
	TraceID       string  `json:"trace_id"`
	RootSpanID    string  `json:"root_span_id"`
	MatchedSpanID *string `json:"matched_span_id"`
	Name          string  `json:"name"`
	Kind          string  `json:"kind"`
	Status        Status  `json:"status"`
	Session       string  `json:"session"`
	Unfinished    bool    `json:"unfinished"`
	Orphans       int64   `json:"orphans"`
	Totals
}

// TraceDetail is a trace with its spans in order of start. FirstProblem is the span where the trouble began, absent
// where there is none: the earliest with an error or a problem that did not merely come up from a span below it.
type TraceDetail struct {
	Trace
	FirstProblem string `json:"first_problem,omitempty"`
	// Items hides the count "spans" of the list: here it is the spans themselves.
	Items []Span `json:"spans"`
	Count int64  `json:"span_count"`
}

// Session is a session in a list.
type Session struct {
	Project string `json:"project"`
	Session string `json:"session"`
	Traces  int64  `json:"traces"`
	Totals
}

// SessionDetail is a session with its traces, oldest first.
type SessionDetail struct {
	Session
	// Items hides the count "traces" of the list: here it is the traces themselves.
	Items []Trace `json:"traces"`
	Count int64   `json:"trace_count"`
}

// Searched says how far a text search has looked, newest first back to from.
type Searched struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Complete bool      `json:"complete"`
	Partly   int64     `json:"partly"` // spans whose text is beyond the searchable 32 KB and was searched only so far
}

// TraceList is a page of traces.
type TraceList struct {
	Items      []Trace  `json:"items"`
	NextCursor *string  `json:"next_cursor"`
	Searched   Searched `json:"searched"`
}

// SpanList is a page of spans.
type SpanList struct {
	Items      []Span   `json:"items"`
	NextCursor *string  `json:"next_cursor"`
	Searched   Searched `json:"searched"`
}

// SessionList is a page of sessions.
type SessionList struct {
	Items      []Session `json:"items"`
	NextCursor *string   `json:"next_cursor"`
	Searched   Searched  `json:"searched"`
}

// Score is a judgement; one of value, label and boolean is set, or none where the judge could not tell.
type Score struct {
	ID          string      `json:"id"`
	Target      ScoreTarget `json:"target"`
	Name        string      `json:"name"`
	Value       *float64    `json:"value"`
	Label       *string     `json:"label"`
	Boolean     *bool       `json:"boolean"`
	Source      ScoreSource `json:"source"`
	Explanation string      `json:"explanation"`
	Time        time.Time   `json:"time"`
}

// ScoreTarget names what is judged: a trace, a span of it, or a session.
type ScoreTarget struct {
	TraceID string `json:"trace_id,omitempty"`
	SpanID  string `json:"span_id,omitempty"`
	Session string `json:"session,omitempty"`
}

// ScoreSource says who judged.
type ScoreSource struct {
	Kind string `json:"kind" enum:"human,code,judge,user"`
	Name string `json:"name"`
}

// NewScores is what POST /api/v1/scores takes: items, at most 1,000. A missing id is made, a missing time is now. A
// client's own id makes the request safe to repeat; a later score with the same id replaces the earlier.
type NewScores struct {
	Items []NewScore `json:"items"`
}

// NewScore is a score before it has an id and a time.
type NewScore struct {
	ID          string      `json:"id,omitempty"`
	Target      ScoreTarget `json:"target"`
	Name        string      `json:"name"`
	Value       *float64    `json:"value,omitempty"`
	Label       *string     `json:"label,omitempty"`
	Boolean     *bool       `json:"boolean,omitempty"`
	Source      ScoreSource `json:"source"`
	Explanation string      `json:"explanation,omitempty"`
	Time        *time.Time  `json:"time,omitempty"`
}

// ScoreIDs answers the ids of what was taken, in order.
type ScoreIDs struct {
	IDs []string `json:"ids"`
}

// Facets are the commonest values of fields.
type Facets struct {
	Facets []Facet `json:"facets"`
}

// Facet is a field with its commonest values; others counts records with any other value.
type Facet struct {
	Field  string       `json:"field"`
	Values []FacetValue `json:"values"`
	Others int64        `json:"others"`
}

// FacetValue is a value and how many records have it.
type FacetValue struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// Aggregate is numbers over time.
type Aggregate struct {
	Interval string         `json:"interval,omitempty"`
	Rows     []AggregateRow `json:"rows"`
}

// AggregateRow is one interval of one group. Durations are milliseconds, money strings; a missing value is no data.
type AggregateRow struct {
	Time   *time.Time        `json:"time,omitempty"`
	By     map[string]string `json:"by"`
	Values map[string]any    `json:"values"`
	// Currencies says what each amount of money is in. "mixed" means that it is in several, and then it has no value.
	Currencies map[string]string `json:"currencies,omitempty"`
}

// Query is a read-only SQL question over the documented views.
type Query struct {
	SQL   string     `json:"sql"`
	From  *time.Time `json:"from,omitempty"`
	To    *time.Time `json:"to,omitempty"`
	Limit int        `json:"limit,omitempty"` // rows, at most 100,000; by default 10,000
}

// QueryAnswer is a table.
type QueryAnswer struct {
	Columns   []Column `json:"columns"`
	Rows      [][]any  `json:"rows"`
	Truncated bool     `json:"truncated"`
}

// Column is a column of an answer or a view.
type Column struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Meaning string `json:"meaning,omitempty"`
}

// View is a documented view.
type View struct {
	Name    string   `json:"name"`
	Meaning string   `json:"meaning"`
	Columns []Column `json:"columns"`
}

// Views are the documented views.
type Views struct {
	Items []View `json:"items"`
}

// FilterField documents a field of the filter language.
type FilterField struct {
	Name        string   `json:"name"`
	Aliases     []string `json:"aliases"`
	Type        string   `json:"type"`
	Level       string   `json:"level"`
	Values      []string `json:"values,omitempty"`
	Operators   []string `json:"operators"`
	Description string   `json:"description"`
	Example     string   `json:"example"`
}

// FilterFields documents all of them.
type FilterFields struct {
	Items []FilterField `json:"items"`
}

// Completion says what may stand at the cursor. From and to are the runes, counted from 0, that a candidate replaces.
type Completion struct {
	From       int         `json:"from"`
	To         int         `json:"to"`
	Expected   string      `json:"expected" enum:"term,key,value,text"`
	Candidates []Candidate `json:"candidates"`
}

// Candidate is one completion.
type Candidate struct {
	Text   string `json:"text"`
	Detail string `json:"detail"`
}
