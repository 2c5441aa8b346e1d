package faults

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
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

	"steward/api"
	"steward/tests/server"
)

// lifeDays is over how many days, and so files, each person's records are spread.
const lifeDays = 4

// person is somebody of whom much is stored; mark stands in all of it.
type person struct {
	mark   string
	traces [lifeDays][16]byte
}

func newPerson() *person {
	p := &person{mark: server.Noise(24)}
	for i := range p.traces {
		p.traces[i] = server.NewSpanID().Trace
	}
	return p
}

// live sends what the people leave behind, all in the same requests.
func live(t *testing.T, s *server.Server, people ...*person) {
	t.Helper()
	td, ld, md := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	metrics := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	var scores []api.NewScore
	half := 0.5
	for _, p := range people {
		for day, id := range p.traces {
			start := time.Now().AddDate(0, 0, -day).Add(-time.Minute)
			at := pcommon.NewTimestampFromTime(start)
			for n := range 2 { // the second does not name the user, and one of them is moved to the blob store
				span := spans.AppendEmpty()
				span.SetTraceID(id)
				span.SetSpanID([8]byte{byte(n + 1), id[0]})
				span.SetName("chat")
				span.SetStartTimestamp(at)
				span.SetEndTimestamp(at + 1000)
				span.Attributes().PutStr("gen_ai.operation.name", "chat")
				span.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+
					strings.Repeat(p.mark+" ", 1+n*4000)+`"}]}]`)
				if n == 0 {
					span.Attributes().PutStr("user.id", p.mark)
					span.Attributes().PutStr("session.id", "session of "+p.mark)
				}
			}
			for _, event := range []string{"app.note", "gen_ai.user.message", "app.farewell"} {
				r := records.AppendEmpty()
				r.SetTimestamp(at)
				r.SetEventName(event)
				r.Body().SetStr(p.mark)
				if r.Attributes().PutStr("user.id", p.mark); event != "app.farewell" {
					r.SetTraceID(id)
					r.SetSpanID([8]byte{9, 9}) // of a span that never comes
				}
			}
			m := metrics.AppendEmpty()
			m.SetName("tokens")
			point := m.SetEmptySum().DataPoints().AppendEmpty()
			point.SetTimestamp(at)
			point.Attributes().PutStr("user.id", p.mark)
			scores = append(scores, api.NewScore{ID: fmt.Sprintf("%x", id), Target: api.ScoreTarget{TraceID: hex.EncodeToString(id[:])},
				Name: "helpful", Value: &half, Source: api.ScoreSource{Kind: "judge", Name: "m"}, Explanation: p.mark})
		}
	}
	for _, part := range []struct {
		signal string
		body   func() ([]byte, error)
	}{{"logs", plogotlp.NewExportRequestFromLogs(ld).MarshalProto}, {"traces", ptraceotlp.NewExportRequestFromTraces(td).MarshalProto},
		{"metrics", pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto}} {
		body, err := part.body()
		if err != nil {
			t.Fatal(err)
		}
		s.MustPost(t.Context(), part.signal, body)
	}
	if _, err := s.API().AddScores(t.Context(), scores); err != nil {
		t.Fatal(err)
	}
}

// holding answers the files of the data folder that hold the mark.
func holding(t *testing.T, data, mark string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) { // replaced meanwhile
			return nil
		}
		if bytes.Contains(b, []byte(mark)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return found
}

// receipt answers the person's deletion, if the server knows of one.
func (p *person) receipt(t *testing.T, s *server.Server) (api.Deletion, bool) {
	t.Helper()
	sum := sha256.Sum256([]byte(p.mark))
	all, err := s.API().Deletions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all.Items {
		if d.Target.User == p.mark || d.Target.User == "sha256:"+hex.EncodeToString(sum[:]) {
			return d, true
		}
	}
	return api.Deletion{}, false
}

