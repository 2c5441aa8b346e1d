package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) demo() *cobra.Command {
	c := group("demo", "The demo: what is planted in it, and how to remove it", p.demoAdd(), p.demoRemove())
	c.Long = `Print what is planted in the demo and how to find each story.

A server started with --demo makes the project "demo": the traffic of an invented insurer's claims agent, four weeks back
and live. "steward demo rm" removes it with everything in it, and later starts with --demo leave it so until
"steward demo add" asks for it again.`
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, err := p.connect(0)
		if err != nil {
			return err
		}
		d, err := client.Demo(c.Context())
		if err != nil {
			return err
		}
		return p.emit(d, func(w io.Writer) error { return p.stories(w, client.Server(), d) })
	}
	return c
}

func (p *program) stories(w io.Writer, server string, d api.Demo) error {
	state := map[string]string{
		"absent":  `There is no demo. "steward demo add" makes one; so does starting the server with --demo, unless it was removed before.`,
		"filling": fmt.Sprintf("The demo fills in: %.0f %% of its four weeks are there.", 100*d.Filled),
		"live":    "The demo is whole, and its live traffic goes on.",
		"asleep":  `The demo is here, but nothing is sent: start the server with --demo, or ask with "steward demo add".`,
	}[d.State]
	if _, err := fmt.Fprintln(w, state); err != nil || d.State == "absent" {
		return err
	}
	for i, q := range d.Questions {
		if _, err := fmt.Fprintf(w, "\n%d. %s\n%s\n", i+1, plain(q.Question), wrapped(plain(q.Answer), "   ", 100)); err != nil {
			return err
		}
		for _, l := range q.Looks {
			if _, err := fmt.Fprintf(w, "\n   %s:\n   %s\n   %s%s\n", plain(l.Label), demoCommand(d.Project, l), server, l.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoCommand is the command line that shows what a look shows.
func demoCommand(project string, l api.DemoLook) string {
	words := []string{"steward trace ls --project", project, "--from", l.From.UTC().Format(time.RFC3339), "--to", l.To.UTC().Format(time.RFC3339)}
	if l.Sort != "" {
		words = append(words, "--sort", l.Sort)
	}
	if l.Filter != "" {
		words = append(words, "'"+strings.ReplaceAll(l.Filter, "'", `'\''`)+"'")
	}
	return strings.Join(words, " ")
}

// wrapped breaks text into lines of at most width characters, each after indent.
func wrapped(text, indent string, width int) string {
	var b strings.Builder
	n := width
	for _, word := range strings.Fields(text) {
		size := len([]rune(word))
		switch {
		case n+1+size > width && b.Len() > 0:
			b.WriteString("\n" + indent)
			n = len(indent)
		case b.Len() == 0:
			b.WriteString(indent)
			n = len(indent)
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += size
	}
	return b.String()
}

func (p *program) demoAdd() *cobra.Command {
	return &cobra.Command{
		Use: "add", Short: "Start the demo, also after it was removed", Args: none,
		Long: "Start the demo, also after it was removed. Its traffic comes until the server stops, and again whenever it is started with --demo.",
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			d, err := client.StartDemo(c.Context())
			if err != nil {
				return err
			}
			return p.emit(d, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "the demo runs in project %s: %s/traces?project=%s\n", d.Project, client.Server(), d.Project)
				return err
			})
		},
	}
}

func (p *program) demoRemove() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "rm", Short: "Delete the project demo with everything in it", Args: none,
		Long: "Delete the project demo with everything in it, for good. A server started with --demo after that leaves it so.",
		RunE: func(c *cobra.Command, _ []string) error {
			return p.deleteProject(c, "demo", "the demo is no longer needed", yes)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
