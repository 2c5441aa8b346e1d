package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// serveFlags are the flags of the server by the configuration file's keys.
var serveFlags = []struct{ flag, key, meaning string }{
	{"listen", "listen", "address to listen on (by default 127.0.0.1:7171)"},
	{"otlp-grpc", "otlp.grpc", "address for OTLP/gRPC, empty for none (by default 127.0.0.1:4317)"},
	{"otlp-http", "otlp.http", "address for OTLP/HTTP, empty for none (by default 127.0.0.1:4318)"},
	{"log-level", "log.level", "debug, info, warn or error"},
	{"log-format", "log.format", "text or json"},
}

// serve is the server; root, the bare program, does the same.
func (p *program) serve(root *cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "Run the server (as without a command)", Args: none,
		Long: "Run the server until it is told to stop (Ctrl-C or SIGTERM; a second one stops at once).\nFlags win over the environment (STEWARD_LISTEN, ...), the environment over the file.",
	}
	for _, cmd := range []*cobra.Command{root, c} {
		f := cmd.Flags()
		config := f.String("config", "", "configuration file (YAML)")
		f.Bool("demo", false, "make the project demo: an insurer's claims agent with planted failures, four weeks back and live")
		for _, s := range serveFlags {
			f.String(s.flag, "", s.meaning)
		}
		cmd.RunE = func(cmd *cobra.Command, _ []string) error {
			return p.Serve(cmd.Context(), ServeFlags{Config: *config, Set: given(cmd.Flags())})
		}
	}
	return c
}

func given(f *pflag.FlagSet) map[string]string {
	set := map[string]string{}
	keys := map[string]string{"data": "data", "demo": "demo"}
	for _, s := range serveFlags {
		keys[s.flag] = s.key
	}
	f.Visit(func(flag *pflag.Flag) {
		if key, ok := keys[flag.Name]; ok {
			set[key] = flag.Value.String()
		}
	})
	return set
}
