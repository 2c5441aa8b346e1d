package emitter

import (
	"strings"

	"steward/internal/domain/trace"
)

// kind decides what the span did. The explicit statements come first, in one order for all emitters; what a span
// carries decides only where none was made or none was understood. A wrapper is never a model call.
func (m *mapping) kind() trace.Kind {
	if k := operationKind(m.text(fOperation)); k != "" {
		return k
	}
	if k := m.statedKind(m.text(fOIKind)); k != "" {
		return k
	}
	if k := m.statedKind(m.text(fTLKind)); k != "" {
		return k
	}
	if k := m.vercelKind(m.text(fVercelOp)); k != "" {
		return k
	}
	if k := m.langfuseKind(m.text(fLFType)); k != "" {
		return k
	}
	if k := m.statedKind(m.text(fMLType)); k != "" {
		return k
	}
	if k := requestKind(m.text(fLLMType)); k != "" {
		return k
	}
	if m.has(fMCPMethod) {
		if m.text(fMCPMethod) == "tools/call" {
			return trace.ToolCall
		}
		return trace.Other
	}
	return m.impliedKind()
}

// operationKind reads gen_ai.operation.name.
func operationKind(op string) trace.Kind {
	switch op {
	case "chat", "text_completion", "generate_content", "fetch_response", "completion", "generate", "image_generation":
		return trace.LLM
	case "embeddings", "embedding":
		return trace.Embedding
	case "rerank":
		return trace.Rerank
	case "retrieval", "search_memory":
		return trace.Retrieval
	case "execute_tool":
		return trace.ToolCall
	case "invoke_agent", "create_agent":
		return trace.AgentRun
	case "invoke_workflow", "plan":
		return trace.Workflow
	case "agent_step", "create_memory", "update_memory", "upsert_memory", "delete_memory", "create_memory_store",
		"delete_memory_store":
		return trace.Task
	case "evaluate", "evaluation":
		return trace.Evaluation
	}
	return ""
}

// statedKind reads the span kinds of OpenInference, Traceloop and MLflow, which share their words.
func (m *mapping) statedKind(s string) trace.Kind {
	switch strings.ToUpper(s) {
	case "LLM", "CHAT_MODEL":
		return trace.LLM
	case "EMBEDDING":
		return trace.Embedding
	case "RERANKER", "RERANK":
		return trace.Rerank
	case "RETRIEVER":
		return trace.Retrieval
	case "TOOL":
		return trace.ToolCall
	case "AGENT":
		return trace.AgentRun
	case "WORKFLOW":
		return trace.Workflow
	case "CHAIN":
		return m.wrapper()
	case "GUARDRAIL":
		return trace.Guardrail
	case "EVALUATOR":
		return trace.Evaluation
	case "TASK", "PARSER", "MEMORY", "PROMPT":
		return trace.Task
	}
	return ""
}

// wrapper is a step that only groups others: a workflow where it is the trace's root, a task below.
func (m *mapping) wrapper() trace.Kind {
	if m.raw.Parent.IsZero() {
		return trace.Workflow
	}
	return trace.Task
}

// vercelKind reads ai.operationId. The outer span of generateText and its like repeats the tokens of the inner
// doGenerate, which is the model call.
func (m *mapping) vercelKind(op string) trace.Kind {
	switch {
	case op == "":
		return ""
	case strings.HasSuffix(op, ".doGenerate"), strings.HasSuffix(op, ".doStream"):
		return trace.LLM
	case strings.HasSuffix(op, ".doEmbed"):
		return trace.Embedding
	case strings.HasSuffix(op, ".doRerank"):
		return trace.Rerank
	case op == "ai.toolCall":
		return trace.ToolCall
	case op == "ai.generateText", op == "ai.streamText", op == "ai.generateObject", op == "ai.streamObject":
		return trace.AgentRun
	case strings.HasPrefix(op, "ai."):
		return trace.Task
	}
	return ""
}

// langfuseKind reads langfuse.observation.type. Some Langfuse SDKs call a model call a span; its model or usage tells.
func (m *mapping) langfuseKind(s string) trace.Kind {
	switch strings.ToLower(s) {
	case "generation":
		return trace.LLM
	case "embedding":
		return trace.Embedding
	case "retriever":
		return trace.Retrieval
	case "tool":
		return trace.ToolCall
	case "agent":
		return trace.AgentRun
	case "chain":
		return m.wrapper()
	case "guardrail":
		return trace.Guardrail
	case "evaluator":
		return trace.Evaluation
	case "span":
		if m.source(fModelUsed) == "langfuse.observation.model.name" || m.source(fUsageJSON) == "langfuse.observation.usage_details" {
			return trace.LLM
		}
		return m.wrapper()
	case "event":
		return trace.Task
	}
	return ""
}

func requestKind(s string) trace.Kind {
	switch s {
	case "chat", "completion":
		return trace.LLM
	case "embedding":
		return trace.Embedding
	case "rerank":
		return trace.Rerank
	}
	return ""
}

// impliedKind goes by what the span carries.
func (m *mapping) impliedKind() trace.Kind {
	switch {
	case m.has(fMemoryHint), strings.HasPrefix(m.source(fInTokens), "gen_ai.aggregated_usage."),
		m.has(fAllMessages) && !m.has(fInMessages):
		return trace.AgentRun
	case m.source(fToolName) == "gen_ai.tool.name", m.source(fToolName) == "ai.toolCall.name", m.has(fToolCallID):
		return trace.ToolCall
	case m.hasFlat(fFlatRerankOut), m.hasFlat(fFlatRerankIn), m.source(fQuery) == "reranker.query":
		return trace.Rerank
	case m.hasFlat(fFlatDocuments), m.has(fVectorHint), m.has(fDocuments), m.source(fQuery) == "gen_ai.retrieval.query.text":
		return trace.Retrieval
	case m.hasFlat(fFlatEmbeddings), m.source(fModelUsed) == "embedding.model_name":
		return trace.Embedding
	case m.has(fModelUsed), m.source(fModelRequested) == "gen_ai.request.model", m.has(fInMessages), m.has(fOutMessages),
		m.hasFlat(fFlatIn), m.hasFlat(fFlatOut), m.hasFlat(fFlatPrompt), m.hasFlat(fFlatCompletion),
		m.inEvents != nil, m.outEvents != nil:
		return trace.LLM
	}
	return trace.Other
}
