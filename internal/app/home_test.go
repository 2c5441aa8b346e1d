package app

import (
	"encoding/binary"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
)

// visit is one trace of one session: an agent's run with a model call and a tool call.
type visit struct {
	agent, model, tool, release, failure string
	took                                 time.Duration
}

func (v visit) send(td ptrace.Traces, n int, at time.Time) {
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "claims")
	rs.Resource().Attributes().PutStr("deployment.environment.name", "production")
	rs.Resource().Attributes().PutStr("service.version", v.release)
	ss := rs.ScopeSpans().AppendEmpty()
	var id pcommon.TraceID
	binary.BigEndian.PutUint64(id[:], uint64(n)+1)
	binary.BigEndian.PutUint64(id[8:], uint64(at.UnixNano()))
	for k, attrs := range [][]string{
		{"gen_ai.operation.name", "invoke_agent"},
		{"gen_ai.operation.name", "chat", "gen_ai.provider.name", "openai", "gen_ai.request.model", v.model},
		{"gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", v.tool},
	} {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(id)
		s.SetSpanID(pcommon.SpanID{byte(k + 1), byte(n), byte(n >> 8)})
		if k > 0 {
			s.SetParentSpanID(pcommon.SpanID{1, byte(n), byte(n >> 8)})
		}
		s.SetName(attrs[1])
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(v.took)))
		put(s, append(attrs, "gen_ai.agent.name", v.agent, "gen_ai.conversation.id", "visit-"+strconv.Itoa(n))...)
		if k == 1 {
			s.Attributes().PutInt("gen_ai.usage.input_tokens", 1000)
			s.Attributes().PutInt("gen_ai.usage.output_tokens", 100)
		}
		if k == 2 && v.failure != "" {
			s.Status().SetCode(ptrace.StatusCodeError)
			s.Status().SetMessage(v.failure)
		}
	}
}

// TestHome plants what changed between two days, sees that all of it is named, nothing else, and that every link shows
// as many rows as its number says.
func TestHome(t *testing.T) {
	w := newWorkshop(t)
	now := time.Now().Truncate(time.Second)
	td := ptrace.NewTraces()
	usual := visit{agent: "claims", model: "gpt-4o-mini", tool: "lookup", release: "1.0", took: time.Second}
	n := 0
	add := func(v visit, times int, day time.Duration) {
		for range times {
			n++
			v.took = usual.took + v.took%time.Second + time.Duration(n%97)*time.Millisecond
			v.send(td, n, now.Add(-day-2*time.Hour-time.Duration(n)*time.Second))
		}
	}
	broken, other, dear, strange := usual, usual, usual, usual
	broken.failure = "policy 4711 not found"
	other.failure, other.release = `the index "claims-7" is empty`, "2.0"
	dear.model, strange.model = "gpt-4o", "house-model"
	add(usual, 150, 24*time.Hour)
	add(broken, 3, 24*time.Hour)
	broken.failure = "policy 1312 not found" // the same error, not a new one
	add(usual, 100, 0)
	add(broken, 20, 0)
	add(other, 5, 0)
	add(dear, 30, 0)
	add(strange, 4, 0)
	w.sendSpans(td)

	ask := "/api/v1/home?environment=production&to=" + url.QueryEscape(now.UTC().Format(time.RFC3339))
	got := call[api.Home](w, http.StatusOK, http.MethodGet, ask, nil)
	rows := map[string]api.HomeRow{}
	for _, r := range got.Rows {
		rows[r.Kind+" "+r.Field+" "+r.Value] = r
	}
	if got.Now.Traces != 159 || got.Before.Traces != 153 || got.Now.Failing != 25 || got.Before.Failing != 3 {
		t.Errorf("totals: %+v before %+v", got.Now, got.Before)
	}
	for key, want := range map[string]api.HomeRow{
		"failing agent claims":                     {Number: 25, Of: 159, Before: 3, OfPrior: 153, Unit: "sessions", Verdict: "worse"},
		"failing tool lookup":                      {Number: 25, Of: 159, Before: 3, OfPrior: 153, Unit: "sessions", Verdict: "worse"},
		"cost  ":                                   {Unit: "USD", Verdict: "worse"},
		"cost agent,model claims with gpt-4o":      {Unit: "USD", Verdict: "new"},
		"cost agent,model claims with gpt-4o-mini": {Unit: "USD", Verdict: "better"},
		"first_seen error the index * is empty":    {Number: 5, Unit: "traces", Verdict: "new"},
		"first_seen release 2.0":                   {Number: 5, Unit: "traces", Verdict: "new"},
		"first_seen model gpt-4o":                  {Number: 30, Unit: "traces", Verdict: "new"},
		"first_seen model house-model":             {Number: 4, Unit: "traces", Verdict: "new"},
		"unpriced model house-model":               {Number: 4, Unit: "calls", Verdict: "unclear"},
	} {
		r, ok := rows[key]
		if !ok {
			t.Errorf("%s is not named", key)
			continue
		}
		delete(rows, key)
		if r.Unit != want.Unit || r.Verdict != want.Verdict || want.Number != 0 && r.Number != want.Number || r.Before != want.Before || r.Of != want.Of || r.OfPrior != want.OfPrior {
			t.Errorf("%s: %+v", key, r)
		}
	}
	for key := range rows {
		t.Errorf("%s is named, and nothing of it changed", key)
	}
	for _, r := range got.Rows {
		follow(w, r, got.From, got.To)
	}
}

// follow opens a row's link and counts.
func follow(w *workshop, r api.HomeRow, from, to time.Time) {
	w.t.Helper()
	q := url.Values{"filter": {r.Link.Filter}, "from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}, "limit": {"1000"}}
	if r.Link.Sort != "" {
		q.Set("sort", r.Link.Sort)
	}
	var n int
	if r.Link.Page == "sessions" {
		n = len(call[api.SessionList](w, http.StatusOK, http.MethodGet, "/api/v1/sessions?"+q.Encode(), nil).Items)
	} else {
		n = len(call[api.TraceList](w, http.StatusOK, http.MethodGet, "/api/v1/traces?"+q.Encode(), nil).Items)
	}
	if int64(n) != r.Link.Count || r.Link.Count == 0 {
		w.t.Errorf("%s %s %s: the link %q shows %d rows, the row says %d", r.Kind, r.Field, r.Value, r.Link.Filter, n, r.Link.Count)
	}
}

// TestHomeOfNothing is a project without a trace: it says nothing, and does not fail.
func TestHomeOfNothing(t *testing.T) {
	w := newWorkshop(t)
	got := call[api.Home](w, http.StatusOK, http.MethodGet, "/api/v1/home", nil)
	if len(got.Rows) != 0 || got.Now.Traces != 0 || !got.From.After(got.Prior) {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"?from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", "?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "?from=x"} {
		if rec := w.do(http.MethodGet, "/api/v1/home"+bad, "", nil); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, rec.Code, rec.Body)
		}
	}
}
