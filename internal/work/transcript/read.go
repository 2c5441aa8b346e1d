package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
)

// Contents is what Look found.
type Contents struct {
	Digest  string // SHA-256, hexadecimal: of the file, or of the digests of several files one after the other
	Files   []Found
	Records int64
	Bytes   int64
}

// Found is one file of them.
type Found struct {
	Digest  [sha256.Size]byte
	Records int64
}

// Look reads all files once, so that what cannot be read is said before anything is stored. seen, which may be nil, is
// told how many bytes have been read.
func Look(files []File, format Format, seen func(bytes int64)) (Contents, error) {
	var c Contents
	all := sha256.New()
	for _, f := range files {
		counter := &counting{hash: sha256.New(), total: c.Bytes, seen: seen}
		found := Found{}
		err := each(f, counter, func(r record) error {
			if _, err := recognise(r.value, format); err != nil {
				return err
			}
			found.Records++
			return nil
		})
		if err != nil {
			return Contents{}, err
		}
		copy(found.Digest[:], counter.hash.Sum(nil))
		all.Write(found.Digest[:])
		c.Files = append(c.Files, found)
		c.Records += found.Records
		c.Bytes = counter.total
	}
	if c.Records == 0 {
		return Contents{}, errs.Invalid("there is nothing to import: no records found")
	}
	if len(c.Files) == 1 {
		c.Digest = hex.EncodeToString(c.Files[0].Digest[:])
	} else {
		c.Digest = hex.EncodeToString(all.Sum(nil))
	}
	return c, nil
}

// Read answers the import's batches in order. It must be given the files as Look saw them. After an error nothing follows.
func Read(files []File, c Contents, o Options) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		b := &batcher{yield: yield}
		before := int64(0)
		for i, f := range files {
			found := c.Files[i]
			err := each(f, nil, func(r record) error {
				if r.index >= found.Records {
					return errs.New(errs.CodeConflict, "%s has changed while it was read; import it again", f.Name)
				}
				m := maker{
					place: place{digest: found.Digest, record: r.index}, options: &o, out: b,
					file: f.Name, position: before + r.index, of: c.Records,
				}
				if err := m.record(r); err != nil {
					return err
				}
				b.now.Records++
				return nil
			})
			if err != nil && !errors.Is(err, errStopped) {
				yield(Batch{}, err)
			}
			if err != nil {
				return
			}
			before += found.Records
		}
		if !b.empty() {
			b.flush()
		}
	}
}

// errStopped ends the walk when the consumer has had enough.
var errStopped = errors.New("stopped")

// record is one thing to import.
type record struct {
	value attr.Value
	text  string // "" for a conversation that was gathered from single messages
	index int64  // within its file
}

// each calls fn for every record of a file. Single messages, one after the other, are one conversation.
func each(f File, through *counting, fn func(record) error) (err error) {
	src, err := f.Open()
	if err != nil {
		return errs.Wrap(errs.CodeInvalid, err, "cannot read %s: %s", f.Name, err)
	}
	defer src.Close()
	var in io.Reader = src
	if through != nil {
		in = io.TeeReader(src, through)
	}
	w := walk{file: f.Name, fn: fn}
	s := newSplitter(in)
	for {
		e, err := s.next()
		if errors.Is(err, io.EOF) {
			return w.gathered()
		}
		if err != nil {
			return named(f.Name, err)
		}
		if err := w.take(e); err != nil {
			return err
		}
	}
}

// walk turns elements into records.
type walk struct {
	file     string
	fn       func(record) error
	index    int64
	messages []attr.Value // a conversation whose messages are elements of their own
	array    int
	line     int
	bytes    int
}

func (w *walk) take(e element) error {
	if !isMessage(e.value) {
		if err := w.gathered(); err != nil {
			return err
		}
		return w.hand(e.value, e.text, e.line)
	}
	if len(w.messages) > 0 && w.array != e.array {
		if err := w.gathered(); err != nil {
			return err
		}
	}
	if len(w.messages) == 0 {
		w.array, w.line, w.bytes = e.array, e.line, 0
	}
	if w.bytes += len(e.text); w.bytes > MaxRecord {
		return errs.New(errs.CodeTooLarge, "%s, line %d: the conversation that begins here is larger than %d MB", w.file, w.line, MaxRecord>>20)
	}
	w.messages = append(w.messages, e.value)
	return nil
}

func (w *walk) gathered() error {
	if len(w.messages) == 0 {
		return nil
	}
	list := attr.ListOf(w.messages...)
	w.messages = nil
	return w.hand(list, "", w.line)
}

func (w *walk) hand(v attr.Value, text string, line int) error {
	err := w.fn(record{value: v, text: text, index: w.index})
	if err != nil && !errors.Is(err, errStopped) {
		return named(fmt.Sprintf("%s, line %d (record %d)", w.file, line, w.index+1), err)
	}
	w.index++
	return err
}

// named puts where it went wrong before what went wrong.
func named(where string, err error) error {
	e := errs.From(err)
	if e.Code == errs.CodeInternal {
		return errs.Wrap(errs.CodeInvalid, err, "%s: %s", where, err)
	}
	c := *e
	c.Message = where + ": " + e.Message
	return &c
}

// counting hashes and counts what passes.
type counting struct {
	hash  hash.Hash
	total int64
	seen  func(int64)
}

func (c *counting) Write(p []byte) (int, error) {
	c.total += int64(len(p))
	if c.seen != nil {
		c.seen(c.total)
	}
	return c.hash.Write(p)
}
