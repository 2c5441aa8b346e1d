package trace

import (
	"steward/internal/base/attr"
	"steward/internal/domain/usage"
)

// Kind says what a span did, whoever emitted it.
type Kind string

// The kinds. One model call is exactly one LLM span with usage and cost; attempts below it are Other.
const (
	LLM        Kind = "llm"
	Embedding  Kind = "embedding"
	Rerank     Kind = "rerank"
	Retrieval  Kind = "retrieval"
	ToolCall   Kind = "tool"
	AgentRun   Kind = "agent"
	Workflow   Kind = "workflow"
	Guardrail  Kind = "guardrail"
	Evaluation Kind = "evaluation"
	Task       Kind = "task"
	Other      Kind = "other"
)

// Kinds lists all kinds in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{LLM, Embedding, Rerank, Retrieval, ToolCall, AgentRun, Workflow, Guardrail, Evaluation, Task, Other}
}

// Span is the canonical span: Raw as it came, and what the mapper understood of it.
// A Span that comes from a Reader belongs to the caller.
type Span struct {
	Raw
	Canonical
	Rev  int32  // 0 for the first; remap, reprice, joins and masking write the next one
	Hash uint64 // of the accepted content; tells a duplicate from a conflict
}

// Canonical is what a mapper derives from a Raw, and nothing else: the same Raw and mapper give the same Canonical.
type Canonical struct {
	Kind         Kind
	FirstToken   int64 // nanoseconds from start to the first token; 0 where unknown
	Service      string
	Environment  string
	Release      string
	Level        string // default debug warning error, as some emitters grade spans
	Session      string
	User         string
	Agent        Named
	Tags         []string
	Derived      bool // made by Steward from events, not sent as a span
	Model        Model
	FinishReason string
	ToolsOffered []ToolOffer
	Input        []Message
	Output       []Message
	Usage        usage.Usage
	Cost         usage.Cost
	ReportedCost *usage.Money // what the emitter itself said it cost
	Tool         *Tool
	Documents    []Document
	Prompt       Named
	Assets       map[string]string // asset kind/name to version digest, where a record names one
	Problems     []Problem         // in the order of ProblemCodes
	Mapper       Mapper
}

// Named is a name with an optional version.
type Named struct{ Name, Version string }

// Model names what answered. Used is the name that the provider answered with, Requested the one asked for.
type Model struct{ Provider, Requested, Used string }

// Name is Used, or Requested where Used is unknown.
func (m Model) Name() string {
	if m.Used != "" {
		return m.Used
	}
	return m.Requested
}

// ToolOffer is a tool that the model could have called. Schema is JSON Schema, Null where the emitter sent none.
type ToolOffer struct {
	Name        string
	Description string
	Schema      attr.Value
}

// Tool is a tool call with its outcome. Result is Null while unknown. Digest is CallDigest of the call, known also where
// content was not read; 0 where the arguments were not sent.
type Tool struct {
	Name      string
	CallID    string
	Arguments attr.Value
	Result    attr.Value
	Digest    uint64
}

// Document is what a retrieval found or a reranker ordered. Score is nil where there is none.
type Document struct {
	ID       string
	Content  string
	Score    *float64
	Metadata attr.Value
}

// Message is one turn. Role is system, user, assistant, tool, or what the emitter said if it is none of these.
type Message struct {
	Role         string
	Name         string
	Parts        []Part
	FinishReason string // outputs only
}

// PartType says which fields of a Part count.
type PartType string

// The part types.
const (
	PartText       PartType = "text"        // Text
	PartReasoning  PartType = "reasoning"   // Text; Data may hold a signature
	PartToolCall   PartType = "tool_call"   // ID, Name, Value are the arguments
	PartToolResult PartType = "tool_result" // ID, Name, Value is the result
	PartMedia      PartType = "media"       // MIME and one of Blob, URI
	PartData       PartType = "data"        // Value: structured output, or a part of an unknown kind, kept whole
)

// Part is a piece of a message.
type Part struct {
	Type  PartType
	Text  string
	ID    string
	Name  string
	Value attr.Value
	MIME  string
	Blob  string // SHA-256, hexadecimal, of the bytes in the blob store
	Bytes []byte // the bytes themselves until they are moved to the blob store
	URI   string
}

// Mapper says how the canonical fields came to be. Unmapped lists attribute keys that no rule read, sorted.
type Mapper struct {
	Version  int
	Emitter  string
	Unmapped []string
}

// Key answers the span's identity.
func (s *Span) Key() Key { return Key{s.Project, s.Trace, s.ID} }

// Duration is End - Start in nanoseconds, 0 while unfinished.
func (s *Span) Duration() int64 { return max(0, s.End-s.Start) }
