// Package storetest holds the suites that prove a driver keeps its contract, one function per contract. A driver's own
// test calls it with a function that makes a fresh, empty store.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/blob"
	"steward/internal/domain/project"
)

// Blobs proves a blob.Store. Each call of open answers a fresh store; the store's clock may be the machine's.
func Blobs(t *testing.T, open func(t *testing.T) blob.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, blob.Store)
	}{
		{"what is put can be opened", blobRoundTrip},
		{"putting again is idempotent and renews the time", blobPutAgain},
		{"projects share nothing", blobProjects},
		{"what is absent is not found, and deleting it is no error", blobAbsent},
		{"a failing reader stores nothing", blobFailingReader},
		{"a bad project is refused", blobBadProject},
		{"a cancelled context is refused", blobCancelled},
		{"list yields all in order and can stop", blobList},
		{"a sweep spares what was put again", blobSweep},
		{"concurrent puts and sweeps never lose a put", blobRace},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

const one, two project.ID = "one", "two.2_b-c"

func put(t *testing.T, s blob.Store, p project.ID, content []byte) blob.Ref {
	t.Helper()
	ref, err := s.Put(context.Background(), p, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func get(t *testing.T, s blob.Store, p project.ID, d blob.Digest) []byte {
	t.Helper()
	r, err := s.Open(context.Background(), p, d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

func list(t *testing.T, s blob.Store, p project.ID) []blob.Info {
	t.Helper()
	var all []blob.Info
	for i, err := range s.List(context.Background(), p) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	return all
}

func wantCode(t *testing.T, err error, code errs.Code) {
	t.Helper()
	if errs.CodeOf(err) != code {
		t.Fatalf("got %v, want the code %s", err, code)
	}
}

func blobRoundTrip(t *testing.T, s blob.Store) {
	for _, size := range []int{0, 1, 4096, 1<<20 + 17} {
		content := bytes.Repeat([]byte{byte(size), 'x', 0}, size/3+1)[:size]
		for name, r := range map[string]io.Reader{
			"seekable": bytes.NewReader(content),
			"stream":   iotest.HalfReader(bytes.NewReader(content)),
		} {
			ref, err := s.Put(context.Background(), one, r)
			if err != nil {
				t.Fatalf("%s of %d bytes: %v", name, size, err)
			}
			if ref.SHA256 != blob.Sum(content) || ref.Size != int64(size) {
				t.Fatalf("%s of %d bytes: %+v", name, size, ref)
			}
			if !bytes.Equal(get(t, s, one, ref.SHA256), content) {
				t.Fatalf("%s of %d bytes came back different", name, size)
			}
			info, err := s.Stat(context.Background(), one, ref.SHA256)
			if err != nil || info.Ref != ref || info.Modified.IsZero() {
				t.Fatalf("stat: %+v %v", info, err)
			}
		}
	}
	tail := bytes.NewReader([]byte("skip this part"))
	if _, err := tail.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	ref, err := s.Put(context.Background(), one, tail)
	if err != nil || ref.SHA256 != blob.Sum([]byte("this part")) {
		t.Fatalf("a reader that stands in the middle: %+v %v", ref, err)
	}
}

func blobPutAgain(t *testing.T, s blob.Store) {
	ref := put(t, s, one, []byte("content"))
	first, err := s.Stat(context.Background(), one, ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if again := put(t, s, one, []byte("content")); again != ref {
		t.Fatalf("%+v, then %+v", ref, again)
	}
	second, err := s.Stat(context.Background(), one, ref.SHA256)
	if err != nil || second.Modified.Before(first.Modified) {
		t.Fatalf("modified %v, then %v (%v)", first.Modified, second.Modified, err)
	}
	if all := list(t, s, one); len(all) != 1 {
		t.Fatalf("%d blobs", len(all))
	}
}

func blobProjects(t *testing.T, s blob.Store) {
	ref := put(t, s, one, []byte("shared by chance"))
	_, err := s.Open(context.Background(), two, ref.SHA256)
	wantCode(t, err, errs.CodeNotFound)
	put(t, s, two, []byte("shared by chance"))
	if err := s.Delete(context.Background(), one, ref.SHA256); err != nil {
		t.Fatal(err)
	}
	get(t, s, two, ref.SHA256)
	if len(list(t, s, one)) != 0 || len(list(t, s, two)) != 1 {
		t.Fatal("deleting in one project must not touch the other")
	}
}

func blobAbsent(t *testing.T, s blob.Store) {
	d := blob.Sum([]byte("never put"))
	_, err := s.Open(context.Background(), one, d)
	wantCode(t, err, errs.CodeNotFound)
	_, err = s.Stat(context.Background(), one, d)
	wantCode(t, err, errs.CodeNotFound)
	if err := s.Delete(context.Background(), one, d); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.DeleteUnmodified(context.Background(), one, d, time.Now().Add(time.Hour)); gone || err != nil {
		t.Fatal(gone, err)
	}
	if all := list(t, s, one); len(all) != 0 {
		t.Fatalf("%d blobs", len(all))
	}
}

func blobFailingReader(t *testing.T, s blob.Store) {
	broken := errors.New("the line went dead")
	_, err := s.Put(context.Background(), one, io.MultiReader(bytes.NewReader(make([]byte, 100_000)), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Fatalf("got %v, want the reader's error", err)
	}
	if all := list(t, s, one); len(all) != 0 {
		t.Fatalf("%d blobs", len(all))
	}
}

func blobBadProject(t *testing.T, s blob.Store) {
	d := put(t, s, one, []byte("x")).SHA256
	ctx := context.Background()
	for _, p := range []project.ID{"", ".", "..", "../one", "one/", "/etc", "One", ".tmp", "a\x00b"} {
		_, err := s.Put(ctx, p, bytes.NewReader(nil))
		wantCode(t, err, errs.CodeInvalid)
		_, err = s.Open(ctx, p, d)
		wantCode(t, err, errs.CodeInvalid)
		_, err = s.Stat(ctx, p, d)
		wantCode(t, err, errs.CodeInvalid)
		wantCode(t, s.Delete(ctx, p, d), errs.CodeInvalid)
		_, err = s.DeleteUnmodified(ctx, p, d, time.Now())
		wantCode(t, err, errs.CodeInvalid)
		for _, err := range s.List(ctx, p) {
			wantCode(t, err, errs.CodeInvalid)
		}
	}
}

func blobCancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Put(ctx, one, bytes.NewReader([]byte("x"))); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	n := 0
	for _, err := range s.List(ctx, one) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if n != 1 || len(list(t, s, one)) != 0 {
		t.Fatalf("%d answers", n)
	}
}

func blobList(t *testing.T, s blob.Store) {
	want := map[blob.Digest]int64{}
	for i := range 100 {
		ref := put(t, s, one, []byte(fmt.Sprint("blob ", i)))
		want[ref.SHA256] = ref.Size
	}
	put(t, s, two, []byte("not this one"))
	all := list(t, s, one)
	if !slices.IsSortedFunc(all, func(a, b blob.Info) int { return bytes.Compare(a.SHA256[:], b.SHA256[:]) }) {
		t.Error("not in order")
	}
	for _, i := range all {
		if size, ok := want[i.SHA256]; !ok || size != i.Size || i.Modified.IsZero() {
			t.Errorf("%+v", i)
		}
		delete(want, i.SHA256)
	}
	if len(all) != 100 || len(want) != 0 {
		t.Fatalf("%d listed, %d missing", len(all), len(want))
	}
	n := 0
	for range s.List(context.Background(), one) {
		if n++; n == 3 {
			break
		}
	}
	for i, err := range s.List(context.Background(), one) { // deleting while listing is what a sweep does
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(context.Background(), one, i.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	if left := list(t, s, one); len(left) != 0 {
		t.Fatalf("%d left", len(left))
	}
}

func blobSweep(t *testing.T, s blob.Store) {
	ref := put(t, s, one, []byte("swept"))
	old, err := s.Stat(context.Background(), one, ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := s.DeleteUnmodified(context.Background(), one, ref.SHA256, old.Modified); gone || err != nil {
		t.Fatalf("it was not modified before its own time: %v %v", gone, err)
	}
	if gone, err := s.DeleteUnmodified(context.Background(), one, ref.SHA256, old.Modified.Add(time.Second)); !gone || err != nil {
		t.Fatal(gone, err)
	}
	_, err = s.Stat(context.Background(), one, ref.SHA256)
	wantCode(t, err, errs.CodeNotFound)
}

func blobRace(t *testing.T, s blob.Store) {
	ctx := context.Background()
	content := []byte("wanted again and again")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 25 {
				start := time.Now()
				var r io.Reader = bytes.NewReader(content)
				if i%2 == 0 {
					r = iotest.OneByteReader(r)
				}
				ref, err := s.Put(ctx, one, r)
				if err != nil {
					t.Error(err)
					return
				}
				// A sweep whose grace period began before this Put must spare it.
				if _, err := s.DeleteUnmodified(ctx, one, ref.SHA256, start.Add(-time.Hour)); err != nil {
					t.Error(err)
				}
				if _, err := s.Stat(ctx, one, ref.SHA256); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	get(t, s, one, blob.Sum(content))
}
