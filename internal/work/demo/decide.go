package demo

import (
	"fmt"
	"strings"
	"time"
)

// decide is the agent's main work: a claim comes in, a letter goes out. Follow-ups may come after it.
func (s *session) decide(long bool) {
	again := true
	incoming := s.claim.text(s.r, s.channel)
	s.turn(incoming, func(c *recorder) string {
		if !s.read(c, incoming) {
			again = false
			return s.claim.write(answerByHand, s.clerk.profile, "")
		}
		number := s.extract(c, incoming)
		facts := "Claim " + s.claim.id + ". Facts taken out:\n" + s.claim.facts(number)
		first := incoming + "\n\n" + facts
		if long {
			first = incoming + "\n\n" + claimFile(s.r, s.claim) + "\n\n" + facts
		}
		l := s.mainLane(first)
		k := c.toolCall("look_up_policy", object("policy_number", number))
		if !s.ask(c, l, utterance{calls: []call{k}}) {
			again = false
			return s.away(c)
		}
		if long { // the application takes the file out again once it was read
			l.messages[0] = said("user", incoming+"\n\n[claim file of 1 document left out]\n\n"+facts)
			l.size = len(l.messages[0]) + len(l.messages[1])
		}
		if number != s.claim.number {
			again = false
			return s.unknown(c, l, k, number)
		}
		c.execute(l, k, s.claim.record(), c.between(60*time.Millisecond, 380*time.Millisecond))
		letter, ok := s.settle(c, l)
		again = again && ok
		return letter
	})
	if again {
		s.followUp()
	}
}

// read sorts the claim. It answers false when the model's filter held the answer back.
func (s *session) read(c *recorder, incoming string) bool {
	l := &lane{agent: "claims-agent", prompt: readPrompt}
	l.say(said("user", incoming))
	p := s.claim.peril
	if (p.key == "deer" || p.key == "burglary") && s.env == production && s.r.IntN(55) == 0 {
		c.chat(reader, l, utterance{finish: "content_filter", json: true})
		return false
	}
	c.chat(reader, l, utterance{json: true, content: object("language", s.claim.lang, "kind", "claim", "peril", p.key,
		"urgency", one(s.r, []string{"low", "normal", "normal", "normal", "high"}), "summary", summary(s.claim))})
	return true
}

func summary(c *claim) string {
	return fmt.Sprintf("%s reports %s on %s and claims %s.", c.who.name, c.peril.in[english].name, day(c.date, english), c.total.in(english))
}

// extract takes the facts out and answers the policy number as it was read.
func (s *session) extract(c *recorder, incoming string) string {
	m := extractor
	cal := &s.w.calendar
	share := 5 // one in so many goes to the model of the house
	if s.env == staging {
		share = 2
	}
	if !c.now().Before(cal.selfHosted) && s.r.IntN(share) == 0 {
		m = tuned
	}
	number := s.claim.number
	if s.release == secondRelease && m == extractor && s.env == production && s.r.IntN(3) == 0 {
		number = misread(number)
	}
	l := &lane{agent: "claims-agent", prompt: extractPrompt(s.release)}
	l.say(said("user", incoming))
	span := c.chat(m, l, utterance{json: true, content: s.claim.facts(number)})
	s.checked(c, span, number)
	return number
}

// unknown is what comes of a wrong policy number: a letter that declines, or a failure three steps later.
func (s *session) unknown(c *recorder, l *lane, k call, number string) string {
	c.execute(l, k, object("found", false, "error", raw(object("code", "POLICY_NOT_FOUND", "message", "no policy "+number))),
		c.between(60*time.Millisecond, 380*time.Millisecond))
	if s.r.IntN(3) == 0 { // goes on without a policy, until the sum cannot be computed
		got := c.search(s.w, s.claim.peril, s.claim.lang, l.agent)
		l.say(said("user", terms(got)))
		k := c.toolCall("compute_payout", object("claim_id", s.claim.id, "damage", s.claim.total, "deductible", nil, "sum_insured", nil))
		if !s.ask(c, l, utterance{content: s.claim.write(coverFound, s.clerk.profile, ""), calls: []call{k}}) {
			return s.away(c)
		}
		const why = "compute_payout: deductible is null, must be a number"
		c.start(l, k)
		c.pass(c.between(2*time.Millisecond, 6*time.Millisecond))
		c.fail("ValidationError", why)
		c.end()
		c.fail("PayoutError", why)
		s.thumb(c, false, 3, downUnknown[s.claim.lang])
		return ""
	}
	letter := s.claim.write(letterUnknown, s.clerk.profile, number)
	if !s.ask(c, l, utterance{content: letter}) {
		return s.away(c)
	}
	s.thumb(c, false, 3, downUnknown[s.claim.lang])
	s.judged(c, 0.34, "The letter declines for want of a policy and does not ask for the number again.")
	return letter
}

