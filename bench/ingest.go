package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// within spreads starts over the last hour, so that everything falls into one or two partitions, as live traffic does.
func lastHour(total int) func(int) time.Time {
	from := time.Now().Add(-time.Hour)
	return func(i int) time.Time {
		return from.Add(time.Duration(float64(time.Hour) * float64(i) / float64(total)))
	}
}

func runIngest(o options) error {
	ts, err := makeTemplates(1)
	if err != nil {
		return err
	}
	raw := 0
	for _, t := range ts {
		raw += len(t.body)
	}
	perSpan := float64(raw) / float64(len(ts)*batchSpans)
	dir := filepath.Join(o.dir, "ingest")
	s, _, err := startServer(o, dir)
	if err != nil {
		return err
	}
	batches := o.ingest / batchSpans
	total := batches * batchSpans
	begin := time.Now()
	acks, err := s.send(o, 0, batches, lastHour(total))
	if err != nil {
		return err
	}
	acked := time.Since(begin)
	if err := s.settled(); err != nil {
		return err
	}
	loaded := time.Since(begin)
	_, peak := s.memory()
	cpu := cpuSeconds(s.cmd.Process.Pid)
	if err := s.stop(syscall.SIGTERM); err != nil {
		return err
	}
	disk := folderSize(dir)
	fmt.Printf("steward: %d spans of %.0f bytes on the wire\n", total, perSpan)
	fmt.Printf("  acknowledged %.0f spans/s, readable %.0f spans/s\n", float64(total)/acked.Seconds(), float64(total)/loaded.Seconds())
	fmt.Printf("  acknowledgement p50 %s  p99 %s  slowest %s\n", quantile(acks, .5).Round(time.Millisecond), quantile(acks, .99).Round(time.Millisecond), quantile(acks, 1).Round(time.Millisecond))
	fmt.Printf("  memory peak %d MB, %.1f CPU s; disk %.0f bytes a span, %.2f of the wire form\n", peak, cpu, float64(disk)/float64(total), float64(disk)/float64(total)/perSpan)
	bare, err := bareChild(o, total)
	if err != nil {
		return err
	}
	fmt.Printf("bare appender, same rows, durable and checkpointed: %.0f spans/s\n", float64(total)/bare.Seconds())
	fmt.Printf("  ratio steward/bare: acknowledged %.2f, readable %.2f\n", bare.Seconds()/acked.Seconds(), bare.Seconds()/loaded.Seconds())
	return nil
}

// bareChild measures in a process of its own, so that neither profits from the other's memory.
func bareChild(o options, spans int) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, err := exec.Command(self, "-bare", fmt.Sprint(spans), "-dir", filepath.Join(o.dir, "bare")).Output()
	if err != nil {
		return 0, err
	}
	var ns int64
	_, err = fmt.Sscan(string(out), &ns)
	return time.Duration(ns), err
}

// runBare appends rows that are ready in memory to the same table in one DuckDB file, committing every 8,192 and
// checkpointing every 256 MB and at the end; only that is timed.
func runBare(o options) error {
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	ctx := context.Background()
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	for _, q := range []string{
		"SET memory_limit = '400MB'", "SET checkpoint_threshold = '1TB'",
		"ATTACH '" + filepath.Join(o.dir, "bare.duckdb") + "' AS bare (STORAGE_VERSION 'v1.5.0')",
		row.CreateTable("bare.main.spans", row.Columns()),
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	exec := func(q string) error {
		_, err := conn.(driver.ExecerContext).ExecContext(ctx, q, nil)
		return err
	}
	ts, err := makeTemplates(1)
	if err != nil {
		return err
	}
	const commit = 8192
	var timed time.Duration
	bytes := 0
	at := lastHour(o.bare)
	for n := 0; n*batchSpans < o.bare; {
		var rows [][]driver.Value
		for len(rows) < commit && n*batchSpans < o.bare {
			body := ts[n%len(ts)].request(nil, n, at)
			bytes += len(body)
			got, err := makeRows(body)
			if err != nil {
				return err
			}
			rows = append(rows, got...)
			n++
		}
		begin := time.Now()
		if err := appendRows(conn, exec, rows); err != nil {
			return err
		}
		if bytes > 256<<20 {
			bytes = 0
			if err := exec("CHECKPOINT bare"); err != nil {
				return err
			}
		}
		timed += time.Since(begin)
	}
	begin := time.Now()
	if err := exec("CHECKPOINT bare"); err != nil {
		return err
	}
	timed += time.Since(begin)
	fmt.Println(timed.Nanoseconds())
	return nil
}

func appendRows(conn driver.Conn, exec func(string) error, rows [][]driver.Value) error {
	if err := exec("BEGIN"); err != nil {
		return err
	}
	a, err := duckdb.NewAppender(conn, "bare", "main", "spans")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := a.AppendRow(r...); err != nil {
			return err
		}
	}
	if err := a.Close(); err != nil {
		return err
	}
	return exec("COMMIT")
}

func makeRows(body []byte) ([][]driver.Value, error) {
	got, err := otlp.DecodeTraces(body, otlp.Arrival{Project: "default", Received: time.Now().UnixNano()})
	if err != nil {
		return nil, err
	}
	enc := row.NewEncoder()
	out := make([][]driver.Value, len(got.Raws))
	for i := range got.Raws {
		s := trace.Span{Raw: got.Raws[i], Hash: got.Hashes[i]}
		s.Canonical, _ = emitter.Map(&s.Raw)
		out[i] = append([]driver.Value(nil), enc.Row(&s)...)
		for k, v := range out[i] {
			if b, ok := v.([]byte); ok {
				out[i][k] = append([]byte(nil), b...)
			}
		}
	}
	return out, nil
}

// cpuSeconds answers user and system time that a process has used.
func cpuSeconds(pid int) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	var user, system float64
	if i := lastParen(b); i > 0 {
		var skip string
		_, _ = fmt.Sscan(string(b[i+2:]), &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &user, &system)
	}
	return (user + system) / 100
}

func lastParen(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] == ')' {
			return i
		}
	}
	return -1
}
