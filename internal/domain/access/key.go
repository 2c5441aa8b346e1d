package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

// Scheme names how a stored hash was made, so that a later scheme can live beside it.
type Scheme string

// SHA256 is one round of SHA-256 without salt. That is right here and wrong for passwords: the texts hashed are drawn by
// us with more than 190 bits of chance, so there is nothing to guess and no dictionary to slow down, while a slow hash
// would be paid on every request.
const SHA256 Scheme = "sha256"

const (
	keyMark      = "stw_"
	keyRandom    = 34 // base62 letters: 202 bits
	prefixRandom = 8  // of these shown and looked up by; 154 bits stay secret
	alphabet     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Key is a credential for programs. The text is shown once, when it is made; only its hash is kept.
// Times are Unix nanoseconds, UTC; zero means never.
type Key struct {
	ID          string
	Name        string
	Prefix      string // the first letters of the text, for people to tell keys apart
	Project     project.ID
	AllProjects bool // the operator key alone
	Scopes      []Scope
	Pin         Pin
	Owner       Actor // who acts when the key is used
	Maker       Actor // who made it
	Scheme      Scheme
	Hash        []byte
	Created     int64
	LastUsed    int64
	Expires     int64
	Revoked     int64
	Shared      Shared // what a share's key shows; zero for every other key
}

// Shared names the one trace or session that a share shows.
type Shared struct {
	Trace   string // hex
	Session string
}

// IsZero says whether s names nothing.
func (s Shared) IsZero() bool { return s == Shared{} }

// Principal answers who acts when k is used.
func (k Key) Principal() Principal {
	p := Principal{
		ID: k.Owner.ID, Kind: k.Owner.Kind, Name: k.Owner.Name, KeyID: k.ID,
		Project: k.Project, AllProjects: k.AllProjects, Actions: ActionsOf(k.Scopes) | SetOf(Self), Pin: k.Pin, Shared: k.Shared,
	}
	switch {
	case !k.Shared.IsZero():
		p.Actions = SetOf(Self, ShareView) // whatever else the record says
	case k.AllProjects:
		p.Role = Operator
	case p.Actions == Everything():
		p.Role = Admin
	}
	return p
}

// Usable answers nil when k may be used at the moment now, else an Unauthenticated error.
func (k Key) Usable(now int64) error {
	switch {
	case k.Revoked != 0:
		return errs.New(errs.CodeUnauthenticated, "the key %s… was revoked; make a new one", k.Prefix)
	case k.Expires != 0 && now >= k.Expires:
		return errs.New(errs.CodeUnauthenticated, "the key %s… has expired; make a new one", k.Prefix)
	}
	return nil
}

// Matches compares text with the stored hash in constant time. An unknown scheme matches nothing.
func (k Key) Matches(text string) bool {
	return k.Scheme == SHA256 && subtle.ConstantTimeCompare(k.Hash, Digest(text)) == 1
}

// NewKeyText draws a key from random: "stw_" and 34 base62 letters.
func NewKeyText(random io.Reader) (string, error) {
	s, err := Draw(random, keyRandom)
	return keyMark + s, err
}

// PrefixOf answers the part of a key's text that it is looked up by; ok is false when text cannot be a key.
func PrefixOf(text string) (prefix string, ok bool) {
	if !strings.HasPrefix(text, keyMark) || len(text) != len(keyMark)+keyRandom {
		return "", false
	}
	return text[:len(keyMark)+prefixRandom], true
}

// Digest is the SHA256 scheme.
func Digest(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Draw answers n letters of base62, every letter equally likely. 62 letters carry 5.95 bits each.
func Draw(random io.Reader, n int) (string, error) {
	out := make([]byte, 0, n)
	buf := make([]byte, n)
	for len(out) < n {
		if _, err := io.ReadFull(random, buf); err != nil {
			return "", errs.Wrap(errs.CodeInternal, err, "the system gives no random bytes")
		}
		for _, b := range buf {
			// 248 is the largest multiple of 62 in a byte; taking more would favour the first letters.
			if b < 248 && len(out) < n {
				out = append(out, alphabet[b%62])
			}
		}
	}
	return string(out), nil
}
