// @arizeai/openinference-instrumentation-langchain
import { play, require, start } from "./start.mjs";
import { langchainRuns } from "./langchain-runs.mjs";

const { LangChainInstrumentation } = require("@arizeai/openinference-instrumentation-langchain");
const instrumentation = new LangChainInstrumentation();
const sdk = start({ instrumentations: [instrumentation] });
instrumentation.manuallyInstrument(require("@langchain/core/callbacks/manager"));
await play(sdk, langchainRuns());
