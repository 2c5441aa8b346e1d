package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/work/ingest"
	"steward/internal/work/look"
)

// ScoreSink takes scores in; it is work/ingest.
type ScoreSink interface {
	Scores(ctx context.Context, from ingest.Source, scores []score.Score) error
}

// maxScores is how many scores one request may bring.
const maxScores = 1000

// ScoreRoutes answers the routes that read and take judgements.
func ScoreRoutes(l *look.Look, sink ScoreSink, c clock.Clock) []Route {
	h := scores{l, sink, c}
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/scores", Action: access.ScoreRead, Handle: h.list,
			Doc: Doc{Tag: "scores", Summary: "List scores, newest first", Out: api.List[api.Score]{}, Query: append([]Param{
				{Name: "name", Meaning: "only scores of this name"}, {Name: "trace_id", Meaning: "only scores on this trace and its spans"},
				{Name: "session", Meaning: "only scores on this session"},
				{Name: "from", Meaning: "RFC 3339; given at or after"}, {Name: "to", Meaning: "RFC 3339; given before"}}, paging()...)}},
		{Method: http.MethodPost, Pattern: "/api/v1/scores", Action: access.ScoreWrite, Handle: h.create, MaxBody: 8 << 20, Quiet: true,
			Doc: Doc{Tag: "scores", Summary: "Leave scores on traces, spans or sessions", In: api.NewScores{}, Out: api.ScoreIDs{}, Status: http.StatusCreated,
				Detail: "All or none. A client's own id makes it safe to repeat; a later score with the same id replaces the earlier. Durable when answered."}},
	}
}

type scores struct {
	look  *look.Look
	sink  ScoreSink
	clock clock.Clock
}

func (h scores) list(w http.ResponseWriter, r *http.Request) error {
	q := score.Query{Project: CallerOf(r.Context()).Project, Name: r.URL.Query().Get("name"), Session: r.URL.Query().Get("session")}
	from, to, err := span(r)
	if err != nil {
		return err
	}
	if !from.IsZero() {
		q.From = from.UnixNano()
	}
	if !to.IsZero() {
		q.To = to.UnixNano()
	}
	if text := r.URL.Query().Get("trace_id"); text != "" {
		if q.Trace, err = trace.ParseID(text); err != nil {
			return err
		}
	}
	if q.Cursor, q.Limit, err = PageOf(r, "-time"); err != nil {
		return err
	}
	got, err := h.look.Scores(r.Context(), q)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, api.List[api.Score]{Items: wireScores(got.Items), NextCursor: Next(got.Next)})
}

func (h scores) create(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewScores](r)
	if err != nil {
		return err
	}
	if len(in.Items) == 0 || len(in.Items) > maxScores {
		return errs.Invalid("items has %d scores; allowed are 1 to %d", len(in.Items), maxScores)
	}
	c := CallerOf(r.Context())
	out := api.ScoreIDs{IDs: make([]string, len(in.Items))}
	all := make([]score.Score, len(in.Items))
	for i := range in.Items {
		if all[i], err = h.score(&in.Items[i], c.Project); err != nil {
			return errs.From(err).With("item", i)
		}
		out.IDs[i] = all[i].ID
	}
	if err := h.sink.Scores(r.Context(), ingest.Source{Project: c.Project, Key: c.Principal.KeyID}, all); err != nil {
		return err
	}
	return JSON(w, http.StatusCreated, out)
}

func (h scores) score(in *api.NewScore, p project.ID) (score.Score, error) {
	s := score.Score{ID: in.ID, Project: p, Session: in.Target.Session, Name: in.Name, Value: in.Value, Boolean: in.Boolean,
		Source: score.SourceKind(in.Source.Kind), SourceName: in.Source.Name, Explanation: in.Explanation, Time: h.clock.Now().UnixNano()}
	if s.ID == "" {
		s.ID = id.New()
	}
	if len(s.ID) > score.MaxName {
		return s, errs.Invalid("score id must have at most %d bytes", score.MaxName)
	}
	if in.Label != nil {
		s.Label = *in.Label
	}
	if in.Time != nil {
		s.Time = in.Time.UnixNano()
	}
	var err error
	if in.Target.TraceID != "" {
		if s.Trace, err = trace.ParseID(in.Target.TraceID); err != nil {
			return s, err
		}
	}
	if in.Target.SpanID != "" {
		if s.Span, err = trace.ParseSpanID(in.Target.SpanID); err != nil {
			return s, err
		}
	}
	return s, s.Validate()
}
