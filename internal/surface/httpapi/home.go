package httpapi

import (
	"net/http"
	"time"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/usage"
	"steward/internal/work/home"
	"steward/internal/work/ingest"
)

// diskWarning is from how many days left on the disk Home speaks of it.
const diskWarning = 30

// HomeRoutes say what changed and what needs somebody: in the telemetry, on the way in and on the disk.
func HomeRoutes(h *home.Home, way IngestParts, book ArrivalList) []Route {
	return []Route{{Method: http.MethodGet, Pattern: "/api/v1/home", Action: access.TraceRead,
		Doc: Doc{Tag: "questions", Summary: "What changed, and what needs somebody: a period against the one before", Out: api.Home{},
			Detail: "Every number has a link whose page then shows as many rows. A change of a share or of a percentile is called worse or better only when its 95 % interval says so.",
			Query: []Param{{Name: "from", Meaning: "RFC 3339; by default a day before to"}, {Name: "to", Meaning: "RFC 3339; by default now"},
				{Name: "environment", Meaning: "one environment alone"}}},
		Handle: func(w http.ResponseWriter, r *http.Request) error {
			c := CallerOf(r.Context())
			from, to, err := span(r)
			if err != nil {
				return err
			}
			got, err := h.Report(r.Context(), home.Subject{Project: c.Project, Environment: r.URL.Query().Get("environment"), From: from, To: to})
			if err != nil {
				return err
			}
			out := homeOut(&got)
			more, err := wayRows(r, way, book, got.From)
			if err != nil {
				return err
			}
			out.Rows = append(out.Rows, more...)
			return JSON(w, http.StatusOK, out)
		}}}
}

func homeOut(r *home.Report) api.Home {
	totals := func(t home.Totals) api.HomeTotals {
		return api.HomeTotals{Traces: t.Traces, Sessions: t.Sessions, Failing: t.Failing, P95MS: t.P95, Cost: moneyOut(t.Cost)}
	}
	out := api.Home{From: r.From.UTC(), To: r.To.UTC(), Prior: r.Prior.UTC(), Now: totals(r.Now), Before: totals(r.Before), Rows: make([]api.HomeRow, len(r.Rows))}
	for i, row := range r.Rows {
		one := api.HomeRow{Kind: string(row.Kind), Field: row.Field, Value: row.Value, Number: row.Number, Unit: row.Unit, Before: row.Before, Of: row.Of,
			OfPrior: row.OfPrior, Verdict: string(row.Verdict), Link: api.HomeLink{Page: row.Link.List, Filter: row.Link.Filter, Sort: row.Link.Sort, Count: row.Link.Count}}
		if row.Money != nil {
			one.CostNow, one.CostBefore = moneyOut(&row.Money.Now), moneyOut(&row.Money.Before)
		}
		if row.Range != nil {
			one.Low, one.High = &row.Range.Low, &row.Range.High
		}
		out.Rows[i] = one
	}
	return out
}

func moneyOut(m *usage.Money) *api.Money {
	if m == nil || m.Currency == "" {
		return nil
	}
	return &api.Money{Amount: m.Amount.StringFixed(usage.Scale), Currency: m.Currency}
}

// wayRows speak of what was turned away and of the disk.
func wayRows(r *http.Request, way IngestParts, book ArrivalList, from time.Time) (out []api.HomeRow, err error) {
	ctx, c := r.Context(), CallerOf(r.Context())
	rows, _ := book.List(c.Project, access.Allow(c.Principal, access.KeyManage, c.Project) == nil)
	var refused, ways int64
	for i := range rows {
		if !rows[i].Accepted() {
			refused, ways = refused+rows[i].Count, ways+1
		}
	}
	if refused > 0 {
		out = append(out, api.HomeRow{Kind: "refused", Number: float64(refused), Unit: "requests", Verdict: string(home.Unclear), Link: api.HomeLink{Page: "arrivals", Count: ways}})
	}
	days, err := way.Count.Ingest(ctx, c.Project, from.UTC().Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	var rejected int64
	for _, d := range days {
		for reason, n := range d.Rejected {
			if reason != ingest.Overloaded { // those are requests, and came again
				rejected += n
			}
		}
	}
	if rejected > 0 {
		out = append(out, api.HomeRow{Kind: "rejected", Number: float64(rejected), Unit: "records", Verdict: string(home.Unclear), Link: api.HomeLink{Page: "arrivals", Count: int64(len(rows))}})
	}
	if !c.Principal.AllProjects {
		return out, nil
	}
	parts, err := way.Parts(ctx)
	if err != nil {
		return nil, err
	}
	free, err := way.Free()
	if err != nil {
		return nil, err
	}
	if left, ok := home.DaysLeft(parts, free, way.Clock.Now()); ok && left < diskWarning {
		out = append(out, api.HomeRow{Kind: "disk", Number: left, Unit: "days", Verdict: string(home.Worse), Link: api.HomeLink{Page: "doctor"}})
	}
	return out, nil
}
