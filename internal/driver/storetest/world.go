package storetest

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/filter"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// world is a small random telemetry store in memory: what an engine is loaded with, and the oracle that says what it
// must answer.
type world struct {
	rnd    *rand.Rand
	spans  []trace.Span
	scores []score.Score
}

// worldDay is where a world's three days begin.
var worldDay = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC).UnixNano()

const (
	day  = int64(24 * time.Hour)
	hour = int64(time.Hour)
)

var (
	vocabulary = []string{"alpha", "Beta", "gamma ray", "50%", "a_b", `back\slash`, "it's", `say "hi"`, "ÉTÉ", "*", "line\nbreak", "日本"}
	models     = []string{"gpt-4o", "gpt-4o-mini", "claude-x", ""}
	sessions   = []string{"s-1", "s-2", "s'3", "s-4", "S-1", ""}
	users      = []string{"ann", "Ann", "bob", ""}
	keys       = []string{"plain", "gen_ai.request.temperature", `odd"key`, "a/b~c", "with space", "dollar$", "é", "0", "x[0]", "it's"}
)

// newWorld makes about n spans; midnight says whether traces cross it.
func newWorld(seed uint64, n int) *world {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 1))}
	for len(w.spans) < n {
		p := one
		if w.rnd.IntN(5) == 0 {
			p = two
		}
		w.addTrace(p, worldDay+w.rnd.Int64N(3*day-hour))
	}
	for range n / 10 {
		w.addScore()
	}
	// An engine may be given spans in any order.
	w.rnd.Shuffle(len(w.spans), func(i, j int) { w.spans[i], w.spans[j] = w.spans[j], w.spans[i] })
	return w
}

func pick[T any](w *world, from []T) T { return from[w.rnd.IntN(len(from))] }

func (w *world) id() (id trace.ID) {
	binary.BigEndian.PutUint64(id[:], w.rnd.Uint64())
	binary.BigEndian.PutUint64(id[8:], w.rnd.Uint64()|1)
	return id
}

func (w *world) addTrace(p project.ID, start int64) {
	id := w.id()
	session := pick(w, sessions)
	var ids []trace.SpanID
	length := hour
	if w.rnd.IntN(6) == 0 {
		length = 9 * hour // many of these cross midnight
	}
	for i := range 1 + w.rnd.IntN(7) {
		s := w.span(p)
		s.Trace = id
		s.Session = session
		s.Start = start
		if i > 0 {
			s.Start += w.rnd.Int64N(length)
			switch w.rnd.IntN(8) {
			case 0: // an orphan
				binary.BigEndian.PutUint64(s.Parent[:], w.rnd.Uint64()|1)
			case 1:
				s.Session = ""
			default:
				s.Parent = pick(w, ids)
			}
		} else if w.rnd.IntN(8) == 0 { // no root at all
			binary.BigEndian.PutUint64(s.Parent[:], w.rnd.Uint64()|1)
		}
		if w.rnd.IntN(12) > 0 {
			s.End = s.Start + w.rnd.Int64N(5*int64(time.Second))
		}
		ids = append(ids, s.ID)
		w.spans = append(w.spans, s)
	}
}

