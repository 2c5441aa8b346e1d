package otlp

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/internal/base/attr"
	"steward/internal/domain/logs"
	"steward/internal/domain/trace"
)

// spread makes a request of 3 resources of 2 scopes of 4 spans, each span in the trace of its number within the scope.
func spread() ptrace.Traces {
	td := ptrace.NewTraces()
	for r := range 3 {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", fmt.Sprint("service ", r))
		for s := range 2 {
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(fmt.Sprint("scope ", s))
			for i := range 4 {
				span := ss.Spans().AppendEmpty()
				span.SetTraceID(pcommon.TraceID{byte(i + 1)})
				span.SetSpanID(pcommon.SpanID{byte(r), byte(s), byte(i), 1})
				span.SetName(fmt.Sprintf("secret-%d", i+1))
				span.SetStartTimestamp(pcommon.Timestamp(received.UnixNano()))
			}
			ss.SetSchemaUrl("behind the spans")
		}
	}
	return td
}

func TestWithoutSpans(t *testing.T) {
	body := marshal(t, spread())
	all, err := DecodeTraces(body, arrival())
	if err != nil {
		t.Fatal(err)
	}
	for name, gone := range map[string]map[byte]bool{"none": {}, "first": {1: true}, "some": {2: true, 4: true}, "all": {1: true, 2: true, 3: true, 4: true}} {
		t.Run(name, func(t *testing.T) {
			out, removed, left, err := WithoutSpans(body, func(id trace.ID) bool { return gone[id[0]] })
			if err != nil {
				t.Fatal(err)
			}
			if removed != 6*len(gone) || left != 24-removed {
				t.Fatalf("removed %d, left %d", removed, left)
			}
			got, err := DecodeTraces(out, arrival())
			if err != nil {
				t.Fatal(err)
			}
			k := 0
			for i := range all.Raws {
				if gone[all.Raws[i].Trace[0]] {
					continue
				}
				if got.Hashes[k] != all.Hashes[i] || got.Raws[k].ID != all.Raws[i].ID ||
					got.Raws[k].Resource.Attributes.Str("service.name") != all.Raws[i].Resource.Attributes.Str("service.name") {
					t.Fatalf("span %d is another than before", i)
				}
				k++
			}
			if k != len(got.Raws) {
				t.Fatalf("%d spans stayed, expected %d", len(got.Raws), k)
			}
			for i := range gone {
				if bytes.Contains(out, fmt.Appendf(nil, "secret-%d", i)) {
					t.Fatalf("the bytes of trace %d are still there", i)
				}
			}
			if name == "all" && bytes.Contains(out, []byte("service")) {
				t.Fatal("the resource of spans that went is still there")
			}
			if name == "none" && &out[0] != &body[0] {
				t.Fatal("an unchanged request was copied")
			}
		})
	}
}

func TestWithoutLogs(t *testing.T) {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, name := range []string{"stays", "goes"} {
		rec := records.AppendEmpty()
		rec.SetEventName(name)
		rec.SetTimestamp(pcommon.Timestamp(received.UnixNano()))
	}
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	out, removed, left, err := WithoutLogs(body, arrival(), func(r *logs.Record) bool { return r.EventName == "goes" })
	if err != nil || removed != 1 || left != 1 || bytes.Contains(out, []byte("goes")) || !bytes.Contains(out, []byte("stays")) {
		t.Fatalf("%q, removed %d, left %d, %v", out, removed, left, err)
	}
}

