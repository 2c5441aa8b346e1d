package duckdb

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"steward/internal/base/id"
	"steward/internal/domain/score"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
)

// TestTornCheckpoint opens what a SIGKILL leaves that hits a checkpoint while it overwrites a block of metadata.
func TestTornCheckpoint(t *testing.T) {
	ctx := context.Background()
	for name, torn := range map[string]int64{"not begun": 0, "at its first byte": 4096, "in the middle": blockSize / 2, "written whole": blockSize} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			position := uint64(0)
			load := func(n int) {
				t.Helper()
				position++
				entry := telemetry.Entry{Position: position}
				for range n {
					v := 0.5
					entry.Scores = append(entry.Scores, score.Score{ID: id.New(), Project: "p", Trace: trace.ID{1}, Name: "s", Value: &v, Source: score.Code, Time: 1e18})
				}
				if _, err := e.Load(ctx, []telemetry.Entry{entry}); err != nil {
					t.Fatal(err)
				}
			}
			for range 4 {
				load(1000)
				if err := e.Checkpoint(ctx); err != nil {
					t.Fatal(err)
				}
			}
			load(1000)
			p := e.parts[partKey{kind: telemetry.Scores}]
			if err := e.saveUndo(ctx, p); err != nil {
				t.Fatal(err)
			}
			image := map[string][]byte{}
			for _, path := range []string{p.path, p.wal(), p.undo()} {
				if image[path], err = os.ReadFile(path); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Checkpoint(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(p.undo()); !os.IsNotExist(err) {
				t.Errorf("a finished checkpoint leaves its undo: %v", err)
			}
			after, err := os.ReadFile(p.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			crash := t.TempDir()
			for path, b := range image {
				if path == p.path {
					tear(t, b, after, image[p.undo()], torn)
				}
				if err := os.WriteFile(filepath.Join(crash, filepath.Base(path)), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			again, err := Open(crash, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := again.Close(); err != nil {
					t.Error(err)
				}
			}()
			q := again.parts[partKey{kind: telemetry.Scores}]
			if err := again.attach(ctx, q); err != nil {
				t.Fatal(err)
			}
			var n int64
			if err := again.writer.QueryRowContext(ctx, "SELECT count(*) FROM "+q.table()).Scan(&n); err != nil || n != 5000 {
				t.Errorf("%d scores, want 5000: %v", n, err)
			}
			if err := again.Checkpoint(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// tear overwrites the first n bytes of the blocks that a checkpoint has overwritten while the old header needed them.
func tear(t *testing.T, file, after, undo []byte, n int64) {
	t.Helper()
	body, ok := checked(undo)
	if !ok {
		t.Fatal("the undo is not whole")
	}
	changed := 0
	for b := body[headerSize:]; len(b) > 0; b = b[8+blockSize:] {
		at := blockAt(binary.LittleEndian.Uint64(b))
		if !bytes.Equal(file[at:at+blockSize], after[at:at+blockSize]) {
			changed++
		}
		copy(file[at:at+n], after[at:])
	}
	if changed == 0 {
		t.Error("the checkpoint overwrote none of the saved blocks; the test proves nothing")
	}
}
