package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/trace"
	"steward/internal/work/look"
)

// ranged are the parameters of every question about telemetry.
func ranged() []Param {
	return []Param{
		{Name: "filter", Meaning: "filter language, see docs/filter.md"},
		{Name: "from", Meaning: "RFC 3339; span starts at or after; by default 24 hours before to"},
		{Name: "to", Meaning: "RFC 3339; span starts before; by default now"},
	}
}

func listed() []Param {
	return append(append(ranged(),
		Param{Name: "sort", Meaning: "start, duration, cost or tokens; '-' before it for descending; by default -start"},
		Param{Name: "include", Meaning: "content brings input, output and attributes", Enum: []string{"content"}}), paging()...)
}

// LookRoutes answers the routes that read traces, spans and sessions. publicURL begins the links in what is to be passed
// on; without one they begin as the request did.
func LookRoutes(l *look.Look, publicURL string) []Route {
	h := looks{l, publicURL}
	const tag = "traces"
	get := func(pattern, summary string, query []Param, out any, handle Handler) Route {
		return Route{Method: http.MethodGet, Pattern: "/api/v1" + pattern, Action: access.TraceRead, Handle: handle,
			Doc: Doc{Tag: tag, Summary: summary, Query: query, Out: out}}
	}
	return []Route{
		get("/traces", "List traces with a span that matches", listed(), api.TraceList{}, h.traces),
		get("/traces/{trace_id}", "A trace with all its spans", nil, api.TraceDetail{}, h.trace),
		{Method: http.MethodGet, Pattern: "/api/v1/traces/{trace_id}/markdown", Action: access.TraceRead, Handle: h.markdown,
			Doc: Doc{Tag: tag, Summary: "The path to the first problem, to be passed on", Media: "text/markdown", Out: "",
				Detail: "From the root down to the span where the trouble began, with what went in and came out, shortened. Where nothing is wrong it is the root.",
				Query:  []Param{{Name: "span", Meaning: "the path to this span instead"}}}},
		get("/traces/{trace_id}/spans/{span_id}", "A span, whole", nil, api.Span{}, h.span),
		get("/spans", "List spans", listed(), api.SpanList{}, h.spans),
		get("/sessions", "List sessions with a span that matches", listed(), api.SessionList{}, h.sessions),
		get("/sessions/{session}", "A session with its traces, oldest first", nil, api.SessionDetail{}, h.session),
	}
}

type looks struct {
	look      *look.Look
	publicURL string
}

// question reads the parameters of a list.
func question(r *http.Request) (look.Question, error) {
	q := look.Question{Project: CallerOf(r.Context()).Project, Filter: r.URL.Query().Get("filter"), Sort: r.URL.Query().Get("sort")}
	if q.Sort == "" {
		q.Sort = "-start"
	}
	var err error
	if q.From, q.To, err = span(r); err != nil {
		return q, err
	}
	switch include := r.URL.Query().Get("include"); include {
	case "":
	case "content":
		q.Content = true
	default:
		return q, errs.Invalid("include is %q; allowed is content", include)
	}
	q.Cursor, q.Limit, err = PageOf(r, q.Sort)
	return q, err
}

// span reads from and to; zero where absent.
func span(r *http.Request) (from, to time.Time, err error) {
	if from, err = moment(r, "from"); err == nil {
		to, err = moment(r, "to")
	}
	return from, to, err
}

func moment(r *http.Request, name string) (time.Time, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, errs.Invalid("%s is %q; write it as 2006-01-02T15:04:05Z", name, s)
	}
	return t, nil
}

func wireSearched(s trace.Searched) api.Searched {
	return api.Searched{From: Time(s.From), To: Time(s.To), Complete: s.Complete, Partly: s.Partly}
}

func (h looks) traces(w http.ResponseWriter, r *http.Request) error {
	q, err := question(r)
	if err != nil {
		return err
	}
	got, searched, err := h.look.Traces(r.Context(), q)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, api.TraceList{Items: wireTraces(got.Items), NextCursor: Next(got.Next), Searched: wireSearched(searched)})
}

func (h looks) spans(w http.ResponseWriter, r *http.Request) error {
	q, err := question(r)
	if err != nil {
		return err
	}
	got, searched, err := h.look.Spans(r.Context(), q)
	if err != nil {
		return err
	}
	out := api.SpanList{Items: make([]api.Span, len(got.Items)), NextCursor: Next(got.Next), Searched: wireSearched(searched)}
	for i := range got.Items {
		out.Items[i] = WireSpan(got.Items[i])
	}
	return JSON(w, http.StatusOK, out)
}

func (h looks) sessions(w http.ResponseWriter, r *http.Request) error {
	q, err := question(r)
	if err != nil {
		return err
	}
	got, searched, err := h.look.Sessions(r.Context(), q)
	if err != nil {
		return err
	}
	out := api.SessionList{Items: make([]api.Session, len(got.Items)), NextCursor: Next(got.Next), Searched: wireSearched(searched)}
	for i := range got.Items {
		out.Items[i] = wireSession(got.Items[i])
	}
	return JSON(w, http.StatusOK, out)
}

func (h looks) trace(w http.ResponseWriter, r *http.Request) error {
	id, err := trace.ParseID(r.PathValue("trace_id"))
	if err != nil {
		return err
	}
	t, err := h.look.Trace(r.Context(), CallerOf(r.Context()).Project, id)
	if err != nil {
		return err
	}
	out := api.TraceDetail{Trace: wireTrace(t.Trace), Items: make([]api.Span, len(t.Spans)), Count: int64(len(t.Spans))}
	for i := range t.Spans {
		out.Items[i] = WireSpan(t.Spans[i])
	}
	if !t.First.IsZero() {
		out.FirstProblem = t.First.String()
	}
	return JSON(w, http.StatusOK, out)
}

func (h looks) span(w http.ResponseWriter, r *http.Request) error {
	key := trace.Key{Project: CallerOf(r.Context()).Project}
	var err error
	if key.Trace, err = trace.ParseID(r.PathValue("trace_id")); err != nil {
		return err
	}
	if key.Span, err = trace.ParseSpanID(r.PathValue("span_id")); err != nil {
		return err
	}
	s, err := h.look.Span(r.Context(), key)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, WireSpan(s))
}

func (h looks) session(w http.ResponseWriter, r *http.Request) error {
	s, traces, err := h.look.Session(r.Context(), CallerOf(r.Context()).Project, r.PathValue("session"))
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, api.SessionDetail{Session: wireSession(s), Items: wireTraces(traces), Count: int64(len(traces))})
}

// words reads a comma-separated parameter.
func words(r *http.Request, name string) []string {
	var out []string
	for _, w := range strings.Split(r.URL.Query().Get(name), ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// number reads a whole number within bounds; absent is fallback.
func number(r *http.Request, name string, fallback, least, most int) (int, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return fallback, nil
	}
	var n int
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || n < least || n > most {
		return 0, errs.Invalid("%s is %q; allowed are %d to %d", name, s, least, most)
	}
	return n, nil
}
