// The calls that the AI SDK is shown, in both of its majors.
import { provider, question, system, tool, weather } from "./start.mjs";

/**
 * The scenarios. ai and createOpenAI are those of one major; telemetry answers the setting that this major wants for a
 * function of the given name.
 */
export function vercelCalls({ ai, createOpenAI, telemetry }) {
  const openai = createOpenAI({ apiKey: "none", baseURL: `${provider}/v1` });
  const tools = {
    [tool.name]: ai.tool({ description: tool.description, inputSchema: ai.jsonSchema(tool.schema), execute: async () => weather }),
  };
  const call = (name) => ({ model: openai.chat("gpt-4o"), system, prompt: question, maxRetries: 0, ...telemetry(name) });
  return {
    generate: () => ai.generateText(call("weather-agent")),
    agent: () => ai.generateText({ ...call("weather-agent"), tools, stopWhen: ai.stepCountIs(3) }),
    stream: async () => {
      const result = ai.streamText(call("weather-agent"));
      for await (const text of result.textStream) void text;
    },
    responses: () => ai.generateText({ ...call("weather-agent"), model: openai.responses("gpt-4o") }),
    search: () =>
      ai.generateText({
        ...call("weather-agent"),
        model: openai.responses("gpt-4o"),
        tools: { web_search: openai.tools.webSearch({}) },
      }),
    embed: () =>
      ai.embedMany({
        model: openai.embedding("text-embedding-3-small"),
        values: [question, "And in Rome?"],
        maxRetries: 0,
        ...telemetry("embedder"),
      }),
  };
}
