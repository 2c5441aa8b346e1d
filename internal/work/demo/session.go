package demo

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// session is what a clerk does with the agent about one matter, in one turn or several. Every turn is a trace.
type session struct {
	w       *World
	r       *rand.Rand
	seed    [32]byte
	id      string
	at      time.Time // when the next turn begins
	n       int       // the how manyeth of its hour
	turns   int
	env     string
	release string
	channel string
	clerk   clerk
	claim   *claim
	main    *lane // what was said so far
	origin  *trace.Origin
	common  attr.Attrs
	last    trace.ID // of the turn before

	spans  []*trace.Raw
	scores []score.Score
}

var channels = []string{"email", "email", "email", "app", "app", "app", "phone", "phone", "broker", "broker"}

func newSession(w *World, at time.Time, n int, r *rand.Rand) *session {
	s := &session{w: w, r: r, seed: w.identity(at, n), at: at, n: n, env: production, channel: one(r, channels), clerk: one(r, clerks)}
	if r.IntN(8) == 0 && !w.calendar.sends(at, n) {
		s.env, s.channel, s.clerk = staging, "test", tester[r.IntN(2)]
	}
	s.release = w.calendar.release(at, s.env, r)
	s.id = "desk-" + hex.EncodeToString(s.seed[:5])
	s.claim = newClaim(r, s.clerk.speaks, at)
	if s.env == staging { // smoke tests know one policy a product, and no digit in it looks like a letter
		s.claim.number = products[s.claim.peril.product].code + "-444444-T"
	}
	s.origin = &trace.Origin{Attributes: attr.Attrs{
		text("service.name", "claims-agent"), text("service.namespace", "claims"), text("service.version", s.release),
		text("service.instance.id", fmt.Sprintf("claims-agent-%s-%d", s.env[:4], r.IntN(3))), text("deployment.environment.name", s.env),
		text("telemetry.sdk.name", "opentelemetry"), text("telemetry.sdk.language", "python"), text("telemetry.sdk.version", "1.38.0"),
	}}
	s.common = attr.Attrs{text("gen_ai.conversation.id", s.id), text("user.id", s.clerk.id),
		{Key: "tag.tags", Value: attr.ListOf(attr.Str("channel:"+s.channel), attr.Str("lang:"+string(s.clerk.speaks)))}}
	return s
}

// sends says whether the n-th session of the hour is the one in which somebody sends a whole claim file.
func (c *calendar) sends(at time.Time, n int) bool {
	return n == 1 && slices.ContainsFunc(c.long, func(w window) bool { return w.holds(at) })
}

func (s *session) run() {
	long := s.w.calendar.sends(s.at, s.n)
	switch draw := s.r.IntN(100); {
	case long || draw < 58:
		s.decide(long)
	case draw < 83:
		s.askStatus()
	default:
		s.askCover()
	}
}

// turn records the next turn's trace: body runs inside the agent's span and answers what the agent said in the end. A
// failed body has marked the span already.
func (s *session) turn(input string, body func(c *recorder) string) {
	c := newRecorder(s.r, s.seed, s.turns, s.at, s.origin, s.common)
	s.turns++
	root := c.agentRun("claims-agent", "4", input)
	root.Attributes = append(root.Attributes, text("app.profile.language", string(s.clerk.profile)))
	if s.last != (trace.ID{}) {
		root.Attributes = append(root.Attributes, number("app.turn", s.turns))
	}
	c.pass(c.between(3*time.Millisecond, 15*time.Millisecond))
	c.answers(body(c))
	s.last, s.at = c.trace, c.now()
	s.spans = append(s.spans, c.spans...)
}

// pause lets the clerk think before the next turn.
func (s *session) pause() {
	s.at = s.at.Add(40*time.Second + time.Duration(s.r.Int64N(int64(14*time.Minute))))
}

// ask has the main model answer in a lane. While its provider is away it is tried three times, then another model stands
// in. It answers false when that one does not answer either; nothing joined the lane then.
func (s *session) ask(c *recorder, l *lane, u utterance) bool {
	if !s.w.calendar.outage.holds(c.now()) || s.r.IntN(12) == 0 {
		c.chat(thinker, l, u)
		return true
	}
	pause := time.Second
	for try := range 3 {
		switch s.r.IntN(3) {
		case 0:
			c.refused(thinker, l, u, 429, "rate_limit_error: too many requests, try again later", c.between(150*time.Millisecond, 500*time.Millisecond))
		default:
			c.refused(thinker, l, u, 503, "overloaded_error: the service is overloaded", c.between(700*time.Millisecond, 4*time.Second))
		}
		if try < 2 {
			c.pass(pause + c.between(0, 400*time.Millisecond))
			pause *= 2
		}
	}
	if s.r.IntN(14) == 0 {
		c.refused(extractor, l, u, 429, "rate_limit_exceeded: tokens per minute", c.between(120*time.Millisecond, 300*time.Millisecond))
		return false
	}
	c.chat(extractor, l, u)
	return true
}

// away ends a turn in which no model answered.
func (s *session) away(c *recorder) string {
	c.fail("ModelsUnavailable", "no model answered: anthropic 503, openai 429")
	s.thumb(c, false, 6, nil)
	return s.claim.write(answerLater, s.clerk.profile, "")
}

// mainLane begins the main agent's conversation.
func (s *session) mainLane(first string) *lane {
	s.main = &lane{agent: "claims-agent", prompt: agentPrompt(s.release, s.clerk.profile), tools: agentTools}
	s.main.say(said("user", first))
	return s.main
}
