package api

import "time"

// Home says what changed in a period against the one of the same length before, and what needs somebody.
type Home struct {
	From   time.Time  `json:"from"`
	To     time.Time  `json:"to"`
	Prior  time.Time  `json:"prior"` // the period before is from here to from
	Now    HomeTotals `json:"now"`
	Before HomeTotals `json:"before"`
	Rows   []HomeRow  `json:"rows"`
}

// HomeTotals sum a period up.
type HomeTotals struct {
	Traces   int64   `json:"traces"`
	Sessions int64   `json:"sessions"`
	Failing  int64   `json:"failing"` // traces with an error or a problem
	Cost     *Money  `json:"cost"`    // null where nothing is priced, or in several currencies
	P95MS    float64 `json:"p95_ms"`  // of root spans; 0 where none ended
}

// HomeRow is one thing that changed or needs somebody.
type HomeRow struct {
	Kind    string  `json:"kind" enum:"failing,cost,latency,first_seen,unpriced,refused,rejected,disk"`
	Field   string  `json:"field"` // what value is one of; empty for the whole
	Value   string  `json:"value"`
	Number  float64 `json:"number"`
	Unit    string  `json:"unit"`
	Before  float64 `json:"before"`
	Of      float64 `json:"of"`       // of how many; 0 where there is no share
	OfPrior float64 `json:"of_prior"` // likewise, in the period before
	// CostNow and CostBefore are set on rows about cost.
	CostNow    *Money `json:"cost_now"`
	CostBefore *Money `json:"cost_before"`
	// Low and High bound, with 95 % confidence, the change of the share, or for ms the number itself; null where there
	// is no interval.
	Low     *float64 `json:"low"`
	High    *float64 `json:"high"`
	Verdict string   `json:"verdict" enum:"worse,better,unclear,new"`
	Link    HomeLink `json:"link"`
}

// HomeLink names the page and question that show the rows behind a number.
type HomeLink struct {
	Page   string `json:"page" enum:"traces,sessions,arrivals,doctor"`
	Filter string `json:"filter"`
	Sort   string `json:"sort"`
	Count  int64  `json:"count"` // how many rows the page then has
}
