package otlp

import (
	"bytes"
	"fmt"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"

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
