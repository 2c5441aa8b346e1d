package otlp

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"steward/internal/base/attr"
	"steward/internal/domain/metric"
	"steward/internal/domain/trace"
)

// Points is what a metric export holds.
type Points struct {
	Points   []metric.Point
	Rejected []Rejection
}

// DecodeMetrics reads an ExportMetricsServiceRequest; memory and errors as DecodeTraces.
func DecodeMetrics(body []byte, in Arrival) (Points, error) {
	var out Points
	q := newQuota()
	err := each(body, "metric request", func(f field) error {
		if f.num != 1 {
			return nil
		}
		resource, err := decodeOrigin(f.data, q, true)
		if err != nil {
			return err
		}
		return each(f.data, "resource metrics", func(f field) error {
			if f.num != 2 {
				return nil
			}
			scope, err := decodeOrigin(f.data, q, false)
			if err != nil {
				return err
			}
			base := metric.Point{Project: in.Project, Resource: resource, Scope: scope,
				Service: serviceOf(resource), Environment: environmentOf(resource, in.Pin)}
			return each(f.data, "scope metrics", func(f field) error {
				if f.num != 2 {
					return nil
				}
				if err := q.takeRecords(1); err != nil {
					return err
				}
				return decodeMetric(f.data, base, in, q, &out)
			})
		})
	})
	return out, err
}

var metricTypes = map[protowire.Number]metric.Type{5: metric.Gauge, 7: metric.Sum, 9: metric.Histogram,
	10: metric.ExponentialHistogram, 11: metric.Summary}

