package intakelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"steward/internal/base/clock"
	"steward/internal/base/errs"
	"steward/internal/domain/intake"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		appendUntilKilled(dir)
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, cfg Config) *Log {
	t.Helper()
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func add(t testing.TB, l *Log, payload ...string) intake.Position {
	t.Helper()
	r := intake.Record{Kind: 7}
	for _, p := range payload {
		r.Payload = append(r.Payload, []byte(p))
	}
	pos, err := l.Append(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

// contents answers what a replay after from delivers, one "position=payload" each.
func contents(t testing.TB, l *Log, from intake.Position) []string {
	t.Helper()
	var got []string
	err := l.Read(context.Background(), from, func(p intake.Position, r intake.Record) error {
		got = append(got, fmt.Sprintf("%d=%s", p, bytes.Join(r.Payload, nil)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantContents(t testing.TB, l *Log, from intake.Position, want ...string) {
	t.Helper()
	if got := contents(t, l, from); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("after %d the log reads %v, want %v", from, got, want)
	}
}

// bytesIn answers all files of dir, one after the other.
func bytesIn(t testing.TB, dir string) []byte {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

func segmentFiles(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAppendedRecordsAreReadInOrderAlsoAfterReopening(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	if l.Tail() != 0 {
		t.Fatalf("tail of an empty log is %d", l.Tail())
	}
	wantContents(t, l, 0)
	add(t, l, "one")
	add(t, l, "t", "", "wo")
	add(t, l)
	want := []string{"1=one", "2=two", "3="}
	wantContents(t, l, 0, want...)
	wantContents(t, l, 1, want[1:]...)
	wantContents(t, l, 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal("second Close:", err)
	}
	if _, err := l.Append(context.Background(), intake.Record{}); errs.CodeOf(err) != errs.CodeUnavailable {
		t.Fatalf("append after Close: %v", err)
	}

	l = open(t, Config{Dir: dir})
	wantContents(t, l, 0, want...)
	if p := add(t, l, "four"); p != 4 {
		t.Fatalf("position after reopening is %d, want 4", p)
	}
	wantContents(t, l, 2, "3=", "4=four")
	err := l.Read(context.Background(), 0, func(p intake.Position, r intake.Record) error {
		if r.Kind != 7 {
			t.Errorf("record %d has kind %d", p, r.Kind)
		}
		return errStop
	})
	if !errors.Is(err, errStop) {
		t.Fatalf("Read answered %v, want the callback's error", err)
	}
}

var errStop = errors.New("stop")

func TestConcurrentAppendsShareSyncsAndStayWhole(t *testing.T) {
	l := open(t, Config{Dir: t.TempDir(), SegmentBytes: 200 << 10})
	const writers, each = 16, 60
	var mu sync.Mutex
	byPos := map[intake.Position]string{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			buf := make([]byte, 0, 8<<10)
			for i := range each {
				head := fmt.Sprintf("%d/%d:", w, i)
				buf = append(buf[:0], head...)
				for range rng.IntN(8 << 10) {
					buf = append(buf, byte(rng.Uint32()))
				}
				pos, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{buf[:3], buf[3:]}})
				if err != nil {
					t.Error(err)
					return
				}
				if l.Tail() < pos {
					t.Errorf("record %d is acknowledged beyond the tail %d", pos, l.Tail())
				}
				mu.Lock()
				byPos[pos] = string(buf)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	n := intake.Position(0)
	err := l.Read(context.Background(), 0, func(p intake.Position, r intake.Record) error {
		if n++; p != n {
			return fmt.Errorf("position %d, want %d", p, n)
		}
		if got := string(bytes.Join(r.Payload, nil)); got != byPos[p] {
			return fmt.Errorf("record %d differs from what was appended", p)
		}
		return nil
	})
	if err != nil || n != writers*each {
		t.Fatalf("read %d records: %v", n, err)
	}
	if s := l.Stats(); s.Appends != writers*each || s.Groups >= s.Appends {
		t.Errorf("%d appends took %d syncs; they do not share", s.Appends, s.Groups)
	}
	for _, from := range []intake.Position{1, 17, 500, 959} {
		if got := contents(t, l, from); len(got) != int(writers*each-from) || !strings.HasPrefix(got[0], fmt.Sprintf("%d=", from+1)) {
			t.Errorf("after %d come %d records", from, len(got))
		}
	}
}

func TestTheBoundRefusesAndReleaseMakesRoom(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Config{Dir: dir, MaxBytes: 1 << 20})
	big := strings.Repeat("x", 200<<10)
	var err error
	n := 0
	for err == nil && n < 100 {
		if _, err = l.Append(context.Background(), intake.Record{Payload: [][]byte{[]byte(big)}}); err == nil {
			n++
		}
	}
	if e := errs.From(err); e == nil || e.Code != errs.CodeOverloaded || e.RetryAfter <= 0 {
		t.Fatalf("at the bound: %v", err)
	}
	if n != 5 || l.Bytes() > l.Bound() || l.Tail() != 5 {
		t.Fatalf("%d records, %d bytes of %d, tail %d", n, l.Bytes(), l.Bound(), l.Tail())
	}
	if err := l.Release(6); errs.CodeOf(err) != errs.CodeInvalid {
		t.Fatalf("release beyond the tail: %v", err)
	}
	// Each full turn must make room again, wherever segment borders fall.
	for turn := range 20 {
		if err := l.Release(l.Tail()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{[]byte(big)}}); err != nil {
				t.Fatalf("turn %d: %v", turn, err)
			}
		}
	}
	if _, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{make([]byte, l.MaxRecord()+1)}}); errs.CodeOf(err) != errs.CodeTooLarge {
		t.Fatalf("a record beyond MaxRecord: %v", err)
	}
	sum := int64(0)
	for _, f := range segmentFiles(t, dir) {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	if sum != l.Bytes() {
		t.Errorf("Bytes says %d, the files hold %d", l.Bytes(), sum)
	}
}

func TestReleaseIsRememberedAndRemovesFiles(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, SegmentBytes: 1000}
	l := open(t, cfg)
	for i := range 50 {
		add(t, l, strings.Repeat("r", 300), fmt.Sprint(i))
	}
	before := len(segmentFiles(t, dir))
	if err := l.Release(31); err != nil {
		t.Fatal(err)
	}
	if after := len(segmentFiles(t, dir)); after >= before || after == 0 {
		t.Errorf("%d files before, %d after", before, after)
	}
	if err := l.Release(12); err != nil || l.Released() != 31 {
		t.Fatalf("going back: %v, released %d", err, l.Released())
	}
	if got := contents(t, l, 0); len(got) != 19 || !strings.HasPrefix(got[0], "32=") {
		t.Fatalf("%d records, the first is %.10s", len(got), got[0])
	}
	l.Close()
	l = open(t, cfg)
	if l.Released() != 31 || l.Tail() != 50 {
		t.Fatalf("after reopening: released %d, tail %d", l.Released(), l.Tail())
	}
	if got := contents(t, l, 0); len(got) != 19 {
		t.Fatalf("%d records", len(got))
	}
	if err := l.Release(50); err != nil {
		t.Fatal(err)
	}
	if got := segmentFiles(t, dir); len(got) != 0 || l.Bytes() != 0 {
		t.Fatalf("%v is left, %d bytes", got, l.Bytes())
	}
	l.Close()
	l = open(t, cfg)
	if p := add(t, l, "next"); p != 51 {
		t.Fatalf("positions began again at %d", p)
	}
	// Releasing from inside Read must not deadlock, and the loader does just that.
	err := l.Read(context.Background(), 0, func(p intake.Position, _ intake.Record) error { return l.Release(p) })
	if err != nil || l.Released() != 51 {
		t.Fatalf("%v, released %d", err, l.Released())
	}
}

func TestACancelledAppendStoresNothingWhileItWaits(t *testing.T) {
	l := open(t, Config{Dir: t.TempDir()})
	l.lead <- struct{}{} // someone else is writing
	ctx, cancel := context.WithCancel(context.Background())
	answer := make(chan error)
	go func() {
		_, err := l.Append(ctx, intake.Record{Payload: [][]byte{[]byte("never")}})
		answer <- err
	}()
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	<-l.lead
	add(t, l, "first")
	wantContents(t, l, 0, "1=first")
}

func TestTooLittleFreeSpaceRefusesUntilItReturns(t *testing.T) {
	var mu sync.Mutex
	free, asked := uint64(10_000), 0
	clk := clock.NewFake(time.Unix(1_700_000_000, 0))
	l := open(t, Config{Dir: t.TempDir(), MinFree: 5_000, Clock: clk, Free: func(string) (uint64, error) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return free, nil
	}})
	add(t, l, strings.Repeat("a", 3000))
	_, err := l.Append(context.Background(), intake.Record{Payload: [][]byte{make([]byte, 3000)}})
	if e := errs.From(err); e == nil || e.Code != errs.CodeUnavailable || e.RetryAfter <= 0 || !strings.Contains(e.Message, "disk is full") {
		t.Fatalf("what was written since the last look does not count: %v", err)
	}
	if asked != 1 {
		t.Errorf("asked %d times within 200 ms", asked)
	}
	mu.Lock()
	free = 20_000
	mu.Unlock()
	clk.Advance(freeEvery)
	add(t, l, strings.Repeat("b", 3000))
	if l.Tail() != 2 {
		t.Fatalf("tail %d", l.Tail())
	}
}
