package intakelog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSalvageKeepsWhatIsReadable(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, SegmentBytes: segmentHeader + 3*(recordHeader+20)}
	l := open(t, cfg)
	for i := range 12 {
		add(t, l, fmt.Sprintf("record number %06d", i+1))
	}
	if err := l.Release(2); err != nil {
		t.Fatal(err)
	}
	l.Close()
	files := snapshot(t, dir)
	all := contents(t, open(t, Config{Dir: restore(t, files)}), 0)
	segs := segmentFiles(t, dir)
	perSegment := 12 / len(segs)
	if perSegment < 2 || perSegment*len(segs) != 12 {
		t.Fatalf("%d segments", len(segs))
	}
	size := recordHeader + 20
	flip := func(name string, at int) map[string][]byte {
		b := slices.Clone(files[name])
		b[at] ^= 4
		return with(files, name, b)
	}
	second, last := segmentName(2), segmentName(uint64(len(segs)))
	secondFirst := perSegment + 1
	missing := with(files, second, nil)
	delete(missing, second)
	for name, c := range map[string]struct {
		files    map[string][]byte
		from, to int // lost positions
	}{
		"a payload in the middle":     {flip(second, segmentHeader+recordHeader+3), secondFirst, secondFirst},
		"a record header":             {flip(second, segmentHeader+5), secondFirst, secondFirst},
		"the salt":                    {flip(second, 41), secondFirst, secondFirst + perSegment - 1},
		"the rest of a file's header": {flip(second, 25), 0, 0},
		"a missing file":              {missing, secondFirst, secondFirst + perSegment - 1},
		"the acknowledged end":        {with(files, last, files[last][:len(files[last])-1]), 12, 12},
		"the state":                   {with(files, stateName, make([]byte, 2*slotSize)), 0, 0},
		"a released record":           {flip(segmentName(1), segmentHeader+recordHeader+3), 0, 0},
		"a file cut in the middle":    {with(files, second, files[second][:segmentHeader+size]), secondFirst + 1, secondFirst + perSegment - 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir, aside := restore(t, c.files), filepath.Join(t.TempDir(), "aside")
			if _, err := Open(Config{Dir: dir}); err == nil {
				t.Fatal("the log opened without salvage")
			}
			got, err := Salvage(dir, aside)
			if err != nil {
				t.Fatal(err)
			}
			l := open(t, Config{Dir: dir})
			var want []string
			for i, r := range all {
				if p := i + 3; c.from == 0 || p < c.from || p > c.to {
					want = append(want, r)
				}
			}
			wantContents(t, l, 2, want...)
			lost := 0
			for _, r := range got.Lost {
				lost += int(r.To - r.From + 1)
			}
			if wantLost := 10 - len(want); lost != wantLost || len(got.Files) == 0 {
				t.Fatalf("%+v, want %d lost", got, wantLost)
			}
			for _, f := range got.Files {
				b, err := os.ReadFile(filepath.Join(aside, filepath.Base(f)))
				if err != nil || string(b) != string(c.files[filepath.Base(f)]) {
					t.Errorf("%s is not aside as it was: %v", f, err)
				}
			}
			if p := add(t, l, "new"); p != 13 {
				t.Errorf("positions go on at %d", p)
			}
		})
	}
}
