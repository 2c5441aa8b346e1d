// Package folder keeps blobs as files: ROOT/PROJECT/ab/cd/<64 hex digits>. It implements blob.Store and knows nothing
// of who refers to a blob. One process at a time may use a root; the data folder's lock sees to that.
package folder

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/blob"
	"steward/internal/domain/project"
	"steward/internal/driver/durable"
)

var _ blob.Store = (*Store)(nil)

const (
	tempFolder = ".tmp" // no project's name begins with a dot
	retryFull  = 5 * time.Second
)

// Store is a folder of blobs.
type Store struct {
	root  string
	clock clock.Clock

	// locks orders what changes one blob, by its first byte: DeleteUnmodified against Put.
	locks [256]sync.Mutex
}

// New answers the store in root, which it creates when missing (mode 0700), and removes what unfinished Puts of an
// earlier process left.
func New(root string, c clock.Clock) (*Store, error) {
	tmp := filepath.Join(root, tempFolder)
	if err := os.RemoveAll(tmp); err != nil {
		return nil, unavailable(root, err)
	}
	if err := durable.MkdirAll(tmp); err != nil {
		return nil, unavailable(root, err)
	}
	return &Store{root: root, clock: c}, nil
}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, p project.ID, r io.Reader) (blob.Ref, error) {
	if err := check(ctx, p); err != nil {
		return blob.Ref{}, err
	}
	if seeker, ok := r.(io.ReadSeeker); ok {
		// The same image comes again with every turn of a chat: hashing is cheaper than writing it once more.
		ref, known, err := s.known(p, seeker)
		if known || err != nil {
			return ref, err
		}
	}
	f, err := os.CreateTemp(filepath.Join(s.root, tempFolder), "put-")
	if err != nil {
		return blob.Ref{}, unavailable(s.root, err)
	}
	ref, err := s.receive(ctx, f, r)
	if e := f.Close(); e != nil && err == nil {
		err = unavailable(s.root, e)
	}
	if err == nil {
		err = s.place(f.Name(), p, ref.SHA256)
	}
	if err != nil {
		if e := os.Remove(f.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
		return blob.Ref{}, err
	}
	return ref, nil
}

// known answers the blob with r's content if it is there, now marked as put again; else r stands where it stood.
func (s *Store) known(p project.ID, r io.ReadSeeker) (blob.Ref, bool, error) {
	start, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return blob.Ref{}, false, err
	}
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return blob.Ref{}, false, err
	}
	ref := blob.Ref{SHA256: blob.Digest(h.Sum(nil)), Size: n}
	path := s.path(p, ref.SHA256)
	defer s.lock(ref.SHA256)()
	// A damaged blob does not count: this Put is the chance to heal it.
	known, err := s.intact(path, ref)
	if known {
		known, err = s.touch(path)
	}
	if known || err != nil {
		return ref, known, err
	}
	_, err = r.Seek(start, io.SeekStart)
	return blob.Ref{}, false, err
}

// intact says whether path holds the content of ref.
func (s *Store) intact(path string, ref blob.Ref) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unavailable(s.root, err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return false, unavailable(s.root, err)
	}
	return n == ref.Size && blob.Digest(h.Sum(nil)) == ref.SHA256, nil
}

// receive copies r into f and makes it durable there.
func (s *Store) receive(ctx context.Context, f *os.File, r io.Reader) (blob.Ref, error) {
	h := sha256.New()
	w := &diskWriter{w: f}
	n, err := io.Copy(io.MultiWriter(w, h), &contextReader{ctx, r})
	if w.err != nil {
		return blob.Ref{}, unavailable(s.root, w.err)
	}
	if err != nil {
		return blob.Ref{}, err // the reader's own
	}
	if err := f.Sync(); err != nil {
		return blob.Ref{}, unavailable(s.root, err)
	}
	return blob.Ref{SHA256: blob.Digest(h.Sum(nil)), Size: n}, nil
}

// place moves the finished file tmp to the blob's name. A file already there is replaced: its content is the same, or
// it is damaged.
func (s *Store) place(tmp string, p project.ID, d blob.Digest) error {
	path := s.path(p, d)
	defer s.lock(d)()
	if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
		return unavailable(s.root, err)
	}
	if _, err := s.touch(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return unavailable(s.root, err)
	}
	if err := durable.SyncDir(filepath.Dir(path)); err != nil {
		return unavailable(s.root, err)
	}
	return nil
}

