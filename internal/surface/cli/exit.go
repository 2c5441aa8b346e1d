package cli

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"steward/api"
	"steward/internal/base/errs"
)

// The exit statuses.
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2
	exitNotFound = 3
	exitDenied   = 4 // no key, a wrong one, or one that may not
)

// usageError says that the command line itself is wrong.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// quietError ends with status 1 after the command has said all there is to say.
type quietError struct{}

func (quietError) Error() string { return "failed" }

// exit says what went wrong and answers the status.
func (p *program) exit(err error) int {
	if err == nil {
		return exitOK
	}
	var quiet quietError
	if errors.As(err, &quiet) {
		return exitFailure
	}
	fmt.Fprintf(p.Stderr, "steward: %s\n", p.words(err))
	var wrong usageError
	if errors.As(err, &wrong) || !p.running {
		fmt.Fprintln(p.Stderr, "Run it with --help to see what it takes.")
		return exitUsage
	}
	switch code(err) {
	case string(errs.CodeNotFound):
		return exitNotFound
	case string(errs.CodeUnauthenticated), string(errs.CodeForbidden):
		return exitDenied
	}
	return exitFailure
}

func code(err error) string {
	if c := api.FailureCode(err); c != "" {
		return c
	}
	return string(errs.CodeOf(err))
}

// words is what a person is told.
func (p *program) words(err error) string {
	var f *api.Failure
	var e *errs.Error
	var network net.Error
	switch {
	case errors.As(err, &f):
		if f.Code == string(errs.CodeUnauthenticated) {
			return f.Message + "\nGive --key or STEWARD_KEY, or --data with the folder of the server on this machine."
		}
		return f.Message
	case errors.As(err, &e):
		return e.Message
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &network):
		return fmt.Sprintf("cannot reach Steward: %s\nIs it running? \"steward doctor\" looks into it.", err)
	}
	return err.Error()
}

// none, one and some check arguments; cobra's own checks would end as failures instead of usage errors.
func none(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		return usage("unknown command %q for %q", args[0], cmd.CommandPath())
	}
	return usage("%s takes no arguments, %q is too many", cmd.CommandPath(), args[0])
}

func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s takes one argument: %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func some(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("%s needs %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, sub ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: none, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(sub...)
	return c
}
