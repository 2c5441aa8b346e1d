package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"steward/api"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/work/transcript"
)

// saveEvery is how often progress is noted at the server; after a stop at most that much is sent twice.
const saveEvery = time.Second

// sendAll reads the files again and sends what the server does not have yet, batch by batch.
func (in *incoming) sendAll(ctx context.Context) error {
	shown := in.p.newProgress("importing", "records")
	defer shown.end()
	have := in.record.Done
	if in.again {
		have = 0 // everything goes once more, and counts as stored before
	}
	for b, err := range transcript.Read(in.files, in.contents, in.options) {
		if err != nil {
			return err
		}
		in.count(b)
		if b.Records >= have {
			if err := in.send(ctx, b); err != nil {
				return err
			}
			if err := in.note(ctx, b.Records); err != nil {
				return err
			}
		}
		shown.at(b.Records, in.contents.Records)
	}
	shown.end()
	for _, text := range in.notes {
		in.say("%s", text)
	}
	in.result.Scores = totals(in.result.scores)
	return nil
}

func (in *incoming) send(ctx context.Context, b transcript.Batch) error {
	if len(b.Spans) > 0 {
		body, err := otlp.EncodeTraces(b.Spans, false)
		if err != nil {
			return err
		}
		if err := in.post(ctx, "traces", body, &in.result.Rejected); err != nil {
			return err
		}
	}
	for _, other := range []struct {
		signal string
		bodies [][]byte
	}{{"logs", b.Logs}, {"metrics", b.Metrics}} {
		if in.again && len(other.bodies) > 0 {
			in.remark(other.signal + " have no identity and were not sent again")
			continue
		}
		for _, body := range other.bodies {
			if err := in.post(ctx, other.signal, body, new(int64)); err != nil {
				return err
			}
		}
	}
	for scores := range slices.Chunk(b.Scores, api.MaxScores) {
		wire := make([]api.NewScore, len(scores))
		for i := range scores {
			wire[i] = wireScore(&scores[i])
		}
		if _, err := in.client.AddScores(ctx, wire); err != nil {
			return err
		}
	}
	return nil
}

func (in *incoming) post(ctx context.Context, signal string, body []byte, rejected *int64) error {
	taken, err := in.sender.SendOTLP(ctx, signal, body)
	if err != nil {
		return err
	}
	*rejected += taken.Rejected
	if taken.Message != "" {
		in.remark(taken.Message)
	}
	return nil
}

// maxNotes bounds how many different remarks are kept.
const maxNotes = 20

func (in *incoming) remark(text string) {
	if len(in.notes) < maxNotes && !slices.Contains(in.notes, text) {
		in.notes = append(in.notes, text)
	}
}

// count adds up what came by, sent or not.
func (in *incoming) count(b transcript.Batch) {
	r := &in.result
	for _, raw := range b.Spans {
		r.Spans++
		r.traces[raw.Trace] = struct{}{}
		if s := raw.Attributes.Str("gen_ai.conversation.id"); s != "" {
			r.sessions[s] = struct{}{}
		}
		if in.first == 0 || raw.Start < in.first {
			in.first = raw.Start
		}
		in.last = max(in.last, raw.Start)
	}
	for i := range b.Scores {
		m := r.scores[b.Scores[i].Name]
		if m == nil {
			m = new(mean)
			r.scores[b.Scores[i].Name] = m
		}
		m.count++
		if v := b.Scores[i].Value; v != nil {
			m.numbers++
			m.sum += *v
		}
	}
	for _, text := range b.Refused {
		in.remark("left out: " + text)
		r.Rejected++
		r.Spans++
	}
}

func totals(in map[string]*mean) []scoreTotals {
	out := []scoreTotals{}
	for name, m := range in {
		t := scoreTotals{Name: name, Count: m.count}
		if m.numbers > 0 {
			v := m.sum / float64(m.numbers)
			t.Mean = &v
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b scoreTotals) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// note tells the server how far it is, not more often than needed.
func (in *incoming) note(ctx context.Context, records int64) error {
	now := in.p.Clock.Now()
	if records <= in.record.Done || now.Sub(in.saved) < saveEvery {
		return nil
	}
	_, err := in.client.SaveImport(ctx, in.record.ID, api.ImportProgress{Done: records, Total: in.contents.Records, State: "running"})
	if err == nil {
		in.saved, in.record.Done = now, records
	}
	return err
}

func wireScore(s *score.Score) api.NewScore {
	at := time.Unix(0, s.Time).UTC()
	out := api.NewScore{ID: s.ID, Name: s.Name, Value: s.Value, Boolean: s.Boolean, Explanation: s.Explanation, Time: &at,
		Source: api.ScoreSource{Kind: string(s.Source), Name: s.SourceName}, Target: api.ScoreTarget{Session: s.Session}}
	if s.Label != "" {
		out.Label = &s.Label
	}
	if !s.Trace.IsZero() {
		out.Target.TraceID = s.Trace.String()
	}
	if s.Span != (trace.SpanID{}) {
		out.Target.SpanID = s.Span.String()
	}
	return out
}
