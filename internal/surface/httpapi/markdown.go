package httpapi

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"steward/internal/domain/problem"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
	"steward/internal/work/look"
)

// markdown handles GET /api/v1/traces/{trace_id}/markdown.
func (h looks) markdown(w http.ResponseWriter, r *http.Request) error {
	id, err := trace.ParseID(r.PathValue("trace_id"))
	if err != nil {
		return err
	}
	var to trace.SpanID
	if s := r.URL.Query().Get("span"); s != "" {
		if to, err = trace.ParseSpanID(s); err != nil {
			return err
		}
	}
	way, err := h.look.Way(r.Context(), CallerOf(r.Context()).Project, id, to)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	_, err = io.WriteString(w, markdownOf(way, baseOf(h.publicURL, r)))
	return err
}

// How much of a span's content is passed on, in characters and pieces.
const (
	shortLine     = 160
	longText      = 1500
	lastMessages  = 6
	firstDocument = 5
	namedTools    = 40
)

// markdownOf writes a way to be pasted where help is asked. base begins the link.
func markdownOf(way look.Way, base string) string {
	var b strings.Builder
	t, end := &way.Trace, &way.Spans[len(way.Spans)-1]
	fmt.Fprintf(&b, "# %s: %s\n\n", inline(t.Name), t.Outcome())
	link := base + "/traces/" + t.Trace.String() + "?" + url.Values{"project": {string(t.Project)}, "span": {end.ID.String()}}.Encode()
	fmt.Fprintf(&b, "- trace [%s](%s)\n- %s\n", t.Trace, link, strings.Join(traceFacts(t), ", "))
	if first := problem.Line(t.FirstInput, shortLine); first != "" {
		fmt.Fprintf(&b, "- asked: %s\n", inline(first))
	}
	b.WriteString("\n## Path\n\n")
	for i := range way.Spans {
		if i == look.WayHead && way.Left > 0 {
			fmt.Fprintf(&b, "- … %d spans between\n", way.Left)
		}
		s := &way.Spans[i]
		line := fmt.Sprintf("%s (%s)", inline(s.Name), strings.Join(spanFacts(s), ", "))
		if s == end {
			line = "**" + line + "**"
		}
		if words := troubles(s); len(words) > 0 {
			line += ": " + inline(problem.Line(strings.Join(words, "; "), 2*shortLine))
		}
		if s == end && way.First {
			line += " ← here it began"
		}
		fmt.Fprintf(&b, "- %s\n", line)
	}
	spanPart(&b, end)
	return b.String()
}

func traceFacts(t *look.Trace) []string {
	out := []string{time.Unix(0, t.Start).UTC().Format("2006-01-02 15:04:05 UTC"), took(max(0, t.End-t.Start)), counted(t.Totals.Spans, "span"),
		counted(t.Errors, "error"), counted(t.Problems, "problem")}
	if c := costWords(t.Cost); c != "" {
		out = append(out, c)
	}
	for _, f := range [...][2]string{{"environment", t.Environment}, {"release", t.Release}, {"session", t.Session}} {
		if f[1] != "" {
			out = append(out, f[0]+" "+inline(f[1]))
		}
	}
	return out
}

func spanFacts(s *look.Span) []string {
	out := []string{string(s.Kind)}
	if m := s.Model.Name(); m != "" {
		out = append(out, inline(m))
	}
	if s.End != 0 {
		out = append(out, took(s.Duration()))
	} else {
		out = append(out, "unfinished")
	}
	if s.Usage.Source != "" && !s.Usage.Rollup {
		out = append(out, fmt.Sprintf("%s → %s tokens", humanize.Comma(s.Usage.Input), humanize.Comma(s.Usage.Output)))
	}
	if c := costWords(s.Cost); c != "" {
		out = append(out, c)
	}
	return out
}

// troubles answers what went wrong in a span: its error, then its problems.
func troubles(s *look.Span) []string {
	var out []string
	if s.StatusCode == trace.StatusError {
		out = append(out, strings.TrimSpace("error "+s.StatusText))
	}
	for _, p := range s.Problems {
		out = append(out, string(p.Code)+": "+p.Detail)
	}
	return out
}

