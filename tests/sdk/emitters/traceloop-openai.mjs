// @traceloop/instrumentation-openai
import { play, require, start } from "./start.mjs";
import { openaiCalls } from "./openai-calls.mjs";

const { OpenAIInstrumentation } = require("@traceloop/instrumentation-openai");
const sdk = start({ instrumentations: [new OpenAIInstrumentation()] });
await play(sdk, openaiCalls(require("openai").OpenAI));
