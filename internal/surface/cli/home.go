package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) home() *cobra.Command {
	var since, environment string
	c := &cobra.Command{
		Use: "home", Short: "Say what changed, and what needs somebody", Args: none,
		Long: "Compare the last day, or --since, with the time before it: what fails, costs, slows down, is new, unpriced, refused or about to run out. FILTER shows the rows behind a number, for steward trace ls or session ls.",
		RunE: func(c *cobra.Command, _ []string) error {
			length, ok := ago(since)
			if !ok {
				return usage("--since is %q; write it as 24h or 7d", since)
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			to := time.Now()
			out, err := client.Home(c.Context(), to.Add(-length), to, environment)
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error { return homeTable(w, out) })
		},
	}
	c.Flags().StringVar(&since, "since", "24h", "how long the period is, such as 24h or 7d")
	c.Flags().StringVar(&environment, "env", "", "one environment alone")
	return c
}

func homeTable(w io.Writer, out api.Home) error {
	if _, err := fmt.Fprintf(w, "%s traces (%s before), %s failing (%s before), p95 %s (%s before)\n", count(out.Now.Traces), count(out.Before.Traces),
		count(out.Now.Failing), count(out.Before.Failing), duration(out.Now.P95MS), duration(out.Before.P95MS)); err != nil {
		return err
	}
	t := newTable("WHAT", "OF", ">NOW", ">BEFORE", "VERDICT", "LIST", "FILTER")
	for _, r := range out.Rows {
		now, before := homeNumbers(&r)
		subject := brief(r.Value, 50)
		if r.Field != "" {
			subject = r.Field + " " + subject
		}
		t.row(r.Kind, subject, now, before, r.Verdict, r.Link.Page, plain(r.Link.Filter))
	}
	return t.write(w, "nothing changed, and nothing needs anybody")
}

func homeNumbers(r *api.HomeRow) (now, before string) {
	switch {
	case r.CostNow != nil || r.CostBefore != nil:
		return amount(r.CostNow), amount(r.CostBefore)
	case r.Unit == "ms":
		return duration(r.Number), duration(r.Before)
	case r.Of > 0:
		now = fmt.Sprintf("%s of %s %s", count(int64(r.Number)), count(int64(r.Of)), r.Unit)
		return now, fmt.Sprintf("%s of %s", count(int64(r.Before)), count(int64(r.OfPrior)))
	}
	return count(int64(r.Number)) + " " + r.Unit, "-"
}

func amount(m *api.Money) string {
	if m == nil {
		return "-"
	}
	d, err := decimal.NewFromString(m.Amount)
	if err != nil {
		return plain(m.Amount)
	}
	return money(d, m.Currency)
}
