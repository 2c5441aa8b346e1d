package ask_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
)

// gated lets nobody open partitions before the gate is open.
type gated struct {
	*memory
	came, gate chan struct{}
}

func (g *gated) Spans(ctx context.Context, r trace.Range, fn func(*sql.Conn, []ask.Part) error) error {
	g.came <- struct{}{}
	<-g.gate
	return g.memory.Spans(ctx, r, fn)
}

// TestHeavyQuestionsWait fills every place with SQL and an export; who comes next waits as long as its context lives.
func TestHeavyQuestionsWait(t *testing.T) {
	g := &gated{memory: holding(t, nil, nil), came: make(chan struct{}, 5), gate: make(chan struct{})}
	r := ask.New(g, ask.Options{})
	dir := t.TempDir()
	query := func(ctx context.Context) error {
		_, err := r.SQL(ctx, trace.SQLQuery{Project: "p", Range: trace.Range{To: 1}, Text: "SELECT 1"})
		return err
	}
	export := func(ctx context.Context) error {
		return r.ExportParquet(ctx, trace.Query{Project: "p", Range: trace.Range{To: 1}}, filepath.Join(dir, "x.parquet"))
	}
	ended := make(chan error, 3)
	go func() { ended <- query(context.Background()) }()
	go func() { ended <- export(context.Background()) }()
	<-g.came
	<-g.came
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for _, question := range []func(context.Context) error{query, export} {
		if err := question(gone); errs.CodeOf(err) != errs.CodeOverloaded {
			t.Errorf("%v", err)
		}
	}
	go func() { ended <- query(context.Background()) }()
	if len(g.came) > 0 {
		t.Error("more questions run at once than may")
	}
	close(g.gate)
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
