package ingest

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"steward/internal/base/attr"
	"steward/internal/base/clock"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/intake"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// record makes the intake record of a body as append does.
func record(kind intake.Kind, body []byte) intake.Record {
	in := otlp.Arrival{Project: "p", Received: 1_800_000_000_000_000_000, Pin: trace.Pin{Environment: "production", Release: "r"}}
	return intake.Record{Kind: kind, Payload: [][]byte{appendHeader(nil, in, "key"), body}}
}

// requests answers a record of each kind that names the traces given, with their names in the content.
func requests(t *testing.T, traces ...byte) map[string]intake.Record {
	t.Helper()
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	var scores []score.Score
	for _, n := range traces {
		name := "content of " + string('A'+rune(n))
		s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{n})
		s.SetSpanID(pcommon.SpanID{n})
		s.SetName(name)
		s.SetStartTimestamp(1_800_000_000_000_000_000)
		l := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		l.SetTraceID(pcommon.TraceID{n})
		l.SetTimestamp(1_800_000_000_000_000_000)
		l.Body().SetStr(name)
		scores = append(scores, score.Score{ID: name, Project: "p", Trace: trace.ID{n}, Name: "n", Source: score.Code})
	}
	spans, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	logs, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	text, err := encodeScores(scores)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]intake.Record{"spans": record(kindTraces, spans), "logs": record(kindLogs, logs), "scores": record(kindScores, text)}
}

func TestRedact(t *testing.T) {
	gone := &Gone{Project: "p", Traces: map[trace.ID]bool{{1}: true}}
	for name, r := range requests(t, 1) {
		if e, err := gone.Redact(r); err != nil || !e.Drop {
			t.Errorf("%s of the trace alone: %+v, %v", name, e, err)
		}
	}
	for name, r := range requests(t, 2, 3) {
		if e, err := gone.Redact(r); err != nil || e.Drop || e.Replace != nil {
			t.Errorf("%s of others: %+v, %v", name, e, err)
		}
	}
	for name, r := range requests(t, 1, 2) {
		e, err := gone.Redact(r)
		if err != nil || e.Drop || e.Replace == nil {
			t.Fatalf("%s of the trace and others: %+v, %v", name, e, err)
		}
		rest := join(e.Replace)
		if bytes.Contains(rest, []byte("content of B")) || !bytes.Contains(rest, []byte("content of C")) {
			t.Errorf("%s: what is left is %q", name, rest)
		}
		whole, err := decode(r.Kind, join(r.Payload))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(r.Kind, rest)
		if err != nil {
			t.Fatalf("%s: what is left cannot be read: %v", name, err)
		}
		if name == "spans" && (len(got.spans.Raws) != 1 || got.spans.Hashes[0] != whole.spans.Hashes[1] || got.spans.Raws[0].Pin != whole.spans.Raws[1].Pin) {
			t.Errorf("what is left is not the other span as it was: %+v", got.spans)
		}
	}
	for name, r := range requests(t, 1) {
		if e, err := (&Gone{Project: "q", Traces: gone.Traces}).Redact(r); err != nil || e.Drop || e.Replace != nil {
			t.Errorf("%s of another project: %+v, %v", name, e, err)
		}
	}
	if _, err := gone.Redact(intake.Record{Kind: kindTraces, Payload: [][]byte{{headerVersion + 1, 2}}}); err == nil {
		t.Error("a record that cannot be read was passed over")
	}
}

// TestRedactWhatHasItsTraceFromItsSession: an agent's event that becomes no span and names no trace.
func TestRedactWhatHasItsTraceFromItsSession(t *testing.T) {
	ld := plog.NewLogs()
	l := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	l.SetTimestamp(1_800_000_000_000_000_000)
	l.SetEventName("claude_code.something_new")
	l.Attributes().PutStr("session.id", "s")
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	r := record(kindLogs, body)
	d, err := decode(r.Kind, join(r.Payload))
	if err != nil {
		t.Fatal(err)
	}
	home, ok := emitter.HomeOf(&d.logs.Records[0])
	if _, _, derived := emitter.Derive(&d.logs.Records[0]); !ok || derived {
		t.Fatalf("the record does not test this: home %v, derived %v", ok, derived)
	}
	if e, err := (&Gone{Project: "p", Traces: map[trace.ID]bool{home: true}}).Redact(r); err != nil || !e.Drop {
		t.Errorf("the record stays: %+v, %v", e, err)
	}
}

