package arrivals_test

import (
	"fmt"
	"testing"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/arrival"
	"steward/internal/work/arrivals"
)

func at(path string, code errs.Code) arrival.Attempt {
	a := arrival.Attempt{Address: "10.0.0.1", Agent: "curl/8", Transport: arrival.HTTP, Method: "POST", Path: path, Code: code, Status: "200", Records: 3}
	if code == "" {
		a.Project, a.KeyID = "shop", "k1"
	}
	return a
}

func TestBook(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 11, 21, 12, 0, 30, 0, time.UTC))
	b := arrivals.New(c)
	first := at("/v1/traces", "")
	first.Newest = c.Now().Add(-3 * time.Second).UnixNano()
	b.Seen(first)
	b.Seen(at("/nowhere", errs.CodeUnauthenticated))
	c.Advance(2 * time.Minute)
	again := at("/v1/traces", "")
	again.Newest, again.Rejected, again.Reason = c.Now().Add(4*time.Minute).UnixNano(), 1, "bad_id"
	b.Seen(again)

	rows, _ := b.List("shop", false)
	if len(rows) != 1 {
		t.Fatalf("%d rows for the project alone, want 1", len(rows))
	}
	r := rows[0]
	if r.Count != 2 || r.AllRecords != 6 || r.AllRejected != 1 || r.PerMinute[59] != 1 || r.PerMinute[57] != 1 || r.PerMinute[58] != 0 {
		t.Errorf("counts: %+v", r)
	}
	if !r.Timed || r.Late != int64(-4*time.Minute) || r.Ahead != int64(4*time.Minute) {
		t.Errorf("late %v, ahead %v", time.Duration(r.Late), time.Duration(r.Ahead))
	}
	if rows, _ := b.List("shop", true); len(rows) != 2 || rows[1].Path != "/nowhere" {
		t.Errorf("with strangers: %+v", rows)
	}
	if rows, _ := b.List("default", false); len(rows) != 0 {
		t.Errorf("another project sees %+v", rows)
	}
	c.Advance(59 * time.Minute)
	if rows, _ := b.List("shop", false); len(rows) != 1 || rows[0].Count != 1 {
		t.Errorf("an hour later: %+v", rows)
	}
	c.Advance(time.Hour)
	if rows, _ := b.List("shop", true); len(rows) != 0 {
		t.Errorf("two hours later: %+v", rows)
	}
}

// TestBookIsBounded floods it with made-up paths: the client that keeps coming stays.
func TestBookIsBounded(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	b := arrivals.New(c)
	for i := range 3 * arrivals.MaxRows {
		c.Advance(time.Millisecond)
		b.Seen(at(fmt.Sprintf("/%d", i), errs.CodeUnauthenticated))
		if i%100 == 0 {
			b.Seen(at("/v1/traces", ""))
		}
	}
	rows, gone := b.List("shop", true)
	if len(rows) != arrivals.MaxRows || gone != int64(2*arrivals.MaxRows+1) {
		t.Errorf("%d rows, %d gone", len(rows), gone)
	}
	if rows, _ := b.List("shop", false); len(rows) != 1 || rows[0].Count != 3*int64(arrivals.MaxRows)/100 {
		t.Errorf("the steady client: %+v", rows)
	}
}
