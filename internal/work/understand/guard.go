package understand

import (
	"fmt"
	"runtime/debug"
)

// Failure is what reading a record panicked with: a fault of ours.
type Failure struct {
	Panic any
	Stack []byte
}

func (f *Failure) Error() string { return fmt.Sprintf("a record cannot be read: panic: %v", f.Panic) }

// Guard runs fn, which reads what somebody sent, and answers what it panicked with, nil as a rule. One record must not
// take the process down, or those beside it.
func Guard(fn func()) (failed *Failure) {
	defer func() {
		if p := recover(); p != nil {
			failed = &Failure{p, debug.Stack()}
		}
	}()
	fn()
	return nil
}
