package ingest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/intake"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
)

// The kinds of record in the intake log. Numbers are on disk: never reuse one.
const (
	kindTraces  intake.Kind = 1
	kindLogs    intake.Kind = 2
	kindMetrics intake.Kind = 3
	kindScores  intake.Kind = 4
	// kindDeadLetter names a dead letter that is to be loaded again.
	kindDeadLetter intake.Kind = 5
)

// signalOf names what a kind of record holds.
var signalOf = map[intake.Kind]string{kindTraces: signalSpans, kindLogs: signalLogs, kindMetrics: signalMetrics, kindScores: signalScores}

// headerVersion is the first byte of every payload.
const headerVersion = 1

// appendHeader writes what a record's bytes do not say: version, project, key, arrival time, pinned environment and
// release; each text with its length before it.
func appendHeader(b []byte, in otlp.Arrival, key string) []byte {
	b = append(b, headerVersion)
	b = binary.AppendVarint(b, in.Received)
	for _, s := range [...]string{string(in.Project), key, in.Pin.Environment, in.Pin.Release} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// cutHeader reads what appendHeader wrote and answers the rest.
func cutHeader(b []byte) (in otlp.Arrival, key string, body []byte, err error) {
	if len(b) == 0 || b[0] != headerVersion {
		return in, "", nil, fmt.Errorf("intake record has an unknown header; a newer version of Steward wrote it")
	}
	b = b[1:]
	received, n := binary.Varint(b)
	if n <= 0 {
		return in, "", nil, fmt.Errorf("intake record's header is cut short")
	}
	b = b[n:]
	var texts [4]string
	for i := range texts {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return in, "", nil, fmt.Errorf("intake record's header is cut short")
		}
		texts[i] = string(b[n : n+int(size)])
		b = b[n+int(size):]
	}
	in.Received = received
	in.Project, in.Pin.Environment, in.Pin.Release = project.ID(texts[0]), texts[2], texts[3]
	return in, texts[1], b, nil
}

func encodeScores(scores []score.Score) ([]byte, error) { return json.Marshal(scores) }

func decodeScores(body []byte) (scores []score.Score, err error) {
	err = json.Unmarshal(body, &scores)
	return scores, err
}

// decoded is a record between decoding and loading; exactly one of the first five is set.
type decoded struct {
	spans  *otlp.Spans
	logs   *otlp.Logs
	points *otlp.Points
	scores []score.Score
	letter string // of a dead letter its ID; the records are read when it is loaded
	size   int64  // bytes of its wire form
}

// decode reads a payload back from the log. It does not share the payload's memory.
func decode(kind intake.Kind, payload []byte) (*decoded, error) {
	in, _, body, err := cutHeader(payload)
	if err != nil {
		return nil, err
	}
	body = append([]byte(nil), body...)
	d := &decoded{size: int64(len(body))}
	switch kind {
	case kindTraces:
		var s otlp.Spans
		s, err = otlp.DecodeTraces(body, in)
		d.spans = &s
	case kindLogs:
		var l otlp.Logs
		l, err = otlp.DecodeLogs(body, in)
		d.logs = &l
	case kindMetrics:
		var p otlp.Points
		p, err = otlp.DecodeMetrics(body, in)
		d.points = &p
	case kindScores:
		d.scores, err = decodeScores(body)
	case kindDeadLetter:
		d.letter = string(body)
	default:
		return nil, fmt.Errorf("intake record is of unknown kind %d; a newer version of Steward wrote it", kind)
	}
	return d, err
}
