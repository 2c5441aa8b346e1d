package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
)

// listenEvery is how often doctor --listen asks.
const listenEvery = time.Second

// listen shows arrivals as they come: first those of the last hour, then each way of coming again when it is used again.
func (p *program) listen(c *cobra.Command) error {
	client, err := p.connect(0)
	if err != nil {
		return err
	}
	shown := map[string]api.Arrival{}
	silent := map[string]int64{}
	if p.format == "table" {
		_, _ = fmt.Fprintf(p.Stderr, "listening at %s; end with Ctrl-C\n", client.Server())
	}
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for {
		got, err := client.Arrivals(c.Context())
		if c.Context().Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		slices.SortFunc(got.Items, func(a, b api.Arrival) int { return a.Last.Compare(b.Last) })
		for _, a := range got.Items {
			key := fmt.Sprint(a.Address, a.Agent, a.Transport, a.Port, a.Method, a.Path, a.Encoding, a.Status, a.Key, a.Message)
			before, known := shown[key]
			if known && before.Last.Equal(a.Last) {
				continue
			}
			shown[key] = a
			if err := p.arrival(a, !known || len(a.Findings) != len(before.Findings)); err != nil {
				return err
			}
		}
		for _, s := range got.Silent {
			if p.format == "table" && silent[s.Emitter] == 0 {
				if err := sayings(p.Stdout, fmt.Sprintf("%d of %d model calls of %q came without messages", s.Without, s.Calls, s.Emitter), s.Settings...); err != nil {
					return err
				}
			}
			silent[s.Emitter] = s.Without
		}
		select {
		case <-tick.C:
		case <-c.Context().Done():
			return nil
		}
	}
}

// arrival prints one line, or one JSON document, and with explain what was found and what mends it.
func (p *program) arrival(a api.Arrival, explain bool) error {
	if p.format != "table" {
		return json.NewEncoder(p.Stdout).Encode(a)
	}
	verdict := "accepted"
	if !a.Accepted {
		verdict = "REFUSED "
	}
	who := a.SDK
	if who == "" {
		who = "unknown client"
	}
	key := "no known key"
	if a.Key != nil {
		key = "key " + a.Key.Name
	}
	_, err := fmt.Fprintf(p.Stdout, "%s  %s %-5s %s from %s: %s %s on port %d, %s, %d × with %d records\n", a.Last.Local().Format(time.TimeOnly), verdict, plain(a.Status),
		plain(who), plain(a.Address), a.Transport, plain(a.Path), a.Port, plain(key), a.Count, a.Records)
	if err != nil || !explain {
		return err
	}
	for _, f := range a.Findings {
		if err := sayings(p.Stdout, f.What, f.Fix); err != nil {
			return err
		}
	}
	return nil
}

func sayings(w io.Writer, what string, fixes ...string) error {
	if _, err := fmt.Fprintf(w, "          %s\n", plain(what)); err != nil {
		return err
	}
	for _, fix := range fixes {
		if _, err := fmt.Fprintf(w, "          → %s\n", plain(fix)); err != nil {
			return err
		}
	}
	return nil
}
