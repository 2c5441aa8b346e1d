package demo

// exchange is what a clerk says and what the agent answers. Slots are those of letters.
type exchange struct {
	ask, answer map[language]string
	tool        string // called first, "" for none
}

// followUps come after a claim that was decided.
var followUps = []exchange{
	{ask: map[language]string{
		english: "The claimant is on the phone: when exactly does the money arrive?",
		german:  "Der Kunde ist am Telefon: Wann genau kommt das Geld?",
	}, answer: map[language]string{
		english: "Claim {id} was released for payment today, {payout}. It takes up to five working days; most banks book it on the second.",
		german:  "Vorgang {id} wurde heute zur Zahlung freigegeben, {payout}. Es dauert bis zu fünf Arbeitstage, die meisten Banken buchen am zweiten.",
	}, tool: "get_claim_status"},
	{ask: map[language]string{
		english: "Why is the deductible taken off? They say they never had one.",
		german:  "Warum wird die Selbstbeteiligung abgezogen? Angeblich gab es nie eine.",
	}, answer: map[language]string{
		english: "The policy {policy} has a deductible of {deductible} for each loss since it began. It stands on page one of the policy document, below the sum insured.",
		german:  "Die Police {policy} hat seit Beginn eine Selbstbeteiligung von {deductible} je Schaden. Sie steht auf der ersten Seite des Versicherungsscheins unter der Versicherungssumme.",
	}},
	{ask: map[language]string{
		english: "They have moved. Please use the new address for the letter: 4 Millrace Lane, Stonemere.",
		german:  "Sie sind umgezogen. Bitte für das Schreiben die neue Adresse verwenden: Hopfenweg 4, Seefurt.",
	}, answer: map[language]string{
		english: "Noted for claim {id}; the letter goes to the new address. The policy itself is not changed by this, the claimant should tell the contracts desk as well.",
		german:  "Für den Vorgang {id} vermerkt, das Schreiben geht an die neue Adresse. Die Police selbst ändert sich dadurch nicht, der Kunde sollte es auch der Vertragsabteilung mitteilen.",
	}},
	{ask: map[language]string{
		english: "One more receipt turned up after the letter. Do I have to open a new claim for it?",
		german:  "Nach dem Brief ist noch ein Beleg aufgetaucht. Muss ich dafür einen neuen Vorgang anlegen?",
	}, answer: map[language]string{
		english: "No. Attach it to claim {id}. As long as it belongs to the same loss the deductible is not taken off a second time.",
		german:  "Nein. Hängen Sie ihn an den Vorgang {id}. Solange er zum selben Schaden gehört, wird die Selbstbeteiligung kein zweites Mal abgezogen.",
	}},
	{ask: map[language]string{
		english: "The claimant does not accept this and wants to speak to a person.",
		german:  "Der Kunde akzeptiert das nicht und möchte mit einem Menschen sprechen.",
	}, answer: map[language]string{
		english: "I have given claim {id} to a colleague with everything that was said so far. They call back by tomorrow noon.",
		german:  "Ich habe den Vorgang {id} mit allem bisher Gesagten an eine Kollegin gegeben. Sie ruft bis morgen Mittag zurück.",
	}, tool: "transfer_to_human"},
}

// wrongLanguage is how the complainer goes on; the agent stays with the profile's language.
var wrongLanguage = []exchange{
	{ask: map[language]string{german: "Das Schreiben ist auf Englisch. Der Kunde hat auf Deutsch geschrieben, bitte noch einmal auf Deutsch."},
		answer: map[language]string{english: "I understand. Letters are written in the language of your profile, which is English. The letter for claim {id} stays as it is."}},
	{ask: map[language]string{german: "Schon wieder Englisch! Ich arbeite auf Deutsch, meine Kunden schreiben auf Deutsch."},
		answer: map[language]string{english: "I am sorry for the trouble. Your profile says English, and I have to follow it. The decision on claim {id} is not affected."}},
}

