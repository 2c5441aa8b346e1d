import { describe, expect, it } from "vitest";
import { per, sorted, usageOf, type AnswerRow } from "./model";
import { series, slots } from "./series";

const row = (model: string, values: Record<string, unknown>, time?: string): AnswerRow => ({ time, by: { model }, values, currencies: values.cost ? { cost: "USD" } : undefined });

describe("the rows of a split", () => {
  const answers = {
    all: [row("a", { traces: 9, sessions: 4, problems: 2, failing_traces: 1 }), row("", { traces: 50, problems: 0 }), row("tools only", { traces: 3, problems: 3, failing_traces: 3 })],
    calls: [row("a", { spans: 10, traces: 8, cost: "0.300000000000", input_tokens: 100, cache_read_tokens: 40, duration_p50: 12 }), row("b", { spans: 90, traces: 1 })],
    failed: [row("a", { spans: 2, traces: 1, cost: "0.100000000000" })],
    unpriced: [row("b", { spans: 90, traces: 1 })],
  };

  it("are the values that have a call or a problem", () => {
    const rows = usageOf(answers, "model");
    expect(rows.map((r) => r.name)).toEqual(["a", "b", "tools only"]);
    expect(rows[0]).toMatchObject({ calls: { n: 10, traces: 8 }, cached: 40, lost: { amount: "0.100000000000" }, problems: { n: 2, traces: 1 } });
    expect(rows[1]).toMatchObject({ cost: undefined, unpriced: { n: 90, traces: 1 }, p50: undefined });
  });

  it("sort by any column, the dearest first by default", () => {
    const rows = usageOf(answers, "model");
    const names = (order: string) => sorted(rows, order).map((r) => r.name);
    expect(names("-cost")).toEqual(["a", "b", "tools only"]);
    expect(names("-calls")).toEqual(["b", "a", "tools only"]);
    expect(names("problems")).toEqual(["b", "a", "tools only"]);
    expect(names("-name")).toEqual(["tools only", "b", "a"]);
  });

  it("divide money exactly, and not what has no sum", () => {
    expect(per({ amount: "0.100000000000", currency: "USD" }, 3)).toEqual({ amount: "0.033333333333", currency: "USD" });
    expect(per({ amount: "", currency: "mixed" }, 3)).toBeUndefined();
    expect(per({ amount: "1", currency: "USD" }, 0)).toBeUndefined();
  });
});

it("a chart draws what the largest values leave as others", () => {
  const [one, two] = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"];
  const data = {
    range: { from: "2026-01-01T00:10:00Z", to: "2026-01-01T03:00:00Z" }, length: 3_600_000, wrong: [],
    all: [row("", { spans: 10 }, one), row("", { spans: 4 }, two)],
    split: [row("a", { spans: 2 }, one), row("b", { spans: 7 }, one), row("a", { spans: 4 }, two)],
  };
  const places = slots(data, Date.parse("2026-01-01T01:30:00Z"));
  expect(places.map((p) => p.from)).toEqual([Date.parse(one), Date.parse(two)]);
  expect(series(data, places, "calls", "model").map(({ name, values }) => ({ name, values }))).toEqual([
    { name: "b", values: [7, null] }, { name: "a", values: [2, 4] }, { name: "Others", values: [1, 0] },
  ]);
});
