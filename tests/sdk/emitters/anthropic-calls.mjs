// The calls that every instrumentation of Anthropic's client is shown.
import { provider, question, system, tool, weather } from "./start.mjs";

/** The scenarios, given the patched Anthropic client class. */
export function anthropicCalls(Anthropic) {
  const client = new Anthropic({ apiKey: "none", baseURL: provider, maxRetries: 0 });
  const call = { model: "claude-sonnet-4-5", max_tokens: 2048, system };
  const ask = [{ role: "user", content: question }];
  const tools = [{ name: tool.name, description: tool.description, input_schema: tool.schema }];
  const thinking = { type: "enabled", budget_tokens: 1024 };
  return {
    chat: () => client.messages.create({ ...call, messages: ask }),
    tools: async () => {
      const first = await client.messages.create({ ...call, messages: ask, tools, thinking });
      const use = first.content.find((block) => block.type === "tool_use");
      const answer = { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: JSON.stringify(weather) }] };
      await client.messages.create({ ...call, messages: [...ask, { role: "assistant", content: first.content }, answer], tools, thinking });
    },
    stream: async () => {
      const stream = await client.messages.create({ ...call, messages: ask, stream: true });
      for await (const event of stream) void event;
    },
    stream_tools: async () => {
      const stream = await client.messages.create({ ...call, messages: ask, tools, thinking, stream: true });
      for await (const event of stream) void event;
    },
    search: () =>
      client.messages.create({ ...call, messages: ask, tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] }),
  };
}
