package intakelog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
)

// faults makes segment files fail as told. The zero value lets everything pass.
type faults struct {
	mu       sync.Mutex
	create   error
	write    error // after half of the bytes
	sync     error
	truncate error
	syncs    int
}

func (f *faults) set(change func(*faults)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *faults) open(path string) (file, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.create != nil {
		return nil, f.create
	}
	real, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &faulty{real, f}, nil
}

type faulty struct {
	*os.File
	f *faults
}

func (x *faulty) Write(b []byte) (int, error) {
	x.f.mu.Lock()
	defer x.f.mu.Unlock()
	if x.f.write != nil {
		n, err := x.File.Write(b[:len(b)/2])
		return n, errors.Join(x.f.write, err)
	}
	return x.File.Write(b)
}

func (x *faulty) Sync() error {
	x.f.mu.Lock()
	defer x.f.mu.Unlock()
	x.f.syncs++
	if x.f.sync != nil {
		return x.f.sync
	}
	return x.File.Sync()
}

func (x *faulty) Truncate(n int64) error {
	x.f.mu.Lock()
	defer x.f.mu.Unlock()
	if x.f.truncate != nil {
		return x.f.truncate
	}
	return x.File.Truncate(n)
}

func refused(t *testing.T, l *Log, payload, says string) {
	t.Helper()
	_, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{[]byte(payload)}})
	if e := errs.From(err); e == nil || e.Code != errs.CodeUnavailable || e.RetryAfter <= 0 || !strings.Contains(e.Message, says) {
		t.Fatalf("append on a failing disk: %v", err)
	}
}

func TestAFailingDiskIsNeverAcknowledgedAndServiceResumes(t *testing.T) {
	io := errors.New("the cable fell out")
	for name, c := range map[string]struct {
		fail func(*faults)
		says string
	}{
		"write":                {func(f *faults) { f.write = io }, "nothing was stored"},
		"sync":                 {func(f *faults) { f.sync = io }, "nothing was stored"},
		"full":                 {func(f *faults) { f.write = fmt.Errorf("write: %w", syscall.ENOSPC) }, "disk is full"},
		"quota at sync":        {func(f *faults) { f.sync = syscall.EDQUOT }, "disk is full"},
		"sync and truncate":    {func(f *faults) { f.sync, f.truncate = io, io }, "nothing was stored"},
		"write and truncate":   {func(f *faults) { f.write, f.truncate = io, io }, "nothing was stored"},
		"create":               {func(f *faults) { f.sync, f.create = io, syscall.ENOSPC }, "nothing was stored"},
		"everything at a time": {func(f *faults) { f.sync, f.create, f.truncate, f.write = io, io, io, io }, "nothing was stored"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, before := range []int{0, 2} { // with and without records in the segment that fails
				dir := t.TempDir()
				f := &faults{}
				l := open(t, Config{Dir: dir, create: f.open})
				var want []string
				for i := range before {
					want = append(want, fmt.Sprintf("%d=%s", add(t, l, fmt.Sprint("ok ", i)), fmt.Sprint("ok ", i)))
				}
				f.set(c.fail)
				if before > 0 {
					refused(t, l, "lost one", c.says)
				}
				refused(t, l, "lost two", "")
				if l.Tail() != intake.Position(before) {
					t.Fatalf("tail %d after failures", l.Tail())
				}
				wantContents(t, l, 0, want...)

				f.set(func(f *faults) { f.create, f.write, f.sync, f.truncate = nil, nil, nil, nil })
				want = append(want, fmt.Sprintf("%d=back", add(t, l, "back")))
				wantContents(t, l, 0, want...)
				files := snapshot(t, dir) // as a crash would leave them
				wantContents(t, open(t, Config{Dir: restore(t, files)}), 0, want...)
				if _, err := l.Rewrite(context.Background(), keepAll); err != nil {
					t.Fatal(err)
				}
				if b := string(bytesIn(t, dir)); strings.Contains(b, "lost") {
					t.Error("bytes of a refused record outlive Rewrite")
				}
				wantContents(t, l, 0, want...)
				l.Close()
				wantContents(t, open(t, Config{Dir: dir}), 0, want...)
			}
		})
	}
}

func keepAll(intake.Position, intake.Record) (intake.Edit, error) { return intake.Edit{}, nil }

