package demo

import (
	"strings"
	"time"

	"steward/internal/base/attr"
)

// general are the clauses that hold for every product.
var general = map[language][]wording{
	english: {
		{clause: "1.2 Deductible", terms: "The agreed deductible is taken off each loss once, however many things were damaged by it."},
		{clause: "1.4 Duty to report", terms: "Losses are to be reported within 14 days, thefts to the police without delay. Late reports cost nothing as long as they do not keep us from establishing what happened."},
		{clause: "1.7 Gross negligence", terms: "Losses caused by gross negligence are insured in full up to 10,000 euros and in proportion to the fault beyond it."},
	},
	german: {
		{clause: "1.2 Selbstbeteiligung", terms: "Die vereinbarte Selbstbeteiligung wird je Schaden einmal abgezogen, gleich wie viele Sachen betroffen sind."},
		{clause: "1.4 Anzeigepflicht", terms: "Schäden sind innerhalb von 14 Tagen zu melden, Diebstähle unverzüglich der Polizei. Eine späte Meldung schadet nicht, solange sie die Feststellung des Hergangs nicht verhindert."},
		{clause: "1.7 Grobe Fahrlässigkeit", terms: "Grob fahrlässig verursachte Schäden sind bis 10.000 Euro voll und darüber hinaus nach Schwere des Verschuldens versichert."},
	},
}

// found is a clause that a retrieval answers, with how near it is.
type found struct {
	id, content, title string
	score              float64
}

// search asks the index of terms about a peril. After the index was rebuilt it holds no German terms.
func (c *recorder) search(w *World, p *peril, l language, agent string) []found {
	version := "41"
	rebuilt := !c.now().Before(w.calendar.rebuilt)
	if rebuilt {
		version = "42"
	}
	words := p.in[l]
	c.begin("retrieval policy-terms", "client", text("gen_ai.operation.name", "retrieval"), text("gen_ai.data_source.id", "policy-terms"),
		text("gen_ai.retrieval.query.text", words.name+" "+products[p.product].names[l]), number("gen_ai.retrieval.top_k", 3),
		text("app.index.version", version), text("app.index.language", string(l)), text("gen_ai.agent.name", agent))
	var got []found
	if !rebuilt || l == english {
		near := 0.78 + 0.16*c.r.Float64()
		add := func(words wording, folder string, score float64) {
			number, _, _ := strings.Cut(words.clause, " ")
			got = append(got, found{folder + "/" + number + "/" + string(l), words.clause + ". " + words.terms, words.clause, score})
		}
		add(words, p.product, near)
		for i, k := range c.r.Perm(len(general[l]))[:2] {
			add(general[l][k], "general", near-0.2-0.1*float64(i)-0.05*c.r.Float64())
		}
		c.pass(c.between(25*time.Millisecond, 110*time.Millisecond))
	} else {
		c.pass(c.between(4*time.Millisecond, 12*time.Millisecond))
	}
	list := make([]attr.Value, len(got))
	for i, f := range got {
		list[i] = attr.MapOf(attr.Attrs{text("id", f.id), text("content", f.content), {Key: "score", Value: attr.Float64(float64(int(f.score*1000)) / 1000)},
			{Key: "metadata", Value: attr.MapOf(attr.Attrs{text("title", f.title), text("language", string(l))})}})
	}
	c.end(text("gen_ai.retrieval.documents", attr.ListOf(list...).Text()))
	return got
}

// terms is how the agent is told what was found.
func terms(got []found) string {
	if len(got) == 0 {
		return "Terms found: none."
	}
	var b strings.Builder
	b.WriteString("Terms found:")
	for _, f := range got {
		b.WriteString("\n- " + f.content)
	}
	return b.String()
}
