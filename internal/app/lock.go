package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"steward/internal/base/errs"
)

// lockFolder makes sure that one process at a time uses the data folder. The kernel frees the lock when the process
// ends, however it ends. note is what a second process is told about the first.
func lockFolder(data, note string) (unlock func(), err error) {
	path := filepath.Join(data, "steward.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errs.Wrap(errs.CodeUnavailable, err, "the lock %s cannot be opened; check the folder's owner and permissions", path)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		held, _ := os.ReadFile(path) // only to say more
		_ = f.Close()
		return nil, errs.Wrap(errs.CodeConflict, err, "the data folder %s is in use by another Steward (%s); stop it, or give this one another --data",
			data, strings.TrimSpace(string(held)))
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(note+"\n"), 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, errs.Wrap(errs.CodeUnavailable, err, "the lock %s cannot be written; is the disk full?", path)
	}
	return func() { _ = f.Close() }, nil
}

// lockNote says who holds the lock.
func lockNote(listen string) string {
	return fmt.Sprintf("pid %d, listening on %s", os.Getpid(), listen)
}
