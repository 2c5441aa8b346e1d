package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) shares() *cobra.Command {
	return group("share", "Read-only links to one trace or session", p.shareCreate(), p.shareList(), p.shareRevoke())
}

func (p *program) shareCreate() *cobra.Command {
	var in api.NewShare
	var expires string
	c := &cobra.Command{
		Use: "create --trace ID | --session ID", Short: "Make a link; it is shown once", Args: none,
		Example: "  steward share create --trace 4bf92f3577b34da6a3ce929d0e0e4736 --name 'for Bob'\n  steward share create --session s-1042 --expires 12h",
		RunE: func(c *cobra.Command, _ []string) error {
			if (in.TraceID == "") == (in.Session == "") {
				return usage("give --trace or --session")
			}
			if expires != "" {
				d, ok := ago(expires)
				if !ok {
					return usage("--expires is %q; write for example 7d or 12h", expires)
				}
				at := p.Clock.Now().Add(d)
				in.Expires = &at
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			s, err := client.CreateShare(c.Context(), in)
			if err != nil {
				return err
			}
			return p.emit(s, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s\n\nWho has this link sees it until %s. It is shown only now; revoke it with: steward share revoke %s\n", s.URL, p.when(s.Expires), s.ID)
				return err
			})
		},
	}
	f := c.Flags()
	f.StringVar(&in.TraceID, "trace", "", "the trace that it shows")
	f.StringVar(&in.Session, "session", "", "the session that it shows, with its traces")
	f.StringVar(&in.Name, "name", "", "what it is for")
	f.StringVar(&expires, "expires", "", "how long it works, at most 90d; by default 7d")
	return c
}

func (p *program) shareList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List shares, the newest first", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out := api.List[api.Share]{Items: []api.Share{}}
			for cursor := ""; ; {
				page, err := client.Shares(c.Context(), cursor)
				if err != nil {
					return err
				}
				out.Items = append(out.Items, page.Items...)
				if page.NextCursor == nil {
					break
				}
				cursor = *page.NextCursor
			}
			return p.emit(out, func(w io.Writer) error {
				t := newTable("ID", "NAME", "SHOWS", "EXPIRES", "STATE", "MADE BY")
				for _, s := range out.Items {
					shows, state := "trace "+s.TraceID, "active"
					if s.Session != "" {
						shows = "session " + s.Session
					}
					switch {
					case s.Revoked != nil:
						state = "revoked"
					case s.Expires.Before(p.Clock.Now()):
						state = "expired"
					}
					t.row(s.ID, brief(s.Name, 40), brief(shows, 60), p.when(s.Expires), state, brief(s.Maker.Name, 30))
				}
				return t.write(w, "nothing is shared")
			})
		},
	}
}

func (p *program) shareRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a share; its link stops working at once", Args: one("the share's id, see steward share ls"),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			if err := client.RevokeShare(c.Context(), args[0]); err != nil {
				return err
			}
			return p.emit(map[string]string{"revoked": args[0]}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "share %s is revoked\n", args[0])
				return err
			})
		},
	}
}