func decodeMetric(b []byte, base metric.Point, in Arrival, q *quota, out *Points) error {
	d := decoder{quota: q}
	var data field
	err := each(b, "metric", func(f field) error {
		switch f.num {
		case 1:
			base.Name = d.text(f.data)
		case 2:
			base.Description = d.text(f.data)
		case 3:
			base.Unit = d.text(f.data)
		default:
			if t, ok := metricTypes[f.num]; ok {
				base.Type, data = t, f
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if base.Name == "" {
		out.Rejected = append(out.Rejected, Rejection{"metric", NoName, "metric has no name"})
		return nil
	}
	if base.Type == "" {
		out.Rejected = append(out.Rejected, Rejection{fmt.Sprintf("metric %q", base.Name), NoPoints, "metric has no data of a known type"})
		return nil
	}
	err = each(data.data, "metric data", func(f field) error {
		switch {
		case f.num == 2 && f.u64 == 1:
			base.Temporality = "delta"
		case f.num == 2 && f.u64 == 2:
			base.Temporality = "cumulative"
		case f.num == 3:
			base.Monotonic = f.u64 != 0
		}
		return nil
	})
	if err != nil {
		return err
	}
	return each(data.data, "metric data", func(f field) error {
		if f.num != 1 {
			return nil
		}
		if err := q.takeRecords(1); err != nil {
			return err
		}
		p := base
		if err := d.point(f.data, &p); err != nil {
			return err
		}
		if p.Time == 0 {
			p.Time = in.Received
		}
		if r := checkTime(p.Time, in.Received); r != nil {
			r.Record = fmt.Sprintf("metric %q", base.Name)
			out.Rejected = append(out.Rejected, *r)
			return nil
		}
		out.Points = append(out.Points, p)
		return nil
	})
}

// layout maps the fields of the four data point messages onto one another; 0 means the message has none such.
type layout struct {
	attributes, count, sum, counts, bounds, exemplars, min, max protowire.Number
}

var layouts = map[metric.Type]layout{
	metric.Gauge:                {attributes: 7, exemplars: 5},
	metric.Sum:                  {attributes: 7, exemplars: 5},
	metric.Histogram:            {attributes: 9, count: 4, sum: 5, counts: 6, bounds: 7, exemplars: 8, min: 11, max: 12},
	metric.ExponentialHistogram: {attributes: 1, count: 4, sum: 5, exemplars: 11, min: 12, max: 13},
	metric.Summary:              {attributes: 7, count: 4, sum: 5},
}

func (d *decoder) point(b []byte, p *metric.Point) (err error) {
	at := layouts[p.Type]
	if p.Attributes, err = d.attrs(b, at.attributes, "data point"); err != nil {
		return err
	}
	p.Attributes = p.Attributes.Unique()
	if p.Type == metric.ExponentialHistogram {
		p.Exp = new(metric.Exponential)
	}
	var exemplars []attr.Value
	err = each(b, "data point", func(f field) (err error) {
		switch f.num {
		case 2:
			p.Start = int64(f.u64)
			return nil
		case 3:
			p.Time = int64(f.u64)
			return nil
		case at.count:
			p.Count = f.u64
			return nil
		case at.sum:
			p.Value = math.Float64frombits(f.u64)
			return nil
		case at.counts:
			p.Counts, err = fixed(f, p.Counts, func(u uint64) uint64 { return u })
			return err
		case at.bounds:
			p.Bounds, err = fixed(f, p.Bounds, math.Float64frombits)
			return err
		case at.exemplars:
			e, err := d.exemplar(f.data)
			exemplars = append(exemplars, e)
			return err
		case at.min:
			v := math.Float64frombits(f.u64)
			p.Min = &v
			return nil
		case at.max:
			v := math.Float64frombits(f.u64)
			p.Max = &v
			return nil
		}
		switch p.Type {
		case metric.Gauge, metric.Sum:
			number(f, p)
		case metric.ExponentialHistogram:
			return exponential(f, p.Exp)
		case metric.Summary:
			if f.num == 6 {
				return quantile(f.data, p)
			}
		}
		return nil
	})
	if len(exemplars) > 0 {
		p.Exemplar = attr.ListOf(exemplars...)
	}
	return err
}

func number(f field, p *metric.Point) {
	switch f.num {
	case 4:
		p.Value = math.Float64frombits(f.u64)
	case 6:
		p.IsInt, p.IntValue = true, int64(f.u64)
		p.Value = float64(p.IntValue)
	}
}

func exponential(f field, e *metric.Exponential) (err error) {
	switch f.num {
	case 6:
		e.Scale = int32(protowire.DecodeZigZag(f.u64))
	case 7:
		e.ZeroCount = f.u64
	case 8:
		e.PositiveOffset, e.Positive, err = buckets(f.data)
	case 9:
		e.NegativeOffset, e.Negative, err = buckets(f.data)
	case 14:
		e.ZeroThreshold = math.Float64frombits(f.u64)
	}
	return err
}

func buckets(b []byte) (offset int32, counts []uint64, err error) {
	err = each(b, "buckets", func(f field) error {
		switch {
		case f.num == 1:
			offset = int32(protowire.DecodeZigZag(f.u64))
		case f.num == 2 && f.typ == protowire.VarintType:
			counts = append(counts, f.u64)
		case f.num == 2:
			for b := f.data; len(b) > 0; {
				u, n := protowire.ConsumeVarint(b)
				if n < 0 {
					return errWire("bucket counts")
				}
				counts, b = append(counts, u), b[n:]
			}
		}
		return nil
	})
	return offset, counts, err
}

// fixed appends a fixed64 field, packed or not.
func fixed[T any](f field, to []T, as func(uint64) T) ([]T, error) {
	if f.typ == protowire.Fixed64Type {
		return append(to, as(f.u64)), nil
	}
	if len(f.data)%8 != 0 {
		return to, errWire("packed numbers")
	}
	for b := f.data; len(b) > 0; b = b[8:] {
		u, _ := protowire.ConsumeFixed64(b)
		to = append(to, as(u))
	}
	return to, nil
}

func quantile(b []byte, p *metric.Point) error {
	var q, v float64
	err := each(b, "quantile", func(f field) error {
		switch f.num {
		case 1:
			q = math.Float64frombits(f.u64)
		case 2:
			v = math.Float64frombits(f.u64)
		}
		return nil
	})
	p.Bounds, p.Values = append(p.Bounds, q), append(p.Values, v)
	return err
}

func (d *decoder) exemplar(b []byte) (attr.Value, error) {
	filtered, err := d.attrs(b, 7, "exemplar")
	if err != nil {
		return attr.Value{}, err
	}
	m := attr.Attrs{}
	err = each(b, "exemplar", func(f field) error {
		switch f.num {
		case 2:
			m = m.Set("time", attr.Int64(int64(f.u64)))
		case 3:
			m = m.Set("value", attr.Float64(math.Float64frombits(f.u64)))
		case 6:
			m = m.Set("value", attr.Int64(int64(f.u64)))
		case 4:
			if len(f.data) == 8 {
				m = m.Set("span_id", attr.Str(trace.SpanID(f.data).String()))
			}
		case 5:
			if len(f.data) == 16 {
				m = m.Set("trace_id", attr.Str(trace.ID(f.data).String()))
			}
		}
		return nil
	})
	if len(filtered) > 0 {
		m = m.Set("attributes", attr.MapOf(filtered.Unique()))
	}
	return attr.MapOf(m), err
}
