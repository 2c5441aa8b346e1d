package access

import (
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

const (
	// SessionLife is how long a browser session lives after it was last used.
	SessionLife = 30 * 24 * time.Hour
	// LinkLife is how long a sign-in link works.
	LinkLife = 15 * time.Minute
)

// BrowserSession is a signed-in browser. The cookie's value is kept only as a hash. Times are Unix nanoseconds, UTC;
// zero means never.
type BrowserSession struct {
	ID          string
	Hash        []byte // Digest of the cookie's value
	Who         Actor
	Role        Role   // decides, unless KeyID is set
	KeyID       string // the session acts as this key and ends with it
	Project     project.ID
	AllProjects bool
	Created     int64
	LastSeen    int64
	Expires     int64
	Revoked     int64
	Address     string // where it was begun
	Agent       string // the browser's own words, cut to 200 bytes
}

// Principal answers who acts in a session begun by a link. One begun with a key acts as Key.Principal instead.
func (s BrowserSession) Principal() Principal {
	return Principal{
		ID: s.Who.ID, Kind: s.Who.Kind, Name: s.Who.Name, SessionID: s.ID,
		Project: s.Project, AllProjects: s.AllProjects, Role: s.Role, Actions: s.Role.Actions() | SetOf(Self),
	}
}

// Usable answers nil when the session is alive at the moment now, else an Unauthenticated error.
func (s BrowserSession) Usable(now int64) error {
	if s.Revoked != 0 || now >= s.Expires {
		return errs.New(errs.CodeUnauthenticated, "this browser session has ended; sign in again")
	}
	return nil
}

// LoginLink lets one person sign in once. The token is kept only as a hash. Times are Unix nanoseconds, UTC.
type LoginLink struct {
	ID          string
	Hash        []byte // Digest of the token
	Name        string // of the person invited
	Role        Role
	Project     project.ID
	AllProjects bool
	Created     int64
	Expires     int64
	Used        int64 // zero until it was used
}

// Change says who changed what, when and why. It is written with the change itself and never altered.
type Change struct {
	ID      string     // UUIDv7, so that changes sort by time of birth
	Time    int64      // Unix nanoseconds, UTC
	Project project.ID // "" for what concerns the whole installation
	Actor   Actor
	Action  string // noun and verb: "key.create"
	Kind    string // of the thing changed: "key"
	Name    string // of the thing changed
	Reason  string
	Details map[string]any // facts for people; holds no secret
}
