package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) sql() *cobra.Command {
	var w window
	var limit int
	var views bool
	c := &cobra.Command{
		Use: "sql QUERY", Short: "Ask with SQL over the views spans, sessions, scores and usage",
		Long:    "Ask with one read-only SELECT over the documented views. - reads the query from standard input; --views lists the views.",
		Example: "  steward sql --since 7d \"select model, sum(cost) from usage group by 1 order by 2 desc\"",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			if views {
				out, err := client.Views(c.Context())
				if err != nil {
					return err
				}
				return p.emit(out, func(w io.Writer) error { return viewsPage(w, out) })
			}
			if len(args) != 1 {
				return usage("%s takes one argument: the query, in quotes; or - for standard input", c.CommandPath())
			}
			r, err := w.read(p)
			if err != nil {
				return err
			}
			in := api.Query{SQL: args[0], Limit: limit}
			if args[0] == "-" {
				b, err := io.ReadAll(io.LimitReader(p.Stdin, 1<<20))
				if err != nil {
					return err
				}
				in.SQL = string(b)
			}
			if !r.From.IsZero() {
				in.From = &r.From
			}
			if !r.To.IsZero() {
				in.To = &r.To
			}
			out, err := client.Query(c.Context(), in)
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error { return p.answer(w, out) })
		},
	}
	f := c.Flags()
	f.StringVar(&w.from, "from", "", "beginning of the spans that the views show")
	f.StringVar(&w.to, "to", "", "their end; by default now")
	f.StringVar(&w.since, "since", "", "a time ago, such as 24h or 7d; by default 24h")
	f.IntVarP(&limit, "limit", "n", 0, "how many rows at most")
	f.BoolVar(&views, "views", false, "list the views and their columns")
	return c
}

func (p *program) answer(w io.Writer, out api.QueryAnswer) error {
	t := newTable()
	for _, c := range out.Columns {
		title := c.Name
		if numeric(c.Type) {
			title = ">" + title
		}
		t.titles = append(t.titles, title)
	}
	for _, row := range out.Rows {
		cells := make([]string, len(out.Columns))
		for i := range cells {
			if i < len(row) {
				cells[i] = brief(cell(row[i]), 80)
			}
		}
		t.row(cells...)
	}
	if err := t.write(w, ""); err != nil {
		return err
	}
	if out.Truncated {
		fmt.Fprintf(p.Stderr, "cut off after %s; -n shows more\n", of(int64(len(out.Rows)), "row"))
	}
	return nil
}

func numeric(typ string) bool {
	for _, p := range []string{"INT", "BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "UINTEGER", "SMALLINT", "TINYINT"} {
		if len(typ) >= len(p) && typ[:len(p)] == p {
			return true
		}
	}
	return false
}

func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func viewsPage(w io.Writer, out api.Views) error {
	for i, v := range out.Items {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s\n", v.Name, v.Meaning)
		t := newTable("  COLUMN", "TYPE", "MEANING")
		for _, c := range v.Columns {
			t.row("  "+c.Name, c.Type, c.Meaning)
		}
		if err := t.write(w, ""); err != nil {
			return err
		}
	}
	return nil
}
