package badinput

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"steward/tests/server"
)

// table is the page that states every outcome.
const table = "../../docs/bad-input.md"

// TestBadInput runs the case of every row of the table, and fails where one has none.
func TestBadInput(t *testing.T) {
	page, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllSubmatch(page, -1) {
		rows = append(rows, string(m[1]))
	}
	cases := map[string]func(*testing.T, *wire){}
	for name, odds := range oddities() {
		cases[name] = func(t *testing.T, w *wire) {
			for _, o := range odds {
				o.run(t, w)
			}
		}
	}
	maps.Copy(cases, requests())
	for name := range cases {
		if !slices.Contains(rows, name) {
			t.Errorf("the case %q has no row in %s", name, table)
		}
	}
	s := server.Start(t, server.Options{GRPC: server.FreeAddress(t)})
	w := newWire(t, s)
	for _, name := range rows {
		t.Run(name, func(t *testing.T) {
			run := cases[name]
			if run == nil {
				t.Fatalf("the row %q of %s has no case", name, table)
			}
			run(t, &wire{t, w.s, w.conn})
			alive(t.Context(), t, s)
		})
	}
	s.Stop()
}
