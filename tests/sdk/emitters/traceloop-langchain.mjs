// @traceloop/instrumentation-langchain
import { play, require, start } from "./start.mjs";
import { langchainRuns } from "./langchain-runs.mjs";

const { LangChainInstrumentation } = require("@traceloop/instrumentation-langchain");
const instrumentation = new LangChainInstrumentation();
const sdk = start({ instrumentations: [instrumentation] });
instrumentation.manuallyInstrument({ callbackManagerModule: require("@langchain/core/callbacks/manager") });
await play(sdk, langchainRuns());