// gauges makes a request of metrics of two points each, the first of them for ann; one metric has no name, so that its
// points are refused.
func gauges(t testing.TB) []byte {
	t.Helper()
	md := pmetric.NewMetrics()
	metrics := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	at := pcommon.Timestamp(received.UnixNano())
	for i, name := range []string{"a", "", "b", "c"} {
		m := metrics.AppendEmpty()
		m.SetName(name)
		for k, user := range []string{"ann", "bob"} {
			var attrs pcommon.Map
			switch i {
			case 2:
				if k == 0 {
					m.SetEmptyHistogram()
				}
				p := m.Histogram().DataPoints().AppendEmpty()
				p.SetTimestamp(at)
				p.SetCount(uint64(10*i + k))
				attrs = p.Attributes()
			default:
				if k == 0 {
					m.SetEmptySum()
				}
				p := m.Sum().DataPoints().AppendEmpty()
				p.SetTimestamp(at)
				p.SetIntValue(int64(10*i + k))
				attrs = p.Attributes()
			}
			attrs.PutStr("user.id", user)
		}
	}
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestWithoutPoints(t *testing.T) {
	body := gauges(t)
	out, removed, left, err := WithoutPoints(body, func(a attr.Attrs) bool { return a.Str("user.id") == "ann" })
	if err != nil || removed != 4 || left != 4 || bytes.Contains(out, []byte("ann")) {
		t.Fatalf("removed %d, left %d, %v: %q", removed, left, err, out)
	}
	got, err := DecodeMetrics(out, arrival())
	if err != nil || len(got.Points) != 3 {
		t.Fatalf("%d points stayed, not 3: %v", len(got.Points), err)
	}
	out, _, left, err = WithoutPoints(body, func(attr.Attrs) bool { return true })
	if err != nil || left != 0 || len(out) != 0 {
		t.Fatalf("%q is left: %v", out, err)
	}
}

func TestOnly(t *testing.T) {
	spans := marshal(t, spread())
	spans = append(bytes.Clone(spans), 10, 6, 18, 4, 18, 2, 10, 0) // and a span without ids, which is refused
	logged := plog.NewLogs()
	records := logged.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range 6 {
		rec := records.AppendEmpty()
		rec.SetEventName(fmt.Sprint("event ", i))
		if i != 2 { // that one is from 1970 and refused
			rec.SetTimestamp(pcommon.Timestamp(received.UnixNano()))
		} else {
			rec.SetTimestamp(1)
		}
	}
	logBody, err := plogotlp.NewExportRequestFromLogs(logged).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	names := map[Signal]func([]byte) []string{
		Traces: func(b []byte) (out []string) {
			got, err := DecodeTraces(b, arrival())
			for i := range got.Raws {
				out = append(out, fmt.Sprint(got.Raws[i].ID, got.Hashes[i], err))
			}
			return out
		},
		LogRecords: func(b []byte) (out []string) {
			got, err := DecodeLogs(b, arrival())
			for i := range got.Records {
				out = append(out, fmt.Sprint(got.Records[i].EventName, err))
			}
			return out
		},
		Metrics: func(b []byte) (out []string) {
			got, err := DecodeMetrics(b, arrival())
			for _, p := range got.Points {
				out = append(out, fmt.Sprint(p.Name, p.IntValue, p.Count, p.Attributes.Str("user.id"), err))
			}
			return out
		},
	}
	for signal, body := range map[Signal][]byte{Traces: spans, LogRecords: logBody, Metrics: gauges(t)} {
		all := names[signal](body)
		for _, keep := range [][]int{{0}, {1, 3}, {len(all) - 1}} {
			out, err := Only(signal, body, arrival(), keep)
			if err != nil {
				t.Fatalf("%s %v: %v", signal, keep, err)
			}
			var want []string
			for _, n := range keep {
				want = append(want, all[n])
			}
			if got := names[signal](out); !slices.Equal(got, want) {
				t.Errorf("%s %v: %v, want %v", signal, keep, got, want)
			}
		}
		if _, err := Only(signal, body, arrival(), []int{len(all)}); err == nil {
			t.Errorf("%s: a record that is not there was kept", signal)
		}
	}
}

func FuzzWithoutSpans(f *testing.F) {
	f.Add(marshal(f, spread()))
	f.Add([]byte{10, 2, 18, 0})
	f.Add([]byte{10, 200})
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := DecodeTraces(bytes.Clone(body), arrival())
		if err != nil {
			return // never acknowledged, so never in the log
		}
		want := 0
		for i := range all.Raws {
			if all.Raws[i].Trace[0]%2 == 0 {
				want++
			}
		}
		out, _, _, err := WithoutSpans(body, func(id trace.ID) bool { return id[0]%2 == 1 })
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeTraces(out, arrival())
		if err != nil || len(got.Raws) != want {
			t.Fatalf("%d spans stayed, expected %d: %v", len(got.Raws), want, err)
		}
	})
}
