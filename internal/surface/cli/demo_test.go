package cli_test

import (
	"strings"
	"testing"
	"time"

	"steward/api"
)

func TestDemo(t *testing.T) {
	answers := map[string]any{"GET /api/v1/demo": api.Demo{Project: "demo", State: "filling", Filled: 0.256, Questions: []api.DemoQuestion{{
		ID: "money", Question: "Where did it go?", Answer: strings.Repeat("A long answer is wrapped. ", 9),
		Looks: []api.DemoLook{{Label: "The dearest", Path: "/traces?project=demo&sort=-cost", Filter: `name:"it's"`, Sort: "-cost", From: noon, To: noon.Add(time.Hour)}},
	}}}}
	got, _ := against(t, answers, "demo")
	for _, want := range []string{"26 % of its four weeks", "\n1. Where did it go?\n   A long answer", "/traces?project=demo&sort=-cost\n",
		`steward trace ls --project demo --from 2026-05-04T12:00:00Z --to 2026-05-04T13:00:00Z --sort -cost 'name:"it'\''s"'`} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is not in %s", want, got.out)
		}
	}
	for line := range strings.Lines(got.out) {
		if strings.Contains(line, "A long answer") && len(line) > 102 {
			t.Errorf("not wrapped: %s", line)
		}
	}
	if got, _ := against(t, map[string]any{"GET /api/v1/demo": api.Demo{State: "absent"}}, "demo"); !strings.Contains(got.out, "steward demo add") {
		t.Errorf("%+v", got)
	}
	if got, seen := against(t, map[string]any{"POST /api/v1/demo": api.Demo{Project: "demo", State: "filling"}}, "demo", "add"); got.status != 0 || len(seen) != 1 {
		t.Errorf("%+v asked %v", got, seen)
	}
}

func TestProjectRemove(t *testing.T) {
	answers := map[string]any{
		"DELETE /api/v1/projects/demo":  api.Deletion{ID: "d1", State: "queued"},
		"DELETE /api/v1/projects/shop":  api.Deletion{ID: "d1", State: "queued"},
		"GET /api/v1/deletions/d1":      api.Deletion{ID: "d1", State: "done", Reason: "why", Removed: api.Removed{Spans: 7}},
		"DELETE /api/v1/projects/other": api.ErrorBody{Error: api.Error{Code: "forbidden", Message: "only the operator may"}},
	}
	for line, want := range map[string]ran{
		"demo rm --yes":                       {0, "7 spans", ""},
		"demo rm":                             {2, "", "give --yes"},
		"project rm shop --reason moved":      {2, "", "give --yes"},
		"project rm shop --yes":               {2, "", "--reason is needed"},
		"project rm --yes --reason x":         {2, "", "takes one argument"},
		"project rm shop --yes --reason x":    {0, "7 spans", ""},
		"project rm other --yes --reason x":   {4, "", "only the operator may"},
		"project rm nothing --yes --reason x": {3, "", "no such thing"},
	} {
		got, _ := against(t, answers, strings.Fields(line)...)
		if got.status != want.status || !strings.Contains(got.out, want.out) || !strings.Contains(got.errors, want.errors) {
			t.Errorf("%s: %+v", line, got)
		}
	}
}
