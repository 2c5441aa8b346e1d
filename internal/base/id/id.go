// Package id makes Steward's own identifiers: UUIDv7 text, so that they sort by time of birth.
package id

import "github.com/google/uuid"

// New answers a fresh UUIDv7 (RFC 9562) in its canonical text form. It panics only when the system has no entropy.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid says whether s is a UUID in canonical text form.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}
