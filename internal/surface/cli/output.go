package cli

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/mattn/go-runewidth"
)

// moreFormats annotates a command that has a format of its own beside the usual ones, and names it.
const moreFormats = "formats"

// checkFormat refuses formats that the command does not have; own is its own one, "" for none.
func checkFormat(format, own string) error {
	allowed := []string{"table", "json", "yaml"}
	if own != "" {
		allowed = append(allowed, own)
	}
	if !slices.Contains(allowed, format) {
		return usage("-o is %q; allowed are %s", format, strings.Join(allowed, ", "))
	}
	return nil
}

// emit prints v in the asked form; table draws it for people.
func (p *program) emit(v any, table func(w io.Writer) error) error {
	switch p.format {
	case "json":
		enc := json.NewEncoder(p.Stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	case "yaml":
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if b, err = yaml.JSONToYAML(b); err != nil {
			return err
		}
		_, err = p.Stdout.Write(b)
		return err
	}
	return table(p.Stdout)
}

// table is aligned text. A column whose title begins with '>' is aligned to the right.
type table struct {
	titles []string
	rows   [][]string
}

func newTable(titles ...string) *table { return &table{titles: titles} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// write prints the table; empty says what to print instead when it has no rows.
func (t *table) write(w io.Writer, empty string) error {
	if len(t.rows) == 0 && empty != "" {
		_, err := io.WriteString(w, empty+"\n")
		return err
	}
	right := make([]bool, len(t.titles))
	head := make([]string, len(t.titles))
	widths := make([]int, len(t.titles))
	for i, title := range t.titles {
		head[i], right[i] = strings.TrimPrefix(title, ">"), strings.HasPrefix(title, ">")
	}
	lines := append([][]string{head}, t.rows...)
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		var row strings.Builder
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell))
			if i > 0 {
				row.WriteString("  ")
			}
			if right[i] {
				row.WriteString(pad + cell)
			} else {
				row.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " "))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// brief makes one line of text of at most n columns. Control characters never reach the terminal.
func brief(s string, n int) string {
	s = strings.Join(strings.Fields(plain(s)), " ")
	return runewidth.Truncate(s, n, "…")
}

// plain takes out what a terminal would act upon.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}
