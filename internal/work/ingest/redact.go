package ingest

import (
	"slices"

	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/intake"
	"steward/internal/domain/logs"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
)

// Gone is what a deletion takes, as far as records name it: traces with their logs and scores, scores of sessions, and
// what a person judged.
type Gone struct {
	Project  project.ID
	Traces   map[trace.ID]bool
	Sessions map[string]bool
	User     string
}

// Redact answers what is to become of a record of the intake log: kept, dropped, or replaced by one without what is
// gone. What stays of a record is read back as before.
func (g *Gone) Redact(r intake.Record) (intake.Edit, error) {
	payload := join(r.Payload)
	in, key, body, err := cutHeader(payload)
	if err != nil {
		return intake.Edit{}, err
	}
	if in.Project != g.Project {
		return intake.Edit{}, nil
	}
	var removed, left int
	switch r.Kind {
	case kindTraces:
		body, removed, left, err = otlp.WithoutSpans(body, func(id trace.ID) bool { return g.Traces[id] })
	case kindLogs:
		body, removed, left, err = otlp.WithoutLogs(body, in, g.log)
	case kindScores:
		body, removed, left, err = g.scores(body)
	}
	switch {
	case err != nil || removed == 0:
		return intake.Edit{}, err
	case left == 0:
		return intake.Edit{Drop: true}, nil
	}
	return intake.Edit{Replace: [][]byte{appendHeader(nil, in, key), body}}, nil
}

func (g *Gone) log(r *logs.Record) bool {
	if g.Traces[r.Trace] {
		return true
	}
	if raw, _, derived := emitter.Derive(r); derived {
		return g.Traces[raw.Trace]
	}
	home, ok := emitter.HomeOf(r)
	return ok && g.Traces[home]
}

func (g *Gone) scores(body []byte) (out []byte, removed, left int, err error) {
	scores, err := decodeScores(body)
	if err != nil {
		return nil, 0, 0, err
	}
	kept := slices.DeleteFunc(slices.Clone(scores), g.score)
	if len(kept) == len(scores) {
		return body, 0, len(scores), nil
	}
	out, err = encodeScores(kept)
	return out, len(scores) - len(kept), len(kept), err
}

func (g *Gone) score(s score.Score) bool {
	given := g.User != "" && s.SourceName == g.User && (s.Source == score.Human || s.Source == score.User)
	return given || g.Traces[s.Trace] || s.Session != "" && g.Sessions[s.Session]
}
