package duckdb

import (
	"context"
	"testing"

	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/storetest"
)

// loaded makes an engine that may attach two partitions at a time and holds the spans and scores.
func loaded(t *testing.T, spans []trace.Span, scores []score.Score) storetest.Reader {
	e, err := Open(t.TempDir(), Options{MaxAttached: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := e.Load(context.Background(), []telemetry.Entry{{Position: 1, Spans: spans, Scores: scores}}); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestReads(t *testing.T) { storetest.Reads(t, loaded) }

func TestAggregates(t *testing.T) { storetest.Aggregates(t, loaded) }

func TestCurrencies(t *testing.T) { storetest.Currencies(t, loaded) }

func TestSQL(t *testing.T) { storetest.SQL(t, loaded) }
