package demo

import "strings"

// Letters and answers. Slots: {name} {id} {loss} {policy} {total} {payout} {deductible} {clause} {terms} {denied} {read}.

var (
	letterPaid = map[language]string{
		english: "Dear {name},\n\nthank you for your report about the {loss}. We have looked at policy {policy}: the damage is covered under clause {clause}.\n\nOf the {total} that you claim we take off the agreed deductible of {deductible} and pay {payout}. The money reaches your account within five working days; there is nothing else you need to do. If further costs of the same loss turn up, send us the invoice and name the claim {id}.\n\nKind regards\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nvielen Dank für Ihre Meldung ({loss}). Wir haben die Police {policy} geprüft: Der Schaden ist nach Ziffer {clause} versichert.\n\nVon den geltend gemachten {total} ziehen wir die vereinbarte Selbstbeteiligung von {deductible} ab und zahlen {payout}. Das Geld ist innerhalb von fünf Arbeitstagen auf Ihrem Konto, Sie müssen nichts weiter tun. Zeigen sich weitere Kosten desselben Schadens, senden Sie uns die Rechnung und nennen Sie den Vorgang {id}.\n\nMit freundlichen Grüßen\nTarnwick Versicherung, Schadenabteilung",
	}
	letterPaidInFull = map[language]string{
		english: "Dear {name},\n\nthank you for telling us about the {loss}. It is covered by policy {policy} under clause {clause}, and no deductible is agreed.\n\nWe pay {payout} directly to the person who suffered the damage. Please send them the claim number {id} so that they can tell us their bank details.\n\nKind regards\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nvielen Dank für Ihre Meldung ({loss}). Der Schaden ist durch die Police {policy} nach Ziffer {clause} versichert, eine Selbstbeteiligung ist nicht vereinbart.\n\nWir zahlen {payout} direkt an die geschädigte Person. Bitte geben Sie ihr den Vorgang {id} weiter, damit sie uns ihre Bankverbindung nennen kann.\n\nMit freundlichen Grüßen\nTarnwick Versicherung, Schadenabteilung",
	}
	letterBelow = map[language]string{
		english: "Dear {name},\n\nwe have looked at your report about the {loss} under policy {policy}. The damage is covered by clause {clause}, but at {total} it does not exceed the agreed deductible of {deductible}, so there is no payment.\n\nShould the repair cost more than expected, send us the invoice under claim {id}.\n\nKind regards\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nwir haben Ihre Meldung ({loss}) zur Police {policy} geprüft. Der Schaden ist nach Ziffer {clause} versichert, liegt mit {total} aber nicht über der vereinbarten Selbstbeteiligung von {deductible}. Deshalb zahlen wir nichts aus.\n\nWird die Reparatur teurer als gedacht, senden Sie uns die Rechnung zum Vorgang {id}.\n\nMit freundlichen Grüßen\nTarnwick Versicherung, Schadenabteilung",
	}
	letterNotCovered = map[language]string{
		english: "Dear {name},\n\nwe are sorry to hear about the {loss}. We have looked at policy {policy} closely and cannot pay for it. {denied} That is clause {clause} of the terms.\n\nIf you see it differently, write to us under claim {id}; a person will then look at it again.\n\nKind regards\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nes tut uns leid, dass Sie diesen Schaden hatten ({loss}). Wir haben die Police {policy} genau geprüft und können dafür nicht zahlen. {denied} So steht es in Ziffer {clause} der Bedingungen.\n\nSehen Sie es anders, schreiben Sie uns zum Vorgang {id}; dann sieht sich ein Mensch die Sache noch einmal an.\n\nMit freundlichen Grüßen\nTarnwick Versicherung, Schadenabteilung",
	}
	letterUnknown = map[language]string{
		english: "Dear {name},\n\nthank you for your report about the {loss}. We have searched for the policy {read} and found none of that number. Without a policy there is no cover, so we have to decline the claim of {total}.\n\nIf you have a policy with us, please send us a copy of it and name the claim {id}.\n\nKind regards\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nvielen Dank für Ihre Meldung ({loss}). Wir haben nach der Police {read} gesucht und unter dieser Nummer keine gefunden. Ohne Police besteht kein Versicherungsschutz, daher müssen wir die Forderung von {total} ablehnen.\n\nFalls Sie bei uns versichert sind, senden Sie uns bitte eine Kopie der Police und nennen Sie den Vorgang {id}.\n\nMit freundlichen Grüßen\nTarnwick Versicherung, Schadenabteilung",
	}
	// letterThin is what is left when no terms were found: no clause, no reason.
	letterThin = map[language]string{
		english: "Dear {name},\n\nthank you for your report about the {loss}. We pay {payout}. On which of the terms that rests we cannot tell you at the moment.\n\nClaim {id}\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nvielen Dank für Ihre Meldung ({loss}). Wir zahlen {payout}. Auf welche Bedingung sich das stützt, können wir Ihnen derzeit nicht sagen.\n\nVorgang {id}\nTarnwick Versicherung, Schadenabteilung",
	}
	letterThinDenied = map[language]string{
		english: "Dear {name},\n\nthank you for your report about the {loss}. We could not establish that it is covered and do not pay for it. We have no reason that we could name to you at the moment.\n\nClaim {id}\nTarnwick Mutual, claims desk",
		german:  "Guten Tag {name},\n\nvielen Dank für Ihre Meldung ({loss}). Ob der Schaden versichert ist, konnten wir nicht feststellen, wir zahlen ihn deshalb nicht. Eine Begründung können wir Ihnen derzeit nicht nennen.\n\nVorgang {id}\nTarnwick Versicherung, Schadenabteilung",
	}
	answerParked = map[language]string{
		english: "The estimate for claim {id} is still pending after many attempts. I have given the claim to a colleague, who will ask the workshop by telephone. Nothing is decided yet.",
		german:  "Der Kostenvoranschlag zum Vorgang {id} liegt nach vielen Versuchen immer noch nicht vor. Ich habe den Vorgang an eine Kollegin gegeben, die in der Werkstatt anruft. Entschieden ist noch nichts.",
	}
	answerLater = map[language]string{
		english: "I could not work on claim {id}: none of the models answered. Please hand it in again later, nothing is lost.",
		german:  "Ich konnte den Vorgang {id} nicht bearbeiten: Keines der Modelle hat geantwortet. Bitte reichen Sie ihn später noch einmal ein, es ist nichts verloren gegangen.",
	}
	answerByHand = map[language]string{
		english: "I could not read this claim by machine and have given it to a colleague. Claim number {id}.",
		german:  "Ich konnte diese Meldung nicht maschinell lesen und habe sie an eine Kollegin gegeben. Vorgang {id}.",
	}
	coverFound = map[language]string{
		english: "Covered. The loss falls under clause {clause}, and nothing in the text points to an exclusion. The policy was in force and paid on the date of loss.",
		german:  "Versichert. Der Schaden fällt unter Ziffer {clause}, und nichts im Text spricht für einen Ausschluss. Die Police war am Schadentag in Kraft und bezahlt.",
	}
	coverDenied = map[language]string{
		english: "Not covered. Clause {clause} applies: {terms}",
		german:  "Nicht versichert. Es gilt Ziffer {clause}: {terms}",
	}
	coverOpen = map[language]string{
		english: "No terms were found for this loss, so I cannot say on which clause cover rests.",
		german:  "Zu diesem Schaden wurden keine Bedingungen gefunden, ich kann daher nicht sagen, auf welche Ziffer sich die Deckung stützt.",
	}
)

// write fills a letter's slots for a claim; clause and terms are quoted in the claim's own words of that language.
func (c *claim) write(letter map[language]string, l language, read string) string {
	w, p := c.peril.in[l], c.product()
	return strings.NewReplacer("{name}", c.who.name, "{id}", c.id, "{loss}", w.name, "{policy}", c.number, "{total}", c.total.in(l),
		"{payout}", c.payout().in(l), "{deductible}", cents(100*p.deductible).in(l), "{clause}", w.clause, "{terms}", w.terms,
		"{denied}", w.denied, "{read}", read).Replace(letter[l])
}

// letter is the one that the facts call for.
func (c *claim) letter(found bool) map[language]string {
	switch {
	case !found && (!c.peril.covered || c.payout() == 0):
		return letterThinDenied
	case !found:
		return letterThin
	case !c.peril.covered:
		return letterNotCovered
	case c.payout() == 0:
		return letterBelow
	case c.product().deductible == 0:
		return letterPaidInFull
	}
	return letterPaid
}
