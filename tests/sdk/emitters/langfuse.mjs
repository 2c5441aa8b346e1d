// @langfuse/tracing through @langfuse/otel's span processor, its exporter pointed at Steward.
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import { exporter, finish, question, start, system, tool, weather } from "./start.mjs";

// Environment and release are said to Langfuse alone, so that its keys must be read.
const sdk = start({
  resource: {},
  spanProcessors: [new LangfuseSpanProcessor({ exporter: exporter(), environment: "staging", release: "9e8d7c" })],
});
const ask = [
  { role: "system", content: system },
  { role: "user", content: question },
];
const usageDetails = { input: 176, input_cached_tokens: 1024, output: 16, output_reasoning_tokens: 64, total: 1280 };
const call = { id: "call_Wx1", type: "function", function: { name: tool.name, arguments: '{"city":"Paris"}' } };

// A span's start and end come from two clocks that differ by up to a millisecond: the first token keeps away from both.
const aWhile = async (until = Date.now() + 3) => {
  while (Date.now() < until) await new Promise(setImmediate);
};
const firstToken = async () => {
  await aWhile();
  const at = new Date();
  await aWhile();
  return at;
};

const run = () =>
  startActiveObservation(
    "weather-agent",
    async (agent) => {
      agent.update({ input: { question } });
      await startActiveObservation(
        "plan",
        async (generation) => {
          generation.update({
            model: "gpt-4o",
            modelParameters: { temperature: 0.2 },
            input: ask,
            output: { role: "assistant", content: null, tool_calls: [call] },
            usageDetails,
            completionStartTime: await firstToken(),
            prompt: { name: "weather", version: 3, isFallback: false },
          });
        },
        { asType: "generation" },
      );
      await startActiveObservation(tool.name, async (span) => void span.update({ input: { city: "Paris" }, output: weather }), {
        asType: "tool",
      });
      await startActiveObservation(
        "atlas",
        async (span) => {
          span.update({ input: "Paris", output: [{ id: "d1", content: "Paris lies on the Seine.", metadata: { source: "atlas" } }] });
        },
        { asType: "retriever" },
      );
      await startActiveObservation(
        "embed",
        async (span) => void span.update({ model: "text-embedding-3-small", input: question, usageDetails: { input: 8 } }),
        { asType: "embedding" },
      );
      await startActiveObservation(
        "check",
        async (span) => void span.update({ input: "safe?", output: "yes", level: "WARNING", statusMessage: "slow" }),
        { asType: "guardrail" },
      );
      agent.update({ output: "It is 21 degrees and sunny in Paris." });
      return agent.traceId;
    },
    { asType: "agent" },
  );

const agent = await propagateAttributes({ sessionId: "conversation-7", userId: "ann", tags: ["weather"], traceName: "weather" }, run);
await finish(sdk, { agent });
