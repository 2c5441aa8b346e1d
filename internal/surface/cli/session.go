package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) session() *cobra.Command {
	return group("session", "Conversations and agent runs", p.sessionList(), p.sessionShow())
}

func (p *program) sessionList() *cobra.Command {
	var l paged
	c := &cobra.Command{
		Use: "ls [FILTER]", Short: "List sessions with a span that matches, newest first", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if err := l.words(args); err != nil {
				return err
			}
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			out := api.SessionList{Items: []api.Session{}}
			next, err := l.pages(p, func(ask api.Page) (int, *string, error) {
				page, err := client.Sessions(c.Context(), ask)
				out.Items, out.Searched = append(out.Items, page.Items...), page.Searched
				return len(page.Items), page.NextCursor, err
			})
			if err != nil {
				return err
			}
			out.NextCursor = next
			return p.emit(out, func(w io.Writer) error {
				t := newTable("START", "SESSION", ">TRACES", ">SPANS", ">DURATION", ">TOKENS", ">COST", "OUTCOME", ">PROBLEMS", "FIRST MESSAGE")
				for _, s := range out.Items {
					t.row(p.when(s.Start), brief(s.Session, 50), count(s.Traces), count(s.Spans), duration(s.DurationMS), tokens(s.Tokens),
						cost(s.Cost), orDash(s.Outcome), count(s.Problems), brief(s.InputPreview, 50))
				}
				if err := t.write(w, "no sessions match; see --since and --filter"); err != nil {
					return err
				}
				return p.rest(out.NextCursor != nil, len(out.Items), out.Searched)
			})
		},
	}
	l.flags(c)
	return c
}

func (p *program) sessionShow() *cobra.Command {
	return &cobra.Command{
		Use: "show SESSION", Short: "Show a session with its traces, oldest first", Args: one("a session id"),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			s, err := client.Session(c.Context(), args[0])
			if err != nil {
				return err
			}
			return p.emit(s, func(w io.Writer) error { return p.sessionPage(w, s) })
		},
	}
}

func (p *program) sessionPage(w io.Writer, s api.SessionDetail) error {
	totals := s.Totals
	facts := [][2]string{
		{"session", s.Session.Session}, {"start", p.when(totals.Start)}, {"duration", duration(totals.DurationMS)}, {"user", totals.User},
		{"agent", totals.Agent.Name}, {"environment", totals.Environment}, {"tokens", tokens(totals.Tokens)}, {"cost", cost(totals.Cost)},
		{"outcome", totals.Outcome},
		{"first", totals.InputPreview}, {"last", totals.OutputPreview},
	}
	for _, x := range totals.Scores {
		facts = append(facts, [2]string{"score", scoreWords(x)})
	}
	if err := writeFacts(w, facts); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return p.traceTable(w, api.TraceList{Items: s.Items, Searched: api.Searched{Complete: true}})
}
