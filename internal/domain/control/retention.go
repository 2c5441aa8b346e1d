package control

import "steward/internal/base/errs"

// Retention is how many days each kind of record of a project is kept, counted from the end of the record's day.
// Zero means for ever.
type Retention struct {
	SpansDays   int
	LogsDays    int
	MetricsDays int
	ScoresDays  int
	BlobsDays   int
}

// maxDays is a century: more is a slip of the finger and would pass the end of int64 nanoseconds one day.
const maxDays = 36_500

// DefaultRetention keeps everything: what is thrown away is for the user to say.
func DefaultRetention() Retention { return Retention{} }

// Check answers Invalid for days below 0 or above 36,500.
func (r Retention) Check() error {
	for _, d := range r.Fields() {
		if d.Days < 0 || d.Days > maxDays {
			return errs.Invalid("%s is %d; allowed are 1 to %d, or 0 for ever", d.Name, d.Days, maxDays).With("field", d.Name)
		}
	}
	return nil
}

// RetentionField is one kind's days under its public name.
type RetentionField struct {
	Name string
	Days int
}

// Fields answers the days of each kind in a fixed order.
func (r Retention) Fields() []RetentionField {
	return []RetentionField{
		{"spans_days", r.SpansDays}, {"logs_days", r.LogsDays}, {"metrics_days", r.MetricsDays},
		{"scores_days", r.ScoresDays}, {"blobs_days", r.BlobsDays},
	}
}