// touch sets path's modification time to now, durably, and answers false when there is no such file.
func (s *Store) touch(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unavailable(s.root, err)
	}
	now := s.clock.Now()
	err = os.Chtimes(path, now, now)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return false, unavailable(s.root, err)
	}
	return true, nil
}

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, p project.ID, d blob.Digest) (io.ReadCloser, error) {
	if err := check(ctx, p); err != nil {
		return nil, err
	}
	f, err := os.Open(s.path(p, d))
	if err != nil {
		return nil, s.missing(p, d, err)
	}
	return &checkedReader{file: f, want: d, hash: sha256.New()}, nil
}

// Stat implements blob.Store.
func (s *Store) Stat(ctx context.Context, p project.ID, d blob.Digest) (blob.Info, error) {
	if err := check(ctx, p); err != nil {
		return blob.Info{}, err
	}
	i, err := os.Stat(s.path(p, d))
	if err != nil {
		return blob.Info{}, s.missing(p, d, err)
	}
	return info(d, i), nil
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, p project.ID, d blob.Digest) error {
	if err := check(ctx, p); err != nil {
		return err
	}
	defer s.lock(d)()
	return s.remove(s.path(p, d))
}

// DeleteUnmodified implements blob.Store.
func (s *Store) DeleteUnmodified(ctx context.Context, p project.ID, d blob.Digest, before time.Time) (bool, error) {
	if err := check(ctx, p); err != nil {
		return false, err
	}
	path := s.path(p, d)
	defer s.lock(d)()
	i, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unavailable(s.root, err)
	}
	if !i.ModTime().Before(before) {
		return false, nil
	}
	if err := s.remove(path); err != nil {
		return false, err
	}
	return true, nil
}

func (s *Store) remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return unavailable(s.root, err)
	}
	return nil
}

// List implements blob.Store. Files that are not named like a blob are left alone and not listed.
func (s *Store) List(ctx context.Context, p project.ID) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		if err := check(ctx, p); err != nil {
			yield(blob.Info{}, err)
			return
		}
		err := filepath.WalkDir(filepath.Join(s.root, string(p)), func(path string, e fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if errors.Is(err, fs.ErrNotExist) { // an empty project, or deleted meanwhile
				return nil
			}
			if err != nil {
				return err
			}
			d, err := blob.ParseDigest(e.Name())
			if err != nil || e.IsDir() || path != s.path(p, d) {
				return nil
			}
			i, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if !yield(info(d, i), nil) {
				return fs.SkipAll
			}
			return nil
		})
		switch {
		case err == nil:
		case ctx.Err() != nil:
			yield(blob.Info{}, fmt.Errorf("list blobs: %w", err))
		default:
			yield(blob.Info{}, unavailable(s.root, err))
		}
	}
}

func (s *Store) path(p project.ID, d blob.Digest) string {
	name := d.String()
	return filepath.Join(s.root, string(p), name[:2], name[2:4], name)
}

func (s *Store) lock(d blob.Digest) (unlock func()) {
	s.locks[d[0]].Lock()
	return s.locks[d[0]].Unlock
}

func (s *Store) missing(p project.ID, d blob.Digest, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errs.NotFound("project %s has no blob %s", p, d)
	}
	return unavailable(s.root, err)
}

// check refuses a project that is not a name before it becomes part of a path.
func check(ctx context.Context, p project.ID) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("blob store: %w", err)
	}
	_, err := project.ParseID(string(p))
	return err
}

func info(d blob.Digest, i fs.FileInfo) blob.Info {
	return blob.Info{Ref: blob.Ref{SHA256: d, Size: i.Size()}, Modified: i.ModTime().UTC()}
}

func unavailable(root string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errs.Unavailable(retryFull, err, "disk is full: no space for a blob in %s; free space there or shorten retention", root)
	}
	return errs.Unavailable(retryFull, err, "the blob folder %s cannot be used; check the disk and permissions (the server's log has the cause)", root)
}
