// Package secretbox seals secrets at rest: AES-256-GCM under one key, bound to the place where the secret stands.
// It does no I/O and does not know where the key is kept. Start reading at Box.
package secretbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// version is the first byte of what Seal answers, so that another cipher can live beside this one.
const version = 1

// Box seals and opens. It is safe for concurrent use. One key may seal up to 2^32 secrets, because every nonce is drawn
// at random.
type Box struct{ aead cipher.AEAD }

// New makes a Box from a key of KeySize bytes.
func New(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the secret key has %d bytes; it must have %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Box{aead}, nil
}

// NewKey draws a key.
func NewKey() ([]byte, error) {
	key := make([]byte, KeySize)
	_, err := io.ReadFull(rand.Reader, key)
	return key, err
}

// Seal encrypts plain. place says where it will stand (table, project, name) and must be the same at Open, so that a
// sealed value moved to another row does not open.
func (b *Box) Seal(plain []byte, place string) ([]byte, error) {
	out := make([]byte, 1+b.aead.NonceSize(), 1+b.aead.NonceSize()+len(plain)+b.aead.Overhead())
	out[0] = version
	if _, err := io.ReadFull(rand.Reader, out[1:]); err != nil {
		return nil, err
	}
	return b.aead.Seal(out, out[1:], plain, []byte(place)), nil
}

// Open decrypts what Seal answered. It fails when the key, the place or a single bit differs.
func (b *Box) Open(sealed []byte, place string) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < 1+n+b.aead.Overhead() || sealed[0] != version {
		return nil, errors.New("not a sealed secret")
	}
	plain, err := b.aead.Open(nil, sealed[1:1+n], sealed[1+n:], []byte(place))
	if err != nil {
		return nil, errors.New("the secret does not open: it was sealed under another key or for another place")
	}
	return plain, nil
}
