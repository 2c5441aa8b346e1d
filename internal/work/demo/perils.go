package demo

// peril is a kind of claim: what people write about it, what it costs, and what the terms say.
type peril struct {
	key     string
	product string // key of products
	covered bool
	low     int // euros, smallest and largest damage
	high    int
	repair  bool // a repair can be estimated
	theft   bool // goes through the fraud check when it is large
	in      map[language]wording
}

// wording is a peril in one language. Slots: {policy} {date} {items} {total}.
type wording struct {
	name   string
	claims []string
	things []string // what was damaged, stolen or lost
	clause string   // number and title
	terms  string
	denied string // why not, for what is not covered
}

// product is what people are insured by.
type product struct {
	code       string // of its policy numbers
	sum        int    // insured, euros
	deductible int
	names      map[language]string
}

var products = map[string]product{
	"contents":  {"HC", 40_000, 150, map[language]string{english: "Household contents", german: "Hausrat"}},
	"building":  {"HB", 350_000, 300, map[language]string{english: "Home building", german: "Wohngebäude"}},
	"motor":     {"MC", 30_000, 500, map[language]string{english: "Motor comprehensive", german: "Kfz-Vollkasko"}},
	"travel":    {"TR", 6_000, 100, map[language]string{english: "Travel", german: "Reise"}},
	"liability": {"PL", 2_000_000, 0, map[language]string{english: "Personal liability", german: "Privathaftpflicht"}},
}

