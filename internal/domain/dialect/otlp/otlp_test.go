package otlp

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/metric"
	"steward/internal/domain/trace"
)

var received = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func arrival() Arrival { return Arrival{Project: "default", Received: received.UnixNano()} }

func sample() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.SetSchemaUrl("https://example.test/schema")
	rs.Resource().Attributes().PutStr("service.name", "claims")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("lib")
	ss.Scope().SetVersion("1.2")
	s := ss.Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1, 2})
	s.SetSpanID(pcommon.SpanID{3})
	s.SetParentSpanID(pcommon.SpanID{4})
	s.SetName("chat")
	s.SetKind(ptrace.SpanKindClient)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(received))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(received.Add(time.Second)))
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("boom")
	s.TraceState().FromRaw("a=b")
	s.SetDroppedAttributesCount(2)
	a := s.Attributes()
	a.PutStr("s", "text")
	a.PutInt("i", -7)
	a.PutDouble("d", 2.5)
	a.PutBool("b", true)
	a.PutEmptyBytes("raw").FromRaw([]byte{0, 255})
	a.PutEmptySlice("list").AppendEmpty().SetStr("x")
	a.PutEmptyMap("map").PutInt("n", 1)
	a.PutEmpty("null")
	e := s.Events().AppendEmpty()
	e.SetName("ev")
	e.SetTimestamp(7)
	e.Attributes().PutStr("k", "v")
	l := s.Links().AppendEmpty()
	l.SetTraceID(pcommon.TraceID{9})
	l.SetSpanID(pcommon.SpanID{8})
	return td
}

func marshal(t testing.TB, td ptrace.Traces) []byte {
	t.Helper()
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeEncodeIsTheSameRequest(t *testing.T) {
	want := marshal(t, sample())
	got, err := DecodeTraces(want, arrival())
	if err != nil || len(got.Raws) != 1 || len(got.Rejected) != 0 {
		t.Fatalf("got %d spans, rejected %v, err %v", len(got.Raws), got.Rejected, err)
	}
	raw := &got.Raws[0]
	if raw.Name != "chat" || raw.OTelKind != "client" || raw.StatusCode != trace.StatusError || raw.Parent != (trace.SpanID{4}) {
		t.Errorf("span is %+v", raw)
	}
	back, err := EncodeTraces([]*trace.Raw{raw}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, back) {
		t.Errorf("encoded again it differs:\n%x\n%x", want, back)
	}
	js, err := EncodeTraces([]*trace.Raw{raw}, true)
	if err != nil {
		t.Fatal(err)
	}
	pb, err := FromJSON(Traces, js)
	if err != nil || !bytes.Equal(pb, want) {
		t.Errorf("through JSON it differs: %v", err)
	}
}

func TestBadSpansAreRejectedOneByOne(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s ptrace.Span)
		want  Reason
		mark  trace.Mark
	}{
		"zero trace id":    {spoil: func(s ptrace.Span) { s.SetTraceID(pcommon.TraceID{}) }, want: BadTraceID},
		"zero span id":     {spoil: func(s ptrace.Span) { s.SetSpanID(pcommon.SpanID{}) }, want: BadSpanID},
		"1970":             {spoil: func(s ptrace.Span) { s.SetStartTimestamp(5) }, want: TooOld},
		"2100":             {spoil: func(s ptrace.Span) { s.SetStartTimestamp(4102444800e9) }, want: TooNew},
		"beyond int64":     {spoil: func(s ptrace.Span) { s.SetStartTimestamp(1 << 63) }, want: TooOld},
		"end before start": {spoil: func(s ptrace.Span) { s.SetEndTimestamp(5) }, mark: trace.MarkEndBeforeStart},
		"own parent":       {spoil: func(s ptrace.Span) { s.SetParentSpanID(s.SpanID()) }, mark: trace.MarkSelfParent},
		"ahead": {spoil: func(s ptrace.Span) {
			s.SetStartTimestamp(pcommon.NewTimestampFromTime(received.Add(time.Hour)))
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(received.Add(time.Hour)))
		}, mark: trace.MarkClockAhead},
		"invalid UTF-8": {spoil: func(s ptrace.Span) { s.SetName("a\xff") }, mark: trace.MarkUTF8},
	} {
		t.Run(name, func(t *testing.T) {
			td := sample()
			spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
			good := spans.AppendEmpty()
			spans.At(0).CopyTo(good)
			good.SetSpanID(pcommon.SpanID{77})
			c.spoil(spans.At(0))
			got, err := DecodeTraces(marshal(t, td), arrival())
			if err != nil {
				t.Fatal(err)
			}
			if c.want != "" {
				if len(got.Raws) != 1 || len(got.Rejected) != 1 || got.Rejected[0].Reason != c.want {
					t.Fatalf("got %d spans, rejected %+v; want one rejected as %s", len(got.Raws), got.Rejected, c.want)
				}
				return
			}
			if len(got.Raws) != 2 || len(got.Raws[0].Marks) != 1 || got.Raws[0].Marks[0] != c.mark {
				t.Fatalf("got %d spans, marks %v; want mark %s", len(got.Raws), got.Raws[0].Marks, c.mark)
			}
		})
	}
}

