// Package blob owns the contract for payloads and artifacts too large for a row: bytes addressed by project and
// SHA-256. It does not know what they mean, where they lie, or who still refers to them. Start at Store.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

// Digest is the SHA-256 of a blob's bytes.
type Digest [sha256.Size]byte

// String answers 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText makes digests text in JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Digest) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDigest(string(b))
	return err
}

// ParseDigest reads 64 lower-case hexadecimal digits; anything else is Invalid.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) == hex.EncodedLen(len(d)) {
		if _, err := hex.Decode(d[:], []byte(s)); err == nil && d.String() == s {
			return d, nil
		}
	}
	return Digest{}, errs.Invalid("%.80q is not a blob's digest; it must be a SHA-256 as 64 lower-case hexadecimal digits", s)
}

// Sum answers the digest of b.
func Sum(b []byte) Digest { return sha256.Sum256(b) }

// Ref names a blob within its project.
type Ref struct {
	SHA256 Digest `json:"sha256"`
	Size   int64  `json:"size"` // bytes
}

// Info is what a store knows of a blob without reading it.
type Info struct {
	Ref
	Modified time.Time // of the last Put of this content, UTC
}

// Store keeps blobs. The same content in two projects is two blobs; nothing is shared between projects. It is safe
// for concurrent use. Every method answers Invalid for a project that is not a valid name.
type Store interface {
	// Put reads r to its end and returns once the blob is durable. Content that is already there is not stored
	// again, but its Modified is set to now, durably, so that a sweep's grace period protects the new reference too.
	// If r is an io.ReadSeeker it may be read twice. An error of r is answered as it is, and nothing is stored.
	// A full or failing disk is Unavailable.
	Put(ctx context.Context, project project.ID, r io.Reader) (Ref, error)

	// Open answers the blob's bytes, or NotFound. They are checked while they are read: where the digest does not
	// match, the reader ends with an Internal error in place of io.EOF, so bytes count as good only after io.EOF.
	// The caller closes the reader.
	Open(ctx context.Context, project project.ID, digest Digest) (io.ReadCloser, error)

	// Stat answers NotFound when there is no such blob. It does not check the content.
	Stat(ctx context.Context, project project.ID, digest Digest) (Info, error)

	// Delete removes the blob at once and durably; to remove what is not there is no error.
	Delete(ctx context.Context, project project.ID, digest Digest) error

	// DeleteUnmodified is Delete for a sweep: it removes the blob only if its Modified is before the given time, and
	// says whether it did. A Put of the same content at the same time comes either wholly before, which keeps the
	// blob, or wholly after, which stores it anew.
	DeleteUnmodified(ctx context.Context, project project.ID, digest Digest, before time.Time) (bool, error)

	// List yields the project's blobs in the order of their digests; blobs put or deleted meanwhile may or may not be
	// among them. After an error it ends.
	List(ctx context.Context, project project.ID) iter.Seq2[Info, error]
}
