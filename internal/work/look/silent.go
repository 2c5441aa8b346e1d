package look

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/internal/domain/emitter"
	"steward/internal/domain/project"
)

// Silent says of an emitter's model calls of the last hour how many came without messages, and what turns those on.
type Silent struct {
	Emitter  string
	Scopes   []string // instrumentation scopes of the newest of them
	Calls    int64    // model calls in all
	Without  int64    // of them without messages
	Settings []string // the exact settings, one for each kind of scope
	Filter   string   // lists them
	Since    time.Time
}

// silentSample is how many of an emitter's spans are looked at for their scopes.
const silentSample = 20

// SilentEmitters answers the emitters whose model calls of the last hour came without messages, most such calls first.
func (l *Look) SilentEmitters(ctx context.Context, p project.ID) ([]Silent, error) {
	since := l.clock.Now().Add(-time.Hour)
	count := func(filter string) (map[string]int64, error) {
		rows, err := l.Aggregate(ctx, AggregateQuestion{Project: p, Filter: filter, From: since, Metrics: []string{"spans"}, By: []string{"emitter"}, Limit: 100})
		out := map[string]int64{}
		for _, r := range rows {
			out[r.By["emitter"]] = int64(r.Numbers["spans"])
		}
		return out, err
	}
	without, err := count("kind:llm content:false")
	if err != nil || len(without) == 0 {
		return nil, err
	}
	all, err := count("kind:llm")
	if err != nil {
		return nil, err
	}
	var out []Silent
	for name, n := range without {
		s := Silent{Emitter: name, Calls: max(all[name], n), Without: n, Since: since, Filter: "kind:llm content:false"}
		if name != "" {
			s.Filter += " emitter:" + strconv.Quote(name)
		} else {
			s.Filter += " NOT emitter:*"
		}
		got, _, err := l.Spans(ctx, Question{Project: p, Filter: s.Filter, From: since, Limit: silentSample, Content: true})
		if err != nil {
			return nil, err
		}
		for _, span := range got.Items {
			scope := ""
			if span.Scope != nil {
				scope = span.Scope.Name
			}
			if scope != "" && !slices.Contains(s.Scopes, scope) {
				s.Scopes = append(s.Scopes, scope)
			}
			if setting := emitter.ContentSetting(name, scope); !slices.Contains(s.Settings, setting) {
				s.Settings = append(s.Settings, setting)
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Silent) int {
		if a.Without != b.Without {
			return int(b.Without - a.Without)
		}
		return strings.Compare(a.Emitter, b.Emitter)
	})
	return out, nil
}
