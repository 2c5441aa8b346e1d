package access

import (
	"slices"
	"strings"

	"steward/internal/base/errs"
)

// Action is one thing that may be allowed, noun and verb: "trace.read". Every route of every surface declares one.
type Action string

// The actions. table says what each one lets its holder do.
const (
	// Self is what everyone who is known may do: ask who they are, sign out. It is in every set without being stored.
	Self Action = "self"

	SpanWrite   Action = "span.write"
	LogWrite    Action = "log.write"
	MetricWrite Action = "metric.write"
	ModelCall   Action = "model.call"

	TraceRead  Action = "trace.read"
	TraceWrite Action = "trace.write"
	ScoreRead  Action = "score.read"
	ScoreWrite Action = "score.write"
	ViewRead   Action = "view.read"
	ViewWrite  Action = "view.write"

	ShareView   Action = "share.view"
	ShareManage Action = "share.manage"

	DataDelete  Action = "data.delete"
	DataRemap   Action = "data.remap"
	PriceRead   Action = "price.read"
	PriceManage Action = "price.manage"
	JobRead     Action = "job.read"
	IngestRead  Action = "ingest.read"
	MetricsRead Action = "metrics.read"

	ProjectRead   Action = "project.read"
	ProjectManage Action = "project.manage"
	KeyRead       Action = "key.read"
	KeyManage     Action = "key.manage"
	SessionRead   Action = "session.read"
	SessionManage Action = "session.manage"
	UserInvite    Action = "user.invite"
	AuditRead     Action = "audit.read"
)

// table lists every action with its meaning. An action's place is its bit in a Set; sets are never stored, scopes and
// roles are, so the order may change between versions.
var table = [...]struct {
	action  Action
	meaning string
}{
	{Self, "ask who one is, sign out"},
	{SpanWrite, "send spans"},
	{LogWrite, "send log records"},
	{MetricWrite, "send metric points"},
	{ModelCall, "call models through the gateway"},
	{TraceRead, "look at traces, spans, sessions and what is computed from them"},
	{TraceWrite, "import recorded traces"},
	{ScoreRead, "look at scores"},
	{ScoreWrite, "give scores"},
	{ViewRead, "look at saved views"},
	{ViewWrite, "save, change and remove views"},
	{ShareView, "look at what a share shows"},
	{ShareManage, "make and revoke read-only links to a trace or session"},
	{DataDelete, "delete traces, sessions and users' data for good"},
	{DataRemap, "run the mapper again over stored spans"},
	{PriceRead, "look at prices"},
	{PriceManage, "change price entries and derive costs again"},
	{JobRead, "look at jobs"},
	{IngestRead, "look at ingest counters and the doctor's checks"},
	{MetricsRead, "scrape the server's own metrics"},
	{ProjectRead, "look at projects and their retention"},
	{ProjectManage, "change projects and their retention"},
	{KeyRead, "list keys"},
	{KeyManage, "make and revoke keys"},
	{SessionRead, "list one's own browser sessions"},
	{SessionManage, "list and revoke everyone's browser sessions"},
	{UserInvite, "make sign-in links"},
	{AuditRead, "look at who changed what"},
}

var bits = func() map[Action]Set {
	m := make(map[Action]Set, len(table))
	for i, row := range table {
		m[row.action] = 1 << i
	}
	return m
}()

// All answers every action, in the table's order.
func All() []Action {
	list := make([]Action, len(table))
	for i, row := range table {
		list[i] = row.action
	}
	return list
}

// Valid says whether a is an action that exists.
func (a Action) Valid() bool { return bits[a] != 0 }

// Meaning answers what a lets its holder do, in a few words; "" for an unknown action.
func (a Action) Meaning() string {
	for _, row := range table {
		if row.action == a {
			return row.meaning
		}
	}
	return ""
}

// Set is a set of actions. The zero value holds none.
type Set uint64

// SetOf makes a set; unknown actions are left out, so a set never grants what the table does not name.
func SetOf(actions ...Action) Set {
	var s Set
	for _, a := range actions {
		s |= bits[a]
	}
	return s
}

