package otlp

import (
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"steward/internal/base/errs"
)

// Signal is one of OTLP's three.
type Signal string

// The signals, named as in OTLP's paths.
const (
	Traces     Signal = "traces"
	LogRecords Signal = "logs"
	Metrics    Signal = "metrics"
)

// FromJSON turns an OTLP/JSON export request into its protobuf form. The text is checked first, because pdata ignores
// what follows the value and does not bound nesting.
func FromJSON(signal Signal, body []byte) (pb []byte, err error) {
	if !json.Valid(body) {
		return nil, errs.Invalid("request is not valid OTLP JSON (%s): it is not one JSON value, or nested deeper than 10,000 levels", signal)
	}
	switch signal {
	case Traces:
		r := ptraceotlp.NewExportRequest()
		if err = r.UnmarshalJSON(body); err == nil {
			pb, err = r.MarshalProto()
		}
	case LogRecords:
		r := plogotlp.NewExportRequest()
		if err = r.UnmarshalJSON(body); err == nil {
			pb, err = r.MarshalProto()
		}
	default:
		r := pmetricotlp.NewExportRequest()
		if err = r.UnmarshalJSON(body); err == nil {
			pb, err = r.MarshalProto()
		}
	}
	if err != nil {
		return nil, errs.Wrap(errs.CodeInvalid, err, "request is not valid OTLP JSON (%s): %s", signal, reason(err))
	}
	return pb, nil
}

// reason keeps the parser's own words short: they may quote much of the input.
func reason(err error) string {
	s := err.Error()
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Reply is the answer to an export: how many records were not taken, and why.
type Reply struct {
	Rejected int64
	Message  string
}

// Encode writes the reply of a signal, protobuf or JSON. A message that quotes what is not UTF-8 is repaired.
func (r Reply) Encode(signal Signal, asJSON bool) ([]byte, error) {
	r.Message = strings.ToValidUTF8(r.Message, "\uFFFD")
	type response interface {
		MarshalProto() ([]byte, error)
		MarshalJSON() ([]byte, error)
	}
	var out response
	switch signal {
	case Traces:
		m := ptraceotlp.NewExportResponse()
		if r.Message != "" || r.Rejected != 0 {
			m.PartialSuccess().SetRejectedSpans(r.Rejected)
			m.PartialSuccess().SetErrorMessage(r.Message)
		}
		out = m
	case LogRecords:
		m := plogotlp.NewExportResponse()
		if r.Message != "" || r.Rejected != 0 {
			m.PartialSuccess().SetRejectedLogRecords(r.Rejected)
			m.PartialSuccess().SetErrorMessage(r.Message)
		}
		out = m
	default:
		m := pmetricotlp.NewExportResponse()
		if r.Message != "" || r.Rejected != 0 {
			m.PartialSuccess().SetRejectedDataPoints(r.Rejected)
			m.PartialSuccess().SetErrorMessage(r.Message)
		}
		out = m
	}
	if asJSON {
		return out.MarshalJSON()
	}
	return out.MarshalProto()
}
