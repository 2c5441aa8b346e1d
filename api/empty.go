package api

import "time"

// WhyEmpty says why a list shows nothing: what it would show if one condition were dropped and the others kept.
type WhyEmpty struct {
	// Newest is when the newest span of the project's list began, whatever its environment; null where it holds none.
	Newest        *time.Time   `json:"newest"`
	WithoutFilter *WouldShow   `json:"without_filter"` // null where there is no filter
	WithoutRange  WouldShow    `json:"without_range"`  // of all time
	Environments  []ShownThere `json:"environments"`   // with a match, the most first; without those of the question
	Projects      []ShownThere `json:"projects"`       // others in which the caller may look and that have a match
}

// WouldShow is how many rows a list would have and where its newest began. Count is null where counting took too long.
type WouldShow struct {
	Count  *int64     `json:"count"`
	Newest *time.Time `json:"newest"` // null where there is none
}

// ShownThere is how many rows the list has in another environment or project. An empty name is no environment.
type ShownThere struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}
