package cli

import (
	"bufio"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"steward/internal/work/transcript"
)

// found is what the arguments of an import name.
type found struct {
	files []transcript.File
	name  string // of the whole
	size  int64  // on disk
}

func (f *found) add(path, name string, info fs.FileInfo) {
	f.files = append(f.files, transcript.File{Name: name, Open: func() (io.ReadCloser, error) { return open(path) }})
	f.size += info.Size()
}

// findFiles answers the files that the arguments name, and of folders all JSON files below them, in a fixed order.
func findFiles(args []string) (found, error) {
	out := found{name: filepath.Base(filepath.Clean(args[0]))}
	if len(args) > 1 {
		out.name += " and others"
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return out, usage("%s", err)
		}
		if !info.IsDir() {
			out.add(arg, filepath.Base(arg), info)
			continue
		}
		before := len(out.files)
		if err := out.below(arg); err != nil {
			return out, err
		}
		if len(out.files) == before {
			return out, usage("%s holds no .json or .jsonl files", arg)
		}
	}
	return out, nil
}

// below adds the files of a folder; WalkDir goes in lexical order.
func (f *found) below(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() || !slices.Contains([]string{".json", ".jsonl", ".ndjson"}, filepath.Ext(strings.TrimSuffix(path, ".gz"))) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		f.add(path, filepath.ToSlash(rel), info)
		return nil
	})
}

// open reads a file, unpacked if it is gzip.
func open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 64<<10)
	magic, err := r.Peek(2)
	if err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return struct { // too short to be gzip is for the reader to judge
			io.Reader
			io.Closer
		}{r, f}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}
