// Package badinput sends a running server everything that is wrong, in every form of OTLP, and checks that each gets
// the outcome that docs/bad-input.md states. Start reading at TestBadInput; the cases are beside it.
package badinput

import (
	"os"
	"testing"

	"steward/tests/server"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }
