// Package demo makes a small, honest sample: an insurance-claims agent's conversations of the last hours, sent in as
// ordinary OTLP with ordinary OTel GenAI attributes. Everything shown of it is derived like anybody's traffic.
// Start reading at Seed.
package demo

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/work/ingest"
)

// Project is where the sample lives.
const Project project.ID = "demo"

// Sink takes OTLP in; it is work/ingest.
type Sink interface {
	Traces(ctx context.Context, from ingest.Source, body []byte) (ingest.Outcome, error)
}

// sessions is how many conversations there are, and span of time over which they lie.
const (
	sessions = 48
	reach    = 20 * time.Hour
)

// Seed sends the sample in. The same now gives the same spans.
func Seed(ctx context.Context, sink Sink, now time.Time) error {
	r := rand.New(rand.NewPCG(7, 171))
	for i := range sessions {
		start := now.Add(-reach + time.Duration(i)*reach/sessions + time.Duration(r.IntN(600))*time.Second)
		c := &conversation{r: r, n: i, start: start}
		c.run()
		raws := make([]*trace.Raw, len(c.spans))
		for k := range c.spans {
			raws[k] = &c.spans[k]
		}
		body, err := otlp.EncodeTraces(raws, false)
		if err != nil {
			return err
		}
		out, err := sink.Traces(ctx, ingest.Source{Project: Project, Key: "demo"}, body)
		if err != nil {
			return err
		}
		if len(out.Rejected) > 0 {
			return fmt.Errorf("sample rejected: %s", out.Rejected[0].Detail)
		}
	}
	return nil
}

// conversation is one run of the agent.
type conversation struct {
	r        *rand.Rand
	n        int
	start    time.Time
	at       time.Time
	trace    trace.ID
	resource *trace.Origin
	scope    *trace.Origin
	model    string
	provider string
	spans    []trace.Raw
}