func (w *world) span(p project.ID) trace.Span {
	var s trace.Span
	s.Project = p
	binary.BigEndian.PutUint64(s.ID[:], w.rnd.Uint64()|1)
	s.Hash = w.rnd.Uint64()
	s.Name, s.Kind = pick(w, vocabulary), pick(w, trace.Kinds())
	s.OTelKind = "internal"
	s.StatusCode = pick(w, []trace.StatusCode{trace.StatusOK, trace.StatusError, trace.StatusUnset})
	s.Service, s.Environment, s.Release = pick(w, vocabulary), pick(w, []string{"production", "staging", ""}), pick(w, []string{"v1", "v2"})
	s.User, s.Level = pick(w, users), "default"
	if w.rnd.IntN(3) == 0 {
		s.Agent = trace.Named{Name: pick(w, vocabulary), Version: "1"}
	}
	for range w.rnd.IntN(3) {
		if tag := pick(w, vocabulary); !slices.Contains(s.Tags, tag) {
			s.Tags = append(s.Tags, tag)
		}
	}
	s.Derived = w.rnd.IntN(5) == 0
	s.Attributes = w.attributes()
	s.Resource = &trace.Origin{Attributes: w.attributes()}
	if w.rnd.IntN(2) == 0 {
		s.Input = []trace.Message{{Role: "user", Parts: []trace.Part{{Type: trace.PartText, Text: pick(w, vocabulary) + " question " + pick(w, vocabulary)}}}}
		s.Output = []trace.Message{{Role: "assistant", Parts: []trace.Part{{Type: trace.PartText, Text: pick(w, vocabulary) + " answer"}}}}
	}
	if s.Kind == trace.LLM || w.rnd.IntN(4) == 0 {
		w.use(&s)
	}
	if s.Kind == trace.ToolCall {
		s.Tool = &trace.Tool{Name: pick(w, vocabulary), CallID: "call_" + pick(w, vocabulary), Arguments: attr.Str("argument"), Digest: w.rnd.Uint64()}
	}
	for _, code := range trace.ProblemCodes() {
		if w.rnd.IntN(20) == 0 {
			s.Problems = append(s.Problems, trace.Problem{Code: code, Detail: pick(w, append(vocabulary, ""))})
		}
	}
	s.Mapper = trace.Mapper{Version: 1, Emitter: "test"}
	if w.rnd.IntN(5) == 0 {
		s.Marks = []trace.Mark{trace.MarkTimeAssumed}
	}
	return s
}

// use gives a span tokens and a cost in one of its states.
func (w *world) use(s *trace.Span) {
	s.Model = trace.Model{Provider: "openai", Requested: pick(w, models), Used: pick(w, models)}
	s.Usage = usage.Usage{Tokens: usage.Tokens{Input: w.rnd.Int64N(20000), Output: w.rnd.Int64N(100), CacheRead: w.rnd.Int64N(3), Reasoning: 5},
		Source: usage.Reported, Rollup: w.rnd.IntN(6) == 0}
	s.FirstToken = w.rnd.Int64N(2) * w.rnd.Int64N(int64(time.Second))
	switch w.rnd.IntN(5) {
	case 0:
		s.Cost = usage.Cost{State: usage.Unpriced, Reason: "no price is known"}
	case 1:
		s.Cost = usage.Cost{State: usage.CostEstimated, Currency: w.currency(), Amount: decimal.New(w.rnd.Int64N(1e12), -12)}
	default:
		s.Cost = usage.Cost{State: usage.Priced, Currency: w.currency(), Amount: decimal.New(w.rnd.Int64N(1e12), -12)}
	}
	if w.rnd.IntN(3) == 0 {
		s.ReportedCost = &usage.Money{Amount: decimal.New(w.rnd.Int64N(1e6), -6), Currency: w.currency()}
	}
}

// currency is nearly always one, so that there are totals with a sum and totals without.
func (w *world) currency() string {
	if w.rnd.IntN(40) == 0 {
		return "EUR"
	}
	return "USD"
}

func (w *world) attributes() (a attr.Attrs) {
	for _, k := range keys {
		var v attr.Value
		switch w.rnd.IntN(10) {
		case 0:
			v = attr.Int64(w.rnd.Int64N(5))
		case 1:
			v = attr.Float64(0.25 * float64(w.rnd.IntN(9)))
		case 2:
			v = attr.Str(pick(w, vocabulary))
		case 3:
			v = attr.Boolean(w.rnd.IntN(2) == 0)
		case 4:
			v = attr.Str([]string{"1", " 1", "1.5", "0x10", "1_0", "NaN", "inf", "", "1e2", "-3"}[w.rnd.IntN(10)])
		case 5:
			v = attr.Int64(1<<53 + w.rnd.Int64N(3))
		default:
			continue
		}
		a = append(a, attr.KV{Key: k, Value: v})
	}
	return a
}

