// The calls that every instrumentation of OpenAI's client is shown.
import { provider, question, system, tool, weather } from "./start.mjs";

/** The scenarios, given the patched OpenAI client class. */
export function openaiCalls(OpenAI) {
  const client = new OpenAI({ apiKey: "none", baseURL: `${provider}/v1`, maxRetries: 0 });
  const model = "gpt-4o";
  const ask = [
    { role: "system", content: system },
    { role: "user", content: question },
  ];
  const tools = [{ type: "function", function: { name: tool.name, description: tool.description, parameters: tool.schema } }];
  return {
    chat: () => client.chat.completions.create({ model, messages: ask, temperature: 0.2, max_tokens: 200 }),
    tools: async () => {
      const first = await client.chat.completions.create({ model, messages: ask, tools });
      const { message } = first.choices[0];
      const answer = { role: "tool", tool_call_id: message.tool_calls[0].id, content: JSON.stringify(weather) };
      await client.chat.completions.create({ model, messages: [...ask, message, answer], tools });
    },
    stream: async () => {
      const stream = await client.chat.completions.create({ model, messages: ask, stream: true, stream_options: { include_usage: true } });
      for await (const chunk of stream) void chunk;
    },
    stream_tools: async () => {
      const stream = await client.chat.completions.create({
        model,
        messages: ask,
        tools,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) void chunk;
    },
    responses: () => client.responses.create({ model, instructions: system, input: question }),
    responses_tools: () =>
      client.responses.create({
        model,
        input: ask,
        tools: [{ type: "function", name: tool.name, description: tool.description, parameters: tool.schema, strict: false }],
      }),
    responses_search: () => client.responses.create({ model, input: ask, tools: [{ type: "web_search" }] }),
    embeddings: () => client.embeddings.create({ model: "text-embedding-3-small", input: [question, "And in Rome?"] }),
  };
}
