// Package project owns the tenant: every key, budget, retention and record belongs to exactly one project.
package project

import (
	"regexp"

	"steward/internal/base/errs"
)

// ID names a project. It is safe as a folder name and in a URL.
type ID string

// Default is the project that exists from the first start.
const Default ID = "default"

var form = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// ParseID checks the form [a-z0-9][a-z0-9._-]{0,62}.
func ParseID(s string) (ID, error) {
	if !form.MatchString(s) {
		return "", errs.Invalid("project %q is not a name; use 1 to 63 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit", s)
	}
	return ID(s), nil
}

// Project is a tenant. Times are Unix nanoseconds, UTC.
type Project struct {
	ID      ID
	Title   string
	Created int64
}
