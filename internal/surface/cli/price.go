package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) prices() *cobra.Command {
	return group("price", "What calls cost, and the project's own prices", p.priceShow(), p.priceList(), p.priceAdd(), p.priceRemove())
}

func (p *program) priceShow() *cobra.Command {
	var q api.PriceQuery
	var at string
	c := &cobra.Command{
		Use: "show [MODEL]", Short: "Say what a call costs in the project, and by which price", Args: cobra.MaximumNArgs(1),
		Example: "  steward price show gpt-4o --provider openai\n  steward price show --calls tool --name web_lookup",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				q.Model = args[0]
			}
			if q.Model == "" && q.Calls == "" {
				return usage("name a model, or a kind of call with --calls")
			}
			t, err := p.moment("--at", at)
			if err != nil {
				return err
			}
			if !t.IsZero() {
				q.At = t.Format(time.RFC3339)
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			got, err := client.Price(c.Context(), q)
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) error { return writeFacts(w, priceFacts(got)) })
		},
	}
	f := c.Flags()
	f.StringVar(&q.Provider, "provider", "", "who serves the model, as emitters write it")
	f.StringVar(&q.Calls, "calls", "", "a kind of call: tool, retrieval, guardrail, embedding, rerank, llm")
	f.StringVar(&q.Name, "name", "", "the tool's name, or the span's")
	f.StringVar(&at, "at", "", "for a call of this time; by default now")
	return c
}

func priceFacts(got api.Price) [][2]string {
	facts := [][2]string{{"state", got.State}, {"price", got.Price}, {"reason", got.Reason}, {"currency", got.Currency}}
	if k := got.Catalogue; k != nil {
		facts = append(facts, [2]string{"catalogue", k.ID}, [2]string{"rates", amounts(k.Rates)}, [2]string{"services", amounts(k.Services)})
		for _, t := range k.Tiers {
			facts = append(facts, [2]string{fmt.Sprintf("over %d", t.Over), amounts(t.Rates)})
		}
		facts = append(facts, [2]string{"batch", k.Batch})
	}
	for _, e := range got.Entries {
		facts = append(facts, [2]string{"entry", string(e)})
	}
	return facts
}

func amounts(m map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, name+" "+m[name])
	}
	return strings.Join(out, ", ")
}

func (p *program) priceList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the project's own price entries, the oldest first", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			got, err := client.PriceEntries(c.Context())
			if err != nil {
				return err
			}
			return p.emit(got, func(w io.Writer) error {
				t := newTable("ID", "KIND", "FROM", "TO", "ABOUT", "WHAT")
				for _, e := range got.Items {
					t.row(entryCells(e.Entry)...)
				}
				return t.write(w, "The project has no prices of its own: the catalogue's count.")
			})
		},
	}
}

// entryCells shows an entry's own keys as they were written.
func entryCells(raw json.RawMessage) []string {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(raw, &e); err != nil {
		return []string{"", "", "", "", "", string(raw)}
	}
	take := func(key string) string {
		v := readable(e[key])
		delete(e, key)
		return v
	}
	id, kind, from, to := take("id"), take("kind"), take("valid_from"), take("valid_to")
	var about []string
	for _, key := range []string{"provider", "model", "calls", "name"} {
		if v := take(key); v != "" {
			about = append(about, v)
		}
	}
	var what []string
	for _, key := range slices.Sorted(maps.Keys(e)) {
		what = append(what, key+" "+readable(e[key]))
	}
	return []string{id, kind, day(from), day(to), cmp.Or(strings.Join(about, " "), "all calls"), strings.Join(what, ", ")}
}

// day leaves midnight out of a time.
func day(t string) string { return strings.TrimSuffix(t, "T00:00:00Z") }

func (p *program) priceAdd() *cobra.Command {
	var reprice, detach bool
	c := &cobra.Command{
		Use: "add ENTRY", Short: "Add a price, discount, commitment, rate of exchange or the project's currency", Args: cobra.ExactArgs(1),
		Long: "Add an entry, written as JSON: the argument itself, a file's name, or - for standard input. docs/prices.md shows every kind.",
		Example: `  steward price add '{"kind":"discount","provider":"anthropic","percent":"12.5","valid_from":"2026-04-01"}' --reprice` + "\n" +
			`  steward price add '{"kind":"price","calls":"tool","name":"web_lookup","currency":"USD","rates":{"request":"0.008"},"valid_from":"2026-01-01"}'`,
		RunE: func(c *cobra.Command, args []string) error {
			entry, err := p.entry(args[0])
			if err != nil {
				return err
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			made, err := client.AddPriceEntry(c.Context(), entry, reprice)
			if err != nil {
				return err
			}
			return p.changed(c, client, made, detach)
		},
	}
	c.Flags().BoolVar(&reprice, "reprice", false, "derive the stored costs that it concerns again")
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for that")
	return c
}

func (p *program) entry(arg string) (json.RawMessage, error) {
	text := []byte(arg)
	var err error
	switch {
	case arg == "-":
		text, err = io.ReadAll(p.Stdin)
	case !strings.HasPrefix(strings.TrimSpace(arg), "{"):
		text, err = os.ReadFile(arg)
	}
	if err != nil {
		return nil, usage("%v", err)
	}
	if !json.Valid(text) {
		return nil, usage("the entry is not JSON; docs/prices.md shows how to write one")
	}
	return text, nil
}

func (p *program) priceRemove() *cobra.Command {
	var reprice, detach bool
	c := &cobra.Command{
		Use: "rm ID", Short: "Remove a price entry", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			gone, err := client.RemovePriceEntry(c.Context(), args[0], reprice)
			if err != nil {
				return err
			}
			return p.changed(c, client, gone, detach)
		},
	}
	c.Flags().BoolVar(&reprice, "reprice", false, "derive the stored costs that it concerned again")
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for that")
	return c
}

// changed tells what became of an entry, and follows the job that brings stored costs up to date.
func (p *program) changed(c *cobra.Command, client *api.Client, made api.PriceChange, detach bool) error {
	if made.Job != nil && !detach {
		j, err := p.wait(c.Context(), client, *made.Job)
		if err != nil {
			return err
		}
		made.Job = &j
	}
	err := p.emit(made, func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, "%s\n", made.Entry); err != nil {
			return err
		}
		if made.Job != nil {
			return jobLine(w, *made.Job)
		}
		_, err := fmt.Fprintln(w, "Stored costs stay as they are; bring them up to date with: steward reprice")
		return err
	})
	if err == nil && made.Job != nil && made.Job.State == "failed" {
		return quietError{}
	}
	return err
}