// settle goes from the policy to the letter. It answers false when the matter ended before.
func (s *session) settle(c *recorder, l *lane) (string, bool) {
	found, ok := s.cover(c, l)
	if !ok {
		return s.away(c), false
	}
	if s.claim.peril.repair && s.claim.total >= 150_000 {
		parked, ok := s.estimate(c, l)
		if !ok {
			return s.away(c), false
		}
		if parked {
			s.thumb(c, false, 5, downParked[s.claim.lang])
			return s.claim.write(answerParked, s.clerk.profile, ""), false
		}
	}
	if s.claim.peril.covered {
		if !s.compute(c, l, found) {
			return s.away(c), false
		}
	}
	return s.letter(c, l, found)
}

// compute has the sum computed; now and then the arguments do not fit and the tool sends them back.
func (s *session) compute(c *recorder, l *lane, found bool) bool {
	p := s.claim.product()
	why := coverFound
	if !found {
		why = coverOpen
	}
	content := s.claim.write(why, s.clerk.profile, "")
	if s.env == production && s.r.IntN(160) == 0 {
		k := c.toolCall("compute_payout", object("claim_id", s.claim.id, "damage", s.claim.total.in(german), "deductible", p.deductible))
		if !s.ask(c, l, utterance{content: content, calls: []call{k}}) {
			return false
		}
		c.execute(l, k, object("isError", true, "error", "damage must be a number of euros; sum_insured is missing"), c.between(2*time.Millisecond, 6*time.Millisecond))
		content = ""
	}
	k := c.toolCall("compute_payout", object("claim_id", s.claim.id, "damage", s.claim.total, "deductible", p.deductible, "sum_insured", p.sum))
	if !s.ask(c, l, utterance{content: content, calls: []call{k}}) {
		return false
	}
	c.execute(l, k, object("payout", s.claim.payout(), "currency", "EUR", "basis", "damage less deductible, at most the sum insured"),
		c.between(5*time.Millisecond, 25*time.Millisecond))
	return true
}

// letter writes the decision; once in a while it is cut at the limit of tokens.
func (s *session) letter(c *recorder, l *lane, found bool) (string, bool) {
	letter := s.claim.write(s.claim.letter(found), s.clerk.profile, "")
	if s.env == production && len(letter) > 480 && s.r.IntN(130) == 0 {
		cut := strings.ToValidUTF8(letter[:380], "")
		if !s.ask(c, l, utterance{content: cut, finish: "length", most: tokens(len(cut))}) {
			return s.away(c), false
		}
		s.thumb(c, false, 2, nil)
		s.judged(c, 0.2, "The letter ends in the middle of a sentence.")
		return cut, true
	}
	if !s.ask(c, l, utterance{content: letter}) {
		return s.away(c), false
	}
	s.opinion(c, found)
	return letter, true
}

