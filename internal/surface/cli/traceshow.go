package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"steward/api"
)

func (p *program) traceShow() *cobra.Command {
	return &cobra.Command{
		Use: "show TRACE [SPAN]", Short: "Show a trace as a tree, or one of its spans with its messages",
		Long: `Show a trace as a tree, or one of its spans with its messages. "◀" marks where the trouble began.
With -o md it writes, as Markdown, the path from the root to there, or to the span, with what went in and came out.`,
		Annotations: map[string]string{moreFormats: "md"},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return usage("%s takes a trace id, and a span id or nothing", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			client, err := p.connect(0)
			if err != nil {
				return err
			}
			if p.format == "md" {
				text, err := client.Markdown(c.Context(), args[0], strings.Join(args[1:], ""))
				if err != nil {
					return err
				}
				_, err = io.WriteString(p.Stdout, plain(text))
				return err
			}
			if len(args) == 2 {
				s, err := client.Span(c.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				return p.emit(s, func(w io.Writer) error { return p.spanPage(w, s) })
			}
			t, err := client.Trace(c.Context(), args[0])
			if err != nil {
				return err
			}
			return p.emit(t, func(w io.Writer) error { return p.tree(w, t) })
		},
	}
}

// tree prints a trace's facts and its spans.
func (p *program) tree(w io.Writer, t api.TraceDetail) error {
	assumed := slices.ContainsFunc(t.Items, func(s api.Span) bool { return slices.Contains(s.Marks, "time_assumed") })
	took := duration(t.DurationMS)
	if assumed {
		took = "assumed: the source had no times, so only the order means anything"
	}
	facts := [][2]string{
		{"trace", t.TraceID}, {"name", t.Name}, {"start", p.when(t.Start)}, {"duration", took},
		{"session", t.Session}, {"user", t.User}, {"environment", t.Environment}, {"release", t.Release},
		{"models", strings.Join(t.Models, ", ")}, {"tokens", tokens(t.Tokens)}, {"cost", cost(t.Cost)}, {"status", traceStatus(t.Trace)},
	}
	facts = append(facts, unpriced(t.Items)...)
	for _, s := range t.Totals.Scores {
		facts = append(facts, [2]string{"score", scoreWords(s)})
	}
	if err := writeFacts(w, facts); err != nil {
		return err
	}
	fmt.Fprintln(w)
	table := newTable("NAME", "KIND", ">DURATION", ">TOKENS", ">COST", "STATUS", "SPAN")
	for _, b := range branches(t.Items) {
		s := b.span
		status := spanStatus(s)
		if s.SpanID == t.FirstProblem {
			status += " ◀"
		}
		table.row(b.lead+brief(s.Name, 60), s.Kind, spanDuration(s), spanTokens(s), cost(s.Cost), status, s.SpanID)
	}
	if err := table.write(w, ""); err != nil {
		return err
	}
	return p.problems(w, t)
}

// problems lists what went wrong in a trace's spans, a repeated call once.
func (p *program) problems(w io.Writer, t api.TraceDetail) error {
	list := newTable("PROBLEM", "SPAN", "DETAIL")
	for i := range t.Items {
		s := &t.Items[i]
		for _, x := range s.Problems {
			if x.Code != "repeated" || s.Repeat == nil || s.Repeat.Group == s.SpanID {
				list.row(x.Code, s.SpanID, brief(x.Detail, 100))
			}
		}
	}
	if len(list.rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return list.write(w, "")
}

// unpriced says why spans are unpriced, each reason once.
func unpriced(spans []api.Span) (facts [][2]string) {
	n := map[string]int64{}
	for i := range spans {
		if c := spans[i].Cost; c != nil && c.Reason != "" {
			n[c.Reason]++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(n)) {
		facts = append(facts, [2]string{"unpriced", of(n[reason], "span") + ": " + reason})
	}
	return facts
}

// priceWords is how a span's cost came to be: the price, or what is missing.
func priceWords(c *api.Cost) string {
	if c == nil {
		return ""
	}
	return cmp.Or(c.Price, c.Reason)
}

func writeFacts(w io.Writer, facts [][2]string) error {
	for _, f := range facts {
		if f[1] == "" || f[1] == "-" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-12s %s\n", f[0], brief(f[1], 200)); err != nil {
			return err
		}
	}
	return nil
}

// branch is a span with the lines that lead to it.
type branch struct {
	span *api.Span
	lead string
}

// branches orders spans as a tree: roots and spans whose parent is not here first, children by start. A cycle of parents
// is broken at its earliest span, so that every span appears once.
func branches(spans []api.Span) []branch {
	known := map[string]bool{}
	children := map[string][]*api.Span{}
	for i := range spans {
		known[spans[i].SpanID] = true
	}
	var roots []*api.Span
	for i := range spans {
		s := &spans[i]
		if s.ParentID == "" || !known[s.ParentID] || s.ParentID == s.SpanID {
			roots = append(roots, s)
		} else {
			children[s.ParentID] = append(children[s.ParentID], s)
		}
	}
	var out []branch
	shown := map[string]bool{}
	var walk func(list []*api.Span, indent string, top bool)
	walk = func(list []*api.Span, indent string, top bool) {
		slices.SortStableFunc(list, func(a, b *api.Span) int { return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.SpanID, b.SpanID)) })
		for i, s := range list {
			if shown[s.SpanID] {
				continue
			}
			shown[s.SpanID] = true
			lead, below := indent+"├─ ", indent+"│  "
			if i == len(list)-1 {
				lead, below = indent+"└─ ", indent+"   "
			}
			if top {
				lead, below = "", ""
			}
			out = append(out, branch{s, lead})
			walk(children[s.SpanID], below, false)
		}
	}
	walk(roots, "", true)
	for i := range spans {
		if !shown[spans[i].SpanID] {
			walk([]*api.Span{&spans[i]}, "", true)
		}
	}
	return out
}

