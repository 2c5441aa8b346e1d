package duckdb

import (
	"testing"

	"steward/internal/driver/duckdb/bloom"
)

func TestSidecar(t *testing.T) {
	keys := &bloom.Filter{}
	keys.Add(42)
	want := sidecarHead{schema: 3, gen: 4, applied: 5, rows: 6}
	b := appendSidecar(nil, want, keys)
	got, k, err := parseSidecar(b)
	if err != nil || got != want || !k.Has(42) {
		t.Fatalf("%+v %v", got, err)
	}
	if got, k, err := parseSidecar(appendSidecar(nil, want, nil)); err != nil || got != want || k != nil {
		t.Fatalf("without a filter: %+v %v", got, err)
	}
	for i := range b {
		b[i] ^= 1
		if _, _, err := parseSidecar(b); err == nil {
			t.Fatalf("a flipped bit in byte %d is not noticed", i)
		}
		b[i] ^= 1
	}
}

func FuzzSidecar(f *testing.F) {
	f.Add(appendSidecar(nil, sidecarHead{schema: 1}, &bloom.Filter{}))
	f.Add([]byte(sidecarMagic))
	f.Fuzz(func(t *testing.T, b []byte) { _, _, _ = parseSidecar(b) })
}
