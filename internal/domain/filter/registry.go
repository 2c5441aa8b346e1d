package filter

// Enum values, in the order in which they are shown.
var (
	kinds        = []string{"llm", "embedding", "rerank", "retrieval", "tool", "agent", "workflow", "guardrail", "evaluation", "task", "other"}
	statuses     = []string{"ok", "error", "unset"}
	problems     = []string{"tool_error", "empty_retrieval", "cut", "filtered", "bad_arguments", "context_full"}
	outcomes     = []string{"ok", "problem", "error", "unfinished"}
	costStates   = []string{"priced", "estimated", "unpriced"}
	usageSources = []string{"reported", "counted", "estimated"}
)

// registry is the language's vocabulary; it is never changed while the program runs. docs/filter.md holds its table,
// and a test keeps the two together.
var registry = []Field{
	text("trace", "trace id, 32 hex digits", `trace:4bf92f3577b34da6a3ce929d0e0e4736`, "trace_id"),
	text("span", "span id, 16 hex digits", `span:00f067aa0ba902b7`, "span_id"),
	text("parent", "the parent's span id; absent on a root", `parent:00f067aa0ba902b7`, "parent_id"),
	facet("name", "the span's name", `name:"chat gpt-4o"`),
	enum("kind", kinds, "what kind of operation it is", `kind:(llm OR tool)`),
	enum("status", statuses, "how it ended", `status:error`),
	text("status.message", "what the emitter said about the status", `status.message:*timeout*`),
	facet("service", "the service that emitted it", `service:support-api`),
	facet("env", "the environment it ran in", `env:production`, "environment"),
	facet("release", "the release tag it ran under", `release:4f2c1d`),
	facet("level", "the emitter's level, such as default or warning", `level:warning`),
	facet("session", "the session it belongs to", `session:s-1042`, "session.id"),
	facet("user", "the end user it was done for", `user:ann`, "user.id"),
	facet("agent", "the agent's name", `agent:planner`, "agent.name"),
	facet("agent.version", "the agent's version", `agent.version:3`),
	many(facet("tag", "its tags", `tag:beta`, "tags")),
	facet("model", "the model that was used, or the requested one where that is not known", `model:gpt-4o*`),
	facet("model.requested", "the model that was asked for", `model.requested:gpt-4o`),
	facet("model.used", "the model that answered", `model.used:gpt-4o-2024-08-06`),
	facet("provider", "the model's provider", `provider:openai`),
	facet("finish_reason", "why the model stopped", `finish_reason:length`),
	facet("tool", "the tool's name", `tool:search_flights`, "tool.name"),
	text("tool.call_id", "the id of the tool call", `tool.call_id:call_9*`),
	facet("prompt", "the prompt's name", `prompt:refund-answer`, "prompt.name"),
	facet("prompt.version", "the prompt's version", `prompt.version:12`),
	plain("duration", TypeDuration, "from start to end; absent while it is not finished", `duration>2s`, "latency"),
	plain("ttft", TypeDuration, "from start to the first token", `ttft>800ms`, "first_token"),
	plain("start", TypeTime, "when it started", `start>-24h`),
	plain("end", TypeTime, "when it ended", `end<2026-05-01T12:00:00Z`),
	plain("tokens", TypeNumber, "input and output tokens together", `tokens>10k`),
	plain("input_tokens", TypeNumber, "input tokens, cached ones included", `input_tokens>=8k`),
	plain("output_tokens", TypeNumber, "output tokens, reasoning included", `output_tokens<10`),
	plain("cache_read_tokens", TypeNumber, "input tokens read from the provider's cache", `cache_read_tokens:0`),
	plain("cache_write_tokens", TypeNumber, "input tokens written to the provider's cache", `cache_write_tokens>0`),
	plain("reasoning_tokens", TypeNumber, "output tokens spent on reasoning", `reasoning_tokens>1k`),
	plain("cost", TypeMoney, "what it cost by our prices; absent while it is unpriced", `cost>0.05`),
	plain("reported_cost", TypeMoney, "what the emitter says it cost", `reported_cost:*`),
	enum("cost.state", costStates, "whether the cost is known", `cost.state:unpriced`),
	enum("usage.source", usageSources, "where the token counts come from", `usage.source:estimated`),
	plain("derived", TypeBoolean, "made by Steward from events, not emitted as a span", `derived:true`),
	plain("rollup", TypeBoolean, "a wrapper that repeats its children's tokens", `rollup:false`),
	facet("emitter", "the instrumentation that was recognised", `emitter:openinference`),
	many(facet("mark", "what was repaired or assumed on arrival", `mark:time_assumed`, "marks")),
	plain("content", TypeBoolean, "it carries text or media of messages", `content:false`),
	plain("error", TypeBoolean, "short for status:error", `error:true`),
	many(enum("problem", problems, "what went wrong whatever its status says", `problem:(tool_error OR cut)`)),
	plain("root", TypeBoolean, "it has no parent", `root:true`),
	many(search("input", "the text of the input messages", `input:"refund policy"`)),
	many(search("output", "the text of the output messages", `output:sorry`)),
	many(search("text", "all message text, as a bare word or phrase searches it", `text:"refund policy"`)),
	{Name: "score", Key: "NAME", Type: TypeScore, Level: LevelSpan, Many: true, Facet: true,
		Description: "the scores of that name on the span, its trace and its session", Example: `score.helpful<0.5`},
	{Name: "attributes", Key: "KEY", Type: TypeAttribute, Level: LevelSpan, Facet: true, Aliases: []string{"attribute"},
		Description: "a raw attribute of the span", Example: `attributes.gen_ai.request.temperature>0.9`},
	{Name: "resource", Key: "KEY", Type: TypeAttribute, Level: LevelSpan, Facet: true,
		Description: "a raw attribute of the resource that emitted it", Example: `resource.host.name:web-*`},
	total(plain("trace.duration", TypeDuration, "from the trace's first start to its last end", `trace.duration>1m`)),
	total(plain("trace.cost", TypeMoney, "what the trace cost; absent while nothing in it is priced", `trace.cost>=1`)),
	total(plain("trace.tokens", TypeNumber, "input and output tokens of the trace, roll-ups not counted twice", `trace.tokens>100k`)),
	total(plain("trace.spans", TypeNumber, "how many spans it has", `trace.spans>500`)),
	total(plain("trace.errors", TypeNumber, "how many of its spans ended in error", `trace.errors>0`)),
	total(plain("trace.problems", TypeNumber, "how many of its spans ended in error or have a problem", `trace.problems>0`)),
	total(facet("trace.name", "its root span's name, or its earliest span's where the root is missing", `trace.name:"handle request"`)),
	total(enum("trace.status", statuses, "how its root span ended; without a root, error when any span did", `trace.status:error`)),
	total(enum("trace.outcome", outcomes, "how it went: error when its root failed, else unfinished while a span has no end, else problem when any span failed or has a problem", `trace.outcome:problem`)),
}

func plain(name string, t Type, description, example string, aliases ...string) Field {
	return Field{Name: name, Aliases: aliases, Type: t, Level: LevelSpan, Description: description, Example: example}
}

func text(name, description, example string, aliases ...string) Field {
	return plain(name, TypeText, description, example, aliases...)
}

func search(name, description, example string) Field {
	return plain(name, TypeSearch, description, example)
}

func facet(name, description, example string, aliases ...string) Field {
	f := text(name, description, example, aliases...)
	f.Facet = true
	return f
}

func enum(name string, values []string, description, example string) Field {
	f := plain(name, TypeEnum, description, example)
	f.Values = values
	return f
}

func many(f Field) Field {
	f.Many = true
	return f
}

func total(f Field) Field {
	f.Level = LevelTrace
	return f
}
