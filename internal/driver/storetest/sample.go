// Package storetest holds the suites that every telemetry engine must pass. It speaks only the domain's contracts.
// Start reading at Telemetry.
package storetest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Day is the day on which samples begin.
var Day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// Words make text that compresses as written language does.
var words = strings.Fields(`the of and to in a is that for it was on are as with his they at be this from have or by one had not
 but what all were when we there can an your which their said if do will each about how up out them then she many some so these would
 other into has more her two like him see time could no make than first been its who now people my made over did down only way find use
 may water long little very after words called just where most know refund policy order customer ticket flight booking payment invoice
 account reservation airline passenger luggage cancel change confirm agent please thanks certainly unfortunately however therefore`)

// Prose answers about n bytes of text.
func Prose(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		if b.Len() > 0 {
			if r.IntN(12) == 0 {
				b.WriteString(".\n")
			} else {
				b.WriteByte(' ')
			}
		}
		w := words[int(float64(len(words))*r.Float64()*r.Float64())]
		b.WriteString(w)
		if r.IntN(6) == 0 {
			fmt.Fprintf(&b, " %d", r.IntN(100000))
		}
	}
	return b.String()
}

// IDs answers the n-th trace and span id of a series; the same n gives the same ids.
func IDs(traceN, spanN uint64) (id trace.ID, span trace.SpanID) {
	r := rand.New(rand.NewPCG(traceN, 77))
	binary.BigEndian.PutUint64(id[:8], r.Uint64())
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	binary.BigEndian.PutUint64(span[:], rand.New(rand.NewPCG(spanN, 78)).Uint64()|1)
	return id, span
}

// LLMSpan answers a model call of a realistic size, textBytes in its messages, as an OpenTelemetry GenAI emitter sends
// it: the messages stand in the raw attributes, too. n makes it distinct; eight calls make a trace, four traces a
// session.
func LLMSpan(n uint64, start int64, textBytes int) trace.Span {
	r := rand.New(rand.NewPCG(n, 79))
	id, span := IDs(n/8, n)
	in, out := Prose(r, textBytes*2/3), Prose(r, textBytes/3)
	models := []string{"gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "claude-sonnet-4-5"}
	model := models[r.IntN(len(models))]
	inTok, outTok := int64(len(in)/4), int64(len(out)/4)
	input := []trace.Message{
		{Role: "system", Parts: []trace.Part{{Type: trace.PartText, Text: "You are a helpful support agent. Follow the policy."}}},
		{Role: "user", Parts: []trace.Part{{Type: trace.PartText, Text: in}}},
	}
	output := []trace.Message{{Role: "assistant", Parts: []trace.Part{{Type: trace.PartText, Text: out}}, FinishReason: "stop"}}
	s := trace.Span{Hash: n + 1}
	s.Raw = trace.Raw{
		Project: project.Default, Trace: id, ID: span, Name: "chat " + model, OTelKind: "client",
		Start: start, End: start + int64(200+r.IntN(4000))*1e6, StatusCode: trace.StatusUnset,
		Attributes: attr.Attrs{
			{Key: "gen_ai.operation.name", Value: attr.Str("chat")},
			{Key: "gen_ai.provider.name", Value: attr.Str("openai")},
			{Key: "gen_ai.request.model", Value: attr.Str(model)},
			{Key: "gen_ai.response.model", Value: attr.Str(model)},
			{Key: "gen_ai.response.id", Value: attr.Str(fmt.Sprintf("chatcmpl-%016x", r.Uint64()))},
			{Key: "gen_ai.request.temperature", Value: attr.Float64(0.7)},
			{Key: "gen_ai.usage.input_tokens", Value: attr.Int64(inTok)},
			{Key: "gen_ai.usage.output_tokens", Value: attr.Int64(outTok)},
			{Key: "gen_ai.response.finish_reasons", Value: attr.ListOf(attr.Str("stop"))},
			{Key: "session.id", Value: attr.Str(fmt.Sprintf("s-%d", n/32))},
			{Key: "gen_ai.input.messages", Value: attr.Str(messagesJSON(input))},
			{Key: "gen_ai.output.messages", Value: attr.Str(messagesJSON(output))},
		},
		Resource: resource, Scope: scope,
	}
	if n%8 != 0 {
		_, s.Parent = IDs(n/8, n/8*8)
	}
	s.Canonical = trace.Canonical{
		Kind: trace.LLM, FirstToken: int64(100+r.IntN(900)) * 1e6, Service: "support-api", Environment: "production", Release: "4f2c1d",
		Level: "default", Session: fmt.Sprintf("s-%d", n/32), User: fmt.Sprintf("u-%d", n/64),
		Model:        trace.Model{Provider: "openai", Requested: model, Used: model},
		FinishReason: "stop", Input: input, Output: output,
		Usage:  usage.Usage{Tokens: usage.Tokens{Input: inTok, Output: outTok}, Source: usage.Reported},
		Cost:   usage.Cost{Amount: decimal.New(inTok*25+outTok*100, -7), Currency: "USD", State: usage.Priced, Price: "builtin/2026-11-21 openai/gpt-4o", Book: "1"},
		Mapper: trace.Mapper{Version: 1, Emitter: "otel-genai"},
	}
	return s
}

var resource = &trace.Origin{Attributes: attr.Attrs{
	{Key: "service.name", Value: attr.Str("support-api")}, {Key: "service.version", Value: attr.Str("4f2c1d")},
	{Key: "deployment.environment.name", Value: attr.Str("production")}, {Key: "host.name", Value: attr.Str("web-17")},
	{Key: "telemetry.sdk.language", Value: attr.Str("python")}, {Key: "telemetry.sdk.version", Value: attr.Str("1.38.0")},
}}

var scope = &trace.Origin{Name: "opentelemetry.instrumentation.openai_v2", Version: "2.3b0"}

func messagesJSON(messages []trace.Message) string {
	b := []byte{'['}
	for i, m := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = attr.AppendString(append(b, `{"role":`...), m.Role)
		b = append(b, `,"parts":[`...)
		for j, p := range m.Parts {
			if j > 0 {
				b = append(b, ',')
			}
			b = attr.AppendString(append(b, `{"type":"text","content":`...), p.Text)
			b = append(b, '}')
		}
		b = append(b, `]}`...)
	}
	return string(append(b, ']'))
}
