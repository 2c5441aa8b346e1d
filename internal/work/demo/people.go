package demo

import (
	"fmt"
	"math/rand/v2"
)

// language is what a claim is written in.
type language string

const (
	english language = "en"
	german  language = "de"
)

// clerk is a user of the agent: who takes claims in at the insurer's desks and brokers.
type clerk struct {
	id      string
	speaks  language
	profile language // what the profile says, which decides the language of letters
}

// complainer is the clerk whose profile is wrong: she handles German claims and gets every letter in English.
const complainer = "petra.lindqvist"

// clerks are the users. Roughly every second one handles German claims.
var clerks = func() []clerk {
	list := []clerk{{complainer, german, english}}
	for i, id := range []string{
		"aisling.moor", "anselm.brandl", "bela.varga", "birte.lohse", "callum.finn", "carsten.ruh", "chidi.obi", "dagmar.weil",
		"deirdre.lane", "dunja.horvat", "emre.tas", "ewald.kern", "fiona.grady", "freya.lund", "goran.babic", "gudrun.stahl",
		"harun.demir", "heike.voss", "imogen.carr", "ingo.rath", "joan.tully", "jana.pohl", "kieran.dow", "korbinian.lutz",
		"lena.arndt", "liam.roche", "maeve.quill", "matthis.oehler", "niamh.ward", "nele.brink", "oisin.hart", "otto.zell",
		"padma.rao", "rike.saal", "rory.penn", "sabine.thoma", "tadhg.burn", "ulrike.moll",
	} {
		l := english
		if i%2 == 1 {
			l = german
		}
		list = append(list, clerk{id, l, l})
	}
	return list
}()

// tester sends the synthetic claims of staging.
var tester = [2]clerk{{"smoke.en", english, english}, {"smoke.de", german, german}}

// person is a claimant. Names, streets and towns are invented.
type person struct {
	name, street, town string
}

var (
	firstNames = map[language][]string{
		english: {"Aoife", "Brendan", "Ciara", "Declan", "Eleanor", "Femi", "Grace", "Hugh", "Iris", "Jonah", "Kitty", "Lorcan", "Moira", "Nadia", "Owen", "Priya", "Rosalind", "Seamus", "Theo", "Una", "Victor", "Wanda"},
		german:  {"Alma", "Bernd", "Clara", "Dieter", "Elif", "Friedrich", "Greta", "Hannes", "Ida", "Jost", "Katharina", "Ludger", "Marlene", "Nuri", "Olga", "Paul", "Renate", "Sönke", "Tilda", "Uwe", "Veronika", "Wiebke"},
	}
	lastNames = map[language][]string{
		english: {"Abernathy", "Birch", "Calloway", "Dunmore", "Ellery", "Farrow", "Glennon", "Hartigan", "Inchley", "Jessop", "Kinsale", "Lowther", "Merriman", "Noonan", "Okafor", "Penrose", "Quigg", "Rafferty", "Stannard", "Thorne", "Upshaw", "Whelan"},
		german:  {"Ahlers", "Bohnsack", "Czerny", "Dornbusch", "Eberle", "Fehling", "Gerstner", "Hollmann", "Imhof", "Jürgens", "Kaltenbach", "Lindner", "Mertens", "Niebuhr", "Oberländer", "Petersen", "Quast", "Rosenow", "Sattler", "Tiedemann", "Uhlig", "Yıldız"},
	}
	streets = map[language][]string{
		english: {"Millrace Lane", "Harbour View", "Chapel Row", "Orchard Terrace", "Weir Road", "Larkfield", "Station Crescent", "Old Brewery Yard", "Hawthorn Drive", "Quay Street"},
		german:  {"Am Mühlgraben", "Fliederweg", "Alte Gerberstraße", "Brunnengasse", "Hopfenweg", "Lerchenstraße", "Am Güterbahnhof", "Kastanienallee", "Seilerweg", "Wiesengrund"},
	}
	towns = map[language][]string{
		english: {"Ballycarrow", "Stonemere", "Port Carrick", "Wexcombe", "Little Fenwick", "Knockrath", "Elmsworth"},
		german:  {"Lindenbrück", "Oberwalden", "Seefurt", "Kaltenried", "Altmarken", "Rabenstett", "Neuhagenau"},
	}
)

func somebody(r *rand.Rand, l language) person {
	p := person{name: one(r, firstNames[l]) + " " + one(r, lastNames[l])}
	street, n := one(r, streets[l]), 1+r.IntN(118)
	if l == german {
		p.street, p.town = fmt.Sprintf("%s %d", street, n), fmt.Sprintf("%05d %s", 10_000+r.IntN(89_000), one(r, towns[l]))
	} else {
		p.street, p.town = fmt.Sprintf("%d %s", n, street), one(r, towns[l])
	}
	return p
}

func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
