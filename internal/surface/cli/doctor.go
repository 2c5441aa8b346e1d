package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) doctor() *cobra.Command {
	var listening bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look whether all is well, and say what to do", Args: none,
		Long: "Look whether all is well, and say what to do. It asks the server; when that does not answer it looks at this machine: data folder, lock, disk, ports, clock.\n\n" +
			"With --listen it shows every client that tries to send telemetry, accepted or refused, of the last hour and from now on, with what mends it.",
		RunE: func(c *cobra.Command, _ []string) error {
			if listening {
				return p.listen(c)
			}
			out, err := p.examine(c)
			if err != nil {
				return err
			}
			if err := p.emit(out, func(w io.Writer) error { return checks(w, out) }); err != nil {
				return err
			}
			for _, one := range out.Checks {
				if !one.OK {
					return quietError{}
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&listening, "listen", false, "show the clients that try to send telemetry, until interrupted")
	return cmd
}

// examine asks the server, and looks itself where there is no answer or no key.
func (p *program) examine(c *cobra.Command) (api.Doctor, error) {
	client, err := p.connect(0)
	var wrong usageError
	if errors.As(err, &wrong) {
		return api.Doctor{}, err
	}
	if err != nil {
		server := p.setting(p.server, "STEWARD_SERVER")
		if server == "" {
			server = p.localServer()
		}
		return p.local(api.Check{Name: "key", Message: p.words(err), Fix: "start the server once, or give --key or --data"}, server), nil
	}
	out, err := client.Doctor(c.Context())
	var refused *api.Failure
	switch {
	case err == nil:
		reached := api.Check{Name: "server", OK: true, Message: client.Server() + " answers"}
		out.Checks = append([]api.Check{reached}, out.Checks...)
		return out, nil
	case errors.As(err, &refused):
		return out, err
	case c.Context().Err() != nil:
		return out, c.Context().Err()
	}
	return p.local(api.Check{Name: "server", Message: fmt.Sprintf("%s does not answer: %s", client.Server(), err),
		Fix: "start it with: steward serve --data " + p.dataFolder()}, client.Server()), nil
}

func checks(w io.Writer, out api.Doctor) error {
	for _, c := range out.Checks {
		mark := "ok  "
		if !c.OK {
			mark = "BAD "
		}
		if _, err := fmt.Fprintf(w, "%s %-12s %s\n", mark, plain(c.Name), plain(c.Message)); err != nil {
			return err
		}
		if !c.OK && c.Fix != "" {
			if _, err := fmt.Fprintf(w, "     %-12s → %s\n", "", plain(c.Fix)); err != nil {
				return err
			}
		}
	}
	return nil
}
