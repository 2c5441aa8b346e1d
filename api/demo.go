package api

import "time"

// Demo is how the demo stands, and the tour through what is planted in it.
type Demo struct {
	Project string `json:"project"`
	// State is absent where there is no demo; filling while the four weeks before its beginning arrive; live when only
	// live traffic comes; asleep when the server was started without it, so that nothing comes.
	State     string         `json:"state" enum:"absent,filling,live,asleep"`
	Began     *time.Time     `json:"began"`     // null where there is none
	Filled    float64        `json:"filled"`    // part of the four weeks that has arrived, 0 to 1
	Questions []DemoQuestion `json:"questions"` // empty where there is none
}

// DemoQuestion is one stop of the tour.
type DemoQuestion struct {
	ID       string     `json:"id"`
	Question string     `json:"question"`
	Answer   string     `json:"answer"` // what is planted there, and how one comes to the cause
	Looks    []DemoLook `json:"looks"`
}

// DemoLook is a list of traces that shows the story: as a path into the pages, and as what the path is made of.
type DemoLook struct {
	Label  string    `json:"label"`
	Path   string    `json:"path"`
	Filter string    `json:"filter"`
	Sort   string    `json:"sort"` // "" is the newest first
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}
