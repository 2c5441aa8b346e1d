// Command steward is the whole of Steward: the server and its command line.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"steward/internal/app"
)

var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	fs := flag.NewFlagSet("steward", flag.ExitOnError)
	flags := map[string]string{}
	for _, key := range []string{"data", "listen", "demo", "otlp.grpc", "otlp.http", "log.level"} {
		fs.Func(key, key, func(v string) error { flags[key] = v; return nil })
	}
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "serve" {
		args = args[1:]
	}
	_ = fs.Parse(args)
	c, err := app.Load("", os.LookupEnv, flags)
	if err == nil {
		go func() { <-ctx.Done(); stop() }()
		err = app.Run(ctx, c, app.Version(version), os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "steward:", err)
		os.Exit(1)
	}
}
