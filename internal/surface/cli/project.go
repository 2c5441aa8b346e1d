package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) projects() *cobra.Command {
	return group("project", "Projects", p.projectList(), p.projectCreate(), p.projectRemove())
}

func (p *program) projectList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List projects", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out, err := client.Projects(c.Context())
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error {
				t := newTable("ID", "TITLE", "CREATED")
				for _, one := range out.Items {
					t.row(one.ID, brief(one.Title, 60), p.when(one.Created))
				}
				return t.write(w, "no projects")
			})
		},
	}
}

func (p *program) projectCreate() *cobra.Command {
	var title string
	c := &cobra.Command{
		Use: "create ID", Short: "Make a project", Args: one("its id, of a-z, 0-9, '.', '_', '-'"),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out, err := client.CreateProject(c.Context(), api.NewProject{ID: args[0], Title: title})
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "project %s is there; use it with --project %s\n", out.ID, out.ID)
				return err
			})
		},
	}
	c.Flags().StringVar(&title, "title", "", "its name for people")
	return c
}

func (p *program) projectRemove() *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{
		Use: "rm ID --reason WHY", Short: "Delete a project with everything in it, for good", Args: one("a project's id"),
		Long: "Delete a project with everything in it, for good: spans, scores, logs, payloads, keys, settings. It answers a receipt, which the project default keeps. Who changed what stays on record.",
		RunE: func(c *cobra.Command, args []string) error {
			if reason == "" {
				return usage("--reason is needed: it stands on the receipt")
			}
			return p.deleteProject(c, args[0], reason, yes)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the receipt")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// deleteProject deletes a project and prints the receipt.
func (p *program) deleteProject(c *cobra.Command, id, reason string, yes bool) error {
	if !yes {
		if err := p.confirm(fmt.Sprintf("Delete the project %q with everything in it for good?", id)); err != nil {
			return err
		}
	}
	client, err := p.connect(0)
	if err != nil {
		return err
	}
	client = client.InOwnProject() // where the receipt stands
	d, err := client.DeleteProject(c.Context(), id, reason)
	if err != nil {
		return err
	}
	return p.deleted(c.Context(), client, d)
}

// deleted waits for a deletion to end and prints its receipt.
func (p *program) deleted(ctx context.Context, client *api.Client, d api.Deletion) error {
	d, err := p.waitDeletion(ctx, client, d)
	if err != nil {
		return err
	}
	if err := p.emit(d, func(w io.Writer) error { return p.receipt(w, d) }); err != nil {
		return err
	}
	if d.State == "failed" {
		return quietError{}
	}
	return nil
}
