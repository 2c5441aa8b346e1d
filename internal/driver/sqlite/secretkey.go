package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"steward/internal/base/errs"
	"steward/internal/base/secretbox"
	"steward/internal/driver/durable"
)

// OpenBox reads the secret key from path, making one with mode 0600 if there is none and fresh says that there is
// nothing yet that an older key may have sealed. It closes the file to others if it was open to them.
func OpenBox(path string, fresh bool) (_ *secretbox.Box, err error) {
	defer errs.Op(&err, "secret key "+path)
	key, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, fmt.Errorf("others may read it, and that cannot be changed: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case !fresh:
		return nil, errs.Wrap(errs.CodeConflict, err,
			"the secret key %s is missing, and the control store holds secrets sealed with it; put it back from a backup", path)
	default:
		if key, err = secretbox.NewKey(); err != nil {
			return nil, err
		}
		if err := durable.WriteFile(path, key); err != nil {
			return nil, err
		}
	}
	return secretbox.New(key)
}
