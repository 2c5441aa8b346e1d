package filter

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
)

type record struct {
	texts   map[string][]string
	numbers map[string]string
	bools   map[string]bool
	attrs   map[string]attr.Attrs
	scores  map[string][]Score
}

func (r record) Texts(field string) []string { return r.texts[field] }

func (r record) Number(field string) (decimal.Decimal, bool) {
	s, ok := r.numbers[field]
	if !ok {
		return decimal.Zero, false
	}
	return decimal.RequireFromString(s), true
}

func (r record) Bool(field string) (bool, bool) {
	v, ok := r.bools[field]
	return v, ok
}

func (r record) Attribute(family, key string) (attr.Value, bool) { return r.attrs[family].Get(key) }

func (r record) Scores(name string) []Score { return r.scores[name] }

func ptr[T any](v T) *T { return &v }

func sample() record {
	return record{
		texts: map[string][]string{
			"model": {"gpt-4o-2024-08-06"}, "status": {"error"}, "user": {"Ann"}, "tag": {"beta", "vip"}, "session": {""},
			"name": {"chat\ngpt"}, "input": {"What is your Refund Policy?"}, "output": {"ÉTÉ"}, "text": {"What is your Refund Policy?\nÉTÉ"},
		},
		numbers: map[string]string{
			"cost": "0.100000000001", "duration": "2000000001", "tokens": "10000", "start": "1777636800000000000", "trace.spans": "3",
		},
		bools: map[string]bool{"root": true, "derived": false},
		attrs: map[string]attr.Attrs{
			"attributes": {
				{Key: "temp", Value: attr.Float64(0.7)}, {Key: "n", Value: attr.Int64(9007199254740993)}, {Key: "s", Value: attr.Str("12")},
				{Key: "hex", Value: attr.Str("0x10")}, {Key: "b", Value: attr.Boolean(true)}, {Key: "null", Value: attr.Value{}},
				{Key: "empty", Value: attr.Str("")}, {Key: "list", Value: attr.ListOf(attr.Str("stop"))},
			},
			"resource": {{Key: "host", Value: attr.Str("web-1")}},
		},
		scores: map[string][]Score{
			"helpful": {{Number: ptr(0.1)}, {Number: ptr(0.9)}}, "tone": {{Label: "friendly"}, {Label: "0.5"}}, "ok": {{Boolean: ptr(false)}},
			"unsure": {{}},
		},
	}
}

func TestMatch(t *testing.T) {
	for text, want := range map[string]bool{
		"":                              true,
		"model:gpt-4o*":                 true,
		"model:gpt-4o":                  false,
		"model:*4o*08*":                 true,
		"model:*06*06":                  false,
		"user:Ann":                      true,
		"user:ann":                      false,
		"user!=ann":                     true,
		"user:(bob OR Ann)":             true,
		"session:*":                     false,
		"NOT session:*":                 true,
		"env!=production":               true,
		"tag:vip tag:beta":              true,
		"tag!=vip":                      false,
		"name:chat*gpt":                 true,
		"status:ERROR error:true":       true,
		"error:false":                   false,
		`"refund policy"`:               true,
		"refund NOT money":              true,
		"été":                           true,
		`output:"refund"`:               false,
		"input:refund":                  true,
		"cost>0.1":                      true,
		"cost:0.100000000001":           true,
		"cost>=0.100000000002":          false,
		"cost:0.1..0.2":                 true,
		"cost<0.1 OR tokens:10k":        true,
		"reported_cost<1":               false,
		"reported_cost!=1":              true,
		"NOT reported_cost:*":           true,
		"duration>2s":                   true,
		"duration<=2s":                  false,
		"start:2026-05-01":              true,
		"start>2026-05-01":              false,
		"start<=2026-05-01":             true,
		"start<2026-05-01":              false,
		"start>-1h":                     true,
		"start<-1h":                     false,
		"root:true derived:false":       true,
		"rollup:false":                  false,
		"trace.spans:3":                 true,
		"score.helpful<0.5":             true,
		"score.helpful>0.5":             true,
		"score.helpful:0.2..0.8":        false, // no single score lies between
		"score.helpful:0.1":             true,
		"score.tone:friend*":            true,
		"score.tone:0.5":                false,
		`score.tone:"0.5"`:              true,
		"score.ok:false":                true,
		"score.ok:true":                 false,
		"score.ok>0":                    false,
		"score.unsure:*":                true,
		"score.other:*":                 false,
		"attributes.temp:0.7":           true,
		"attributes.temp>0.6":           true,
		"attributes.n>9007199254740992": true,
		"attributes.n>9007199254740993": false,
		"attributes.s>11.5":             true,
		`attributes.s<"2"`:              true,
		"attributes.hex>1":              false,
		"attributes.b:true":             true,
		"attributes.null:*":             false,
		"attributes.empty:*":            true,
		`attributes.empty:""`:           true,
		`attributes.none:""`:            false,
		"attributes.list:*stop*":        true,
		"resource.host:web-*":           true,
		"resource.temp:*":               false,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		now := time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)
		if got := Match(Resolve(e, now), sample()); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestResolveLeavesTheOriginal(t *testing.T) {
	e, err := Parse("a OR NOT (start>-24h end:-2h..now)")
	if err != nil {
		t.Fatal(err)
	}
	before := e.String()
	got := Resolve(e, time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)).String()
	if want := "a OR NOT (start>2026-04-30T12:00:00Z end:2026-05-01T10:00:00Z..2026-05-01T12:00:00Z)"; got != want {
		t.Errorf("resolved to %s, want %s", got, want)
	}
	if e.String() != before {
		t.Errorf("the original became %s", e)
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		parts []string
		s     string
		want  bool
	}{
		{[]string{"ab"}, "ab", true}, {[]string{"ab"}, "abc", false}, {[]string{"ab", ""}, "abc", true}, {[]string{"a", "a"}, "a", false},
		{[]string{"a", "a"}, "aa", true}, {[]string{"", "b", ""}, "abc", true}, {[]string{"", "b", "b"}, "ab", false}, {nil, "", false},
		{[]string{"a", "x", "y", "z"}, "a-x-y-z", true}, {[]string{"a", "y", "x", "z"}, "a-x-y-z", false},
	} {
		if got := (Pattern{c.parts}).Match(c.s); got != c.want {
			t.Errorf("%q on %q: %v", c.parts, c.s, got)
		}
	}
}
