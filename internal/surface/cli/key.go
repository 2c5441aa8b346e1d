package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) keys() *cobra.Command {
	return group("key", "Keys of programs", p.keyCreate(), p.keyList(), p.keyRevoke())
}

func (p *program) keyCreate() *cobra.Command {
	var in api.NewKey
	var expires string
	c := &cobra.Command{
		Use: "create --name NAME --scopes ingest,read", Short: "Make a key; it is shown once", Args: none,
		Example: "  steward key create --name shop-agent --scopes ingest\n  steward key create --name ci --scopes ingest,read --environment staging --expires 90d",
		RunE: func(c *cobra.Command, _ []string) error {
			if in.Name == "" || len(in.Scopes) == 0 {
				return usage("--name and --scopes are needed; scopes are ingest, gateway, read, operate, admin")
			}
			if expires != "" {
				d, ok := ago(expires)
				if !ok {
					return usage("--expires is %q; write for example 90d or 12h", expires)
				}
				at := p.Clock.Now().Add(d)
				in.Expires = &at
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			k, err := client.CreateKey(c.Context(), in)
			if err != nil {
				return err
			}
			return p.emit(k, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s\n\nThis is key %s (%s). It is shown only now; revoke it with: steward key revoke %s\n",
					k.Text, k.ID, strings.Join(k.Scopes, ", "), k.ID)
				return err
			})
		},
	}
	f := c.Flags()
	f.StringVar(&in.Name, "name", "", "what the key is for")
	f.StringSliceVar(&in.Scopes, "scopes", nil, "of ingest, gateway, read, operate, admin")
	f.StringVar(&in.Environment, "environment", "", "put this environment on everything it sends")
	f.StringVar(&in.Release, "release", "", "put this release on everything it sends")
	f.StringVar(&expires, "expires", "", "how long it works, such as 90d; by default for ever")
	return c
}

func (p *program) keyList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List keys", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out := api.List[api.Key]{Items: []api.Key{}}
			for cursor := ""; ; {
				page, err := client.Keys(c.Context(), cursor)
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
				t := newTable("ID", "NAME", "KEY", "SCOPES", "CREATED", "LAST USED", "STATE")
				for _, k := range out.Items {
					t.row(k.ID, brief(k.Name, 40), k.Prefix+"…", strings.Join(k.Scopes, ","), p.when(k.Created), p.whenOrNever(k.LastUsed), p.keyState(k))
				}
				return t.write(w, "no keys")
			})
		},
	}
}

func (p *program) keyState(k api.Key) string {
	switch {
	case k.Revoked != nil:
		return "revoked"
	case k.Expires != nil && k.Expires.Before(p.Clock.Now()):
		return "expired"
	case k.Expires != nil:
		return "until " + k.Expires.In(p.Location).Format(time.DateOnly)
	}
	return "active"
}

func (p *program) keyRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a key at once", Args: one("the key's id, see steward key ls"),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			if err := client.RevokeKey(c.Context(), args[0]); err != nil {
				return err
			}
			return p.emit(map[string]string{"revoked": args[0]}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "key %s is revoked\n", args[0])
				return err
			})
		},
	}
}
