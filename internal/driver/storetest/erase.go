package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/logs"
	"steward/internal/domain/metric"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// Erase proves telemetry.Eraser as far as reads can tell; that the bytes are gone is each engine's own test.
func Erase(t *testing.T, open func(t *testing.T) telemetry.Engine) {
	for _, c := range []struct {
		name string
		test func(*testing.T, telemetry.Engine)
	}{
		{"traces go with their logs and scores", eraseTraces},
		{"a session goes with its traces", eraseSession},
		{"a user goes with whole traces", eraseUser},
		{"log records and points go by the names in them", eraseNamed},
		{"a target must be named once", eraseBad},
		{"whole days expire", expire},
		{"blobs are named", blobsNamed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, opened(t, open)) })
	}
}

// eraseWorld is 64 calls over two days: 8 traces, 2 sessions, 1 user, and the same once more for another project.
func eraseWorld(t *testing.T, e telemetry.Engine) []trace.Span {
	spans := Calls(0, 128, Day.Add(24*time.Hour-70*time.Millisecond))
	var entry telemetry.Entry
	entry.Position = 1
	for i := range spans {
		s := &spans[i]
		entry.Logs = append(entry.Logs, Record(i, time.Unix(0, s.Start), s.Trace))
		entry.Scores = append(entry.Scores, scoreOn(s, fmt.Sprint("score-", i), "quality", 0.5))
		if i%32 == 0 {
			entry.Scores = append(entry.Scores, score.Score{ID: "of-" + s.Session, Project: s.Project, Session: s.Session, Name: "csat", Label: "good",
				Source: score.User, SourceName: s.User, Time: s.Start})
		}
		s.Input[1].Parts = append(s.Input[1].Parts, trace.Part{Type: trace.PartMedia, MIME: "image/png", Blob: fmt.Sprintf("%064x", i/8)})
		if i == 127 { // a large attribute that was moved
			s.Attributes = append(s.Attributes, attr.KV{Key: "document", Value: trace.BlobValue(fmt.Sprintf("%064x", 999), "string", 70_000)})
		}
	}
	entry.Points = append(entry.Points, Point(1, Day))
	entry.Spans = append(slices.Clone(spans), spans...)
	for i := range spans {
		entry.Spans[i].Project = "other"
	}
	load(t, e, entry)
	return spans
}

func erase(t *testing.T, e telemetry.Eraser, target telemetry.Target) telemetry.Erased {
	t.Helper()
	target.Project = project.Default
	doomed, err := e.Doomed(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Erase(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	if !sameIDs(doomed.Traces, got.Traces) || target.Session != "" && !slices.Contains(doomed.Sessions, target.Session) {
		t.Errorf("doomed were %d traces and the sessions %q, erased %d traces", len(doomed.Traces), doomed.Sessions, len(got.Traces))
	}
	again, err := e.Erase(context.Background(), target)
	if err != nil || again.Spans+again.Scores+again.Logs+again.Points != 0 || len(again.Partitions)+len(again.Traces) != 0 {
		t.Errorf("erasing again: %+v %v", again, err)
	}
	return got
}

func sameIDs(a, b []trace.ID) bool {
	order := func(x, y trace.ID) int { return slices.Compare(x[:], y[:]) }
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, order)
	slices.SortFunc(b, order)
	return slices.Equal(a, b)
}

// wantLeft checks that spans[:gone] are gone and the rest, and the other project, are whole.
func wantLeft(t *testing.T, e telemetry.Engine, spans []trace.Span, gone int) {
	t.Helper()
	ctx := context.Background()
	if n := countSpans(t, e); n != len(spans)-gone {
		t.Errorf("%d spans left, want %d", n, len(spans)-gone)
	}
	for i := 0; i < len(spans); i += 8 {
		_, err := e.Trace(ctx, project.Default, spans[i].Trace, false)
		if want := i < gone; (errs.CodeOf(err) == errs.CodeNotFound) != want {
			t.Errorf("trace %d gone is %v, error %v", i/8, !want, err)
		}
		if _, err := e.Trace(ctx, "other", spans[i].Trace, false); err != nil {
			t.Errorf("trace %d of the other project: %v", i/8, err)
		}
	}
	if gone < len(spans) {
		wantSpan(t, e, spans[gone])
	}
	if n := rowsOf(t, e, telemetry.Logs); n != int64(len(spans)-gone) {
		t.Errorf("%d log records left, want %d", n, len(spans)-gone)
	}
}

func eraseTraces(t *testing.T, e telemetry.Engine) {
	spans := eraseWorld(t, e)
	got := erase(t, e, telemetry.Target{Traces: []trace.ID{spans[0].Trace, spans[8].Trace, {9}}})
	if got.Spans != 16 || got.Logs != 16 || got.Scores != 16 || len(got.Blobs) != 2 || len(got.Partitions) == 0 {
		t.Errorf("%+v", got)
	}
	wantLeft(t, e, spans, 16)
}

func eraseSession(t *testing.T, e telemetry.Engine) {
	spans := eraseWorld(t, e)
	got := erase(t, e, telemetry.Target{Session: spans[0].Session})
	if got.Spans != 32 || got.Logs != 32 || got.Scores != 33 || len(got.Traces) != 4 || len(got.Blobs) != 4 {
		t.Errorf("%+v", got)
	}
	wantLeft(t, e, spans, 32)
}

func eraseUser(t *testing.T, e telemetry.Engine) {
	spans := eraseWorld(t, e)
	got := erase(t, e, telemetry.Target{User: spans[0].User})
	if got.Spans != 64 || got.Logs != 64 || got.Scores != 66 || len(got.Traces) != 8 {
		t.Errorf("%+v", got)
	}
	wantLeft(t, e, spans, 64)
	if _, _, err := e.Session(context.Background(), project.Default, spans[0].Session); errs.CodeOf(err) != errs.CodeNotFound {
		t.Errorf("the user's session is still there: %v", err)
	}
}

func eraseBad(t *testing.T, e telemetry.Engine) {
	for _, target := range []telemetry.Target{
		{Project: project.Default}, {Session: "s"}, {Project: project.Default, Session: "s", User: "u"},
		{Project: project.Default, Traces: []trace.ID{{1}}, User: "u"},
	} {
		if _, err := e.Erase(context.Background(), target); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("%+v: %v", target, err)
		}
	}
}