func (c *conversation) run() {
	c.at = c.start
	binary.BigEndian.PutUint64(c.trace[:], uint64(c.start.UnixNano()))
	binary.BigEndian.PutUint64(c.trace[8:], uint64(c.n)+1)
	environment, release := "production", "2026.11.2"
	if c.n%6 == 0 {
		environment, release = "staging", "2026.11.3"
	}
	c.resource = &trace.Origin{Attributes: attr.Attrs{text("service.name", "claims-agent"), text("service.version", release),
		text("deployment.environment.name", environment)}}
	c.scope = &trace.Origin{Name: "claims", Version: "1.4.0"}
	c.provider, c.model = "openai", "gpt-4o"
	switch {
	case c.n%5 == 2:
		c.provider, c.model = "anthropic", "claude-sonnet-4-5"
	case c.n%11 == 3:
		c.provider, c.model = "local", "claims-lora-8b" // nobody lists a price for it
	}
	claim := claims[c.n%len(claims)]
	root := c.open("invoke_agent claims-agent", "internal", trace.SpanID{}, text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.agent.name", "claims-agent"))
	policy := fmt.Sprintf("P-%05d", 10_000+c.r.IntN(400))
	question := fmt.Sprintf(claim.says, policy)
	c.chat(root, []string{question}, "", "look_up_policy", fmt.Sprintf(`{"policy":"%s"}`, policy), 600)
	if c.n%9 == 4 {
		c.tool(root, "look_up_policy", fmt.Sprintf(`{"policy":"%s"}`, policy), `{"isError":true,"error":"policy service timed out after 5 s"}`, 5*time.Second, true)
		c.chat(root, []string{question, "policy service timed out"}, "I could not reach the policy service. Please try again in a few minutes.", "", "", 760)
		c.close(root, question, "I could not reach the policy service. Please try again in a few minutes.", true)
		return
	}
	found := fmt.Sprintf(`{"policy":"%s","cover":%q,"deductible":%d}`, policy, claim.cover, claim.deductible)
	c.tool(root, "look_up_policy", fmt.Sprintf(`{"policy":"%s"}`, policy), found, time.Duration(80+c.r.IntN(300))*time.Millisecond, false)
	c.retrieve(root, claim.topic)
	payout := max(0, claim.damage-claim.deductible)
	args := fmt.Sprintf(`{"damage":%d,"deductible":%d}`, claim.damage, claim.deductible)
	c.chat(root, []string{question, found}, "", "compute_payout", args, 1450)
	c.tool(root, "compute_payout", args, fmt.Sprintf(`{"payout":%d,"currency":"EUR"}`, payout), 12*time.Millisecond, false)
	answer := fmt.Sprintf("Your %s is covered. After the deductible of %d EUR we pay %d EUR. I have drafted the letter for policy %s.",
		claim.topic, claim.deductible, payout, policy)
	c.chat(root, []string{question, found, args}, answer, "", "", 1900)
	c.close(root, question, answer, false)
}

func (c *conversation) id() trace.SpanID {
	var id trace.SpanID
	binary.BigEndian.PutUint32(id[:], uint32(c.n)+1)
	binary.BigEndian.PutUint32(id[4:], uint32(len(c.spans))+1)
	return id
}

func (c *conversation) open(name, kind string, parent trace.SpanID, attrs ...attr.KV) trace.SpanID {
	id := c.id()
	attrs = append(attrs, text("gen_ai.conversation.id", fmt.Sprintf("claim-%04d", 2200+c.n)), text("user.id", people[c.n%len(people)]))
	c.spans = append(c.spans, trace.Raw{Trace: c.trace, ID: id, Parent: parent, Name: name, OTelKind: kind, Start: c.at.UnixNano(),
		StatusCode: trace.StatusUnset, Attributes: attrs, Resource: c.resource, Scope: c.scope})
	c.at = c.at.Add(time.Duration(2+c.r.IntN(9)) * time.Millisecond)
	return id
}

// end closes the span that was opened last with id.
func (c *conversation) end(id trace.SpanID, took time.Duration, failed string, attrs ...attr.KV) {
	for i := range c.spans {
		if s := &c.spans[i]; s.ID == id {
			c.at = c.at.Add(took)
			s.End = c.at.UnixNano()
			s.Attributes = append(s.Attributes, attrs...)
			if failed != "" {
				s.StatusCode, s.StatusText = trace.StatusError, failed
			}
		}
	}
	c.at = c.at.Add(time.Duration(1+c.r.IntN(5)) * time.Millisecond)
}

func (c *conversation) close(root trace.SpanID, in, out string, failed bool) {
	why := ""
	if failed {
		why = "policy service unavailable"
	}
	c.end(root, 3*time.Millisecond, why, text("gen_ai.input.messages", messages("user", in)), text("gen_ai.output.messages", messages("assistant", out)))
}

func (c *conversation) chat(parent trace.SpanID, said []string, answer, tool, args string, tokens int) {
	id := c.open("chat "+c.model, "client", parent, text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", c.provider),
		text("gen_ai.request.model", c.model), text("gen_ai.response.model", c.model), text("gen_ai.system_instructions", `[{"type":"text","content":`+quoted(system)+`}]`),
		text("gen_ai.tool.definitions", tools))
	in := `[{"role":"user","parts":[{"type":"text","content":` + quoted(said[0]) + `}]}`
	for _, s := range said[1:] {
		in += `,{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","result":` + quoted(s) + `}]}`
	}
	in += "]"
	out, reason := messages("assistant", answer), "stop"
	if tool != "" {
		out = `[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":` + quoted(tool) + `,"arguments":` + args + `}],"finish_reason":"tool_calls"}]`
		reason = "tool_calls"
	}
	output := 20 + len(answer)/3 + len(args)/3
	c.end(id, time.Duration(500+c.r.IntN(1800))*time.Millisecond, "", text("gen_ai.input.messages", in), text("gen_ai.output.messages", out),
		attr.KV{Key: "gen_ai.response.finish_reasons", Value: attr.ListOf(attr.Str(reason))},
		attr.KV{Key: "gen_ai.response.time_to_first_chunk", Value: attr.Float64(0.18 + c.r.Float64()/2)},
		number("gen_ai.usage.input_tokens", tokens+c.r.IntN(60)), number("gen_ai.usage.output_tokens", output),
		number("gen_ai.usage.cache_read.input_tokens", tokens/2))
}

func (c *conversation) tool(parent trace.SpanID, name, args, result string, took time.Duration, failed bool) {
	id := c.open("execute_tool "+name, "internal", parent, text("gen_ai.operation.name", "execute_tool"), text("gen_ai.tool.name", name),
		text("gen_ai.tool.call.id", "call_1"), text("gen_ai.tool.call.arguments", args), text("gen_ai.tool.call.result", result))
	why := ""
	if failed {
		why = "timeout"
	}
	c.end(id, took, why)
}

func (c *conversation) retrieve(parent trace.SpanID, topic string) {
	documents := fmt.Sprintf(`[{"id":"terms-%s","content":%s,"score":%.2f},{"id":"faq-7","content":"Payouts are made within five working days.","score":0.41}]`,
		topic[:4], quoted("General terms: "+topic+" is covered unless caused by gross negligence."), 0.7+c.r.Float64()/4)
	if c.n%13 == 5 {
		documents = "[]" // an index without the topic: nothing fails, and the answer is worse for it
	}
	id := c.open("retrieval terms", "client", parent, text("gen_ai.operation.name", "retrieval"), text("gen_ai.retrieval.query.text", topic+" cover"),
		text("gen_ai.retrieval.documents", documents))
	c.end(id, time.Duration(20+c.r.IntN(70))*time.Millisecond, "")
}

func text(key, value string) attr.KV   { return attr.KV{Key: key, Value: attr.Str(value)} }
func number(key string, n int) attr.KV { return attr.KV{Key: key, Value: attr.Int64(int64(n))} }
func quoted(s string) string           { return string(attr.AppendString(nil, s)) }
func messages(role, said string) string {
	return `[{"role":"` + role + `","parts":[{"type":"text","content":` + quoted(said) + `}]}]`
}
