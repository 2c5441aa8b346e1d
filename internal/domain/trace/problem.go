package trace

// ProblemCode names a way in which a span can go wrong whatever its status says.
type ProblemCode string

// The codes. docs/problems.md says exactly when each is given. An error of the span's own status is none of them.
const (
	ToolError      ProblemCode = "tool_error"      // a tool's result says error
	EmptyRetrieval ProblemCode = "empty_retrieval" // a retrieval found nothing
	Cut            ProblemCode = "cut"             // the answer stopped at a limit
	Filtered       ProblemCode = "filtered"        // the answer was refused or withheld
	BadArguments   ProblemCode = "bad_arguments"   // a tool was called otherwise than it was offered
	ContextFull    ProblemCode = "context_full"    // the input fills nearly all of the model's window
	Repeated       ProblemCode = "repeated"        // the same call three times or more; only a whole trace shows it
)

// ProblemCodes lists what a stored span can carry, in the order in which a span lists them: all but Repeated.
func ProblemCodes() []ProblemCode {
	return []ProblemCode{ToolError, EmptyRetrieval, Cut, Filtered, BadArguments, ContextFull}
}

// Problem is something that went wrong. A span has at most one of a code. Detail is one short line for people.
type Problem struct {
	Code   ProblemCode
	Detail string
}

// Ails says whether the span ended in error or has a problem.
func (s *Span) Ails() bool { return s.StatusCode == StatusError || len(s.Problems) > 0 }

// Outcome says in a word how a trace or a session went.
type Outcome string

// The outcomes, the worst first.
const (
	OutcomeError      Outcome = "error"      // a root span ended in error
	OutcomeUnfinished Outcome = "unfinished" // some span is not known to have ended
	OutcomeProblem    Outcome = "problem"    // a span below failed, or something went wrong without an error
	OutcomeOK         Outcome = "ok"
)

// Outcome says how the trace went.
func (s *Summary) Outcome() Outcome {
	return outcome(s.Status == StatusError, s.Unfinished, s.Problems)
}

// Outcome says how the session went: failed where one of its traces did.
func (s *SessionSummary) Outcome() Outcome { return outcome(s.Failed > 0, s.Unfinished, s.Problems) }

func outcome(failed, unfinished bool, problems int64) Outcome {
	switch {
	case failed:
		return OutcomeError
	case unfinished:
		return OutcomeUnfinished
	case problems > 0:
		return OutcomeProblem
	}
	return OutcomeOK
}