func TestARefusedGroupIsRefusedAsAWhole(t *testing.T) {
	f := &faults{}
	l := open(t, Config{Dir: t.TempDir(), create: f.open})
	add(t, l, "first")
	f.set(func(f *faults) { f.sync = errors.New("no") })
	l.lead <- struct{}{} // so that all of them queue up as one group
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{[]byte("x")}}); errs.CodeOf(err) != errs.CodeUnavailable {
				t.Errorf("acknowledged: %v", err)
			}
		})
	}
	<-l.lead
	wg.Wait()
	f.set(func(f *faults) { f.sync = nil })
	add(t, l, "second")
	wantContents(t, l, 0, "1=first", "2=second")
}

// A real full file system, where this process may mount one.
func TestARealFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m,mode=0700"); err != nil {
		t.Logf("injected faults alone prove it here, mounting is not allowed: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	l := open(t, Config{Dir: filepath.Join(dir, "intake")})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	var err error
	for ; err == nil; n++ {
		_, err = l.Append(context.Background(), intake.Record{Payload: [][]byte{make([]byte, 100<<10)}})
	}
	if e := errs.From(err); e.Code != errs.CodeUnavailable || !strings.Contains(e.Message, "disk is full") {
		t.Fatal(err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if p := add(t, l, "back"); int(p) != n {
		t.Fatalf("position %d after %d acknowledged", p, n-1)
	}
	if got := len(contents(t, l, 0)); got != n {
		t.Fatalf("%d records of %d", got, n)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRewriteRemovesAndReplacesBytes(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, SegmentBytes: 500}
	l := open(t, cfg)
	for i := range 40 {
		add(t, l, fmt.Sprintf("%02d-", i+1), strings.Repeat([]string{"keep", "SECRET", "PARTLY"}[i%3], 20))
	}
	if err := l.Release(4); err != nil {
		t.Fatal(err)
	}
	failing := errors.New("no")
	if _, err := l.Rewrite(context.Background(), func(p intake.Position, _ intake.Record) (intake.Edit, error) {
		if p == 20 {
			return intake.Edit{}, failing
		}
		return intake.Edit{}, nil
	}); !errors.Is(err, failing) {
		t.Fatal(err)
	}
	var stop sync.WaitGroup
	stop.Go(func() { // appends go on
		for range 20 {
			if _, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{[]byte("meanwhile")}}); err != nil {
				t.Error(err)
			}
		}
	})
	report, err := l.Rewrite(context.Background(), func(_ intake.Position, r intake.Record) (intake.Edit, error) {
		s := string(r.Payload[0])
		switch {
		case strings.Contains(s, "SECRET"):
			return intake.Edit{Drop: true}, nil
		case strings.Contains(s, "PARTLY"):
			return intake.Edit{Replace: [][]byte{[]byte(s[:3]), []byte("masked")}}, nil
		}
		return intake.Edit{}, nil
	})
	stop.Wait()
	if err != nil || report.Dropped != 12 || report.Replaced != 12 || report.Files == 0 {
		t.Fatalf("%+v %v", report, err)
	}
	if s := string(bytesIn(t, dir)); strings.Contains(s, "SECRET") || strings.Contains(s, "PARTLY") || strings.Contains(s, "04-") {
		t.Error("removed bytes are still in a file")
	}
	check := func(l *Log) {
		t.Helper()
		got := contents(t, l, 0)
		if len(got) != 36-12+20 {
			t.Fatalf("%d records are left", len(got))
		}
		for _, g := range got[:24] {
			var p int
			var rest string
			if _, err := fmt.Sscanf(g, "%d=%s", &p, &rest); err != nil || !strings.HasPrefix(rest, fmt.Sprintf("%02d-", p)) || !(strings.Contains(rest, "keep") || strings.HasSuffix(rest, "-masked")) {
				t.Errorf("record %s", g)
			}
		}
	}
	check(l)
	wantBytes := l.Bytes()
	l.Close()
	l = open(t, cfg)
	check(l)
	if l.Bytes() != wantBytes {
		t.Errorf("Bytes was %d, is %d after reopening", wantBytes, l.Bytes())
	}
	if p := add(t, l, "end"); p != 61 {
		t.Errorf("position %d", p)
	}
}

func TestACrashDuringRewriteLeavesTheOriginal(t *testing.T) {
	files := killed(t, "alpha", "omega")
	files[firstSegment+".tmp"] = []byte("half a copy")
	files[segmentName(2)] = []byte("stewl") // and a segment whose creation was not finished
	dir := restore(t, files)
	l := open(t, Config{Dir: dir})
	wantContents(t, l, 0, "1=alpha", "2=omega")
	if got := snapshot(t, dir); len(got) != 2 {
		t.Errorf("%d files are left", len(got))
	}
}
