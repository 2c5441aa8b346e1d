// Package errs is the one error vocabulary: few codes, a message that is safe to show, a wrapped cause that is not.
// Every surface maps codes to its own wire form in one table; nothing else inspects error text.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure it is. The set is closed and is part of the public API.
type Code string

const (
	CodeInvalid         Code = "invalid"         // the request is wrong; repeating it will not help
	CodeUnauthenticated Code = "unauthenticated" // no or no valid credential
	CodeForbidden       Code = "forbidden"       // known caller, not allowed
	CodeNotFound        Code = "not_found"
	CodeConflict        Code = "conflict"    // the state of things does not allow it
	CodeTooLarge        Code = "too_large"   // beyond a documented limit
	CodeOverloaded      Code = "overloaded"  // try again later, see RetryAfter
	CodeUnavailable     Code = "unavailable" // a part is away (disk full, engine gone); try again later
	CodeInternal        Code = "internal"    // our fault
)

// Error carries a code and a message for the user. Cause is for the operator's log only.
type Error struct {
	Code       Code
	Message    string
	Details    map[string]any // machine-readable facts, for example column or field; may be nil
	RetryAfter time.Duration  // zero unless the code is overloaded or unavailable
	Cause      error
}

// Error answers message and cause, for logs; surfaces show Message alone.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// With returns a copy with one more detail.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Details = make(map[string]any, len(e.Details)+1)
	for k, v := range e.Details {
		c.Details[k] = v
	}
	c.Details[key] = value
	return &c
}

// New makes an error of a code; format and args are shown to the user.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an error of a code around cause; only the message is shown to the user.
func Wrap(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Invalid is New(CodeInvalid, ...).
func Invalid(format string, args ...any) *Error { return New(CodeInvalid, format, args...) }

// NotFound is New(CodeNotFound, ...).
func NotFound(format string, args ...any) *Error { return New(CodeNotFound, format, args...) }

// Overloaded is New(CodeOverloaded, ...) with the time after which a retry is worth while.
func Overloaded(retry time.Duration, format string, args ...any) *Error {
	e := New(CodeOverloaded, format, args...)
	e.RetryAfter = retry
	return e
}

// Unavailable wraps cause as CodeUnavailable with the time after which a retry is worth while.
func Unavailable(retry time.Duration, cause error, format string, args ...any) *Error {
	e := Wrap(CodeUnavailable, cause, format, args...)
	e.RetryAfter = retry
	return e
}

// From finds the *Error in err's chain; anything unrecognised becomes an internal error with err as its cause.
// It returns nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(CodeInternal, err, "internal error")
}

// CodeOf answers the code of err, CodeInternal for an unrecognised one and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}

// Op adds the operation to a failing error, for use by defer: defer errs.Op(&err, "duckdb.Load").
// Codes and messages stay what they were.
func Op(err *error, op string) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", op, *err)
	}
}
