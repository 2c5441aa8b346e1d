package ask

import (
	"fmt"
	"strings"

	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

// viewColumn is a column of a documented view and the expression that makes it from a row s.
type viewColumn struct {
	trace.Column
	expr string
}

type view struct {
	trace.View
	columns []viewColumn
}

func vc(name, typ, expr, meaning string) viewColumn {
	return viewColumn{trace.Column{Name: name, Type: typ, Meaning: meaning}, expr}
}

const hexTrace = "replace(s.trace_id::VARCHAR, '-', '')"

// at answers a time with its zone, so that it compares with now(); it has microseconds, and the _ns columns the rest.
func at(ns string) string { return "to_timestamp((" + ns + ") / 1e9)" }

// Views documents what SQL may read.
func (r *Reader) Views() []trace.View {
	var out []trace.View
	for _, v := range views() {
		out = append(out, v.View)
	}
	return out
}

// views lists the documented views. docs/sql.md is made from it, and a test keeps it true.
func views() []view {
	out := []view{
		{View: trace.View{Name: "spans", Meaning: "one row a span that starts in the asked range"}, columns: spanView()},
		{View: trace.View{Name: "sessions", Meaning: "one row a session with a span in the asked range; totals are of its spans in the range"}, columns: sessionView()},
		{View: trace.View{Name: "scores", Meaning: "one row a score whose target starts, or which was given, in the asked range"}, columns: scoreView()},
		{View: trace.View{Name: "usage", Meaning: "one row a span that took tokens or money, without roll-ups, so that sums count nothing twice"}, columns: usageView()},
	}
	for i := range out {
		for _, c := range out[i].columns {
			out[i].Columns = append(out[i].Columns, c.Column)
		}
	}
	return out
}

func spanView() []viewColumn {
	return []viewColumn{
		vc("trace_id", "VARCHAR", hexTrace, "trace id, 32 hex digits"),
		vc("span_id", "VARCHAR", hexSpan("s.span_id"), "span id, 16 hex digits"),
		vc("parent_id", "VARCHAR", hexSpan("s.parent_id"), "the parent's span id, NULL on a root"),
		vc("name", "VARCHAR", "s.name", "the span's name"),
		vc("kind", "VARCHAR", "s.kind", "llm, embedding, rerank, retrieval, tool, agent, workflow, guardrail, evaluation, task or other"),
		vc("otel_kind", "VARCHAR", "s.otel_kind", "OpenTelemetry's span kind"),
		vc("start_time", "TIMESTAMPTZ", at("s.start_ns"), "when it started, UTC"),
		vc("end_time", "TIMESTAMPTZ", at("nullif(s.end_ns, 0)"), "when it ended, UTC; NULL while it is not finished"),
		vc("start_ns", "BIGINT", "s.start_ns", "when it started, nanoseconds since 1970"),
		vc("duration_ms", "DOUBLE", "s.duration_ns / 1e6", "milliseconds from start to end; NULL while it is not finished"),
		vc("first_token_ms", "DOUBLE", "s.ttft_ns / 1e6", "milliseconds from start to the first token, NULL where unknown"),
		vc("status", "VARCHAR", "s.status", "ok, error or unset"),
		vc("status_message", "VARCHAR", "s.status_message", "what the emitter said about the status"),
		vc("service", "VARCHAR", "s.service", "the service that emitted it"),
		vc("environment", "VARCHAR", "s.environment", "the environment it ran in"),
		vc("release", "VARCHAR", "s.release", "the release tag it ran under"),
		vc("level", "VARCHAR", "s.level", "the emitter's level, such as default or warning"),
		vc("session", "VARCHAR", "s.session", "the session it belongs to"),
		vc("user_id", "VARCHAR", "s.user_id", "the end user it was done for"),
		vc("agent", "VARCHAR", "s.agent", "the agent's name"),
		vc("agent_version", "VARCHAR", "s.agent_version", "the agent's version"),
		vc("tags", "VARCHAR[]", "s.tags", "its tags"),
		vc("derived", "BOOLEAN", "s.derived", "made by Steward from events, not emitted as a span"),
		vc("provider", "VARCHAR", "s.provider", "the model's provider"),
		vc("model", "VARCHAR", "s.model", "the model that answered, or the requested one where that is not known"),
		vc("model_requested", "VARCHAR", "s.model_requested", "the model that was asked for"),
		vc("model_used", "VARCHAR", "s.model_used", "the model that answered"),
		vc("finish_reason", "VARCHAR", "s.finish_reason", "why the model stopped"),
		vc("prompt", "VARCHAR", "s.prompt", "the prompt's name"),
		vc("prompt_version", "VARCHAR", "s.prompt_version", "the prompt's version"),
		vc("tool", "VARCHAR", "s.tool", "the tool's name"),
		vc("tool_call_id", "VARCHAR", "s.tool_call_id", "the id of the tool call"),
		vc("input_tokens", "BIGINT", "s.input_tokens", "input tokens, cached ones included"),
		vc("output_tokens", "BIGINT", "s.output_tokens", "output tokens, reasoning included"),
		vc("cache_read_tokens", "BIGINT", "s.cache_read_tokens", "input tokens read from the provider's cache"),
		vc("cache_write_tokens", "BIGINT", "s.cache_write_tokens", "input tokens written to the provider's cache"),
		vc("reasoning_tokens", "BIGINT", "s.reasoning_tokens", "output tokens spent on reasoning"),
		vc("usage_source", "VARCHAR", "s.usage_source", "reported, counted or estimated; empty where it carries no usage"),
		vc("rollup", "BOOLEAN", "s.rollup", "a wrapper that repeats its children's tokens; leave it out of sums"),
		vc("cost", "DECIMAL(38,12)", "CASE WHEN "+isPriced("s.")+" THEN s.cost END", "what it cost by our prices; NULL where it is unpriced or has no cost"),
		vc("currency", "VARCHAR", "s.currency", "the currency of cost, ISO 4217"),
		vc("cost_state", "VARCHAR", "s.cost_state", "priced, estimated or unpriced; empty where no cost applies"),
		vc("price", "VARCHAR", "s.price", "the price that was used; where the cost is unpriced, what is missing"),
		vc("reported_cost", "DECIMAL(38,12)", "s.reported_cost", "what the emitter says it cost"),
		vc("reported_currency", "VARCHAR", "s.reported_currency", "the currency of reported_cost"),
		vc("problems", "VARCHAR[]", "coalesce(s.problems, [])", "what went wrong whatever its status says: tool_error, empty_retrieval, cut, filtered, bad_arguments or context_full"),
		vc("problem_details", "VARCHAR[]", "coalesce(s.problem_details, [])", "a line on each of problems"),
		vc("emitter", "VARCHAR", "s.emitter", "the instrumentation that was recognised"),
		vc("marks", "VARCHAR[]", "s.marks", "what was repaired or assumed on arrival"),
		vc("input_text", "VARCHAR", "s.input_text", "text of the input messages, the first 32 KB"),
		vc("output_text", "VARCHAR", "s.output_text", "text of the output messages, the first 32 KB"),
		vc("attributes", "JSON", "s.attributes::JSON", "raw attributes of up to 256 bytes each; longer ones are whole in the API"),
		vc("resource", "JSON", "nullif(s.resource, '')::JSON", "raw attributes of the resource that emitted it"),
	}
}

func sessionView() []viewColumn {
	return []viewColumn{
		vc("session", "VARCHAR", "s.session", "the session's name"),
		vc("start_time", "TIMESTAMPTZ", at("min(s.start_ns)"), "when its first span started, UTC"),
		vc("end_time", "TIMESTAMPTZ", at("max(greatest(s.end_ns, s.start_ns))"), "when its last span ended, UTC"),
		vc("traces", "BIGINT", "count(DISTINCT s.trace_id)", "how many traces it has"),
		vc("spans", "BIGINT", "count(*)", "how many spans it has"),
		vc("errors", "BIGINT", "count_if(s.status = 'error')::BIGINT", "how many of its spans ended in error"),
		vc("problems", "BIGINT", "count_if("+ails("s.")+")::BIGINT", "how many of its spans ended in error or have a problem"),
		vc("user_id", "VARCHAR", "coalesce(arg_min(s.user_id, s.start_ns) FILTER (s.user_id <> ''), '')", "the end user"),
		vc("input_tokens", "BIGINT", "coalesce(sum(s.input_tokens) FILTER (NOT s.rollup), 0)::BIGINT", "input tokens, roll-ups left out"),
		vc("output_tokens", "BIGINT", "coalesce(sum(s.output_tokens) FILTER (NOT s.rollup), 0)::BIGINT", "output tokens, roll-ups left out"),
		vc("cost", "DECIMAL(38,12)", oneSum("s.cost", "s.currency", priced("s.")), "what its priced spans cost; NULL where they are in several currencies"),
		vc("currency", "VARCHAR", oneCurrency("s.currency", priced("s.")), "the currency of cost; empty where there is no cost"),
		vc("unpriced", "BIGINT", "count_if(s.cost_state = 'unpriced')::BIGINT", "how many of its spans are unpriced; cost is then too low"),
	}
}

func scoreView() []viewColumn {
	return []viewColumn{
		vc("id", "VARCHAR", "s.id", "the score's id"),
		vc("trace_id", "VARCHAR", hexTrace, "the trace that it judges, NULL for a session's score"),
		vc("span_id", "VARCHAR", hexSpan("s.span_id"), "the span that it judges, NULL for a trace's or a session's score"),
		vc("session", "VARCHAR", "s.session", "the session that it judges"),
		vc("name", "VARCHAR", "s.name", "what is judged"),
		vc("value", "DOUBLE", "s.value", "the number, NULL where it is none"),
		vc("label", "VARCHAR", "s.label", "the label, empty where it is none"),
		vc("boolean", "BOOLEAN", "s.boolean", "the truth value, NULL where it is none"),
		vc("source", "VARCHAR", "s.source", "human, code, judge or user"),
		vc("source_name", "VARCHAR", "s.source_name", "who or what judged"),
		vc("explanation", "VARCHAR", "s.explanation", "why"),
		vc("time", "TIMESTAMPTZ", at("s.time_ns"), "when it was given, UTC"),
	}
}

func usageView() []viewColumn {
	want := []string{"trace_id", "span_id", "kind", "start_time", "start_ns", "service", "environment", "release", "session", "user_id",
		"agent", "provider", "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
		"usage_source", "cost", "currency", "cost_state", "price", "reported_cost", "reported_currency"}
	by := map[string]viewColumn{}
	for _, c := range spanView() {
		by[c.Name] = c
	}
	out := make([]viewColumn, len(want))
	for i, name := range want {
		out[i] = by[name]
	}
	return out
}

func selectList(cols []viewColumn) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.expr + " AS " + c.Name
	}
	return strings.Join(parts, ", ")
}

