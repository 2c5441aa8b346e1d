package emitter

import "strings"

// field is something that the mapper looks for among a span's attributes.
type field uint8

const (
	fNone field = iota
	// What says the kind.
	fOperation
	fOIKind
	fTLKind
	fVercelOp
	fLFType
	fMLType
	fMCPMethod
	fLLMType
	fMemoryHint
	fVectorHint
	// Who and where.
	fEnvironment
	fRelease
	fSession
	fUser
	fAgent
	fAgentVersion
	fEntity
	fTags
	fLevel
	fLevelNumber
	fPromptName
	fPromptVersion
	fPromptJSON
	// The call.
	fProvider
	fModelRequested
	fModelUsed
	fParameters
	fMetadata
	fFinish
	fChunkSeconds
	fChunkMillis
	fChunkTime
	fTools
	fToolName
	fToolCallID
	fToolArguments
	fToolResult
	fErrorType
	// Content.
	fSystem
	fInMessages
	fVercelMessages
	fAllMessages
	fEventList
	fInValue
	fInMIME
	fInTexts
	fOutMessages
	fOutText
	fOutReasoning
	fOutToolCalls
	fOutObject
	fOutFiles
	fOutValue
	fOutMIME
	fQuery
	fDocuments
	fRanking
	fFound
	// Tokens and money.
	fInTokens
	fOutTokens
	fCacheRead
	fCacheWrite
	fReasoning
	fInAudio
	fOutAudio
	fTotal
	fUsageJSON
	fProviderJSON
	fNoCache
	fUnits
	fWebSearches
	fXSearches
	fSearchUnits
	fImages
	fCost
	fCostIn
	fCostOut
	fCostJSON
	fCostCurrency
	// Flattened families: every key that begins with the prefix and goes on with a number.
	fFlatIn
	fFlatOut
	fFlatPrompt
	fFlatCompletion
	fFlatTools
	fFlatFunctions
	fFlatDocuments
	fFlatRerankIn
	fFlatRerankOut
	fFlatEmbeddings
	fFlatPrompts
	fFlatChoices
	numFields
	firstFlat = fFlatIn
)

// rule is one field: the keys that can hold it, best first. A key that ends in ".*" is a flattened family.
// number says that only a finite number of at least zero counts; anything else is passed over and marked.
type rule struct {
	field  field
	name   string // what it becomes, as docs/mapping.md names it
	number bool
	keys   []string
}