// cover finds out whether the loss is insured, by itself or through the coverage agent. found says whether there were
// terms to rest on.
func (s *session) cover(c *recorder, l *lane) (found, ok bool) {
	hard := s.claim.total > 550_000 || !s.claim.peril.covered || s.r.IntN(12) == 0
	if s.claim.peril.theft && s.claim.total > 200_000 && !s.suspect(c, l) {
		return false, false
	}
	if !hard {
		got := c.search(s.w, s.claim.peril, s.claim.lang, l.agent)
		l.say(said("user", terms(got)))
		return len(got) > 0, true
	}
	k := c.toolCall("transfer_to_coverage_agent", object("claim_id", s.claim.id, "question", "Is this "+s.claim.peril.in[english].name+" covered?"))
	if !s.ask(c, l, utterance{calls: []call{k}}) {
		return false, false
	}
	c.start(l, k)
	question := "Facts:\n" + s.claim.facts(s.claim.number) + "\n\nPolicy:\n" + s.claim.record()
	c.agentRun("coverage-agent", "2", question)
	got := c.search(s.w, s.claim.peril, s.claim.lang, "coverage-agent")
	sub := &lane{agent: "coverage-agent", prompt: coveragePrompt}
	sub.say(said("user", question+"\n\n"+terms(got)))
	why := coverFound
	switch {
	case len(got) == 0:
		why = coverOpen
	case !s.claim.peril.covered:
		why = coverDenied
	}
	verdict := s.claim.write(why, s.clerk.profile, "")
	ok = s.ask(c, sub, utterance{content: verdict})
	if !ok {
		verdict = ""
	}
	c.answers(verdict)
	result := object("from", "coverage-agent", "answer", verdict)
	c.end(text("gen_ai.tool.call.result", result))
	l.say(toolAnswered(k.id, result))
	return len(got) > 0, ok
}

// suspect has the fraud agent look at a theft.
func (s *session) suspect(c *recorder, l *lane) bool {
	k := c.toolCall("transfer_to_fraud_agent", object("claim_id", s.claim.id))
	if !s.ask(c, l, utterance{calls: []call{k}}) {
		return false
	}
	c.start(l, k)
	question := "Claim " + s.claim.id + ", policy " + s.claim.number + ": " + summary(s.claim)
	c.agentRun("fraud-agent", "1", question)
	sub := &lane{agent: "fraud-agent", prompt: fraudPrompt, tools: fraudTools}
	sub.say(said("user", question))
	history := c.toolCall("check_claim_history", object("policy_number", s.claim.number))
	verdict := ""
	ok := s.ask(c, sub, utterance{calls: []call{history}})
	if ok {
		earlier := s.r.IntN(3)
		c.execute(sub, history, object("claims_last_five_years", earlier, "open", 0, "flags", []string{}), c.between(40*time.Millisecond, 200*time.Millisecond))
		verdict = fmt.Sprintf("clear: %d earlier claims in five years, none open", earlier)
		ok = s.ask(c, sub, utterance{content: verdict})
	}
	c.answers(verdict)
	result := object("from", "fraud-agent", "answer", verdict)
	c.end(text("gen_ai.tool.call.result", result))
	l.say(toolAnswered(k.id, result))
	return ok
}

// estimate asks the workshops. On the day of the loop they answer "pending" for ever; parked says that the agent gave up.
func (s *session) estimate(c *recorder, l *lane) (parked, ok bool) {
	arguments := object("claim_id", s.claim.id, "peril", s.claim.peril.key, "amount_claimed", s.claim.total)
	next := func() call { return c.toolCall("get_repair_estimate", arguments) }
	if s.env == production && s.w.calendar.loop.holds(c.now()) && s.r.IntN(4) > 0 {
		for range 10 + s.r.IntN(11) {
			k := next()
			if !s.ask(c, l, utterance{calls: []call{k}}) {
				return false, false
			}
			c.execute(l, k, pending(s.claim), c.between(150*time.Millisecond, 600*time.Millisecond))
		}
		k := c.toolCall("transfer_to_human", object("claim_id", s.claim.id, "reason", "repair estimate still pending"))
		if !s.ask(c, l, utterance{calls: []call{k}}) {
			return false, false
		}
		c.execute(l, k, object("queue", "claims-desk", "accepted", true), c.between(20*time.Millisecond, 80*time.Millisecond))
		return true, s.ask(c, l, utterance{content: s.claim.write(answerParked, s.clerk.profile, "")})
	}
	k := next()
	if !s.ask(c, l, utterance{calls: []call{k}}) {
		return false, false
	}
	if s.env == production && s.r.IntN(70) == 0 {
		c.execute(l, k, `{"isError":true,"content":[{"type":"text","text":"workshop network: connection reset after 5 s"}]}`, c.between(5*time.Second, 5200*time.Millisecond))
		return false, true
	}
	low := s.claim.total * cents(88+s.r.IntN(10)) / 100
	c.execute(l, k, object("status", "ready", "estimate", low-low%100, "currency", "EUR", "workshop", fmt.Sprintf("W-%03d", 100+s.r.IntN(60)), "valid_days", 30),
		c.between(200*time.Millisecond, 1400*time.Millisecond))
	return false, true
}

