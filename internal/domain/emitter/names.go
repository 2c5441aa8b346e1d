package emitter

import (
	"slices"

	"steward/internal/base/attr"
)

// names are the attributes by which a log record or a data point says whose it is, best first: those of spans, then
// what coding agents write instead.
var names = struct{ session, user []string }{
	keysOf(fSession, "conversation.id"),
	keysOf(fUser, "user.email", "user.account_id", "installation.id"),
}

func keysOf(f field, more ...string) (out []string) {
	for i := range rules {
		if rules[i].field == f {
			out = append(out, rules[i].keys...)
		}
	}
	return append(out, more...)
}

// SessionKeys answers the attributes by which a log record or a data point names its session, best first.
func SessionKeys() []string { return slices.Clone(names.session) }

// UserKeys answers the attributes by which a log record or a data point names its user, best first.
func UserKeys() []string { return slices.Clone(names.user) }

// Names answers the session and the user that a log record's or a data point's attributes name, "" for none.
func Names(a attr.Attrs) (session, user string) { return best(a, names.session), best(a, names.user) }

func best(a attr.Attrs, keys []string) string {
	for _, key := range keys {
		if s := scalar(a, key); s != "" {
			return s
		}
	}
	return ""
}
