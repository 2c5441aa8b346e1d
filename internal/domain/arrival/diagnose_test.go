package arrival_test

import (
	"strings"
	"testing"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/arrival"
)

func TestDiagnose(t *testing.T) {
	at := arrival.Endpoints{Base: "http://h:7171", MainPort: 7171, GRPCPort: 4317, HTTPPort: 4318}
	http := arrival.Attempt{Transport: arrival.HTTP, Port: 7171, Method: "POST", Path: "/otlp/v1/traces", Status: "200", HasKey: true, KeyName: "app"}
	for name, c := range map[string]struct {
		change func(r *arrival.Row)
		want   arrival.Problem
		fix    string
	}{
		"all is well":     {func(*arrival.Row) {}, "", ""},
		"no key":          {func(r *arrival.Row) { r.Code, r.HasKey = errs.CodeUnauthenticated, false }, arrival.NoKey, "OTEL_EXPORTER_OTLP_HEADERS"},
		"a wrong key":     {func(r *arrival.Row) { r.Code = errs.CodeUnauthenticated }, arrival.UnknownKey, "steward key create"},
		"a reading key":   {func(r *arrival.Row) { r.Code = errs.CodeForbidden }, arrival.WrongScope, `"app" lacks the scope ingest`},
		"the root":        {func(r *arrival.Row) { r.Code, r.Path = errs.CodeNotFound, "/" }, arrival.WrongPath, "http://h:7171/otlp/v1/traces"},
		"the path twice":  {func(r *arrival.Row) { r.Code, r.Path = errs.CodeNotFound, "/v1/traces/v1/traces" }, arrival.WrongPath, "twice"},
		"singular":        {func(r *arrival.Row) { r.Code, r.Path = errs.CodeNotFound, "/v1/trace" }, arrival.WrongPath, "/otlp/v1/traces"},
		"a browser":       {func(r *arrival.Row) { r.Code, r.Status, r.Method = errs.CodeInvalid, "405", "GET" }, arrival.WrongMethod, "POST"},
		"plain text":      {func(r *arrival.Row) { r.Code, r.Message = errs.CodeInvalid, "content type" }, arrival.WrongEncoding, "http/protobuf"},
		"another service": {func(r *arrival.Row) { r.Code, r.Transport, r.Path = errs.CodeNotFound, arrival.GRPC, "/jaeger.X/Y" }, arrival.WrongPath, "OTLP exporter"},
		"grpc's port":     {func(r *arrival.Row) { r.Port = 4317 }, arrival.WrongPort, "4318"},
		"http's port":     {func(r *arrival.Row) { r.Port, r.Transport = 4318, arrival.GRPC }, arrival.WrongPort, "4317"},
		"tls":             {func(r *arrival.Row) { r.Transport = arrival.TLS }, arrival.NeedsPlain, "http://"},
		"huge":            {func(r *arrival.Row) { r.Code = errs.CodeTooLarge }, arrival.TooLarge, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"},
		"busy":            {func(r *arrival.Row) { r.Code = errs.CodeOverloaded }, arrival.Overloaded, "steward doctor"},
		"our fault":       {func(r *arrival.Row) { r.Code = errs.CodeInternal }, arrival.Failing, "log"},
		"some refused":    {func(r *arrival.Row) { r.AllRecords, r.AllRejected, r.Reason = 10, 2, "bad_id" }, arrival.Rejected, "bad-input"},
		"a second ahead":  {func(r *arrival.Row) { r.Timed, r.Ahead, r.Late = true, int64(time.Second), -int64(time.Second) }, "", ""},
		"an hour ahead":   {func(r *arrival.Row) { r.Timed, r.Ahead, r.Late = true, int64(time.Hour), -int64(time.Hour) }, arrival.ClockAhead, "NTP"},
		"two hours late":  {func(r *arrival.Row) { r.Timed, r.Ahead, r.Late = true, -int64(2*time.Hour), int64(2*time.Hour) }, arrival.ClockBehind, "NTP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &arrival.Row{Attempt: http}
			c.change(r)
			got := arrival.Diagnose(r, at)
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("found %+v in what is well", got)
			case c.want != "" && (len(got) != 1 || got[0].Problem != c.want || !strings.Contains(got[0].Fix, c.fix) || got[0].What == "" && r.Message != ""):
				t.Errorf("got %+v, want %s with %q", got, c.want, c.fix)
			}
		})
	}
}

func TestSDK(t *testing.T) {
	for agent, want := range map[string]string{
		"OTel-OTLP-Exporter-JavaScript/0.223.0":            "OpenTelemetry JavaScript 0.223.0",
		"OTel OTLP Exporter Go/1.35.0":                     "OpenTelemetry Go 1.35.0",
		"OpenTelemetry Collector/0.120.0 (linux/amd64)":    "OpenTelemetry Collector 0.120.0",
		"OpenTelemetry Collector Contrib/1 (linux/amd64)":  "OpenTelemetry Collector Contrib 1",
		"OTel-OTLP-Exporter-Python/1.38.0 python-requests": "OpenTelemetry Python 1.38.0",
		"curl/8.5": "curl/8.5",
		"":         "",
	} {
		if got := arrival.SDK(agent); got != want {
			t.Errorf("SDK(%q) = %q, want %q", agent, got, want)
		}
	}
}
