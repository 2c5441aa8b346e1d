package look

import (
	"context"
	"time"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// valueSize is about how long a value is as JSON.
func valueSize(v attr.Value) int {
	switch v.Kind() {
	case attr.String, attr.Bytes:
		return v.Len()
	case attr.List:
		n := 2
		for _, e := range v.List() {
			n += 1 + valueSize(e)
		}
		return n
	case attr.Map:
		n := 2
		for _, kv := range v.Map() {
			n += 4 + len(kv.Key) + valueSize(kv.Value)
		}
		return n
	}
	return 8
}

// FacetQuestion asks for the commonest values of fields.
type FacetQuestion struct {
	Project  project.ID
	Filter   string
	From, To time.Time
	Fields   []string
	Prefix   string
	Limit    int
	ByTrace  bool
}

// Facets answers the commonest values of fields.
func (l *Look) Facets(ctx context.Context, q FacetQuestion) ([]trace.Facet, error) {
	r, err := l.rangeOf(q.From, q.To)
	if err != nil {
		return nil, err
	}
	expr, err := l.filter(q.Filter)
	if err != nil {
		return nil, err
	}
	if len(q.Fields) == 0 {
		return nil, errs.Invalid("fields is empty; name at least one, for example fields=model,environment")
	}
	if err := l.settle.Settled(ctx); err != nil {
		return nil, err
	}
	return l.engine.Facets(ctx, trace.FacetQuery{Project: q.Project, Range: r, Filter: expr, Fields: q.Fields, Prefix: q.Prefix,
		Limit: q.Limit, ByTrace: q.ByTrace})
}

// AggregateQuestion asks for numbers over time; Interval zero gives one row a group.
type AggregateQuestion struct {
	Project  project.ID
	Filter   string
	From, To time.Time
	Metrics  []string
	By       []string
	Interval time.Duration
	Limit    int
}

// maxIntervals bounds the rows of a group.
const maxIntervals = 10_000

// Aggregate answers numbers over time.
func (l *Look) Aggregate(ctx context.Context, q AggregateQuestion) ([]trace.AggregateRow, error) {
	r, err := l.rangeOf(q.From, q.To)
	if err != nil {
		return nil, err
	}
	expr, err := l.filter(q.Filter)
	if err != nil {
		return nil, err
	}
	switch {
	case len(q.Metrics) == 0:
		return nil, errs.Invalid("metrics is empty; name at least one, for example metrics=spans,cost")
	case q.Interval < 0 || q.Interval > 0 && q.Interval < time.Second:
		return nil, errs.Invalid("interval must be at least 1s")
	case q.Interval > 0 && (r.To-r.From)/int64(q.Interval) > maxIntervals:
		return nil, errs.Invalid("interval %s cuts the range into more than %d pieces; choose a longer one", q.Interval, maxIntervals)
	}
	if err := l.settle.Settled(ctx); err != nil {
		return nil, err
	}
	return l.engine.Aggregate(ctx, trace.AggregateQuery{Project: q.Project, Range: r, Filter: expr, Metrics: q.Metrics, By: q.By,
		Interval: int64(q.Interval), Limit: q.Limit})
}

// MaxRows and DefaultRows bound an SQL answer.
const (
	MaxRows     = 100_000
	DefaultRows = 10_000
)

// sqlTimeout is how long one SQL question may run.
const sqlTimeout = 30 * time.Second

// SQL answers one SELECT over the documented views within the range.
func (l *Look) SQL(ctx context.Context, p project.ID, text string, from, to time.Time, limit int) (trace.Rows, error) {
	r, err := l.rangeOf(from, to)
	if err != nil {
		return trace.Rows{}, err
	}
	switch {
	case limit == 0:
		limit = DefaultRows
	case limit < 0 || limit > MaxRows:
		return trace.Rows{}, errs.Invalid("limit is %d; allowed are 1 to %d", limit, MaxRows)
	}
	if err := l.settle.Settled(ctx); err != nil {
		return trace.Rows{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, sqlTimeout)
	defer cancel()
	return l.engine.SQL(ctx, trace.SQLQuery{Project: p, Range: r, Text: text, MaxRows: limit})
}

// Views documents what SQL may read.
func (l *Look) Views() []trace.View { return l.engine.Views() }

// Completion is what may stand at a filter's cursor, with values that occur in the range.
type Completion struct {
	filter.Completion
	Counts map[string]int64 // of candidate texts that are values
}

// Complete completes a filter; cursor counts runes from 0.
func (l *Look) Complete(ctx context.Context, p project.ID, text string, cursor int, from, to time.Time) (Completion, error) {
	c := Completion{Completion: filter.Complete(text, cursor)}
	if c.Facet == "" {
		return c, nil
	}
	facets, err := l.Facets(ctx, FacetQuestion{Project: p, From: from, To: to, Fields: []string{c.Facet}, Prefix: c.Prefix, Limit: 20})
	if err != nil || len(facets) == 0 {
		return c, err
	}
	c.Counts = map[string]int64{}
	for _, v := range facets[0].Values {
		text := filter.Quote(v.Value)
		c.Counts[text] = v.Count
		c.Candidates = append(c.Candidates, filter.Candidate{Text: text})
	}
	return c, nil
}
