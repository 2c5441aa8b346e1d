package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"

	"steward/api"
	"steward/tests/server"
)

// kind is a part of a batch.
type kind int

const (
	traces kind = iota
	logs
	scores
)

// parcel is a batch with what became of its parts.
type parcel struct {
	server.Batch
	scoreIDs []string // one a span
	done     [3]bool
}

// book remembers what was sent and what was acknowledged.
type book struct {
	mu       sync.Mutex
	parcels  []*parcel
	oddities []string
	repeated atomic.Int64
}

func newBook() *book { return &book{} }

func (b *book) open(batch server.Batch) *parcel {
	p := &parcel{Batch: batch}
	for range batch.IDs {
		p.scoreIDs = append(p.scoreIDs, fmt.Sprintf("kill-%016x%016x", rand.Uint64(), rand.Uint64()))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parcels = append(b.parcels, p)
	return p
}

func (b *book) done(p *parcel, k kind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.done[k] = true
}

func (b *book) odd(status int, k kind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.oddities = append(b.oddities, fmt.Sprintf("part %d answered %d", k, status))
}

func (b *book) acknowledged() (spans, given int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.parcels {
		if p.done[traces] {
			spans += len(p.IDs)
		}
		if p.done[logs] {
			given += len(p.IDs)
		}
		if p.done[scores] {
			given += len(p.IDs)
		}
	}
	return spans, given
}

// send sends a part and answers the status; an error means that there was no answer.
func (p *parcel) send(ctx context.Context, s *server.Server, k kind) (int, error) {
	switch k {
	case traces:
		a, err := s.Post(ctx, "traces", p.Traces())
		return a.Status, err
	case logs:
		a, err := s.Post(ctx, "logs", p.Logs())
		return a.Status, err
	}
	items := make([]api.NewScore, len(p.IDs))
	value := 1.0
	for i, id := range p.IDs {
		items[i] = api.NewScore{ID: p.scoreIDs[i], Target: api.ScoreTarget{TraceID: id.TraceHex(), SpanID: id.SpanHex()},
			Name: "helpful", Value: &value, Source: api.ScoreSource{Kind: "human", Name: "ann"}}
	}
	_, err := s.API().AddScores(ctx, items)
	var refused *api.Failure
	if errors.As(err, &refused) {
		return refused.Status, nil
	}
	return 200, err
}

// stored is what the server has, by id, with how often.
type stored struct {
	spans  map[string]int
	joined map[string]bool // span ids whose content is the one that came by log
	scores map[string]int  // by id
	judged map[string]int  // span ids with the evaluation that came by log
}

// read asks the server for everything, in sixteen parts to stay below the bound on rows.
func read(t *testing.T, s *server.Server) stored {
	t.Helper()
	all := stored{map[string]int{}, map[string]bool{}, map[string]int{}, map[string]int{}}
	ask := func(text string, row func(r []string)) {
		answer, err := s.API().Query(t.Context(), api.Query{SQL: text, Limit: 100_000})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if answer.Truncated {
			t.Fatalf("%s: more rows than can be asked for at once", text)
		}
		for _, r := range answer.Rows {
			cells := make([]string, len(r))
			for i := range r {
				cells[i], _ = r[i].(string) // NULL is ""
			}
			row(cells)
		}
	}
	for digit := range 16 {
		where := fmt.Sprintf(" WHERE span_id LIKE '%x%%'", digit)
		ask("SELECT trace_id, span_id, input_text, output_text FROM spans"+where, func(r []string) {
			id := r[0] + "/" + r[1]
			all.spans[id]++
			if strings.Contains(r[2], "question of "+r[1]) && strings.Contains(r[3], "answer of "+r[1]) {
				all.joined[id] = true
			}
		})
		ask("SELECT id, trace_id, span_id, name FROM scores"+where, func(r []string) {
			if r[3] == "helpful" {
				all.scores[r[0]]++
			} else {
				all.judged[r[1]+"/"+r[2]]++
			}
		})
	}
	return all
}

// check compares: what was acknowledged is there once, whatever else is there is there once and was sent, and content
// that came by log is with its span.
func (b *book) check(t *testing.T, s *server.Server) {
	t.Helper()
	have := read(t, s)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.oddities {
		t.Errorf("a request was refused for good: %s", o)
	}
	var lost, lostScores, parted, lostJudgements []string
	sent := map[string]bool{}
	for _, p := range b.parcels {
		for i, id := range p.IDs {
			name := id.String()
			sent[name], sent[p.scoreIDs[i]] = true, true
			if p.done[traces] && have.spans[name] == 0 {
				lost = append(lost, name)
			}
			if p.done[traces] && p.done[logs] && !have.joined[name] {
				parted = append(parted, name)
			}
			if p.done[logs] && have.judged[name] == 0 {
				lostJudgements = append(lostJudgements, name)
			}
			if p.done[scores] && have.scores[p.scoreIDs[i]] == 0 {
				lostScores = append(lostScores, p.scoreIDs[i])
			}
		}
	}
	report(t, "acknowledged spans are not there", lost)
	report(t, "acknowledged scores are not there", lostScores)
	report(t, "acknowledged evaluation events have no score", lostJudgements)
	report(t, "spans are without the content that was acknowledged as a log", parted)
	for what, counts := range map[string]map[string]int{"spans": have.spans, "scores": have.scores, "evaluations": have.judged} {
		var twice, unknown []string
		for id, n := range counts {
			if n > 1 {
				twice = append(twice, id)
			}
			if !sent[id] {
				unknown = append(unknown, id)
			}
		}
		report(t, what+" are there more than once", twice)
		report(t, what+" are there that nobody sent", unknown)
	}
	if t.Failed() {
		t.Fatalf("the server's log:\n%s", s.Log())
	}
}

func report(t *testing.T, what string, ids []string) {
	t.Helper()
	if len(ids) > 0 {
		t.Errorf("%d %s: %s", len(ids), what, strings.Join(ids[:min(5, len(ids))], ", "))
	}
}

// conflicts looks into a stopped server's ledger: sending the same again must never count as something else.
func conflicts(t *testing.T, data string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "control.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var n, duplicates int64
	if err := db.QueryRow("SELECT coalesce(sum(conflicts), 0), coalesce(sum(duplicates), 0) FROM ingest").Scan(&n, &duplicates); err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("%d conflicts were counted, though nothing was sent twice with different content", n)
	}
	t.Logf("%d duplicates and %d conflicts counted", duplicates, n)
}