func spanDuration(s *api.Span) string {
	if s.DurationMS == nil {
		return "unfinished"
	}
	if slices.Contains(s.Marks, "time_assumed") {
		return "assumed"
	}
	return duration(*s.DurationMS)
}

func spanTokens(s *api.Span) string {
	if s.Usage == nil {
		return "-"
	}
	return tokens(s.Usage.Tokens)
}

// spanUnits says what the provider bills beside tokens: 2 web_search, 1 image.
func spanUnits(s *api.Span) string {
	if s.Usage == nil {
		return ""
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.Usage.Units)) {
		out = append(out, count(s.Usage.Units[name])+" "+name)
	}
	return strings.Join(out, ", ")
}

func spanStatus(s *api.Span) string {
	switch s.Status.Code {
	case "error":
		return brief("error "+s.Status.Message, 40)
	}
	if len(s.Problems) > 0 {
		return s.Problems[0].Code
	}
	switch s.Status.Code {
	case "ok":
		return "ok"
	}
	return "-"
}

// verdict is a score's value, whatever its type.
func verdict(s api.Score) string {
	switch {
	case s.Value != nil:
		return strconv.FormatFloat(*s.Value, 'g', -1, 64)
	case s.Label != nil:
		return *s.Label
	case s.Boolean != nil:
		return strconv.FormatBool(*s.Boolean)
	}
	return "cannot tell"
}

func scoreWords(s api.Score) string {
	out := s.Name + " = " + verdict(s) + " (" + strings.TrimSpace(s.Source.Kind+" "+s.Source.Name) + ")"
	if s.Explanation != "" {
		out += ": " + s.Explanation
	}
	return out
}

// spanPage prints one span with what went in and what came out.
func (p *program) spanPage(w io.Writer, s api.Span) error {
	facts := [][2]string{
		{"span", s.SpanID}, {"name", s.Name}, {"kind", s.Kind}, {"start", p.when(s.Start)}, {"duration", spanDuration(&s)},
		{"model", cmp.Or(s.Model.Used, s.Model.Requested)}, {"agent", s.Agent.Name}, {"tokens", spanTokens(&s)}, {"units", spanUnits(&s)}, {"cost", cost(s.Cost)}, {"price", priceWords(s.Cost)},
		{"status", spanStatus(&s)}, {"finish", s.FinishReason},
	}
	for _, x := range s.Problems {
		facts = append(facts, [2]string{"problem", x.Code + ": " + x.Detail})
	}
	for _, x := range s.Scores {
		facts = append(facts, [2]string{"score", scoreWords(x)})
	}
	if s.Tool != nil {
		facts = append(facts, [2]string{"tool", s.Tool.Name}, [2]string{"call", s.Tool.CallID})
	}
	if err := writeFacts(w, facts); err != nil {
		return err
	}
	if s.Tool != nil {
		section(w, "arguments", readable(s.Tool.Arguments))
		section(w, "result", readable(s.Tool.Result))
	}
	for _, side := range []struct {
		name     string
		messages []api.Message
	}{{"input", s.Input}, {"output", s.Output}} {
		for _, m := range side.messages {
			section(w, strings.TrimSpace(side.name+": "+m.Role+" "+m.Name), messageText(m))
		}
	}
	for _, d := range s.Documents {
		section(w, "document "+d.ID, d.Content)
	}
	return nil
}

func section(w io.Writer, title, text string) {
	if text != "" {
		fmt.Fprintf(w, "\n── %s\n%s\n", plain(title), plain(text))
	}
}

func messageText(m api.Message) string {
	var out []string
	for _, part := range m.Parts {
		switch part.Type {
		case "text":
			out = append(out, part.Text)
		case "reasoning":
			out = append(out, "(reasoning) "+part.Text)
		case "tool_call":
			out = append(out, fmt.Sprintf("→ %s(%s)", part.Name, readable(part.Value)))
		case "tool_result":
			out = append(out, fmt.Sprintf("← %s", readable(part.Value)))
		case "media":
			out = append(out, fmt.Sprintf("[%s %s]", cmp.Or(part.MIME, "media"), cmp.Or(part.URI, part.Blob)))
		default:
			out = append(out, readable(part.Value))
		}
	}
	return strings.Join(out, "\n")
}

// readable is a JSON string's text, and any other JSON as it is.
func readable(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// tailed prints one span of the live tail.
func (p *program) tailed(s api.Span) error {
	if p.format != "table" {
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "%s\n", b)
		return err
	}
	_, err := fmt.Fprintf(p.Stdout, "%s  %-10s %-40s %10s %9s %10s  %s  %s\n", s.Start.In(p.Location).Format("15:04:05"), s.Kind, brief(s.Name, 40),
		spanDuration(&s), spanTokens(&s), cost(s.Cost), spanStatus(&s), s.TraceID)
	return err
}
