package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"steward/internal/base/attr"
)

// cents is an amount of euros.
type cents int64

// json is the amount as the tools of the agent take it: a number of euros.
func (c cents) json() attr.Value {
	if c%100 == 0 {
		return attr.Int64(int64(c / 100))
	}
	f, _ := strconv.ParseFloat(fmt.Sprintf("%d.%02d", c/100, c%100), 64) // it is one
	return attr.Float64(f)
}

// in writes the amount as people do.
func (c cents) in(l language) string {
	whole := strconv.FormatInt(int64(c/100), 10)
	group, point := ",", "."
	if l == german {
		group, point = ".", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	s := whole + point + fmt.Sprintf("%02d", c%100)
	if l == german {
		return s + " €"
	}
	return "€" + s
}

type item struct {
	name  string
	price cents
}

// claim is what one claimant wants, and what the insurer knows of them.
type claim struct {
	id     string
	number string // of the policy
	who    person
	peril  *peril
	words  wording
	lang   language
	date   time.Time // of the loss
	since  int       // year in which the policy began
	items  []item
	total  cents
}

func newClaim(r *rand.Rand, l language, at time.Time) *claim {
	p := &perils[r.IntN(len(perils))]
	if !p.covered && r.IntN(2) == 0 { // such claims are rarer
		p = &perils[r.IntN(len(perils))]
	}
	c := &claim{peril: p, words: p.in[l], lang: l, who: somebody(r, l), since: at.Year() - 1 - r.IntN(14)}
	c.id = fmt.Sprintf("CL-%02d%03d-%04d", at.Year()%100, at.YearDay(), r.IntN(10_000))
	c.number = fmt.Sprintf("%s-%06d-%c", products[p.product].code, 100_000+r.IntN(900_000), "ACEGHKMPRTWX"[r.IntN(12)])
	c.date = at.AddDate(0, 0, -1-r.IntN(9)).Truncate(24 * time.Hour)
	total := cents(100*p.low) + cents(r.Int64N(int64(100*(p.high-p.low)))*int64(30+r.IntN(70))/100)
	c.total = total - total%50
	n := min(2+r.IntN(2), len(c.words.things))
	rest := c.total
	for i, k := range r.Perm(len(c.words.things))[:n] {
		price := rest
		if i < n-1 {
			price = rest * cents(35+r.IntN(30)) / 100
			price -= price % 50
		}
		rest -= price
		c.items = append(c.items, item{c.words.things[k], price})
	}
	return c
}

func (c *claim) product() product { return products[c.peril.product] }

// payout is what the terms give for it.
func (c *claim) payout() cents {
	if !c.peril.covered {
		return 0
	}
	return min(max(0, c.total-cents(100*c.product().deductible)), cents(100*c.product().sum))
}

var months = [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}

func day(t time.Time, l language) string {
	if l == german {
		return fmt.Sprintf("%d. %s", t.Day(), months[t.Month()-1])
	}
	return t.Format("2 January")
}

func (c *claim) itemList() string {
	list := make([]string, len(c.items))
	for i, it := range c.items {
		list[i] = it.name + " " + it.price.in(c.lang)
	}
	return strings.Join(list, ", ")
}

// text is what the claimant wrote, as it came over a channel.
func (c *claim) text(r *rand.Rand, channel string) string {
	body := strings.NewReplacer("{policy}", c.number, "{date}", day(c.date, c.lang), "{items}", c.itemList(), "{total}", c.total.in(c.lang)).
		Replace(one(r, c.words.claims))
	w := c.who
	if c.lang == german {
		switch channel {
		case "email":
			return fmt.Sprintf("Betreff: Schadenmeldung %s, Police %s\n\nGuten Tag,\n\n%s\n\nMit freundlichen Grüßen\n%s\n%s, %s", c.words.name, c.number, body, w.name, w.street, w.town)
		case "phone":
			return fmt.Sprintf("Gesprächsnotiz. Anruf von %s, %s, %s.\n%s", w.name, w.street, w.town, capital(body))
		case "broker":
			return fmt.Sprintf("Weitergeleitet für %s (%s, %s).\n\n%s", w.name, w.street, w.town, capital(body))
		}
		return capital(body) + "\n" + w.name + ", " + w.street + ", " + w.town
	}
	switch channel {
	case "email":
		return fmt.Sprintf("Subject: Claim, %s, policy %s\n\nDear Sir or Madam,\n\n%s\n\nKind regards\n%s\n%s, %s", c.words.name, c.number, body, w.name, w.street, w.town)
	case "phone":
		return fmt.Sprintf("Call note. %s of %s, %s rang.\n%s", w.name, w.street, w.town, body)
	case "broker":
		return fmt.Sprintf("Forwarded for %s (%s, %s).\n\n%s", w.name, w.street, w.town, body)
	}
	return body + "\n" + w.name + ", " + w.street + ", " + w.town
}

func capital(s string) string {
	for i, r := range s {
		if i > 0 {
			break
		}
		return strings.ToUpper(string(r)) + s[len(string(r)):]
	}
	return s
}

// facts is what the extraction makes of the text, with the policy number as it was read.
func (c *claim) facts(number string) string {
	items := make([]attr.Value, len(c.items))
	for i, it := range c.items {
		items[i] = attr.MapOf(attr.Attrs{text("item", it.name), {Key: "amount", Value: it.price.json()}})
	}
	return object("policy_number", number, "claimant", c.who.name, "address", c.who.street+", "+c.who.town,
		"date_of_loss", c.date.Format(time.DateOnly), "peril", c.peril.key, "items", raw(attr.ListOf(items...).Text()),
		"amount_claimed", c.total, "currency", "EUR", "language", c.lang)
}

// record is what the policy system holds.
func (c *claim) record() string {
	p := c.product()
	return object("found", true, "policy_number", c.number, "holder", c.who.name, "address", c.who.street+", "+c.who.town,
		"product", p.names[english], "since", fmt.Sprintf("%d-01-01", c.since), "sum_insured", p.sum, "deductible", p.deductible,
		"add_ons", []string{}, "premium_paid", true)
}

// lookalikes are what the second release makes of digits.
var lookalikes = strings.NewReplacer("0", "O", "1", "I", "5", "S", "8", "B")

// misread is the number as the second release reads it: one digit becomes the letter that looks like it. It answers the
// number itself where there is none.
func misread(number string) string {
	for i := 3; i < len(number)-2; i++ {
		if wrong := lookalikes.Replace(number[i : i+1]); wrong != number[i:i+1] {
			return number[:i] + wrong + number[i+1:]
		}
	}
	return number
}