// rules are the one precedence. docs/mapping.md shows them; a test keeps the two equal.
var rules = [...]rule{
	{fOperation, "kind (1) operation", false, []string{"gen_ai.operation.name"}},
	{fOIKind, "kind (2) OpenInference", false, []string{"openinference.span.kind"}},
	{fTLKind, "kind (3) Traceloop", false, []string{"traceloop.span.kind"}},
	{fVercelOp, "kind (4) Vercel", false, []string{"ai.operationId"}},
	{fLFType, "kind (5) Langfuse", false, []string{"langfuse.observation.type"}},
	{fMLType, "kind (6) MLflow", false, []string{"mlflow.spanType"}},
	{fLLMType, "kind (7) request type", false, []string{"llm.request.type"}},
	{fMCPMethod, "kind (8) MCP", false, []string{"mcp.method.name"}},
	{fVectorHint, "kind (10) vector search", false, []string{"db.vector.query.top_k", "db.pinecone.query.result_count",
		"db.chroma.query.n_results", "pinecone.query.top_k", "qdrant.search.collection_name", "db.milvus.search.limit"}},
	{fMemoryHint, "kind (9) old agent run", false, []string{"pydantic_ai.new_message_index", "pydantic_ai.variable_instructions"}},

	{fEnvironment, "environment", false, []string{"deployment.environment.name", "deployment.environment", "langfuse.environment", "gen_ai.environment"}},
	{fRelease, "release", false, []string{"service.version", "langfuse.release", "vcs.ref.head.revision"}},
	{fSession, "session", false, []string{"gen_ai.conversation.id", "session.id", "langfuse.session.id",
		"traceloop.association.properties.session_id", "traceloop.association.properties.conversation_id",
		"traceloop.association.properties.thread_id", "traceloop.association.properties.chat_id",
		"traceloop.association.properties.sessionId", "traceloop.association.properties.ls_thread_id",
		"ai.telemetry.metadata.sessionId", "ai.telemetry.metadata.session_id", "ai.telemetry.metadata.conversationId",
		"ai.telemetry.metadata.threadId", "ai.telemetry.metadata.chatId", "mlflow.trace.session", "gen_ai.thread.id", "gcp.vertex.agent.session_id"}},
	{fUser, "user", false, []string{"user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id",
		"traceloop.association.properties.userId", "ai.telemetry.metadata.userId", "ai.telemetry.metadata.user_id",
		"mlflow.trace.user", "gen_ai.user", "gen_ai.request.user", "llm.user"}},
	{fAgent, "agent.name", false, []string{"gen_ai.agent.name", "agent.name", "agent_name", "ai.telemetry.functionId",
		"graph.node.name", "graph.node.id"}},
	{fAgentVersion, "agent.version", false, []string{"gen_ai.agent.version"}},
	{fEntity, "agent.name or tool.name, by kind", false, []string{"traceloop.entity.name"}},
	{fTags, "tags", false, []string{"tag.tags", "langfuse.trace.tags", "ai.telemetry.metadata.tags", "logfire.tags"}},
	{fLevel, "level", false, []string{"langfuse.observation.level", "mlflow.spanLogLevel"}},
	{fLevelNumber, "level (number)", true, []string{"logfire.level_num"}},
	{fPromptName, "prompt.name", false, []string{"gen_ai.prompt.name", "langfuse.observation.prompt.name", "langfuse.prompt.name", "traceloop.prompt.key", "prompt.id"}},
	{fPromptVersion, "prompt.version", false, []string{"gen_ai.prompt.version", "langfuse.observation.prompt.version",
		"langfuse.prompt.version", "traceloop.prompt.version", "llm.prompt_template.version"}},
	{fPromptJSON, "prompt (JSON)", false, []string{"ai.telemetry.metadata.langfusePrompt", "mlflow.linkedPrompts"}},

	{fProvider, "model.provider", false, []string{"gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system",
		"ai.model.provider", "mlflow.llm.provider"}},
	{fModelRequested, "model.requested", false, []string{"gen_ai.request.model", "llm.request.model_name", "ai.model.id", "model_name"}},
	{fModelUsed, "model.used", false, []string{"gen_ai.response.model", "llm.response.model_name", "ai.response.model",
		"llm.model_name", "embedding.model_name", "reranker.model_name", "langfuse.observation.model.name", "mlflow.llm.model"}},
	{fParameters, "model.requested (inside JSON)", false, []string{"llm.invocation_parameters"}},
	{fMetadata, "model.provider and user (inside JSON)", false, []string{"metadata"}},
	{fFinish, "finish_reason", false, []string{"gen_ai.response.finish_reasons", "gen_ai.response.finish_reason",
		"gen_ai.response.stop_reason", "ai.response.finishReason", "llm.response.finish_reason", "llm.response.stop_reason",
		"llm.finish_reason", "ai.finishReason"}},
	{fChunkSeconds, "first_token (seconds)", true, []string{"gen_ai.response.time_to_first_chunk",
		"gen_ai.client.operation.time_to_first_chunk", "gen_ai.server.time_to_first_token"}},
	{fChunkMillis, "first_token (milliseconds)", true, []string{"ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"}},
	{fChunkTime, "first_token (a time)", false, []string{"langfuse.observation.completion_start_time"}},
	{fTools, "tools_offered", false, []string{"gen_ai.tool.definitions", "ai.prompt.tools", "model_request_parameters",
		"mlflow.chat.tools"}},
	{fToolName, "tool.name", false, []string{"gen_ai.tool.name", "tool.name", "ai.toolCall.name", "tool_call.function.name", "mcp.tool.name"}},
	{fToolCallID, "tool.call_id", false, []string{"gen_ai.tool.call.id", "tool_call.id", "ai.toolCall.id", "tool.id"}},
	{fToolArguments, "tool.arguments", false, []string{"gen_ai.tool.call.arguments", "tool_arguments", "ai.toolCall.args",
		"tool_call.function.arguments", "tool.parameters", "mcp.request.argument",
		"gcp.vertex.agent.tool_call_args"}},
	{fToolResult, "tool.result", false, []string{"gen_ai.tool.call.result", "tool_response", "ai.toolCall.result", "mcp.response.value",
		"gcp.vertex.agent.tool_response"}},
	{fErrorType, "problem `tool_error`, of a tool whose status is no error", false, []string{"error.type"}},

	{fSystem, "input, first message", false, []string{"gen_ai.system_instructions", "llm.system_instructions"}},
	{fInMessages, "input (1)", false, []string{"gen_ai.input.messages"}},
	{fFlatIn, "input (2)", false, []string{"llm.input_messages.*"}},
	{fFlatPrompt, "input (3)", false, []string{"gen_ai.prompt.*"}},
	{fVercelMessages, "input (4)", false, []string{"ai.prompt.messages"}},
	{fAllMessages, "input and output (5)", false, []string{"pydantic_ai.all_messages", "all_messages", "all_messages_events"}},
	{fEventList, "input and output (6)", false, []string{"events"}},
	{fFlatPrompts, "input (8)", false, []string{"llm.prompts.*"}},
	{fInTexts, "input (9) texts to embed", false, []string{"ai.values", "ai.value"}},
	{fFlatEmbeddings, "input (9) texts to embed", false, []string{"embedding.embeddings.*"}},
	{fQuery, "input (10) query", false, []string{"gen_ai.retrieval.query.text", "reranker.query", "gen_ai.memory.query.text"}},
	{fInValue, "input (11) any value", false, []string{"langfuse.observation.input", "input.value", "traceloop.entity.input",
		"mlflow.spanInputs", "ai.prompt", "gen_ai.prompt", "request_data", "gcp.vertex.agent.llm_request",
		"langfuse.trace.input", "input"}},
	{fInMIME, "input (11) its type", false, []string{"input.mime_type"}},
	{fOutMessages, "output (1)", false, []string{"gen_ai.output.messages"}},
	{fFlatOut, "output (2)", false, []string{"llm.output_messages.*"}},
	{fFlatCompletion, "output (3)", false, []string{"gen_ai.completion.*"}},
	{fOutText, "output (4) text", false, []string{"ai.response.text", "ai.result.text"}},
	{fOutReasoning, "output (4) reasoning", false, []string{"ai.response.reasoning"}},
	{fOutToolCalls, "output (4) tool calls", false, []string{"ai.response.toolCalls", "ai.result.toolCalls"}},
	{fOutObject, "output (4) object", false, []string{"ai.response.object", "ai.result.object"}},
	{fOutFiles, "output (4) files", false, []string{"ai.response.files"}},
	{fFlatChoices, "output (8)", false, []string{"llm.choices.*"}},
	{fOutValue, "output (9) any value", false, []string{"langfuse.observation.output", "output.value", "final_result",
		"traceloop.entity.output", "mlflow.spanOutputs", "gen_ai.completion", "response_data", "gcp.vertex.agent.llm_response",
		"langfuse.trace.output", "output"}},
	{fOutMIME, "output (9) its type", false, []string{"output.mime_type"}},
	{fFlatTools, "tools_offered (flattened)", false, []string{"llm.tools.*"}},
	{fFlatFunctions, "tools_offered (flattened)", false, []string{"llm.request.functions.*"}},
	{fDocuments, "documents", false, []string{"gen_ai.retrieval.documents", "gen_ai.memory.records", "ai.documents"}},
	{fRanking, "documents (their order)", false, []string{"ai.ranking"}},
	{fFound, "problem `empty_retrieval`, at 0", true, []string{"gen_ai.memory.record.count", "db.response.returned_rows"}},
	{fFlatDocuments, "documents (flattened)", false, []string{"retrieval.documents.*"}},
	{fFlatRerankOut, "documents (flattened)", false, []string{"reranker.output_documents.*"}},
	{fFlatRerankIn, "documents (flattened)", false, []string{"reranker.input_documents.*"}},

	{fInTokens, "usage.input_tokens", true, []string{"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
		"gen_ai.aggregated_usage.input_tokens", "llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens",
		"ai.usage.tokens", "llm.usage.prompt_tokens"}},
	{fOutTokens, "usage.output_tokens", true, []string{"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
		"gen_ai.aggregated_usage.output_tokens", "llm.token_count.completion", "ai.usage.outputTokens",
		"ai.usage.completionTokens", "llm.usage.completion_tokens"}},
	{fCacheRead, "usage.cache_read_tokens", true, []string{"gen_ai.usage.cache_read.input_tokens",
		"gen_ai.usage.cache_read_input_tokens", "gen_ai.aggregated_usage.cache_read.input_tokens",
		"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens",
		"gen_ai.usage.details.cached_tokens", "gen_ai.aggregated_usage.details.cache_read_tokens",
		"llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input",
		"ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens", "gen_ai.usage.input_tokens.cached",
		"gen_ai.usage.input_cached_tokens"}},
	{fCacheWrite, "usage.cache_write_tokens", true, []string{"gen_ai.usage.cache_creation.input_tokens",
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.aggregated_usage.cache_creation.input_tokens",
		"gen_ai.usage.details.cache_write_tokens", "gen_ai.usage.details.cache_creation_input_tokens",
		"gen_ai.aggregated_usage.details.cache_write_tokens", "llm.token_count.prompt_details.cache_write",
		"ai.usage.inputTokenDetails.cacheWriteTokens", "gen_ai.usage.input_cache_creation"}},
	{fReasoning, "usage.reasoning_tokens", true, []string{"gen_ai.usage.reasoning.output_tokens",
		"gen_ai.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens",
		"gen_ai.aggregated_usage.reasoning.output_tokens", "gen_ai.aggregated_usage.details.reasoning_tokens",
		"llm.token_count.completion_details.reasoning", "ai.usage.outputTokenDetails.reasoningTokens",
		"ai.usage.reasoningTokens", "llm.usage.reasoning_tokens", "gen_ai.usage.output_tokens.reasoning"}},
	{fInAudio, "usage.input_audio_tokens", true, []string{"gen_ai.usage.details.input_audio_tokens",
		"gen_ai.aggregated_usage.details.input_audio_tokens", "llm.token_count.prompt_details.audio"}},
	{fOutAudio, "usage.output_audio_tokens", true, []string{"gen_ai.usage.details.output_audio_tokens",
		"gen_ai.aggregated_usage.details.output_audio_tokens", "llm.token_count.completion_details.audio",
		"gen_ai.usage.output_audio_tokens"}},
	{fTotal, "usage (total, to check the parts)", true, []string{"gen_ai.usage.total_tokens", "llm.usage.total_tokens",
		"llm.token_count.total", "ai.usage.totalTokens"}},
	{fUsageJSON, "usage (JSON)", false, []string{"langfuse.observation.usage_details", "mlflow.chat.tokenUsage"}},
	{fProviderJSON, "usage (provider's own, in JSON)", false, []string{"ai.response.providerMetadata"}},
	{fNoCache, "usage (input without cache)", true, []string{"ai.usage.inputTokenDetails.noCacheTokens"}},
	{fUnits, "usage.units (1) any, a JSON object", false, []string{"steward.usage.units"}},
	{fWebSearches, "usage.units.web_search (2)", true, []string{"gen_ai.usage.web_search_requests",
		"gen_ai.usage.server_tool_use.web_search_requests", "gen_ai.usage.details.web_search_requests",
		"gen_ai.usage.details.server_side_tools_web_search"}},
	{fXSearches, "usage.units.x_search (2)", true, []string{"gen_ai.usage.details.server_side_tools_x_search"}},
	{fSearchUnits, "usage.units.rerank (2)", true, []string{"gen_ai.usage.search_units"}},
	{fImages, "usage.units.image (7)", true, []string{"gen_ai.request.image_count"}},
	{fCost, "reported_cost", false, []string{"llm.cost.total", "gen_ai.usage.cost", "operation.cost", "gen_ai.usage.total_cost",
		"gen_ai.cost.total_cost"}},
	{fCostIn, "reported_cost (input part)", false, []string{"llm.cost.prompt"}},
	{fCostOut, "reported_cost (output part)", false, []string{"llm.cost.completion"}},
	{fCostJSON, "reported_cost (JSON)", false, []string{"langfuse.observation.cost_details", "mlflow.llm.cost"}},
	{fCostCurrency, "reported_cost, its currency", false, []string{"gen_ai.usage.cost_currency", "gen_ai.cost.currency", "llm.cost.currency"}},
}

