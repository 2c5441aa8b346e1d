package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
	"steward/internal/base/errs"
)

func (p *program) remap() *cobra.Command {
	return p.job("remap", "Run this version's mapper over stored spans",
		func(ctx context.Context, c *api.Client, from, to *time.Time, filter string) (api.Job, error) {
			return c.Remap(ctx, api.NewRemap{From: from, To: to, Filter: filter})
		})
}

func (p *program) reprice() *cobra.Command {
	return p.job("reprice", "Derive the cost of stored spans again from today's prices",
		func(ctx context.Context, c *api.Client, from, to *time.Time, filter string) (api.Job, error) {
			return c.Reprice(ctx, api.NewReprice{From: from, To: to, Filter: filter})
		})
}

// job is a command that starts a job and waits for its end.
func (p *program) job(name, short string, start func(context.Context, *api.Client, *time.Time, *time.Time, string) (api.Job, error)) *cobra.Command {
	var w window
	var detach bool
	c := &cobra.Command{
		Use: name + " [FILTER]", Short: short, Args: cobra.ArbitraryArgs,
		Long: short + ". Without a range it is about everything that is stored. It goes on in the server, also when this command is stopped.",
		RunE: func(c *cobra.Command, args []string) error {
			if err := w.words(args); err != nil {
				return err
			}
			r, err := w.read(p)
			if err != nil {
				return err
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			var from, to *time.Time
			if !r.From.IsZero() {
				from = &r.From
			}
			if !r.To.IsZero() {
				to = &r.To
			}
			j, err := start(c.Context(), client, from, to, r.Filter)
			if err == nil && !detach {
				j, err = p.wait(c.Context(), client, j)
			}
			if err != nil {
				return err
			}
			if err := p.emit(j, func(w io.Writer) error { return jobLine(w, j) }); err != nil {
				return err
			}
			if j.State == "failed" {
				return quietError{}
			}
			return nil
		},
	}
	w.flags(c)
	c.Flags().Lookup("since").Usage = "a time ago, such as 24h or 7d; by default everything"
	c.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	return c
}

func jobLine(w io.Writer, j api.Job) error {
	text := fmt.Sprintf("%s %s is %s, %s", j.Kind, j.ID, j.State, of(j.Done, "span"))
	if j.Error != "" {
		text += ": " + j.Error
	}
	if len(j.Result) > 0 && string(j.Result) != "null" {
		text += "\n" + string(j.Result)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// pollEvery is how often the end of server-side work is asked for.
const pollEvery = 500 * time.Millisecond

// wait follows a job to its end; its progress goes to standard error.
func (p *program) wait(ctx context.Context, c *api.Client, j api.Job) (api.Job, error) {
	shown := p.newProgress(j.Kind, "spans")
	defer shown.end()
	for !j.Final() {
		shown.at(j.Done, j.Total)
		if err := pause(ctx, pollEvery); err != nil {
			return j, errs.Wrap(errs.CodeInternal, err, "no longer waiting; the job %s goes on in the server", j.ID)
		}
		var err error
		if j, err = c.Job(ctx, j.ID); err != nil {
			return j, err
		}
	}
	return j, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
