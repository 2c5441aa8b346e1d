// @arizeai/openinference-instrumentation-openai
import { play, require, start } from "./start.mjs";
import { openaiCalls } from "./openai-calls.mjs";

const { OpenAIInstrumentation } = require("@arizeai/openinference-instrumentation-openai");
const sdk = start({ instrumentations: [new OpenAIInstrumentation()] });
await play(sdk, openaiCalls(require("openai").OpenAI));
