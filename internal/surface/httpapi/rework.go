package httpapi

import (
	"context"
	"net/http"
	"time"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/work/rework"
)

// Reworker makes jobs that derive stored spans anew; it is work/rework.
type Reworker interface {
	Ask(ctx context.Context, q rework.Request) (control.Job, error)
}

// ReworkRoutes derives stored spans anew.
func ReworkRoutes(verb Reworker) []Route {
	const detail = "Without from and to it is about everything that is stored. Only spans that come out different are stored anew. Answers a job."
	return []Route{
		{Method: http.MethodPost, Pattern: "/api/v1/remap", Action: access.DataRemap,
			Handle: reworkOf(verb, rework.Remap, func(in api.NewRemap) api.NewReprice { return api.NewReprice(in) }),
			Doc:    Doc{Tag: "jobs", Summary: "Run this version's mapper and the prices over stored spans", Detail: detail, In: api.NewRemap{}, Out: api.Job{}, Status: http.StatusAccepted}},
		{Method: http.MethodPost, Pattern: "/api/v1/reprice", Action: access.PriceManage,
			Handle: reworkOf(verb, rework.Reprice, func(in api.NewReprice) api.NewReprice { return in }),
			Doc:    Doc{Tag: "jobs", Summary: "Derive the costs of stored spans again", Detail: detail, In: api.NewReprice{}, Out: api.Job{}, Status: http.StatusAccepted}},
	}
}

func reworkOf[In any](verb Reworker, kind string, read func(In) api.NewReprice) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := Decode[In](r)
		if err != nil {
			return err
		}
		j, err := verb.Ask(r.Context(), reworkRequest(r, kind, read(body)))
		if err != nil {
			return err
		}
		return JSON(w, http.StatusAccepted, wireJob(j))
	}
}

func reworkRequest(r *http.Request, kind string, in api.NewReprice) rework.Request {
	c := CallerOf(r.Context())
	q := rework.Request{Kind: kind, Project: c.Project, Filter: in.Filter, By: c.Principal.Actor(), Reason: c.Reason}
	for _, t := range []struct {
		from *time.Time
		to   *time.Time
	}{{in.From, &q.From}, {in.To, &q.To}} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	return q
}
