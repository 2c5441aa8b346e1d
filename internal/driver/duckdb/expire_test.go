package duckdb

import (
	"context"
	"sync"
	"testing"
	"time"

	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/driver/storetest"
)

// shared are days that two projects share, so that expiry rewrites their files.
func shared(days int) (out telemetry.Entry) {
	for d := range days {
		spans := llm(uint64(10*d), 2, storetest.Day.AddDate(0, 0, d))
		spans[1].Project = "other"
		out.Spans = append(out.Spans, spans...)
	}
	s := out.Spans[0]
	value := 1.0
	out.Scores = []score.Score{{ID: "1", Project: s.Project, Trace: s.Trace, Name: "n", Value: &value, Source: score.Human, Time: s.Start, Day: s.Start}}
	out.Position = 1
	return out
}

// TestExpireRemembers opens no file again in which it found nothing to expire, until something is loaded into it.
func TestExpireRemembers(t *testing.T) {
	e := open(t, t.TempDir(), Options{})
	mustLoad(t, e, shared(3))
	before := storetest.Day.AddDate(0, 0, 2)
	expire := func(spans, files int) {
		t.Helper()
		if err := e.Checkpoint(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := e.Trim(0); err != nil || attached(e) != 0 {
			t.Fatalf("%d attached: %v", attached(e), err)
		}
		var n int64
		for _, kind := range []telemetry.Kind{telemetry.Spans, telemetry.Scores} {
			got, err := e.Expire(context.Background(), project.Default, kind, before)
			if err != nil {
				t.Fatal(err)
			}
			n += got.Spans
		}
		if n != int64(spans) || attached(e) != files {
			t.Errorf("%d spans expired, want %d; %d files opened, want %d", n, spans, attached(e), files)
		}
	}
	expire(2, 0) // what is rewritten is not attached afterwards
	expire(0, 3)
	expire(0, 0)
	mustLoad(t, e, telemetry.Entry{Position: 2, Spans: llm(500, 3, storetest.Day)})
	expire(3, 0)
	expire(0, 1)
	expire(0, 0)
	before = before.AddDate(0, 0, 1)
	expire(1, 1) // the scores are asked again, for they have one file for all days
}

// TestExpireLetsOthersWrite starts a Load while the first day is rewritten; it must not wait for the last.
func TestExpireLetsOthersWrite(t *testing.T) {
	const days = 8
	var e *Engine
	var once sync.Once
	loaded := make(chan error, 1)
	rewritten, done := 0, false
	free := func(string) (uint64, error) {
		rewritten++
		once.Do(func() {
			go func() {
				_, err := e.Load(context.Background(), []telemetry.Entry{{Position: 2, Spans: llm(9000, 1, storetest.Day.AddDate(0, 0, days+1))}})
				loaded <- err
			}()
		})
		select {
		case err := <-loaded:
			if done = true; err != nil {
				t.Error(err)
			}
		default:
		}
		return 1 << 40, nil
	}
	e = open(t, t.TempDir(), Options{Free: free})
	mustLoad(t, e, shared(days))
	got, err := e.Expire(context.Background(), project.Default, telemetry.Spans, storetest.Day.Add(days*24*time.Hour))
	if err != nil || got.Spans != days || len(got.Partitions) != days {
		t.Fatalf("%+v %v", got, err)
	}
	if !done {
		t.Errorf("a Load waited for all of %d rewritten files", rewritten)
	}
}