func expire(t *testing.T, e telemetry.Engine) {
	ctx := context.Background()
	var entry telemetry.Entry
	entry.Position = 1
	for i := range 4 {
		at := Day.Add(time.Duration(i) * 24 * time.Hour)
		entry.Spans = append(entry.Spans, Calls(uint64(100*i), 8, at)...)
		entry.Logs = append(entry.Logs, Record(i, at, trace.ID{}))
		entry.Points = append(entry.Points, metric.Point(Point(i, at)))
		entry.Scores = append(entry.Scores, scoreOn(&entry.Spans[8*i], fmt.Sprint("s", i), "quality", 1))
	}
	other := Calls(900, 8, Day)
	for i := range other {
		other[i].Project = "other"
	}
	entry.Spans = append(entry.Spans, other...)
	entry.Logs = append(entry.Logs, logs.Record{Project: "other", Time: Day.UnixNano()})
	load(t, e, entry)
	before := Day.Add(50 * time.Hour) // two days ended before it
	for kind, count := range map[telemetry.Kind]func(telemetry.Erased) int64{
		telemetry.Spans: func(r telemetry.Erased) int64 { return r.Spans / 8 }, telemetry.Logs: func(r telemetry.Erased) int64 { return r.Logs },
		telemetry.Points: func(r telemetry.Erased) int64 { return r.Points }, telemetry.Scores: func(r telemetry.Erased) int64 { return r.Scores },
	} {
		for round, want := range []int64{2, 0} {
			r, err := e.Expire(ctx, project.Default, kind, before)
			if err != nil || count(r) != want || (want > 0) != (len(r.Partitions) > 0) {
				t.Errorf("%s, round %d: %+v %v", kind, round, r, err)
			}
		}
	}
	if n := countSpans(t, e); n != 16 {
		t.Errorf("%d spans left, want 16", n)
	}
	if _, err := e.Trace(ctx, "other", other[0].Trace, false); err != nil {
		t.Errorf("the other project lost its trace: %v", err)
	}
	if l, p := rowsOf(t, e, telemetry.Logs), rowsOf(t, e, telemetry.Points); l != 3 || p != 2 {
		t.Errorf("%d records and %d points left, want 3 and 2", l, p)
	}
	if r := load(t, e, telemetry.Entry{Position: 2, Spans: Calls(2000, 8, Day)}); r.Projects[project.Default].Spans != 8 {
		t.Errorf("a day that expired cannot begin anew: %+v", r)
	}
	if _, err := e.Expire(ctx, project.Default, "nonsense", before); errs.CodeOf(err) != errs.CodeInvalid {
		t.Errorf("kind nonsense: %v", err)
	}
}

func blobsNamed(t *testing.T, e telemetry.Engine) {
	spans := eraseWorld(t, e)
	erase(t, e, telemetry.Target{Traces: []trace.ID{spans[0].Trace}})
	got := map[string]bool{}
	err := e.BlobsNamed(context.Background(), project.Default, func(b string) error {
		got[b] = true
		return nil
	})
	if err != nil || len(got) != 16 || got[fmt.Sprintf("%064x", 0)] || !got[fmt.Sprintf("%064x", 999)] || !got[fmt.Sprintf("%064x", 1)] {
		t.Errorf("%d blobs: %v", len(got), err)
	}
}
