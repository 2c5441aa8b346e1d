// The Vercel AI SDK in both majors, and Langfuse's SDK.
import {
  answer,
  embeddingUsage,
  gpt4o,
  llm,
  offered,
  openaiUsage,
  say,
  system,
  text,
  thought,
  tool,
  toolCall,
  toolResult,
  user,
} from "./wants.mjs";
import { facts } from "./provider.mjs";

const asked = [system, user];
const called = say("assistant", toolCall("openai"));
const embedder = { provider: "openai", requested: facts.embedding.used };
const texts = [say("user", user.parts[0], text("And in Rome?"))];
const rollup = (usage, times = 1) => ({
  ...usage,
  rollup: true,
  ...Object.fromEntries(
    Object.entries(usage)
      .filter(([, n]) => typeof n === "number")
      .map(([k, n]) => [k, n * times]),
  ),
});

/** The scenarios of vercel-calls.mjs; whose is what the span says of session and user. */
function vercelScenarios({ emitter, whose, usage, calls, named, steps, embeds, searching, ran = [], resultName = {} }) {
  const of = (more) => ({ priced: true, want: llm(emitter, { model: gpt4o, usage, ...whose, ...more }) });
  const run = (more, times) => ({
    want: { kind: "agent", agent: { name: "weather-agent" }, usage: rollup(usage, times), cost: null, input: asked, ...whose, ...more },
  });
  const step = (n) => steps.slice(0, n);
  return {
    generate: [run({ output: [answer] }), ...step(1), of({ input: asked, output: [answer], finish_reason: "stop" })],
    agent: [
      run({}, 2),
      ...step(2),
      { ...of({ input: asked, output: [called], finish_reason: calls, tools_offered: offered }), is: (s) => s.input.length === 2 },
      { want: { ...tool({ call_id: facts.openai.call }), ...whose } },
      {
        ...of({ input: [...asked, called, say("tool", toolResult("openai", resultName))], output: [answer], finish_reason: "stop" }),
        is: (s) => s.input.length === 4,
      },
    ],
    stream: [run({ output: [answer] }), ...step(1), { ...of({ input: asked, output: [answer], finish_reason: "stop" }), firstToken: true }],
    responses: [run({}), ...step(1), of({ input: asked, output: [say("assistant", thought, text(facts.answer))], finish_reason: "stop" })],
    search: [run({}), ...step(1), searching(of({ input: asked, finish_reason: "stop" })), ...ran],
    embed: [
      ...embeds,
      { priced: true, is: named, want: { kind: "embedding", model: embedder, usage: embeddingUsage, mapper: { emitter }, ...whose } },
    ],
  };
}

// The outer span of embedMany repeats the inner one's tokens.
const outerEmbed = (whose) => ({ want: { kind: "task", usage: rollup(embeddingUsage), cost: null, input: texts, ...whose } });
const ann = { session: "conversation-7", user: "ann" };
const units = (n) => (span) => ({ ...span, want: { ...span.want, usage: { ...span.want.usage, units: { web_search: n } } } });
// The older form does not tell a search from a page that was opened.
const assumed = (span) => ({ ...units(3)(span), priced: false, estimated: true, marks: ["units_assumed"] });
const legacy = { emitter: "vercel", searching: assumed, usage: openaiUsage(), calls: "tool-calls", steps: [], resultName: { name: "get_weather" } };

// The current form sends no reasoning tokens, and its embedMany writes an outer span that cannot be told from a call.
const isStep = (n) => ({ is: (s) => s.name === `step ${n}`, want: { kind: "task", usage: null, mapper: { emitter: "otel" } } });
const current = {
  emitter: "otel",
  searching: units(2),
  ran: Array(3).fill({ want: { kind: "tool", tool: { name: "web_search" }, cost: null } }), // each call of the provider's tool as a tool's too
  whose: {},
  usage: openaiUsage({ reasoning: false }),
  calls: "tool-calls",
  steps: [isStep(1), isStep(2)],
  named: (s) => s.usage !== null,
  embeds: [{ is: (s) => s.usage === null, want: { kind: "embedding", model: embedder, usage: null, cost: { state: "unpriced" } } }],
};

export const vercel = [
  {
    script: "vercel-6.mjs",
    folder: "vercel",
    packages: ["ai-6", "@ai-sdk/openai-3"],
    scenarios: vercelScenarios({ ...legacy, whose: { ...ann, tags: ["weather"] }, embeds: [outerEmbed(ann)] }),
  },
  { script: "vercel-7.mjs", folder: "otel", packages: ["ai", "@ai-sdk/otel"], scenarios: vercelScenarios(current) },
  {
    script: "vercel-7-legacy.mjs",
    folder: "vercel",
    packages: ["ai", "@ai-sdk/otel"],
    scenarios: vercelScenarios({ ...legacy, whose: {}, embeds: [outerEmbed({})] }),
  },
];

const lf = { ...ann, tags: ["weather"], environment: "staging", release: "9e8d7c", mapper: { emitter: "langfuse" } };

export const langfuse = [
  {
    script: "langfuse.mjs",
    folder: "langfuse",
    packages: ["@langfuse/tracing", "@langfuse/otel"],
    scenarios: {
      agent: [
        {
          want: {
            kind: "agent",
            ...lf,
            input: [say("user", { type: "data", value: { question: "What is the weather in Paris?" } })],
            output: [answer],
          },
        },
        {
          priced: true,
          firstToken: true,
          want: {
            kind: "llm",
            ...lf,
            model: { used: "gpt-4o" },
            usage: openaiUsage(),
            input: asked,
            output: [called],
            prompt: { name: "weather", version: "3" },
          },
        },
        { want: { ...tool(), ...lf } },
        {
          want: {
            kind: "retrieval",
            ...lf,
            input: [say("user", text("Paris"))],
            documents: [{ id: "d1", content: "Paris lies on the Seine.", metadata: { source: "atlas" } }],
          },
        },
        { priced: true, want: { kind: "embedding", ...lf, model: { used: "text-embedding-3-small" }, usage: embeddingUsage } },
        {
          want: {
            kind: "guardrail",
            ...lf,
            level: "warning",
            input: [say("user", text("safe?"))],
            output: [say("assistant", text("yes"))],
          },
        },
      ],
    },
  },
];
