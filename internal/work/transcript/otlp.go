package transcript

import (
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/dialect/otlp"
)

// otlp takes one OTLP/JSON export request, as the OpenTelemetry Collector's file exporter writes them one a line. Spans get
// the import's mark; logs and metrics go on as they are.
func (m *maker) otlp(fields attr.Attrs, text string) error {
	for _, signal := range []struct {
		key, old string
		name     otlp.Signal
		take     func(pb []byte) error
	}{
		{"resourceLogs", "resource_logs", otlp.LogRecords, func(pb []byte) error {
			m.out.now.Logs = append(m.out.now.Logs, pb)
			return nil
		}},
		{"resourceMetrics", "resource_metrics", otlp.Metrics, func(pb []byte) error {
			m.out.now.Metrics = append(m.out.now.Metrics, pb)
			return nil
		}},
		{"resourceSpans", "resource_spans", otlp.Traces, m.spans},
	} {
		if !has(fields, signal.key) && !has(fields, signal.old) {
			continue
		}
		pb, err := otlp.FromJSON(signal.name, []byte(text))
		if err != nil {
			return err
		}
		if err := signal.take(pb); err != nil {
			return err
		}
		if signal.name != otlp.Traces {
			m.out.bytes += len(pb)
			m.out.full()
		}
	}
	return nil
}

func (m *maker) spans(pb []byte) error {
	// Whether a time is believed is the server's to say, by its own clock.
	late := otlp.Arrival{Received: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()}
	spans, err := otlp.DecodeTraces(pb, late)
	if err != nil {
		return err
	}
	for _, r := range spans.Rejected {
		m.out.now.Refused = append(m.out.now.Refused, r.Record+": "+r.Detail)
	}
	for i := range spans.Raws {
		raw := &spans.Raws[i]
		raw.Attributes = m.stamp(raw.Attributes, false)
		if !m.out.span(raw) {
			return nil
		}
	}
	return nil
}
