package demo

import (
	"math/rand/v2"
	"time"
)

// The releases. The second reads policy numbers wrongly, the third mends it.
const (
	firstRelease  = "1.8.4"
	secondRelease = "1.9.0"
	thirdRelease  = "1.9.1"
)

const (
	production = "production"
	staging    = "staging"
)

// calendar says when the stories happen. Days are UTC and counted back from the day on which the world began, so that
// the demo always looks the same from there; what people do on working days falls on one.
type calendar struct {
	zero       time.Time // when hour 0 begins
	second     time.Time // production begins to move to the second release
	third      time.Time // and to the third
	outage     window    // Anthropic's models do not answer
	loop       window    // repair estimates stay pending, and the agent asks again and again
	selfHosted time.Time // production begins to try the model that has no price
	rebuilt    time.Time // the index of terms is rebuilt, without the German ones
	long       []window  // hours in which somebody sends a whole claim file
}

type window struct{ from, to time.Time }

func (w window) holds(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

func newCalendar(began time.Time) calendar {
	today := began.Truncate(24 * time.Hour)
	// workday answers a time on the first of some days ago that is no weekend.
	workday := func(clock time.Duration, ago ...int) time.Time {
		for _, n := range ago {
			t := today.AddDate(0, 0, -n)
			if d := t.Weekday(); d != time.Saturday && d != time.Sunday {
				return t.Add(clock)
			}
		}
		return today.AddDate(0, 0, -ago[0]).Add(clock)
	}
	c := calendar{
		zero:       began.Truncate(time.Hour),
		second:     workday(9*time.Hour, 11, 10, 12),
		third:      workday(14*time.Hour, 6, 5, 7),
		selfHosted: workday(10*time.Hour, 8, 9, 7),
	}
	c.rebuilt = c.zero.Add(-20 * time.Hour)
	down := workday(13*time.Hour+10*time.Minute, 16, 15, 17)
	c.outage = window{down, down.Add(150 * time.Minute)}
	spin := workday(8*time.Hour, 3, 2, 4)
	c.loop = window{spin, spin.Add(10 * time.Hour)}
	for _, ago := range [][]int{{4, 5, 6}, {13, 12, 14}, {21, 20, 22}} {
		at := workday(10*time.Hour, ago...)
		c.long = append(c.long, window{at, at.Add(time.Hour)})
	}
	return c
}

// release answers what ran where at a time. Roll-outs go by share: a tenth, half, all. Staging is two days ahead.
func (c *calendar) release(t time.Time, environment string, r *rand.Rand) string {
	draw := r.Float64()
	if environment == staging {
		switch {
		case !t.Before(c.third.Add(-5 * time.Hour)):
			return thirdRelease
		case !t.Before(c.second.Add(-42 * time.Hour)):
			return secondRelease
		}
		return firstRelease
	}
	switch {
	case share(t, c.third, 3*time.Hour, 3*time.Hour) > draw:
		return thirdRelease
	case share(t, c.second, 5*time.Hour, 24*time.Hour) > draw:
		return secondRelease
	}
	return firstRelease
}

func share(t, from time.Time, half, all time.Duration) float64 {
	switch since := t.Sub(from); {
	case since < 0:
		return 0
	case since >= all:
		return 1
	case since >= half:
		return 0.5
	}
	return 0.1
}
