// Command gen writes the built-in price catalogue from a file of pydantic/genai-prices (MIT) and from overlay.json,
// which holds what that file does not: names of providers, batch factors, services billed by the piece. It copies facts
// into our own schema and nothing else. Start at convert.
//
// Usage: gen -date 2026-11-21 -out catalogue.gen.json data.json
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	date := flag.String("date", "", "day of the catalogue, for example 2026-11-21")
	out := flag.String("out", "catalogue.gen.json", "file to write")
	flag.Parse()
	if err := run(*date, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(date, out string, args []string) error {
	if date == "" || len(args) != 1 {
		return fmt.Errorf("want -date and one price file")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	catalogue, err := convert(data, date)
	if err != nil {
		return err
	}
	return os.WriteFile(out, catalogue, 0o644)
}