var perils = []peril{
	{key: "burst_pipe", product: "building", covered: true, low: 900, high: 7800, repair: true, in: map[language]wording{
		english: {name: "burst pipe", clause: "4.2 Tap water",
			terms:  "Damage by tap water that escapes from supply or waste pipes against their purpose is insured, with the cost of finding and opening the leak. Seepage over more than two weeks is not.",
			things: []string{"oak floor", "plaster and paint", "kitchen base units", "drying the screed", "opening the wall", "skirting boards", "ceiling below"},
			claims: []string{
				"A pipe behind our kitchen wall burst in the night of {date}. When I found the stopcock the water stood two centimetres deep and the floor had already lifted. The plumber has closed the wall again, the rest still needs doing: {items}, {total} in all. Our policy number is {policy}.",
				"We came home on {date} and heard water running inside the bathroom wall. A joint had given way and the room below is soaked. The policy is {policy}. The quotes so far: {items}. That makes {total}. What else do you need from us?",
				"On {date} the supply pipe to the washbasin cracked. I turned the water off at once, but it had been running for an hour or so. Policy {policy}, damage {total} ({items}). Photographs can follow.",
			}},
		german: {name: "Rohrbruch", clause: "4.2 Leitungswasser",
			terms:  "Versichert sind Schäden durch Leitungswasser, das bestimmungswidrig aus Zu- oder Ableitungsrohren austritt, samt den Kosten für Suche und Freilegen. Nicht versichert ist Sickerwasser über mehr als zwei Wochen.",
			things: []string{"Eichenboden", "Putz und Anstrich", "Küchenunterschränke", "Trocknung des Estrichs", "Öffnen der Wand", "Sockelleisten", "Decke darunter"},
			claims: []string{
				"in der Nacht zum {date} ist bei uns hinter der Küchenwand ein Rohr gebrochen. Bis ich den Haupthahn gefunden hatte, stand das Wasser zwei Zentimeter hoch. Der Installateur hat die Wand wieder geschlossen, der Rest ist noch offen: {items}, zusammen {total}. Unsere Policennummer ist {policy}.",
				"als wir am {date} nach Hause kamen, lief hinter der Badezimmerwand Wasser. Eine Verbindung hatte sich gelöst, das Zimmer darunter ist durchnässt. Die Police hat die Nummer {policy}. Bisherige Angebote: {items}, also {total}. Was brauchen Sie noch von uns?",
				"am {date} ist die Zuleitung zum Waschbecken gerissen. Ich habe sofort abgedreht, es lief aber wohl eine Stunde. Police {policy}, Schaden {total} ({items}). Fotos reiche ich nach.",
			}},
	}},
	{key: "washing_machine", product: "contents", covered: true, low: 250, high: 2900, in: map[language]wording{
		english: {name: "washing machine leak", clause: "3.1 Water from appliances",
			terms:  "Household contents damaged by water from washing machines, dishwashers and their hoses are insured at replacement value. The appliance itself is not.",
			things: []string{"wool carpet", "chest of drawers", "two armchairs", "books", "hallway rug", "shoe cabinet"},
			claims: []string{
				"The hose of our washing machine came off on {date} while nobody was at home. The machine itself still works, but these do not: {items}. Together {total}. Policy {policy}.",
				"Our washing machine flooded the utility room and the hall on {date}. I have thrown away what could not be saved and kept the receipts: {items}, {total} in total. You will find us under {policy}.",
			}},
		german: {name: "Schaden durch Waschmaschine", clause: "3.1 Wasser aus Geräten",
			terms:  "Hausrat, der durch Wasser aus Wasch- und Spülmaschinen und ihren Schläuchen beschädigt wird, ist zum Neuwert versichert. Das Gerät selbst ist es nicht.",
			things: []string{"Wollteppich", "Kommode", "zwei Sessel", "Bücher", "Läufer im Flur", "Schuhschrank"},
			claims: []string{
				"am {date} ist der Schlauch unserer Waschmaschine abgesprungen, während niemand zu Hause war. Die Maschine läuft noch, das hier nicht mehr: {items}. Zusammen {total}. Police {policy}.",
				"unsere Waschmaschine hat am {date} die Waschküche und den Flur unter Wasser gesetzt. Was nicht zu retten war, habe ich entsorgt, die Belege sind da: {items}, insgesamt {total}. Sie finden uns unter {policy}.",
			}},
	}},
	{key: "bicycle_theft", product: "contents", covered: true, low: 450, high: 4200, theft: true, in: map[language]wording{
		english: {name: "bicycle theft", clause: "6.4 Bicycles",
			terms:  "Bicycles and pedelecs are insured against theft at any hour if they were locked to something fixed or stood in a locked room. A police report is needed.",
			things: []string{"pedelec", "touring bicycle", "child seat", "pannier bags", "folding lock", "cargo trailer"},
			claims: []string{
				"Somebody cut the lock of my bicycle in front of the station on {date}, between eight in the morning and half past five. I reported it the same evening. Gone are: {items}, value {total}. My policy is {policy}.",
				"On {date} two bicycles were taken from our locked cellar, the door was levered open. Policy number {policy}. We miss {items}. New price {total}, receipts are attached.",
			}},
		german: {name: "Fahrraddiebstahl", clause: "6.4 Fahrräder",
			terms:  "Fahrräder und Pedelecs sind zu jeder Stunde gegen Diebstahl versichert, wenn sie an etwas Festem angeschlossen waren oder in einem verschlossenen Raum standen. Eine Anzeige bei der Polizei ist nötig.",
			things: []string{"Pedelec", "Tourenrad", "Kindersitz", "Packtaschen", "Faltschloss", "Lastenanhänger"},
			claims: []string{
				"am {date} wurde mir vor dem Bahnhof zwischen acht Uhr morgens und halb sechs das Fahrradschloss durchtrennt. Die Anzeige habe ich am selben Abend erstattet. Weg sind: {items}, Wert {total}. Meine Police ist {policy}.",
				"am {date} wurden aus unserem verschlossenen Keller zwei Fahrräder gestohlen, die Tür war aufgehebelt. Policennummer {policy}. Es fehlen {items}. Neupreis {total}, die Belege hängen an.",
			}},
	}},
	{key: "burglary", product: "contents", covered: true, low: 1800, high: 12500, theft: true, in: map[language]wording{
		english: {name: "burglary", clause: "6.1 Burglary",
			terms:  "What is taken or damaged by someone who breaks into the locked home is insured, jewellery up to a fifth of the sum insured. Cash is insured up to 1,500 euros.",
			things: []string{"laptop", "wedding jewellery", "camera with two lenses", "tablet", "watch", "balcony door", "silver cutlery"},
			claims: []string{
				"We were broken into on {date} while we were visiting my sister. They came over the balcony. The police were here and took prints. Missing or damaged: {items}. We put it at {total}. The policy is {policy}.",
				"Burglary on {date}, between 18:00 and 22:30, through the kitchen window. List for the police and for you: {items}; sum {total}. Policy {policy}. Please tell me whether I may have the window repaired at once.",
			}},
		german: {name: "Einbruch", clause: "6.1 Einbruchdiebstahl",
			terms:  "Versichert ist, was jemand wegnimmt oder beschädigt, der in die verschlossene Wohnung einbricht, Schmuck bis zu einem Fünftel der Versicherungssumme, Bargeld bis 1.500 Euro.",
			things: []string{"Laptop", "Hochzeitsschmuck", "Kamera mit zwei Objektiven", "Tablet", "Armbanduhr", "Balkontür", "Silberbesteck"},
			claims: []string{
				"am {date} wurde bei uns eingebrochen, während wir meine Schwester besucht haben. Sie kamen über den Balkon. Die Polizei war da und hat Spuren gesichert. Es fehlen oder sind beschädigt: {items}. Wir kommen auf {total}. Die Police ist {policy}.",
				"Einbruch am {date} zwischen 18:00 und 22:30 Uhr durch das Küchenfenster. Liste für die Polizei und für Sie: {items}; Summe {total}. Police {policy}. Darf ich das Fenster gleich reparieren lassen?",
			}},
	}},
	{key: "lightning", product: "contents", covered: true, low: 300, high: 3600, in: map[language]wording{
		english: {name: "lightning surge", clause: "2.3 Surges",
			terms:  "Damage to electrical appliances by a surge after lightning is insured up to five per cent of the sum insured, without proof that the lightning struck the insured house.",
			things: []string{"router and telephone", "television", "heating control", "freezer", "desktop computer", "garage door drive"},
			claims: []string{
				"After the thunderstorm on {date} several devices are dead, although the fuse was out within seconds. The electrician confirms a surge. It concerns {items}, replacement {total}. Policy {policy}.",
				"Lightning hit the line at the end of our road on {date}. Since then these no longer work: {items}. New they cost {total}. I am insured with you under {policy}.",
			}},
		german: {name: "Überspannung durch Blitz", clause: "2.3 Überspannung",
			terms:  "Schäden an elektrischen Geräten durch Überspannung nach einem Blitz sind bis fünf Prozent der Versicherungssumme versichert, ohne Nachweis, dass der Blitz das versicherte Haus traf.",
			things: []string{"Router und Telefon", "Fernseher", "Heizungssteuerung", "Gefriertruhe", "Rechner", "Garagentorantrieb"},
			claims: []string{
				"nach dem Gewitter am {date} sind mehrere Geräte tot, obwohl die Sicherung sofort draußen war. Der Elektriker bestätigt Überspannung. Betroffen: {items}, Ersatz {total}. Police {policy}.",
				"am {date} schlug der Blitz in die Leitung am Ende unserer Straße ein. Seitdem gehen nicht mehr: {items}. Neu kosten sie {total}. Versichert bin ich bei Ihnen unter {policy}.",
			}},
	}},
	{key: "storm_roof", product: "building", covered: true, low: 700, high: 9400, repair: true, in: map[language]wording{
		english: {name: "storm damage to the roof", clause: "4.5 Storm and hail",
			terms:  "Storm is wind of at least force 8. Damage to roof, chimney and gutters is insured, and what rain does inside through an opening that the storm made.",
			things: []string{"roof tiles", "ridge", "gutter and downpipe", "emergency cover", "attic insulation", "chimney flashing"},
			claims: []string{
				"The storm of {date} took about forty tiles off the south side of our roof and it has been raining in since. The roofer has put a tarpaulin over it. His estimate: {items}, {total} in all. Policy number: {policy}.",
				"On {date} a gust tore the gutter down and it broke tiles on its way. {items}, in total {total}. The policy is {policy}. The roofer could start next week if you agree.",
			}},
		german: {name: "Sturmschaden am Dach", clause: "4.5 Sturm und Hagel",
			terms:  "Sturm ist Wind ab Stärke 8. Versichert sind Schäden an Dach, Schornstein und Rinnen und was Regen durch eine vom Sturm gerissene Öffnung innen anrichtet.",
			things: []string{"Dachziegel", "First", "Rinne und Fallrohr", "Notabdeckung", "Dämmung im Dachboden", "Kaminverwahrung"},
			claims: []string{
				"der Sturm vom {date} hat auf der Südseite etwa vierzig Ziegel vom Dach geholt, seitdem regnet es hinein. Der Dachdecker hat eine Plane gespannt. Sein Angebot: {items}, zusammen {total}. Policennummer: {policy}.",
				"am {date} hat eine Böe die Regenrinne heruntergerissen, die dabei Ziegel zerschlug. {items}, insgesamt {total}. Die Police ist {policy}. Der Dachdecker könnte nächste Woche anfangen, wenn Sie zustimmen.",
			}},
	}},
	{key: "hail_car", product: "motor", covered: true, low: 800, high: 5200, repair: true, in: map[language]wording{
		english: {name: "hail damage to the car", clause: "5.2 Hail",
			terms:  "Hail damage to the parked or moving vehicle is insured less the deductible. The claim does not change the no-claims class.",
			things: []string{"roof and bonnet", "windscreen", "left side panels", "boot lid", "two side mirrors"},
			claims: []string{
				"My estate car stood outside in the hail on {date}. Dents everywhere on the upper side. The workshop estimates {items}, {total} in all. Policy {policy}. Do I need your expert, or is the estimate enough?",
				"Hail on {date}, stones like walnuts. Car is driveable. {items}: {total} according to the workshop. Insured under {policy}.",
			}},
		german: {name: "Hagelschaden am Auto", clause: "5.2 Hagel",
			terms:  "Hagelschäden am stehenden oder fahrenden Fahrzeug sind abzüglich der Selbstbeteiligung versichert. Der Schaden ändert die Schadenfreiheitsklasse nicht.",
			things: []string{"Dach und Motorhaube", "Frontscheibe", "Seitenteile links", "Heckklappe", "zwei Außenspiegel"},
			claims: []string{
				"mein Kombi stand am {date} draußen im Hagel. Oben ist alles voller Dellen. Die Werkstatt schätzt {items}, zusammen {total}. Police {policy}. Brauchen Sie einen Gutachter oder genügt der Kostenvoranschlag?",
				"Hagel am {date}, Körner wie Walnüsse. Das Auto fährt noch. {items}: laut Werkstatt {total}. Versichert unter {policy}.",
			}},
	}},
	{key: "parking", product: "motor", covered: true, low: 600, high: 3900, repair: true, in: map[language]wording{
		english: {name: "collision while parking", clause: "5.1 Accident",
			terms:  "Damage by an accident, also of one's own making, is insured less the deductible unless it was caused on purpose or under the influence of alcohol.",
			things: []string{"rear bumper", "parking sensors", "tail light", "paintwork", "wheel rim"},
			claims: []string{
				"While reversing into a space on {date} I hit a concrete bollard that the camera did not show. Nobody else involved. {items}, the workshop says {total}. Policy {policy}.",
				"I scraped along the wall of the multi-storey car park on {date}. My fault entirely. Estimate {total} for {items}. The policy is {policy}.",
			}},
		german: {name: "Parkschaden", clause: "5.1 Unfall",
			terms:  "Unfallschäden, auch selbst verschuldete, sind abzüglich der Selbstbeteiligung versichert, sofern sie nicht vorsätzlich oder unter Alkoholeinfluss entstanden.",
			things: []string{"Stoßfänger hinten", "Parksensoren", "Rückleuchte", "Lackierung", "Felge"},
			claims: []string{
				"beim Rückwärtseinparken am {date} habe ich einen Betonpoller getroffen, den die Kamera nicht zeigte. Sonst ist niemand beteiligt. {items}, die Werkstatt sagt {total}. Police {policy}.",
				"am {date} bin ich im Parkhaus an der Wand entlanggeschrammt, ganz meine Schuld. Kostenvoranschlag {total} für {items}. Die Police ist {policy}.",
			}},
	}},
	{key: "marten", product: "motor", covered: true, low: 180, high: 1400, repair: true, in: map[language]wording{
		english: {name: "marten bite", clause: "5.6 Animal bites",
			terms:  "Damage that animals do by biting cables, hoses and insulation is insured, with its consequences up to 3,000 euros.",
			things: []string{"ignition cables", "coolant hose", "insulation mat", "fault finding"},
			claims: []string{
				"The car would not start on {date} and the garage found bite marks all over the engine bay. A marten. Replaced were {items}, invoice {total}. My policy number is {policy}.",
				"Warning light on {date}, towed, diagnosis: marten. {items} came to {total}. Policy {policy}. Is the towing covered as well?",
			}},
		german: {name: "Marderbiss", clause: "5.6 Tierbiss",
			terms:  "Schäden durch Tierbiss an Kabeln, Schläuchen und Dämmungen sind versichert, Folgeschäden bis 3.000 Euro.",
			things: []string{"Zündkabel", "Kühlmittelschlauch", "Dämmmatte", "Fehlersuche"},
			claims: []string{
				"am {date} sprang das Auto nicht an, und die Werkstatt fand im Motorraum überall Bissspuren. Ein Marder. Ersetzt wurden {items}, Rechnung {total}. Meine Policennummer ist {policy}.",
				"Warnleuchte am {date}, abgeschleppt, Befund: Marder. {items} kosteten {total}. Police {policy}. Ist das Abschleppen auch versichert?",
			}},
	}},
	{key: "deer", product: "motor", covered: true, low: 1500, high: 8800, repair: true, in: map[language]wording{
		english: {name: "collision with a deer", clause: "5.5 Collision with animals",
			terms:  "A collision of the moving vehicle with an animal of any kind is insured less the deductible. Report it to the police or the gamekeeper.",
			things: []string{"bonnet", "left headlight", "radiator", "wing", "front bumper"},
			claims: []string{
				"At dawn on {date} a deer jumped in front of my car on the forest road. I am fine, the gamekeeper wrote a certificate. Damaged: {items}. The garage calculates {total}. Policy {policy}.",
				"Collision with a deer on {date}, about six in the morning. {items} have to be replaced, {total} in all. I am insured under {policy} and need the car for work, so please be quick.",
			}},
		german: {name: "Wildunfall", clause: "5.5 Zusammenstoß mit Tieren",
			terms:  "Der Zusammenstoß des fahrenden Fahrzeugs mit Tieren aller Art ist abzüglich der Selbstbeteiligung versichert. Er ist der Polizei oder dem Jagdpächter zu melden.",
			things: []string{"Motorhaube", "Scheinwerfer links", "Kühler", "Kotflügel", "Stoßfänger vorn"},
			claims: []string{
				"am {date} ist mir in der Morgendämmerung auf der Waldstraße ein Reh vors Auto gesprungen. Mir geht es gut, der Jagdpächter hat eine Bescheinigung ausgestellt. Beschädigt: {items}. Die Werkstatt rechnet mit {total}. Police {policy}.",
				"Wildunfall am {date} gegen sechs Uhr früh. Zu ersetzen sind {items}, zusammen {total}. Versichert bin ich unter {policy} und brauche das Auto für die Arbeit, daher bitte schnell.",
			}},
	}},
	{key: "cancelled_trip", product: "travel", covered: true, low: 400, high: 3800, in: map[language]wording{
		english: {name: "cancelled journey", clause: "7.1 Cancellation",
			terms:  "If the journey cannot be begun because of an unexpected serious illness, an accident or a death in the family, the cancellation fees are paid. A doctor's certificate is needed.",
			things: []string{"flights", "holiday flat", "hire car", "guided tours", "rail tickets"},
			claims: []string{
				"I fell ill on {date}, two days before our flight, and the doctor forbade me to travel. We cancelled everything the same day. What we do not get back: {items}, {total} in all. Policy {policy}, certificate attached.",
				"Our daughter broke her leg on {date} and the family holiday is off. Cancellation costs: {items}, together {total}. We booked the insurance with the journey, number {policy}.",
			}},
		german: {name: "Reiserücktritt", clause: "7.1 Rücktritt",
			terms:  "Kann die Reise wegen unerwarteter schwerer Erkrankung, Unfall oder Todesfall in der Familie nicht angetreten werden, werden die Stornokosten erstattet. Ein ärztliches Attest ist nötig.",
			things: []string{"Flüge", "Ferienwohnung", "Mietwagen", "Führungen", "Bahnfahrkarten"},
			claims: []string{
				"am {date}, zwei Tage vor dem Abflug, bin ich krank geworden, die Ärztin hat mir das Reisen verboten. Wir haben am selben Tag alles abgesagt. Nicht erstattet werden: {items}, zusammen {total}. Police {policy}, das Attest hängt an.",
				"unsere Tochter hat sich am {date} das Bein gebrochen, der Familienurlaub fällt aus. Stornokosten: {items}, zusammen {total}. Die Versicherung haben wir mit der Reise gebucht, Nummer {policy}.",
			}},
	}},
	{key: "lost_luggage", product: "travel", covered: true, low: 200, high: 1900, in: map[language]wording{
		english: {name: "lost luggage", clause: "7.4 Luggage",
			terms:  "Luggage that is lost or damaged in the carrier's care is insured at its present value. The carrier's report is needed within seven days.",
			things: []string{"suitcase", "clothes", "hiking boots", "toiletries", "travel pushchair"},
			claims: []string{
				"Our suitcase did not arrive with us on {date} and after three weeks the carrier has given up looking. In it were {items}, at present value {total}. Policy {policy}; the report of the airport desk is attached.",
				"Luggage came back broken and half empty on {date}. Missing or ruined: {items}, in all {total}. I am insured under {policy}.",
			}},
		german: {name: "Gepäckverlust", clause: "7.4 Gepäck",
			terms:  "Gepäck, das in der Obhut des Beförderers verloren geht oder beschädigt wird, ist zum Zeitwert versichert. Die Meldung beim Beförderer muss binnen sieben Tagen vorliegen.",
			things: []string{"Koffer", "Kleidung", "Wanderschuhe", "Toilettenartikel", "Reisebuggy"},
			claims: []string{
				"unser Koffer kam am {date} nicht mit uns an, nach drei Wochen hat der Beförderer die Suche aufgegeben. Darin waren {items}, Zeitwert {total}. Police {policy}, die Meldung vom Flughafenschalter hängt an.",
				"das Gepäck kam am {date} kaputt und halb leer zurück. Es fehlen oder sind unbrauchbar: {items}, zusammen {total}. Versichert bin ich unter {policy}.",
			}},
	}},
	{key: "broken_window", product: "liability", covered: true, low: 120, high: 1600, in: map[language]wording{
		english: {name: "neighbour's broken window", clause: "8.1 Damage to others",
			terms:  "Damage that insured persons do to others by accident is insured, children included whatever their age. What is borrowed or rented is insured up to 10,000 euros.",
			things: []string{"window pane", "blind", "fitting", "flower pots"},
			claims: []string{
				"On {date} our son, he is eight, shot his football through the neighbour's window. We would like to put it right quickly: {items}, the glazier asks {total}. Our policy is {policy}.",
				"My ladder slipped on {date} and went through the neighbour's conservatory. {items}, in all {total} by the glazier's estimate. Personal liability {policy}.",
			}},
		german: {name: "Fensterscheibe des Nachbarn", clause: "8.1 Schäden bei anderen",
			terms:  "Versichert sind Schäden, die versicherte Personen anderen versehentlich zufügen, Kinder jeden Alters eingeschlossen. Geliehenes und Gemietetes ist bis 10.000 Euro versichert.",
			things: []string{"Fensterscheibe", "Jalousie", "Montage", "Blumentöpfe"},
			claims: []string{
				"am {date} hat unser achtjähriger Sohn den Fußball durch das Fenster des Nachbarn geschossen. Wir möchten das schnell in Ordnung bringen: {items}, der Glaser verlangt {total}. Unsere Police ist {policy}.",
				"meine Leiter ist am {date} weggerutscht und in den Wintergarten des Nachbarn gefallen. {items}, laut Glaser zusammen {total}. Privathaftpflicht {policy}.",
			}},
	}},
	{key: "red_wine", product: "liability", covered: true, low: 150, high: 2300, in: map[language]wording{
		english: {name: "spilled wine on a friend's sofa", clause: "8.1 Damage to others",
			terms:  "Damage that insured persons do to others by accident is insured, children included whatever their age. What is borrowed or rented is insured up to 10,000 euros.",
			things: []string{"sofa", "rug", "professional cleaning", "cushions"},
			claims: []string{
				"I am sorry to say that on {date} I knocked a full glass of red wine over a friend's pale sofa. Cleaning has not helped. {items}, in all {total} at present value. Policy {policy}.",
				"At a birthday on {date} I stumbled with a tray. The host has to replace {items}, {total} in all. My liability policy is {policy}.",
			}},
		german: {name: "Rotwein auf fremdem Sofa", clause: "8.1 Schäden bei anderen",
			terms:  "Versichert sind Schäden, die versicherte Personen anderen versehentlich zufügen, Kinder jeden Alters eingeschlossen. Geliehenes und Gemietetes ist bis 10.000 Euro versichert.",
			things: []string{"Sofa", "Teppich", "Reinigung", "Kissen"},
			claims: []string{
				"leider habe ich am {date} ein volles Glas Rotwein über das helle Sofa einer Freundin gestoßen. Die Reinigung hat nichts gebracht. {items}, Zeitwert zusammen {total}. Police {policy}.",
				"auf einem Geburtstag am {date} bin ich mit dem Tablett gestolpert. Die Gastgeberin muss ersetzen: {items}, zusammen {total}. Meine Haftpflicht ist {policy}.",
			}},
	}},
	{key: "flooded_cellar", product: "building", low: 2200, high: 14000, in: map[language]wording{
		english: {name: "flooded cellar", clause: "4.9 Floods and backwater",
			terms:  "Flood, heavy rain and backwater from drains are insured only if natural hazards are agreed as an add-on.",
			denied: "Water that rises from the ground or the drains after heavy rain is insured only with the natural hazards add-on, which your policy does not include.",
			things: []string{"heating burner", "stored furniture", "pumping out", "freezer", "floor covering"},
			claims: []string{
				"After the heavy rain of {date} our cellar stood under half a metre of water, it came up through the drain. The fire brigade pumped it out. {items}, in all {total} so far. Policy {policy}.",
			}},
		german: {name: "überfluteter Keller", clause: "4.9 Überschwemmung und Rückstau",
			terms:  "Überschwemmung, Starkregen und Rückstau sind nur versichert, wenn Naturgefahren als Zusatz vereinbart sind.",
			denied: "Wasser, das nach Starkregen aus dem Boden oder dem Kanal drückt, ist nur mit dem Zusatz Naturgefahren versichert, den Ihre Police nicht enthält.",
			things: []string{"Heizungsbrenner", "eingelagerte Möbel", "Auspumpen", "Gefriertruhe", "Bodenbelag"},
			claims: []string{
				"nach dem Starkregen vom {date} stand unser Keller einen halben Meter unter Wasser, es kam aus dem Bodenablauf. Die Feuerwehr hat ausgepumpt. {items}, bisher zusammen {total}. Police {policy}.",
			}},
	}},
	{key: "own_phone", product: "liability", low: 180, high: 1100, in: map[language]wording{
		english: {name: "dropped telephone", clause: "8.3 What is not insured",
			terms:  "Damage to the insured person's own things is not insured.",
			denied: "Personal liability pays for what you damage of others. The telephone is your own.",
			things: []string{"telephone", "display", "case"},
			claims: []string{
				"My telephone fell down the stairs on {date} and the display is shattered. {items}, repair or replacement {total}. I have personal liability with you, {policy}.",
			}},
		german: {name: "heruntergefallenes Telefon", clause: "8.3 Nicht versichert",
			terms:  "Schäden an eigenen Sachen der versicherten Person sind nicht versichert.",
			denied: "Die Privathaftpflicht zahlt, was Sie bei anderen beschädigen. Das Telefon gehört Ihnen selbst.",
			things: []string{"Telefon", "Display", "Hülle"},
			claims: []string{
				"mein Telefon ist am {date} die Treppe hinuntergefallen, das Display ist zersplittert. {items}, Reparatur oder Ersatz {total}. Ich habe bei Ihnen eine Privathaftpflicht, {policy}.",
			}},
	}},
}
