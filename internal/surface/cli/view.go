package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) views() *cobra.Command {
	return group("view", "Saved views of the lists of traces and sessions", p.viewList(), p.viewSave(), p.viewRemove())
}

func listFlag(c *cobra.Command, list *string) {
	c.Flags().StringVar(list, "list", "traces", "traces or sessions")
}

func (p *program) viewList() *cobra.Command {
	var list string
	c := &cobra.Command{
		Use: "ls", Short: "List views: the starters, your own and the shared ones", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out, err := client.SavedViews(c.Context(), list)
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error {
				t := newTable("ID", "NAME", "FILTER", "ENVIRONMENT", "PERIOD", "SORT", "WHOSE")
				for _, v := range out.Items {
					t.row(v.ID, brief(v.Name, 40), brief(v.Filter, 60), v.Environment, v.Period, v.Sort, whose(v))
				}
				return t.write(w, "no views")
			})
		},
	}
	listFlag(c, &list)
	return c
}

func whose(v api.SavedView) string {
	switch {
	case v.Starter:
		return "starter"
	case v.Shared:
		return "shared, by " + v.Owner.Name
	}
	return "private"
}

func (p *program) viewSave() *cobra.Command {
	var in api.NewSavedView
	var columns []string
	var private bool
	c := &cobra.Command{
		Use: "save NAME", Short: "Save a view, or replace the one of that name", Args: one("a view's name"),
		Example: "  steward view save slow --filter 'env:production' --sort -duration --period 7d",
		RunE: func(c *cobra.Command, args []string) error {
			in.Name, in.Shared = args[0], !private
			for _, id := range columns {
				in.Columns = append(in.Columns, api.ViewColumn{ID: strings.TrimSpace(id)})
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			there, err := client.SavedViews(c.Context(), in.List)
			if err != nil {
				return err
			}
			var out api.SavedView
			if old, ok := viewNamed(there.Items, in.Name, &in.Shared); ok {
				out, err = client.UpdateSavedView(c.Context(), old.ID, in)
			} else {
				out, err = client.CreateSavedView(c.Context(), in)
			}
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "view %q is saved (%s); it opens at /%s?view=%s\n", out.Name, out.ID, out.List, out.ID)
				return err
			})
		},
	}
	f := c.Flags()
	listFlag(c, &in.List)
	f.StringVarP(&in.Filter, "filter", "f", "", "filter, for example 'status:error model:gpt-4o*'")
	f.StringVar(&in.Environment, "environment", "", "narrow it to one environment")
	f.StringVar(&in.Period, "period", "", "how far back it looks: 15m, 1h, 24h, 7d or 30d")
	f.StringVar(&in.Sort, "sort", "", "start, duration, cost or tokens; -cost for the largest first")
	f.StringSliceVar(&columns, "columns", nil, "the columns that show, in their order")
	f.BoolVar(&private, "private", false, "only for yourself")
	return c
}

func (p *program) viewRemove() *cobra.Command {
	var list string
	c := &cobra.Command{
		Use: "rm NAME", Short: "Remove a view", Args: one("a view's name or id"),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			there, err := client.SavedViews(c.Context(), list)
			if err != nil {
				return err
			}
			id := args[0]
			if v, ok := viewNamed(there.Items, args[0], nil); ok {
				id = v.ID
			}
			if err := client.RemoveSavedView(c.Context(), id); err != nil {
				return err
			}
			return p.emit(map[string]string{"removed": id}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "view %s is removed\n", args[0])
				return err
			})
		},
	}
	listFlag(c, &list)
	return c
}

// viewNamed finds a stored view by its name, one's own before the shared one; shared narrows it to one kind.
func viewNamed(list []api.SavedView, name string, shared *bool) (found api.SavedView, ok bool) {
	for _, v := range list {
		if v.Name != name || v.Starter || shared != nil && v.Shared != *shared {
			continue
		}
		if !ok || !v.Shared {
			found, ok = v, true
		}
	}
	return found, ok
}