func TestWrongLengthIDRejectsOnlyItsSpan(t *testing.T) {
	span := protowire.AppendTag(nil, 1, protowire.BytesType)
	span = protowire.AppendBytes(span, []byte{1, 2, 3})
	body := nest(nest(nest(span, 2), 2), 1)
	got, err := DecodeTraces(body, arrival())
	if err != nil || len(got.Rejected) != 1 || got.Rejected[0].Reason != BadTraceID {
		t.Errorf("got %+v, %v", got.Rejected, err)
	}
}

func nest(b []byte, num protowire.Number) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), b)
}

func TestDeepValuesDoNotEndangerTheStack(t *testing.T) {
	v := protowire.AppendVarint(protowire.AppendTag(nil, 3, protowire.VarintType), 1)
	for range 200_000 {
		if len(v) > 1<<16 { // some 7,000 levels; building more costs more than decoding it
			break
		}
		v = nest(nest(v, 1), 5)
	}
	kv := append(nest([]byte("deep"), 1), nest(v, 2)...)
	td := marshal(t, sample())
	got, err := DecodeTraces(append(td, nest(nest(nest(append(spanIDsBytes(), nest(kv, 9)...), 2), 2), 1)...), arrival())
	if err != nil || len(got.Raws) != 2 {
		t.Fatalf("%d spans, %v, %v", len(got.Raws), got.Rejected, err)
	}
	if marks := got.Raws[1].Marks; len(marks) != 1 || marks[0] != trace.MarkDeep {
		t.Errorf("marks are %v", marks)
	}
}

func spanIDsBytes() []byte {
	b := nest(bytes.Repeat([]byte{1}, 16), 1)
	b = append(b, nest(bytes.Repeat([]byte{2}, 8), 2)...)
	b = protowire.AppendTag(b, 7, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, uint64(received.UnixNano()))
}

