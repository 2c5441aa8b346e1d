/** How content is turned on in the instrumentations that may leave it out, by the emitter that the mapper recognised. */
export interface Hint {
  emitter: string;
  lines: string[];
  note: string;
}

const otel: Hint = {
  emitter: "OpenTelemetry GenAI instrumentation",
  lines: [
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
    "new OpenAIInstrumentation({ captureMessageContent: true })",
  ],
  note: "It withholds messages unless told otherwise: Python takes the variable, JavaScript the option. Some send content as log records, so logs must be exported too.",
};

const traceloop: Hint = {
  emitter: "OpenLLMetry",
  lines: ["TRACELOOP_TRACE_CONTENT=true"],
  note: "It sends messages unless this variable, or traceContent in its options, is false.",
};

const hints: Record<string, Hint> = {
  otel,
  "otel-1.36": otel,
  traceloop,
  openinference: {
    emitter: "OpenInference",
    lines: ["OPENINFERENCE_HIDE_INPUTS=false", "OPENINFERENCE_HIDE_OUTPUTS=false"],
    note: "It sends messages unless these, or the settings of single messages beside them, hide them.",
  },
  vercel: {
    emitter: "Vercel AI SDK",
    lines: ["experimental_telemetry: { isEnabled: true, recordInputs: true, recordOutputs: true }"],
    note: "It sends messages unless recordInputs or recordOutputs is false.",
  },
  "pydantic-ai": {
    emitter: "Pydantic AI",
    lines: ["InstrumentationSettings(include_content=True)"],
    note: "It sends messages unless include_content is False.",
  },
  langfuse: {
    emitter: "Langfuse",
    lines: ["@observe(capture_input=True, capture_output=True)"],
    note: "It sends what the observation was given; look for capture_input, capture_output or a masking function.",
  },
  mlflow: { emitter: "MLflow", lines: [], note: "It sends inputs and outputs; look for a span processor that removes them." },
  "claude-code": {
    emitter: "Claude Code",
    lines: ["OTEL_LOG_USER_PROMPTS=1", "OTEL_LOG_TOOL_DETAILS=1"],
    note: "It withholds prompts and tool details unless these are set. The answers' text is never sent.",
  },
  codex: { emitter: "Codex", lines: ["log_user_prompt = true   # under [otel] in ~/.codex/config.toml"], note: "It withholds prompts unless told otherwise." },
  "gemini-cli": { emitter: "Gemini CLI", lines: ["GEMINI_TELEMETRY_LOG_PROMPTS=true"], note: "It withholds prompts when this is false." },
};

/** What to set so that content comes along; for an emitter that is not known, the conventional variable. */
export function contentHint(emitter: string | undefined): Hint {
  return hints[emitter ?? ""] ?? { ...otel, emitter: emitter || "The emitter", note: `${otel.note} Other instrumentations have a setting of their own.` };
}
