package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// rerankDocuments is how many documents one search unit of a reranker covers.
const rerankDocuments = 100

// units fills what the provider bills by the piece: searches that it ran, images that it made. The sources stand in one
// order, and of each piece the first that says a count wins, a zero too.
func (m *mapping) units() {
	found := tally{}
	found.take(m.ownUnits())
	switch m.out.Kind {
	case trace.LLM, trace.Embedding, trace.Rerank:
		found.take(m.keyUnits())
		found.take(m.jsonUnits(fUsageJSON, func(v attr.Attrs, t tally) { t.named(m, v) }))
		found.take(m.jsonUnits(fProviderJSON, func(v attr.Attrs, t tally) {
			for i := range v {
				t.answer(m, v[i].Value.Map())
			}
		}))
		found.take(m.jsonUnits(fOutValue, func(v attr.Attrs, t tally) { t.answer(m, v) }))
		found.take(m.calls())
		_, told := found[usage.WebSearch]
		found.take(m.namedCalls(told))
		found.take(m.images())
	}
	source := usage.Reported
	if m.out.Kind == trace.Rerank && len(found) == 0 && m.out.Usage.Source == "" && m.raw.StatusCode != trace.StatusError {
		found, source = m.searchUnits(), usage.Estimated
	}
	for name, n := range found {
		if n == 0 {
			delete(found, name)
		}
	}
	if len(found) == 0 {
		return
	}
	m.out.Usage.Units = usage.Units(found)
	if m.out.Usage.Source == "" { // no tokens that would repeat those of spans below
		m.out.Usage.Source = source
	}
}

// tally counts pieces by name. A zero stays until the end: it says that somebody counted.
type tally map[string]int64

func (t tally) take(from tally) {
	for name, n := range from {
		if _, have := t[name]; !have {
			t[name] = n
		}
	}
}

// most keeps the larger count, where several names stand for one.
func (t tally) most(name string, n int64) {
	t[name] = max(t[name], n)
}

// pieceNames are the names under which providers and emitters count pieces.
var pieceNames = map[string]string{
	"web_search_requests": usage.WebSearch, "web_search_queries": usage.WebSearch, "webSearchQueries": usage.WebSearch,
	"grounding_queries": usage.WebSearch, "web_search_calls": usage.WebSearch, "webSearchRequests": usage.WebSearch,
	"x_search_calls": usage.XSearch, "file_search_calls": usage.FileSearch, "code_interpreter_calls": usage.CodeRun,
	"search_units": usage.Rerank, "searchUnits": usage.Rerank, "images": usage.Image,
}

// named reads counts under pieceNames, also inside the objects that providers group them in.
func (t tally) named(m *mapping, v attr.Attrs) {
	for i := range v {
		switch v[i].Key {
		case "server_tool_use", "serverToolUse", "server_side_tool_usage_details":
			t.named(m, v[i].Value.Map())
		default:
			if name := pieceNames[v[i].Key]; name != "" && v[i].Value.Kind() != attr.List && !v[i].Value.IsNull() {
				if n, ok := m.whole(v[i].Value); ok {
					t.most(name, n)
				}
			}
		}
	}
}

// answer reads a provider's whole answer: Anthropic's and xAI's usage, Cohere's billed units, Google's grounding.
func (t tally) answer(m *mapping, v attr.Attrs) {
	t.named(m, pick(v, "usage").Map())
	t.named(m, pick(pick(v, "meta").Map(), "billed_units", "billedUnits").Map())
	searches, grounded := int64(0), false
	for _, c := range append([]attr.Value{attr.MapOf(v)}, pick(v, "candidates").List()...) {
		g := pick(c.Map(), "groundingMetadata", "grounding_metadata").Map()
		if q := pick(g, "webSearchQueries", "web_search_queries"); q.Kind() == attr.List {
			searches, grounded = searches+int64(len(q.List())), true
		}
	}
	if grounded {
		t.most(usage.WebSearch, searches)
	}
}

// ownUnits reads steward.usage.units: names and counts of any pieces, for what no convention has a key.
func (m *mapping) ownUnits() tally {
	t := tally{}
	for _, kv := range structured(m.value(fUnits)).Map() {
		n, ok := m.whole(kv.Value)
		if !usage.ValidPiece(kv.Key) {
			m.mark(trace.MarkBadNumber)
		} else if ok {
			t[kv.Key] = n
		}
	}
	return t
}

func (m *mapping) keyUnits() tally {
	t := tally{}
	for _, k := range [...]struct {
		field field
		name  string
	}{{fWebSearches, usage.WebSearch}, {fXSearches, usage.XSearch}, {fSearchUnits, usage.Rerank}} {
		if n, ok := m.count(k.field); ok {
			t[k.name] = n
		}
	}
	return t
}

// jsonUnits reads an object in which pieces may be counted. Most hold none, so that they are not taken apart.
func (m *mapping) jsonUnits(f field, read func(attr.Attrs, tally)) tally {
	v := m.value(f)
	if s := v.Str(); v.IsNull() || s != "" && !mayCount(s) {
		return nil
	}
	t := tally{}
	read(structured(v).Map(), t)
	return t
}

// mayCount says whether a JSON text can speak of anything that is billed by the piece.
func mayCount(s string) bool {
	for _, word := range [...]string{"search", "Search", "image", "server_tool", "server_side_tool", `"builtin"`} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

// images counts the images of a call that reports no tokens: where there are tokens, images are among them.
func (m *mapping) images() tally {
	if m.out.Kind != trace.LLM || m.out.Usage.Source != "" {
		return nil
	}
	n := int64(0)
	for p := range m.outputParts() {
		if p.Type == trace.PartMedia && strings.HasPrefix(p.MIME, "image/") {
			n++
		}
	}
	if asked, ok := m.count(fImages); ok && n == 0 && m.raw.StatusCode != trace.StatusError {
		n = asked
	}
	if n == 0 {
		return nil
	}
	return tally{usage.Image: n}
}

// searchUnits takes a rerank for what it usually is billed as, because hardly an emitter says so.
func (m *mapping) searchUnits() tally {
	n := len(m.out.Documents)
	if m.hasFlat(fFlatRerankIn) {
		n = len(m.tree(fFlatRerankIn).List())
	} else if m.has(fDocuments) {
		n = len(structured(m.value(fDocuments)).List())
	}
	return tally{usage.Rerank: int64(max(1, (n+rerankDocuments-1)/rerankDocuments))}
}
