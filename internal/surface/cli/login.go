package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) loginLink() *cobra.Command {
	var in api.NewLoginLink
	c := &cobra.Command{
		Use: "login-link", Short: "Make a link by which one person signs in once", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			if in.Name == "" {
				in.Name = in.Role
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			link, err := client.CreateLoginLink(c.Context(), in)
			if err != nil {
				return err
			}
			return p.emit(link, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s\n\nIt works once, until %s, for the role %s.\n", link.URL, p.when(link.Expires), in.Role)
				return err
			})
		},
	}
	c.Flags().StringVar(&in.Role, "role", "operator", "viewer, developer, admin or operator")
	c.Flags().StringVar(&in.Name, "name", "", "who it is for; by default the role")
	return c
}
