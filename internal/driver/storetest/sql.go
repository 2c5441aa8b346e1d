package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// SQL proves that SQL answers over the documented views, and nothing beyond them.
func SQL(t *testing.T, open Holding) {
	w := newWorld(13, 600)
	r := open(t, w.spans, w.scores)
	ask := func(text string) (trace.Rows, error) {
		return r.SQL(context.Background(), trace.SQLQuery{Project: one, Range: ever(), Text: text})
	}
	t.Run("views have the columns that they document", func(t *testing.T) {
		for _, v := range r.Views() {
			got, err := ask("SELECT * FROM " + v.Name + " LIMIT 1")
			if err != nil || len(got.Columns) != len(v.Columns) {
				t.Fatalf("%s: %d columns, want %d: %v", v.Name, len(got.Columns), len(v.Columns), err)
			}
			for i, c := range got.Columns {
				if c.Name != v.Columns[i].Name || c.Type != v.Columns[i].Type || v.Columns[i].Meaning == "" {
					t.Errorf("%s.%s is %s, documented as %+v", v.Name, c.Name, c.Type, v.Columns[i])
				}
			}
		}
	})
	t.Run("answers are right and of one project and range", func(t *testing.T) { sqlAnswers(t, w, r) })
	for _, text := range allowedSQL {
		t.Run("allowed/"+text, func(t *testing.T) {
			if _, err := ask(text); err != nil {
				t.Fatalf("%v", err)
			}
		})
	}
	for _, text := range hostileSQL {
		t.Run("refused/"+text, func(t *testing.T) {
			got, err := ask(text)
			if err == nil {
				t.Fatalf("answered %v", got.Rows)
			}
			wantCode(t, err, errs.CodeInvalid)
		})
	}
	t.Run("rows are bounded", func(t *testing.T) {
		got, err := r.SQL(context.Background(), trace.SQLQuery{Project: one, Range: ever(), Text: "SELECT * FROM range(100000)", MaxRows: 7})
		if err != nil || len(got.Rows) != 7 || !got.Truncated {
			t.Fatalf("%d rows, truncated %v: %v", len(got.Rows), got.Truncated, err)
		}
		if got, err = ask("SELECT * FROM range(3)"); err != nil || len(got.Rows) != 3 || got.Truncated {
			t.Fatalf("%d rows, truncated %v: %v", len(got.Rows), got.Truncated, err)
		}
	})
	for _, text := range []string{
		"WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM x) SELECT max(a) FROM x",
		"SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range % 7 = b.range % 5",
	} {
		t.Run("time is bounded/"+text, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			_, err := r.SQL(ctx, trace.SQLQuery{Project: one, Range: ever(), Text: text})
			wantCode(t, err, errs.CodeUnavailable)
			if _, err := ask("SELECT count(*) FROM spans"); err != nil {
				t.Fatalf("after it: %v", err)
			}
		})
	}
	t.Run("a long text is refused", func(t *testing.T) {
		_, err := ask("SELECT 1 " + strings.Repeat(" ", 1<<20))
		wantCode(t, err, errs.CodeTooLarge)
	})
}

