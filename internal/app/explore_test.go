package app

import (
	"net/http"
	"net/url"
	"testing"

	"steward/api"
)

func TestWhyAListIsEmpty(t *testing.T) {
	w, _ := claim(t)
	ask := func(query string) api.WhyEmpty {
		return call[api.WhyEmpty](w, http.StatusOK, http.MethodGet, "/api/v1/why-empty?"+query, nil)
	}
	n := func(v api.WouldShow) int64 {
		if v.Count == nil {
			return -1
		}
		return *v.Count
	}
	got := ask("filter=" + url.QueryEscape("problem:*") + "&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")
	if n(got.WithoutRange) != 1 || got.WithoutRange.Newest == nil || got.WithoutFilter == nil || n(*got.WithoutFilter) != 0 || got.Newest == nil {
		t.Errorf("in a range before all traces: %+v", got)
	}
	got = ask("environment=nowhere")
	if len(got.Environments) != 1 || got.Environments[0] != (api.ShownThere{Name: "", Count: 1}) || got.WithoutFilter != nil || n(got.WithoutRange) != 0 {
		t.Errorf("in another environment: %+v", got)
	}
	got = ask("list=sessions&filter=user:nobody")
	if got.WithoutFilter == nil || n(*got.WithoutFilter) != 1 || n(got.WithoutRange) != 0 || got.WithoutRange.Newest != nil || len(got.Projects) != 0 {
		t.Errorf("of sessions: %+v", got)
	}
	call[any](w, http.StatusBadRequest, http.MethodGet, "/api/v1/why-empty?list=scores", nil)
	call[any](w, http.StatusBadRequest, http.MethodGet, "/api/v1/why-empty?filter="+url.QueryEscape("(status:error"), nil)
}

// TestBarsCountWhatTheListShows compares a bar's count with the list of its time.
func TestBarsCountWhatTheListShows(t *testing.T) {
	w, _ := claim(t)
	got := call[api.Aggregate](w, http.StatusOK, http.MethodGet, "/api/v1/aggregate?metrics=traces&by=trace.outcome&interval=1h", nil)
	if len(got.Rows) == 0 {
		t.Fatal("there are no bars")
	}
	for _, row := range got.Rows {
		q := url.Values{"from": {row.Time.Format("2006-01-02T15:04:05Z")}, "to": {row.Time.Add(3600e9).Format("2006-01-02T15:04:05Z")}}
		list := call[api.TraceList](w, http.StatusOK, http.MethodGet, "/api/v1/traces?"+q.Encode(), nil)
		if row.Values["traces"] != float64(len(list.Items)) || list.Items[0].Outcome != row.By["trace.outcome"] {
			t.Errorf("%s: %v of outcome %v, but the list has %d", row.Time, row.Values["traces"], row.By, len(list.Items))
		}
	}
}