func costWords(c usage.Cost) string {
	switch c.State {
	case "":
		return ""
	case usage.Priced:
		return c.Amount.String() + " " + c.Currency
	case usage.CostEstimated:
		return "about " + c.Amount.String() + " " + c.Currency
	}
	return string(c.State)
}

func took(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}

// spanPart writes what went into the last span and what came out.
func spanPart(b *strings.Builder, s *look.Span) {
	fmt.Fprintf(b, "\n## %s\n", inline(cmp.Or(s.Name, s.ID.String())))
	if s.FinishReason != "" {
		fmt.Fprintf(b, "\nFinish reason: %s\n", inline(s.FinishReason))
	}
	if t := s.Tool; t != nil {
		block(b, "Arguments", t.Arguments.Text())
		block(b, "Result", t.Result.Text())
	}
	if n := len(s.Input) - lastMessages; n > 0 {
		fmt.Fprintf(b, "\n… %s before\n", counted(int64(n), "message"))
	}
	for _, m := range s.Input[max(0, len(s.Input)-lastMessages):] {
		block(b, "In: "+m.Role, messageText(m))
	}
	for _, m := range s.Output {
		block(b, "Out: "+m.Role, messageText(m))
	}
	if n := len(s.ToolsOffered); n > 0 {
		names := make([]string, 0, n)
		for _, t := range s.ToolsOffered[:min(n, namedTools)] {
			names = append(names, inline(t.Name))
		}
		more := ""
		if n > namedTools {
			more = fmt.Sprintf(" and %d more", n-namedTools)
		}
		fmt.Fprintf(b, "\nTools offered: %s%s\n", strings.Join(names, ", "), more)
		if called := calls(s.Output); len(called) > 0 {
			fmt.Fprintf(b, "\nTools called: %s\n", strings.Join(called, ", "))
		}
	}
	for i, d := range s.Documents {
		if i == firstDocument {
			fmt.Fprintf(b, "\n… %s more\n", counted(int64(len(s.Documents)-i), "document"))
			break
		}
		block(b, "Document "+d.ID, d.Content)
	}
}

func calls(out []trace.Message) (names []string) {
	for _, m := range out {
		for _, p := range m.Parts {
			if p.Type == trace.PartToolCall {
				names = append(names, inline(p.Name))
			}
		}
	}
	return names
}

func messageText(m trace.Message) string {
	var out []string
	for _, p := range m.Parts {
		switch p.Type {
		case trace.PartText:
			out = append(out, p.Text)
		case trace.PartReasoning:
			out = append(out, "(reasoning) "+p.Text)
		case trace.PartToolCall:
			out = append(out, fmt.Sprintf("→ %s(%s)", p.Name, p.Value.Text()))
		case trace.PartToolResult:
			out = append(out, "← "+p.Value.Text())
		case trace.PartMedia:
			out = append(out, fmt.Sprintf("[%s %s]", cmp.Or(p.MIME, "media"), problem.Line(cmp.Or(p.URI, p.Blob), shortLine)))
		default:
			out = append(out, p.Value.Text())
		}
	}
	return strings.Join(out, "\n")
}

// block writes text between fences, its middle left out where it is long.
func block(b *strings.Builder, title, text string) {
	text = strings.TrimRight(text, "\n ")
	if text == "" {
		return
	}
	if r := []rune(text); len(r) > longText {
		text = fmt.Sprintf("%s\n… %s characters left out …\n%s", string(r[:longText*2/3]), humanize.Comma(int64(len(r)-longText)), string(r[len(r)-longText/3:]))
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "\n%s\n\n%s\n%s\n%s\n", inline(title), fence, text, fence)
}

var escapes = strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "[", "\\[", "]", "\\]", "<", "&lt;", "\n", " ", "\r", " ")

// inline answers text that Markdown shows as it is, on one line that something stands before. An underscore within a word
// needs no escape.
func inline(text string) string { return escapes.Replace(text) }