func sqlAnswers(t *testing.T, w *world, r Reader) {
	in := w.ranges()[1]
	ask := func(text string) [][]any {
		t.Helper()
		got, err := r.SQL(context.Background(), trace.SQLQuery{Project: one, Range: in, Text: text})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return got.Rows
	}
	spans := w.of(one, in)
	cost := decimal.Zero
	sessions, users, used := map[string]bool{}, map[string]bool{}, 0
	for _, s := range spans {
		sessions[s.Session], users[s.User] = true, true
		if !s.Usage.Rollup && (s.Usage.Source != "" || s.Cost.State != "") {
			used++
			if s.Cost.State == usage.Priced || s.Cost.State == usage.CostEstimated {
				cost = cost.Add(s.Cost.Amount)
			}
		}
	}
	delete(sessions, "")
	if got := ask("SELECT count(*), count(DISTINCT user_id), min(start_ns), count(DISTINCT span_id) FROM spans")[0]; got[0] != int64(len(spans)) || got[1] != int64(len(users)) || got[3] != int64(len(spans)) {
		t.Fatalf("%v, want %d spans and %d users", got, len(spans), len(users))
	}
	if got := ask("SELECT count(*), sum(cost) FROM usage")[0]; got[0] != int64(used) || !got[1].(decimal.Decimal).Equal(cost) {
		t.Fatalf("%v, want %d and %s", got, used, cost)
	}
	if got := ask("SELECT count(*) FROM sessions")[0]; got[0] != int64(len(sessions)) {
		t.Fatalf("%v sessions, want %d", got, len(sessions))
	}
	n := 0
	for _, c := range w.scores {
		if c.Project == one && (c.Day >= in.From && c.Day < in.To || c.Time >= in.From && c.Time < in.To) {
			n++
		}
	}
	if got := ask("SELECT count(*) FROM scores")[0]; got[0] != int64(n) {
		t.Fatalf("%v scores, want %d", got, n)
	}
	ailing := 0
	for _, s := range spans {
		if len(s.Problems) > 0 {
			ailing++
		}
	}
	if got := ask("SELECT count(*) FROM spans WHERE len(problems) > 0 AND len(problem_details) = len(problems)")[0]; got[0] != int64(ailing) {
		t.Fatalf("%v spans with problems, want %d", got, ailing)
	}
	s := spans[0]
	got := ask(fmt.Sprintf("SELECT trace_id, span_id, start_time, name, tags, 1::UTINYINT, NULL, [1, 2], {'a': 1.5::DECIMAL(4,2)}, true FROM spans WHERE span_id = '%s'", s.ID))[0]
	if got[0] != s.Trace.String() || got[1] != s.ID.String() || got[2].(time.Time).Sub(time.Unix(0, s.Start)).Abs() > time.Microsecond || got[3] != s.Name ||
		len(got[4].([]any)) != len(s.Tags) || got[5] != int64(1) || got[6] != nil || got[7].([]any)[1] != int64(2) || got[9] != true {
		t.Fatalf("%v", got)
	}
	if d := got[8].(map[string]any)["a"].(decimal.Decimal); !d.Equal(decimal.RequireFromString("1.5")) {
		t.Fatalf("%v", d)
	}
	order := ask("SELECT start_ns FROM spans ORDER BY start_ns DESC")
	for i := 1; i < len(order); i++ {
		if order[i-1][0].(int64) < order[i][0].(int64) {
			t.Fatal("ORDER BY is lost")
		}
	}
}

