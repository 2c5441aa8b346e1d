// What must come out of the emitters, said once: the tests compare the API's answers with it, and the recorder puts it
// into the mapper's fixtures. It follows from what the scripts ask and what the provider answers, never from a run.
import { facts } from "./provider.mjs";

const text = (text) => ({ type: "text", text });
const say = (role, ...parts) => ({ role, parts });
const call = (id) => ({ type: "tool_call", id, name: "get_weather", value: { city: "Paris" } });
const weather = { city: "Paris", celsius: 21, sky: "sunny" };

export const system = say("system", text("You are a helpful weather assistant."));
export const user = say("user", text("What is the weather in Paris?"));
export const answer = say("assistant", text(facts.answer));
export const thought = { type: "reasoning", text: facts.reasoning };
export const toolCall = (dialect) => call(facts[dialect].call);
export const toolResult = (dialect, more = {}) => ({ type: "tool_result", id: facts[dialect].call, value: weather, ...more });
export const tool = (more = {}) => ({
  kind: "tool",
  tool: { name: "get_weather", arguments: { city: "Paris" }, result: weather, ...more },
});
export const offered = [{ name: "get_weather" }];
export { call, say, text, weather };

const tokens = (input, output, cacheRead, cacheWrite, reasoning) => ({
  input_tokens: input,
  output_tokens: output,
  cache_read_tokens: cacheRead,
  cache_write_tokens: cacheWrite,
  reasoning_tokens: reasoning,
  source: "reported",
  rollup: false,
});

/** OpenAI's usage as far as an emitter passes it on. Cached and reasoning tokens are inside input and output. */
export function openaiUsage({ cached = true, reasoning = true } = {}) {
  const { input, output, cached: c, reasoning: r } = facts.openai;
  return tokens(input, output, cached ? c : 0, 0, reasoning ? r : 0);
}

/** Anthropic's: its input leaves the cache out, Steward's never does. */
export const anthropicUsage = () => {
  const { uncached, cached, written, output } = facts.anthropic;
  return tokens(uncached + cached + written, output, cached, written, 0);
};

export const gpt4o = { provider: "openai", requested: "gpt-4o", used: facts.openai.used };
export const claude = { provider: "anthropic", requested: "claude-sonnet-4-5", used: facts.anthropic.used };
export const embeddingUsage = tokens(facts.embedding.input, 0, 0, 0, 0);

/** One model call: the usual facts, changed by more. */
export const llm = (emitter, more) => ({ kind: "llm", mapper: { emitter }, ...more });
