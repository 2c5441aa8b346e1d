import { describe, expect, it } from "vitest";
import type { Message, Part, Span } from "../api/types";
import { conversation } from "./conversation";
import { buildLanes, newsSince, previousCall } from "./lanes";
import { aSpan, said } from "./testspans";
import { toolUse } from "./tools";
import { buildTree } from "./tree";

const user = said("user", "hello");
const system = said("system", "Be brief.");
const call: Part = { type: "tool_call", id: "call_1", name: "look_up", value: { policy: "P-1" } };
const asks: Message = { role: "assistant", parts: [call], finish_reason: "tool_calls" };
const result: Message = { role: "tool", parts: [{ type: "tool_result", id: "call_1", value: "not found" }] };
const texts = (messages: readonly Message[]) => messages.map((m) => `${m.role}: ${m.parts.map((p) => p.text ?? p.type).join()}`);

const ask = (prompt: string) => ({ kind: "llm" as const, input: [said("system", prompt), user], output: [asks] });

const agent = (id: string, at: number, text: string) => aSpan(id, "r", at, 1, { kind: "agent", output: [said("assistant", text)] });

const single = (id: string, at: number, prompt: string) => aSpan(id, "r", at, 1, { kind: "llm", input: [said("system", prompt), said("user", id)] });

describe("newsSince", () => {
  it("takes everything as new where nothing was before", () =>
    expect(texts(newsSince(undefined, [system, user]).fresh)).toEqual(["user: hello"]));

  it("knows what the call before was sent and what it answered", () => {
    const news = newsSince({ input: [system, user], output: [asks] }, [system, user, asks, result]);
    expect(texts(news.fresh)).toEqual(["tool: tool_result"]);
    expect(news).toMatchObject({ gone: 0, system: "Be brief.", systemBefore: "Be brief." });
  });

  it("is not misled by finish reasons, call ids, key order and JSON in strings", () => {
    const sent: Message = { role: "assistant", parts: [{ ...call, id: "other", value: '{ "policy": "P-1" }' }] };
    expect(newsSince({ input: [user], output: [asks] }, [user, sent, result]).older).toHaveLength(2);
  });

  it("says how many messages were dropped when the history was cut or summed up", () => {
    const history = ["a", "b", "c", "d"].map((t) => said("user", t));
    expect(newsSince({ input: history, output: [] }, [history[0]!, said("user", "summary")])).toMatchObject({ gone: 3 });
    const slid = newsSince({ input: history, output: [] }, [history[2]!, history[3]!, said("user", "e")]);
    expect(texts(slid.fresh)).toEqual(["user: e"]);
    expect(slid.gone).toBe(2);
  });

  it("keeps the system prompt apart, so that its change does not make everything new", () => {
    const news = newsSince({ input: [system, user], output: [asks] }, [said("system", "Be kind."), user, asks, result]);
    expect(news.fresh).toHaveLength(1);
    expect([news.systemBefore, news.system]).toEqual(["Be brief.", "Be kind."]);
  });
});

