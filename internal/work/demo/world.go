// Package demo is the traffic of an invented insurer's claims agent: what its spans and scores are, when they happen, which
// stories are planted among them, and how they are fed to a server like anybody's traffic. It reads no store and opens
// no connection; whoever runs it brings a Sender.
//
// A World is a function of the moment it began: the same moment gives the same spans with the same ids, hour by hour,
// before and after it. So sending an hour twice adds nothing, and a feed that was cut short goes on anywhere.
// Start reading at World.Hour and Feed.Run; calendar.go says what is planted when, tour.go how it is found.
package demo

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Project is where the demo lives.
const Project project.ID = "demo"

// HistoryHours is how far back the demo reaches when it begins: four weeks.
const HistoryHours = 28 * 24

// reach is how many hours a session can last: it belongs to the hour in which it starts.
const reach = 2

// World is the demo as a function of its beginning. It is safe for concurrent use.
type World struct {
	began    time.Time
	calendar calendar
	thin     float64
}

// New answers the world that began at a moment; parts of a second are left out.
func New(began time.Time) *World { return Thin(began, 1) }

// Thin answers a world with one session in n, and the same stories among them: for tests, which have no minutes.
func Thin(began time.Time, n int) *World {
	began = began.UTC().Truncate(time.Second)
	return &World{began: began, calendar: newCalendar(began), thin: float64(max(1, n))}
}

// Records are what happened in an hour: spans by their end, scores by their time. They belong to the caller.
type Records struct {
	Spans  []*trace.Raw
	Scores []score.Score
}

// HourOf answers in which hour of the world a moment lies; hour 0 is the one in which the world began.
func (w *World) HourOf(t time.Time) int {
	d := t.Sub(w.calendar.zero)
	if d < 0 {
		d -= time.Hour - 1
	}
	return int(d / time.Hour)
}

// Hour answers everything that belongs to the sessions which start in an hour. Most of it ends in that hour, all of it
// within the two that follow; scores may come a day later.
func (w *World) Hour(hour int) Records {
	start := w.calendar.zero.Add(time.Duration(hour) * time.Hour)
	var seed [32]byte
	copy(seed[:], "steward demo")
	binary.BigEndian.PutUint64(seed[16:], uint64(w.began.Unix()))
	binary.BigEndian.PutUint64(seed[24:], uint64(hour))
	r := rand.New(rand.NewChaCha8(sha256.Sum256(seed[:])))
	var starts []time.Time
	n := sessionsIn(start, r, w.thin)
	for i := range n { // evenly, with some play, so that the live tail is never still for long
		starts = append(starts, start.Add(time.Duration((float64(i)+r.Float64())/float64(n)*float64(time.Hour))))
	}
	for _, after := range first {
		if at := w.began.Add(after); w.HourOf(at) == hour {
			starts = append(starts, at)
		}
	}
	var out Records
	for i, at := range starts {
		s := newSession(w, at, i, rand.New(rand.NewPCG(r.Uint64(), r.Uint64())))
		s.run()
		out.Spans = append(out.Spans, s.spans...)
		out.Scores = append(out.Scores, s.scores...)
	}
	slices.SortStableFunc(out.Spans, func(a, b *trace.Raw) int { return cmp.Compare(a.End, b.End) })
	slices.SortStableFunc(out.Scores, func(a, b score.Score) int { return cmp.Compare(a.Time, b.Time) })
	return out
}

// weekday is how many sessions start in each hour, UTC, of a working day; a weekend has fewer.
var weekday = [24]float64{13, 12, 12, 12, 12, 13, 15, 19, 23, 26, 27, 26, 24, 24, 26, 25, 23, 21, 18, 16, 15, 14, 14, 13}

const weekend = 0.6

// first are the moments after its beginning at which sessions start besides, so that the live tail moves at once.
var first = []time.Duration{4 * time.Second, 22 * time.Second, 45 * time.Second, 80 * time.Second, 2 * time.Minute}

func sessionsIn(start time.Time, r *rand.Rand, thin float64) int {
	n := weekday[start.Hour()] * (0.85 + 0.3*r.Float64())
	if d := start.Weekday(); d == time.Saturday || d == time.Sunday {
		n *= weekend
	}
	return int(n/thin + r.Float64()) // rounded so that it is right on the average
}

// identity derives what a session's ids come from.
func (w *World) identity(start time.Time, n int) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "steward demo %d %d %d", w.began.Unix(), start.UnixNano(), n))
}
