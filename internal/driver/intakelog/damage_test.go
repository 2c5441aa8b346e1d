package intakelog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/intake"
)

// killed answers the files of a log as a crash would leave them: no Close has noted where it ended.
func killed(t testing.TB, records ...string) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	for _, r := range records {
		add(t, l, r)
	}
	return snapshot(t, dir)
}

func snapshot(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, n := range names {
		if files[n.Name()], err = os.ReadFile(filepath.Join(dir, n.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func restore(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func with(files map[string][]byte, name string, b []byte) map[string][]byte {
	next := map[string][]byte{name: b}
	for n, old := range files {
		if n != name {
			next[n] = old
		}
	}
	return next
}

const firstSegment = "0000000000000001.seg"

func TestATornTailIsCutAtEveryByte(t *testing.T) {
	records := []string{"alpha", "", "third", "omega"}
	files := killed(t, records...)
	whole := files[firstSegment]
	for _, fill := range []string{"cut", "zeros", "noise"} {
		for n := 0; n < len(whole); n++ {
			torn := append([]byte(nil), whole[:n]...)
			switch fill {
			case "zeros": // the file grew, its blocks did not arrive
				torn = append(torn, make([]byte, len(whole)-n)...)
			case "noise":
				for i := n; i < len(whole); i++ {
					torn = append(torn, whole[i]^0x5a)
				}
			}
			if n < segmentHeader && fill != "cut" {
				continue // the header is durable before a record is written
			}
			dir := restore(t, with(files, firstSegment, torn))
			var want []string
			end := segmentHeader
			for i, r := range records {
				if end += recordHeader + len(r); len(torn) >= end && bytes.Equal(torn[:end], whole[:end]) {
					want = append(want, fmt.Sprintf("%d=%s", i+1, r))
				}
			}
			l, err := Open(Config{Dir: dir})
			if err != nil {
				t.Fatalf("%s at byte %d: %v", fill, n, err)
			}
			wantContents(t, l, 0, want...)
			add(t, l, "new")
			wantContents(t, l, 0, append(want, fmt.Sprintf("%d=new", len(want)+1))...)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if l, err = Open(Config{Dir: dir}); err != nil {
				t.Fatal(err)
			}
			wantContents(t, l, 0, append(want, fmt.Sprintf("%d=new", len(want)+1))...)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Every flipped bit is noticed: what a later record proves acknowledged is an error, the rest is a torn tail.
func TestAFlippedBitIsNeverDelivered(t *testing.T) {
	records := []string{"alpha", "beta beta", "gamma"}
	files := killed(t, records...)
	whole := files[firstSegment]
	lastAt := len(whole) - recordHeader - len("gamma")
	for bit := 0; bit < 8*len(whole); bit++ {
		b := append([]byte(nil), whole...)
		b[bit/8] ^= 1 << (bit % 8)
		dir := restore(t, with(files, firstSegment, b))
		l, err := Open(Config{Dir: dir})
		if bit/8 < lastAt {
			e := errs.From(err)
			if e == nil || e.Code != errs.CodeInternal || !strings.Contains(e.Message, firstSegment) || e.Details["offset"] == nil {
				t.Fatalf("bit %d of byte %d: %v", bit%8, bit/8, err)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, firstSegment)); string(got) != string(b) {
				t.Fatalf("byte %d: the damaged file was changed", bit/8)
			}
			continue
		}
		if err != nil {
			t.Fatalf("byte %d, in the last record: %v", bit/8, err)
		}
		wantContents(t, l, 0, "1=alpha", "2=beta beta")
		l.Close()
	}
}

func TestDamageAfterACleanStopIsNoTornTail(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	add(t, l, "alpha")
	add(t, l, "omega")
	l.Close()
	files := snapshot(t, dir)
	whole := files[firstSegment]
	for name, b := range map[string][]byte{
		"cut":       whole[:len(whole)-1],
		"shortened": whole[:len(whole)-recordHeader-len("omega")],
		"flipped":   append(append([]byte(nil), whole[:len(whole)-1]...), whole[len(whole)-1]^1),
		"emptied":   nil,
	} {
		if _, err := Open(Config{Dir: restore(t, with(files, firstSegment, b))}); errs.CodeOf(err) != errs.CodeInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMissingOrForeignFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Config{Dir: dir, SegmentBytes: 1})
	for i := range 5 {
		add(t, l, fmt.Sprint("record ", i))
	}
	l.Close()
	files := snapshot(t, dir)
	if len(files) != 6 {
		t.Fatalf("%d files", len(files))
	}
	second, third := segmentName(2), segmentName(3)
	for name, c := range map[string]struct {
		file string
		b    []byte
		says string
	}{
		"swapped":   {second, files[third], second},
		"truncated": {second, files[second][:segmentHeader], second},
		"not ours":  {third, []byte(strings.Repeat("hello world ", 20)), third},
	} {
		_, err := Open(Config{Dir: restore(t, with(files, c.file, c.b))})
		if e := errs.From(err); e == nil || e.Code != errs.CodeInternal || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	delete(files, second)
	_, err := Open(Config{Dir: restore(t, files)})
	if e := errs.From(err); e == nil || !strings.Contains(e.Message, "missing") {
		t.Errorf("a missing file: %v", err)
	}
	files[stateName] = make([]byte, 2*slotSize)
	if _, err = Open(Config{Dir: restore(t, files)}); err == nil || !strings.Contains(err.Error(), "neither of its two slots") {
		t.Errorf("a damaged state: %v", err)
	}
}

func TestATornStateWriteLeavesTheEarlierState(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	for range 4 {
		add(t, l, "r")
	}
	for p := range intake.Position(3) {
		if err := l.Release(p + 1); err != nil {
			t.Fatal(err)
		}
	}
	files := snapshot(t, dir)
	newest := int(l.state.turn%2) * slotSize
	for i := range slotUsed {
		b := append([]byte(nil), files[stateName]...)
		b[newest+i] ^= 0xff
		again := open(t, Config{Dir: restore(t, with(files, stateName, b))})
		if again.Released() != 2 || again.Tail() != 4 {
			t.Fatalf("byte %d: released %d, tail %d", i, again.Released(), again.Tail())
		}
	}
}

// A payload that looks like later records must not turn the torn tail that it is part of into damage.
func TestAPayloadCannotImpersonateRecords(t *testing.T) {
	var h [recordHeader]byte
	record{pos: 900}.encode(&h, 0)
	files := killed(t, "before", strings.Repeat(string(h[:]), 50))
	b := files[firstSegment]
	l := open(t, Config{Dir: restore(t, with(files, firstSegment, b[:len(b)-1]))})
	wantContents(t, l, 0, "1=before")
}

func TestRotUnderARunningLogIsAnErrorOfRead(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	add(t, l, "alpha")
	add(t, l, "omega")
	f, err := os.OpenFile(filepath.Join(dir, firstSegment), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("X"), segmentHeader+recordHeader); err != nil {
		t.Fatal(err)
	}
	err = l.Read(context.Background(), 0, func(intake.Position, intake.Record) error { return nil })
	if e := errs.From(err); e == nil || e.Code != errs.CodeInternal || !strings.Contains(e.Message, firstSegment) {
		t.Fatal(err)
	}
}

// FuzzOpen lets anything stand in a segment. Whatever opens must read, take a record and open again the same;
// whatever does not must be salvageable. With fix, checksums are made to match, so that nonsense gets past them.
func FuzzOpen(f *testing.F) {
	files := killed(f, "alpha", "beta", strings.Repeat("gamma", 100))
	whole := files[firstSegment]
	for _, fix := range []bool{false, true} {
		f.Add(whole, fix)
		f.Add(whole[:len(whole)-3], fix)
		f.Add(whole[:segmentHeader], fix)
		f.Add([]byte{}, fix)
	}
	f.Fuzz(func(t *testing.T, b []byte, fix bool) {
		if fix {
			b = withChecksums(b)
		}
		dir := restore(t, with(files, firstSegment, b))
		l, err := Open(Config{Dir: dir})
		if err != nil {
			if e := errs.From(err); e.Message == "internal error" {
				t.Fatalf("an error without a message: %v", err)
			}
			if err := salvage(dir, filepath.Join(t.TempDir(), "aside"), 1000, &Salvaged{}); err != nil {
				if errors.Is(err, errNewer) || strings.Contains(err.Error(), "more than a damaged file") {
					return
				}
				t.Fatalf("salvage: %v", err)
			}
			if l, err = Open(Config{Dir: dir}); err != nil {
				t.Fatalf("after salvage: %v", err)
			}
		}
		got := contents(t, l, 0)
		next := add(t, l, "new")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, Config{Dir: dir})
		wantContents(t, l, 0, append(got, fmt.Sprintf("%d=new", next))...)
	})
}

// withChecksums repairs the checksums of a segment's header and of the records that follow each other in it.
func withChecksums(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) < segmentHeader {
		return b
	}
	copy(b, segmentMagic)
	binary.LittleEndian.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	salt := binary.LittleEndian.Uint64(b[40:])
	for r := b[segmentHeader:]; len(r) >= recordHeader; {
		length := int(binary.LittleEndian.Uint32(r[16:]))
		if length <= len(r)-recordHeader {
			binary.LittleEndian.PutUint32(r[20:], crc32.Checksum(r[recordHeader:recordHeader+length], castagnoli))
		}
		binary.LittleEndian.PutUint32(r, recordMagic)
		binary.LittleEndian.PutUint32(r[4:], headerSum(r[8:recordHeader], salt))
		r = r[min(len(r), recordHeader+length):]
	}
	return b
}