// TestKillWhileDeleting kills the server at random moments of a deletion, one person a round. After the restart the
// deletion ends by itself, no byte of the person is left in any file, and the neighbours are there, once.
func TestKillWhileDeleting(t *testing.T) {
	o := server.Options{Data: filepath.Join(t.TempDir(), "data"), Listen: server.FreeAddress(t)}
	var others []*person
	middle, total := 0, rounds(t, 4)
	for round := range total {
		victim, other := newPerson(), newPerson()
		s := server.Start(t, o)
		live(t, s, victim, other)
		others = append(others, other)
		if _, err := s.API().Query(t.Context(), api.Query{SQL: "SELECT 1 FROM spans"}); err != nil { // waits until all is loaded
			t.Fatal(err)
		}
		if len(holding(t, o.Data, victim.mark)) < 3 {
			t.Fatal("the mark is in hardly any file, so its absence would prove nothing")
		}
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			// without an answer it is written down or not; both are dealt with below
			_, _ = s.API().Delete(context.WithoutCancel(t.Context()), api.NewDeletion{DeletionTarget: api.DeletionTarget{User: victim.mark}, Reason: "asked for"})
		}()
		if round%3 == 2 { // right when it is asked for
			time.Sleep(moment(30 * time.Millisecond))
		} else {
			<-asked
			s.Until("the deletion runs", func() bool {
				d, known := victim.receipt(t, s)
				return known && d.State != "queued"
			})
			time.Sleep(moment(500 * time.Millisecond))
		}
		s.Kill()
		<-asked
		if len(holding(t, o.Data, victim.mark)) > 0 {
			middle++
		}
		if rand.IntN(2) == 0 { // and while it is taken up again
			again := server.Launch(t, o)
			time.Sleep(moment(900 * time.Millisecond))
			again.Kill()
		}
		s = server.Start(t, o)
		d, known := victim.receipt(t, s)
		if !known {
			if _, err := s.API().Delete(t.Context(), api.NewDeletion{DeletionTarget: api.DeletionTarget{User: victim.mark}, Reason: "asked for again"}); err != nil {
				t.Fatal(err)
			}
		}
		s.Until("the deletion has ended", func() bool {
			d, known = victim.receipt(t, s)
			return known && d.Final()
		})
		if d.State != "done" || d.Target.User == victim.mark {
			t.Fatalf("the deletion ended as %+v", d)
		}
		if found := holding(t, o.Data, victim.mark); len(found) > 0 {
			t.Fatalf("still in %s", strings.Join(found, ", "))
		}
		t.Logf("receipt: %+v in %d files", d.Removed, len(d.Partitions))
		intact(t, s, others)
		s.Stop()
	}
	counted(t, o.Data, others)
	if middle == 0 {
		t.Errorf("none of %d kills came before a deletion was over; the test proves nothing", total)
	}
	t.Logf("%d of %d kills came before the deletion was over", middle, total)
}

// intact looks whether all spans and scores of these people, and no others, are there once.
func intact(t *testing.T, s *server.Server, people []*person) {
	t.Helper()
	from := time.Now().AddDate(0, 0, -lifeDays-1)
	ask := func(text string) [][]any {
		t.Helper()
		answer, err := s.API().Query(t.Context(), api.Query{SQL: text, From: &from, Limit: 100_000})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return answer.Rows
	}
	said := map[string]string{} // what each span was asked
	for _, r := range ask("SELECT trace_id, span_id, input_text FROM spans") {
		id := fmt.Sprint(r[0], "/", r[1])
		if _, twice := said[id]; twice {
			t.Errorf("span %s is there twice", id)
		}
		said[id], _ = r[2].(string)
	}
	judged := map[string]int{}
	for _, r := range ask("SELECT trace_id, explanation FROM scores") {
		judged[fmt.Sprint(r[0], r[1])]++
	}
	for _, p := range people {
		for _, id := range p.traces {
			trace := hex.EncodeToString(id[:])
			for n := range 2 {
				if span := fmt.Sprintf("%s/%02x%02x000000000000", trace, n+1, id[0]); !strings.Contains(said[span], p.mark) {
					t.Errorf("a neighbour's span %s says %.100q", span, said[span])
				}
			}
			if judged[trace+p.mark] != 1 {
				t.Errorf("a neighbour's score is there %d times", judged[trace+p.mark])
			}
		}
	}
	if spans, scores := 2*lifeDays*len(people), lifeDays*len(people); len(said) != spans || len(judged) != scores {
		t.Errorf("%d spans and %d scores are there, not %d and %d", len(said), len(judged), spans, scores)
	}
}

// counted looks into a stopped server's files: log records and points are in no view.
func counted(t *testing.T, data string, people []*person) {
	t.Helper()
	for kind, each := range map[string]int{"logs": 3, "metrics": 1} {
		files, err := filepath.Glob(filepath.Join(data, "telemetry", kind+"-*.duckdb"))
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]int{}
		for _, path := range files {
			db, err := sql.Open("duckdb", path+"?access_mode=READ_ONLY")
			if err != nil {
				t.Fatal(err)
			}
			rows, err := db.Query("SELECT json_extract_string(attributes, '$.\"user.id\"'), count(*) FROM " + kind + " GROUP BY 1")
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for rows.Next() {
				var user string
				var n int
				if err := rows.Scan(&user, &n); err != nil {
					t.Fatal(err)
				}
				have[user] += n
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			_ = db.Close() // only read from
		}
		for _, p := range people {
			if have[p.mark] != each*lifeDays {
				t.Errorf("%d of a neighbour's %s are there, not %d", have[p.mark], kind, each*lifeDays)
			}
		}
		if len(have) != len(people) {
			t.Errorf("%s of %d people are there, not of %d", kind, len(have), len(people))
		}
	}
}