// TestRedactByName: log records and points go by the user and session that they name, when these were asked for.
func TestRedactByName(t *testing.T) {
	ld, md := plog.NewLogs(), pmetric.NewMetrics()
	for _, attrs := range []map[string]any{{"user.id": "ann"}, {"session.id": "s"}, {"user.id": "bob"}} {
		r := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		r.SetTimestamp(1_800_000_000_000_000_000)
		m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("tokens")
		p := m.SetEmptySum().DataPoints().AppendEmpty()
		p.SetTimestamp(1_800_000_000_000_000_000)
		if err := errors.Join(r.Attributes().FromRaw(attrs), p.Attributes().FromRaw(attrs)); err != nil {
			t.Fatal(err)
		}
	}
	records := map[intake.Kind][]byte{}
	var err [2]error
	records[kindLogs], err[0] = plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	records[kindMetrics], err[1] = pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err := errors.Join(err[:]...); err != nil {
		t.Fatal(err)
	}
	gone := Gone{Project: "p", User: "ann", Sessions: map[string]bool{"s": true}}
	for kind, body := range records {
		if e, err := gone.Redact(record(kind, body)); err != nil || e.Drop || e.Replace != nil {
			t.Errorf("kind %d by trace: %+v, %v", kind, e, err)
		}
		by := gone
		by.Named = true
		e, err := by.Redact(record(kind, body))
		rest := join(e.Replace)
		if err != nil || e.Drop || bytes.Contains(rest, []byte("ann")) || bytes.Contains(rest, []byte("session.id")) || !bytes.Contains(rest, []byte("bob")) {
			t.Errorf("kind %d by name: %q, %v", kind, rest, err)
		}
	}
}

// TestForgetByName: what waits in memory goes by the names in it, too, and its neighbour waits on.
func TestForgetByName(t *testing.T) {
	j := newJoiner(&Ingest{o: Options{Clock: clock.NewFake(time.Unix(9, 0))}})
	key := trace.Key{Project: "p", Trace: trace.ID{1}, Span: trace.SpanID{1}}
	for i, user := range []string{"ann", "bob"} {
		j.wait(key, trace.Event{Name: "gen_ai.user.message", Attributes: attr.Attrs{{Key: "user.id", Value: attr.Str(user)}}}, uint64(i+1))
	}
	both := j.bytes
	h := &Hold{g: &Ingest{loader: &loader{join: j}}}
	h.Forget(&Gone{Project: "p", User: "ann", Named: true})
	if left := j.waiting[key]; len(left) != 1 || left[0].at != 2 || j.count != 1 || j.bytes != both/2 {
		t.Errorf("%d wait, %d bytes of %d: %+v", j.count, j.bytes, both, left)
	}
	h.Forget(&Gone{Project: "p", Traces: map[trace.ID]bool{{1}: true}})
	if _, waits := j.waiting[key]; waits || j.count != 0 || j.bytes != 0 {
		t.Errorf("%d wait, %d bytes", j.count, j.bytes)
	}
}

func TestRedactScoresByWhoAndSession(t *testing.T) {
	gone := &Gone{Project: "p", User: "ann", Sessions: map[string]bool{"s": true}}
	for want, list := range map[bool][]score.Score{
		true:  {{Session: "s"}, {Trace: trace.ID{9}, Source: score.User, SourceName: "ann"}, {Trace: trace.ID{9}, Source: score.Human, SourceName: "ann"}},
		false: {{Session: "other"}, {Trace: trace.ID{9}, Source: score.Judge, SourceName: "ann"}, {Trace: trace.ID{9}, Source: score.User, SourceName: "bob"}, {}},
	} {
		for _, s := range list {
			if gone.score(s) != want {
				t.Errorf("%+v: want %v", s, want)
			}
		}
	}
}

// TestRedactLetter: the engine does not know the spans of a dead letter, so what they name is read from the letter.
func TestRedactLetter(t *testing.T) {
	td := ptrace.NewTraces()
	for i, user := range []string{"ann", "bob"} {
		s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{byte(i + 1)})
		s.SetSpanID(pcommon.SpanID{1})
		s.SetStartTimestamp(1_800_000_000_000_000_000)
		s.Attributes().PutStr("enduser.id", user)
		s.Attributes().PutStr("session.id", "session of "+user)
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	letter := intake.DeadLetter{ID: "l", Project: "p", Records: 2, Reason: "no room for ann", Record: record(kindTraces, body)}
	for name, gone := range map[string]*Gone{"user": {User: "ann"}, "session": {Sessions: map[string]bool{"session of ann": true}}} {
		gone.Project, gone.Traces = "p", map[trace.ID]bool{}
		if err := gone.Notice(letter.Record); err != nil {
			t.Fatal(err)
		}
		rest, less, err := gone.RedactLetter(letter)
		if err != nil || !less || rest.Records != 1 || bytes.Contains(join(rest.Record.Payload), []byte("ann")) || !bytes.Contains(join(rest.Record.Payload), []byte("bob")) || strings.Contains(rest.Reason, "ann") {
			t.Errorf("by %s: %+v, %v, %v", name, rest, less, err)
		}
	}
	if rest, less, err := (&Gone{Project: "p", User: "eve"}).RedactLetter(letter); err != nil || less || rest.Reason != letter.Reason {
		t.Errorf("of nobody: %+v, %v", rest, err)
	}
}
