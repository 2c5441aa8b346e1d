package ask_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"steward/internal/base/page"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/duckdb/row"
	"steward/internal/driver/storetest"
)

// BenchmarkLook reports p50 and p95 of what people ask, with 200,000 spans a day of 1.5 KB of text each, eight to
// a trace. STEWARD_BENCH_DAYS says over how many days, 5 where it is not set; STEWARD_BENCH_DIR keeps the files between
// runs.
func BenchmarkLook(b *testing.B) {
	days, _ := strconv.Atoi(os.Getenv("STEWARD_BENCH_DAYS"))
	if days == 0 {
		days = 5
	}
	dir := os.Getenv("STEWARD_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	m := onDisk(b, dir, days)
	r := ask.New(m, ask.Options{})
	ctx := context.Background()
	newest := m.parts[0]
	today := trace.Range{From: newest.From, To: newest.To}
	month := trace.Range{From: m.parts[len(m.parts)-1].From, To: newest.To}
	rnd := rand.New(rand.NewPCG(1, 2))
	some := func() trace.ID { id, _ := storetest.IDs(uint64(rnd.IntN(days*benchDay)/8), 1); return id }
	models := []string{"gpt-4o-2024-08-06", "gpt*", "*mini*"}
	for _, c := range []struct {
		name string
		ask  func() error
	}{
		{"newest 50 traces", func() error { return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today})) }},
		{"newest 50 traces, canonical filter", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, "kind:llm model:"+models[rnd.IntN(3)]+" cost>0.0001")}))
		}},
		{"newest 50 traces, rare filter", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, fmt.Sprintf("user:u-%d", (days-1)*benchDay/64+rnd.IntN(benchDay/64)))}))
		}},
		{"newest 50 traces, rare filter, all days", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: month, Filter: parse(b, fmt.Sprintf("user:u-%d duration>900ms", rnd.IntN(days*benchDay/64)))}))
		}},
		{"newest 50 spans, canonical filter", func() error {
			return first(r.Spans(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, "kind:llm duration>1s")}))
		}},
		{"traces, trace.cost", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, "trace.cost>0.01")}))
		}},
		{"traces by cost", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Sort: "-cost"}))
		}},
		{"newest 50 sessions", func() error { return first(r.Sessions(ctx, trace.Query{Project: "bench", Range: today})) }},
		{"trace by id", func() error { _, err := r.Trace(ctx, "bench", some(), true); return err }},
		{"session", func() error {
			_, _, err := r.Session(ctx, "bench", fmt.Sprintf("s-%d", rnd.IntN(days*benchDay/32)))
			return err
		}},
		{"raw attribute", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, fmt.Sprintf("attributes.session.id:s-%d", (days-1)*benchDay/32+rnd.IntN(benchDay/32)))}))
		}},
		{"raw attribute, number", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, "attributes.gen_ai.request.temperature>5")}))
		}},
		{"facets", func() error {
			_, err := r.Facets(ctx, trace.FacetQuery{Project: "bench", Range: today, Fields: []string{"kind", "model", "user", "env", "service", "status"}})
			return err
		}},
		{"aggregate by model and hour, all days", func() error {
			_, err := r.Aggregate(ctx, trace.AggregateQuery{Project: "bench", Range: month, By: []string{"model"}, Interval: int64(time.Hour),
				Metrics: []string{"spans", "errors", "cost", "tokens", "duration_p95"}})
			return err
		}},
		{"text search, one day, absent", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, `"zyxwv`+strconv.Itoa(rnd.IntN(99))+`"`)}))
		}},
		{"text search, one day, common", func() error {
			return first(r.Traces(ctx, trace.Query{Project: "bench", Range: today, Filter: parse(b, `"people"`)}))
		}},
		{"SQL, one day", func() error {
			_, err := r.SQL(ctx, trace.SQLQuery{Project: "bench", Range: today, Text: "SELECT model, count(*), sum(cost) FROM usage GROUP BY model"})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			used := processTime(b)
			for b.Loop() {
				from := time.Now()
				if err := c.ask(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(from))
			}
			used = processTime(b) - used
			slices.Sort(took)
			ms := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))].Microseconds()) / 1000 }
			b.ReportMetric(ms(0.5), "p50-ms")
			b.ReportMetric(ms(0.95), "p95-ms")
			b.ReportMetric(float64(used.Microseconds())/1000/float64(len(took)), "cpu-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// processTime is the processor time used so far, which other programs on the machine do not lengthen.
func processTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func first[T any](p page.Page[T], _ trace.Searched, err error) error { return err }

func parse(b *testing.B, text string) filter.Expr {
	e, err := filter.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	return e
}

const benchDay = 200_000

// onDisk opens, and where they are not there makes, files of one day each.
func onDisk(b *testing.B, dir string, days int) *memory {
	m := newMemory(b)
	exec(b, m.db, "SET memory_limit = '400MB'")
	exec(b, m.db, fmt.Sprintf("SET temp_directory = '%s'", filepath.Join(dir, "temp")))
	exec(b, m.db, "SET checkpoint_threshold = '4GB'")
	at := map[trace.ID]int{} // stands in for the engine's Bloom filters
	for n := range days * benchDay / 8 {
		id, _ := storetest.IDs(uint64(n), 1)
		at[id] = n * 8 / benchDay
	}
	for d := range days {
		name := fmt.Sprintf("spans_%d", d)
		path := filepath.Join(dir, name+".duckdb")
		_, err := os.Stat(path)
		exec(b, m.db, fmt.Sprintf("ATTACH '%s' AS %s (STORAGE_VERSION 'v1.5.0')", path, name))
		from := storetest.Day.UnixNano() + int64(d-days)*nsPerDay
		if err != nil {
			exec(b, m.db, row.CreateTable(name+".main.spans", row.Columns()))
			e := row.NewEncoder()
			fill(b, m.db, name, "spans", benchDay, func(i int) []driver.Value {
				n := d*benchDay + i
				s := storetest.LLMSpan(uint64(n), from+int64(i)*(nsPerDay/benchDay), 1500)
				s.Project = "bench"
				return e.Row(&s)
			})
			exec(b, m.db, "CHECKPOINT "+name)
		}
		m.parts = append(m.parts, ask.Part{Day: fmt.Sprint(d), Table: name + ".main.spans", From: from, To: from + nsPerDay, Rows: benchDay})
	}
	slices.Reverse(m.parts)
	exec(b, m.db, "ATTACH ':memory:' AS scores")
	exec(b, m.db, scoresTable())
	m.holding = func(ids []trace.ID, session string) (out []ask.Part) {
		for _, p := range m.parts {
			d, _ := strconv.Atoi(p.Day)
			holds := false
			if n, err := strconv.Atoi(strings.TrimPrefix(session, "s-")); err == nil {
				holds = n*32/benchDay == d
			}
			for _, id := range ids {
				holds = holds || at[id] == d
			}
			if holds {
				out = append(out, p)
			}
		}
		return out
	}
	return m
}
