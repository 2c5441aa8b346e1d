package price

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"steward/internal/base/errs"
)

func TestParseEntryRefuses(t *testing.T) {
	cases := []struct{ text, says string }{
		{``, "JSON object"},
		{`null`, "JSON object"},
		{`[]`, "JSON object"},
		{`{}`, "price, commitment, discount, rate, currency"},
		{`{"kind":"prise"}`, `"prise" is no kind`},
		{`{"kind":1}`, "in quotes"},
		{`{"kind":"discount","percent":"10"}`, "valid_from"},
		{`{"kind":"discount","percent":"10","valid_from":"yesterday"}`, `"yesterday" is no time`},
		{`{"kind":"discount","percent":"10","valid_from":"1969-01-01"}`, "1969"},
		{`{"kind":"discount","percent":"10","valid_from":"2026-01-02","valid_to":"2026-01-02"}`, "ends before"},
		{`{"kind":"discount","percent":10,"valid_from":"2026-01-01"}`, "percent: a number is not accepted"},
		{`{"kind":"discount","valid_from":"2026-01-01"}`, "percent: a discount entry needs it"},
		{`{"kind":"discount","percent":"101","valid_from":"2026-01-01"}`, "between 0 and 100"},
		{`{"kind":"discount","percent":"-1","valid_from":"2026-01-01"}`, "negative"},
		{`{"kind":"discount","percent":"ten","valid_from":"2026-01-01"}`, `"ten" is no amount`},
		{`{"kind":"discount","percent":"1e1","valid_from":"2026-01-01"}`, `"1e1" is no amount`},
		{`{"kind":"discount","percent":"10","rates":{},"valid_from":"2026-01-01"}`, `"rates" is no key of a discount`},
		{`{"kind":"discount","pct":"10","valid_from":"2026-01-01"}`, `"pct" is no key`},
		{`{"kind":"discount","percent":"10","model":"re:x","valid_from":"2026-01-01"}`, "regular expression"},
		{`{"kind":"discount","percent":"10","model":"` + strings.Repeat("m", 300) + `","valid_from":"2026-01-01"}`, "256 bytes"},
		{`{"kind":"price","valid_from":"2026-01-01","rates":{"input":"1"}}`, "currency"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"usd","rates":{"input":"1"}}`, `"usd" is no currency`},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD"}`, "at least one rate"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"inptu":"1"}}`, `"inptu" is no unit`},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":1}}`, "in quotes"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"1000001"}}`, "limit"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"0.0000000000001"}}`, "12 decimal places"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","services":{"input":"1"}}`, "no service name"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"1"},"tiers":[{"over":0,"rates":{"input":"2"}}]}`, "tiers[0].over"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"1"},"tiers":[{"over":"9","rates":{"input":"2"}}]}`, "whole number"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"1"},"tiers":[{"over":9}]}`, "tiers[0].rates"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","services":{"image":"1"},"tiers":[{"over":9,"rates":{"input":"2"}}]}`, "below the first tier"},
		{`{"kind":"commitment","valid_from":"2026-01-01","currency":"USD"}`, "monthly"},
		{`{"kind":"rate","valid_from":"2026-01-01","from":"USD","to":"USD","rate":"1"}`, "itself"},
		{`{"kind":"rate","valid_from":"2026-01-01","from":"USD","to":"EUR","rate":"0"}`, "above zero"},
		{`{"kind":"rate","valid_from":"2026-01-01","from":"","to":"EUR","rate":"1"}`, "from"},
		{`{"kind":"rate","valid_from":"2026-01-01","from":"USD","to":"EUR","rate":"1","model":"x"}`, `"model" is no key of a rate`},
		{`{"kind":"currency","valid_from":"2026-01-01"}`, `"" is no currency`},
		{`{"kind":"currency","valid_from":"2026-01-01","currency":"EUR","provider":"openai"}`, `"provider" is no key of a currency`},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","calls":"agent","rates":{"request":"1"}}`, `"agent" is no kind of call`},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","name":"x","rates":{"request":"1"}}`, "say with calls"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","calls":"tool","rates":{"input":"1"}}`, "a tool has no tokens"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","calls":"tool","rates":{"request":"1","input":"1"}}`, "a tool has no tokens"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","calls":"tool","name":"re:x","rates":{"request":"1"}}`, "a pattern with *"},
		{`{"kind":"price","valid_from":"2026-01-01","currency":"USD","services":{"image":"1"},"once":["web_search"]}`, `"web_search" is not among the services`},
		{`{"kind":"discount","valid_from":"2026-01-01","percent":"5","calls":"tool"}`, `"calls" is no key of a discount`},
		{strings.Repeat(" ", 1<<17), "at most"},
	}
	for _, c := range cases {
		_, err := ParseEntry([]byte(c.text))
		if err == nil {
			t.Errorf("%.120s: accepted", c.text)
			continue
		}
		if got := errs.From(err); !strings.Contains(got.Message, c.says) || got.Code == errs.CodeInternal {
			t.Errorf("%.120s:\n  %s: %s\n  does not say %q", c.text, got.Code, got.Message, c.says)
		}
	}
}

