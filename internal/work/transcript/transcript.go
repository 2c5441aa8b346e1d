// Package transcript turns recorded files into spans and scores: conversations in OpenAI's message form, multi-agent
// histories, OTLP JSON, and JSON lines of spans. It is pure: the same bytes and Options give the same spans, ids and
// times, so that a file that is imported twice is stored once. It reads files as streams, one record in memory at a
// time, and knows nothing of HTTP or storage.
//
// Start reading at Look and Read; split.go finds the records, recognise.go tells what they are, conversation.go makes
// spans of messages.
package transcript

import (
	"io"
	"slices"

	"steward/internal/base/errs"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Format says how a file is to be read.
type Format string

// The formats. Auto goes by the shape of each record.
const (
	Auto           Format = "auto"
	OpenAIMessages Format = "openai-messages"
	WhoAndWhen     Format = "who-and-when"
	OTLPJSON       Format = "otlp-json"
	JSONL          Format = "jsonl"
)

// Formats lists all formats in the order in which they are documented.
func Formats() []Format { return []Format{OpenAIMessages, WhoAndWhen, OTLPJSON, JSONL, Auto} }

// ParseFormat reads a format's name; "" is Auto.
func ParseFormat(s string) (Format, error) {
	if s == "" {
		return Auto, nil
	}
	if f := Format(s); slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", errs.Invalid("format %q is not known; allowed are openai-messages, who-and-when, otlp-json, jsonl, auto", s)
}

// MaxRecord bounds one record (a run, a line, an OTLP request), in bytes: as much as one OTLP request may hold.
const MaxRecord = 64 << 20

// File is one file of an import. Name is relative to what was asked for, with slashes. Open may be called repeatedly and
// answers the same bytes each time.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Options says how records become spans. All of it ends up in the spans: change it and the same file makes others.
type Options struct {
	Format   Format
	Import   string // id of the import; every span carries it as steward.import
	BaseTime int64  // Unix nanoseconds; records without times are placed in the time just before it, in order
	Service  string // service.name; "" takes the file's name
	Agent    string // agent of conversations that name none
	Model    string // model of conversations that name none
	Provider string // provider of conversations that name none
}

// Batch is a piece of an import, small enough for one request. Spans that belong together may be in several batches.
type Batch struct {
	Spans   []*trace.Raw
	Scores  []score.Score
	Logs    [][]byte // OTLP export requests, protobuf
	Metrics [][]byte // likewise
	Refused []string // spans that cannot be taken, and why
	// Records counts the records of the whole import that are complete once this and all batches before it are
	// stored. A batch whose Records is below n belongs wholly to the first n records.
	Records int64
}

// Bounds of a batch: spans and bytes of text. A single span may be larger.
const (
	maxBatchSpans = 512
	maxBatchBytes = 4 << 20
)

// batcher collects and hands on. stopped is set when the consumer wants no more.
type batcher struct {
	yield   func(Batch, error) bool
	now     Batch
	bytes   int
	stopped bool
}

func (b *batcher) span(raw *trace.Raw) bool {
	b.now.Spans = append(b.now.Spans, raw)
	b.bytes += sizeOf(raw)
	return b.full()
}

func (b *batcher) score(s score.Score) bool {
	b.now.Scores = append(b.now.Scores, s)
	b.bytes += 256 + len(s.Explanation)
	return b.full()
}

func (b *batcher) full() bool {
	if len(b.now.Spans) >= maxBatchSpans || len(b.now.Scores) >= maxBatchSpans || b.bytes >= maxBatchBytes {
		b.flush()
	}
	return !b.stopped
}

func (b *batcher) empty() bool {
	return len(b.now.Spans)+len(b.now.Scores)+len(b.now.Logs)+len(b.now.Metrics)+len(b.now.Refused) == 0
}

func (b *batcher) flush() {
	if b.stopped {
		return
	}
	done := b.now.Records
	b.stopped = !b.yield(b.now, nil)
	b.now, b.bytes = Batch{Records: done}, 0
}

func sizeOf(raw *trace.Raw) int {
	n := 128 + len(raw.Name)
	for i := range raw.Attributes {
		n += len(raw.Attributes[i].Key) + raw.Attributes[i].Value.Len() + 8
	}
	return n + 64*len(raw.Events)
}
