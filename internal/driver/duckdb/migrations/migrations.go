// Package migrations holds the numbered SQL that makes and changes the files, by kind. Files are forward only: a
// statement, once released, is never edited. {db} stands for the attached file.
package migrations

import (
	"embed"
	"fmt"
	"sort"
	"strings"
)

//go:embed spans/*.sql logs/*.sql metrics/*.sql scores/*.sql
var files embed.FS

// Of answers the statements of a kind in order; the schema version of a file is how many of them it has seen.
func Of(kind string) ([]string, error) {
	entries, err := files.ReadDir(kind)
	if err != nil {
		return nil, fmt.Errorf("no migrations for files of kind %q: %w", kind, err)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	out := make([]string, len(entries))
	for i, e := range entries {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(e.Name(), want) {
			return nil, fmt.Errorf("migration %s/%s should begin with %s", kind, e.Name(), want)
		}
		b, err := files.ReadFile(kind + "/" + e.Name())
		if err != nil {
			return nil, err
		}
		out[i] = string(b)
	}
	return out, nil
}
