// @opentelemetry/instrumentation-openai: content leaves as log records, usage as span attributes.
import { play, require, start } from "./start.mjs";
import { openaiCalls } from "./openai-calls.mjs";

const { OpenAIInstrumentation } = require("@opentelemetry/instrumentation-openai");
const sdk = start({ logs: true, instrumentations: [new OpenAIInstrumentation({ captureMessageContent: process.env.EMIT_CONTENT !== "off" })] });
await play(sdk, openaiCalls(require("openai").OpenAI));
