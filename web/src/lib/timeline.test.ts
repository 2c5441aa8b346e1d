import { describe, expect, it } from "vitest";
import { callGraph } from "./callgraph";
import { findSpans } from "./find";
import { aSpan, said } from "./testspans";
import { textDiff } from "./textdiff";
import { criticalPath, ownTime, ticks } from "./timeline";
import { subtotals } from "./totals";
import { buildTree } from "./tree";

const path = (...spans: Parameters<typeof buildTree>[0][]) => [...criticalPath(buildTree(spans.flat())).entries()].map(([id, s]) => `${id} ${s.map((x) => `${x.from}-${x.to}`).join(" ")}`).toSorted();
const usage = (input: number, output: number, rollup = false) => ({
  input_tokens: input, output_tokens: output, cache_read_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0, input_audio_tokens: 0, output_audio_tokens: 0,
  source: "reported" as const, rollup,
});
const cost = (amount: string, state: "priced" | "estimated" | "unpriced" = "priced", currency = "USD") => ({ amount, currency, state });
const named = (name: string) => ({ kind: "agent" as const, agent: { name, version: "" } });
const tool = (name: string) => ({ kind: "tool" as const, tool: { name, call_id: "" } });
const told = (a: string, b: string) => textDiff(a, b).map((p) => `${p.as}:${p.text}`);
const line = (i: number) => `Rule ${i}: say what the policy covers.\n`;
const noise = (seed: number) => Array.from({ length: 20_000 }, (_, i) => `w${(i * seed) % 9973}`).join(" ");

describe("the critical path", () => {

  it("goes back from the end over what was waited for last", () =>
    expect(path([aSpan("r", "", 0, 100), aSpan("fast", "r", 10, 20), aSpan("slow", "r", 10, 50), aSpan("end", "r", 70, 25)])).toEqual([
      "end 70-95", "r 95-100 60-70 0-10", "slow 10-60",
    ]));

  it("leaves out what runs on after its parent, beyond the parent's end", () =>
    expect(path([aSpan("r", "", 0, 100), aSpan("late", "r", 90, 50)])).toEqual(["late 90-100", "r 0-90"]));

  it("takes a span without an end as running until now, and 30,000 in one chain", () => {
    expect(path([aSpan("r", "", 0, null), aSpan("a", "r", 10, 30)])).toEqual(["a 10-40", "r 0-10"]);
    const chain = Array.from({ length: 30_000 }, (_, i) => aSpan(`s${i}`, i ? `s${i - 1}` : "", i, 60_000 - 2 * i));
    expect(criticalPath(buildTree(chain)).size).toBe(30_000);
  });
});

describe("own time", () => {
  it("is what the children leave, overlaps and overruns included", () => {
    const tree = buildTree([aSpan("r", "", 0, 100), aSpan("a", "r", 10, 30), aSpan("b", "r", 20, 10), aSpan("c", "r", 60, 80)]);
    expect(ownTime(tree.byId.get("r")!, tree.length)).toEqual([{ from: 0, to: 10 }, { from: 40, to: 60 }]);
    expect(ownTime(tree.byId.get("a")!, tree.length)).toEqual([{ from: 10, to: 40 }]);
  });
});

describe("the axis", () => {
  it("has round steps", () => {
    expect(ticks({ from: 0, to: 7700 }, 4)).toEqual([0, 2000, 4000, 6000]);
    expect(ticks({ from: 500, to: 503 }, 4)).toEqual([0, 1, 2]);
    expect(ticks({ from: 0, to: 0 }, 4)).toEqual([0]);
  });
});

describe("subtotals", () => {

  it("add up exactly, without roll-ups", () => {
    const sums = subtotals(buildTree([
      aSpan("r", "", 0, 9, { usage: usage(30, 3, true), cost: cost("9") }),
      aSpan("a", "r", 1, 1, { kind: "llm", usage: usage(10, 1), cost: cost("0.100000000001") }),
      aSpan("b", "r", 2, 1, { kind: "llm", usage: usage(20, 2), cost: cost("0.2", "estimated") }),
    ]));
    expect(sums.get("r")).toEqual({ calls: 2, input: 30, output: 3, cost: { amount: "0.300000000001", currency: "USD", state: "estimated" } });
    expect(sums.get("a")?.cost?.state).toBe("priced");
  });

  it("are unpriced where a part is, mixed where currencies are, and absent where nothing cost", () => {
    const sums = subtotals(buildTree([
      aSpan("r", "", 0, 9), aSpan("a", "r", 1, 1, { cost: cost("0.1") }), aSpan("u", "a", 1, 1, { cost: cost("0", "unpriced") }),
      aSpan("e", "r", 2, 1, { cost: cost("0.1", "priced", "EUR") }), aSpan("n", "r", 3, 1),
    ]));
    expect(sums.get("a")?.cost).toMatchObject({ amount: "0.100000000000", state: "unpriced" });
    expect(sums.get("r")?.cost?.state).toBe("mixed");
    expect(sums.get("n")?.cost).toBeUndefined();
  });
});

