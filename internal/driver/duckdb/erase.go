package duckdb

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"steward/internal/base/errs"
	"steward/internal/domain/emitter"
	"steward/internal/domain/project"
	"steward/internal/domain/telemetry"
	"steward/internal/domain/trace"
	"steward/internal/driver/durable"
)

// doomed is an erasure with everything it needs to be finished, also after a crash in its middle: when the first of a
// user's days is rewritten, nothing in the others may name the user any more. It is kept in a file meanwhile.
type doomed struct {
	Project  project.ID
	Session  string
	User     string
	Asked    []trace.ID       // the traces that were asked for by name
	Traces   []trace.ID       // all that go
	Sessions []string         // sessions that lose their last span
	Erased   telemetry.Erased // what is gone already and nobody was told of yet
}

// same says whether both are of one request.
func (d *doomed) same(o *doomed) bool {
	return d.Project == o.Project && d.Session == o.Session && d.User == o.User && len(d.Asked) == len(o.Asked) &&
		len(union(slices.Clone(d.Asked), o.Asked)) == len(d.Asked)
}

// add takes over what an earlier try of the same request had found.
func (d *doomed) add(left *doomed) {
	d.Traces, d.Sessions, d.Erased = union(d.Traces, left.Traces), union(d.Sessions, left.Sessions), left.Erased
}

func (e *Engine) doomedPath() string { return filepath.Join(e.dir, "erase.json") }

// Erase implements telemetry.Eraser. Files that hold nothing of the target are not touched. When a crash or an error
// stops it, calling it again, or erasing anything else, finishes it first.
func (e *Engine) Erase(ctx context.Context, target telemetry.Target) (out telemetry.Erased, err error) {
	defer errs.Op(&err, "duckdb.Erase")
	if !wellFormed(target) {
		return out, errs.Invalid("name a project, and one of traces, a session and a user to erase")
	}
	e.write.Lock()
	defer e.write.Unlock()
	left, err := e.unfinished()
	if err != nil {
		return out, err
	}
	d, err := e.doom(ctx, target)
	if err != nil {
		return out, err
	}
	if left != nil {
		if left.same(&d) {
			d.add(left)
		} else if err := e.carryOut(ctx, left); err != nil {
			return out, err
		}
	}
	if err := e.carryOut(ctx, &d); err != nil {
		out, d.Erased = d.Erased, telemetry.Erased{} // told now
		return out, errors.Join(err, e.noteDoomed(&d))
	}
	if d.Erased.Spans+d.Erased.Scores+d.Erased.Logs+d.Erased.Points > 0 {
		d.Erased.Traces = d.Traces
	}
	return d.Erased, nil
}

func wellFormed(t telemetry.Target) bool {
	named := 0
	for _, is := range []bool{len(t.Traces) > 0, t.Session != "", t.User != ""} {
		if is {
			named++
		}
	}
	return t.Project != "" && named == 1
}

func union[T comparable](a, b []T) []T {
	have := make(map[T]bool, len(a))
	for _, v := range a {
		have[v] = true
	}
	for _, v := range b {
		if !have[v] {
			a = append(a, v)
		}
	}
	return a
}

func (e *Engine) unfinished() (*doomed, error) {
	b, err := os.ReadFile(e.doomedPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var d doomed
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", e.doomedPath(), err)
	}
	return &d, nil
}

// doom finds the traces that go, and the sessions that go with their last trace.
func (e *Engine) doom(ctx context.Context, t telemetry.Target) (doomed, error) {
	d := doomed{Project: t.Project, Session: t.Session, User: t.User, Asked: union(nil, t.Traces), Traces: slices.Clone(t.Traces)}
	if len(t.Traces) == 0 {
		where, arg := "user_id = ?", t.User
		hashes := []uint64(nil)
		if t.Session != "" {
			where, arg, hashes = "session = ?", t.Session, []uint64{sessionHash(t.Project, t.Session)}
		}
		found := map[trace.ID]bool{}
		err := e.eachHolding(ctx, hashes, func(p *part) error {
			rows, err := e.writer.QueryContext(ctx, "SELECT DISTINCT trace_id FROM "+p.table()+" WHERE project = ? AND "+where, string(t.Project), arg)
			return scanRows(rows, err, func(scan func(...any) error) error {
				var id duckdb.UUID
				if err := scan(&id); err != nil {
					return err
				}
				if !found[trace.ID(id)] {
					found[trace.ID(id)] = true
					d.Traces = append(d.Traces, trace.ID(id))
				}
				return nil
			})
		})
		if err != nil {
			return d, err
		}
	}
	var err error
	d.Sessions, err = e.lastOf(ctx, d)
	if t.Session != "" {
		d.Sessions = union(d.Sessions, []string{t.Session})
	}
	return d, err
}

