package httpapi

import (
	"context"

	"steward/internal/domain/access"
	"steward/internal/domain/arrival"
	"steward/internal/domain/project"
)

// Caller is who asks and about which project, as the access check settled it.
type Caller struct {
	Principal access.Principal // its ID is "" on open routes
	Project   project.ID       // the one that the request is about
	CSRF      string           // of the browser session, "" for a key
	RequestID string
	Reason    string // why, for changes: the header Steward-Reason, else a word on the way it came
	Address   string // the peer's address without port

	// Sent is what a route that takes telemetry in says of the request, for the arrivals.
	Sent *arrival.Attempt
}

type callerKey struct{}

// CallerOf answers who asks. Outside of a Kit's routes it answers the zero Caller.
func CallerOf(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return *c
	}
	return Caller{}
}

// callerIn answers the caller that the chain put into ctx, for filling in.
func callerIn(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return &Caller{}
}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}
