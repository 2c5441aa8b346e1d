// Package access owns who may do what: actions, the scopes and roles that name sets of them, principals, and the one
// decision that every surface asks. It also owns what proves a principal (keys, browser sessions, sign-in links) and the
// record of who changed what. It knows nothing of HTTP or SQL and does no I/O. Start reading at Allow.
package access

import (
	"steward/internal/base/errs"
	"steward/internal/domain/project"
)

// Kind says what sort of principal acts.
type Kind string

// The kinds of principal.
const (
	User            Kind = "user"     // a person, signed in by a link
	Service         Kind = "service"  // a program with a key
	OperatorAccount Kind = "operator" // whoever runs the installation
	System          Kind = "system"   // Steward itself; it never passes Allow and appears only in changes
)

// Actor is who a change is put down to.
type Actor struct {
	ID   string
	Kind Kind
	Name string
}

// Steward is the actor of what the server does by itself: first start, expiry, resumed jobs.
func Steward() Actor { return Actor{ID: "steward", Kind: System, Name: "Steward"} }

// Pin fixes where records of a key come from; "" leaves the record's own word.
type Pin struct {
	Environment string
	Release     string
}

// Principal is who acts in a request, as far as it has been proven.
type Principal struct {
	ID          string // who: stable over keys and sessions; never empty for a proven principal
	Kind        Kind
	Name        string
	KeyID       string     // the key that proved it, "" for a session begun by a link
	SessionID   string     // the browser session, "" for a key in a header
	Project     project.ID // the project it belongs to, and the default for what it asks
	AllProjects bool       // may act in every project; Project is then only the default
	Role        Role       // for showing; Actions decides. "" for a key without one
	Actions     Set
	Pin         Pin
	Shared      Shared // what may be seen with the action share.view, and nothing else
}

// Actor answers p as the one that changes are put down to.
func (p Principal) Actor() Actor { return Actor{ID: p.ID, Kind: p.Kind, Name: p.Name} }

// MayGrant says whether p can hand out the actions in the project without handing out more than it holds itself.
func (p Principal) MayGrant(actions Set, in project.ID, all bool) error {
	if !p.Actions.Covers(actions) {
		return errs.New(errs.CodeForbidden, "you cannot give more than you hold; you lack %v", (actions &^ p.Actions).List())
	}
	if !p.AllProjects && (all || in != p.Project) {
		return errs.New(errs.CodeForbidden, "you cannot give access beyond your own project %q", p.Project)
	}
	return nil
}

// Allow is the access check, the only one: may p do action in a project? It answers nil, an Unauthenticated error for a
// principal that is nobody, or a Forbidden one. A foreign project is refused before anyone looks whether it exists, so
// that the answer tells nothing. It does no I/O and takes well under 2 µs.
func Allow(p Principal, action Action, in project.ID) error {
	if p.ID == "" {
		return errs.New(errs.CodeUnauthenticated, "a key is needed")
	}
	if !p.AllProjects && in != p.Project {
		return errs.New(errs.CodeForbidden, "project %q is not the one that this key belongs to", in).With("project", string(in))
	}
	if action == Self {
		return nil
	}
	if !p.Actions.Has(action) {
		return errs.New(errs.CodeForbidden, "this needs the action %s, which your key or role does not hold", action).With("action", string(action))
	}
	return nil
}

// AllowEverywhere is Allow for what concerns the installation and not one project, such as making a project.
func AllowEverywhere(p Principal, action Action) error {
	if err := Allow(p, action, p.Project); err != nil {
		return err
	}
	if !p.AllProjects {
		return errs.New(errs.CodeForbidden, "this concerns every project; only the operator may do it").With("action", string(action))
	}
	return nil
}
