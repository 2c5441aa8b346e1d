// Package score owns judgements: a named number, label or boolean on a trace, span or session, with its source and
// its explanation.
package score

import (
	"math"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// SourceKind says who judged.
type SourceKind string

// The kinds of source.
const (
	Human SourceKind = "human"
	Code  SourceKind = "code"
	Judge SourceKind = "judge"
	User  SourceKind = "user"
)

// Score is one judgement. Exactly one of Value, Label and Boolean is set, or none where the judge could not tell.
// Time is Unix nanoseconds, UTC.
type Score struct {
	ID          string
	Project     project.ID
	Trace       trace.ID     // zero for a session's score
	Span        trace.SpanID // zero for a trace's or a session's score
	Session     string       // set for a session's score
	Name        string
	Value       *float64
	Label       string
	Boolean     *bool
	Source      SourceKind
	SourceName  string
	Explanation string
	Time        int64
	// Day is the start time of what is judged, where it is known: it says in which partition the score lives.
	// 0 means unknown, and Time is taken.
	Day int64
}

// MaxName bounds a score's name, in bytes.
const MaxName = 256

// Validate says what is wrong with a score that came from outside.
func (s *Score) Validate() error {
	switch {
	case s.Name == "" || len(s.Name) > MaxName:
		return errs.Invalid("score name must have 1 to %d bytes", MaxName)
	case s.Trace.IsZero() && s.Session == "":
		return errs.Invalid("score %q has no target; give target.trace_id or target.session", s.Name)
	case s.Trace.IsZero() && !s.Span.IsZero():
		return errs.Invalid("score %q names a span without its trace; give target.trace_id too", s.Name)
	case s.Value != nil && (math.IsNaN(*s.Value) || math.IsInf(*s.Value, 0)):
		return errs.Invalid("score %q: value must be a finite number", s.Name)
	case s.given() > 1:
		return errs.Invalid("score %q has more than one of value, label and boolean", s.Name)
	}
	switch s.Source {
	case Human, Code, Judge, User:
		return nil
	}
	return errs.Invalid("score %q: source.kind is %q; allowed are human, code, judge, user", s.Name, s.Source)
}

func (s *Score) given() (n int) {
	if s.Value != nil {
		n++
	}
	if s.Label != "" {
		n++
	}
	if s.Boolean != nil {
		n++
	}
	return n
}