// pending is the answer that the agent should have understood: it says to come back later, at length.
func pending(c *claim) string {
	workshops := make([]string, 24)
	for i := range workshops {
		workshops[i] = object("workshop", fmt.Sprintf("W-%03d", 103+7*i), "distance_km", 3+i*2, "queue", 2+i%5, "next_slot", "unknown", "rate_eur_per_hour", 88+i%9)
	}
	return object("status", "pending", "message", "The estimate is being prepared. Please ask again later.", "claim_id", c.id,
		"asked", raw("["+strings.Join(workshops, ",")+"]"))
}

// followUp is what the clerk asks after a decision.
func (s *session) followUp() {
	if s.env == staging {
		return
	}
	wrong := s.clerk.id == complainer
	n := 0
	for _, of := range []int{36, 30, 25} { // per cent that go on, each time
		if wrong && n == 0 {
			of = 70
		}
		if s.r.IntN(100) >= of {
			break
		}
		n++
	}
	order := s.r.Perm(len(followUps))
	for i := range n {
		s.pause()
		e, ask := followUps[order[i]], s.clerk.speaks
		if wrong && i < len(wrongLanguage) {
			e = wrongLanguage[i]
		}
		s.exchange(e, ask)
	}
}

// exchange is a turn in which the clerk asks and the agent answers, after a tool where there is one.
func (s *session) exchange(e exchange, ask language) {
	question := s.claim.write(e.ask, ask, "")
	s.turn(question, func(c *recorder) string {
		l := s.main
		if l == nil {
			l = s.mainLane(question)
		} else {
			l.say(said("user", question))
		}
		answer := s.claim.write(e.answer, s.clerk.profile, "")
		if e.tool != "" {
			arguments, result := object("claim_id", s.claim.id), object("claim_id", s.claim.id, "policy_number", s.claim.number, "holder", s.claim.who.name,
				"loss", s.claim.peril.key, "claimed", s.claim.total, "state", "decided", "payout", s.claim.payout())
			if e.tool == "transfer_to_human" {
				arguments, result = object("claim_id", s.claim.id, "reason", "the claimant asks for a person"), object("queue", "claims-desk", "accepted", true)
			}
			k := c.toolCall(e.tool, arguments)
			if !s.ask(c, l, utterance{calls: []call{k}}) {
				return s.away(c)
			}
			c.execute(l, k, result, c.between(30*time.Millisecond, 160*time.Millisecond))
		}
		if !s.ask(c, l, utterance{content: answer}) {
			return s.away(c)
		}
		s.chatted(c)
		return answer
	})
}

// askStatus is a session about a claim of an earlier day.
func (s *session) askStatus() {
	for s.claim.payout() == 0 { // the answers speak of a payment
		s.claim = newClaim(s.r, s.clerk.speaks, s.at.AddDate(0, 0, -3))
	}
	s.exchange(one(s.r, statusQuestions), s.clerk.speaks)
	if s.env == production && s.r.IntN(4) == 0 {
		s.pause()
		s.exchange(followUps[s.r.IntN(2)], s.clerk.speaks)
	}
}

// askCover is a question about the terms.
func (s *session) askCover() {
	l := s.clerk.speaks
	question := strings.NewReplacer("{loss}", s.claim.words.name, "{product}", s.claim.product().names[l]).Replace(one(s.r, coverQuestions[l]))
	s.turn(question, func(c *recorder) string {
		got := c.search(s.w, s.claim.peril, l, "claims-agent")
		lane := s.mainLane(question + "\n\n" + terms(got))
		why := coverAnswer
		if len(got) == 0 {
			why = coverSilence
		}
		answer := s.claim.write(why, s.clerk.profile, "")
		if !s.ask(c, lane, utterance{content: answer}) {
			return s.away(c)
		}
		if len(got) == 0 {
			s.thumb(c, false, 6, downThin[l])
		} else {
			s.chatted(c)
		}
		return answer
	})
}