func (w *world) addScore() {
	s := pick(w, w.spans)
	c := score.Score{ID: "score-" + s.ID.String() + string(rune('a'+w.rnd.IntN(26))), Project: s.Project, Time: s.Start + hour, Day: s.Start,
		Name: pick(w, []string{"helpful", "o'dd"}), Source: score.Human}
	switch w.rnd.IntN(3) {
	case 0:
		c.Trace, c.Span = s.Trace, s.ID
	case 1:
		c.Trace = s.Trace
	default:
		if c.Session = s.Session; c.Session == "" {
			c.Trace = s.Trace
		}
	}
	switch w.rnd.IntN(4) {
	case 0:
		v := float64(w.rnd.IntN(5)) / 4
		c.Value = &v
	case 1:
		c.Label = pick(w, vocabulary)
	case 2:
		b := w.rnd.IntN(2) == 0
		c.Boolean = &b
	}
	for _, other := range w.scores {
		if other.ID == c.ID {
			return
		}
	}
	w.scores = append(w.scores, c)
}

// of answers the project's spans that start in the range.
func (w *world) of(p project.ID, r trace.Range) (out []*trace.Span) {
	for i := range w.spans {
		if s := &w.spans[i]; s.Project == p && s.Start >= r.From && s.Start < r.To {
			out = append(out, s)
		}
	}
	return out
}

// ever is a range that holds all of a world.
func ever() trace.Range { return trace.Range{From: worldDay - day, To: worldDay + 5*day} }

// match answers the project's spans in the range for which the filter holds.
func (w *world) match(p project.ID, r trace.Range, e filter.Expr) (out []*trace.Span) {
	totals := map[trace.ID]*summary{}
	for _, s := range w.summaries(p) {
		totals[s.Trace] = s
	}
	for _, s := range w.of(p, r) {
		if filter.Match(e, whole{s.Record(w.scoresOn(s)), totals[s.Trace]}) {
			out = append(out, s)
		}
	}
	return out
}

// whole is a span's record that knows its trace's totals too.
type whole struct {
	filter.Record
	total *summary
}

func (r whole) Texts(field string) []string {
	switch field {
	case "trace.name":
		return []string{r.total.Name}
	case "trace.status":
		return []string{string(r.total.Status)}
	case "trace.outcome":
		return []string{string(r.total.Outcome())}
	}
	return r.Record.Texts(field)
}

func (r whole) Number(field string) (decimal.Decimal, bool) {
	t := r.total
	switch field {
	case "trace.duration":
		return decimal.NewFromInt(t.ended() - t.Start), t.ended() != 0
	case "trace.cost":
		return t.Cost.Amount, t.Cost.Currency != ""
	case "trace.tokens":
		return decimal.NewFromInt(t.Tokens.Total()), true
	case "trace.spans":
		return decimal.NewFromInt(t.Spans), true
	case "trace.errors":
		return decimal.NewFromInt(t.Errors), true
	case "trace.problems":
		return decimal.NewFromInt(t.Problems), true
	}
	return r.Record.Number(field)
}

func (w *world) scoresOn(s *trace.Span) map[string][]filter.Score {
	out := map[string][]filter.Score{}
	for i := range w.scores {
		c := &w.scores[i]
		if c.Project != s.Project {
			continue
		}
		on := c.Trace == s.Trace && (c.Span == s.ID || c.Span.IsZero()) || c.Trace.IsZero() && c.Session != "" && c.Session == s.Session
		if on {
			out[c.Name] = append(out[c.Name], filter.Score{Number: c.Value, Label: c.Label, Boolean: c.Boolean})
		}
	}
	return out
}

// compareSpans is the order of lists within the same sort value.
func compareIDs(a, b *trace.Span) int {
	return cmp.Or(strings.Compare(string(a.Trace[:]), string(b.Trace[:])), strings.Compare(string(a.ID[:]), string(b.ID[:])))
}
