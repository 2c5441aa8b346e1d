/** A claim that goes wrong early and fails late: what the tests of the trace page look at. */
import type { Sent, SentTrace } from "./otlp";

const prompt = [
  "You are the claims agent of a small insurer. Look the policy up, then answer in two sentences.",
  ...Array.from({ length: 12 }, (_, i) => `Rule ${i + 1}: where paragraph ${i + 1} applies, cite it.`),
].join("\n");
export const shortPrompt = prompt.replace("in two sentences", "in one short sentence");

const said = (role: string, content: string, finish_reason?: string) => ({ role, parts: [{ type: "text", content }], finish_reason });
const calls = (id: string, name: string, args: object) => ({ role: "assistant", parts: [{ type: "tool_call", id, name, arguments: args }], finish_reason: "tool_calls" });
const returned = (id: string, response: object) => ({ role: "tool", parts: [{ type: "tool_call_response", id, response }] });

const tools = JSON.stringify(["look_up_policy", "compute_payout", "draft_letter"].map((name) => ({
  type: "function", name, description: `Does ${name.replaceAll("_", " ")}.`,
  parameters: { type: "object", properties: { policy: { type: "string" }, damage: { type: "number" } }, required: ["policy"] },
})));

export const question = "The router is dead after the storm. Policy P-10196, 190 EUR.";
export const notFound = "no policy P-10169";
export const cutAnswer = "I looked the policy up many times and would therefore";

/** Span ids by what the spans are. */
export const at = { root: id(1), ask: id(2), helper: id(3), empty: id(4), terms: id(5), loop: id(7), lastTry: id(13), cut: id(14), late: id(15), letter: id(16), sorry: id(17) };

function id(n: number): string {
  return (0xc0 + n).toString(16).padStart(16, "0");
}

/** The trace of one claim; it belongs to the session of the same customer. */
export function claim(traceId: string, start: number): SentTrace {
  const spans: Sent[] = [];
  const session = { "gen_ai.conversation.id": "claim-2240", "user.id": "freya" };
  const put = (parent: string | undefined, name: string, begin: number, ms: number, attributes: Sent["attributes"], error?: string) =>
    spans.push({ id: id(spans.length + 1), parent, name, at: begin, ms, error, attributes: { ...session, ...attributes } });
  const ask = (parent: string, begin: number, ms: number, system: string, input: object[], output: object, more: Sent["attributes"] = {}) =>
    put(parent, "chat gpt-4o", begin, ms, {
      "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-08-06",
      "gen_ai.usage.input_tokens": 900, "gen_ai.usage.output_tokens": 40, "gen_ai.response.time_to_first_chunk": 0.02,
      "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: system }]), "gen_ai.input.messages": JSON.stringify(input),
      "gen_ai.output.messages": JSON.stringify([output]), "gen_ai.tool.definitions": tools, ...more,
    });
  const tool = (parent: string, name: string, begin: number, ms: number, callId: string, args: object, result: object | undefined, error?: string) =>
    put(parent, `execute_tool ${name}`, begin, ms, {
      "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.call.id": callId, "gen_ai.tool.call.arguments": JSON.stringify(args),
      ...(result && { "gen_ai.tool.call.result": JSON.stringify(result) }),
    }, error);
  const search = (begin: number, text: string, documents: object[]) =>
    put(at.helper, `retrieval ${text}`, begin, 50, {
      "gen_ai.operation.name": "retrieval", "gen_ai.retrieval.query.text": text, "gen_ai.retrieval.documents": JSON.stringify(documents),
    });

  put(undefined, "invoke_agent claims-agent", 0, 6000, { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "claims-agent" }, "the letter could not be drafted");
  ask(at.root, 10, 400, prompt, [said("user", question)], calls("c1", "look_up_policy", { policy: "P-10169" }));
  put(at.root, "invoke_agent policy-agent", 450, 3000, { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "policy-agent" });
  search(500, "P-10169", []);
  search(560, "storm", [{ id: "terms-14", score: 0.83, content: "Overvoltage by lightning is covered." }]);
  let heard: object[] = [said("user", "Find policy P-10169.")];
  for (let i = 0; i < 4; i++) {
    const call = calls(`p${i}`, "look_up_policy", { policy: "P-10169" });
    ask(at.helper, 700 + i * 300, 180, i < 3 ? prompt : shortPrompt, heard, call);
    tool(at.helper, "look_up_policy", 890 + i * 300, 90, `p${i}`, { policy: "P-10169" }, { isError: true, error: notFound });
    heard = [...heard, call, returned(`p${i}`, { isError: true, error: notFound })];
  }
  ask(at.helper, 2000, 900, shortPrompt, heard, said("assistant", cutAnswer, "length"), {
    "gen_ai.response.finish_reasons": "length", "gen_ai.usage.input_tokens": 120_000, "gen_ai.usage.output_tokens": 512,
  });
  ask(at.root, 3600, 500, prompt, [said("user", question), said("user", "policy-agent found nothing")], calls("c2", "draft_letter", { policy: "P-10169" }));
  tool(at.root, "draft_letter", 4200, 800, "c2", { policy: "P-10169" }, undefined, "payout is missing");
  ask(at.root, 5100, 600, prompt, [said("user", question)], said("assistant", "I am sorry, I could not draft the letter.", "stop"));
  return { id: traceId, start, spans };
}
