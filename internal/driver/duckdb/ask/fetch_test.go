package ask

import (
	"context"
	"database/sql"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// TestFetchMisses asks for a row that is not there: an answer without it would look like a span of zeros.
func TestFetchMisses(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ExecContext(context.Background(), row.CreateTable("memory.main.spans", row.Columns())); err != nil {
		t.Fatal(err)
	}
	p := Part{Day: "2026-11-20", Table: "memory.main.spans"}
	err = fetch(context.Background(), c, p, []int64{5}, true, func(int64, trace.Span) {})
	if errs.CodeOf(err) != errs.CodeInternal {
		t.Fatalf("a missing row is no error: %v", err)
	}
}
