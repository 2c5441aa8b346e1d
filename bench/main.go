// Command bench measures Steward as a whole process against the limit of its engine, in one run: `make bench`.
//
//	ingest  LLM-sized spans over OTLP/HTTP to durable, beside the bare DuckDB appender writing the same rows
//	look    questions with 1 and 5 million spans stored, through the API
//	start   memory when idle, and time to ready after a clean stop and after SIGKILL
//
// Every figure comes with the process's memory. Figures are for reading: nothing fails by them.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

type options struct {
	binary  string
	only    string
	ingest  int
	stored  []int
	dir     string
	clients int
	bare    int
}

func main() {
	var o options
	var stored string
	flag.StringVar(&o.binary, "binary", "bin/steward", "the binary to measure")
	flag.StringVar(&o.only, "only", "ingest,look,start", "what to measure")
	flag.IntVar(&o.ingest, "ingest", 600_000, "spans to send in ingest")
	flag.StringVar(&stored, "stored", "1000000,5000000", "spans stored in look, at each of these sizes")
	flag.StringVar(&o.dir, "dir", "", "folder for data; default a temporary one")
	flag.IntVar(&o.clients, "clients", 4, "connections that send at once")
	flag.IntVar(&o.bare, "bare", 0, "write so many spans with the bare appender and say how long it took (used by ingest)")
	flag.Parse()
	for _, s := range strings.Split(stored, ",") {
		var n int
		if _, err := fmt.Sscan(s, &n); err != nil {
			fmt.Fprintf(os.Stderr, "bench: -stored %q: %v\n", s, err)
			os.Exit(2)
		}
		o.stored = append(o.stored, n)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if o.bare > 0 {
		return runBare(o)
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "steward-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		o.dir = dir
	}
	for _, part := range []struct {
		name string
		run  func(options) error
	}{{"ingest", runIngest}, {"look", runLook}} {
		if !strings.Contains(o.only, part.name) {
			continue
		}
		fmt.Printf("\n== %s\n", part.name)
		if err := part.run(o); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
