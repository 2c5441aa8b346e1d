package demo

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/emitter"
	"steward/internal/domain/price"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// saturday is an awkward moment to begin: a weekend, in the middle of an hour.
var saturday = time.Date(2026, 11, 21, 12, 37, 41, 5, time.UTC)

// tally is what a world holds, as the mapper and the price list see it.
type tally struct {
	sessions                 map[string]int // traces
	traces, spans            int
	environments, releases   map[string]int // traces
	models, providers        map[string]int // answered calls
	users, channels          map[string]int
	agents                   map[string]int
	misread                  int // extractions under the second release that do not copy the number
	extracted                int // extractions under the second release in production
	notFound, failedPayout   int
	refused, stoodIn, lost   int // in the outage
	loops, calls             int // traces of the loop and their estimates
	unpriced                 int
	empty, emptyBefore       int
	cut, filtered, full      int
	badArguments, toolErrors int
	down                     map[string]int // thumbs by user
	up, exact, judged        int
	cost                     map[string]decimal.Decimal // by day
	cached                   int64
}

// count reads the attributes that were sent. Every 31st hour is held to the mapper as well, which takes longer.
func count(t *testing.T, w *World) *tally {
	t.Helper()
	book, err := price.NewBook(price.Builtin(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := &tally{sessions: map[string]int{}, environments: map[string]int{}, releases: map[string]int{}, models: map[string]int{}, providers: map[string]int{},
		users: map[string]int{}, channels: map[string]int{}, agents: map[string]int{}, down: map[string]int{}, cost: map[string]decimal.Decimal{}}
	estimates := map[trace.ID]int{}
	for hour := -1; hour >= -HistoryHours; hour-- {
		records := w.Hour(hour)
		end := w.calendar.zero.Add(time.Duration(hour+1+reach) * time.Hour).UnixNano()
		for _, s := range records.Spans {
			if s.End < s.Start || s.End > end {
				t.Fatalf("span %s of hour %d is from %d to %d, the end is %d", s.Name, hour, s.Start, s.End, end)
			}
			if hour%31 == 0 {
				mapped(t, s)
			}
			all.span(s, w, book)
			if s.Attributes.Str("gen_ai.tool.name") == "get_repair_estimate" {
				estimates[s.Trace]++
			}
		}
		for _, s := range records.Scores {
			if err := s.Validate(); err != nil || s.Time > end {
				t.Fatalf("score %s of hour %d: %v, at %d", s.ID, hour, err, s.Time)
			}
			switch {
			case s.Name == scoreThumbs && *s.Boolean:
				all.up++
			case s.Name == scoreThumbs:
				all.down[s.SourceName]++
			case s.Name == scoreExact:
				all.exact++
			case s.Name == scoreLetter:
				all.judged++
			}
		}
	}
	for _, n := range estimates {
		if n > 3 {
			all.loops++
			all.calls += n
			if n < 10 || n > 20 {
				t.Errorf("a loop of %d calls", n)
			}
		}
	}
	return all
}

// mapped says what the mapper finds odd in a span.
func mapped(t *testing.T, raw *trace.Raw) {
	t.Helper()
	s, marks := emitter.Map(raw)
	wants := map[string]trace.Kind{"chat": trace.LLM, "execute_tool": trace.ToolCall, "invoke_agent": trace.AgentRun, "retrieval": trace.Retrieval}
	op := raw.Attributes.Str("gen_ai.operation.name")
	answered := raw.StatusCode != trace.StatusError
	switch {
	case len(marks) > 0 || s.Kind != wants[op] || s.Session == "" || s.User == "" || len(s.Tags) != 2 || s.Environment == "" || s.Release == "":
		t.Fatalf("%s is mapped to %+v with marks %v", raw.Name, s, marks)
	case s.Kind == trace.LLM && (len(s.Input) < 2 || s.Input[0].Role != "system" || s.Prompt.Version == ""):
		t.Fatalf("%s has the input %+v", raw.Name, s.Input)
	case s.Kind == trace.LLM && answered && (len(s.Output) != 1 || s.Usage.Input < 100 || s.Usage.Output < 1 || s.FirstToken <= 0 || s.FinishReason == ""):
		t.Fatalf("%s has the output %+v, %+v", raw.Name, s.Output, s.Usage)
	case s.Kind == trace.ToolCall && (s.Tool.Name == "" || s.Tool.CallID == "" || s.Tool.Arguments.Kind() != attr.Map || answered && s.Tool.Result.Kind() != attr.Map):
		t.Fatalf("%s is the call %+v", raw.Name, s.Tool)
	}
}

func (all *tally) span(s *trace.Raw, w *World, book *price.Book) {
	at := time.Unix(0, s.Start).UTC()
	get := s.Attributes.Str
	failed := s.StatusCode == trace.StatusError
	all.spans++
	if s.Parent.IsZero() {
		all.traces++
		all.sessions[get("gen_ai.conversation.id")]++
		all.environments[s.Resource.Attributes.Str("deployment.environment.name")]++
		all.releases[s.Resource.Attributes.Str("service.version")]++
		all.users[get("user.id")]++
		tags, _ := s.Attributes.Get("tag.tags")
		all.channels[tags.List()[0].Str()]++
		if failed && strings.HasPrefix(s.StatusText, "no model") {
			all.lost++
		}
	}
	switch get("gen_ai.operation.name") {
	case "invoke_agent":
		all.agents[get("gen_ai.agent.name")]++
	case "chat":
		all.call(s, w, book, at)
	case "retrieval":
		if none := get("gen_ai.retrieval.documents") == "[]"; none && at.Before(w.calendar.rebuilt) {
			all.emptyBefore++
		} else if none {
			all.empty++
		}
	case "execute_tool":
		result := get("gen_ai.tool.call.result")
		wrong := strings.Contains(result, `"isError":true`)
		switch tool := get("gen_ai.tool.name"); {
		case tool == "compute_payout" && failed:
			all.failedPayout++
		case tool == "look_up_policy" && strings.Contains(result, `"found":false`):
			all.notFound++
		case tool == "compute_payout" && wrong:
			all.badArguments++
		case wrong:
			all.toolErrors++
		}
	}
}

func (all *tally) call(s *trace.Raw, w *World, book *price.Book, at time.Time) {
	if s.StatusCode == trace.StatusError {
		all.refused++
		return
	}
	get := s.Attributes.Str
	count := func(key string) int64 {
		n, _ := s.Attributes.Get(key)
		return n.Int()
	}
	provider, model, prompt := get("gen_ai.provider.name"), get("gen_ai.response.model"), get("gen_ai.prompt.name")
	used := usage.Tokens{Input: count("gen_ai.usage.input_tokens"), Output: count("gen_ai.usage.output_tokens"),
		CacheRead: count("gen_ai.usage.cache_read.input_tokens"), CacheWrite: count("gen_ai.usage.cache_creation.input_tokens"),
		Reasoning: count("gen_ai.usage.reasoning.output_tokens")}
	all.models[model]++
	all.providers[provider]++
	all.cached += used.CacheRead
	cost := book.Cost(price.Call{Provider: provider, Model: model, At: s.Start, Tokens: used, Source: usage.Reported})
	day := at.Format(time.DateOnly)
	all.cost[day] = all.cost[day].Add(cost.Amount)
	if cost.State == usage.Unpriced {
		all.unpriced++
	}
	if provider == "openai" && prompt == "claims-agent" {
		all.stoodIn++
	}
	if prompt == "claims-extract" && s.Resource.Attributes.Str("service.version") == secondRelease &&
		s.Resource.Attributes.Str("deployment.environment.name") == production {
		all.extracted++
		_, number, _ := strings.Cut(get("gen_ai.output.messages"), `policy_number\":\"`)
		if number, _, _ = strings.Cut(number, `\`); !strings.Contains(get("gen_ai.input.messages"), number) {
			all.misread++
		}
	}
	reasons, _ := s.Attributes.Get("gen_ai.response.finish_reasons")
	switch reasons.List()[0].Str() {
	case "length":
		all.cut++
	case "content_filter":
		all.filtered++
	}
	if window := book.Window(provider, model); window > 0 && used.Input > window*9/10 && used.Input < window {
		all.full++
	}
}

// TestProportions holds four weeks against what docs/guides/demo.md says of them.
func TestProportions(t *testing.T) {
	w := New(saturday)
	all := count(t, w)
	between := func(what string, n, low, high int) {
		t.Helper()
		if n < low || n > high {
			t.Errorf("%s: %d, not within %d and %d", what, n, low, high)
		}
	}
	between("sessions", len(all.sessions), 8_000, 14_000)
	between("traces", all.traces, 10_000, 18_000)
	between("spans", all.spans, 70_000, 130_000)
	several := 0
	for _, n := range all.sessions {
		if n > 1 {
			several++
		}
	}
	between("sessions of several turns", several, len(all.sessions)/8, len(all.sessions)/2)
	between("environments", len(all.environments), 2, 2)
	between("releases", len(all.releases), 3, 3)
	between("users", len(all.users), 36, 48)
	between("channels", len(all.channels), 5, 5)
	between("models", len(all.models), 4, 4)
	between("providers", len(all.providers), 4, 4)
	between("hand-offs to the coverage agent", all.agents["coverage-agent"], 600, 2_500)
	between("hand-offs to the fraud agent", all.agents["fraud-agent"], 250, 1_200)
	between("per cent misread under the second release", 100*all.misread/all.extracted, 20, 36)
	between("misread", all.misread, 150, 600)
	if all.notFound != all.misread {
		t.Errorf("%d numbers misread, %d policies not found", all.misread, all.notFound)
	}
	between("of these failed at the payout", all.failedPayout, all.misread/5, all.misread/2)
	between("refused calls", all.refused, 150, 1_200)
	between("calls of the stand-in", all.stoodIn, 50, 400)
	between("runs lost in the outage", all.lost, 3, 40)
	between("loops", all.loops, 20, 90)
	between("calls in loops", all.calls, 10*all.loops, 20*all.loops)
	between("unpriced calls", all.unpriced, 250, 1_000)
	between("empty retrievals", all.empty, 60, 500)
	between("empty retrievals before", all.emptyBefore, 0, 0)
	between("cut", all.cut, 15, 90)
	between("filtered", all.filtered, 4, 40)
	between("nearly full contexts", all.full, 3, 3)
	between("arguments sent back", all.badArguments, 10, 90)
	between("tool errors", all.toolErrors, 8, 70)
	between("thumbs up", all.up, 300, 1_500)
	between("exact or not", all.exact, 4_000, 9_000)
	between("judged", all.judged, 500, 2_000)
	if all.cached < 1_000_000 {
		t.Errorf("%d cached tokens", all.cached)
	}
	second := 0
	for user, n := range all.down {
		if user != complainer {
			second = max(second, n)
		}
	}
	between("complaints of the one", all.down[complainer], 4*second, 300)
	loop := all.cost[w.calendar.loop.from.Format(time.DateOnly)]
	before := all.cost[w.calendar.loop.from.AddDate(0, 0, -1).Format(time.DateOnly)]
	if ratio := loop.Div(before).InexactFloat64(); ratio < 2.3 || ratio > 4.5 {
		t.Errorf("the day of the loop cost %s, the one before %s", loop.StringFixed(2), before.StringFixed(2))
	}
	for _, day := range slices.Sorted(maps.Keys(all.cost)) {
		if all.cost[day].GreaterThan(before.Mul(decimal.NewFromInt(2))) && day != w.calendar.loop.from.Format(time.DateOnly) {
			t.Errorf("%s costs %s, an ordinary day %s", day, all.cost[day].StringFixed(2), before.StringFixed(2))
		}
	}
}

// TestEveryWeekday begins on each day of a week: the stories lie on working days, in order, and none is missing.
func TestEveryWeekday(t *testing.T) {
	for i := range 7 {
		w := Thin(saturday.AddDate(0, 0, i), 12)
		c := w.calendar
		t.Run(w.began.Weekday().String(), func(t *testing.T) {
			order := []time.Time{w.Start(), c.long[2].from, c.outage.from, c.second, c.selfHosted, c.third, c.loop.from, w.began}
			if !slices.IsSortedFunc(order, time.Time.Compare) || !c.rebuilt.After(c.loop.to) && i > 0 || c.rebuilt.After(w.began) {
				t.Errorf("%v", c)
			}
			for _, at := range append(order[1:7], c.long[0].from, c.long[1].from) {
				if d := at.Weekday(); d == time.Saturday || d == time.Sunday {
					t.Errorf("%s is no working day", at)
				}
			}
			all := count(t, w)
			for what, n := range map[string]int{"misread": all.misread, "refused": all.refused, "loops": all.loops, "unpriced": all.unpriced,
				"empty": all.empty, "complaints": all.down[complainer]} {
				if n == 0 {
					t.Errorf("nothing %s among one session in 12", what)
				}
			}
		})
	}
}

func TestSameMomentSameWorld(t *testing.T) {
	bytesOf := func(w *World, hour int) []byte {
		records := w.Hour(hour)
		b, err := encode(records.Spans)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := json.Marshal(records.Scores)
		if err != nil {
			t.Fatal(err)
		}
		return append(b, scores...)
	}
	for _, hour := range []int{-HistoryHours, -75, -1, 0, 300} {
		one, same, other := bytesOf(New(saturday), hour), bytesOf(New(saturday.Add(900*time.Millisecond)), hour), bytesOf(New(saturday.Add(time.Minute)), hour)
		if hour != 0 && len(one) == 0 || !bytes.Equal(one, same) {
			t.Errorf("hour %d is not the same for the same second", hour)
		}
		if bytes.Equal(one, other) {
			t.Errorf("hour %d is the same for another beginning", hour)
		}
	}
	seen := map[trace.Key]bool{}
	for hour := -48; hour < 3; hour++ {
		for _, s := range New(saturday).Hour(hour).Spans {
			key := trace.Key{Trace: s.Trace, Span: s.ID}
			if seen[key] {
				t.Fatalf("two spans are %v", key)
			}
			seen[key] = true
		}
	}
}

// TestOneClaimAgrees follows the facts of claims through their traces.
func TestOneClaimAgrees(t *testing.T) {
	w, followed := New(saturday), 0
	for hour := -30; hour < -24; hour++ {
		byTrace := map[trace.ID][]trace.Canonical{}
		for _, raw := range w.Hour(hour).Spans {
			s, _ := emitter.Map(raw)
			byTrace[raw.Trace] = append(byTrace[raw.Trace], s)
		}
		for _, spans := range byTrace {
			var facts, policy, payout attr.Attrs
			letter := ""
			for _, s := range spans {
				switch {
				case s.Prompt.Name == "claims-extract":
					v, ok := attr.ParseJSON(s.Output[0].Parts[0].Text)
					if !ok {
						t.Fatalf("the extraction is no JSON: %s", s.Output[0].Parts[0].Text)
					}
					facts = v.Map()
					for _, key := range []string{"policy_number", "claimant"} {
						if !strings.Contains(s.Input[1].Parts[0].Text, facts.Str(key)) {
							t.Errorf("%s %q does not stand in %s", key, facts.Str(key), s.Input[1].Parts[0].Text)
						}
					}
				case s.Tool != nil && s.Tool.Name == "look_up_policy":
					policy = s.Tool.Result.Map()
				case s.Tool != nil && s.Tool.Name == "compute_payout":
					payout = s.Tool.Arguments.Map()
				case s.Kind == trace.AgentRun && s.Agent.Name == "claims-agent" && len(s.Output) > 0:
					letter = s.Output[0].Parts[0].Text
				}
			}
			if facts == nil || policy == nil || payout == nil {
				continue
			}
			followed++
			claimed, _ := facts.Get("amount_claimed")
			damage, _ := payout.Get("damage")
			if policy.Str("policy_number") != facts.Str("policy_number") || policy.Str("holder") != facts.Str("claimant") || claimed.Text() != damage.Text() ||
				!strings.Contains(letter, facts.Str("claimant")) {
				t.Errorf("facts %v, policy %v, payout %v, letter %s", facts, policy, payout, letter)
			}
			if strings.ContainsAny(letter, "{}") {
				t.Errorf("a slot was not filled: %s", letter)
			}
		}
	}
	if followed < 20 {
		t.Errorf("only %d claims followed", followed)
	}
}
