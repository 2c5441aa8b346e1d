package ingest

import (
	"slices"

	"steward/internal/base/attr"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/emitter"
	"steward/internal/domain/intake"
	"steward/internal/domain/logs"
	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/work/understand"
)

// Gone is what a deletion takes, as far as records name it: traces with their logs and scores, scores of sessions, and
// what a person judged.
type Gone struct {
	Project  project.ID
	Traces   map[trace.ID]bool
	Sessions map[string]bool
	User     string
	Named    bool // log records and points go, too, that name the user or a session
}

// Redact answers what is to become of a record of the intake log: kept, dropped, or replaced by one without what is
// gone. What stays of a record is read back as before.
func (g *Gone) Redact(r intake.Record) (intake.Edit, error) {
	rest, removed, left, err := g.cut(r)
	switch {
	case err != nil || removed == 0:
		return intake.Edit{}, err
	case left == 0:
		return intake.Edit{Drop: true}, nil
	}
	return intake.Edit{Replace: rest}, nil
}

// RedactLetter answers what is left of a dead letter, without records when nothing is, and whether that is less than
// before.
func (g *Gone) RedactLetter(l intake.DeadLetter) (_ intake.DeadLetter, less bool, err error) {
	rest, removed, left, err := g.cut(l.Record)
	if err != nil || removed == 0 {
		return l, false, err
	}
	l.Record.Payload, l.Records = rest, left
	l.Reason = "refused by the telemetry store; a part was deleted since" // the reason may repeat what it was about
	return l, true, nil
}

// cut answers a record without what is gone, and how many of its records went and stayed.
func (g *Gone) cut(r intake.Record) (rest [][]byte, removed, left int, err error) {
	in, key, body, err := cutHeader(join(r.Payload))
	if err != nil || in.Project != g.Project {
		return nil, 0, 0, err
	}
	switch r.Kind {
	case kindTraces:
		body, removed, left, err = otlp.WithoutSpans(body, func(id trace.ID) bool { return g.Traces[id] })
	case kindLogs:
		body, removed, left, err = otlp.WithoutLogs(body, in, g.log)
	case kindMetrics:
		if g.Named {
			body, removed, left, err = otlp.WithoutPoints(body, g.named)
		}
	case kindScores:
		body, removed, left, err = g.scores(body)
	}
	return [][]byte{appendHeader(nil, in, key), body}, removed, left, err
}

// Notice adds to what is gone the traces whose spans, in a record that the engine does not know, name the user or a
// session that goes.
func (g *Gone) Notice(r intake.Record) error {
	d, err := decode(r.Kind, join(r.Payload))
	if err != nil {
		return err
	}
	// What cannot be read names nobody but in plain attributes, as it is stored.
	notice := func(raw *trace.Raw) {
		session, user := emitter.Names(raw.Attributes)
		understand.Guard(func() {
			c, _ := emitter.Map(raw)
			session, user = c.Session, c.User
		})
		if g.User != "" && user == g.User || session != "" && g.Sessions[session] {
			g.Traces[raw.Trace] = true
		}
	}
	if d.spans != nil {
		for i := range d.spans.Raws {
			notice(&d.spans.Raws[i])
		}
	}
	if d.logs != nil {
		for i := range d.logs.Records {
			if raw, derived := derive(&d.logs.Records[i]); derived {
				notice(&raw)
			}
		}
	}
	return nil
}

// derive is emitter.Derive; a record that makes it panic was stored as a mere record.
func derive(r *logs.Record) (raw trace.Raw, derived bool) {
	failed := understand.Guard(func() { raw, _, derived = emitter.Derive(r) })
	return raw, derived && failed == nil
}

// named says whether attributes name the user or a session that goes.
func (g *Gone) named(a attr.Attrs) bool {
	if !g.Named {
		return false
	}
	session, user := emitter.Names(a)
	return session != "" && g.Sessions[session] || user != "" && user == g.User
}

func (g *Gone) log(r *logs.Record) bool {
	if g.Traces[r.Trace] || g.named(r.Attributes) {
		return true
	}
	if raw, derived := derive(r); derived {
		return g.Traces[raw.Trace]
	}
	ours := false
	understand.Guard(func() {
		home, ok := emitter.HomeOf(r)
		ours = ok && g.Traces[home]
	})
	return ours
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
