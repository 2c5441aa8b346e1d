package transcript

import (
	"math"
	"time"

	"steward/internal/base/attr"
)

// Assigned times. Where a record has none, it begins one second after the record before it and each of its steps takes
// one millisecond; the last record of the import ends up just before the base time. Only the order means anything,
// and every such span says so (steward.time.assumed).
const (
	recordStep = int64(time.Second)
	turnStep   = int64(time.Millisecond)
)

// assumedStart answers the start of record n (from 0) of total.
func assumedStart(base, n, total int64) int64 { return base - (total-n)*recordStep }

// timeUnits tell seconds, milliseconds and microseconds apart: below a bound the value in nanoseconds fits int64.
var timeUnits = [...]struct{ below, factor float64 }{{9.2e9, 1e9}, {9.2e12, 1e6}, {9.2e15, 1e3}}

var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02"}

// timeOf reads a time as Unix nanoseconds: RFC 3339 and its relatives (UTC where no zone is given), or a number of
// seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size.
func timeOf(v attr.Value) (ns int64, ok bool) {
	if s := v.Str(); s != "" {
		for _, form := range timeForms {
			if t, err := time.Parse(form, s); err == nil {
				return nanos(t)
			}
		}
	}
	if v.Kind() == attr.Int {
		n := v.Int()
		if n <= 0 {
			return 0, false
		}
		for _, u := range timeUnits {
			if n < int64(u.below) {
				return n * int64(u.factor), true
			}
		}
		return n, true
	}
	f, ok := v.Number()
	if !ok || f <= 0 {
		return 0, false
	}
	for _, u := range timeUnits {
		if f < u.below {
			// In two steps: a float cannot hold nanoseconds since 1970 exactly, and the seconds should be exact.
			whole, part := math.Modf(f)
			return int64(whole)*int64(u.factor) + int64(math.Round(part*u.factor)), true
		}
	}
	if f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}

// nanos is t in Unix nanoseconds where int64 can say it.
func nanos(t time.Time) (int64, bool) {
	if y := t.Year(); y < 1970 || y > 2200 {
		return 0, false
	}
	return t.UnixNano(), true
}
