package home

import (
	"time"

	"steward/internal/domain/telemetry"
)

// growthDays is how many whole days the growth of the disk's use is averaged over.
const growthDays = 7

// DaysLeft answers how many days the free bytes last when every day brings as much telemetry as the last whole ones on
// average. ok is false where nothing came in on those.
func DaysLeft(parts []telemetry.Part, free uint64, today time.Time) (days float64, ok bool) {
	end := today.UTC().Format(time.DateOnly)
	begin := today.UTC().AddDate(0, 0, -growthDays).Format(time.DateOnly)
	var bytes int64
	for _, p := range parts {
		if p.Day >= begin && p.Day < end {
			bytes += p.Bytes
		}
	}
	if bytes == 0 {
		return 0, false
	}
	return float64(free) / (float64(bytes) / growthDays), true
}
