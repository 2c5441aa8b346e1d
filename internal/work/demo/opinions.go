package demo

import (
	"fmt"
	"math"
	"strings"
	"time"

	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// The scores' names.
const (
	scoreThumbs = "thumbs"              // of end users: true is up
	scoreExact  = "policy_number_exact" // of code: the number that was read stands in the text
	scoreLetter = "letter_quality"      // of a judge: 0 to 1
)

func (s *session) score(c *recorder, name string, kind score.SourceKind, source, why string, after time.Duration) *score.Score {
	s.scores = append(s.scores, score.Score{ID: "demo-" + name + "-" + c.trace.String(), Project: Project, Trace: c.trace, Name: name, Source: kind,
		SourceName: source, Explanation: why, Time: c.at + int64(after)})
	return &s.scores[len(s.scores)-1]
}

// thumb is given by one clerk in so many, with one of the comments. Nobody rates in staging.
func (s *session) thumb(c *recorder, up bool, oneIn int, comments []string) {
	if s.env == staging || s.r.IntN(oneIn) > 0 {
		return
	}
	if comments == nil {
		comments = thumbsDown[s.clerk.speaks]
	}
	s.score(c, scoreThumbs, score.User, s.clerk.id, one(s.r, comments), c.between(20*time.Second, 40*time.Minute)).Boolean = &up
}

// opinion is what clerk and judge think of a letter.
func (s *session) opinion(c *recorder, found bool) {
	quality, why := 0.8+0.17*s.r.Float64(), "Decision, reason and sum are there and agree with the terms."
	switch {
	case s.clerk.id == complainer:
		s.thumb(c, false, 2, downLanguage)
		quality, why = 0.3+0.1*s.r.Float64(), "The claimant wrote German, the letter is English."
	case !found:
		s.thumb(c, false, 7, downThin[s.claim.lang])
		quality, why = 0.25+0.15*s.r.Float64(), "The letter names no clause and no reason."
	default:
		s.liked(c, 11)
	}
	s.judged(c, quality, why)
}

// liked is an ordinary rating: most are good.
func (s *session) liked(c *recorder, oneIn int) {
	if s.r.IntN(7) > 0 {
		s.thumb(c, true, oneIn, thumbsUp[s.clerk.speaks])
	} else {
		s.thumb(c, false, oneIn, thumbsDown[s.clerk.speaks])
	}
}

// chatted is what becomes of an answer that is no letter.
func (s *session) chatted(c *recorder) {
	if s.clerk.id == complainer && s.clerk.speaks != s.clerk.profile {
		s.thumb(c, false, 6, downLanguage)
		return
	}
	s.liked(c, 25)
}

// judged is a judge's score of one letter in five.
func (s *session) judged(c *recorder, quality float64, why string) {
	if s.env == staging || s.r.IntN(5) > 0 {
		return
	}
	v := math.Round(quality*100) / 100
	s.score(c, scoreLetter, score.Judge, "letter-judge", why, c.between(time.Minute, 5*time.Minute)).Value = &v
}

// checked is what a check in the pipeline says of an extraction: does the number that was read stand in the text?
func (s *session) checked(c *recorder, span *trace.Raw, number string) {
	exact, why := number == s.claim.number, ""
	if !exact {
		why = fmt.Sprintf("%s does not stand in the text", number)
	}
	x := s.score(c, scoreExact, score.Code, "extraction-check", why, time.Second)
	x.Span, x.Boolean = span.ID, &exact
}

// notes of a claim file. Slots: {name} {id} {policy}.
var notes = []string{
	"Telephone with {name}. Asked for the invoices once more; they will be sent on Monday.",
	"Letter from {name} received and scanned. The enclosed photographs show the room before the drying.",
	"Expert's interim report: moisture 14 per cent at the north wall, 9 per cent at the window. Drying goes on.",
	"Workshop confirms the appointment. Spare parts are on order, delivery takes eight to ten days.",
	"Reminder about the questionnaire sent to {name}. Deadline two weeks.",
	"Internal: policy {policy} checked again, premium paid, no change of cover since the beginning.",
	"Neighbour heard as a witness. Confirms the time, cannot say anything about the cause.",
	"Cost estimate two of three came in. It differs from the first mainly in the hours for painting.",
	"{name} asks whether the replacement may be bought second-hand. Told them yes, with a receipt.",
	"Handed over within the desk because of leave. Nothing is due before the expert's final report on {id}.",
	"Bank details confirmed by letter. The account holder is the claimant.",
	"Drying company's log, day by day: fan 1 runs, fan 2 runs, dehumidifier emptied twice, consumption noted.",
}

// claimFile is a whole file as somebody pastes it: about nine tenths of the main model's context.
func claimFile(r interface{ IntN(int) int }, c *claim) string {
	const size = 735_000 // bytes, about 184,000 tokens of 200,000
	fill := strings.NewReplacer("{name}", c.who.name, "{id}", c.id, "{policy}", c.number)
	var b strings.Builder
	b.Grow(size + 300)
	b.WriteString("--- claim file, exported ---\n")
	at := c.date
	for n := 1; b.Len() < size; n++ {
		at = at.Add(time.Duration(1+r.IntN(9)) * time.Minute)
		fmt.Fprintf(&b, "%05d  %s  %s\n", n, at.Format("2006-01-02 15:04"), fill.Replace(notes[r.IntN(len(notes))]))
	}
	b.WriteString("--- end of file ---")
	return b.String()
}
