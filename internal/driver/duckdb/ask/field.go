package ask

import (
	"strings"

	"steward/internal/base/errs"
	"steward/internal/domain/filter"
)

// column is how SQL answers a filter field of a span row with alias s (and totals row t). Texts are never NULL and
// absent ones are ”; numbers and booleans are NULL where absent.
type column struct {
	sql  string
	list bool // a VARCHAR[] instead of a VARCHAR
	wide bool // a BIGINT that int64 parameters compare with
}

func columns() map[string]column {
	text := func(name string) column { return column{sql: "s." + name} }
	number := func(sql string) column { return column{sql: sql, wide: true} }
	used := func(sql string) column { return number("CASE WHEN s.usage_source <> '' THEN " + sql + " END") }
	return map[string]column{
		"trace":              {sql: "replace(s.trace_id::VARCHAR, '-', '')"},
		"span":               {sql: hexSpan("s.span_id")},
		"parent":             {sql: "coalesce(" + hexSpan("s.parent_id") + ", '')"},
		"name":               text("name"),
		"kind":               text("kind"),
		"status":             text("status"),
		"status.message":     text("status_message"),
		"service":            text("service"),
		"env":                text("environment"),
		"release":            text("release"),
		"level":              text("level"),
		"session":            text("session"),
		"user":               text("user_id"),
		"agent":              text("agent"),
		"agent.version":      text("agent_version"),
		"tag":                {sql: "s.tags", list: true},
		"model":              text("model"),
		"model.requested":    text("model_requested"),
		"model.used":         text("model_used"),
		"provider":           text("provider"),
		"finish_reason":      text("finish_reason"),
		"tool":               text("tool"),
		"tool.call_id":       text("tool_call_id"),
		"prompt":             text("prompt"),
		"prompt.version":     text("prompt_version"),
		"duration":           number("s.duration_ns"),
		"ttft":               number("s.ttft_ns"),
		"start":              number("s.start_ns"),
		"end":                number("nullif(s.end_ns, 0)"),
		"tokens":             used("(s.input_tokens + s.output_tokens)"),
		"input_tokens":       used("s.input_tokens"),
		"output_tokens":      used("s.output_tokens"),
		"cache_read_tokens":  used("s.cache_read_tokens"),
		"cache_write_tokens": used("s.cache_write_tokens"),
		"reasoning_tokens":   used("s.reasoning_tokens"),
		"cost":               {sql: "CASE WHEN " + isPriced("s.") + " THEN s.cost END"},
		"reported_cost":      {sql: "s.reported_cost"},
		"cost.state":         text("cost_state"),
		"usage.source":       text("usage_source"),
		"derived":            text("derived"),
		"rollup":             text("rollup"),
		"emitter":            text("emitter"),
		"mark":               {sql: "s.marks", list: true},
		"content":            {sql: "(s.input_text <> '' OR s.output_text <> '' OR len(s.blobs) > 0)"},
		"error":              {sql: "(s.status = 'error')"},
		"problem":            {sql: "coalesce(s.problems, [])", list: true},
		"root":               {sql: "(s.parent_id IS NULL)"},
		"trace.duration":     number("t.duration"),
		"trace.cost":         {sql: "t.cost"},
		"trace.tokens":       number("t.tokens"),
		"trace.spans":        number("t.spans"),
		"trace.errors":       number("t.errors"),
		"trace.problems":     number("t.problems"),
		"trace.name":         {sql: "t.name"},
		"trace.status":       {sql: "t.status"},
		"trace.outcome":      {sql: "t.outcome"},
	}
}

func hexSpan(col string) string { return "lpad(lower(to_hex(" + col + ")), 16, '0')" }

// ails says that a span ended in error or has a problem.
func ails(prefix string) string {
	return "(" + prefix + "status = 'error' OR " + prefix + "problems IS NOT NULL)"
}

func isPriced(prefix string) string { return prefix + "cost_state IN ('priced', 'estimated')" }

// attribute answers the text of a raw attribute, NULL where it is absent. A JSON pointer quotes every key.
func attribute(family, key string) cond {
	pointer := "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	return cond{"json_extract_string(s." + family + ", ?)", []any{pointer}}
}

// groupable answers a field as text for facets and groups.
func groupable(name string) (c cond, list bool, err error) {
	ref, key, _ := strings.Cut(name, ".")
	if f, ok := filter.Lookup(name); ok && f.Key == "" {
		col, ok := columns()[f.Name]
		if !ok || f.Ordered() || f.Type == filter.TypeSearch {
			return c, false, errs.Invalid("field %q has no values to count; ask for a text, enum or boolean field", name)
		}
		if f.Type == filter.TypeBoolean {
			return cond{sql: "(" + col.sql + ")::VARCHAR"}, false, nil
		}
		return cond{sql: col.sql}, col.list, nil
	}
	if f, ok := filter.Lookup(ref); ok && f.Type == filter.TypeAttribute && key != "" {
		c := attribute(f.Name, key)
		return cond{"coalesce(" + c.sql + ", '')", c.args}, false, nil
	}
	return c, false, errs.Invalid("field %q is not known; see the list of filter fields", name)
}
