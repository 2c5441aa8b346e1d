import { describe, expect, it, test } from "vitest";
import { contentHint } from "./contentOff";
import { hintOf } from "./hint";
import { troubles } from "./problems";
import { fromList, traceSearch } from "./search";
import { aSpan, said } from "./testspans";

describe("what went wrong in a span", () => {
  it("has its own failure first, with words where the emitter had none", () => {
    const list = troubles(aSpan("a", "", 0, 1, { status: { code: "error", message: "" }, problems: [{ code: "cut", detail: "after 512 tokens" }] }));
    expect(list.map((t) => [t.hard, t.short, t.detail])).toEqual([[true, "error", "It failed without a message."], [false, "cut", "after 512 tokens"]]);
  });
  it("shows a code that this build does not know as it is", () =>
    expect(troubles(aSpan("a", "", 0, 1, { problems: [{ code: "went_sour" as never, detail: "x" }] }))[0]?.short).toBe("went sour"));
});

const call = (name: string) => ({ role: "assistant", parts: [{ type: "tool_call" as const, name }] });

test("a row says what its span did", () => {
  expect(hintOf(aSpan("a", "", 0, 1, { kind: "llm", output: [call("look_up"), call("look_up"), call("pay")] }))).toBe("→ look_up, pay");
  expect(hintOf(aSpan("a", "", 0, 1, { kind: "llm", output: [said("assistant", "I  am\nsorry")] }))).toBe("I am sorry");
  expect(hintOf(aSpan("a", "", 0, 1, { kind: "llm", name: "chat gpt-4o", model: { provider: "", requested: "gpt-4o", used: "gpt-4o-2024" } }))).toBe("");
  expect(hintOf(aSpan("a", "", 0, 1, { kind: "tool", name: "run", tool: { name: "look_up", call_id: "", arguments: '{"policy":"P-1","n":2}' } }))).toBe("look_up P-1, 2");
  expect(hintOf(aSpan("a", "", 0, 1, { kind: "retrieval", documents: [{ id: "d", content: "", score: null }] }))).toBe("1 found");
});

test("a call without content has a hint, whoever sent it", () => {
  expect(contentHint("claude-code").lines).toContain("OTEL_LOG_USER_PROMPTS=1");
  expect(contentHint("something-new")).toMatchObject({ emitter: "something-new" });
  expect(contentHint("").lines.length).toBeGreaterThan(0);
});

describe("the address of a trace", () => {
  it("keeps what makes sense and leaves out what is so anyway", () => {
    expect(traceSearch({ span: "ab", view: "waterfall", tab: "content", all: "yes", filter: "status:error" })).toEqual({ span: "ab" });
    expect(traceSearch({ view: "graph", all: "1", find: "x", zoom: "ab", folds: "all,cd", list: "1", filter: "status:error", sort: "cost" })).toEqual({
      view: "graph", all: "1", find: "x", zoom: "ab", folds: "all,cd", list: "1", filter: "status:error", sort: "cost",
    });
  });
  it("leads from a list to the match, but for the root, where the trouble is looked for", () => {
    expect(fromList({ matched_span_id: "b", root_span_id: "a" }, { filter: "x", sort: "cost" })).toEqual({ span: "b", list: "1", filter: "x", sort: "cost" });
    expect(fromList({ matched_span_id: "a", root_span_id: "a" }, {}).span).toBeUndefined();
  });
});
