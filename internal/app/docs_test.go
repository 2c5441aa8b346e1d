package app

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestEverySettingIsDocumented holds the table in docs/operations.md to the settings, both ways.
func TestEverySettingIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	documented := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| `") && strings.Contains(line, "`STEWARD_") {
			documented++
		}
	}
	for _, o := range options() {
		if row := fmt.Sprintf("| `%s` | `%s` |", o.key, envName(o.key)); !strings.Contains(text, row) {
			t.Errorf("docs/operations.md has no row that begins %s", row)
		}
	}
	if documented != len(options()) {
		t.Errorf("docs/operations.md documents %d settings, there are %d", documented, len(options()))
	}
}
