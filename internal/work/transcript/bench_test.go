package transcript_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"steward/internal/work/transcript"
)

// endless repeats lines until size bytes are read, so that a file may be larger than memory.
type endless struct {
	line []byte
	left int64
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 && e.at == 0 {
		return 0, io.EOF
	}
	n := copy(p, e.line[e.at:])
	e.at = (e.at + n) % len(e.line)
	e.left -= int64(n)
	return n, nil
}

func large(size int64) transcript.File {
	text := strings.Repeat("some words of a long answer ", 40)
	line := []byte(fmt.Sprintf(`{"messages":[{"role":"system","content":%q},{"role":"user","content":%q},{"role":"assistant","content":%q},{"role":"user","content":%q},{"role":"assistant","content":%q}]}`+"\n",
		text, text, text, text, text))
	return transcript.File{Name: "large.jsonl", Open: func() (io.ReadCloser, error) { return io.NopCloser(&endless{line: line, left: size}), nil }}
}

// The file's size must not show in memory.
func TestMemory(t *testing.T) {
	files := []transcript.File{large(48 << 20)}
	c, err := transcript.Look(files, transcript.Auto, nil)
	if err != nil {
		t.Fatal(err)
	}
	var most uint64
	batches := 0
	for b, err := range transcript.Read(files, c, transcript.Options{Format: transcript.Auto, Import: "i", BaseTime: base}) {
		if err != nil {
			t.Fatal(err)
		}
		if batches++; batches%16 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		_ = b
	}
	if most > 32<<20 {
		t.Errorf("%d MB of memory for a file of 48 MB", most>>20)
	}
}

func BenchmarkLook(b *testing.B) {
	const size = 32 << 20
	b.SetBytes(size)
	for b.Loop() {
		if _, err := transcript.Look([]transcript.File{large(size)}, transcript.Auto, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadAndEncode(b *testing.B) {
	const size = 32 << 20
	files := []transcript.File{large(size)}
	c, err := transcript.Look(files, transcript.Auto, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		for batch, err := range transcript.Read(files, c, transcript.Options{Format: transcript.Auto, Import: "i", BaseTime: base}) {
			if err != nil {
				b.Fatal(err)
			}
			if len(bytes.TrimSpace(encode(b, batch.Spans))) == 0 {
				b.Fatal("nothing was encoded")
			}
		}
	}
}
