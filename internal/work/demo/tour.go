package demo

import (
	"fmt"
	"time"
)

// Question is one stop of the tour: what somebody would ask, what they will see, and where.
type Question struct {
	ID       string
	Question string
	Answer   string // what is planted there
	Looks    []Look
}

// Look is a list of traces to look at. Sort is "" for the newest first.
type Look struct {
	Label  string
	Filter string
	From   time.Time
	To     time.Time
	Sort   string
}

// Tour answers the questions that lead to the planted stories. Times are absolute: the stories stay where they
// happened, however old the demo is.
func (w *World) Tour() []Question {
	c := &w.calendar
	all := func(label, filter string) Look {
		return Look{Label: label, Filter: filter, From: w.Start(), To: w.began.AddDate(0, 0, 1)}
	}
	in := func(label, filter string, from, to time.Time, sort string) Look {
		return Look{Label: label, Filter: filter, From: from, To: to, Sort: sort}
	}
	loop := c.loop.from.Truncate(24 * time.Hour)
	return []Question{
		{
			ID: "denied", Question: "Why are claims declined that should be paid?",
			Answer: fmt.Sprintf("Since release %s, rolled out on %s, the extraction reads policy numbers wrongly: a 0 becomes an O, an 8 a B. It fails far downstream: the look-up finds no policy, and a letter declines, or the payout cannot be computed. Every third claim in production, until %s mends it on %s. The cause is in the second step: compare the number in the claim with the one that was taken out, and the prompt of version 7 with its neighbours.",
				secondRelease, date(c.second), thirdRelease, date(c.third)),
			Looks: []Look{
				in("Policies not found", "release:"+secondRelease+" env:production problem:tool_error tool:look_up_policy", c.second, c.third.Add(4*time.Hour), ""),
				in("Runs that failed at the payout", "release:"+secondRelease+" env:production status:error tool:compute_payout", c.second, c.third.Add(4*time.Hour), ""),
				in("Numbers that do not stand in the claim", "score."+scoreExact+":false kind:llm", c.second, c.third.Add(4*time.Hour), ""),
			},
		},
		{
			ID: "outage", Question: "What happened on the afternoon of " + date(c.outage.from) + "?",
			Answer: "For two and a half hours Anthropic's model answered 503 and 429. The agent tried three times with growing pauses, then OpenAI's model stood in: slower, and with other words. A few runs found that one at its limit too and failed.",
			Looks: []Look{
				in("Calls that were refused", "provider:anthropic status:error", c.outage.from, c.outage.to, ""),
				in("Answered by the other model", "provider:openai prompt:claims-agent", c.outage.from, c.outage.to, ""),
				in("Runs that failed in the end", "root:true status:error", c.outage.from, c.outage.to, ""),
			},
		},
		{
			ID: "money", Question: "Where did the money go?",
			Answer: fmt.Sprintf("On %s the day cost three times as much: estimates of repairs stayed pending, and the agent asked for them again and again, ten to twenty times with the same arguments, each time with a model call over a longer conversation. And since %s a model of the house takes part in the extraction that no price list knows: unpriced is not free.",
				date(loop), date(c.selfHosted)),
			Looks: []Look{
				in("The dearest traces of that day", "", loop, loop.AddDate(0, 0, 1), "-cost"),
				in("Asked again and again", "tool:get_repair_estimate trace.spans>25", loop, loop.AddDate(0, 0, 1), ""),
				in("Calls without a price", "cost.state:unpriced", c.selfHosted.Add(-48*time.Hour), w.began.AddDate(0, 0, 1), ""),
			},
		},
		{
			ID: "complaints", Question: "Who complains most, and about what?",
			Answer: "One clerk in forty gives every third thumb that points down. Her claimants write German, the letters are English: her profile says so, and the agent's instructions follow the profile. See the comments, then the last line of the system prompt.",
			Looks: []Look{
				all("All thumbs down", "root:true score."+scoreThumbs+":false"),
				all("Hers", "root:true user:"+complainer+" score."+scoreThumbs+":false"),
			},
		},
		{
			ID: "terms", Question: "Why do German letters name no clause any more?",
			Answer: fmt.Sprintf("On %s at %s the index of terms was rebuilt, version 42, without the German ones. Since then every German retrieval finds nothing. Nothing fails; the letters only say less.",
				date(c.rebuilt), c.rebuilt.Format("15:04 UTC")),
			Looks: []Look{
				in("Empty retrievals", "problem:empty_retrieval", c.rebuilt.Add(-4*time.Hour), c.rebuilt.AddDate(0, 0, 3), ""),
				in("The same before", "kind:retrieval tag:\"lang:de\"", c.rebuilt.AddDate(0, 0, -1), c.rebuilt, ""),
			},
		},
	}
}

// Start is when the history begins.
func (w *World) Start() time.Time { return w.calendar.zero.Add(-HistoryHours * time.Hour) }

// Began is when the world began.
func (w *World) Began() time.Time { return w.began }

func date(t time.Time) string { return t.Format("Monday, 2 January") }
