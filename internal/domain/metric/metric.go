// Package metric owns metric points as OpenTelemetry knows them; monitors read them.
package metric

import (
	"steward/internal/base/attr"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// Type is the shape of a point.
type Type string

// The types of OTLP.
const (
	Gauge                Type = "gauge"
	Sum                  Type = "sum"
	Histogram            Type = "histogram"
	ExponentialHistogram Type = "exponential_histogram"
	Summary              Type = "summary"
)

// Point is one data point. Times are Unix nanoseconds, UTC.
type Point struct {
	Project     project.ID
	Name        string
	Unit        string
	Description string
	Type        Type
	Temporality string // delta, cumulative or ""
	Monotonic   bool
	Start, Time int64
	Attributes  attr.Attrs
	Resource    *trace.Origin
	Scope       *trace.Origin
	Service     string
	Environment string

	Value    float64 // gauge, sum; the sum of a histogram or summary
	IsInt    bool    // Value came as an integer, IntValue holds it
	IntValue int64
	Count    uint64    // histograms and summaries
	Min, Max *float64  // where sent
	Bounds   []float64 // explicit bounds; or the quantiles of a summary
	Counts   []uint64  // bucket counts
	Values   []float64 // a summary's values at Bounds
	Exp      *Exponential
	Exemplar attr.Value // list of maps, Null where none
}

// Exponential holds an exponential histogram's buckets.
type Exponential struct {
	Scale                          int32
	ZeroCount                      uint64
	ZeroThreshold                  float64
	PositiveOffset, NegativeOffset int32
	Positive, Negative             []uint64
}
