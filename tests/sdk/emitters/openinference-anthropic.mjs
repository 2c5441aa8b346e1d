// @arizeai/openinference-instrumentation-anthropic
import { play, require, start } from "./start.mjs";
import { anthropicCalls } from "./anthropic-calls.mjs";

const { AnthropicInstrumentation } = require("@arizeai/openinference-instrumentation-anthropic");
const sdk = start({ instrumentations: [new AnthropicInstrumentation()] });
await play(sdk, anthropicCalls(require("@anthropic-ai/sdk").Anthropic));
