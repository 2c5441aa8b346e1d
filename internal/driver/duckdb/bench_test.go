package duckdb

import (
	"context"
	"database/sql/driver"
	"path/filepath"
	"testing"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"golang.org/x/sys/unix"

	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
	"steward/internal/driver/storetest"
)

const batchSpans = 8192

// BenchmarkLoad loads LLM-sized spans in batches of 8,192, checkpoints included, against the bare appender that
// writes the same rows, already encoded, to a file of its own.
func BenchmarkLoad(b *testing.B) {
	b.Run("engine", func(b *testing.B) {
		e := open(b, b.TempDir(), Options{})
		spans := llm(0, batchSpans, storetest.Day)
		n := 0
		b.ResetTimer()
		start, cpu := time.Now(), cpuTime(b)
		for i := range b.N {
			renumber(spans, uint64(i))
			mustLoad(b, e, telemetry.Entry{Position: uint64(i + 1), Spans: spans})
			if n += len(spans); e.Unsaved() > 256<<20 {
				if err := e.Checkpoint(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := e.Checkpoint(context.Background()); err != nil {
			b.Fatal(err)
		}
		report(b, n, start, cpu)
		parts, _ := e.Parts(context.Background())
		b.ReportMetric(float64(parts[0].Bytes)/float64(n), "B/span")
	})
	b.Run("appender", func(b *testing.B) { benchAppender(b) })
	b.Run("encode", func(b *testing.B) {
		spans := llm(0, batchSpans, storetest.Day)
		enc := row.NewEncoder()
		b.ResetTimer()
		start := time.Now()
		for range b.N {
			for j := range spans {
				enc.Row(&spans[j])
			}
		}
		b.ReportMetric(float64(b.N*len(spans))/time.Since(start).Seconds(), "spans/s")
	})
}

// renumber makes the spans of a batch new, in place.
func renumber(spans []trace.Span, batch uint64) {
	for j := range spans {
		k := batch*uint64(len(spans)) + uint64(j)
		spans[j].Trace, spans[j].ID = storetest.IDs(k/8, k)
		spans[j].Start = storetest.Day.UnixNano() + int64(k)*int64(time.Millisecond)
	}
}

func benchAppender(b *testing.B) {
	e := open(b, b.TempDir(), Options{})
	spans := llm(0, batchSpans, storetest.Day)
	enc := row.NewEncoder()
	rows := make([][]driver.Value, len(spans))
	for i := range spans {
		rows[i] = deepCopy(enc.Row(&spans[i]))
	}
	p := e.newPart(partKey{telemetry.Spans, 20000})
	p.path = filepath.Join(b.TempDir(), "bare.duckdb")
	if err := e.attach(context.Background(), p); err != nil {
		b.Fatal(err)
	}
	n := 0
	b.ResetTimer()
	start, cpu := time.Now(), cpuTime(b)
	for range b.N {
		err := e.appendTo(p.alias, "spans", func(a *duckdb.Appender) error {
			for _, r := range rows {
				if err := a.AppendRow(r...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if n += len(rows); p.walBytes() > 256<<20 {
			if _, err := e.db.Exec("CHECKPOINT " + quoteName(p.alias)); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := e.db.Exec("CHECKPOINT " + quoteName(p.alias)); err != nil {
		b.Fatal(err)
	}
	report(b, n, start, cpu)
}

// report says the rate, and the processor time a span, which a busy machine distorts less.
func report(b *testing.B, n int, start time.Time, cpu time.Duration) {
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "spans/s")
	b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(n), "cpu-µs/span")
}

func cpuTime(b *testing.B) time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func deepCopy(r []driver.Value) []driver.Value {
	out := make([]driver.Value, len(r))
	for i, v := range r {
		if s, ok := v.([]byte); ok {
			v = append([]byte{}, s...)
		}
		out[i] = v
	}
	return out
}