// statusQuestions are sessions of their own about claims of earlier days.
var statusQuestions = []exchange{
	{ask: map[language]string{
		english: "Where does {id} stand? {name} is asking for the second time.",
		german:  "Wie ist der Stand bei {id}? {name} fragt schon zum zweiten Mal.",
	}, answer: map[language]string{
		english: "{id} ({loss}, {name}) is decided: {payout} were paid out. The letter went out the same day.",
		german:  "{id} ({loss}, {name}) ist entschieden: {payout} wurden ausgezahlt. Das Schreiben ging am selben Tag hinaus.",
	}, tool: "get_claim_status"},
	{ask: map[language]string{
		english: "Is anything missing for {id}, or can I tell {name} that it is being worked on?",
		german:  "Fehlt bei {id} noch etwas, oder kann ich {name} sagen, dass es in Arbeit ist?",
	}, answer: map[language]string{
		english: "Nothing is missing for {id}. {total} are claimed, the decision is due within two working days.",
		german:  "Bei {id} fehlt nichts. Geltend gemacht sind {total}, die Entscheidung fällt innerhalb von zwei Arbeitstagen.",
	}, tool: "get_claim_status"},
	{ask: map[language]string{
		english: "Please read me the decision on {id} in one sentence.",
		german:  "Bitte lies mir die Entscheidung zu {id} in einem Satz vor.",
	}, answer: map[language]string{
		english: "Of {total} claimed for the {loss}, {payout} are paid under policy {policy}.",
		german:  "Von {total} werden unter der Police {policy} {payout} gezahlt ({loss}).",
	}, tool: "get_claim_status"},
}

// coverQuestions are asked before anything happened; the terms of a peril answer them.
var coverQuestions = map[language][]string{
	english: {
		"A customer asks before signing: how are we on \"{loss}\"? What exactly is insured, and what is not?",
		"Quick question from the counter, {product}: do we pay in a case like \"{loss}\", and what do they have to bring?",
		"Which clause says what happens with \"{loss}\"? I need it for a letter.",
	},
	german: {
		"Eine Kundin fragt vor dem Abschluss: Wie halten wir es mit „{loss}“? Was ist genau versichert und was nicht?",
		"Kurze Frage vom Schalter, {product}: Zahlen wir bei „{loss}“, und was müssen die Leute mitbringen?",
		"In welcher Ziffer steht, was bei „{loss}“ gilt? Ich brauche es für ein Schreiben.",
	},
}

var (
	coverAnswer = map[language]string{
		english: "Clause {clause} settles it. {terms}",
		german:  "Das regelt Ziffer {clause}. {terms}",
	}
	coverSilence = map[language]string{
		english: "I found nothing about this in the terms and would rather not guess. Please ask the contracts desk.",
		german:  "Dazu habe ich in den Bedingungen nichts gefunden und möchte nicht raten. Bitte fragen Sie die Vertragsabteilung.",
	}
)

// What people say with their thumbs.

var (
	thumbsUp = map[language][]string{
		english: {"", "", "", "Saved me half an hour.", "Right clause, right sum.", "The letter could go out as it was.", "Clear and polite."},
		german:  {"", "", "", "Spart mir eine halbe Stunde.", "Richtige Ziffer, richtiger Betrag.", "Das Schreiben konnte so hinaus.", "Klar und freundlich."},
	}
	thumbsDown = map[language][]string{
		english: {"Too long for such a small claim.", "Tone is a bit stiff.", "I would have asked for the invoice first.", ""},
		german:  {"Für so einen kleinen Schaden zu lang.", "Etwas steif im Ton.", "Ich hätte erst die Rechnung angefordert.", ""},
	}
	downUnknown = map[language][]string{
		english: {"The policy exists! Its number stands in the message.", "Denied although I can see the policy on my screen.", "Wrong policy number in the letter, there is a letter where a digit should be.", "Customer is furious, the policy has been paid for years."},
		german:  {"Die Police gibt es! Die Nummer steht doch in der Meldung.", "Abgelehnt, obwohl ich die Police auf dem Bildschirm habe.", "Falsche Policennummer im Brief, da steht ein Buchstabe statt einer Ziffer.", "Der Kunde ist wütend, er zahlt seit Jahren."},
	}
	downThin = map[language][]string{
		english: {"No clause, no reason. I cannot send that."},
		german:  {"Keine Ziffer, keine Begründung. So kann ich das nicht verschicken.", "Seit gestern nennt er keine Bedingungen mehr.", "Worauf stützt sich das? Der Kunde wird fragen."},
	}
	downLanguage = []string{"Wieder auf Englisch!", "Brief auf Englisch, Kunde schreibt Deutsch.", "Ich habe es dreimal gesagt: Deutsch bitte.", "Musste alles selbst übersetzen.", "Englisch. Unbrauchbar."}
	downParked   = map[language][]string{
		english: {"It has been asking for the estimate for minutes and then gave up."},
		german:  {"Fragt minutenlang nach dem Kostenvoranschlag und gibt dann auf."},
	}
)
