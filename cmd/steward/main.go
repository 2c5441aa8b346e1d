// Command steward is the whole of Steward: the server and its command line.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"steward/internal/app"
	"steward/internal/surface/cli"
)

// version is the build's name, set by the linker.
var version = "dev"

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "steward: stopped at once; what was acknowledged is loaded at the next start")
		os.Exit(130)
	}()
	os.Exit(cli.Run(ctx, cli.Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version,
		PortHolder: app.PortHolder, Serve: serve}, os.Args[1:]))
}

func serve(ctx context.Context, flags cli.ServeFlags) error {
	c, err := app.Load(flags.Config, os.LookupEnv, flags.Set)
	if err != nil {
		return err
	}
	return app.Run(ctx, c, app.Version(version), os.Stdout, os.Stderr)
}