// viewSQL answers the definition of a view over the parts, within the project and the range. A view takes no
// arguments, so the project is checked to be a plain name and the times are numbers.
func viewSQL(v view, parts []Part, scores string, p project.ID, r trace.Range) (string, error) {
	if _, err := project.ParseID(string(p)); err != nil {
		return "", err
	}
	where := fmt.Sprintf("s.project = '%s' AND s.start_ns >= %d AND s.start_ns < %d", p, r.From, r.To)
	if v.Name == "scores" {
		return fmt.Sprintf("SELECT %s FROM %s s WHERE s.project = '%s' AND (s.time_ns >= %[4]d AND s.time_ns < %[5]d OR s.day_ns <> 0 AND s.day_ns >= %[4]d AND s.day_ns < %[5]d)",
			selectList(v.columns), scores, p, r.From, r.To), nil
	}
	if len(parts) == 0 { // no partition: a view without rows, with the same columns
		list := make([]string, len(v.columns))
		for i, c := range v.columns {
			list[i] = "NULL::" + c.Type + " AS " + c.Name
		}
		return "SELECT " + strings.Join(list, ", ") + " WHERE FALSE", nil
	}
	if v.Name == "sessions" {
		q := &query{}
		union(q, parts, cond{sql: "session, trace_id, start_ns, end_ns, status, problems, user_id, input_tokens, output_tokens, rollup, cost, currency, cost_state"}, "",
			cond{sql: where + " AND s.session <> ''"})
		return "SELECT " + selectList(v.columns) + " FROM (" + q.String() + ") s GROUP BY s.session", nil
	}
	if v.Name == "usage" {
		where += " AND NOT s.rollup AND (s.usage_source <> '' OR s.cost_state <> '')"
	}
	q := &query{}
	union(q, parts, cond{sql: selectList(v.columns)}, "", cond{sql: where})
	return q.String(), nil
}
