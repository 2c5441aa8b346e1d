package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics answers Steward's own metrics. They are read when asked for, so that nothing is counted twice.
func (a *App) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &intakeCollector{a})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// bareMetrics serves /metrics and nothing else, for a listener that scrapers reach and people do not.
func (a *App) bareMetrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics())
	return mux
}

// intakeCollector tells how the durable path stands.
type intakeCollector struct{ a *App }

var (
	descTail    = prometheus.NewDesc("steward_intake_tail_position", "Last durable position of the intake log.", nil, nil)
	descLoaded  = prometheus.NewDesc("steward_intake_loaded_position", "Last position loaded into the telemetry store.", nil, nil)
	descBytes   = prometheus.NewDesc("steward_intake_log_bytes", "Bytes that the intake log retains.", nil, nil)
	descBound   = prometheus.NewDesc("steward_intake_log_bound_bytes", "Bytes that the intake log may retain before it refuses.", nil, nil)
	descQueue   = prometheus.NewDesc("steward_intake_queue_bytes", "Bytes of decoded records that wait for the loader in memory.", nil, nil)
	descLetters = prometheus.NewDesc("steward_dead_letter_records", "Acknowledged records that the telemetry store refuses and that are set aside.", nil, nil)
	descUnread  = prometheus.NewDesc("steward_mapper_panics_total", "Spans and log records that made the mapper panic and are stored as they were sent.", nil, nil)
	descUnrev   = prometheus.NewDesc("steward_revisions_refused_total", "Revisions of spans that the telemetry store refused; the spans stay as they were.", nil, nil)
	descFailing = prometheus.NewDesc("steward_telemetry_failing", "1 while the telemetry store does not take records.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *intakeCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descTail, descLoaded, descBytes, descBound, descQueue, descLetters, descFailing, descUnread, descUnrev} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *intakeCollector) Collect(out chan<- prometheus.Metric) {
	s := c.a.ingest.State()
	letters := 0
	for _, l := range c.a.letters.List() {
		letters += l.Records
	}
	failing := 0.0
	if s.Failing != nil {
		failing = 1
	}
	for d, v := range map[*prometheus.Desc]float64{descTail: float64(s.Tail), descLoaded: float64(s.Loaded), descBytes: float64(s.LogBytes),
		descBound: float64(s.LogBound), descQueue: float64(s.QueueBytes), descLetters: float64(letters), descFailing: failing} {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	out <- prometheus.MustNewConstMetric(descUnread, prometheus.CounterValue, float64(s.Unreadable))
	out <- prometheus.MustNewConstMetric(descUnrev, prometheus.CounterValue, float64(s.Unrevised))
}