// allowedSQL is what people write in notebooks.
var allowedSQL = []string{
	"SELECT 1",
	"select model, count(*) n, sum(cost) from usage group by model order by n desc limit 5",
	"FROM spans",
	"FROM spans SELECT name WHERE kind = 'llm'",
	"TABLE spans",
	"SELECT * EXCLUDE (attributes, resource) FROM spans s WHERE s.duration_ms > 5",
	"SELECT COLUMNS('.*_tokens') FROM usage",
	"WITH a AS (SELECT * FROM spans), b AS (SELECT * FROM a) SELECT count(*) FROM b JOIN a USING (span_id)",
	"WITH spans AS (SELECT * FROM spans WHERE kind = 'llm') SELECT count(*) FROM spans",
	"WITH RECURSIVE up AS (SELECT span_id, parent_id, 0 AS d FROM spans UNION ALL SELECT up.span_id, s.parent_id, d + 1 FROM up JOIN spans s ON s.span_id = up.parent_id WHERE d < 5) SELECT max(d) FROM up",
	"SELECT (SELECT max(c.value) FROM scores c WHERE c.trace_id = s.trace_id) FROM spans s",
	"SELECT name FROM spans s WHERE EXISTS (SELECT 1 FROM scores c WHERE c.span_id = s.span_id)",
	"SELECT unnest(tags) FROM spans",
	"SELECT u.tag FROM spans, unnest(tags) AS u(tag)",
	"SELECT attributes->>'plain', attributes->'$.plain', json_extract_string(attributes, '/plain') FROM spans",
	"SELECT date_trunc('hour', start_time) AS h, quantile_cont(duration_ms, 0.95) FROM spans GROUP BY h ORDER BY h",
	"SELECT time_bucket(INTERVAL '15 minutes', start_time), count(*) FROM spans GROUP BY ALL",
	"SELECT name, row_number() OVER (PARTITION BY trace_id ORDER BY start_ns) AS n FROM spans QUALIFY n = 1",
	"SELECT lag(start_ns) OVER w FROM spans WINDOW w AS (ORDER BY start_ns)",
	"SELECT kind, status, count(*) FROM spans GROUP BY CUBE (kind, status)",
	"SELECT * FROM (PIVOT spans ON status IN ('ok', 'error') USING count(*) GROUP BY kind)",
	"SELECT name FROM spans UNION SELECT session FROM sessions EXCEPT SELECT name FROM scores",
	"SELECT list_transform(tags, lambda x: upper(x)), [t FOR t IN tags IF t <> ''] FROM spans",
	"SELECT CASE WHEN cost IS NULL THEN 'unpriced' ELSE cost::VARCHAR END, coalesce(user_id, ''), name LIKE 'a%', name ILIKE 'A%', name SIMILAR TO 'a.*', name COLLATE NOCASE FROM spans",
	"SELECT * FROM spans -- a comment\n",
	"SELECT /* spans */ \"name\" FROM \"spans\";",
	"SELECT * FROM spans POSITIONAL JOIN scores",
	"SELECT s.name, c.name FROM spans s LEFT JOIN LATERAL (SELECT * FROM scores c WHERE c.trace_id = s.trace_id LIMIT 1) c ON TRUE",
	"SELECT a.start_ns FROM spans a ASOF JOIN spans b ON a.start_ns >= b.start_ns LIMIT 3",
	"SELECT * FROM spans USING SAMPLE 10 ROWS",
	"VALUES (1, 'a'), (2, 'b')",
	"SELECT now(), current_date, random(), uuid(), pi()",
	"SELECT * FROM generate_series(1, 5) g(n) WHERE n IN (SELECT range FROM range(3))",
	"SELECT * FROM usage WHERE start_time >= TIMESTAMP '2026-11-19 00:00:00' AND start_time < now() + INTERVAL 1 DAY",
	"SELECT string_agg(name, ', ' ORDER BY name), list(DISTINCT kind), arg_max(name, start_ns), histogram(kind) FROM spans",
}

