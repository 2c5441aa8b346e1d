package intakelog

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"steward/internal/domain/intake"
)

// TestReadEndsWhileOthersAppend holds Read to the tail as it is when Read begins: records that are appended to the same
// file meanwhile must not make it go round for ever.
func TestReadEndsWhileOthersAppend(t *testing.T) {
	l := open(t, Config{Dir: t.TempDir()})
	add(t, l, "first")
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			if _, err := l.Append(context.Background(), intake.Record{Kind: 7, Payload: [][]byte{[]byte("more")}}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 500 {
		tail := l.Tail()
		seen := 0
		err := l.Read(ctx, tail-1, func(intake.Position, intake.Record) error { seen++; return nil })
		if err != nil || seen == 0 {
			t.Errorf("read %d records: %v", seen, err)
			break
		}
	}
	stop.Store(true)
	<-done
}
