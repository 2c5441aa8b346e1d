package emitter

import "strings"

// ContentSetting answers the exact setting that makes an instrumentation send messages, for model calls that came
// without: emitter is what Map recognised, scope the instrumentation scope's name. The names of settings are those of the
// instrumentations' own documents; docs/sending.md lists them.
func ContentSetting(emitter, scope string) string {
	for _, s := range contentSettings {
		if s.emitter != "" && s.emitter == emitter || s.scope != "" && strings.HasPrefix(scope, s.scope) {
			return s.setting
		}
	}
	return "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"
}

// contentSettings are asked in order. Scopes come first, because many instrumentations speak the same vocabulary.
var contentSettings = []struct{ scope, emitter, setting string }{
	{scope: "@traceloop/", setting: "TRACELOOP_TRACE_CONTENT=true, or traceContent: true in the instrumentation's options"},
	{scope: "opentelemetry.instrumentation.openai_v2", setting: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true (with OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental: SPAN_ONLY)"},
	{scope: "opentelemetry.instrumentation.google_genai", setting: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"},
	{scope: "@opentelemetry/instrumentation-openai", setting: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true, or captureMessageContent: true in its options; its content comes in log records, so a log exporter is needed"},
	{scope: "gcp.vertex.agent", setting: "ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true"},
	{scope: "azure.ai", setting: "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED=true"},
	{scope: "Microsoft.SemanticKernel", setting: "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE=true"},
	{scope: "Experimental.Microsoft.Extensions.AI", setting: "EnableSensitiveData = true on UseOpenTelemetry(), or OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"},
	{scope: "pydantic-ai", setting: "InstrumentationSettings(include_content=True)"},
	{scope: "ai", emitter: "vercel", setting: "experimental_telemetry: {isEnabled: true, recordInputs: true, recordOutputs: true}"},
	{scope: "opentelemetry.instrumentation.", emitter: "traceloop", setting: "TRACELOOP_TRACE_CONTENT=true"},
	{emitter: "openinference", setting: "OPENINFERENCE_HIDE_INPUTS, OPENINFERENCE_HIDE_OUTPUTS, OPENINFERENCE_HIDE_INPUT_MESSAGES and OPENINFERENCE_HIDE_OUTPUT_MESSAGES unset or false"},
	{emitter: "langfuse", setting: "capture of input and output on: LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED=true, and no mask that empties them"},
	{emitter: "pydantic-ai", setting: "InstrumentationSettings(include_content=True)"},
	{emitter: "mlflow", setting: "no span processor that removes inputs and outputs; MLflow's autologging records them by default"},
	{emitter: "claude-code", setting: "OTEL_LOG_USER_PROMPTS=1"},
	{emitter: "codex", setting: "log_user_prompt = true under [otel] in config.toml"},
	{emitter: "gemini-cli", setting: "telemetry.logPrompts: true in settings.json, or GEMINI_TELEMETRY_LOG_PROMPTS=true"},
}
