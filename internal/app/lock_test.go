package app

import (
	"strings"
	"testing"
)

func TestSecondProcessIsToldWhoHoldsTheFolder(t *testing.T) {
	dir := t.TempDir()
	unlock, err := lockFolder(dir, "pid 42, listening on 127.0.0.1:7171")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFolder(dir, "second"); err == nil || !strings.Contains(err.Error(), "pid 42") {
		t.Fatalf("second lock: %v", err)
	}
	unlock()
	again, err := lockFolder(dir, "third")
	if err != nil {
		t.Fatal(err)
	}
	again()
}
