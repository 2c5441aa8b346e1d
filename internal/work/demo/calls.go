package demo

import (
	"fmt"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// lane is one agent's conversation with its model: the model sees all of it each time.
type lane struct {
	agent    string
	prompt   prompt
	tools    toolset
	messages []string // JSON
	size     int
}

func (l *lane) say(message string) {
	l.messages = append(l.messages, message)
	l.size += len(message)
}

// utterance is what a model answers.
type utterance struct {
	content string
	calls   []call
	finish  string // "" is stop, or tool_call where there are calls
	most    int    // max_tokens of the request, 0 for the model's own
	json    bool
}

// request is a model call's attributes before there is an answer.
func (c *recorder) request(m *model, l *lane, u *utterance) []attr.KV {
	most := u.most
	if most == 0 {
		most = m.maxOutput
	}
	kvs := []attr.KV{
		text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", m.provider), text("gen_ai.request.model", m.requested),
		number("gen_ai.request.max_tokens", most), {Key: "gen_ai.request.temperature", Value: attr.Float64(0.2)},
		{Key: "gen_ai.request.stream", Value: attr.Boolean(true)}, text("server.address", m.host),
		text("gen_ai.prompt.name", l.prompt.name), text("gen_ai.prompt.version", l.prompt.version),
		text("gen_ai.system_instructions", `[{"type":"text","content":`+quoted(l.prompt.text)+`}]`),
		text("gen_ai.input.messages", list(l.messages)),
	}
	if l.agent != "" {
		kvs = append(kvs, text("gen_ai.agent.name", l.agent))
	}
	if l.tools != "" {
		kvs = append(kvs, text("gen_ai.tool.definitions", string(l.tools)))
	}
	if u.json {
		kvs = append(kvs, text("gen_ai.output.type", "json"))
	}
	return kvs
}

func list(messages []string) string {
	size := 2
	for _, m := range messages {
		size += len(m) + 1
	}
	b := append(make([]byte, 0, size), '[')
	for i, m := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m...)
	}
	return string(append(b, ']'))
}

// chat is a model call that is answered; the answer joins the lane. It answers the span.
func (c *recorder) chat(m *model, l *lane, u utterance) *trace.Raw {
	finish := u.finish
	if finish == "" {
		if finish = "stop"; len(u.calls) > 0 {
			finish = "tool_call"
		}
	}
	fixed := tokens(len(l.prompt.text) + len(l.tools))
	in := fixed + tokens(l.size) + 4*len(l.messages)
	out := tokens(len(u.content)) + 6
	for _, k := range u.calls {
		out += tokens(len(k.tool)+len(k.arguments)) + 12
	}
	reasoning := 0
	if m.reasons {
		reasoning = 64 * (1 + c.r.IntN(4))
		out += reasoning
	}
	if finish == "length" {
		out = u.most
	}
	first, all := m.latency(c.r, in, out)
	s := c.begin("chat "+m.requested, "client", c.request(m, l, &u)...)
	c.pass(all)
	answer := answered(u.content, u.calls, finish)
	kvs := []attr.KV{
		text("gen_ai.response.id", m.id+c.token(24)), text("gen_ai.response.model", m.used),
		{Key: "gen_ai.response.finish_reasons", Value: attr.ListOf(attr.Str(finish))},
		seconds("gen_ai.response.time_to_first_chunk", first), text("gen_ai.output.messages", "["+answer+"]"),
		number("gen_ai.usage.input_tokens", in), number("gen_ai.usage.output_tokens", out),
	}
	if m.caches && fixed > 600 {
		if c.r.IntN(14) == 0 {
			kvs = append(kvs, number("gen_ai.usage.cache_creation.input_tokens", fixed))
		} else {
			kvs = append(kvs, number("gen_ai.usage.cache_read.input_tokens", fixed))
		}
	}
	if reasoning > 0 {
		kvs = append(kvs, number("gen_ai.usage.reasoning.output_tokens", reasoning))
	}
	c.end(kvs...)
	l.say(answer)
	return s
}

// refused is a model call that the provider did not answer.
func (c *recorder) refused(m *model, l *lane, u utterance, status int, message string, took time.Duration) {
	c.begin("chat "+m.requested, "client", append(c.request(m, l, &u), number("http.response.status_code", status))...)
	c.pass(took)
	c.fail(fmt.Sprint(status), message)
	c.end()
}

// toolCall draws an id for a call of a tool.
func (c *recorder) toolCall(tool, arguments string) call {
	return call{"toolu_" + c.token(20), tool, arguments}
}

// execute runs a tool and hands its result, which is JSON, to the lane.
func (c *recorder) execute(l *lane, k call, result string, took time.Duration) *trace.Raw {
	s := c.start(l, k)
	c.pass(took)
	c.end(text("gen_ai.tool.call.result", result))
	l.say(toolAnswered(k.id, result))
	return s
}

func (c *recorder) start(l *lane, k call) *trace.Raw {
	return c.begin("execute_tool "+k.tool, "internal", text("gen_ai.operation.name", "execute_tool"), text("gen_ai.tool.name", k.tool),
		text("gen_ai.tool.type", "function"), text("gen_ai.tool.call.id", k.id), text("gen_ai.tool.call.arguments", k.arguments),
		text("gen_ai.agent.name", l.agent))
}

// agentRun opens an agent's span.
func (c *recorder) agentRun(name, version, input string) *trace.Raw {
	return c.begin("invoke_agent "+name, "internal", text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.agent.name", name),
		text("gen_ai.agent.version", version), text("gen_ai.input.messages", "["+said("user", input)+"]"))
}

// answers closes an agent's span with what it said; nothing where it failed.
func (c *recorder) answers(content string) {
	if content == "" {
		c.end()
		return
	}
	c.end(text("gen_ai.output.messages", "["+said("assistant", content)+"]"))
}
