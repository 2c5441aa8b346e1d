package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"steward/internal/base/errs"
	"steward/internal/base/page"
)

// Decode reads the body as one JSON value of type T. Unknown fields, a second value and another content type are
// Invalid, with the field or the byte in the message; a body beyond the route's limit is TooLarge.
func Decode[T any](r *http.Request) (T, error) {
	var v T
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return v, errs.Invalid("the body must be JSON; send the header \"Content-Type: application/json\"")
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, decodeError(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return v, errs.Invalid("the body holds more than one JSON value, from byte %d", dec.InputOffset())
	}
	return v, nil
}

func decodeError(err error) error {
	var tooLarge *http.MaxBytesError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var moment *time.ParseError
	switch {
	case errors.As(err, &tooLarge):
		return errs.Wrap(errs.CodeTooLarge, err, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, io.EOF):
		return errs.Wrap(errs.CodeInvalid, err, "the body is empty; it must be JSON")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errs.Wrap(errs.CodeInvalid, err, "the body ends in the middle of its JSON")
	case errors.As(err, &syntax):
		return errs.Wrap(errs.CodeInvalid, err, "the body is not JSON, at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return errs.Wrap(errs.CodeInvalid, err, "%s must be %s, not %s", fieldName(kind.Field), wireType(kind), kind.Value).With("field", kind.Field)
	case errors.As(err, &moment):
		return errs.Wrap(errs.CodeInvalid, err, "%q is not a time; write it as 2006-01-02T15:04:05Z", strings.Trim(moment.Value, `"`))
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return errs.Wrap(errs.CodeInvalid, err, "the field %s is not known here", field)
	}
	return errs.Wrap(errs.CodeInvalid, err, "the body cannot be read")
}

func fieldName(f string) string {
	if f == "" {
		return "the body"
	}
	return f
}

func wireType(e *json.UnmarshalTypeError) string {
	switch k := e.Type.Kind().String(); {
	case k == "string":
		return "a string"
	case k == "slice" || k == "array":
		return "a list"
	case k == "struct" || k == "map":
		return "an object"
	case k == "bool":
		return "true or false"
	default:
		return "a number"
	}
}

// JSON answers v with the status.
func JSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(body, '\n'))
	return err
}

// NoContent answers 204.
func NoContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// PageOf reads limit and cursor for a list in the given sort order.
func PageOf(r *http.Request, sort string) (page.Cursor, int, error) {
	q := r.URL.Query()
	asked := 0
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return page.Cursor{}, 0, errs.Invalid("limit is %q; allowed are 1 to %d", s, page.MaxLimit)
		}
		asked = n
	}
	limit, err := page.Limit(asked)
	if err != nil {
		return page.Cursor{}, 0, err
	}
	after, err := page.Decode(q.Get("cursor"), sort)
	return after, limit, err
}

// Next answers a page's cursor for the wire: nil at the end.
func Next(c page.Cursor) *string {
	if c == (page.Cursor{}) {
		return nil
	}
	s := c.Encode()
	return &s
}

// Time answers Unix nanoseconds as a time in UTC.
func Time(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// TimeOrNull is Time, with null for zero.
func TimeOrNull(ns int64) *time.Time {
	if ns == 0 {
		return nil
	}
	t := Time(ns)
	return &t
}

// cut shortens s to at most n bytes without splitting a letter.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// nanos answers t as Unix nanoseconds, Invalid where they would not fit into 64 bits (before 1678, after 2262).
func nanos(field string, t time.Time) (int64, error) {
	if y := t.UTC().Year(); y < 1678 || y > 2261 {
		return 0, errs.Invalid("%s lies in the year %d; years from 1678 to 2261 can be kept", field, y).With("field", field)
	}
	return t.UnixNano(), nil
}

// big answers an integer as the wire has it beyond 2^53: a string.
func big(n int64) string { return strconv.FormatInt(n, 10) }

// count answers "1 span" or "3 spans".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}
