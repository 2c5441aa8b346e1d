// Package cli is Steward's command line. It asks the server through package api and nothing else; only doctor and the
// search for a local key look at the machine. It reads no environment of its own: Env brings what it may know.
//
// Start reading at Run; every command has a file. connect.go finds server and key, output.go prints.
package cli

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"steward/internal/base/clock"
)

// Env is all that the commands know of the world.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Version        string
	Clock          clock.Clock    // nil is the system's
	Location       *time.Location // of times in tables; nil is the machine's
	// Serve runs the server until ctx ends.
	Serve func(ctx context.Context, flags ServeFlags) error
	// PortHolder names the process that listens on an address's port, "" when nobody does; nil when it cannot be known.
	PortHolder func(addr string) string
}

// ServeFlags are the settings that were given as flags; the rest is for the environment and the file to say.
type ServeFlags struct {
	Config string            // file, "" for none
	Set    map[string]string // by the file's keys, such as "otlp.grpc"
}

// program is the command line at work.
type program struct {
	Env
	server, key, project, data, format string
	running                            bool // a command has begun: errors from here on are not about usage
}

// New answers the command tree. Run is the way to execute it with the right exit status.
func New(env Env) *cobra.Command {
	root, _ := build(env)
	return root
}

// Run executes a command line, without the program's name, prints what failed on Stderr and answers the exit status.
func Run(ctx context.Context, env Env, args []string) int {
	root, p := build(env)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return p.exit(err)
}

func build(env Env) (*cobra.Command, *program) {
	if env.Clock == nil {
		env.Clock = clock.System{}
	}
	if env.Location == nil {
		env.Location = time.Local
	}
	if env.Getenv == nil {
		env.Getenv = func(string) string { return "" }
	}
	p := &program{Env: env}
	root := &cobra.Command{
		Use:   "steward",
		Short: "Operate everything intelligent that runs in production",
		Long: `Steward takes in what agents and models do, keeps it, and answers questions about it.
Without a command it starts the server, as "steward serve" does.`,
		SilenceErrors: true, SilenceUsage: true,
		Args:              none,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if err := checkFormat(p.format, c.Annotations[moreFormats]); err != nil {
				return err
			}
			p.running = true
			return nil
		},
	}
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	f := root.PersistentFlags()
	f.StringVar(&p.server, "server", "", "address of the server (STEWARD_SERVER; by default the one that runs on --data)")
	f.StringVar(&p.key, "key", "", "key to ask with (STEWARD_KEY; by default DATA/operator.key on the same machine)")
	f.StringVar(&p.project, "project", "", "project to ask about (STEWARD_PROJECT; by default the key's)")
	f.StringVar(&p.data, "data", "", "data folder (STEWARD_DATA; by default ./steward-data)")
	f.StringVarP(&p.format, "output", "o", "table", "table, json or yaml")
	root.AddCommand(p.serve(root), p.trace(), p.session(), p.imports(), p.sql(), p.keys(), p.projects(), p.views(), p.shares(), p.loginLink(),
		p.prices(), p.remap(), p.reprice(), p.dataCommand(), p.demo(), p.home(), p.doctor(), p.version())
	return root, p
}

// terminal says whether w is one; progress and colours are for terminals only.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

func (p *program) setting(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return p.Getenv(variable)
}

func (p *program) dataFolder() string {
	if d := p.setting(p.data, "STEWARD_DATA"); d != "" {
		return d
	}
	return "steward-data"
}
