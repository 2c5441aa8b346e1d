package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/internal/domain/price/schema"
)

// The committed catalogue is what this generator writes from the source, byte for byte.
func TestCommittedCatalogueIsFresh(t *testing.T) {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	data, err := os.ReadFile(filepath.Join(dir, "genai-prices", "data.json"))
	if err != nil {
		t.Skip("skipped: no genai-prices/data.json under STEWARD_TESTDATA")
	}
	committed, err := os.ReadFile("../catalogue.gen.json")
	if err != nil {
		t.Fatal(err)
	}
	var head struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(committed, &head); err != nil {
		t.Fatal(err)
	}
	got, err := convert(data, strings.TrimPrefix(head.ID, "builtin/"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, committed) {
		t.Error("catalogue.gen.json differs from what go generate writes")
	}
}

func TestPeriodMergesTiersAndUnits(t *testing.T) {
	m := inModel{ID: "m", Prices: json.RawMessage(`[
		{"prices":{"input_mtok":{"base":1,"tiers":[{"start":100,"price":2},{"start":200,"price":3}]},
			"output_mtok":{"base":4,"tiers":[{"start":200,"price":5}]},"cache_read_mtok":0.08333333333333334,"requests_kcount":12}},
		{"constraint":{"start_time":"00:30:00Z","end_time":"16:30:00Z"},"prices":{}}]`)}
	list, err := m.periods()
	if err != nil {
		t.Fatal(err)
	}
	var got []schema.Period
	for _, c := range list {
		pd, err := c.period()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, pd)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"rates":{"cache_read":"0.083333333333","input":"1","output":"4","request":"0.012"},` +
		`"tiers":[{"over":100,"rates":{"cache_read":"0.083333333333","input":"2","output":"4","request":"0.012"}},` +
		`{"over":200,"rates":{"cache_read":"0.083333333333","input":"3","output":"5","request":"0.012"}}]},` +
		`{"daily":["00:30","16:30"],"rates":{"input":"0","output":"0"}}]`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// A fact we have no place for must stop the generator, never vanish.
func TestConvertRefusesWhatItCannotSay(t *testing.T) {
	model := func(match, prices string) string {
		return `[{"id":"p","models":[{"id":"m","match":` + match + `,"prices":` + prices + `}]}]`
	}
	for text, says := range map[string]string{
		model(`{"equals":"m"}`, `{"input_video_mtok":1}`):                                   "input_video_mtok",
		model(`{"and":[{"contains":"a"},{"contains":"b"}]}`, `{}`):                          "joined by and",
		model(`{"equals":"a*"}`, `{}`):                                                      "a*",
		model(`{"sounds_like":"m"}`, `{}`):                                                  "unknown kind",
		model(`{"equals":"m"}`, `[{"constraint":{"start_date":"2026-01-01"},"prices":{}}]`): "first price",
		`[]`: "overlay.json",
		`{`:  "JSON",
	} {
		if _, err := convert([]byte(text), "2026-01-01"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", text, err, says)
		}
	}
}