describe("the graph", () => {
  const graph = callGraph(buildTree([
    aSpan("r", "", 0, 100, named("lead")), aSpan("step", "r", 1, 20, { kind: "task" }), aSpan("t1", "step", 2, 3, tool("search")),
    aSpan("t2", "r", 6, 3, { ...tool("search"), status: { code: "error", message: "" } }),
    aSpan("x", "r", 30, 10, named("writer")), aSpan("y", "r", 50, 10, named("checker")), aSpan("z", "y", 51, 1, named("checker")),
  ]));

  it("draws spans of one name once and passes through what is no actor", () => {
    expect(graph.actors.map((a) => [a.name, a.spans, a.errors])).toEqual([
      ["lead", ["r"], 0], ["search", ["t1", "t2"], 1], ["writer", ["x"], 0], ["checker", ["y", "z"], 0],
    ]);
    expect(graph.of.get("step")).toBe("agent lead");
  });

  it("counts calls, failures, hand-offs and calls of oneself", () =>
    expect(graph.calls.map((c) => `${c.from} ${c.after ? "then" : "calls"} ${c.to} ×${c.times} ${c.errors}`)).toEqual([
      "agent lead calls tool search ×2 1", "agent lead calls agent writer ×1 0", "agent lead calls agent checker ×1 0", "agent checker calls agent checker ×1 0",
      "agent writer then agent checker ×1 0",
    ]));

  it("draws the rarest as one where there are too many", () => {
    const many = Array.from({ length: 100 }, (_, i) => aSpan(`t${i}`, "r", i + 1, 1, tool(`tool ${i}`)));
    const { actors } = callGraph(buildTree([aSpan("r", "", 0, 200, named("lead")), ...many]));
    expect(actors).toHaveLength(61);
    expect(actors.find((a) => a.name === "other tool spans")?.spans).toHaveLength(41);
  });
});

describe("find", () => {
  it("looks into names, messages, arguments and attributes, letter case aside", () => {
    const spans = [
      aSpan("a", "", 0, 1, { name: "Fetch Claim" }), aSpan("b", "", 0, 1, { input: [said("user", "my CLAIM is late")] }),
      aSpan("c", "", 0, 1, { tool: { name: "x", call_id: "", arguments: { claim: 1 } } }), aSpan("d", "", 0, 1, { attributes: { k: "claim" } as never }), aSpan("e", "", 0, 1),
    ];
    expect(findSpans(spans, " claim ").map((s) => s.span_id)).toEqual(["a", "b", "c", "d"]);
    expect(findSpans(spans, " ")).toEqual([]);
  });
});

describe("textDiff", () => {

  it("marks words that came and went", () =>
    expect(told("Answer in two sentences.", "Answer in one sentence.")).toEqual([
      "same:Answer in ", "removed:two", "added:one", "same: ", "removed:sentences", "added:sentence", "same:.",
    ]));

  it("sets two texts with little in common one after the other", () =>
    expect(told("Take the facts out of the claim.", "You are the agent of an insurer, and you decide.")).toEqual([
      "removed:Take the facts out of the claim.", "added:You are the agent of an insurer, and you decide.",
    ]));

  it("folds what is far from any change, and loses nothing", () => {
    const before = Array.from({ length: 60 }, (_, i) => line(i)).join("");
    const after = before.replace("Rule 30: say", "Rule 30: never say");
    const pieces = textDiff(before, after);
    expect(pieces.map((p) => p.as)).toEqual(["folded", "same", "added", "same", "folded"]);
    expect(pieces.filter((p) => p.as !== "removed").map((p) => p.text).join("")).toBe(after);
    expect(pieces.find((p) => p.as === "same")!.text.length).toBeLessThan(200);
  });

  it("compares two quite different long texts in bounded time", () => {
    const begun = process.cpuUsage();
    expect(textDiff(noise(7), noise(11)).length).toBeGreaterThan(1);
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(3000);
  });
});