func TestLogsAndMetricsFromJSON(t *testing.T) {
	at := `"timeUnixNano":"` + "1795262400000000000" + `"`
	pb, err := FromJSON(LogRecords, []byte(`{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},
	 "scopeLogs":[{"logRecords":[{`+at+`,"severityNumber":9,"eventName":"gen_ai.choice","body":{"kvlistValue":{"values":[{"key":"index","value":{"intValue":"0"}}]}},
	 "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	logs, err := DecodeLogs(pb, arrival())
	if err != nil || len(logs.Records) != 1 {
		t.Fatalf("%+v, %v", logs, err)
	}
	r := logs.Records[0]
	if idx, _ := r.Body.Map().Get("index"); r.Service != "s" || r.EventName != "gen_ai.choice" || idx.Int() != 0 || idx.Kind() != attr.Int ||
		hex.EncodeToString(r.Span[:]) != "0102030405060708" {
		t.Errorf("record is %+v", r)
	}
	pb, err = FromJSON(Metrics, []byte(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
	 {"name":"tokens","unit":"{token}","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{`+at+`,"asInt":"5","attributes":[{"key":"type","value":{"stringValue":"input"}}]}]}},
	 {"name":"lat","histogram":{"aggregationTemporality":2,"dataPoints":[{`+at+`,"count":"3","sum":6.5,"bucketCounts":["1","2"],"explicitBounds":[1.5],"min":0.5,"max":4}]}},
	 {"name":"exp","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{`+at+`,"count":"3","sum":6.5,"scale":-2,"zeroCount":"1","positive":{"offset":-3,"bucketCounts":["1","1"]}}]}},
	 {"name":"sum","summary":{"dataPoints":[{`+at+`,"count":"3","sum":6.5,"quantileValues":[{"quantile":0.5,"value":2}]}]}},
	 {"name":"none"}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	points, err := DecodeMetrics(pb, arrival())
	if err != nil || len(points.Points) != 4 || len(points.Rejected) != 1 {
		t.Fatalf("%+v, %v", points, err)
	}
	sum, hist, exp, summary := points.Points[0], points.Points[1], points.Points[2], points.Points[3]
	if !sum.IsInt || sum.IntValue != 5 || sum.Temporality != "delta" || !sum.Monotonic || sum.Attributes.Str("type") != "input" {
		t.Errorf("sum is %+v", sum)
	}
	if hist.Type != metric.Histogram || hist.Count != 3 || hist.Value != 6.5 || len(hist.Counts) != 2 || hist.Counts[1] != 2 || hist.Bounds[0] != 1.5 || *hist.Max != 4 {
		t.Errorf("histogram is %+v", hist)
	}
	if exp.Exp.Scale != -2 || exp.Exp.PositiveOffset != -3 || len(exp.Exp.Positive) != 2 || exp.Exp.ZeroCount != 1 {
		t.Errorf("exponential histogram is %+v", exp.Exp)
	}
	if summary.Bounds[0] != 0.5 || summary.Values[0] != 2 {
		t.Errorf("summary is %+v", summary)
	}
}

func TestBadJSONSaysWhatIsWrong(t *testing.T) {
	_, err := FromJSON(Traces, []byte(`{"resourceSpans":`))
	if err == nil || !strings.Contains(err.Error(), "not valid OTLP JSON") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(marshal(f, sample()))
	f.Add(nest(nest(nest(spanIDsBytes(), 2), 2), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := DecodeTraces(bytes.Clone(b), arrival())
		again, err2 := DecodeTraces(bytes.Clone(b), arrival())
		if (err == nil) != (err2 == nil) || len(first.Raws) != len(again.Raws) || len(first.Raws) != len(first.Hashes) {
			t.Fatal("not deterministic")
		}
		for i := range first.Raws {
			raw := &first.Raws[i]
			if raw.Trace.IsZero() || raw.ID.IsZero() || raw.End != 0 && raw.End < raw.Start {
				t.Fatalf("took a bad span: %+v", raw)
			}
			if _, err := EncodeTraces([]*trace.Raw{raw}, true); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = DecodeLogs(bytes.Clone(b), arrival())
		_, _ = DecodeMetrics(bytes.Clone(b), arrival())
	})
}

func BenchmarkDecodeTraces(b *testing.B) {
	td := sample()
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for range 511 {
		s := spans.AppendEmpty()
		spans.At(0).CopyTo(s)
		s.Attributes().PutStr("gen_ai.input.messages", strings.Repeat("lorem ipsum ", 120))
	}
	body := marshal(b, td)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeTraces(body, arrival()); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRequestsOfManyEmptyRecordsAreRefusedBeforeTheyTakeMemory(t *testing.T) {
	empty := nest(nil, 2) // a span of two bytes
	body := nest(nest(bytes.Repeat(empty, maxRecords+1), 2), 1)
	if _, err := DecodeTraces(body, arrival()); errs.CodeOf(err) != errs.CodeTooLarge {
		t.Errorf("%d empty spans: %v", maxRecords+1, err)
	}
	values := nest(nest(bytes.Repeat(nest(nil, 1), maxValues+1), 5), 2) // an array of empty values
	kv := append(nest([]byte("k"), 1), values...)
	body = nest(nest(nest(append(spanIDsBytes(), nest(kv, 9)...), 2), 2), 1)
	if _, err := DecodeTraces(body, arrival()); errs.CodeOf(err) != errs.CodeTooLarge {
		t.Errorf("%d empty values: %v", maxValues+1, err)
	}
	if _, err := DecodeLogs(nest(nest(bytes.Repeat(empty, maxRecords+1), 2), 1), arrival()); errs.CodeOf(err) != errs.CodeTooLarge {
		t.Errorf("empty log records: %v", err)
	}
	if _, err := DecodeMetrics(nest(nest(bytes.Repeat(empty, maxRecords+1), 2), 1), arrival()); errs.CodeOf(err) != errs.CodeTooLarge {
		t.Errorf("empty metrics: %v", err)
	}
}