var goodEntries = []string{override, newer, discount, deeper, commit, euro, euroNew, yen, counted, lookup, grounded,
	`{"kind":"price","model":"x","valid_from":"2026-01-01T12:30:00.5+02:00","currency":"USD","rates":{"input":"1","cache_write_1h":"2"},
	"services":{"web_search":"0.01"},"tiers":[{"over":1000,"rates":{"input":"2"}},{"over":2000,"rates":{"input":"3"}}],"note":"as agreed"}`}

func TestEntryRoundTrip(t *testing.T) {
	for _, text := range goodEntries {
		e, err := ParseEntry([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again := roundTrip(t, e)
		if !reflect.DeepEqual(e, again) {
			t.Errorf("%+v\n became\n%+v", e, again)
		}
	}
}

func roundTrip(t *testing.T, e Entry) Entry {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var again Entry
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return again
}

func FuzzParseEntry(f *testing.F) {
	for _, text := range goodEntries {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"kind":"price","valid_from":"2026-01-01","currency":"USD","rates":{"input":"00000.10"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEntry(data)
		if err != nil {
			if errs.CodeOf(err) == errs.CodeInternal {
				t.Fatalf("an error without a message for the user: %v", err)
			}
			return
		}
		again := roundTrip(t, e)
		e.ID, again.ID = "e", "e"
		one, err := NewBook(Builtin(), []Entry{e})
		if err != nil {
			t.Fatalf("accepted alone but not in a book: %v", err)
		}
		two, err := NewBook(Builtin(), []Entry{again})
		if err != nil || one.Version() != two.Version() {
			t.Fatalf("%s changes when written: %v", data, err)
		}
		one.Cost(Call{Provider: e.Provider, Model: e.Model, At: e.ValidFrom, Source: "reported", Batch: true,
			Units: map[string]int64{"web_search": 1}})
	})
}

// The examples of the guide are entries that a book takes.
func TestGuideExamples(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "prices.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```json\n")
	block, _, _ = strings.Cut(block, "```")
	var list []Entry
	for dec := json.NewDecoder(strings.NewReader(block)); dec.More(); {
		var e Entry
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		e.ID = string(e.Kind)
		list = append(list, e)
	}
	if len(list) != len(kinds) {
		t.Fatalf("%d examples, want one of every kind", len(list))
	}
	if _, err := NewBook(Builtin(), list); err != nil {
		t.Error(err)
	}
	for _, u := range tokenUnits {
		if !strings.Contains(string(text), "| `"+string(u)+"` |") {
			t.Errorf("the guide's table lacks %s", u)
		}
	}
	for _, p := range Builtin().providers {
		services := []Services{p.services}
		for _, m := range p.models {
			for _, pd := range m.periods {
				services = append(services, pd.Services)
			}
		}
		for _, s := range services {
			for name := range s {
				if !strings.Contains(string(text), "| `"+name+"` |") {
					t.Errorf("the guide's table lacks the service %s of %s", name, p.id)
				}
			}
		}
	}
}
