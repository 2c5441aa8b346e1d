package access

import (
	"context"

	"steward/internal/base/page"
	"steward/internal/domain/project"
)

// Keys looks keys up. A missing one is a NotFound error.
type Keys interface {
	// KeysByPrefix answers every key with the prefix, revoked ones too; usually one, rarely none, hardly ever more.
	KeysByPrefix(ctx context.Context, prefix string) ([]Key, error)
	// KeyByID answers a key of any project.
	KeyByID(ctx context.Context, id string) (Key, error)
	// ListKeys answers the keys of a project, the newest first, revoked ones too, but no shares. after is a cursor of
	// order "-id".
	ListKeys(ctx context.Context, project project.ID, after page.Cursor, limit int) (page.Page[Key], error)
	// ListShares is ListKeys for the keys of shares.
	ListShares(ctx context.Context, project project.ID, after page.Cursor, limit int) (page.Page[Key], error)
}

// Sessions looks browser sessions and sign-in links up. A missing one is a NotFound error.
type Sessions interface {
	SessionByHash(ctx context.Context, hash []byte) (BrowserSession, error)
	SessionByID(ctx context.Context, id string) (BrowserSession, error)
	// ListSessions answers sessions that are neither revoked nor expired at now, the last seen first, at most
	// page.MaxLimit. who narrows to one principal's, "" does not; project narrows to one project's, "" does not.
	ListSessions(ctx context.Context, project project.ID, who string, now int64) ([]BrowserSession, error)
	LinkByHash(ctx context.Context, hash []byte) (LoginLink, error)
}

// Changes reads the record of who changed what.
type Changes interface {
	// ListChanges answers the newest first. after is a cursor of order "-id".
	ListChanges(ctx context.Context, q ChangeQuery, after page.Cursor, limit int) (page.Page[Change], error)
}

// ChangeQuery narrows ListChanges; empty fields do not.
type ChangeQuery struct {
	Project      project.ID // changes of this project
	Installation bool       // with Project: also those that concern no project
	Kind, Name   string
}

// Touched says when keys and sessions were last used, by id, in Unix nanoseconds.
type Touched struct {
	Keys     map[string]int64
	Sessions map[string]int64
}

// Toucher notes last use. It is bookkeeping, not a control write, and leaves no change behind.
type Toucher interface {
	// Touch moves last use forward, never back, and a session's expiry to SessionLife after it. Unknown ids are ignored.
	Touch(ctx context.Context, t Touched) error
}

// Writer changes what proves a principal, inside one unit of work. Each call leaves one Change behind.
type Writer interface {
	// CreateKey answers Conflict when the id is taken.
	CreateKey(k Key) error
	// RevokeKey sets Revoked once; revoking again is a no-op without a Change. NotFound when project has no such key.
	RevokeKey(project project.ID, id string, at int64) error
	CreateSession(s BrowserSession) error
	// RevokeSession sets Revoked once; revoking again is a no-op without a Change. NotFound when there is none.
	RevokeSession(id string, at int64) error
	CreateLink(l LoginLink) error
	// UseLink marks the link used. It answers Conflict when it already was: of two that race, one wins.
	UseLink(id string, at int64) error
}
