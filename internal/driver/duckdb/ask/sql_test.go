package ask_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/filter"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/storetest"
)

// TestGuide keeps docs/sql.md true: it names every view and column with type and meaning.
func TestGuide(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "sql.md"))
	if err != nil {
		t.Fatal(err)
	}
	guide := string(raw)
	for _, v := range ask.New(nil, ask.Options{}).Views() {
		want := fmt.Sprintf("## %s\n\n%s.\n\n| column | type | meaning |\n|---|---|---|\n", v.Name, strings.ToUpper(v.Meaning[:1])+v.Meaning[1:])
		for _, c := range v.Columns {
			want += fmt.Sprintf("| `%s` | %s | %s |\n", c.Name, c.Type, c.Meaning)
		}
		if !strings.Contains(guide, want) {
			t.Errorf("docs/sql.md has no true section for the view %s; it should be\n%s", v.Name, want)
		}
	}
}

// FuzzSQL looks for text that ends in anything but an answer or a refusal, or that reads what it must not: the secret
// stands in a table beside the views.
func FuzzSQL(f *testing.F) {
	for _, s := range []string{"SELECT * FROM spans", "FROM secret", "WITH secret AS (FROM secret) FROM secret", "SELECT (SELECT * FROM other.main.secret)",
		"SELECT * FROM (VALUES (1)) t(x), unnest([x])", "PIVOT spans ON kind", "SELECT \"\x00\"", "((((SELECT 1))))", "SELECT 1 UNION ALL FROM secret"} {
		f.Add(s)
	}
	m := newMemory(f)
	exec(f, m.db, "ATTACH ':memory:' AS other")
	exec(f, m.db, "CREATE TABLE other.main.secret AS SELECT 'hidden treasure' AS s")
	exec(f, m.db, "CREATE TABLE memory.main.secret AS SELECT 'hidden treasure' AS s")
	exec(f, m.db, "ATTACH ':memory:' AS scores")
	exec(f, m.db, scoresTable())
	r := ask.New(m, ask.Options{SQLTime: time.Second, SQLRows: 10})
	f.Fuzz(func(t *testing.T, text string) {
		got, err := r.SQL(context.Background(), trace.SQLQuery{Project: "p", Range: trace.Range{To: 1}, Text: text})
		if err != nil {
			if code := errs.CodeOf(err); code != errs.CodeInvalid && code != errs.CodeTooLarge && code != errs.CodeUnavailable {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if strings.Contains(fmt.Sprint(got.Rows), "hidden treasure") && !strings.Contains(text, "hidden") {
			t.Fatalf("%q read %v", text, got.Rows)
		}
	})
}

// TestSQLRows gets as many rows as it asks for, and by default no more than 100,000.
func TestSQLRows(t *testing.T) {
	r := ask.New(holding(t, nil, nil), ask.Options{})
	for most, want := range map[int]int{0: 100_000, 20_000: 20_000, 1_000_000: 100_000} {
		got, err := r.SQL(context.Background(), trace.SQLQuery{Project: "p", Range: trace.Range{To: 1}, Text: "SELECT * FROM range(100001)", MaxRows: most})
		if err != nil || len(got.Rows) != want || !got.Truncated {
			t.Errorf("of %d rows %d come, want %d: %v", most, len(got.Rows), want, err)
		}
	}
}

// TestExportParquet reads what it wrote with the engine's own reader.
func TestExportParquet(t *testing.T) {
	var spans []trace.Span
	for n := range uint64(100) {
		s := storetest.LLMSpan(n, storetest.Day.UnixNano()-nsPerDay/2+int64(n)*nsPerDay/100, 300)
		s.Project = "p"
		spans = append(spans, s)
	}
	m := holding(t, spans, nil)
	r := ask.New(m, ask.Options{})
	in := trace.Range{From: storetest.Day.UnixNano() - nsPerDay, To: storetest.Day.UnixNano() + nsPerDay}
	model, err := filter.Parse("model:gpt-4o-2024*")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		in   trace.Range
		e    filter.Expr
	}{{"all", in, nil}, {"it's one model", in, model}, {"nothing", trace.Range{From: 0, To: 1}, nil}} {
		path := filepath.Join(t.TempDir(), c.name+".parquet")
		if err := r.ExportParquet(context.Background(), trace.Query{Project: "p", Range: c.in, Filter: c.e}, path); err != nil {
			t.Fatal(err)
		}
		want := 0
		for i := range spans {
			if s := &spans[i]; s.Start >= c.in.From && s.Start < c.in.To && filter.Match(c.e, s.Record(nil)) {
				want++
			}
		}
		var n int
		var cost sql.NullString
		row := m.db.QueryRow("SELECT count(*), sum(cost)::VARCHAR FROM read_parquet(?)", path)
		if err := row.Scan(&n, &cost); err != nil || n != want || cost.Valid != (want > 0) {
			t.Fatalf("%s: %d rows, want %d: %v", c.name, n, want, err)
		}
	}
}
