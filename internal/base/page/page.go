// Package page carries keyset paging: an opaque cursor that names the last row seen, never an offset.
package page

import (
	"encoding/base64"
	"encoding/json"

	"steward/internal/base/errs"
)

const (
	// DefaultLimit is the page size where the caller names none.
	DefaultLimit = 50
	// MaxLimit is the largest page size that may be asked for.
	MaxLimit = 1000
)

// Cursor names a position in a sorted list: the sort key's value and the row's identity as tie-breaker.
// Sort is the order it was made for; using it with another order is an error.
type Cursor struct {
	Sort  string `json:"s"`
	Value string `json:"v"`
	ID    string `json:"i"`
}

// Encode answers the cursor's wire form, "" for the zero cursor.
func (c Cursor) Encode() string {
	if c == (Cursor{}) {
		return ""
	}
	b, _ := json.Marshal(c) // three strings cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// Decode reads a cursor made by Encode for the same sort order; "" is the zero cursor, the beginning.
func Decode(s, sort string) (Cursor, error) {
	var c Cursor
	if s == "" {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &c) != nil {
		return Cursor{}, errs.Invalid("cursor is not one that this server gave; start again without cursor")
	}
	if c.Sort != sort {
		return Cursor{}, errs.Invalid("cursor belongs to sort order %q, not %q; start again without cursor", c.Sort, sort)
	}
	return c, nil
}

// Limit answers the page size for what was asked: 0 means DefaultLimit; below 0 or above MaxLimit is an error.
func Limit(asked int) (int, error) {
	switch {
	case asked == 0:
		return DefaultLimit, nil
	case asked < 0 || asked > MaxLimit:
		return 0, errs.Invalid("limit is %d; allowed are 1 to %d", asked, MaxLimit)
	}
	return asked, nil
}

// Page is one page of items; Next is the zero cursor at the end.
type Page[T any] struct {
	Items []T
	Next  Cursor
}