describe("lanes", () => {
  const spans: Span[] = [
    aSpan("root", "", 0, 100, { kind: "agent", agent: { name: "lead", version: "" } }),
    aSpan("l1", "root", 1, 5, { kind: "llm", input: [user], output: [asks] }),
    aSpan("sub", "root", 10, 30, { kind: "agent", agent: { name: "helper", version: "" } }),
    aSpan("s1", "sub", 11, 5, { kind: "llm", input: [said("user", "help")], output: [said("assistant", "yes")] }),
    aSpan("l2", "root", 50, 5, { kind: "llm", input: [user, asks, result], output: [said("assistant", "done")] }),
  ];
  const tree = buildTree(spans);
  const lanes = buildLanes(tree);

  it("are the calls of one agent's run", () => {
    expect(lanes.all.map((l) => [l.name, l.calls.map((c) => c.span.span_id)])).toEqual([["lead", ["l1", "l2"]], ["helper", ["s1"]]]);
    expect(previousCall(lanes, tree.byId.get("l2")!)?.span.span_id).toBe("l1");
    expect(previousCall(lanes, tree.byId.get("s1")!)).toBeUndefined();
  });

  it("find the thread that a call goes on from where several run at once", () => {
    const other = said("user", "another question");
    const t = buildTree([
      aSpan("r", "", 0, 100), aSpan("a1", "r", 1, 5, { kind: "llm", input: [user], output: [asks] }),
      aSpan("b1", "r", 2, 5, { kind: "llm", input: [other], output: [] }), aSpan("a2", "r", 9, 5, { kind: "llm", input: [user, asks, result] }),
    ]);
    expect(previousCall(buildLanes(t), t.byId.get("a2")!)?.span.span_id).toBe("a1");
    const bare = buildTree(["r", "a1", "b1", "a2"].map((id, i) => aSpan(id, i ? "r" : "", i, 1, { kind: i ? "llm" : "agent" })));
    expect(previousCall(buildLanes(bare), bare.byId.get("a2")!)?.span.span_id).toBe("b1");
  });

  it("begin a new thread with another prompt, and go on with the same or one much like it", () => {
    const rules = "Look the policy up, check the cover, compute the payout and answer the customer in two sentences.";
    const t = buildTree([aSpan("r", "", 0, 99), single("a", 1, rules), single("b", 2, "Translate into German."), single("c", 3, rules), single("d", 4, rules.replace("two sentences", "one"))]);
    const before = (id: string) => previousCall(buildLanes(t), t.byId.get(id)!)?.span.span_id;
    expect(["a", "b", "c", "d"].map(before)).toEqual([undefined, undefined, "a", "c"]);
  });

  it("read as one conversation: nothing twice, tools where they ran", () => {
    const tool = aSpan("t1", "root", 7, 1, { kind: "tool", tool: { name: "look_up", call_id: "call_1" } });
    const withTool = buildTree([...spans, tool]);
    const items = conversation(withTool, buildLanes(withTool));
    expect(items.map((i) => `${i.lane?.name} ${i.message ? `${i.as} ${texts([i.message])[0]}` : i.node.span.span_id}`)).toEqual([
      "lead input user: hello", "lead output assistant: tool_call", "lead t1", "helper input user: help", "helper output assistant: yes",
      "lead output assistant: done",
    ]);
  });

  it("tell a loop once, and a prompt that changed in it", () => {
    const again = { kind: "tool" as const, repeat: { group: "t1", n: 3 } };
    const t = buildTree([
      aSpan("r", "", 0, 99), aSpan("m1", "r", 1, 1, ask("a")), aSpan("t1", "r", 2, 1, again), aSpan("m2", "r", 3, 1, ask("a")), aSpan("t2", "r", 4, 1, again),
      aSpan("m3", "r", 5, 1, ask("b")), aSpan("t3", "r", 6, 1, again),
    ]);
    const told = (open: string[]) => conversation(t, buildLanes(t), new Set(open)).map((i) => `${i.node.span.span_id} ${i.as}${i.times ?? ""}`);
    expect(told([])).toEqual(["m1 system", "m1 input", "m1 output", "t1 step3", "m3 system"]);
    expect(told(["t1"])).toContain("t3 step");
  });

  it("tell what agents said where there is no model call, and the outermost messages where nobody else said anything", () => {
    const agents = buildTree([aSpan("r", "", 0, 9, { kind: "workflow", input: [user], output: [said("assistant", "two")] }), agent("a", 1, "one"), agent("b", 5, "two")]);
    expect(conversation(agents, buildLanes(agents)).map((i) => texts([i.message!])[0])).toEqual(["user: hello", "assistant: one", "assistant: two"]);
    const t = buildTree([aSpan("r", "", 0, 9, { kind: "workflow", input: [user], output: [said("assistant", "bye")] }), aSpan("m", "r", 1, 2, { kind: "llm" })]);
    expect(conversation(t, buildLanes(t)).map((i) => i.as)).toEqual(["input", "output"]);
  });
});

describe("toolUse", () => {
  it("sets called beside offered, and says what is new and what is gone", () => {
    const use = toolUse(
      { tools_offered: [{ name: "look_up" }, { name: "pay" }], output: [{ role: "assistant", parts: [call, call, { type: "tool_call", name: "rob" }] }] },
      { tools_offered: [{ name: "look_up" }, { name: "draft" }] },
    );
    expect(use.called).toEqual([{ name: "look_up", times: 2, offered: true }, { name: "rob", times: 1, offered: false }]);
    expect(use.offered.map((o) => [o.tool.name, o.called, o.fresh])).toEqual([["look_up", true, false], ["pay", false, true]]);
    expect(use.withdrawn).toEqual(["draft"]);
  });
});
