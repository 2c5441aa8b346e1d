package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) trace() *cobra.Command {
	return group("trace", "What happened, operation by operation", p.traceList(), p.traceShow(), p.traceTail(), p.traceExport())
}

func (p *program) traceList() *cobra.Command {
	var l paged
	c := &cobra.Command{
		Use: "ls [FILTER]", Short: "List traces with a span that matches, newest first",
		Example: "  steward trace ls --since 7d 'status:error agent:support*'\n  steward trace ls --sort -cost -n 10",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if err := l.words(args); err != nil {
				return err
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out := api.TraceList{Items: []api.Trace{}}
			next, err := l.pages(p, func(ask api.Page) (int, *string, error) {
				page, err := client.Traces(c.Context(), ask)
				out.Items, out.Searched = append(out.Items, page.Items...), page.Searched
				return len(page.Items), page.NextCursor, err
			})
			if err != nil {
				return err
			}
			out.NextCursor = next
			return p.emit(out, func(w io.Writer) error { return p.traceTable(w, out) })
		},
	}
	l.flags(c)
	return c
}

func (p *program) traceTable(w io.Writer, out api.TraceList) error {
	t := newTable("START", "TRACE", "NAME", ">DURATION", ">SPANS", ">TOKENS", ">COST", "STATUS", "SESSION")
	scored := slices.ContainsFunc(out.Items, func(x api.Trace) bool { return len(x.Totals.Scores) > 0 })
	if scored {
		t.titles = append(t.titles, "SCORES")
	}
	for _, x := range out.Items {
		cells := []string{p.when(x.Start), x.TraceID, brief(x.Name, 40), duration(x.DurationMS), count(x.Spans), tokens(x.Tokens), cost(x.Cost),
			traceStatus(x), brief(x.Session, 40)}
		if scored {
			cells = append(cells, brief(scoreList(x.Totals.Scores), 60))
		}
		t.row(cells...)
	}
	if err := t.write(w, "no traces match; see --since and --filter"); err != nil {
		return err
	}
	return p.rest(out.NextCursor != nil, len(out.Items), out.Searched)
}

// scoreList says scores in few words: "reward=1 tone=calm".
func scoreList(scores []api.Score) string {
	words := make([]string, len(scores))
	for i, s := range scores {
		words[i] = s.Name + "=" + verdict(s)
	}
	return strings.Join(words, " ")
}

// rest says what the list does not show.
func (p *program) rest(more bool, shown int, s api.Searched) error {
	if more {
		fmt.Fprintf(p.Stderr, "there are more than these %d; -n shows more\n", shown)
	}
	if !s.Complete && !s.From.IsZero() && !more {
		fmt.Fprintf(p.Stderr, "looked back to %s only\n", p.when(s.From))
	}
	if s.Partly > 0 {
		fmt.Fprintf(p.Stderr, "%s too long to be searched whole\n", of(s.Partly, "span is"))
	}
	return nil
}

func traceStatus(t api.Trace) string {
	s := orDash(t.Outcome)
	if t.Unfinished && t.Outcome != "unfinished" {
		s += ", unfinished"
	}
	if t.Outcome == "problem" || t.Outcome == "unfinished" && t.Problems > 0 {
		s += fmt.Sprintf(", %d of %s", t.Problems, of(t.Totals.Spans, "span"))
	}
	return s
}

func (p *program) traceTail() *cobra.Command {
	var filter string
	c := &cobra.Command{
		Use: "tail [FILTER]", Short: "Show spans as they come in, until Ctrl-C", Args: cobra.ArbitraryArgs,
		Long: "Show spans as they come in, until Ctrl-C. With -o json every span is one line.",
		RunE: func(c *cobra.Command, args []string) error {
			w := window{filter: filter}
			if err := w.words(args); err != nil {
				return err
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			err = client.Tail(c.Context(), w.filter, p.tailed, func(n int64) {
				fmt.Fprintf(p.Stderr, "%s came too quickly to be shown\n", of(n, "span"))
			})
			if c.Context().Err() != nil {
				return nil // Ctrl-C is how it ends
			}
			return err
		},
	}
	c.Flags().StringVarP(&filter, "filter", "f", "", "only spans that match")
	return c
}

func (p *program) traceExport() *cobra.Command {
	var w window
	var format, out string
	c := &cobra.Command{
		Use: "export [FILTER]", Short: "Write all matching spans, whole", Args: cobra.ArbitraryArgs,
		Example: "  steward trace export --since 7d --format parquet --out week.parquet 'env:production'",
		RunE: func(c *cobra.Command, args []string) error {
			if format != "jsonl" && format != "otlp" && format != "parquet" {
				return usage("--format is %q; allowed are jsonl, otlp, parquet", format)
			}
			if out == "" && format == "parquet" && terminal(p.Stdout) {
				return usage("parquet is not for a terminal; give --out FILE")
			}
			if err := w.words(args); err != nil {
				return err
			}
			r, err := w.read(p)
			if err != nil {
				return err
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			body, err := client.Export(c.Context(), format, r)
			if err != nil {
				return err
			}
			defer body.Close()
			if out == "" || out == "-" {
				_, err = io.Copy(p.Stdout, body)
				return err
			}
			n, err := saveAs(out, body)
			if err == nil {
				fmt.Fprintf(p.Stderr, "wrote %s to %s\n", of(n, "byte"), out)
			}
			return err
		},
	}
	w.flags(c)
	c.Flags().StringVar(&format, "format", "jsonl", "jsonl (one span a line), otlp (OTLP JSON, one request a line) or parquet")
	c.Flags().StringVar(&out, "out", "", "file to write; by default standard output")
	return c
}

// saveAs writes a file under its name only when all of it is there, so that a broken stream leaves no half file.
func saveAs(path string, from io.Reader) (n int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".steward-export-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it is of no use
		}
	}()
	n, err = io.Copy(f, from)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return n, err
	}
	if err = os.Chmod(f.Name(), 0o644); err != nil {
		return n, err
	}
	return n, os.Rename(f.Name(), path)
}

// words takes a filter that stands as arguments.
func (w *window) words(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if w.filter != "" {
		return usage("the filter stands in --filter and as an argument; give one of them")
	}
	for i, a := range args {
		if i > 0 {
			w.filter += " "
		}
		w.filter += a
	}
	return nil
}