// ref is a field that a key can fill, and how good a source it is: 0 is best. speaks is what the key tells of its emitter.
type ref struct {
	field  field
	rank   uint8
	speaks uint8
	number bool
}

// index answers the rule of a key. It is built once and never written afterwards.
var index = func() map[string]ref {
	m := make(map[string]ref, 256)
	for _, r := range rules {
		for i, k := range r.keys {
			if !strings.HasSuffix(k, ".*") {
				m[k] = ref{r.field, uint8(i), emitterMark(k), r.number}
			}
		}
	}
	return m
}()

// family is a flattened prefix.
type family struct {
	prefix string
	field  field
	speaks uint8
}

// families lists the flattened prefixes; the trailing dot is part of them.
var families = func() (out []family) {
	for _, r := range rules {
		for _, k := range r.keys {
			if p, ok := strings.CutSuffix(k, "*"); ok {
				out = append(out, family{p, r.field, emitterMark(p + "0")})
			}
		}
	}
	return out
}()

// familyOf answers the family of key, nil for none. What follows its prefix begins with a digit.
func familyOf(key string) *family {
	for i := range families {
		f := &families[i]
		if n := len(f.prefix); len(key) > n && key[n] >= '0' && key[n] <= '9' && key[:n] == f.prefix {
			return f
		}
	}
	return nil
}
