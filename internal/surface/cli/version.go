package cli

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is", Args: none,
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": p.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
			return p.emit(v, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "steward %s (%s, %s)\n", p.Version, v["go"], v["platform"])
				return err
			})
		},
	}
}