// lastOf answers the sessions of the doomed traces that no other trace belongs to.
func (e *Engine) lastOf(ctx context.Context, d doomed) ([]string, error) {
	if len(d.Traces) == 0 {
		return nil, nil
	}
	if err := e.nominateTraces(ctx, d.Traces); err != nil {
		return nil, err
	}
	sessions := map[string]bool{}
	note := func(q string, set bool) func(p *part) error {
		return func(p *part) error {
			rows, err := e.writer.QueryContext(ctx, fmt.Sprintf(q, p.table()), string(d.Project))
			return scanRows(rows, err, func(scan func(...any) error) error {
				var s string
				if err := scan(&s); err != nil {
					return err
				}
				if _, known := sessions[s]; set || known {
					sessions[s] = set
				}
				return nil
			})
		}
	}
	const doomedRows = "trace_id IN (SELECT trace_id FROM temp.main.candidates)"
	err := e.eachHolding(ctx, e.traceHashes(d), note("SELECT DISTINCT session FROM %s WHERE project = ? AND session <> '' AND "+doomedRows, true))
	if err != nil || len(sessions) == 0 {
		return nil, err
	}
	var hashes []uint64
	for s := range sessions {
		hashes = append(hashes, sessionHash(d.Project, s))
	}
	err = e.eachHolding(ctx, hashes, note("SELECT DISTINCT session FROM %s WHERE project = ? AND session <> '' AND NOT "+doomedRows, false))
	var out []string
	for s, last := range sessions {
		if last {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out, err
}

func (e *Engine) traceHashes(d doomed) []uint64 {
	out := make([]uint64, len(d.Traces))
	for i, id := range d.Traces {
		out[i] = traceHash(d.Project, id)
	}
	return out
}

func (e *Engine) nominateTraces(ctx context.Context, ids []trace.ID) error {
	return e.fillCandidates(ctx, len(ids), func(i int) []driver.Value {
		return []driver.Value{uint32(i), "", duckdb.UUID(ids[i]), uint64(0), ""}
	})
}

// eachHolding calls fn for every day of spans that may hold one of the hashes, all days when there are none; the day
// is attached meanwhile.
func (e *Engine) eachHolding(ctx context.Context, hashes []uint64, fn func(p *part) error) error {
	for _, p := range e.within(telemetry.Spans, always) {
		if hashes != nil {
			may, err := e.mayHold(ctx, p, hashes)
			if err != nil {
				return err
			}
			if !may {
				continue
			}
		}
		if err := e.using(ctx, p, func() error { return fn(p) }); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) using(ctx context.Context, p *part, fn func() error) error {
	ok, err := e.acquire(ctx, p)
	if err != nil || !ok {
		return err
	}
	defer e.release(p)
	return fn()
}

// carryOut removes scores, logs, points and then spans, so that a second try still finds by the spans what was left
// over. What it has removed is written down after each file, so that a crash does not take it from the receipt.
func (e *Engine) carryOut(ctx context.Context, d *doomed) error {
	if err := e.noteDoomed(d); err != nil {
		return err
	}
	if err := e.eraseDoomed(ctx, d); err != nil {
		return err
	}
	return errors.Join(removeFiles(e.doomedPath()), durable.SyncDir(e.dir))
}

func (e *Engine) noteDoomed(d *doomed) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(e.doomedPath(), b); err != nil {
		return diskError(err, "note what is to be erased")
	}
	return nil
}

func (e *Engine) eraseDoomed(ctx context.Context, d *doomed) error {
	if err := e.nominateDoomed(ctx, *d); err != nil {
		return err
	}
	const inTraces = "trace_id IN (SELECT trace_id FROM temp.main.candidates WHERE trace_id IS NOT NULL)"
	proj := "project = " + quoteText(string(d.Project)) + " AND "
	scores := inTraces + " OR " + inSessions("session")
	if d.User != "" {
		scores += " OR source IN ('user', 'human') AND source_name = " + quoteText(d.User)
	}
	named := d.named()
	erase := func(p *part, gone string, count *int64) error {
		before := *count
		err := e.eraseRows(ctx, p, proj+"("+gone+")", &d.Erased, count)
		if *count > before {
			err = errors.Join(err, e.noteDoomed(d))
		}
		return err
	}
	var failed error
	for _, p := range e.listParts() {
		switch p.kind {
		case telemetry.Scores:
			failed = errors.Join(failed, erase(p, scores, &d.Erased.Scores))
		case telemetry.Logs:
			failed = errors.Join(failed, erase(p, inTraces+" OR "+named, &d.Erased.Logs))
		case telemetry.Points:
			if named != "false" {
				failed = errors.Join(failed, erase(p, named, &d.Erased.Points))
			}
		}
	}
	if failed != nil {
		return failed
	}
	if len(d.Traces) > 0 {
		hashes := e.traceHashes(*d)
		for _, p := range e.within(telemetry.Spans, always) {
			may, err := e.mayHold(ctx, p, hashes)
			if err != nil {
				return err
			}
			if !may {
				continue
			}
			if err := erase(p, inTraces, &d.Erased.Spans); err != nil {
				return err
			}
		}
	}
	_, err := e.writer.ExecContext(ctx, "DELETE FROM temp.main.candidates")
	return err
}

func inSessions(of string) string {
	return of + " IN (SELECT id FROM temp.main.candidates WHERE id <> '')"
}

// named is the condition under which a log record or a point goes although no trace that goes is its own: its
// attributes name the user, or a session that goes with the user or was asked for.
func (d *doomed) named() string {
	switch {
	case d.User != "":
		return "(" + bestOf(emitter.UserKeys()) + " = " + quoteText(d.User) + " OR " + inSessions(bestOf(emitter.SessionKeys())) + ")"
	case d.Session != "":
		return inSessions(bestOf(emitter.SessionKeys()))
	}
	return "false"
}

// bestOf answers what emitter.Names does: the first of the attributes that is there and not empty.
func bestOf(keys []string) string {
	paths := make([]string, len(keys))
	for i, key := range keys {
		paths[i] = quoteText(`$."` + key + `"`)
	}
	return "list_filter(json_extract_string(attributes, [" + strings.Join(paths, ", ") + "]), lambda x: x <> '')[1]"
}

func (e *Engine) nominateDoomed(ctx context.Context, d doomed) error {
	n := len(d.Traces)
	return e.fillCandidates(ctx, n+len(d.Sessions), func(i int) []driver.Value {
		if i < n {
			return []driver.Value{uint32(i), "", duckdb.UUID(d.Traces[i]), uint64(0), ""}
		}
		return []driver.Value{uint32(i), "", nil, uint64(0), d.Sessions[i-n]}
	})
}

// eraseRows rewrites p without the rows for which gone holds, if there are any, and adds to the receipt.
func (e *Engine) eraseRows(ctx context.Context, p *part, gone string, out *telemetry.Erased, count *int64) error {
	var n int64
	var blobs []string
	err := e.using(ctx, p, func() (err error) {
		if err := e.writer.QueryRowContext(ctx, "SELECT count(*) FROM "+p.table()+" WHERE "+gone).Scan(&n); err != nil || n == 0 {
			return err
		}
		if p.kind == telemetry.Spans {
			blobs, err = e.blobsOf(ctx, e.writer, p, gone)
		}
		return err
	})
	if err != nil || n == 0 {
		return err
	}
	if err := e.rewrite(ctx, p, gone); err != nil {
		return err
	}
	*count += n
	out.Blobs = union(out.Blobs, blobs)
	out.Partitions = union(out.Partitions, []string{filepath.Base(p.path)})
	return nil
}