// Everything is the set of all actions.
func Everything() Set { return Set(1)<<len(table) - 1 }

// Has says whether a is in s. An unknown action is in no set.
func (s Set) Has(a Action) bool { b := bits[a]; return b != 0 && s&b == b }

// Covers says whether every action of o is in s.
func (s Set) Covers(o Set) bool { return s&o == o }

// List answers the actions of s in the table's order.
func (s Set) List() []Action {
	var list []Action
	for i, row := range table {
		if s&(1<<i) != 0 {
			list = append(list, row.action)
		}
	}
	return list
}

// Scope is a named set of actions that a key may hold.
type Scope string

// The scopes.
const (
	ScopeIngest  Scope = "ingest"  // send telemetry and scores
	ScopeGateway Scope = "gateway" // call models
	ScopeRead    Scope = "read"    // look at everything in the project
	ScopeOperate Scope = "operate" // look, import, score, remap, set prices
	ScopeAdmin   Scope = "admin"   // everything in the project
)

// Scopes answers all scopes, the narrowest first.
func Scopes() []Scope { return []Scope{ScopeIngest, ScopeGateway, ScopeRead, ScopeOperate, ScopeAdmin} }

// Actions answers what the scope allows; nothing for an unknown scope.
func (s Scope) Actions() Set {
	switch s {
	case ScopeIngest:
		return SetOf(SpanWrite, LogWrite, MetricWrite, ScoreWrite)
	case ScopeGateway:
		return SetOf(ModelCall)
	case ScopeRead:
		return reads()
	case ScopeOperate:
		return reads() | SetOf(ScoreWrite, ViewWrite, TraceWrite, ShareManage, PriceManage, DataRemap)
	case ScopeAdmin:
		return Everything()
	}
	return 0
}

func reads() Set {
	var s Set
	for i, row := range table {
		if strings.HasSuffix(string(row.action), ".read") {
			s |= 1 << i
		}
	}
	return s
}

// ParseScopes checks names of scopes, sorts out repeats and keeps the order of Scopes. None at all is Invalid.
func ParseScopes(names []string) ([]Scope, error) {
	for _, n := range names {
		if !slices.Contains(Scopes(), Scope(n)) {
			return nil, errs.Invalid("scope %q does not exist; use ingest, gateway, read, operate or admin", n).With("field", "scopes")
		}
	}
	var list []Scope
	for _, s := range Scopes() {
		if slices.Contains(names, string(s)) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil, errs.Invalid("scopes is empty; name at least one of ingest, gateway, read, operate, admin").With("field", "scopes")
	}
	return list, nil
}

// ActionsOf answers what the scopes allow together.
func ActionsOf(scopes []Scope) Set {
	var s Set
	for _, sc := range scopes {
		s |= sc.Actions()
	}
	return s
}

// Role is what a person is, as against what a key holds.
type Role string

// The roles, each covering the one before.
const (
	Viewer    Role = "viewer"    // looks
	Developer Role = "developer" // looks, scores, imports, calls models
	Admin     Role = "admin"     // everything in one project
	Operator  Role = "operator"  // everything in every project: who runs the installation
)

// ParseRole checks a role's name.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case Viewer, Developer, Admin, Operator:
		return r, nil
	}
	return "", errs.Invalid("role %q does not exist; use viewer, developer, admin or operator", s).With("field", "role")
}

// Actions answers what the role allows; nothing for an unknown role.
func (r Role) Actions() Set {
	viewer := SetOf(TraceRead, ScoreRead, ViewRead, ProjectRead, PriceRead, JobRead, IngestRead, SessionRead)
	switch r {
	case Viewer:
		return viewer
	case Developer:
		return viewer | SetOf(KeyRead, ScoreWrite, ViewWrite, ShareManage, TraceWrite, SpanWrite, LogWrite, MetricWrite, ModelCall)
	case Admin, Operator:
		return Everything()
	}
	return 0
}

// AllProjects says whether the role reaches beyond one project.
func (r Role) AllProjects() bool { return r == Operator }
