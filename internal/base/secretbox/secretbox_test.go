package secretbox

import (
	"bytes"
	"testing"
)

func TestSealedOpensOnlyUnchanged(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("correct horse")
	sealed, err := b.Seal(plain, "here")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain) {
		t.Fatal("the sealed secret shows the plain one")
	}
	if got, err := b.Open(sealed, "here"); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if _, err := b.Open(sealed, "there"); err == nil {
		t.Error("opened in another place")
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := b.Open(broken, "here"); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
		if _, err := b.Open(sealed[:i], "here"); err == nil {
			t.Errorf("opened when cut to %d bytes", i)
		}
	}
	again, _ := b.Seal(plain, "here")
	if bytes.Equal(sealed, again) {
		t.Error("sealing twice gave the same bytes")
	}
	other, _ := NewKey()
	if o, _ := New(other); o != nil {
		if _, err := o.Open(sealed, "here"); err == nil {
			t.Error("opened under another key")
		}
	}
	if _, err := New(key[:31]); err == nil {
		t.Error("a short key was taken")
	}
}