// hostileSQL is what must be refused.
var hostileSQL = []string{
	"", ";", "nonsense", "SELECT", "SELECT * FROM", "SELECT * FROM nowhere", "SELECT no_such_column FROM spans",
	"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE spans", "SELECT 1;;SELECT 2 FROM spans",
	"INSERT INTO spans VALUES (1)", "UPDATE spans SET name = ''", "DELETE FROM spans", "DROP VIEW spans", "CREATE TABLE x AS SELECT 1",
	"CREATE TEMP MACRO f() AS 1", "ALTER TABLE spans ADD COLUMN x INT", "TRUNCATE spans", "VACUUM", "CHECKPOINT", "ANALYZE",
	"ATTACH 'x.duckdb' AS x", "DETACH scores", "USE memory", "SET memory_limit = '1TB'", "RESET ALL", "PRAGMA database_list", "PRAGMA show_tables",
	"COPY spans TO 'out.csv'", "COPY (SELECT 1) TO '/tmp/out.csv'", "EXPORT DATABASE '/tmp/x'", "IMPORT DATABASE '/tmp/x'", "INSTALL httpfs", "LOAD httpfs",
	"CALL pragma_version()", "PREPARE p AS SELECT 1", "EXECUTE p", "EXPLAIN SELECT * FROM spans", "EXPLAIN ANALYZE SELECT 1", "DESCRIBE spans", "SUMMARIZE spans",
	"SHOW TABLES", "SHOW ALL TABLES", "SHOW DATABASES", "BEGIN", "COMMIT", "ROLLBACK", "SELECT * FROM (DESCRIBE spans)", "SELECT * FROM (SHOW TABLES)", "SELECT * FROM (SUMMARIZE spans)",
	"SELECT * FROM information_schema.tables", "SELECT * FROM duckdb_tables()", "SELECT * FROM duckdb_tables", "SELECT * FROM duckdb_databases()",
	"SELECT * FROM pg_catalog.pg_class", "SELECT * FROM pg_class", "SELECT * FROM sqlite_master", "SELECT * FROM pragma_database_list", "SELECT * FROM pragma_table_info('spans')",
	"SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_secrets()", "SELECT * FROM duckdb_views", "SELECT * FROM duckdb_columns()",
	"SELECT * FROM scores.main.scores", "SELECT * FROM main.spans", "SELECT * FROM memory.main.spans", "SELECT * FROM temp.spans", "SELECT * FROM temp.main.spans",
	"SELECT * FROM \"spans_20261119\".main.spans", "SELECT * FROM spans_20261119.spans", "SELECT * FROM spans_20776.main.spans",
	"SELECT * FROM '/etc/passwd'", "SELECT * FROM 'x.parquet'", "FROM 'x.csv'", "SELECT * FROM \"x.json\"", "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
	"SELECT * FROM read_blob('*')", "SELECT * FROM parquet_scan('x')", "SELECT * FROM glob('/*')", "SELECT * FROM read_json_auto('x')", "SELECT * FROM sniff_csv('x')", "SELECT * FROM read_duckdb('x')",
	"SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('scores.main.scores')", "SELECT * FROM query_table(['spans'])", "SELECT * FROM json_execute_serialized_sql('{}')",
	"SELECT getenv('HOME')", "SELECT current_setting('memory_limit')", "SELECT current_database()", "SELECT current_query()", "SELECT version()", "SELECT nextval('s')",
	"SELECT getvariable('x')", "SELECT sleep_ms(100000)", "SELECT write_log('x')", "SELECT setseed(0.1)", "SELECT json_serialize_sql('SELECT 1')", "SELECT system.main.lower('A')",
	"SELECT repeat('x', 3000000000)", "SELECT lpad('x', 2000000000, 'y')", "SELECT range(1000000000)", "SELECT generate_series(1, 1000000000)", "SELECT list_resize([1], 1000000000)", "SELECT printf('%1000000000d', 1)",
	"WITH duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables",
	"WITH RECURSIVE duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables",
	"WITH RECURSIVE duckdb_tables AS (SELECT table_name FROM duckdb_tables UNION ALL SELECT table_name FROM duckdb_tables) SELECT * FROM duckdb_tables",
	"SELECT * FROM sqlite_master, (WITH sqlite_master AS (SELECT 1) SELECT * FROM sqlite_master)",
	"WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
	"SELECT (SELECT count(*) FROM duckdb_tables()) FROM spans", "SELECT * FROM spans WHERE EXISTS (FROM duckdb_tables())", "SELECT name FROM spans ORDER BY (SELECT count(*) FROM sqlite_master)",
	"SELECT count(*) FILTER ((SELECT count(*) FROM sqlite_master) > 0) FROM spans", "SELECT sum(1) OVER (ORDER BY (SELECT count(*) FROM sqlite_master)) FROM spans",
	"SELECT * FROM spans LIMIT (SELECT count(*) FROM sqlite_master)", "SELECT [x FOR x IN (SELECT list(sql) FROM sqlite_master)]", "SELECT * FROM spans TABLESAMPLE 10 ROWS, sqlite_master",
	"SELECT * FROM spans JOIN sqlite_master ON TRUE", "SELECT * FROM spans POSITIONAL JOIN sqlite_master", "SELECT * FROM spans, LATERAL (SELECT * FROM sqlite_master)",
	"VALUES ((SELECT count(*) FROM sqlite_master))", "SELECT * FROM unnest((SELECT list(sql) FROM sqlite_master))", "PIVOT spans ON kind USING count(*)", "SELECT * FROM (PIVOT sqlite_master ON type IN ('table') USING count(*))",
	"SELECT ?", "SELECT $1", "SELECT * FROM spans AT (VERSION => 1)", "SELECT CAST('x' AS main.t)", "SELECT * FROM spans UNION ALL SELECT * FROM scores.main.scores", "SELECT 1 -- \n; SELECT 2",
}
