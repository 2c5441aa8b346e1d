package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"steward/api"
)

// TestCurrencies changes what a project counts in between two calls of one trace: no answer may add dollars to euros.
func TestCurrencies(t *testing.T) {
	w := newWorkshop(t)
	start := time.Now().Add(-2 * time.Hour).UTC().Truncate(time.Second)
	id := pcommon.TraceID{7, 7}
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range 2 {
		s := spans.AppendEmpty()
		s.SetTraceID(id)
		s.SetSpanID(pcommon.SpanID{byte(i + 1)})
		s.SetName("chat")
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(i) * time.Hour)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Duration(i)*time.Hour + time.Second)))
		put(s, "gen_ai.operation.name", "chat", "gen_ai.provider.name", "openai", "gen_ai.request.model", "gpt-4o", "gen_ai.conversation.id", "both")
		s.Attributes().PutInt("gen_ai.usage.input_tokens", 1_000_000)
	}
	w.sendSpans(td)
	look := func() (first, second *api.Cost, total *api.Cost) {
		t.Helper()
		got := call[api.TraceDetail](w, http.StatusOK, http.MethodGet, "/api/v1/traces/"+id.String(), nil)
		if len(got.Items) != 2 {
			t.Fatalf("%d spans", len(got.Items))
		}
		return got.Items[0].Cost, got.Items[1].Cost, got.Cost
	}
	if _, _, total := look(); total.Amount != "5.000000000000" || total.Currency != "USD" || total.State != "priced" {
		t.Fatalf("before: %+v", total)
	}

	changed := start.Add(30 * time.Minute).Format(time.RFC3339)
	entry := json.RawMessage(fmt.Sprintf(`{"kind":"currency","currency":"EUR","valid_from":%q}`, changed))
	made := call[api.PriceChange](w, http.StatusCreated, http.MethodPost, "/api/v1/prices/entries", entry)
	if made.Job == nil {
		t.Fatal("a change of currency did not begin a reprice")
	}
	if got := w.job(*made.Job); got["changed"] != 1.0 {
		t.Fatalf("%v", got)
	}
	missing := "add a rate entry from USD to EUR that is valid on " + start.Add(time.Hour).Format(time.DateOnly)
	first, second, total := look()
	if first.State != "priced" || first.Currency != "USD" || second.State != "unpriced" || second.Currency != "EUR" || !strings.Contains(second.Reason, missing) {
		t.Fatalf("without a rate: %+v, %+v", first, second)
	}
	if total.State != "unpriced" || total.Amount != "2.500000000000" || total.Currency != "USD" {
		t.Fatalf("without a rate: %+v", total)
	}
	asked := call[api.Price](w, http.StatusOK, http.MethodGet, "/api/v1/prices?provider=openai&model=gpt-4o", nil)
	if asked.State != "unpriced" || !strings.Contains(asked.Reason, "from USD to EUR") || asked.Currency != "EUR" {
		t.Fatalf("price: %+v", asked)
	}

	rate := json.RawMessage(`{"kind":"rate","from":"USD","to":"EUR","rate":"0.8","valid_from":"2020-01-01"}`)
	made = call[api.PriceChange](w, http.StatusCreated, http.MethodPost, "/api/v1/prices/entries?reprice=true", rate)
	w.job(*made.Job)
	if _, second, total = look(); second.Amount != "2.000000000000" || second.Currency != "EUR" || second.Reason != "" {
		t.Fatalf("with a rate: %+v", second)
	}
	if total.State != "mixed" || total.Amount != "" || total.Currency != "" {
		t.Fatalf("dollars and euros: %+v", total)
	}
	if got := call[api.SessionDetail](w, http.StatusOK, http.MethodGet, "/api/v1/sessions/both", nil); got.Cost.State != "mixed" || got.Cost.Amount != "" {
		t.Fatalf("session: %+v", got.Cost)
	}
	in := "from=" + start.Add(-time.Hour).Format(time.RFC3339)
	whole := call[api.Aggregate](w, http.StatusOK, http.MethodGet, "/api/v1/aggregate?metrics=spans,cost&"+in, nil).Rows
	if v, has := whole[0].Values["cost"]; len(whole) != 1 || has || whole[0].Currencies["cost"] != "mixed" {
		t.Fatalf("aggregate: %v, %+v", v, whole)
	}
	hours := call[api.Aggregate](w, http.StatusOK, http.MethodGet, "/api/v1/aggregate?metrics=cost&interval=1h&"+in, nil).Rows
	if len(hours) != 2 || hours[0].Currencies["cost"] != "USD" || hours[1].Currencies["cost"] != "EUR" || hours[1].Values["cost"] != "2.000000000000" {
		t.Fatalf("by hour: %+v", hours)
	}

	at := func(d time.Duration) string { return start.Add(d).Format(time.RFC3339) }
	home := call[api.Home](w, http.StatusOK, http.MethodGet, "/api/v1/home?from="+at(30*time.Minute)+"&to="+at(90*time.Minute), nil)
	if home.Now.Cost == nil || home.Now.Cost.Currency != "EUR" || home.Before.Cost == nil || home.Before.Cost.Currency != "USD" {
		t.Fatalf("home: %+v, %+v", home.Now, home.Before)
	}
	for _, row := range home.Rows {
		if row.Kind == "cost" {
			t.Errorf("home compares euros with dollars: %+v", row)
		}
	}

	var held struct {
		ID string `json:"id"`
	}
	list := call[api.List[api.PriceEntry]](w, http.StatusOK, http.MethodGet, "/api/v1/prices/entries", nil)
	if err := json.Unmarshal(list.Items[0].Entry, &held); err != nil {
		t.Fatal(err)
	}
	back := call[api.PriceChange](w, http.StatusOK, http.MethodDelete, "/api/v1/prices/entries/"+held.ID, nil)
	if back.Job == nil {
		t.Fatal("the old currency did not begin a reprice")
	}
	w.job(*back.Job)
	if _, _, total = look(); total.Amount != "5.000000000000" || total.Currency != "USD" {
		t.Fatalf("back: %+v", total)
	}
}
