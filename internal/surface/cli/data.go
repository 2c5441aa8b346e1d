package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"steward/api"
	"steward/internal/base/errs"
)

func (p *program) dataCommand() *cobra.Command {
	return group("data", "Stored data: delete for good", p.dataDelete(), p.dataReceipts())
}

func (p *program) dataDelete() *cobra.Command {
	var in api.NewDeletion
	var yes bool
	c := &cobra.Command{
		Use: "delete --trace ID | --session ID | --user ID --reason WHY", Args: none,
		Short: "Delete traces, a session or a user from every store, for good",
		Long:  "Delete traces, a session or all that a user did, from every store, for good. It answers a receipt that lists what went and which backups still hold it.",
		RunE: func(c *cobra.Command, _ []string) error {
			what, err := deletionTarget(in.DeletionTarget)
			if err != nil {
				return err
			}
			if in.Reason == "" {
				return usage("--reason is needed: it stands on the receipt")
			}
			if !yes {
				if err := p.confirm("Delete " + what + " for good?"); err != nil {
					return err
				}
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			d, err := client.Delete(c.Context(), in)
			if err != nil {
				return err
			}
			return p.deleted(c.Context(), client, d)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&in.Traces, "trace", nil, "trace ids")
	f.StringVar(&in.Session, "session", "", "a session id")
	f.StringVar(&in.User, "user", "", "a user id")
	f.StringVar(&in.Reason, "reason", "", "why, for the receipt")
	f.BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func deletionTarget(t api.DeletionTarget) (string, error) {
	var what []string
	if len(t.Traces) > 0 {
		what = append(what, of(int64(len(t.Traces)), "trace"))
	}
	if t.Session != "" {
		what = append(what, fmt.Sprintf("session %q", t.Session))
	}
	if t.User != "" {
		what = append(what, fmt.Sprintf("all of user %q", t.User))
	}
	if len(what) != 1 {
		return "", usage("give one of --trace, --session and --user")
	}
	return what[0], nil
}

// confirm asks on a terminal; elsewhere only --yes will do.
func (p *program) confirm(question string) error {
	if !terminal(p.Stderr) {
		return usage("give --yes to do this without being asked")
	}
	fmt.Fprintf(p.Stderr, "%s [y/N] ", question)
	line, err := bufio.NewReader(p.Stdin).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(line)); a == "y" || a == "yes" {
		return nil
	}
	return errs.Wrap(errs.CodeInvalid, err, "nothing was deleted")
}

func (p *program) waitDeletion(ctx context.Context, c *api.Client, d api.Deletion) (api.Deletion, error) {
	for !d.Final() {
		if err := pause(ctx, pollEvery); err != nil {
			return d, errs.Wrap(errs.CodeInternal, err, "no longer waiting; deletion %s goes on in the server", d.ID)
		}
		var err error
		if d, err = c.Deletion(ctx, d.ID); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (p *program) receipt(w io.Writer, d api.Deletion) error {
	backups := strings.Join(d.Backups, ", ")
	if backups == "" {
		backups = "none hold it"
	}
	return writeFacts(w, [][2]string{
		{"deletion", d.ID}, {"state", d.State}, {"error", d.Error}, {"requested", p.when(d.Requested)}, {"finished", p.whenOrNever(d.Finished)},
		{"reason", d.Reason},
		{"removed", fmt.Sprintf("%s, %s, %s, %s, %s, %s", of(d.Removed.Spans, "span"), of(d.Removed.Scores, "score"), of(d.Removed.Logs, "log record"),
			of(d.Removed.Metrics, "metric point"), of(d.Removed.Blobs, "blob"), of(d.Removed.IntakeRecords, "intake record"))},
		{"days", strings.Join(d.Partitions, ", ")}, {"backups", backups},
	})
}

func (p *program) dataReceipts() *cobra.Command {
	return &cobra.Command{
		Use: "receipts [ID]", Short: "List deletions, or show one's receipt", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				d, err := client.Deletion(c.Context(), args[0])
				if err != nil {
					return err
				}
				return p.emit(d, func(w io.Writer) error { return p.receipt(w, d) })
			}
			out, err := client.Deletions(c.Context())
			if err != nil {
				return err
			}
			return p.emit(out, func(w io.Writer) error {
				t := newTable("ID", "REQUESTED", "STATE", ">SPANS", "REASON")
				for _, d := range out.Items {
					t.row(d.ID, p.when(d.Requested), d.State, count(d.Removed.Spans), brief(d.Reason, 60))
				}
				return t.write(w, "nothing was deleted yet")
			})
		},
	}
}
