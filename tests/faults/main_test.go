// Package faults does to a running server what production does: it kills it, fills its disk, floods it, starts it
// twice, and checks that what was acknowledged is there and that what was refused was refused in words. Start reading
// at TestKill.
package faults

import (
	"os"
	"testing"

	"steward/tests/server"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }
