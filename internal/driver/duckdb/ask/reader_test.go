package ask_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/domain/project"
	"steward/internal/domain/score"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/ask"
	"steward/internal/driver/duckdb/row"
	"steward/internal/driver/storetest"
)

const nsPerDay = int64(24 * time.Hour)

// memory is a Source whose partitions are attached databases in memory. It panics when a goroutine nests its calls in a
// way that Source forbids: a real source takes locks then, and a writer that waits in between makes it stand for ever.
type memory struct {
	db    *sql.DB
	open  sync.Map // goroutine → what it has open
	parts []ask.Part
	// holding names the partitions of traces or a session; nil means that all may hold them.
	holding func(ids []trace.ID, session string) []ask.Part
}

func (m *memory) overlapping(r trace.Range) (out []ask.Part) {
	for _, p := range m.parts {
		if p.From < r.To && p.To > r.From {
			out = append(out, p)
		}
	}
	return out
}

func (m *memory) Days(_ context.Context, r trace.Range) (out []ask.Part, err error) {
	err = m.during("Days", "", func() error {
		out = m.overlapping(r)
		for i := range out {
			out[i].Table = ""
		}
		return nil
	})
	return out, err
}

// during runs fn as the named call of this goroutine, which may have nothing open, or what inside names.
func (m *memory) during(call, inside string, fn func() error) error {
	b := make([]byte, 32)
	me := string(bytes.Fields(b[:runtime.Stack(b, false)])[1])
	before, nested := m.open.Load(me)
	if nested && before != inside {
		panic(fmt.Sprintf("%s within %s", call, before))
	}
	m.open.Store(me, call)
	defer func() {
		if m.open.Delete(me); nested {
			m.open.Store(me, before)
		}
	}()
	return fn()
}

func (m *memory) conn(ctx context.Context, fn func(*sql.Conn) error) (err error) {
	c, err := m.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return fn(c)
}

func (m *memory) Spans(ctx context.Context, r trace.Range, fn func(*sql.Conn, []ask.Part) error) error {
	return m.during("Spans", "", func() error {
		return m.conn(ctx, func(c *sql.Conn) error { return fn(c, m.overlapping(r)) })
	})
}

func (m *memory) SpansHolding(ctx context.Context, _ project.ID, ids []trace.ID, session string, fn func(*sql.Conn, []ask.Part) error) error {
	parts := m.parts
	if m.holding != nil {
		parts = m.holding(ids, session)
	}
	return m.during("Spans", "", func() error {
		return m.conn(ctx, func(c *sql.Conn) error { return fn(c, slices.Clone(parts)) })
	})
}

func (m *memory) Scores(ctx context.Context, fn func(*sql.Conn, string) error) error {
	return m.during("Scores", "Spans", func() error {
		return m.conn(ctx, func(c *sql.Conn) error { return fn(c, "scores.main.scores") })
	})
}

// newMemory answers an empty Source.
func newMemory(t testing.TB) *memory {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &memory{db: db}
}

func exec(t testing.TB, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.Exec(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func holding(t *testing.T, spans []trace.Span, scores []score.Score) *memory {
	m := newMemory(t)
	days := map[int64][]trace.Span{}
	for _, s := range spans {
		d := s.Start / nsPerDay
		days[d] = append(days[d], s)
	}
	for d, list := range days {
		name := fmt.Sprintf("spans_%d", d)
		exec(t, m.db, "ATTACH ':memory:' AS "+name)
		exec(t, m.db, row.CreateTable(name+".main.spans", row.Columns()))
		e := row.NewEncoder()
		fill(t, m.db, name, "spans", len(list), func(i int) []driver.Value { return e.Row(&list[i]) })
		m.parts = append(m.parts, ask.Part{Day: fmt.Sprint(d), Table: name + ".main.spans", From: d * nsPerDay, To: (d + 1) * nsPerDay, Rows: 100_000})
	}
	slices.SortFunc(m.parts, func(a, b ask.Part) int { return int((b.From - a.From) / nsPerDay) })
	exec(t, m.db, "ATTACH ':memory:' AS scores")
	fields := row.ScoreFields()
	exec(t, m.db, scoresTable())
	fill(t, m.db, "scores", "scores", len(scores), func(i int) []driver.Value {
		dst := make([]driver.Value, len(fields))
		row.Fill(dst, fields, &scores[i])
		return dst
	})
	return m
}

func scoresTable() string {
	return row.CreateTable("scores.main.scores", row.Describe(row.ScoreFields()))
}

func fill(t testing.TB, db *sql.DB, catalog, table string, n int, at func(int) []driver.Value) {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	err = c.Raw(func(dc any) error {
		a, err := duckdb.NewAppender(dc.(driver.Conn), catalog, "main", table)
		if err != nil {
			return err
		}
		for i := range n {
			if err := a.AppendRow(at(i)...); err != nil {
				return errors.Join(err, a.Close())
			}
		}
		return a.Close()
	})
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, spans []trace.Span, scores []score.Score) storetest.Reader {
	return ask.New(holding(t, spans, scores), ask.Options{})
}

func TestReads(t *testing.T) { storetest.Reads(t, open) }

func TestAggregates(t *testing.T) { storetest.Aggregates(t, open) }

func TestSQL(t *testing.T) { storetest.SQL(t, open) }
