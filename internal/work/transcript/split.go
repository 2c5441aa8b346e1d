package transcript

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
)

// splitter finds the JSON values of a file without reading it whole: the elements of an array at the top, or values one
// after the other (JSON lines, or one document over many lines). It bounds each value by MaxRecord.
type splitter struct {
	r       *bufio.Reader
	line    int
	array   int  // how many arrays at the top have begun
	inArray bool // between [ and ] at the top
	comma   bool // a value of the array has ended and a comma or the end must follow
	buf     []byte
}

// element is a value with the line that it begins on. Array numbers the array at the top that it stands in, 0 for none.
type element struct {
	value attr.Value
	text  string
	line  int
	array int
}

func newSplitter(r io.Reader) *splitter {
	s := &splitter{r: bufio.NewReaderSize(r, 256<<10), line: 1}
	if b, err := s.r.Peek(3); err == nil && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF {
		_, _ = s.r.Discard(3) // what was peeked is there
	}
	return s
}

// next answers io.EOF at the end.
func (s *splitter) next() (element, error) {
	for {
		c, err := s.r.ReadByte()
		if errors.Is(err, io.EOF) && s.inArray {
			return element{}, errs.Invalid("line %d: the file ends inside its array; it may be cut off", s.line)
		}
		if err != nil {
			return element{}, err
		}
		switch {
		case c == '\n':
			s.line++
		case c == ' ' || c == '\t' || c == '\r' || c == 0x1e:
		case s.inArray && c == ']':
			s.inArray, s.comma = false, false
		case s.comma && c == ',':
			s.comma = false
		case s.comma:
			return element{}, errs.Invalid("line %d: expected a comma or the end of the array, found %q", s.line, c)
		case !s.inArray && c == '[':
			s.array++
			s.inArray = true
		case c == '{' || c == '[':
			s.comma = s.inArray
			return s.value(c)
		default:
			return element{}, errs.Invalid("line %d: expected a JSON object, found %q; is this a JSON file?", s.line, c)
		}
	}
}

// value reads the object or array that begins with first.
func (s *splitter) value(first byte) (element, error) {
	e := element{line: s.line}
	if s.inArray {
		e.array = s.array
	}
	s.buf = append(s.buf[:0], first)
	for n := (nesting{depth: 1}); n.depth > 0; {
		if _, err := s.r.Peek(1); errors.Is(err, io.EOF) {
			return e, errs.Invalid("line %d: the file ends inside the record that begins here; it may be cut off", e.line)
		} else if err != nil {
			return e, err
		}
		chunk, err := s.r.Peek(s.r.Buffered())
		if err != nil {
			return e, err
		}
		chunk = chunk[:n.end(chunk)]
		if len(s.buf)+len(chunk) > MaxRecord {
			return e, errs.New(errs.CodeTooLarge, "line %d: the record that begins here is larger than %d MB", e.line, MaxRecord>>20)
		}
		s.buf = append(s.buf, chunk...)
		s.line += bytes.Count(chunk, []byte{'\n'})
		if _, err := s.r.Discard(len(chunk)); err != nil {
			return e, err
		}
	}
	e.text = string(s.buf)
	var ok bool
	if e.value, ok = attr.ParseJSON(e.text); !ok {
		return e, notJSON(e.text, e.line)
	}
	return e, nil
}

// nesting follows JSON's brackets from chunk to chunk.
type nesting struct {
	depth             int
	inString, escaped bool
}

// end answers how much of chunk belongs to the value: all of it, or less where the value ends.
func (n *nesting) end(chunk []byte) int {
	for i, c := range chunk {
		switch {
		case n.escaped:
			n.escaped = false
		case n.inString:
			n.inString, n.escaped = c != '"', c == '\\'
		case c == '"':
			n.inString = true
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			if n.depth--; n.depth == 0 {
				return i + 1
			}
		}
	}
	return len(chunk)
}

// notJSON says why text is no JSON, and on which line.
func notJSON(text string, line int) error {
	var any json.RawMessage
	err := json.Unmarshal([]byte(text), &any)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		for _, c := range text[:min(int(syntax.Offset), len(text))] {
			if c == '\n' {
				line++
			}
		}
		return errs.Invalid("line %d: not valid JSON: %s", line, syntax)
	}
	return errs.Invalid("line %d: not valid JSON, or nested deeper than %d", line, attr.MaxDepth)
}
