// Instrumentations of the providers' clients and of LangChain.
import {
  answer,
  anthropicUsage,
  call,
  claude,
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
const openaiCall = say("assistant", toolCall("openai"));
const withResult = [...asked, openaiCall, say("tool", toolResult("openai"))];

// Two searches and a page that was opened, as a tool call each.
const searchCalls = ["ws_1", "ws_2", "ws_3"].map((id) => ({ type: "tool_call", id, name: "web_search_call" }));

/** The scenarios of openai-calls.mjs, for an emitter that passes on what the provider answers. */
function openaiScenarios(emitter, { usage = {}, calls = "tool_calls", tools = offered } = {}) {
  const base = { model: gpt4o, usage: openaiUsage(usage) };
  const span = (more) => ({ priced: true, want: llm(emitter, { ...base, ...more }) });
  return {
    chat: [span({ input: asked, output: [answer], finish_reason: "stop" })],
    tools: [
      {
        ...span({ input: asked, output: [openaiCall], finish_reason: calls, tools_offered: tools }),
        is: (s) => s.input.length === 2,
      },
      {
        ...span({ input: withResult, output: [answer], finish_reason: "stop", tools_offered: tools }),
        is: (s) => s.input.length === 4,
      },
    ],
    stream: [span({ input: asked, output: [answer], finish_reason: "stop" })],
    stream_tools: [span({ input: asked, output: [openaiCall], finish_reason: calls, tools_offered: tools })],
    responses: [span({ input: asked, output: [say("assistant", thought, text(facts.answer))], finish_reason: "stop" })],
    responses_tools: [span({ input: asked, output: [say("assistant", thought, toolCall("openai"))], tools_offered: tools })],
    responses_search: [
      span({
        input: asked,
        output: [say("assistant", thought, ...searchCalls, text(facts.answer))],
        usage: { ...openaiUsage(usage), units: { web_search: 2 } },
      }),
    ],
    embeddings: [
      {
        priced: true,
        want: {
          kind: "embedding",
          model: { provider: "openai", requested: facts.embedding.used, used: facts.embedding.used },
          usage: embeddingUsage,
          mapper: { emitter },
        },
      },
    ],
  };
}

/** Takes what an emitter does not send out of an expectation. */
const without = (scenario, changes) => scenario.map((s) => ({ ...s, ...changes, want: { ...s.want, ...changes.want } }));

const otel = openaiScenarios("otel-1.36", { usage: { cached: false, reasoning: false }, tools: null });
// Its account of the responses API follows the current convention, of the rest the one of 1.36.
otel.responses = without(otel.responses, { want: { mapper: { emitter: "otel" } } });
otel.responses_tools = without(otel.responses_tools, { want: { mapper: { emitter: "otel" } } });
otel.responses_search = without(otel.responses_search, { want: { mapper: { emitter: "otel" } } });
for (const name of Object.keys(otel)) if (name !== "embeddings") otel[name] = without(otel[name], { fromLogs: true });

const traceloop = openaiScenarios("otel", { usage: { cached: false, reasoning: false }, calls: "tool_call" });
// It reads no usage from a stream, drops instructions and reasoning of the responses API, and knows no embeddings.
for (const name of ["stream", "stream_tools"])
  traceloop[name] = without(traceloop[name], { priced: false, want: { usage: null, cost: { state: "unpriced" } } });
traceloop.responses = without(traceloop.responses, { want: { input: [user], output: [answer] } });
traceloop.responses_tools = without(traceloop.responses_tools, {
  want: {
    input: [
      say(
        "user",
        text(
          JSON.stringify([
            { role: "system", content: system.parts[0].text },
            { role: "user", content: user.parts[0].text },
          ]),
        ),
      ),
    ],
    output: undefined,
    tools_offered: null,
  },
});
// Nor does it say that the provider searched.
traceloop.responses_search = without(traceloop.responses_search, {
  want: { input: undefined, output: [answer], usage: { ...openaiUsage({ cached: false, reasoning: false }), units: null } },
});
traceloop.embeddings = [];

const openinference = openaiScenarios("openinference");
// It reads no usage and no model from a stream, none from embeddings, and splits a response's items into messages.
for (const name of ["stream", "stream_tools"])
  openinference[name] = without(openinference[name], {
    priced: false,
    want: { model: { ...gpt4o, used: "gpt-4o" }, usage: null, cost: { state: "unpriced" } },
  });
openinference.responses = without(openinference.responses, { want: { output: [say("assistant", thought), answer], finish_reason: "" } });
openinference.responses_tools = without(openinference.responses_tools, { want: { output: [say("assistant", thought), openaiCall] } });
openinference.responses_search = without(openinference.responses_search, {
  want: { output: [say("assistant", thought), ...searchCalls.map((call) => say("assistant", call)), answer] },
});
openinference.embeddings = [
  {
    priced: false,
    want: {
      kind: "embedding",
      model: { provider: "openai", used: facts.embedding.used },
      input: [say("user", user.parts[0], text("And in Rome?"))],
      usage: null,
      mapper: { emitter: "openinference" },
    },
  },
];

export const openai = [
  { script: "otel-openai.mjs", folder: "otel-1.36", packages: ["@opentelemetry/instrumentation-openai", "openai"], scenarios: otel },
  { script: "traceloop-openai.mjs", folder: "traceloop", packages: ["@traceloop/instrumentation-openai", "openai"], scenarios: traceloop },
  {
    script: "openinference-openai.mjs",
    folder: "openinference",
    packages: ["@arizeai/openinference-instrumentation-openai", "openai"],
    scenarios: openinference,
  },
];

/** The scenarios of anthropic-calls.mjs. */
function anthropicScenarios(emitter, { end, use, signature, found, resultRole = "user", tools = offered }) {
  const base = { model: claude, usage: anthropicUsage() };
  const mind = signature ? { ...thought, value: "c2lnbmF0dXJl" } : thought;
  const called = say("assistant", mind, toolCall("anthropic"));
  const span = (more) => ({ priced: true, want: llm(emitter, { ...base, ...more }) });
  return {
    chat: [span({ input: asked, output: [answer], finish_reason: end })],
    tools: [
      { ...span({ input: asked, output: [called], finish_reason: use, tools_offered: tools }), is: (s) => s.input.length === 2 },
      {
        ...span({
          input: [...asked, called, say(resultRole, toolResult("anthropic"))],
          output: [say("assistant", mind, text(facts.answer))],
          finish_reason: end,
          tools_offered: tools,
        }),
        is: (s) => s.input.length === 4,
      },
    ],
    stream: [span({ input: asked, output: [answer], finish_reason: end })],
    stream_tools: [span({ input: asked, output: [called], finish_reason: use, tools_offered: tools })],
    search: [span({ input: asked, output: found, finish_reason: end, usage: { ...anthropicUsage(), units: { web_search: 1 } } })],
  };
}

const traceloopClaude = anthropicScenarios("otel", {
  end: "stop",
  use: "tool_call",
  tools: null,
  found: [
    say("assistant", { type: "tool_call", id: "srvtoolu_1", name: "web_search" }, { type: "tool_result", id: "srvtoolu_1" }, text(facts.answer)),
  ],
});
// Of a stream it loses why it ended, the thinking's text and a tool call's arguments.
traceloopClaude.stream = without(traceloopClaude.stream, { want: { finish_reason: "" } });
traceloopClaude.stream_tools = without(traceloopClaude.stream_tools, {
  want: { finish_reason: "", output: [say("assistant", { type: "reasoning" }, { ...call(facts.anthropic.call), value: {} })] },
});

export const anthropic = [
  {
    script: "traceloop-anthropic.mjs",
    folder: "traceloop",
    packages: ["@traceloop/instrumentation-anthropic", "@anthropic-ai/sdk"],
    scenarios: traceloopClaude,
  },
  {
    script: "openinference-anthropic.mjs",
    folder: "openinference",
    packages: ["@arizeai/openinference-instrumentation-anthropic", "@anthropic-ai/sdk"],
    scenarios: anthropicScenarios("openinference", { end: "end_turn", use: "tool_use", signature: true, found: [answer] }),
  },
];

const lcModel = { ...gpt4o, used: "gpt-4o" }; // both take the model from the call's settings
const flow = (kind, emitter, is) => ({ is, want: { kind, mapper: { emitter } } });
const whose = { session: "conversation-7", user: "ann" };

// Traceloop knows no retrievers, drops tool calls and who is talking, and calls a tool by its class.
const poor = { model: lcModel, usage: openaiUsage({ cached: false, reasoning: false }) };
const traceloopChain = {
  chain: [
    flow("workflow", "traceloop", (s) => s.name === "workflow RunnableSequence"),
    { ...flow("workflow", "traceloop", (s) => s.name === "workflow prompt"), want: { kind: "workflow", output: asked } },
    flow("workflow", "traceloop", (s) => s.name === "workflow parser"),
    { priced: true, want: llm("otel", { ...poor, input: asked, output: [answer], finish_reason: "stop" }) },
  ],
  agent: [
    flow("workflow", "traceloop"),
    { priced: true, is: (s) => s.input.length === 2, want: llm("otel", { ...poor, input: asked, finish_reason: "tool_call" }) },
    { want: tool({ name: "get_weather", call_id: facts.openai.call }) },
    { priced: true, is: (s) => s.input.length === 4, want: llm("otel", { ...poor, output: [answer], finish_reason: "stop" }) },
  ],
  stream: [{ priced: true, want: llm("otel", { ...poor, input: [user], output: [answer], finish_reason: "stop" }) }],
  retrieval: [],
};

// OpenInference's tracer leaves out the ids of tool calls, and a tool's arguments are what LangChain hands over.
const rich = { model: lcModel, usage: openaiUsage(), ...whose };
const noID = { type: "tool_call", name: "get_weather", value: { city: "Paris" } };
const openinferenceChain = {
  chain: [
    flow("task", "openinference", (s) => s.name === "RunnableSequence"),
    { is: (s) => s.name === "ChatPromptTemplate", want: { kind: "task", output: asked } },
    flow("task", "openinference", (s) => s.name === "StrOutputParser"),
    { priced: true, want: llm("openinference", { ...rich, input: asked, output: [answer], finish_reason: "stop" }) },
  ],
  agent: [
    flow("task", "openinference"),
    {
      priced: true,
      is: (s) => s.input.length === 2,
      want: llm("openinference", {
        ...rich,
        input: asked,
        output: [say("assistant", noID)],
        finish_reason: "tool_calls",
        tools_offered: offered,
      }),
    },
    { want: { ...tool({ arguments: "Paris", call_id: facts.openai.call }), session: whose.session } },
    {
      priced: true,
      is: (s) => s.input.length === 4,
      want: llm("openinference", { ...rich, output: [answer], finish_reason: "stop", tools_offered: offered }),
    },
  ],
  stream: [{ priced: true, want: llm("openinference", { ...rich, input: [user], output: [answer], finish_reason: "stop" }) }],
  retrieval: [
    {
      want: {
        kind: "retrieval",
        ...whose,
        input: [user],
        documents: [
          { content: "Paris lies on the Seine.", metadata: { source: "atlas" } },
          { content: "Paris has 20 districts.", metadata: { source: "gazetteer" } },
        ],
      },
    },
  ],
};

export const langchain = [
  {
    script: "traceloop-langchain.mjs",
    folder: "traceloop",
    packages: ["@traceloop/instrumentation-langchain", "@langchain/core", "@langchain/openai"],
    scenarios: traceloopChain,
  },
  {
    script: "openinference-langchain.mjs",
    folder: "openinference",
    packages: ["@arizeai/openinference-instrumentation-langchain", "@langchain/core", "@langchain/openai"],
    scenarios: openinferenceChain,
  },
];
