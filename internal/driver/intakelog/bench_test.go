package intakelog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"steward/internal/domain/intake"
)

// BenchmarkAppend compares the log with its limit: a bare write and sync of the same payloads to one file, by one
// writer. Sharing syncs lets concurrent appenders go beyond it.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{4 << 10, 800 << 10} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(i * 7)
		}
		name := fmt.Sprintf("%dKB", size>>10)
		b.Run(name+"/bare", func(b *testing.B) { benchBare(b, payload) })
		for _, writers := range []int{1, 4, 32} {
			b.Run(fmt.Sprintf("%s/log-%d", name, writers), func(b *testing.B) { benchLog(b, payload, writers) })
		}
	}
}

func benchBare(b *testing.B, payload []byte) {
	path := filepath.Join(b.TempDir(), "bare")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.SetBytes(int64(len(payload)))
	written := 0
	for b.Loop() {
		if written += len(payload); written > defaultSegmentBytes {
			if err := f.Truncate(0); err != nil { // the log begins a new file here
				b.Fatal(err)
			}
			if _, err := f.Seek(0, 0); err != nil {
				b.Fatal(err)
			}
			written = len(payload)
		}
		if _, err := f.Write(payload); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1, "syncs/op")
}

func benchLog(b *testing.B, payload []byte, writers int) {
	l, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	ctx := context.Background()
	b.SetBytes(int64(len(payload)))
	b.ResetTimer()
	var left, slowest atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				pos, err := l.Append(ctx, intake.Record{Payload: [][]byte{payload}})
				if err != nil {
					b.Error(err)
					return
				}
				if d := int64(time.Since(start)); d > slowest.Load() {
					slowest.Store(d)
				}
				if pos%50 == 0 { // a loader that keeps up
					if err := l.Release(pos); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	s := l.Stats()
	b.ReportMetric(float64(s.Groups)/float64(s.Appends), "syncs/op")
	b.ReportMetric(float64(slowest.Load())/1e6, "slowest-ms")
}

// BenchmarkRead is a replay after a restart, from the page cache.
func BenchmarkRead(b *testing.B) {
	l, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	payload := make([]byte, 800<<10)
	for range 100 {
		if _, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{payload}}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(l.Bytes())
	for b.Loop() {
		if err := l.Read(context.Background(), 0, func(intake.Position, intake.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
