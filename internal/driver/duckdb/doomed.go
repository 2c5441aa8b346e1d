package duckdb

import (
	"context"

	"steward/internal/base/errs"
	"steward/internal/domain/telemetry"
)

// Doomed implements telemetry.Eraser. What an erasure that was cut short had found belongs to it: its spans may be gone
// already while other stores still hold their like.
func (e *Engine) Doomed(ctx context.Context, target telemetry.Target) (out telemetry.Doomed, err error) {
	defer errs.Op(&err, "duckdb.Doomed")
	if !wellFormed(target) {
		return out, errs.Invalid("name a project, and one of traces, a session and a user to erase")
	}
	e.write.Lock()
	defer e.write.Unlock()
	d, err := e.doom(ctx, target)
	if err != nil {
		return out, err
	}
	left, err := e.unfinished()
	if err != nil {
		return out, err
	}
	if left != nil && left.same(&d) {
		d.add(left)
	}
	return telemetry.Doomed{Traces: d.Traces, Sessions: d.Sessions}, nil
}
