// Package secret holds values that must never be printed.
package secret

import "encoding/json"

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

// String prints, marshals and logs as Redacted; only Reveal answers the value.
type String string

// String answers Redacted.
func (String) String() string { return Redacted }

// GoString answers Redacted, for %#v.
func (String) GoString() string { return Redacted }

// MarshalJSON answers Redacted.
func (String) MarshalJSON() ([]byte, error) { return json.Marshal(Redacted) }

// MarshalText answers Redacted, for YAML and slog.
func (String) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// Reveal answers the value itself. Call it at the last moment, at the edge that needs it.
func (s String) Reveal() string { return string(s) }
