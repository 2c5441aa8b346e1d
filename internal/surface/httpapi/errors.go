package httpapi

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"steward/api"
	"steward/internal/base/errs"
)

// ErrorShape writes an error in a surface's own form. The status and the header Retry-After are settled before;
// only e's Message and Details may be shown.
type ErrorShape func(w http.ResponseWriter, r *http.Request, status int, e *errs.Error)

// statuses is the one table from code to HTTP status.
var statuses = map[errs.Code]int{
	errs.CodeInvalid:         http.StatusBadRequest,
	errs.CodeUnauthenticated: http.StatusUnauthorized,
	errs.CodeForbidden:       http.StatusForbidden,
	errs.CodeNotFound:        http.StatusNotFound,
	errs.CodeConflict:        http.StatusConflict,
	errs.CodeTooLarge:        http.StatusRequestEntityTooLarge,
	errs.CodeOverloaded:      http.StatusTooManyRequests,
	errs.CodeUnavailable:     http.StatusServiceUnavailable,
	errs.CodeInternal:        http.StatusInternalServerError,
}

// Status answers the HTTP status of a code.
func Status(code errs.Code) int {
	if s, ok := statuses[code]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Envelope is the error shape of /api: {"error":{"code","message","details"}}.
func Envelope(w http.ResponseWriter, _ *http.Request, status int, e *errs.Error) {
	body, err := json.Marshal(api.ErrorBody{Error: api.Error{Code: string(e.Code), Message: e.Message, Details: e.Details}})
	if err != nil { // a detail that JSON cannot say, such as an infinite number: the message still goes out
		body, _ = json.Marshal(api.ErrorBody{Error: api.Error{Code: string(e.Code), Message: e.Message}})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone if this fails; the access log has the status
}

// notAllowed marks the one failure whose status does not follow from its code.
type notAllowed struct{ cause error }

func (n notAllowed) Error() string { return n.cause.Error() }
func (n notAllowed) Unwrap() error { return n.cause }

func methodNotAllowed(method, allow string) error {
	return notAllowed{errs.Invalid("%s does not work here; allowed are %s", method, allow)}
}

// fail answers err in the given shape, unless the handler has already begun to answer, and leaves it for the access
// log, which is where every failure is logged once.
func (k *Kit) fail(w http.ResponseWriter, r *http.Request, shape ErrorShape, err error) {
	e := errs.From(err)
	if rec, ok := w.(*recorder); ok {
		rec.err = err
		if rec.status != 0 {
			return
		}
	}
	status := Status(e.Code)
	if _, ok := err.(notAllowed); ok {
		status = http.StatusMethodNotAllowed
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="steward"`)
	}
	if s := retryAfter(e); s != "" {
		w.Header().Set("Retry-After", s)
	}
	shape(w, r, status, e)
}

// retryAfter answers whole seconds, rounded up, at least 1, or "" when the error names no time and needs none.
func retryAfter(e *errs.Error) string {
	if e.RetryAfter <= 0 && e.Code != errs.CodeOverloaded && e.Code != errs.CodeUnavailable {
		return ""
	}
	return strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds()))))
}

// panicked is what a handler's panic becomes.
func panicked(value any, stack []byte) error {
	return errs.Wrap(errs.CodeInternal, fmt.Errorf("panic: %v\n%s", value, stack), "internal error")
}
