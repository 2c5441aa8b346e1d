package duckdb

import (
	"testing"

	"go.uber.org/goleak"

	"steward/internal/domain/telemetry"
	"steward/internal/driver/storetest"
)

func TestMain(m *testing.M) {
	if crashChild() {
		return
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

func TestTelemetry(t *testing.T) {
	storetest.Telemetry(t, func(t *testing.T) telemetry.Engine {
		e, err := Open(t.TempDir(), Options{MaxAttached: 2})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}
