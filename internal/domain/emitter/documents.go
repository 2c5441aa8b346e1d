package emitter

import (
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// documents fills what a retrieval found or a reranker ordered.
func (m *mapping) documents() {
	switch {
	case m.hasFlat(fFlatRerankOut):
		m.out.Documents = documentList(m.tree(fFlatRerankOut))
	case m.hasFlat(fFlatDocuments):
		m.out.Documents = documentList(m.tree(fFlatDocuments))
	case m.hasFlat(fFlatRerankIn):
		m.out.Documents = documentList(m.tree(fFlatRerankIn))
	case m.has(fDocuments):
		m.out.Documents = ranked(documentList(structured(m.value(fDocuments))), structured(m.value(fRanking)))
	case m.out.Kind == trace.Retrieval || m.out.Kind == trace.Rerank:
		if m.fromOutValue() {
			m.out.Documents = documentList(foundList(unquoted(m.value(fOutValue))))
		} else {
			m.out.Documents = m.documentEvents()
		}
	}
}

// fromOutValue says that the generic output of a retrieval is a list of documents.
func (m *mapping) fromOutValue() bool {
	if m.out.Kind != trace.Retrieval && m.out.Kind != trace.Rerank || !m.has(fOutValue) ||
		m.has(fDocuments) || m.hasFlat(fFlatDocuments) || m.hasFlat(fFlatRerankOut) || m.hasFlat(fFlatRerankIn) {
		return false
	}
	list := foundList(unquoted(m.value(fOutValue))).List()
	for _, v := range list {
		if pick(documentMap(v), "content", "page_content", "pageContent", "text", "chunk").IsNull() {
			return false
		}
	}
	return len(list) > 0
}

// foundList takes the list out of {"documents": [...]} and the like.
func foundList(v attr.Value) attr.Value {
	if m := v.Map(); m != nil {
		return structured(pick(m, "documents", "results", "matches", "nodes", "outputs"))
	}
	return v
}

// documentMap unwraps OpenInference's {"document": {...}} and LangChain's {"kwargs": {...}}.
func documentMap(v attr.Value) attr.Attrs {
	m := structured(v).Map()
	if inner := pick(m, "document", "kwargs", "node"); inner.Kind() == attr.Map {
		return inner.Map()
	}
	return m
}

func documentList(v attr.Value) []trace.Document {
	list := v.List()
	if len(list) == 0 {
		return nil
	}
	out := make([]trace.Document, 0, len(list))
	for _, e := range list {
		e = unquoted(e)
		if e.Kind() != attr.Map {
			out = append(out, trace.Document{Content: e.Text()})
			continue
		}
		m := documentMap(e)
		d := trace.Document{
			ID:       pick(m, "id", "document_id", "doc_id").Text(),
			Content:  pick(m, "content", "page_content", "pageContent", "text", "chunk", "document").Text(),
			Metadata: structured(pick(m, "metadata")),
			Score:    docScore(pick(m, "score", "relevance_score", "relevanceScore", "similarity")),
		}
		if d.Score == nil { // an envelope around the document has it
			d.Score = docScore(pick(e.Map(), "score", "relevance_score", "relevanceScore"))
		}
		if d.ID == "" && d.Content == "" && d.Metadata.IsNull() { // documents of the caller's own shape
			d.Content = e.Text()
		}
		out = append(out, d)
	}
	return out
}

func docScore(v attr.Value) *float64 {
	if f, ok := v.Number(); ok {
		return &f
	}
	return nil
}

// ranked orders documents by the AI SDK's ranking, a list of {index, relevanceScore}.
func ranked(docs []trace.Document, ranking attr.Value) []trace.Document {
	list := ranking.List()
	if len(list) == 0 || len(docs) == 0 {
		return docs
	}
	out := make([]trace.Document, 0, min(len(list), len(docs)))
	for _, r := range list {
		m := structured(r).Map()
		n, ok := pick(m, "originalIndex", "index").Number()
		if !ok || n < 0 || n >= float64(len(docs)) {
			return docs
		}
		d := docs[int(n)]
		d.Score = docScore(pick(m, "relevanceScore", "score"))
		out = append(out, d)
	}
	return out
}

// documentEvents reads the results that Traceloop's vector stores report as one span event each.
func (m *mapping) documentEvents() []trace.Document {
	var out []trace.Document
	for i := range m.raw.Events {
		ev := &m.raw.Events[i]
		if ev.Name != "db.query.result" && ev.Name != "db.search.result" && ev.Name != "vector_db.query.result" {
			continue
		}
		var d trace.Document
		for _, kv := range ev.Attributes {
			switch kv.Key[strings.LastIndexByte(kv.Key, '.')+1:] {
			case "id":
				d.ID = kv.Value.Text()
			case "document", "content":
				d.Content = kv.Value.Text()
			case "score":
				d.Score = docScore(kv.Value)
			case "metadata":
				d.Metadata = structured(kv.Value)
			}
		}
		out = append(out, d)
	}
	return out
}
