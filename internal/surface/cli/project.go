package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) projects() *cobra.Command {
	return group("project", "Projects", p.projectList(), p.projectCreate())
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
