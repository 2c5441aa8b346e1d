package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"steward/internal/base/attr"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/trace"
)

const (
	batchSpans = 512
	textBytes  = 1500
	perTrace   = 4  // spans
	perSession = 10 // traces
	templates  = 32
)

// words is a vocabulary with natural lengths; drawing from it by Zipf's law gives text about as compressible as prose.
func words(r *rand.Rand) []string {
	const letters = "etaoinshrdlucmfwypvbgkjqxz"
	out := make([]string, 6000)
	for i := range out {
		n := 2 + r.IntN(4) + r.IntN(5)
		var b strings.Builder
		for range n {
			b.WriteByte(letters[int(float64(len(letters))*r.Float64()*r.Float64())])
		}
		out[i] = b.String()
	}
	return out
}

func prose(r *rand.Rand, z *rand.Zipf, vocabulary []string, n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(vocabulary[z.Uint64()])
		b.WriteByte(' ')
		if r.IntN(12) == 0 {
			b.WriteString("\n")
		}
	}
	return b.String()[:n]
}

var models = []struct{ provider, name string }{{"openai", "gpt-4o"}, {"openai", "gpt-4o-mini"}, {"anthropic", "claude-sonnet-4-5"}, {"gcp.gemini", "gemini-2.5-flash"}}

// template is an export request whose ids and times are overwritten before each sending, so that the client costs
// little beside the server.
type template struct {
	body                 []byte
	trace, span, parents []int // offsets
	start, end           []int
	session              []int
}

// makeTemplates draws the requests.
func makeTemplates(seed uint64) ([]*template, error) {
	r := rand.New(rand.NewPCG(seed, 9))
	vocabulary := words(r)
	z := rand.NewZipf(r, 1.15, 3, uint64(len(vocabulary)-1))
	out := make([]*template, templates)
	for i := range out {
		t, err := makeTemplate(r, z, vocabulary)
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}

func makeTemplate(r *rand.Rand, z *rand.Zipf, vocabulary []string) (*template, error) {
	resource := &trace.Origin{Attributes: attr.Attrs{str("service.name", "bench"), str("service.version", "1.0"), str("deployment.environment.name", "production"),
		str("telemetry.sdk.language", "go"), str("host.name", "bench-1")}}
	scope := &trace.Origin{Name: "bench", Version: "1"}
	raws := make([]*trace.Raw, batchSpans)
	for i := range raws {
		raw := &trace.Raw{Name: "chat", OTelKind: "client", StatusCode: trace.StatusUnset, Resource: resource, Scope: scope}
		binary.BigEndian.PutUint64(raw.Trace[:], r.Uint64()|1)
		binary.BigEndian.PutUint64(raw.Trace[8:], r.Uint64()|1)
		binary.BigEndian.PutUint64(raw.ID[:], r.Uint64()|1)
		if i%perTrace != 0 {
			binary.BigEndian.PutUint64(raw.Parent[:], r.Uint64()|1)
		}
		raw.Start, raw.End = int64(r.Uint64()>>2|1<<60), int64(r.Uint64()>>2|1<<60)
		m := models[r.IntN(len(models))]
		in := `[{"role":"user","parts":[{"type":"text","content":` + string(attr.AppendString(nil, prose(r, z, vocabulary, textBytes*2/3))) + `}]}]`
		answer := `[{"role":"assistant","parts":[{"type":"text","content":` + string(attr.AppendString(nil, prose(r, z, vocabulary, textBytes/3))) + `}],"finish_reason":"stop"}]`
		raw.Attributes = attr.Attrs{str("gen_ai.operation.name", "chat"), str("gen_ai.provider.name", m.provider), str("gen_ai.request.model", m.name),
			str("gen_ai.response.model", m.name), num("gen_ai.usage.input_tokens", 200+r.IntN(4000)), num("gen_ai.usage.output_tokens", 20+r.IntN(800)),
			str("gen_ai.conversation.id", fmt.Sprintf("session-%016x", r.Uint64())), str("user.id", fmt.Sprintf("user-%03d", r.IntN(300))),
			str("gen_ai.response.id", fmt.Sprintf("resp-%016x", r.Uint64())), str("team", []string{"red", "green", "blue"}[r.IntN(3)]),
			str("gen_ai.input.messages", in), str("gen_ai.output.messages", answer)}
		if r.IntN(50) == 0 {
			raw.StatusCode, raw.StatusText = trace.StatusError, "rate limited"
		}
		raws[i] = raw
	}
	body, err := otlp.EncodeTraces(raws, false)
	if err != nil {
		return nil, err
	}
	t := &template{body: body}
	for _, raw := range raws {
		t.trace = append(t.trace, bytes.Index(body, raw.Trace[:]))
		t.span = append(t.span, bytes.Index(body, raw.ID[:]))
		parent := -1
		if !raw.Parent.IsZero() {
			parent = bytes.Index(body, raw.Parent[:])
		}
		t.parents = append(t.parents, parent)
		t.start = append(t.start, bytes.Index(body, binary.LittleEndian.AppendUint64(nil, uint64(raw.Start))))
		id := raw.Attributes.Str("gen_ai.conversation.id")
		t.session = append(t.session, bytes.Index(body, []byte(id)))
		t.end = append(t.end, bytes.Index(body, binary.LittleEndian.AppendUint64(nil, uint64(raw.End))))
	}
	return t, nil
}

// request answers batch n of the load: unique ids, conversations of neighbouring traces, and each span's start by at.
func (t *template) request(buf []byte, n int, at func(span int) time.Time) []byte {
	buf = append(buf[:0], t.body...)
	for i := range t.span {
		global := n*batchSpans + i
		id := scatter(uint64(global) + 1)
		tr := scatter(uint64(global/perTrace) + 1<<40)
		binary.BigEndian.PutUint64(buf[t.trace[i]:], tr)
		binary.BigEndian.PutUint64(buf[t.trace[i]+8:], tr^0x5555)
		binary.BigEndian.PutUint64(buf[t.span[i]:], id)
		if t.parents[i] >= 0 {
			binary.BigEndian.PutUint64(buf[t.parents[i]:], scatter(uint64(global-global%perTrace)+1))
		}
		copy(buf[t.session[i]:], fmt.Sprintf("session-%016x", scatter(uint64(global/perTrace/perSession)+1<<41)))
		start := at(global).UnixNano()
		binary.LittleEndian.PutUint64(buf[t.start[i]:], uint64(start))
		binary.LittleEndian.PutUint64(buf[t.end[i]:], uint64(start)+uint64(300e6+id%3_000_000_000))
	}
	return buf
}

// scatter is a bijection of 64-bit numbers (the finaliser of SplitMix64), so that ids look random and never repeat.
func scatter(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func str(k, v string) attr.KV     { return attr.KV{Key: k, Value: attr.Str(v)} }
func num(k string, n int) attr.KV { return attr.KV{Key: k, Value: attr.Int64(int64(n))} }
