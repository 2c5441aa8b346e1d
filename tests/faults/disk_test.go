package faults

import (
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"steward/tests/server"
)

// smallDisk mounts a file system of its own; that takes root.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("left out: a small disk cannot be mounted (%v); run as root", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes a file until so many bytes are left.
func fill(t *testing.T, disk string, left int64) (ballast string) {
	t.Helper()
	var fs unix.Statfs_t
	if err := unix.Statfs(disk, &fs); err != nil {
		t.Fatal(err)
	}
	ballast = filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.CopyN(f, rand.Reader, int64(fs.Bavail)*fs.Bsize-left); err != nil {
		t.Fatal(err)
	}
	return ballast
}

func TestDiskFull(t *testing.T) {
	for name, c := range map[string]struct {
		minFree string
		kill    bool
	}{
		"and empty again":        {"8MiB", false},
		"killed while it is":     {"8MiB", true},
		"to the last byte":       {"0", false}, // the engine's own files have no room either
		"to the last and killed": {"0", true},
	} {
		t.Run(name, func(t *testing.T) {
			disk := smallDisk(t, "160m")
			o := server.Options{Data: filepath.Join(disk, "data"), Env: []string{"STEWARD_INTAKE_MIN_FREE=" + c.minFree, "STEWARD_INTAKE_MAX_SIZE=64MiB"}}
			o.Listen = server.FreeAddress(t)
			s := server.Start(t, o)
			book := newBook()
			send := func() server.Answer {
				p := book.open(server.NewBatch(1, 20, server.Noise(16<<10)))
				a, err := s.Post(t.Context(), "traces", p.Traces())
				if err != nil {
					t.Fatal(err)
				}
				if a.Status == http.StatusOK {
					book.done(p, traces)
				}
				return a
			}
			if a := send(); a.Status != http.StatusOK {
				t.Fatalf("before the disk is full: %+v", a)
			}
			ballast := fill(t, disk, 24<<20)
			full := 0
			for range 400 {
				a := send()
				if a.Status == http.StatusOK {
					continue
				}
				if a.Status != http.StatusServiceUnavailable || a.RetryAfter < 1 || !strings.Contains(a.Message, "disk is full") {
					t.Fatalf("refused with %+v; it had to be 503 with Retry-After, saying that the disk is full", a)
				}
				if full++; full == 5 {
					break
				}
			}
			if full < 5 {
				t.Fatal("the disk did not fill")
			}
			if c.kill {
				s.Kill()
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			if c.kill {
				s = server.Start(t, o)
			}
			s.Until("it takes records again", func() bool { return send().Status == http.StatusOK })
			book.check(t, s)
			spans, _ := book.acknowledged()
			t.Logf("%d spans acknowledged around a full disk, each there once", spans)
			s.Stop()
		})
	}
}
