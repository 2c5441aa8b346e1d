package otlp

import (
	"fmt"

	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// Logs is what a log export holds.
type Logs struct {
	Records  []logs.Record
	Rejected []Rejection
}

// DecodeLogs reads an ExportLogsServiceRequest; memory and errors as DecodeTraces.
func DecodeLogs(body []byte, in Arrival) (Logs, error) {
	var out Logs
	q := newQuota()
	err := each(body, "log request", func(f field) error {
		if f.num != 1 {
			return nil
		}
		resource, err := decodeOrigin(f.data, q, true)
		if err != nil {
			return err
		}
		return each(f.data, "resource logs", func(f field) error {
			if f.num != 2 {
				return nil
			}
			scope, err := decodeOrigin(f.data, q, false)
			if err != nil {
				return err
			}
			return each(f.data, "scope logs", func(f field) error {
				if f.num != 2 {
					return nil
				}
				if err := q.takeRecords(1); err != nil {
					return err
				}
				rec, rejected, err := decodeLog(f.data, in, q)
				if err != nil {
					return err
				}
				if rejected != nil {
					out.Rejected = append(out.Rejected, *rejected)
					return nil
				}
				rec.Resource, rec.Scope = resource, scope
				rec.Service, rec.Environment = serviceOf(resource), environmentOf(resource, in.Pin)
				out.Records = append(out.Records, rec)
				return nil
			})
		})
	})
	return out, err
}

func decodeLog(b []byte, in Arrival, q *quota) (rec logs.Record, rejected *Rejection, err error) {
	d := decoder{quota: q}
	rec.Project, rec.Pin = in.Project, in.Pin
	if rec.Attributes, err = d.attrs(b, 6, "log record"); err != nil {
		return rec, nil, err
	}
	err = each(b, "log record", func(f field) (err error) {
		switch f.num {
		case 1:
			rec.Time = int64(f.u64)
		case 2:
			rec.Severity = int32(min(f.u64, 24))
		case 3:
			rec.SeverityText = d.text(f.data)
		case 5:
			rec.Body, err = d.value(f.data, 0)
		case 9:
			if len(f.data) == len(rec.Trace) {
				rec.Trace = trace.ID(f.data)
			}
		case 10:
			if len(f.data) == len(rec.Span) {
				rec.Span = trace.SpanID(f.data)
			}
		case 11:
			rec.Observed = int64(f.u64)
		case 12:
			rec.EventName = d.text(f.data)
		}
		return err
	})
	rec.Attributes = rec.Attributes.Unique()
	if rec.EventName == "" {
		rec.EventName = rec.Attributes.Str("event.name") // how events were named before OTLP 1.5
	}
	if rec.Time == 0 {
		rec.Time = rec.Observed
	}
	if rec.Time == 0 {
		rec.Time = in.Received
	}
	if rejected = checkTime(rec.Time, in.Received); rejected != nil {
		rejected.Record = fmt.Sprintf("log record %q", rec.EventName)
	}
	return rec, rejected, err
}

func serviceOf(resource *trace.Origin) string { return resource.Attributes.Str("service.name") }

func environmentOf(resource *trace.Origin, pin trace.Pin) string {
	if pin.Environment != "" {
		return pin.Environment
	}
	for _, key := range [...]string{"deployment.environment.name", "deployment.environment"} {
		if env := resource.Attributes.Str(key); env != "" {
			return env
		}
	}
	return ""
}
